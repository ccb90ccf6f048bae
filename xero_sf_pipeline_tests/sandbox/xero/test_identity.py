"""Tokens, scopes, tenants and connections, answered as Xero's identity service and gateway answer."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from xero_python.exceptions import HTTPStatusException

from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.xero.tokens import App
from xero_sf_pipeline_tests.sandbox.xero.books_of_a_small_shop import ACME, TENANT
from xero_sf_pipeline_tests.sandbox.xero.conftest import Caller, Clients

CREDENTIALS = {"client_id": "sandbox-xero-client", "client_secret": "sandbox-xero-secret"}


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def claims(token: str) -> dict[str, object]:
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def test_client_credentials_work_in_the_body_and_in_the_header(caller: Caller) -> None:
    in_body = caller.post_form("/connect/token", {"grant_type": "client_credentials", **CREDENTIALS})
    in_header = caller.post_form("/connect/token", {"grant_type": "client_credentials"}, basic(*CREDENTIALS.values()))
    for reply in (in_body, in_header):
        assert reply.status == 200
        assert sorted(reply.json) == ["access_token", "expires_in", "scope", "token_type"]
        assert (reply.json["expires_in"], reply.json["token_type"]) == (1800, "Bearer")
    assert claims(in_body.json["access_token"])["authentication_event_id"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "x"}, "invalid_client"),
        ({**CREDENTIALS, "client_secret": "wrong", "grant_type": "client_credentials"}, "invalid_client"),
        ({**CREDENTIALS, "grant_type": "password"}, "unsupported_grant_type"),
        ({**CREDENTIALS, "grant_type": "refresh_token", "refresh_token": "never issued"}, "invalid_grant"),
        ({**CREDENTIALS, "grant_type": "client_credentials", "scope": "accounting.transactions"}, "invalid_scope"),
    ],
)
def test_a_refused_token_request_says_why(caller: Caller, form: dict[str, str], error: str) -> None:
    reply = caller.post_form("/connect/token", form)
    assert (reply.status, reply.json["error"]) == (400, error)


def test_an_access_token_dies_after_thirty_minutes(caller: Caller, running: RunningSandbox) -> None:
    running.clock.freeze()
    assert caller.call("GET", "/Organisation").status == 200
    running.clock.advance(timedelta(minutes=30, seconds=-1))
    assert caller.call("GET", "/Organisation").status == 200
    running.clock.advance(timedelta(seconds=1))
    reply = caller.call("GET", "/Organisation")
    assert (reply.status, reply.json["Detail"]) == (401, "TokenExpired: token expired at 11/20/2026 09:30:00")
    assert "www-authenticate" not in reply.headers


def test_a_made_up_token_is_refused(caller: Caller) -> None:
    caller.sign_in()
    for token in ("", "nonsense", f"{caller.token}x"):
        reply = caller.call("GET", "/Organisation", headers={"Authorization": f"Bearer {token}"})
        assert (reply.status, reply.json["Detail"]) == (401, "AuthenticationUnsuccessful")


def test_an_expired_token_can_be_played_on_demand(caller: Caller, running: RunningSandbox) -> None:
    running.faults.arm(Fault("xero", "expired_token"))
    assert [caller.call("GET", "/Organisation").status for _ in range(2)] == [401, 200]


def test_a_refresh_token_rotates_and_the_old_one_has_thirty_minutes_of_grace(
    caller: Caller, running: RunningSandbox
) -> None:
    running.clock.freeze()
    first = running.sandbox.mutate(
        "xero",
        {"action": "start_session", "client_id": "sandbox-xero-client", "scope": "offline_access accounting.contacts"},
    )

    def refresh(token: str) -> tuple[int, dict[str, str]]:
        reply = caller.post_form(
            "/connect/token", {**CREDENTIALS, "grant_type": "refresh_token", "refresh_token": token}
        )
        return reply.status, reply.json

    status, second = refresh(first["refresh_token"])
    assert status == 200
    assert second["refresh_token"] != first["refresh_token"]
    running.clock.advance(timedelta(minutes=30))
    assert refresh(first["refresh_token"])[0] == 200  # the answer was lost: the old one may be tried again
    running.clock.advance(timedelta(seconds=1))
    assert refresh(first["refresh_token"]) == (400, {"error": "invalid_grant"})
    running.clock.advance(timedelta(days=60))
    assert refresh(second["refresh_token"]) == (400, {"error": "invalid_grant"})


def test_a_missing_scope_is_a_401_with_the_misspelt_header(caller: Caller, running: RunningSandbox) -> None:
    running.sandbox.xero.tokens.register(
        App("narrow", "secret", scopes=frozenset({"accounting.contacts.read", "accounting.settings"}))
    )
    caller.sign_in("narrow", "secret")
    assert caller.call("GET", "/Contacts").status == 200
    assert caller.call("GET", "/Items").status == 200  # covered by settings as well as by invoices
    refused = [
        caller.call("GET", "/Invoices"),
        caller.call("GET", "/Payments"),
        caller.call("POST", f"/Contacts/{ACME}", {"FirstName": "A"}),
    ]
    assert [(reply.status, reply.headers["www-authenticate"]) for reply in refused] == [(401, "insufficent_scope")] * 3


def test_a_broad_scope_covers_what_it_was_split_into(caller: Caller, running: RunningSandbox) -> None:
    running.sandbox.xero.tokens.register(App("old", "secret", scopes=frozenset({"accounting.transactions.read"})))
    caller.sign_in("old", "secret")
    statuses = [caller.call("GET", path).status for path in ("/Invoices", "/Payments", "/Contacts")]
    assert statuses == [200, 200, 401]
    assert caller.call("PUT", "/Invoices", {}).status == 401


def test_an_unknown_or_disconnected_tenant_is_forbidden(caller: Caller, xero: Clients) -> None:
    reply = caller.call("GET", "/Organisation", headers={"xero-tenant-id": ACME})
    assert (reply.status, reply.json["Title"], reply.json["Detail"]) == (403, "Forbidden", "AuthorizationUnsuccessful")
    [connection] = xero.identity.get_connections()
    assert connection.id != TENANT
    xero.identity.delete_connection(connection.id)
    assert xero.identity.get_connections() == []
    with pytest.raises(HTTPStatusException) as refused:
        xero.accounting.get_organisations(TENANT)
    assert refused.value.status == 403


def test_a_custom_connection_needs_no_tenant_header(caller: Caller) -> None:
    caller.sign_in()
    headers = {"Authorization": f"Bearer {caller.token}", "Accept": "application/json"}
    assert caller.send("GET", "/api.xro/2.0/Organisation", headers=headers).status == 200


def test_a_caller_that_does_not_ask_for_json_gets_xml(caller: Caller) -> None:
    reply = caller.call("GET", "/Organisation", headers={"Accept": "*/*"})
    assert reply.headers["content-type"] == "text/xml; charset=utf-8"
    assert b"<Organisations><Organisation><Name>Small Shop</Name>" in reply.body
