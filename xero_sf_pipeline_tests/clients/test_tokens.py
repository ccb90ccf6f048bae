"""One token serves many threads; a stale one costs one request; secrets stay where they belong."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.tokens import (
    SalesforceClientCredentials,
    SalesforceToken,
    TokenCache,
    XeroClientCredentials,
    XeroToken,
)
from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.errors import (
    ApiError,
    AuthenticationFailed,
    MalformedResponse,
    MissingPermission,
    TransientApiError,
)
from xero_sf_pipeline.settings import Settings
from xero_sf_pipeline_tests.clients.conftest import SALESFORCE_SECRET, XERO_SECRET
from xero_sf_pipeline_tests.clients.scripted_server import Reply, Request, reply_json, serving

MakeSettings = Callable[..., Settings]


@dataclass
class CountingSource:
    """Hands out numbered tokens that live 30 minutes; slow enough that threads meet."""

    clock: FixedClock
    fetched: int = 0
    gate: threading.Event = field(default_factory=threading.Event)

    def fetch(self) -> XeroToken:
        self.gate.wait(0.05)
        self.fetched += 1
        return XeroToken(f"token-{self.fetched}", self.clock.now() + timedelta(minutes=30))


def test_a_token_is_kept_until_shortly_before_its_end(clock: FixedClock) -> None:
    source = CountingSource(clock)
    cache = TokenCache(source, clock)
    assert [cache.current().access_token, cache.current().access_token] == ["token-1", "token-1"]
    clock.advance(timedelta(minutes=28))
    assert cache.current().access_token == "token-1"
    clock.advance(timedelta(seconds=31))
    assert cache.current().access_token == "token-2"


def test_threads_that_meet_near_the_end_cause_one_request(clock: FixedClock) -> None:
    source = CountingSource(clock)
    cache = TokenCache(source, clock)
    cache.current()
    clock.advance(timedelta(minutes=29))
    with ThreadPoolExecutor(10) as threads:
        tokens = set(threads.map(lambda _: cache.current().access_token, range(20)))
    assert (tokens, source.fetched) == ({"token-2"}, 2)


def test_threads_whose_token_was_refused_cause_one_request(clock: FixedClock) -> None:
    source = CountingSource(clock)
    cache = TokenCache(source, clock)
    stale = cache.current()
    with ThreadPoolExecutor(10) as threads:
        tokens = set(threads.map(lambda _: cache.renew(stale).access_token, range(20)))
    assert (tokens, source.fetched) == ({"token-2"}, 2)


def test_tokens_do_not_show_themselves(clock: FixedClock) -> None:
    shown = repr(XeroToken("abc.def", clock.now(), ("a",))) + repr(SalesforceToken("00D!abc", "https://x"))
    assert "abc" not in shown


def test_a_xero_custom_connection_asks_with_basic_credentials_and_its_scopes(
    settings_for: MakeSettings, clock: FixedClock, governor: Governor
) -> None:
    def script(request: Request) -> Reply:
        return reply_json(
            {"access_token": "t", "expires_in": 1800, "token_type": "Bearer", "scope": "a b", "session_state": "extra"}
        )

    with serving(script) as server:
        settings = settings_for(server.url, xero_scopes="accounting.invoices  accounting.settings")
        token = XeroClientCredentials(settings, clock, governor).fetch()
    (request,) = server.requests
    assert token == XeroToken("t", clock.now() + timedelta(seconds=1800), ("a", "b"))
    assert request.form() == {"grant_type": "client_credentials", "scope": "accounting.invoices accounting.settings"}
    assert (
        request.headers["authorization"] == "Basic " + base64.b64encode(f"xero-client:{XERO_SECRET}".encode()).decode()
    )
    assert XERO_SECRET.encode() not in request.body
    assert [(use.system, use.tenant, use.calls) for use in governor.snapshot()] == [("xero", "identity", 1)]


def test_a_salesforce_login_tells_the_org_and_the_user(settings_for: MakeSettings, governor: Governor) -> None:
    answer = {
        "access_token": "00D000000000001!abc",
        "instance_url": "https://acme.my.salesforce.com",
        "id": "https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA",
        "token_type": "Bearer",
        "issued_at": "1768900000000",
    }
    with serving(lambda _: reply_json(answer)) as server:
        token = SalesforceClientCredentials(settings_for(server.url), governor).fetch()
    assert token == SalesforceToken(
        "00D000000000001!abc", "https://acme.my.salesforce.com", "00D000000000001EAA", "005000000000001AAA"
    )


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (reply_json({"error": "invalid_client"}, 400), AuthenticationFailed, "XERO_CLIENT_ID"),
        (reply_json({"error": "invalid_client"}, 401), AuthenticationFailed, "invalid_client"),
        (
            reply_json(
                {"error": "invalid_scope", "error_description": "Client credentials scope validation failed"}, 400
            ),
            MissingPermission,
            "XERO_SCOPES",
        ),
        (Reply(503, b"<html>busy</html>"), TransientApiError, "503"),
        (Reply(429), TransientApiError, "429"),
        (Reply(404, b"<html>not here</html>"), MalformedResponse, "login URL"),
        (Reply(200, b"<html>welcome</html>"), MalformedResponse, "not JSON"),
        (reply_json({"token_type": "Bearer"}), MalformedResponse, "no access token"),
        (Reply(cut="before"), TransientApiError, "cut"),
    ],
)
def test_a_refused_token_request_says_what_to_do(
    settings_for: MakeSettings,
    clock: FixedClock,
    governor: Governor,
    reply: Reply,
    kind: type[ApiError],
    words: str,
) -> None:
    with serving(lambda _: reply) as server, pytest.raises(kind, match=words) as refused:
        XeroClientCredentials(settings_for(server.url), clock, governor).fetch()
    assert XERO_SECRET not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_refused_salesforce_login_names_its_own_settings(settings_for: MakeSettings, governor: Governor) -> None:
    reply = reply_json({"error": "invalid_grant", "error_description": "no client credentials user enabled"}, 400)
    with serving(lambda _: reply) as server, pytest.raises(AuthenticationFailed, match="run-as user") as refused:
        SalesforceClientCredentials(settings_for(server.url), governor).fetch()
    assert "no client credentials user enabled" in str(refused.value)
    assert SALESFORCE_SECRET not in str(refused.value)


def test_a_token_without_a_lifetime_is_taken_for_half_an_hour(
    settings_for: MakeSettings, clock: FixedClock, governor: Governor
) -> None:
    with serving(lambda _: reply_json({"access_token": "t", "scope": None})) as server:
        token = XeroClientCredentials(settings_for(server.url), clock, governor).fetch()
    expected: datetime = clock.now() + timedelta(minutes=30)
    assert token == XeroToken("t", expected)
