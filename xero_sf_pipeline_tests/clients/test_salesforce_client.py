"""What goes to Salesforce and what an answer becomes, against a scripted server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clients.salesforce import ObjectDescription, RowResult, SalesforceClient
from xero_sf_pipeline.clients.salesforce_results import FieldDescription
from xero_sf_pipeline.clients.tokens import SalesforceToken
from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.errors import (
    ApiError,
    AuthenticationFailed,
    Conflict,
    MalformedResponse,
    MissingPermission,
    NotFound,
    OutcomeUnknown,
    PermanentApiError,
    RateLimited,
    TransientApiError,
    ValidationFailed,
)
from xero_sf_pipeline.settings import Settings
from xero_sf_pipeline_tests.clients.scripted_server import (
    Reply,
    Request,
    Script,
    ScriptedServer,
    reply_json,
    serving,
)

DATA = "/services/data/v66.0"
EXPIRED = reply_json([{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}], 401)
USAGE = {"sforce-limit-info": "api-usage=18/5000"}


@dataclass
class FakeSalesforce:
    """Logs in with numbered sessions; answers other requests from a list, the last one for ever."""

    replies: list[Reply]
    logins: int = 0
    url: str = ""
    instance_url: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> Reply:
        with self.lock:
            if request.path == "/services/oauth2/token":
                self.logins += 1
                return reply_json(
                    {
                        "access_token": f"00D000000000001!session{self.logins}",
                        "instance_url": self.instance_url or f"http://{request.headers['host']}",
                        "id": "https://x/id/00D000000000001EAA/005000000000001AAA",
                    }
                )
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@dataclass(frozen=True)
class Connected:
    server: ScriptedServer
    client: SalesforceClient

    def sent(self) -> list[Request]:
        return [request for request in self.server.requests if request.path != "/services/oauth2/token"]


Connect = Callable[..., AbstractContextManager[Connected]]


@pytest.fixture
def connect(settings_for: Callable[..., Settings], clock: FixedClock, governor: Governor, retry: Retry) -> Connect:
    default_retry = retry

    @contextmanager
    def connected(
        script: Script, *, retry: Retry = default_retry, duplicate_rule: str | None = None, **overrides: object
    ) -> Iterator[Connected]:
        with (
            serving(script) as server,
            SalesforceClient(
                settings_for(server.url, **overrides), clock, governor, retry=retry, duplicate_rule=duplicate_rule
            ) as client,
        ):
            yield Connected(server, client)

    return connected


def page(records: int, *, next_url: str | None = None, total: int = 0) -> Reply:
    rows = [{"attributes": {"type": "Account"}, "Id": f"001{n:015d}"} for n in range(records)]
    more = {} if next_url is None else {"nextRecordsUrl": next_url}
    return reply_json({"totalSize": total, "done": next_url is None, **more, "records": rows}, headers=USAGE)


# Reading


def test_a_query_goes_over_plain_http_to_loopback_with_our_headers(connect: Connect, governor: Governor) -> None:
    with connect(FakeSalesforce([page(1)]), duplicate_rule="allowSave=true") as org:
        (body,) = org.client.query_pages("select Id from Account where Name = 'A+B'")
    (request,) = org.sent()
    assert body == page(1).body
    assert (request.method, request.path) == ("GET", f"{DATA}/query/")
    assert request.query == {"q": "select Id from Account where Name = 'A+B'"}
    assert request.headers["authorization"] == "Bearer 00D000000000001!session1"
    assert request.headers["sforce-auto-assign"] == "FALSE"
    assert request.headers["sforce-duplicate-rule-header"] == "allowSave=true"
    assert "gzip" in request.headers["accept-encoding"]
    assert "x-prettyprint" not in request.headers
    (use,) = [use for use in governor.snapshot() if use.tenant != "identity"]
    assert (use.calls, use.day_remaining) == (1, 4982)
    assert use.tenant == org.server.url.removeprefix("http://")


def test_deleted_records_are_asked_for_with_query_all_and_all_pages_are_walked(connect: Connect) -> None:
    """queryAll's next page is under /query/ too."""
    replies = [page(2, next_url=f"{DATA}/query/01g-2000"), page(2, next_url=f"{DATA}/query/01g-4000"), page(1)]
    with connect(FakeSalesforce(list(replies))) as org:
        bodies = list(org.client.query_pages("select Id from Account", include_deleted=True))
    assert bodies == [reply.body for reply in replies]
    assert [request.path for request in org.sent()] == [
        f"{DATA}/queryAll/",
        f"{DATA}/query/01g-2000",
        f"{DATA}/query/01g-4000",
    ]


