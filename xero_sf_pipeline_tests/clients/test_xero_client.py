"""What goes to Xero and what an answer becomes, byte by byte, against a scripted server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clients.xero import XERO_ENTITIES, XeroClient, XeroSession, XeroTenant
from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.errors import (
    ApiError,
    AuthenticationFailed,
    ConfigError,
    MalformedResponse,
    MissingPermission,
    PermanentApiError,
    RateLimited,
    TransientApiError,
    ValidationFailed,
)
from xero_sf_pipeline.settings import Settings
from xero_sf_pipeline_tests.clients.scripted_server import Reply, Request, Script, ScriptedServer, reply_json, serving

INVOICES = XERO_ENTITIES["invoices"]
PAGE = {
    "Id": "x",
    "Status": "OK",
    "pagination": {"page": 1, "pageSize": 1000},
    "Invoices": [{"InvoiceID": "i" * 400}] * 3,
}
LIMITS = {"X-DayLimit-Remaining": "4990", "X-MinLimit-Remaining": "59", "X-AppMinLimit-Remaining": "9999"}


@dataclass
class FakeXero:
    """Issues numbered tokens; answers other requests from a list, the last one for ever."""

    replies: list[Reply] = field(default_factory=lambda: [reply_json(PAGE, headers=LIMITS)])
    tokens: int = 0
    expires_in: int = 1800
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> Reply:
        with self.lock:
            if request.path == "/connect/token":
                self.tokens += 1
                token = f"token-{self.tokens}"
                return reply_json({"access_token": token, "expires_in": self.expires_in, "scope": "a b", "extra": 1})
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@dataclass(frozen=True)
class Connected:
    server: ScriptedServer
    session: XeroSession
    client: XeroClient

    def reads(self) -> list[Request]:
        return [request for request in self.server.requests if request.path != "/connect/token"]


Connect = Callable[..., AbstractContextManager[Connected]]


@pytest.fixture
def connect(settings_for: Callable[..., Settings], clock: FixedClock, governor: Governor, retry: Retry) -> Connect:
    default_retry = retry

    @contextmanager
    def connected(script: Script, *, retry: Retry = default_retry, **overrides: object) -> Iterator[Connected]:
        with (
            serving(script) as server,
            XeroSession(settings_for(server.url, **overrides), clock, governor, retry=retry) as session,
        ):
            yield Connected(server, session, session.client("tenant-1"))

    return connected


def test_a_page_is_asked_for_by_key_with_four_decimals_and_taken_as_it_came(
    connect: Connect, clock: FixedClock
) -> None:
    with connect(FakeXero()) as xero:
        since = datetime(2026, 3, 16, 22, 0, 5, 999999, tzinfo=timezone(timedelta(hours=13)))
        page = xero.client.page(INVOICES, page=2, modified_since=since)
    (request,) = xero.reads()
    assert (request.method, request.path) == ("GET", "/api.xro/2.0/Invoices")
    assert request.query == {"page": "2", "pageSize": "1000", "order": "InvoiceID", "unitdp": "4"}
    assert request.headers["xero-tenant-id"] == "tenant-1"
    assert request.headers["authorization"] == "Bearer token-1"
    assert request.headers["if-modified-since"] == "2026-03-16T09:00:05+00:00"
    assert request.headers["accept"] == "application/json"
    assert "gzip" in request.headers["accept-encoding"]
    assert page.body == reply_json(PAGE).body
    assert (page.status, page.fetched_at) == (200, clock.now())
    assert (page.headers["x-daylimit-remaining"], page.headers["X-DAYLIMIT-REMAINING"]) == ("4990", "4990")


def test_archived_contacts_are_asked_for_and_further_parameters_pass_through(connect: Connect) -> None:
    with connect(FakeXero()) as xero:
        xero.client.page(XERO_ENTITIES["contacts"], page=1, page_size=50, order="UpdatedDateUTC")
        xero.client.page(INVOICES, page=1, statuses=["AUTHORISED", "PAID"], where='Type=="ACCREC"', i_ds=["a", "b"])
    contacts, invoices = xero.reads()
    assert contacts.query == {"page": "1", "pageSize": "50", "order": "UpdatedDateUTC", "includeArchived": "True"}
    assert (invoices.query["Statuses"], invoices.query["IDs"]) == ("AUTHORISED,PAID", "a,b")
    assert invoices.query["where"] == 'Type=="ACCREC"'


def test_a_collection_without_pages_is_asked_for_plainly(connect: Connect) -> None:
    with connect(FakeXero()) as xero:
        for name in ("organisation", "accounts", "tax_rates"):
            xero.client.page(XERO_ENTITIES[name])
    assert [(request.path, request.query) for request in xero.reads()] == [
        ("/api.xro/2.0/Organisation", {}),
        ("/api.xro/2.0/Accounts", {}),
        ("/api.xro/2.0/TaxRates", {}),
    ]


@pytest.mark.parametrize(
    ("entity", "arguments"),
    [
        ("invoices", {}),
        ("invoices", {"page": 0}),
        ("invoices", {"page": 1, "page_size": 1001}),
        ("invoices", {"page": 1, "modified_since": datetime(2026, 1, 1)}),
        ("invoices", {"page": 1, "i_ds": ["x"] * 41}),
        ("accounts", {"page": 1}),
        ("tax_rates", {"modified_since": datetime(2026, 1, 1, tzinfo=timezone.utc)}),  # noqa: UP017
    ],
)
def test_requests_that_would_not_mean_what_they_say_are_never_sent(
    connect: Connect, entity: str, arguments: dict[str, object]
) -> None:
    with connect(FakeXero()) as xero, pytest.raises(ValueError):  # noqa: PT011
        xero.client.page(XERO_ENTITIES[entity], **arguments)
    assert xero.server.requests == []


def test_bytes_are_counted_as_they_crossed_the_wire(connect: Connect, governor: Governor) -> None:
    with connect(FakeXero()) as xero:
        page = xero.client.page(INVOICES, page=1)
    (use,) = [use for use in governor.snapshot() if use.tenant == "tenant-1"]
    assert (use.calls, use.day_remaining) == (1, 4990)
    assert 0 < use.bytes_in < len(page.body)


def test_an_unknown_enum_and_a_null_do_not_fail_a_page(connect: Connect) -> None:
    """The library's own models raise on both and lose the whole page."""
    odd = {"Invoices": [{"InvoiceID": "1", "Status": "NEW_STATUS", "CurrencyCode": "XCG", "DueDate": None}]}
    with connect(FakeXero([reply_json(odd)])) as xero:
        assert xero.client.page(INVOICES, page=1).body == reply_json(odd).body


