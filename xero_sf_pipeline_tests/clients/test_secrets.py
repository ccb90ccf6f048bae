"""Whatever happens, no secret, token or record content is in a log, an error, a representation or the output.

Every path runs with all loggers at DEBUG, those of xero-python, simple-salesforce, requests and urllib3 included.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clients.salesforce import SalesforceClient
from xero_sf_pipeline.clients.xero import XERO_ENTITIES, XeroSession
from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.errors import PipelineError
from xero_sf_pipeline.settings import Settings
from xero_sf_pipeline_tests.clients.conftest import SALESFORCE_SECRET, XERO_SECRET
from xero_sf_pipeline_tests.clients.scripted_server import Reply, Request, reply_json, serving
from xero_sf_pipeline_tests.clients.test_salesforce_bulk import INGEST, csv_page, state
from xero_sf_pipeline_tests.clients.test_salesforce_deploy import FAULT, STARTED, status

XERO_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJ4ZXJvIjoidG9rZW4ifQ.c2lnbmF0dXJl"
SALESFORCE_TOKEN = "00D000000000001!AQ4AQFnJ_secret.session.id"
CONTENT = "Ngāti Confidential Holdings"
SECRETS = (XERO_SECRET, SALESFORCE_SECRET, XERO_TOKEN, SALESFORCE_TOKEN, "c2lnbmF0dXJl", "AQ4AQFnJ", CONTENT)
LOGGERS = ("", "urllib3", "requests", "simple_salesforce", "xero_python", "zeep", "xero_sf_pipeline")


def tell_tale(request: Request, status: int) -> Reply:
    """An answer that repeats the caller's own token, as bad gateways do."""
    said = f"refused {request.headers.get('authorization')}"
    if request.path.startswith("/services"):
        return reply_json([{"message": said, "errorCode": "SOMETHING"}], status, {"X-Echo": said})
    return reply_json({"Type": "Odd", "Message": said, "Detail": said}, status, {"X-Echo": said})


def answers(request: Request) -> Iterator[Reply]:
    """All the ways in which one request can end."""
    yield from (tell_tale(request, code) for code in (400, 401, 403, 404, 409, 429, 500, 503))
    yield Reply(cut="before")
    yield Reply(200, b"{" + b"x" * 2000, cut="midway")
    yield Reply(200, b"<html>" + str(request.headers.get("authorization")).encode())
    yield Reply(401, b"", {"WWW-Authenticate": "insufficent_scope"})
    yield FAULT


def good(request: Request) -> Reply:
    path = request.path.rstrip("/")
    if path.endswith(("/oauth2/token", "/connect/token")):
        token = SALESFORCE_TOKEN if "oauth2" in path else XERO_TOKEN
        return reply_json({"access_token": token, "expires_in": 1800, "scope": "a", "id": "x/00D000000000001EAA/005x"})
    if path == "/Connections":
        return reply_json([{"id": "c", "tenantId": "t", "tenantType": "ORGANISATION", "tenantName": CONTENT}])
    if "/Soap/" in path:
        return STARTED if path.endswith("deployRequest") else status("Succeeded")
    if path.endswith("/results"):
        return csv_page(f'"Name"\n"{CONTENT}"\n', 1)
    if "/jobs/query" in path:
        return state("JobComplete", 1)
    if path.endswith(("Results", "unprocessedRecords")):
        return Reply(200, f'"sf__Id","sf__Created","Name"\n"1","true","{CONTENT}"\n'.encode())
    if path.endswith("/batches"):
        return Reply(201)
    if "/jobs/ingest" in path:
        return reply_json(INGEST)
    if "/composite" in path:
        return reply_json([{"id": "1", "success": True, "errors": [], "created": True, "Name": CONTENT}])
    if path.endswith("/describe"):
        return reply_json({"name": "Account", "fields": []})
    record = {"Id": "1", "K__c": "k", "Name": CONTENT}
    return reply_json({"totalSize": 1, "done": True, "records": [record], "Invoices": [{"Name": CONTENT}]})


def xero_steps(session: XeroSession) -> list[Callable[[], object]]:
    return [
        session.connections,
        lambda: session.client("t").page(XERO_ENTITIES["invoices"], page=1, where=f'Name=="{CONTENT[:3]}"'),
        lambda: session.client("t").page(XERO_ENTITIES["accounts"]),
    ]