def test_a_session_that_ends_in_the_middle_of_a_walk_is_renewed_and_the_walk_goes_on(connect: Connect) -> None:
    fake = FakeSalesforce([page(2, next_url=f"{DATA}/query/01g-2000"), EXPIRED, page(1)])
    with connect(fake, duplicate_rule="allowSave=true") as org:
        assert len(list(org.client.query_pages("select Id from Account"))) == 2
    first, refused, again = org.sent()
    assert refused.path == again.path == f"{DATA}/query/01g-2000"
    assert again.headers["authorization"] == "Bearer 00D000000000001!session2"
    assert again.headers["sforce-auto-assign"] == first.headers["sforce-auto-assign"] == "FALSE"
    assert again.headers["sforce-duplicate-rule-header"] == "allowSave=true"
    assert fake.logins == 2


def test_a_session_that_is_refused_for_good_ends_after_one_new_login(connect: Connect) -> None:
    """The library's record methods would log in about a thousand times and die of recursion."""
    fake = FakeSalesforce([EXPIRED])
    with connect(fake) as org, pytest.raises(AuthenticationFailed, match="Session expired") as refused:
        list(org.client.query_pages("select Id from Account"))
    assert type(refused.value) is AuthenticationFailed
    assert (fake.logins, len(org.sent())) == (2, 2)


@pytest.mark.parametrize(
    "text", ["This session is not valid for use with the REST API", "Connected app is not attached to Agent"]
)
def test_a_session_that_can_never_be_valid_is_not_renewed(connect: Connect, text: str) -> None:
    fake = FakeSalesforce([reply_json([{"message": text, "errorCode": "INVALID_SESSION_ID"}], 401)])
    with connect(fake) as org, pytest.raises(AuthenticationFailed, match="`api` scope"):
        org.client.limits()
    assert (fake.logins, len(org.sent())) == (1, 1)


def test_many_threads_with_an_ended_session_cause_one_login(connect: Connect) -> None:
    def script(request: Request) -> Reply:
        if request.headers.get("authorization") == "Bearer 00D000000000001!session1":
            return EXPIRED
        return fake(request)

    fake = FakeSalesforce([page(1)])
    with connect(script) as org, ThreadPoolExecutor(6) as threads:
        bodies = list(threads.map(lambda _: next(org.client.query_pages("select Id from Account")), range(18)))
    assert bodies == [page(1).body] * 18
    assert fake.logins == 2


@pytest.mark.parametrize(
    "replies",
    [
        [reply_json({"done": False, "records": []})],
        [page(1, next_url=f"{DATA}/query/01g-2000")],  # the same next page for ever
        [reply_json({"records": []})],
        [reply_json([])],
        [Reply(200, b"<html>login</html>")],
    ],
)
def test_a_walk_that_cannot_be_complete_is_an_error_and_no_loop(connect: Connect, replies: list[Reply]) -> None:
    with connect(FakeSalesforce(replies)) as org, pytest.raises(MalformedResponse):
        list(org.client.query_pages("select Id from Account"))
    assert len(org.sent()) <= 2