def test_an_expired_token_is_replaced_once_and_the_page_asked_for_again(connect: Connect) -> None:
    detail = "TokenExpired: token expired at 03/16/2026 08:59:00"
    expired = reply_json({"Type": None, "Title": "Unauthorized", "Status": 401, "Detail": detail}, 401)
    with connect(FakeXero([expired, reply_json(PAGE)])) as xero:
        assert xero.client.page(INVOICES, page=1).status == 200
    assert [request.headers["authorization"] for request in xero.reads()] == ["Bearer token-1", "Bearer token-2"]


def test_a_token_that_is_refused_for_good_ends_after_one_new_login(connect: Connect) -> None:
    fake = FakeXero([reply_json({"Title": "Unauthorized", "Detail": "AuthenticationUnsuccessful"}, 401)])
    with connect(fake) as xero, pytest.raises(AuthenticationFailed, match="AuthenticationUnsuccessful") as refused:
        xero.client.page(INVOICES, page=1)
    assert type(refused.value) is AuthenticationFailed
    assert (len(xero.reads()), fake.tokens) == (2, 2)


@pytest.mark.parametrize("spelling", ["insufficent_scope", "insufficient_scope", 'Bearer error="Insufficent_Scope"'])
def test_a_missing_scope_is_no_expired_token(connect: Connect, spelling: str) -> None:
    """Xero answers 401 for both; a client that logs in again for a missing scope never stops."""
    fake = FakeXero([reply_json({"Title": "Unauthorized"}, 401, {"www-authenticate": spelling})])
    with connect(fake) as xero, pytest.raises(MissingPermission, match="XERO_SCOPES"):
        xero.client.page(INVOICES, page=1)
    assert (len(xero.reads()), fake.tokens) == (1, 1)