def salesforce_steps(client: SalesforceClient, directory: Path) -> list[Callable[[], object]]:
    record = {"K__c": "k", "Name": CONTENT}
    return [
        lambda: list(client.query_pages("select Name from Account")),
        lambda: client.count("Account"),
        lambda: client.describe("Account"),
        client.limits,
        lambda: client.retrieve("Account", ["1"], ["Name"]),
        lambda: client.find_by_key("Account", "K__c", ["k"], ["Name"]),
        lambda: client.upsert("Account", "K__c", [record]),
        lambda: client.update("Account", [{"Id": "1", "Name": CONTENT}]),
        lambda: client.bulk_query("select Name from Account", directory),
        lambda: client.create_ingest_job("Account", "upsert", "K__c"),
        lambda: client.upload("750b", f'K__c,Name\nk,"{CONTENT}"\n'.encode()),
        lambda: client.job("750b"),
        lambda: client.ingest_results("750b"),
        lambda: client.deploy(b"PK"),
        lambda: client.assign_permission_set("Xero_Sync"),
    ]


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    for name in LOGGERS:
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def spoken(error: BaseException) -> str:
    """All that a person or a log could see of an error, its chain included."""
    chain = "".join(traceback.format_exception(error))
    return f"{error!s} {error!r} {chain} {vars(error)}"


def play(steps: list[Callable[[], object]], clock: FixedClock) -> tuple[int, list[str]]:
    """Run all steps, with time between them that closes circuits; return how many succeeded, and the others' words."""
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG)  # the libraries turn themselves down when they start
    done, errors = 0, []
    for step in steps:
        try:
            step()
            done += 1
        except PipelineError as error:
            errors.append(spoken(error))
        clock.advance(timedelta(seconds=61))
    return done, errors


def number_of_answers() -> int:
    return len(list(answers(Request("GET", "/services", {}, {}, b""))))


@pytest.mark.parametrize("nth", [None, *range(number_of_answers())])
def test_no_path_of_either_client_tells_a_secret(
    nth: int | None,
    settings_for: Callable[..., Settings],
    clock: FixedClock,
    governor: Governor,
    everything_logged: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Each way to fail hits every call but the token requests; None: all goes well."""

    def script(request: Request) -> Reply:
        is_token = request.path.endswith("/token")
        return good(request) if nth is None or is_token else list(answers(request))[nth]

    retry = Retry(attempts=2, sleep=lambda seconds: None)
    with serving(script) as server:
        settings = settings_for(server.url)
        with (
            XeroSession(settings, clock, governor, retry=retry) as session,
            SalesforceClient(settings, clock, governor, retry=retry) as client,
        ):
            steps = [*xero_steps(session), *salesforce_steps(client, tmp_path / "bulk")]
            done, errors = play(steps, clock)
            shown = f"{session!r} {client!r} {settings!r} {vars(session)} {vars(client)} {governor.snapshot()}"
    assert len(steps) == 18
    assert (done, len(errors)) == ((18, 0) if nth is None else (0, 18))
    assert not any("circuit_open" in error for error in errors)
    assert "urllib3" in {record.name.split(".")[0] for record in everything_logged.records}
    output = capfd.readouterr()
    for secret in SECRETS:
        assert secret not in everything_logged.text
        assert secret not in "".join(errors)
        assert secret not in shown
        assert secret not in output.out + output.err
    assert http.client.HTTPConnection.debuglevel == 0


@pytest.mark.parametrize("nth", range(number_of_answers()))
def test_a_failing_login_tells_no_secret(
    nth: int,
    settings_for: Callable[..., Settings],
    clock: FixedClock,
    governor: Governor,
    everything_logged: pytest.LogCaptureFixture,
) -> None:
    def echo(request: Request) -> Reply:
        return list(answers(request))[nth]

    retry = Retry(attempts=2, sleep=lambda seconds: None)
    errors: list[str] = []
    with serving(echo) as server:
        settings = settings_for(server.url)
        with (
            XeroSession(settings, clock, governor, retry=retry) as session,
            SalesforceClient(settings, clock, governor, retry=retry) as client,
        ):
            done, errors = play([session.connections, client.limits], clock)
    assert (done, len(errors)) == (0, 2)
    for secret in (*SECRETS, basic("xero-client", XERO_SECRET), basic("sf-client", SALESFORCE_SECRET)):
        assert secret not in everything_logged.text
        assert secret not in "".join(errors)


def basic(client_id: str, secret: str) -> str:
    return base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def test_a_traceback_holds_no_library_exception(
    settings_for: Callable[..., Settings], clock: FixedClock, governor: Governor
) -> None:
    """The texts of both libraries' exceptions hold bodies and headers; a chained one would end up in a run's log."""
    seen: list[Any] = []
    with serving(lambda request: good(request) if request.path.endswith("/token") else tell_tale(request, 400)) as one:
        settings = settings_for(one.url)
        with (
            XeroSession(settings, clock, governor) as session,
            SalesforceClient(settings, clock, governor) as client,
        ):
            for step in (session.connections, client.limits):
                with contextlib.suppress(PipelineError):
                    try:
                        step()
                    except PipelineError as error:
                        seen.append((error.__cause__, error.__suppress_context__))
                        raise
    assert seen == [(None, True), (None, True)]