def test_an_expired_cursor_ends_the_walk(connect: Connect) -> None:
    gone = reply_json([{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}], 400)
    with connect(FakeSalesforce([page(1, next_url=f"{DATA}/query/01g-2000"), gone])) as org:
        walk = org.client.query_pages("select Id from Account")
        next(walk)
        with pytest.raises(PermanentApiError, match="starts again"):
            next(walk)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(cut="before"),
        Reply(200, page(50).body, cut="midway"),
        Reply(500, b"<html>oops</html>", {"Content-Type": "text/html"}),
        Reply(502, b""),
        Reply(503, b"unavailable"),
        Reply(420, b""),
        Reply(406, b""),
        reply_json([{"message": "timed out", "errorCode": "QUERY_TIMEOUT"}], 400),
        reply_json([{"message": "ConcurrentRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}], 403),
        Reply(429, b""),
    ],
)
def test_a_passing_failure_of_a_read_is_repeated(connect: Connect, reply: Reply, sleeps: list[float]) -> None:
    with connect(FakeSalesforce([reply, page(3)])) as org:
        assert list(org.client.query_pages("select Id from Account")) == [page(3).body]
    assert sleeps == [0.5]


def test_a_hung_server_ends_in_a_timeout(connect: Connect) -> None:
    release = threading.Event()
    fake = FakeSalesforce([Reply(wait=lambda: release.wait(30))])
    with connect(fake, retry=Retry(attempts=1), http_read_timeout_seconds=1) as org:
        with pytest.raises(TransientApiError, match="read timeout"):
            org.client.limits()
        release.set()


def test_the_orgs_call_limit_of_the_day_stops_at_once_and_for_later_calls(
    connect: Connect, sleeps: list[float]
) -> None:
    over = reply_json([{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}], 403)
    with connect(FakeSalesforce([over])) as org:
        for _ in range(3):
            with pytest.raises(RateLimited) as refused:
                org.client.limits()
            assert refused.value.limit == "daily_requests"
    assert (len(org.sent()), sleeps) == (1, [])


@pytest.mark.parametrize(
    ("status", "content", "kind", "code"),
    [
        (400, [{"message": "No such column 'X__c'", "errorCode": "INVALID_FIELD"}], MissingPermission, "INVALID_FIELD"),
        (400, [{"message": "sObject type 'X' is not", "errorCode": "INVALID_TYPE"}], MissingPermission, "INVALID_TYPE"),
        (400, [{"message": "unexpected token", "errorCode": "MALFORMED_QUERY"}], PermanentApiError, "MALFORMED_QUERY"),
        (403, [{"message": "no", "errorCode": "INSUFFICIENT_ACCESS"}], MissingPermission, "INSUFFICIENT_ACCESS"),
        (403, [{"message": "off", "errorCode": "API_DISABLED_FOR_ORG"}], MissingPermission, "API_DISABLED_FOR_ORG"),
        (404, [{"message": "The requested resource", "errorCode": "NOT_FOUND"}], PermanentApiError, "NOT_FOUND"),
        (409, [{"message": "version", "errorCode": "API_ERROR"}], Conflict, "API_ERROR"),
        (414, "URI too long", PermanentApiError, "http_414"),
        (400, "", PermanentApiError, "http_400"),
    ],
)
def test_an_error_answer_of_a_read_has_one_meaning(
    connect: Connect, status: int, content: object, kind: type[ApiError], code: str
) -> None:
    with connect(FakeSalesforce([reply_json(content, status)])) as org, pytest.raises(kind) as refused:
        list(org.client.query_pages("select X__c from Account"))
    assert type(refused.value) is kind
    assert (refused.value.code, refused.value.status) == (code, status)
    assert str(refused.value).startswith("Querying Account")


def test_counting_asks_for_the_count_only(connect: Connect) -> None:
    with connect(FakeSalesforce([reply_json({"totalSize": 3222, "done": True, "records": []})])) as org:
        assert org.client.count("Account", "IsDeleted = false") == 3222
    assert org.sent()[0].query == {"q": "select count() from Account where IsDeleted = false"}


def test_limits_are_returned_as_they_are(connect: Connect) -> None:
    with connect(FakeSalesforce([reply_json({"DailyApiRequests": {"Max": 15000, "Remaining": 14998}})])) as org:
        assert org.client.limits() == {"DailyApiRequests": {"Max": 15000, "Remaining": 14998}}


DESCRIPTION = {
    "name": "Case",
    "queryable": True,
    "createable": True,
    "updateable": False,
    "fields": [
        {
            "name": "Xero_Stage__c",
            "type": "picklist",
            "length": 40,
            "createable": True,
            "picklistValues": [{"value": "a", "active": True}, {"value": "b", "active": False}],
        },
        {"name": "AccountId", "type": "reference", "referenceTo": ["Account"], "relationshipName": "Account"},
    ],
}


def test_a_description_tells_what_the_user_may_see(connect: Connect) -> None:
    stage = FieldDescription(
        "Xero_Stage__c", "picklist", 40, 0, 0, False, False, True, False, False, (), None, ("a",)
    )  # fmt: skip
    account = FieldDescription(
        "AccountId", "reference", 0, 0, 0, False, False, False, False, False, ("Account",), "Account", ()
    )  # fmt: skip
    with connect(FakeSalesforce([reply_json(DESCRIPTION)])) as org:
        assert org.client.describe("Case") == ObjectDescription(
            "Case", {"Xero_Stage__c": stage, "AccountId": account}, True, True, False
        )
    assert org.sent()[0].path == f"{DATA}/sobjects/Case/describe"


def test_an_object_that_is_not_there_is_not_found(connect: Connect) -> None:
    absent = reply_json([{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}], 404)
    with connect(FakeSalesforce([absent])) as org, pytest.raises(NotFound, match="Xero_Contact__c"):
        org.client.describe("Xero_Contact__c")


def test_records_are_read_by_id_in_one_body_and_absent_ones_left_out(connect: Connect) -> None:
    row = b'[{"attributes":{"type":"Case"},"Id":"500a","Xero_Amount_Due__c":1234567.10},null]'
    with connect(FakeSalesforce([Reply(200, row)])) as org:
        found = org.client.retrieve("Case", ["500a", "500b", "500a"], ["Id", "Xero_Amount_Due__c"])
    assert found == {"500a": {"Id": "500a", "Xero_Amount_Due__c": Decimal("1234567.10")}}
    (request,) = org.sent()
    assert (request.method, request.path) == ("POST", f"{DATA}/composite/sobjects/Case")
    assert request.json() == {"ids": ["500a", "500b"], "fields": ["Id", "Xero_Amount_Due__c"]}


def test_more_than_two_thousand_ids_take_as_few_calls_as_possible(connect: Connect) -> None:
    def script(request: Request) -> Reply:
        if request.path == "/services/oauth2/token":
            return fake(request)
        return reply_json([{"Id": record_id} for record_id in request.json()["ids"]])

    fake = FakeSalesforce([])
    ids = [f"500{n:015d}" for n in range(2001)]
    with connect(script) as org:
        assert set(org.client.retrieve("Case", ids, ["Id"])) == set(ids)
    assert [len(request.json()["ids"]) for request in org.sent()] == [2000, 1]


def test_a_retrieve_answer_of_the_wrong_length_is_malformed(connect: Connect) -> None:
    with connect(FakeSalesforce([reply_json([{"Id": "500a"}])])) as org, pytest.raises(MalformedResponse):
        org.client.retrieve("Case", ["500a", "500b"], ["Id"])


def test_keys_are_found_whatever_their_case_and_all_asked_keys_are_in_the_answer(connect: Connect) -> None:
    rows = [
        {"attributes": {}, "Id": "500a", "Xero_Invoice_Key__c": "T1:ABC", "Status": "New"},
        {"attributes": {}, "Id": "500b", "Xero_Invoice_Key__c": "t1:abc", "Status": "Closed"},
    ]
    with connect(FakeSalesforce([reply_json({"totalSize": 2, "done": True, "records": rows})])) as org:
        found = org.client.find_by_key("Case", "Xero_Invoice_Key__c", ["t1:abc", "t1:none"], ["Status"])
    assert found == {
        "t1:abc": [
            {"Id": "500a", "Xero_Invoice_Key__c": "T1:ABC", "Status": "New"},
            {"Id": "500b", "Xero_Invoice_Key__c": "t1:abc", "Status": "Closed"},
        ],
        "t1:none": [],
    }
    assert org.sent()[0].query == {
        "q": "select Id, Xero_Invoice_Key__c, Status from Case where Xero_Invoice_Key__c in ('t1:abc','t1:none')"
    }


def test_no_uri_of_a_key_lookup_comes_near_the_16_kilobytes_that_salesforce_refuses(connect: Connect) -> None:
    keys = [f"{'a' * 36}:{n:036d}" for n in range(1000)]
    lines: list[int] = []

    def script(request: Request) -> Reply:
        if request.path != "/services/oauth2/token":
            lines.append(len(request.query["q"]))
        return fake(request)

    fake = FakeSalesforce([reply_json({"totalSize": 0, "done": True, "records": []})])
    with connect(script) as org:
        assert len(org.client.find_by_key("Case", "Xero_Invoice_Key__c", keys, ["Status"])) == 1000
    assert len(lines) == 8
    assert max(lines) < 12_000


def test_the_org_id_comes_from_the_login_and_costs_no_call(connect: Connect) -> None:
    with connect(FakeSalesforce([page(1)])) as org:
        assert org.client.org_id() == "00D000000000001EAA"
    assert org.sent() == []


# Writing


def test_an_upsert_is_one_call_with_results_by_position(connect: Connect) -> None:
    answer = [
        {"id": "001a", "success": True, "errors": [], "created": True},
        {
            "success": False,
            "created": False,
            "errors": [{"statusCode": "REQUIRED_FIELD_MISSING", "message": "missing: [Name]", "fields": ["Name"]}],
        },
    ]  # fmt: skip
    records = [
        {"Xero_Contact_ID__c": "c1", "Name": "A", "Xero_Overdue__c": Decimal("10.10")},
        {"Xero_Contact_ID__c": "c2", "Parent": {"Xero_Contact_ID__c": "c1"}, "Website": None},
    ]
    with connect(FakeSalesforce([reply_json(answer)])) as org:
        results = org.client.upsert("Account", "Xero_Contact_ID__c", records)
    assert results == [
        RowResult("c1", "001a", True, True, None, None, ()),
        RowResult("c2", None, False, None, "REQUIRED_FIELD_MISSING", "missing: [Name]", ("Name",)),
    ]
    (request,) = org.sent()
    assert (request.method, request.path) == ("PATCH", f"{DATA}/composite/sobjects/Account/Xero_Contact_ID__c")
    assert request.body == (
        b'{"allOrNone":false,"records":['
        b'{"attributes":{"type":"Account"},"Xero_Contact_ID__c":"c1","Name":"A","Xero_Overdue__c":10.10},'
        b'{"attributes":{"type":"Account"},"Xero_Contact_ID__c":"c2","Parent":{"Xero_Contact_ID__c":"c1"},'
        b'"Website":null}]}'
    )
    assert request.headers["sforce-auto-assign"] == "FALSE"


def test_an_update_names_records_by_id(connect: Connect) -> None:
    with connect(FakeSalesforce([reply_json([{"id": "500a", "success": True, "errors": []}])])) as org:
        results = org.client.update("Case", [{"Id": "500a", "Status": "Closed"}])
    assert results == [RowResult("500a", "500a", True, None)]
    assert org.sent()[0].path == f"{DATA}/composite/sobjects"
    assert org.sent()[0].json() == {
        "allOrNone": False,
        "records": [{"attributes": {"type": "Case"}, "id": "500a", "Status": "Closed"}],
    }


def test_no_records_make_no_call(connect: Connect) -> None:
    with connect(FakeSalesforce([Reply(500)])) as org:
        assert org.client.upsert("Account", "Xero_Contact_ID__c", []) == []
    assert org.server.requests == []


@pytest.mark.parametrize(
    "records",
    [
        [{"Name": "no key"}],
        [{"K__c": "a"}, {"K__c": "A"}],
        [{"K__c": str(n)} for n in range(201)],
        [{"K__c": "a", "Amount": 0.1}],
    ],
)
def test_a_batch_that_salesforce_would_refuse_or_misread_is_never_sent(
    connect: Connect, records: list[dict[str, object]]
) -> None:
    with connect(FakeSalesforce([Reply(500)])) as org, pytest.raises(ValueError):  # noqa: PT011
        org.client.upsert("Account", "K__c", records)
    assert org.server.requests == []


@pytest.mark.parametrize(
    "reply",
    [
        Reply(cut="before"),
        Reply(200, b'[{"id":"001a","success":true,"errors":[],"created":true}]' * 9, cut="midway"),
        Reply(500, b"<html>oops</html>"),
        Reply(503, b""),
        reply_json([{"message": "x", "errorCode": "SERVER_UNAVAILABLE"}], 503),
        Reply(200, b"<html>fine?</html>"),
        reply_json([]),
        reply_json({"done": True}),
    ],
)
def test_a_write_whose_answer_is_lost_is_sent_once_and_its_outcome_unknown(
    connect: Connect, reply: Reply, sleeps: list[float]
) -> None:
    with connect(FakeSalesforce([reply])) as org, pytest.raises(OutcomeUnknown, match="looked up"):
        org.client.upsert("Account", "K__c", [{"K__c": "a"}])
    assert (len(org.sent()), sleeps) == (1, [])


def test_a_write_that_could_not_be_sent_is_not_unknown(
    settings_for: Callable[..., Settings], clock: FixedClock, governor: Governor, retry: Retry
) -> None:
    @dataclass
    class NoLogin:
        def fetch(self) -> SalesforceToken:
            return SalesforceToken("00D!x", url)

    with serving(lambda _: Reply()) as gone:
        url = gone.url
    client = SalesforceClient(settings_for(url), clock, governor, tokens=NoLogin(), retry=retry)
    with client, pytest.raises(TransientApiError, match="nothing was sent"):
        client.upsert("Account", "K__c", [{"K__c": "a"}])


def test_a_write_with_an_ended_session_was_not_done_and_is_sent_again(connect: Connect) -> None:
    answer = reply_json([{"id": "001a", "success": True, "errors": [], "created": False}])
    fake = FakeSalesforce([EXPIRED, answer])
    with connect(fake) as org:
        assert org.client.upsert("Account", "K__c", [{"K__c": "a"}]) == [RowResult("a", "001a", True, False)]
    assert (fake.logins, len(org.sent())) == (2, 2)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (reply_json([{"message": "bad", "errorCode": "JSON_PARSER_ERROR"}], 400), ValidationFailed),
        (reply_json([{"message": "lock", "errorCode": "UNABLE_TO_LOCK_ROW"}], 400), TransientApiError),
        (reply_json([{"message": "TotalRequests", "errorCode": "REQUEST_LIMIT_EXCEEDED"}], 403), RateLimited),
        (reply_json([{"message": "no", "errorCode": "INSUFFICIENT_ACCESS"}], 403), MissingPermission),
    ],
)
def test_a_write_that_was_refused_as_a_whole_is_told_apart(
    connect: Connect, reply: Reply, kind: type[ApiError]
) -> None:
    with connect(FakeSalesforce([reply])) as org, pytest.raises(kind) as refused:
        org.client.upsert("Account", "K__c", [{"K__c": "a"}])
    assert type(refused.value) is kind
    assert len(org.sent()) == 1