def test_a_token_is_fetched_before_it_ends_and_the_library_never_sees_its_end(
    connect: Connect, clock: FixedClock
) -> None:
    """With `expires_at` in it the library would try to refresh the token itself, without a lock, and fail."""
    fake = FakeXero()
    with connect(fake) as xero:
        xero.client.page(INVOICES, page=1)
        clock.advance(timedelta(minutes=29))
        xero.client.page(INVOICES, page=1)
        clock.advance(timedelta(days=3650))
        xero.client.page(INVOICES, page=1)
    assert [request.headers["authorization"][-1] for request in xero.reads()] == ["1", "2", "3"]


def test_many_threads_near_the_end_of_the_token_cause_one_token_request(connect: Connect, clock: FixedClock) -> None:
    fake = FakeXero()
    with connect(fake) as xero:
        xero.client.page(INVOICES, page=1)
        clock.advance(timedelta(minutes=29))
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda n: xero.client.page(INVOICES, page=n), range(1, 17)))
    assert fake.tokens == 2
    assert {request.headers["authorization"] for request in xero.reads()[1:]} == {"Bearer token-2"}


def test_two_apps_in_one_process_keep_their_own_tokens(
    settings_for: Callable[..., Settings], clock: FixedClock, governor: Governor, retry: Retry
) -> None:
    """The library's Configuration hands out copies of its first instance, token included."""
    with serving(FakeXero()) as one, serving(FakeXero(tokens=50)) as two:
        first = XeroSession(settings_for(one.url), clock, governor, retry=retry)
        second = XeroSession(settings_for(two.url), clock, governor, retry=retry)
        with first, second:
            for session in (first, second, first):
                session.client("t").page(INVOICES, page=1)
    assert [r.headers["authorization"] for r in one.calls("GET")] == ["Bearer token-1"] * 2
    assert [r.headers["authorization"] for r in two.calls("GET")] == ["Bearer token-51"]


def test_tenants_are_never_mixed_up_between_threads(connect: Connect) -> None:
    def echo(request: Request) -> Reply:
        if request.path == "/connect/token":
            return reply_json({"access_token": "t", "expires_in": 1800})
        return reply_json({"tenant": request.headers["xero-tenant-id"]})

    with connect(echo) as xero:
        tenants = [f"tenant-{n % 3}" for n in range(60)]
        with ThreadPoolExecutor(6) as threads:
            pages = list(threads.map(lambda t: xero.session.client(t).page(INVOICES, page=1).body.decode(), tenants))
    assert [f'"{tenant}"' in page for tenant, page in zip(tenants, pages, strict=True)] == [True] * 60


def test_a_minute_limit_waits_as_long_as_told(connect: Connect, sleeps: list[float]) -> None:
    limited = Reply(429, b"", {"X-Rate-Limit-Problem": "minute", "Retry-After": "7"})
    with connect(FakeXero([limited, reply_json(PAGE)])) as xero:
        xero.client.page(INVOICES, page=1)
    assert len(xero.reads()) == 2
    assert sleeps[0] == 8.0


def test_a_concurrent_limit_has_no_retry_after_and_backs_off(connect: Connect, sleeps: list[float]) -> None:
    limited = Reply(429, b"", {"x-rate-limit-problem": "concurrent"})
    with connect(FakeXero([limited, limited, reply_json(PAGE)])) as xero:
        xero.client.page(INVOICES, page=1)
    assert sleeps == [0.5, 1.0]


def test_a_day_limit_is_a_quick_clear_end_for_every_later_call(
    connect: Connect, governor: Governor, sleeps: list[float]
) -> None:
    limited = Reply(429, b"Rate limit exceeded", {"X-Rate-Limit-Problem": "day", "Retry-After": "66975"})
    with connect(FakeXero([limited])) as xero:
        for _ in range(3):
            with pytest.raises(RateLimited) as refused:
                xero.client.page(INVOICES, page=1)
            assert (refused.value.limit, refused.value.retry_after_seconds) == ("day", 66975.0)
        with pytest.raises(RateLimited):
            xero.session.client("tenant-2").page(INVOICES, page=1)
    assert len(xero.reads()) == 2
    assert sleeps == []
    assert {use.tenant: use.blocked_limit for use in governor.snapshot()} == {
        "identity": None,
        "tenant-1": "day",
        "tenant-2": "day",
    }


