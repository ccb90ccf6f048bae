"""What a write to Xero puts on the wire, and what becomes of its answer, against a scripted server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clients.xero import XERO_ENTITIES, XeroClient, XeroSession
from xero_sf_pipeline.clients.xero_objects import XERO_OBJECTS
from xero_sf_pipeline.clients.xero_records import XeroRowResult, exact_body
from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.errors import (
    AuthenticationFailed,
    MissingPermission,
    OutcomeUnknown,
    PermanentApiError,
    RateLimited,
    TransientApiError,
    ValidationFailed,
)
from xero_sf_pipeline.settings import Settings
from xero_sf_pipeline_tests.clients.scripted_server import Reply, Request, ScriptedServer, reply_json, serving

ZERO_ID = "00000000-0000-0000-0000-000000000000"
SAVED = {"InvoiceID": "1a", "Reference": "R/1", "StatusAttributeString": "OK", "Total": 9.99}

Connect = Callable[..., AbstractContextManager[tuple[ScriptedServer, XeroClient]]]


@pytest.fixture
def connect(settings_for: Callable[..., Settings], clock: FixedClock, governor: Governor, retry: Retry) -> Connect:
    @contextmanager
    def connected(*replies: Reply) -> Iterator[tuple[ScriptedServer, XeroClient]]:
        waiting = list(replies)

        def script(request: Request) -> Reply:
            if request.path == "/connect/token":
                return reply_json({"access_token": "t", "expires_in": 1800, "scope": "a"})
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]

        with (
            serving(script) as server,
            XeroSession(settings_for(server.url), clock, governor, retry=retry) as session,
        ):
            yield server, session.client("tenant-1")

    return connected


def invoices(*elements: dict[str, Any]) -> Reply:
    return reply_json({"Id": "x", "Status": "OK", "Invoices": list(elements)})


def calls(server: ScriptedServer) -> list[Request]:
    return [request for request in server.requests if request.path != "/connect/token"]


def test_a_create_is_a_put_that_answers_for_each_element_and_carries_its_key(connect: Connect) -> None:
    line = {"Description": "Zeit für Ümläute", "Quantity": Decimal("1.25"), "UnitAmount": Decimal("0.3333")}
    element = {"Reference": "R/1", "Date": date(2026, 3, 1), "LineItems": [line], "SentToContact": False}
    with connect(invoices(SAVED)) as (server, client):
        (row,) = client.create("Invoice", [element], idempotency_key="tenant-1:abc")
    (request,) = calls(server)
    assert (request.method, request.path) == ("PUT", "/api.xro/2.0/Invoices")
    assert request.query == {"summarizeErrors": "False", "unitdp": "4"}
    assert request.headers["idempotency-key"] == "tenant-1:abc"
    assert request.headers["xero-tenant-id"] == "tenant-1"
    sent = json.loads(request.body, parse_float=Decimal)
    assert sent == {"Invoices": [{**element, "Date": "2026-03-01"}]}
    assert (row.id, row.status, row.record["Total"]) == ("1a", "OK", Decimal("9.99"))


def test_a_change_is_a_post_and_names_its_record(connect: Connect) -> None:
    with connect(invoices(SAVED)) as (server, client):
        client.update("Invoice", [{"InvoiceID": "1a", "DueDate": "2026-05-01"}], idempotency_key="k")
        with pytest.raises(ValueError, match="InvoiceID"):
            client.update("Invoice", [{"Reference": "R/1"}], idempotency_key="k")
    (request,) = calls(server)
    assert (request.method, request.path) == ("POST", "/api.xro/2.0/Invoices")


def test_contacts_have_no_unit_prices_to_ask_decimals_for(connect: Connect) -> None:
    answer = reply_json({"Contacts": [{"ContactID": "c1", "StatusAttributeString": "OK"}]})
    with connect(answer) as (server, client):
        client.create("Contact", [{"Name": "A", "EmailAddress": None}], idempotency_key="k")
    (request,) = calls(server)
    assert request.query == {"summarizeErrors": "False"}
    assert request.json() == {"Contacts": [{"Name": "A", "EmailAddress": ""}]}


def test_results_go_by_position_and_a_zero_id_is_none(connect: Connect) -> None:
    refused = {"InvoiceID": ZERO_ID, "StatusAttributeString": "ERROR", "ValidationErrors": [{"Message": "No  way"}]}
    warned = {"InvoiceID": "3c", "StatusAttributeString": "WARNING", "Warnings": [{"Message": "Account removed"}]}
    with connect(invoices(SAVED, refused, warned)) as (_, client):
        rows = client.create("Invoice", [{}, {}, {}], idempotency_key="k")
    assert rows == [
        XeroRowResult(0, "1a", "OK", record={**SAVED, "Total": Decimal("9.99")}),
        XeroRowResult(1, None, "ERROR", ("No way",), record=refused),
        XeroRowResult(2, "3c", "WARNING", (), ("Account removed",), warned),
    ]


def test_an_element_without_a_status_is_judged_by_what_it_shows(connect: Connect) -> None:
    with connect(invoices({"InvoiceID": "1a"}, {"InvoiceID": ZERO_ID, "HasErrors": True})) as (_, client):
        rows = client.create("Invoice", [{}, {}], idempotency_key="k")
    assert [(row.id, row.status) for row in rows] == [("1a", "OK"), (None, "ERROR")]


@pytest.mark.parametrize(
    "reply",
    [
        invoices(SAVED, SAVED),
        invoices({"InvoiceID": ZERO_ID, "StatusAttributeString": "OK"}),
        reply_json({"Status": "OK"}),
        Reply(200, b"<html>please wait</html>"),
        Reply(200, b'{"Invoices": [{"InvoiceID"'),
        Reply(200, json.dumps({"Invoices": [SAVED]}).encode(), cut="midway"),
        Reply(cut="before"),
        Reply(500, b"An error occurred"),
        Reply(503, b"The Xero API is temporarily unavailable"),
    ],
)
def test_an_answer_that_does_not_tell_each_fate_leaves_the_outcome_open_and_is_asked_once(
    connect: Connect, reply: Reply
) -> None:
    with connect(reply) as (server, client):
        with pytest.raises(OutcomeUnknown):
            client.create("Invoice", [{}], idempotency_key="k")
        assert len(calls(server)) == 1


ENVELOPE = {
    "ErrorNumber": 10,
    "Type": "ValidationException",
    "Message": "A validation exception occurred",
    "Elements": [{"ValidationErrors": [{"Message": "Email address must be valid."}]}],
}


@pytest.mark.parametrize(
    ("reply", "expected", "code"),
    [
        (Reply(400, json.dumps(ENVELOPE).encode()), ValidationFailed, "ValidationException"),
        (
            reply_json({"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": "bad"}, 400),
            PermanentApiError,
            "PostDataInvalidException",
        ),
        (Reply(429, b"", {"X-Rate-Limit-Problem": "day", "Retry-After": "66975"}), RateLimited, "day"),
        (Reply(429, b"", {"X-Rate-Limit-Problem": "minute", "Retry-After": "7"}), RateLimited, "minute"),
        (Reply(401, b"{}", {"WWW-Authenticate": "insufficent_scope"}), MissingPermission, "insufficient_scope"),
        (Reply(403, b"{}"), MissingPermission, "forbidden"),
        (Reply(503, b"The Organisation is offline"), TransientApiError, "offline"),
    ],
)
def test_a_refusal_of_the_whole_call_is_told_apart(
    connect: Connect, reply: Reply, expected: type[Exception], code: str
) -> None:
    with connect(reply) as (server, client):
        with pytest.raises(expected) as refused:
            client.create("Invoice", [{}], idempotency_key="k")
        assert len(calls(server)) == 1
    assert type(refused.value) is expected
    assert refused.value.code == code  # type: ignore[attr-defined]


def test_an_expired_token_is_renewed_once_and_the_same_key_goes_again(connect: Connect) -> None:
    with connect(Reply(401, b"{}"), invoices(SAVED)) as (server, client):
        client.create("Invoice", [{}], idempotency_key="k")
    assert [request.headers["idempotency-key"] for request in calls(server)] == ["k", "k"]
    with connect(Reply(401, b"{}")) as (server, client), pytest.raises(AuthenticationFailed):
        client.create("Invoice", [{}], idempotency_key="k")


@pytest.mark.parametrize("key", ["", "k" * 129])
def test_a_key_that_xero_would_refuse_is_refused_before_anything_is_sent(connect: Connect, key: str) -> None:
    with connect(invoices(SAVED)) as (server, client):
        with pytest.raises(ValueError, match="128"):
            client.create("Invoice", [{}], idempotency_key=key)
        assert calls(server) == []


def test_a_body_above_three_and_a_half_megabytes_is_refused_before_anything_is_sent(connect: Connect) -> None:
    with connect(invoices(SAVED)) as (server, client):
        with pytest.raises(ValueError, match="3,500,000"):
            client.create("Invoice", [{"Url": "x" * 3_500_000}], idempotency_key="k")
        with pytest.raises(ValueError, match="at least one"):
            client.create("Invoice", [], idempotency_key="k")
        assert calls(server) == []


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=4, allow_nan=False, allow_infinity=False))
def test_every_amount_of_xero_survives_the_float_that_its_library_makes_of_it(amount: Decimal) -> None:
    """15 digits: the largest line amount is 9,999,999,999.99, and unit prices have four decimals."""
    text = json.dumps(exact_body({"UnitAmount": amount}))
    assert json.loads(text, parse_float=Decimal)["UnitAmount"] == amount


@pytest.mark.parametrize(
    "value",
    [
        Decimal("9007199254740993.07"),
        Decimal("NaN"),
        Decimal("Infinity"),
        0.1,
        {1, 2},
        datetime(2026, 3, 1, tzinfo=UTC),
    ],
)
def test_what_would_not_arrive_as_it_is_meant_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="Xero"):
        exact_body({"UnitAmount": value})


def test_a_look_up_walks_summaries_since_an_instant_and_says_which_page_is_the_last(connect: Connect) -> None:
    more = {"pagination": {"page": 1, "pageCount": 2, "pageSize": 1000, "itemCount": 1001}, "Invoices": [SAVED]}
    end = {"pagination": {"page": 2, "pageCount": 2, "pageSize": 1000, "itemCount": 1001}, "Invoices": []}
    with connect(reply_json(more), reply_json(end)) as (server, client):
        pages = [client.changed("Invoice", datetime(2026, 3, 1, tzinfo=UTC), page) for page in (1, 2)]
    first, second = calls(server)
    assert first.query == {
        "page": "1", "pageSize": "1000", "order": "InvoiceID", "unitdp": "4", "summaryOnly": "True",
    }  # fmt: skip
    assert first.headers["if-modified-since"] == "2026-03-01T00:00:00+00:00"
    assert second.query["page"] == "2"
    assert [(len(page.records), page.is_last) for page in pages] == [(1, False), (0, True)]


def test_contacts_are_looked_up_with_the_archived_ones_and_items_all_at_once(connect: Connect) -> None:
    with connect(reply_json({"Contacts": []}), reply_json({"Items": [{"ItemID": "i"}]})) as (server, client):
        assert client.changed("Contact", None).is_last
        assert client.changed("Item", None) == client.changed("Item", None)
    contacts, items, _ = calls(server)
    assert contacts.query["includeArchived"] == "True"
    assert "if-modified-since" not in contacts.headers
    assert items.query == {"unitdp": "4"}


def test_records_are_read_by_id_forty_at_a_time(connect: Connect) -> None:
    guid = "0a0a0a0a-0000-4000-8000-000000000001"
    with connect(invoices(SAVED), reply_json({"CreditNotes": []})) as (server, client):
        assert client.by_ids("Invoice", ["1a", "2b"])[0]["InvoiceID"] == "1a"
        client.by_ids("CreditNote", [guid])
        with pytest.raises(ValueError, match="at most 40"):
            client.by_ids("Invoice", ["x"] * 41)
        with pytest.raises(ValueError, match="UUID"):
            client.by_ids("CreditNote", ['") OR true'])
    by_id, credit = calls(server)
    assert (by_id.query["IDs"], by_id.query["page"]) == ("1a,2b", "1")
    assert credit.query["where"] == f'CreditNoteID==Guid("{guid}")'


def test_what_is_written_is_read_as_extraction_reads_it() -> None:
    for target in XERO_OBJECTS.values():
        known = XERO_ENTITIES.get(target.entity.name)
        assert known is None or (known.method, known.envelope, known.id_field, known.is_paged) == (
            target.entity.method,
            target.envelope,
            target.id_field,
            target.entity.is_paged,
        )


def test_any_number_of_items_is_read_in_one_call_because_xero_has_no_other(connect: Connect) -> None:
    with connect(reply_json({"Items": [{"ItemID": "i"}]})) as (server, client):
        assert client.by_ids("Item", [f"i{n}" for n in range(41)]) == ({"ItemID": "i"},)
    (whole,) = calls(server)
    assert whole.query == {"unitdp": "4"}