# Connections


def test_a_netrc_entry_does_not_replace_the_token(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else")
    monkeypatch.setenv("NETRC", str(netrc))
    with connect(FakeSalesforce([page(1)])) as org:
        list(org.client.query_pages("select Id from Account"))
    assert org.sent()[0].headers["authorization"] == "Bearer 00D000000000001!session1"


def test_a_proxy_of_the_environment_does_not_stand_before_this_machine(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with connect(FakeSalesforce([page(1)])) as org:
        assert len(list(org.client.query_pages("select Id from Account"))) == 1


def test_an_instance_url_with_a_trailing_slash_makes_the_same_urls(
    settings_for: Callable[..., Settings], clock: FixedClock, governor: Governor, retry: Retry
) -> None:
    fake = FakeSalesforce([page(1)])
    with serving(fake) as server:
        fake.instance_url = server.url + "/"
        with SalesforceClient(settings_for(server.url), clock, governor, retry=retry) as client:
            list(client.query_pages("select Id from Account"))
    assert server.calls("GET")[0].path == f"{DATA}/query/"


def test_the_api_version_of_the_settings_is_used(connect: Connect) -> None:
    with connect(FakeSalesforce([page(1)]), salesforce_api_version="67.0") as org:
        list(org.client.query_pages("select Id from Account"))
    assert org.sent()[0].path == "/services/data/v67.0/query/"


def test_https_stays_https_when_the_org_is_not_this_machine(
    settings_for: Callable[..., Settings], clock: FixedClock, governor: Governor
) -> None:
    client = SalesforceClient(settings_for("https://acme.my.salesforce.com"), clock, governor)
    session, library = client._connection._build(SalesforceToken("00D!x", "https://acme.my.salesforce.com"))
    with client, session:
        assert type(session.get_adapter("https://acme.my.salesforce.com/x")).__name__ == "HTTPAdapter"
        assert library.base_url == "https://acme.my.salesforce.com/services/data/v66.0/"