@pytest.mark.parametrize(("asked", "limit"), [("66975", "day"), ("20", "minute")])
def test_a_limit_without_its_name_is_told_by_its_length(
    connect: Connect, sleeps: list[float], asked: str, limit: str
) -> None:
    with connect(FakeXero([Reply(429, b"", {"Retry-After": asked})])) as xero, pytest.raises(RateLimited) as refused:
        xero.client.page(INVOICES, page=1)
    assert refused.value.limit == limit


@pytest.mark.parametrize(
    "reply",
    [
        Reply(cut="before"),
        Reply(200, reply_json(PAGE).body, cut="midway"),
        Reply(500, b"<html>oops</html>"),
        Reply(502, b""),
        Reply(503, b"The Xero API is temporarily unavailable"),
    ],
)
def test_a_passing_failure_of_a_read_is_repeated(connect: Connect, reply: Reply, sleeps: list[float]) -> None:
    with connect(FakeXero([reply, reply_json(PAGE)])) as xero:
        assert xero.client.page(INVOICES, page=1).body == reply_json(PAGE).body
    assert sleeps == [0.5]


def test_repeats_are_ours_and_bounded(connect: Connect, sleeps: list[float]) -> None:
    """The library's pool would send four times for each of ours, and sleep as long as Retry-After says."""
    fake = FakeXero([Reply(503, b"busy", {"Retry-After": "30"})])
    with connect(fake) as xero, pytest.raises(TransientApiError):
        xero.client.page(INVOICES, page=1)
    assert (len(xero.reads()), sleeps) == (4, [0.5, 1.0, 2.0])


@pytest.mark.parametrize("text", ["The Xero API is currently offline for maintenance", "The Organisation is offline"])
def test_an_offline_organisation_is_left_to_the_next_run(connect: Connect, sleeps: list[float], text: str) -> None:
    fake = FakeXero([Reply(503, text.encode())])
    with connect(fake) as xero, pytest.raises(TransientApiError, match="five minutes") as refused:
        xero.client.page(INVOICES, page=1)
    assert (refused.value.code, sleeps) == ("offline", [])


def test_a_server_that_does_not_answer_ends_in_a_timeout(connect: Connect) -> None:
    """A float is silently no timeout in the library; ours are whole seconds."""
    release = threading.Event()
    fake = FakeXero([Reply(wait=lambda: release.wait(30))])
    with connect(fake, retry=Retry(attempts=1), http_read_timeout_seconds=1) as xero:
        with pytest.raises(TransientApiError, match="read timeout") as failed:
            xero.client.page(INVOICES, page=1)
        release.set()
    assert (failed.value.code, len(xero.reads())) == ("timeout", 1)


def test_nothing_listening_is_told_apart_from_a_lost_answer(
    settings_for: Callable[..., Settings], clock: FixedClock, governor: Governor, retry: Retry
) -> None:
    with serving(lambda _: Reply()) as gone:
        url = gone.url
    with (
        XeroSession(settings_for(url), clock, governor, retry=retry) as session,
        pytest.raises(TransientApiError, match="nothing was sent") as failed,
    ):
        session.client("t").page(INVOICES, page=1)
    assert failed.value.code == "not_connected"


VALIDATION = {
    "ErrorNumber": 10,
    "Type": "ValidationException",
    "Message": "A validation exception occurred",
    "Elements": [{"ValidationErrors": [{"Message": "Invoice # must be unique."}]}],
}


