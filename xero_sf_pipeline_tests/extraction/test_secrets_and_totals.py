"""A whole extraction of both systems: its control totals, and what its log tells."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.clients import tokens
from xero_sf_pipeline.extraction.salesforce_objects import SALESFORCE_SOURCES
from xero_sf_pipeline.extraction.xero_entities import XERO_SOURCES
from xero_sf_pipeline.sandbox.xero.kinds import ENVELOPE
from xero_sf_pipeline_tests.extraction.mirror import Mirror

LOGGERS = ("", "urllib3", "urllib3.connectionpool", "requests", "simple_salesforce", "xero_python", "xero_sf_pipeline")
KIND_OF = {
    source.name: kind for source in XERO_SOURCES for kind, name in ENVELOPE.items() if name == source.entity.envelope
}
SECRETS = ("sandbox-xero-secret", "sandbox-sf-secret")


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Any:
    """All loggers at DEBUG, those that exist and those that are made later."""
    caplog.set_level(logging.DEBUG)
    for name in {*LOGGERS, *logging.root.manager.loggerDict}:
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every access token that is fetched from here on."""
    taken: list[str] = []

    def listen(source: type[Any]) -> None:
        fetch = source.fetch

        def fetch_and_tell(self: Any) -> Any:
            token = fetch(self)
            taken.append(token.access_token)
            return token

        monkeypatch.setattr(source, "fetch", fetch_and_tell)

    listen(tokens.XeroClientCredentials)
    listen(tokens.SalesforceClientCredentials)
    return taken


def test_the_log_of_a_whole_extraction_holds_no_secret_no_token_and_no_content(
    mirror: Mirror, everything_logged: pytest.LogCaptureFixture, fetched: list[str]
) -> None:
    sandbox = mirror.running.sandbox
    for source in XERO_SOURCES:
        mirror.poll(source.name)
    for salesforce in SALESFORCE_SOURCES:
        mirror.salesforce().poll(salesforce)
    told = [
        f"{record.name} {record.getMessage()} {record.args} {record.exc_text}"
        for record in everything_logged.records
        if not record.name.startswith(("asyncio", "uvicorn"))
    ]
    assert told, "nothing was logged, so nothing was looked at"
    log = "\n".join(told).lower()
    contacts = sandbox.xero.store.select(mirror.tenant_id, "Contacts")
    private = {contact["Name"] for contact in contacts} | {contact["EmailAddress"] for contact in contacts}
    private |= {row["Name"] for row in sandbox.salesforce.rows("Account")}
    signatures = [part for token in fetched for part in token.split(".")[-1].split("!")]
    hidden = {
        *SECRETS,
        *fetched,
        *signatures,
        *(text for text in private if text and len(text) > 8 and not text.isalpha()),
    }
    assert (len(fetched), len(hidden) > 20) == (2, True)
    assert [text for text in hidden if text.lower() in log] == []
    assert "bearer" not in log


@pytest.mark.parametrize("source", XERO_SOURCES, ids=lambda source: source.name)
def test_what_xero_holds_is_what_is_stored_to_the_row_and_to_the_cent(mirror: Mirror, source: Any) -> None:
    report = mirror.poll(source.name)
    documents = mirror.running.sandbox.xero.store.select(mirror.tenant_id, KIND_OF[source.name])
    rows = mirror.rows(f"select * from {source.table.name}_current")
    assert len(rows) == len(documents) == report.rows_read == report.counts.stored
    if source.amount_field is not None:
        held = sum((Decimal(str(document[source.amount_field])) for document in documents), Decimal(0))
        stored = sum((row[source.table.amount_column] for row in rows), Decimal(0))
        assert held == stored == report.amount_read == report.counts.amount_stored
    assert report.ties
    kept = mirror.rows("select * from ops.extracts")
    assert [(row["entity"], row["read_row_count"], row["stored_row_count"], row["amount_read"]) for row in kept] == [
        (source.name, len(documents), len(documents), report.amount_read)
    ]


def test_nothing_that_the_sandbox_serves_is_unknown_to_this_version(mirror: Mirror) -> None:
    for source in XERO_SOURCES:
        mirror.poll(source.name)
    assert mirror.rows("select * from ops.drift") == []
    assert mirror.rows("select * from ops.quarantine") == []
