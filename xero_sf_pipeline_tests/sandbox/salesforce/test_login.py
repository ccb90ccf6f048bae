"""Tokens: how to get one, what it carries, how it dies."""

from __future__ import annotations

import base64
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceExpiredSession

from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline_tests.sandbox.salesforce.conftest import VERSION, Loopback

EXPIRED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def _token(running: RunningSandbox, **form: str) -> requests.Response:
    return requests.post(f"{running.url}/services/oauth2/token", data=form, timeout=10)


def test_credentials_in_the_body_give_a_token_that_names_this_server_and_no_life_time(running: RunningSandbox) -> None:
    answer = _token(
        running,
        grant_type="client_credentials",
        client_id="sandbox-sf-client",
        client_secret="sandbox-sf-secret",
    )
    assert answer.status_code == 200
    body = answer.json()
    assert body["instance_url"] == running.url
    assert body["token_type"] == "Bearer"
    assert body["access_token"].startswith("00D")
    assert "!" in body["access_token"]
    assert "expires_in" not in body


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}, "invalid_client_id"),
        (
            {"grant_type": "client_credentials", "client_id": "sandbox-sf-client", "client_secret": "y"},
            "invalid_client",
        ),
    ],
)
def test_wrong_credentials_are_refused_with_400_and_an_oauth_error(
    running: RunningSandbox, form: dict[str, str], error: str
) -> None:
    answer = _token(running, **form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert set(answer.json()) == {"error", "error_description"}


def test_the_sdk_reports_a_refused_secret(running: RunningSandbox) -> None:
    session = requests.Session()
    session.mount("https://", Loopback(urlsplit(running.url).netloc))
    with session, pytest.raises(SalesforceAuthenticationFailed) as refused:
        Salesforce(
            consumer_key="sandbox-sf-client",
            consumer_secret="wrong",
            domain="sandbox.my",
            version=VERSION,
            session=session,
        )
    assert refused.value.code == "invalid_client"


def test_an_inactive_integration_user_gets_no_token(running: RunningSandbox) -> None:
    org = running.sandbox.salesforce
    org.update("User", org.user_id, {"IsActive": False})
    basic = base64.b64encode(b"sandbox-sf-client:sandbox-sf-secret").decode()
    answer = requests.post(
        f"{running.url}/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {basic}"},
        timeout=10,
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "inactive_user")


def test_a_call_without_a_token_is_refused(running: RunningSandbox) -> None:
    answer = requests.get(f"{running.url}/services/data/v{VERSION}/limits/", timeout=10)
    assert (answer.status_code, answer.json()) == (401, EXPIRED)


def test_the_token_dies_after_two_hours_without_use(running: RunningSandbox, sf: Salesforce) -> None:
    token = sf.session_id
    running.clock.advance(timedelta(hours=2))
    answer = requests.get(
        f"{running.url}/services/data/v{VERSION}/limits/", headers={"Authorization": f"Bearer {token}"}, timeout=10
    )
    assert (answer.status_code, answer.json()) == (401, EXPIRED)


def test_use_in_its_second_half_keeps_a_token_alive(running: RunningSandbox, sf: Salesforce) -> None:
    token = sf.session_id
    for _ in range(3):
        running.clock.advance(timedelta(minutes=90))
        sf.limits()
    assert sf.session_id == token


def test_the_sdk_logs_in_again_when_a_token_expires_in_the_middle_of_a_walk(
    running: RunningSandbox, sf: Salesforce
) -> None:
    token = sf.session_id
    running.faults.arm(Fault("salesforce", "expired_token", path="/query"))
    assert sf.query("SELECT COUNT() FROM Account")["totalSize"] == 0
    assert sf.session_id != token


def test_a_bulk_job_does_not_survive_an_expired_token_in_the_sdk(running: RunningSandbox, sf: Salesforce) -> None:
    running.faults.arm(Fault("salesforce", "expired_token", method="GET", path="/jobs/query/"))
    with pytest.raises(SalesforceExpiredSession):
        list(sf.bulk2.Account.query("SELECT Id FROM Account", wait=0.01))