@pytest.mark.parametrize(
    ("reply", "kind", "code", "words"),
    [
        (reply_json(VALIDATION, 400), ValidationFailed, "ValidationException", "Invoice # must be unique"),
        (
            reply_json({"ErrorNumber": 16, "Type": "QueryParseException", "Message": "No property"}, 400),
            PermanentApiError,
            "QueryParseException",
            "No property",
        ),
        (reply_json({"Type": None, "Status": 400, "Detail": "gateway"}, 400), PermanentApiError, "http_400", "gateway"),
        (Reply(400, b"<html>bad</html>"), PermanentApiError, "http_400", "HTTP 400"),
        (Reply(400, b""), PermanentApiError, "http_400", "HTTP 400"),
        (reply_json([], 400), PermanentApiError, "http_400", "HTTP 400"),
        (reply_json({"Detail": "AuthorizationUnsuccessful"}, 403), MissingPermission, "forbidden", "connect it again"),
        (Reply(404, b"The resource you're looking for cannot be found"), PermanentApiError, "not_found", "HTTP 404"),
        (Reply(412, b""), PermanentApiError, "precondition_failed", "HTTP 412"),
        (Reply(501, b""), PermanentApiError, "not_implemented", "HTTP 501"),
        (Reply(200, b"<html>maintenance</html>"), MalformedResponse, "malformed", "not JSON"),
        (Reply(200, b""), MalformedResponse, "malformed", "0 bytes"),
    ],
)  # fmt: skip
def test_an_error_answer_of_any_shape_has_one_meaning(
    connect: Connect, sleeps: list[float], reply: Reply, kind: type[ApiError], code: str, words: str
) -> None:
    with connect(FakeXero([reply])) as xero, pytest.raises(kind, match=words) as refused:
        xero.client.page(INVOICES, page=3)
    assert type(refused.value) is kind
    assert (refused.value.system, refused.value.code) == ("xero", code)
    assert "invoices page 3 of tenant tenant-1" in str(refused.value)
    assert (len(xero.reads()), sleeps) == (1, [])


CONNECTIONS = [
    {"id": "c1", "tenantId": "t-2", "tenantType": "ORGANISATION", "tenantName": "Zeta", "createdDateUtc": "2019-07-09"},
    {"id": "c2", "tenantId": "t-1", "tenantType": "ORGANISATION", "tenantName": "Alpha"},
    {"id": "c3", "tenantId": "t-3", "tenantType": "PRACTICE", "tenantName": None},
]  # fmt: skip


def test_connections_name_tenants_not_connections(connect: Connect) -> None:
    with connect(FakeXero([reply_json(CONNECTIONS)])) as xero:
        assert xero.session.connections() == [
            XeroTenant("t-3", "", "PRACTICE"),
            XeroTenant("t-1", "Alpha", "ORGANISATION"),
            XeroTenant("t-2", "Zeta", "ORGANISATION"),
        ]
    assert "xero-tenant-id" not in xero.reads()[0].headers


def test_all_connected_organisations_or_the_named_ones_are_worked_on(connect: Connect) -> None:
    with connect(FakeXero([reply_json(CONNECTIONS)])) as xero:
        assert [tenant.tenant_id for tenant in xero.session.organisations()] == ["t-1", "t-2"]
    with connect(FakeXero([reply_json(CONNECTIONS)]), xero_tenants="T-2") as xero:
        assert [tenant.tenant_id for tenant in xero.session.organisations()] == ["t-2"]


def test_a_named_tenant_that_is_not_connected_is_a_configuration_error(connect: Connect) -> None:
    fake = FakeXero([reply_json(CONNECTIONS)])
    with connect(fake, xero_tenants="t-1,nobody,t-3") as xero, pytest.raises(ConfigError) as refused:
        xero.session.organisations()
    assert refused.value.problems == [
        "XERO_TENANTS: nobody is not connected to the app",
        "XERO_TENANTS: t-3 is not connected to the app",
    ]


@pytest.mark.parametrize("body", [b'{"error": 1}', b'[{"id": "no tenant"}]', b"[1,"])
def test_an_answer_that_lists_no_connections_is_malformed(connect: Connect, body: bytes) -> None:
    with connect(FakeXero([Reply(200, body)])) as xero, pytest.raises(MalformedResponse):
        xero.session.connections()


def test_a_failing_system_is_left_alone_for_a_while(connect: Connect, clock: FixedClock) -> None:
    with connect(FakeXero([Reply(500)])) as xero:
        for _ in range(2):
            with pytest.raises(TransientApiError):
                xero.client.page(INVOICES, page=1)
        sent = len(xero.reads())
        with pytest.raises(TransientApiError, match="calls are paused"):
            xero.client.page(INVOICES, page=1)
        assert (sent, len(xero.reads())) == (8, 8)
        clock.advance(timedelta(seconds=61))
        with pytest.raises(TransientApiError):
            xero.client.page(INVOICES, page=1)
        assert len(xero.reads()) > 8
