"""Quotes over HTTP: what Xero's own client writes and reads, the filters of the list, the status machine, the totals."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from xero_python.accounting import Contact, HistoryRecord, HistoryRecords, LineItem, LineItemTracking, Quote, Quotes
from xero_python.accounting.models import QuoteLineAmountTypes, QuoteStatusCodes
from xero_python.exceptions import AccountingBadRequestException

from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline_tests.sandbox.xero.books_of_a_small_shop import ACME, BETA, OLD, QUOTE, TENANT
from xero_sf_pipeline_tests.sandbox.xero.conftest import Caller, Clients, Reply

LINE = {"Description": "Desk", "Quantity": 2, "UnitAmount": 100, "AccountCode": "200", "TaxType": "OUTPUT2"}
NORTH = "7a000000-0000-4000-8000-000000000002"


def body(**more: Any) -> dict[str, Any]:
    return {"Contact": {"ContactID": BETA}, "Date": "2026-11-10", "LineItems": [LINE]} | more


def put(caller: Caller, **more: Any) -> dict[str, Any]:
    reply = caller.call("PUT", "/Quotes", body(**more))
    assert reply.status == 200, reply.body
    made: dict[str, Any] = reply.json["Quotes"][0]
    return made


def messages(reply: Reply) -> list[str]:
    assert reply.status == 400, reply.body
    return [error["Message"] for element in reply.json["Elements"] for error in element["ValidationErrors"]]


def test_the_client_writes_reads_changes_and_annotates_a_quote(xero: Clients) -> None:
    line = LineItem(
        description="Desk",
        quantity=Decimal("3"),
        unit_amount=Decimal("33.3333"),
        account_code="200",
        tax_type="OUTPUT2",
        discount_rate=Decimal("10"),
        tracking=[LineItemTracking(tracking_option_id=NORTH)],
    )
    wanted = Quote(
        contact=Contact(contact_id=BETA),
        date=date(2026, 11, 10),
        expiry_date=date(2026, 12, 10),
        line_amount_types=QuoteLineAmountTypes.EXCLUSIVE,
        line_items=[line],
        title="Office",
    )
    [made] = xero.accounting.create_quotes(TENANT, Quotes(quotes=[wanted]), idempotency_key="q-1").quotes
    shown = (made.quote_number, made.status, made.sub_total, made.total_tax, made.total, made.total_discount)
    assert shown == (
        "QU-0002",
        QuoteStatusCodes.DRAFT,
        Decimal("90.00"),
        Decimal("13.50"),
        Decimal("103.50"),
        Decimal("10.00"),
    )
    [read] = xero.accounting.get_quote(TENANT, made.quote_id).quotes
    assert (read.date, read.expiry_date, read.date_string) == (
        date(2026, 11, 10),
        date(2026, 12, 10),
        "2026-11-10T00:00:00",
    )
    assert read.line_items[0].unit_amount == Decimal("33.3333")
    assert read.line_items[0].tracking[0].option == "North"
    change = Quote(
        contact=Contact(contact_id=BETA),
        date=date(2026, 11, 10),
        line_items=[LineItem(line_item_id=read.line_items[0].line_item_id, quantity=Decimal(1))],
        status=QuoteStatusCodes.SENT,
    )
    [sent] = xero.accounting.update_quote(TENANT, made.quote_id, Quotes(quotes=[change])).quotes
    assert (sent.status, sent.title, sent.sub_total) == (QuoteStatusCodes.SENT, "Office", Decimal("30.00"))
    note = HistoryRecords(history_records=[HistoryRecord(details="called")])
    xero.accounting.create_quote_history(TENANT, made.quote_id, note)
    history = xero.accounting.get_quote_history(TENANT, made.quote_id).history_records
    assert [record.changes for record in history] == ["Note", "Sent", "Created"]


def test_the_list_has_filters_of_its_own(xero: Clients, caller: Caller) -> None:
    put(caller, QuoteNumber="OFFER-17", ExpiryDate="2026-12-24")
    put(caller, QuoteNumber="OFFER-18", Date="2026-11-12", Status="SENT", Contact={"ContactID": ACME})

    def found(**query: Any) -> list[str]:
        return [quote.quote_number for quote in xero.accounting.get_quotes(TENANT, **query).quotes]

    assert found(page=1, order="QuoteNumber DESC") == ["QU-0001", "OFFER-18", "OFFER-17"]
    assert found(date_from=date(2026, 11, 10), date_to=date(2026, 11, 11)) == ["OFFER-17"]
    assert found(expiry_date_from=date(2026, 12, 1)) == ["OFFER-17"]
    assert found(expiry_date_to=date(2026, 11, 30)) == ["QU-0001"]
    assert found(contact_id=ACME, order="Date ASC") == ["QU-0001", "OFFER-18"]
    assert found(status="SENT") == ["QU-0001", "OFFER-18"]
    assert found(quote_number="offer") == ["OFFER-17", "OFFER-18"]
    assert found(quote_number="-18") == ["OFFER-18"]
    assert found(if_modified_since=datetime(2026, 11, 20, 9, tzinfo=UTC)) == ["OFFER-17", "OFFER-18"]


@pytest.mark.parametrize("query", [{"where": 'Status=="SENT"'}, {"Status": "PAID"}, {"DateFrom": "soon"}])
def test_a_filter_that_the_list_does_not_have_is_refused(caller: Caller, query: dict[str, str]) -> None:
    reply = caller.call("GET", "/Quotes", query=query)
    assert (reply.status, reply.json["Type"]) == (400, "QueryParseException")


def test_quotes_come_in_pages_with_lines_and_four_decimals_without_being_asked(caller: Caller) -> None:
    for _ in range(2):
        put(caller)
    answer = caller.get("/Quotes", page="2", pageSize="2")
    assert answer["pagination"] == {"page": 2, "pageSize": 2, "pageCount": 2, "itemCount": 3}
    assert len(answer["Quotes"]) == 1
    assert caller.get("/Quotes", page="3", pageSize="2")["Quotes"] == []
    [held] = caller.get("/Quotes", QuoteNumber="QU-0001")["Quotes"]
    assert held["LineItems"][0]["UnitAmount"] == 12.3456


@pytest.mark.parametrize("left_out", ["Contact", "Date", "LineItems"])
def test_creating_and_changing_need_contact_date_and_lines(caller: Caller, left_out: str) -> None:
    part = {name: value for name, value in body().items() if name != left_out}
    for method, path in (("PUT", "/Quotes"), ("POST", "/Quotes"), ("POST", f"/Quotes/{QUOTE}")):
        assert messages(caller.call(method, path, part)) == [f"{left_out} is required"]


@pytest.mark.parametrize(
    ("steps", "last"),
    [
        (["DRAFT", "SENT", "ACCEPTED", "INVOICED", "SENT", "DECLINED", "SENT"], 200),
        (["DRAFT", "DELETED"], 200),
        (["SENT", "ACCEPTED", "SENT"], 200),
        (["DRAFT", "ACCEPTED"], 400),
        (["SENT", "INVOICED"], 400),
        (["SENT", "DRAFT"], 400),
        (["SENT", "DECLINED", "ACCEPTED"], 400),
        (["DRAFT", "DELETED", "DELETED"], 400),
    ],
)
def test_statuses_move_by_the_rules(caller: Caller, steps: list[str], last: int) -> None:
    id_ = put(caller, Status=steps[0])["QuoteID"]
    replies = [caller.call("POST", f"/Quotes/{id_}", body(Status=status)) for status in steps[1:]]
    assert [reply.status for reply in replies] == [200] * (len(replies) - 1) + [last]


@pytest.mark.parametrize("status", ["ACCEPTED", "DECLINED", "INVOICED", "DELETED"])
def test_no_quote_is_born_answered(caller: Caller, status: str) -> None:
    assert messages(caller.call("PUT", "/Quotes", body(Status=status))) == [
        f"Quote status {status} is not valid when creating"
    ]


def test_the_tax_type_does_not_follow_from_the_account(caller: Caller) -> None:
    bare = {name: value for name, value in LINE.items() if name != "TaxType"}
    made = put(caller, LineItems=[bare, LINE])
    assert ["TaxType" in line for line in made["LineItems"]] == [False, True]
    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == (400.0, 30.0, 430.0)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"LineItems": [{**LINE, "AccountCode": "476"}]}, "Account code '476' is not a valid code for this document."),
        ({"LineItems": [{**LINE, "ItemCode": "NOPE"}]}, "Item code 'NOPE' is not valid"),
        (
            {"LineItems": [{**LINE, "TaxType": "TAX999"}]},
            "The TaxType code 'TAX999' does not exist or cannot be used for this type of transaction.",
        ),
        (
            {"LineItems": [{**LINE, "Tracking": [{"Name": "Region", "Option": "North"}]}]},
            "The tracking category or option does not exist",
        ),
        ({"LineItems": [{"Quantity": 1, "UnitAmount": 5}]}, "Description is required for each line item"),
        ({"CurrencyCode": "EUR"}, "Organisation is not subscribed to currency EUR"),
        (
            {"Contact": {"ContactID": OLD}},
            "The contact with the specified contact details has been archived. "
            "The contact must be un-archived before creating new invoices or credit notes.",
        ),
        ({"QuoteNumber": "qu-0001"}, "Quote number must be unique."),
        ({"Title": "x" * 101}, "The field Title exceeds its maximum length of 100"),
        ({"Total": 1}, "The document total does not equal the total of the lines."),
    ],
)
def test_what_a_quote_may_not_say(caller: Caller, more: dict[str, Any], message: str) -> None:
    assert messages(caller.call("PUT", "/Quotes", body(**more))) == [message]


def test_the_spelling_of_the_tax_mode_is_upper_case(caller: Caller) -> None:
    reply = caller.call("PUT", "/Quotes", body(LineAmountTypes="Inclusive"))
    assert (reply.status, reply.json["Type"]) == (400, "PostDataInvalidException")
    assert put(caller, LineAmountTypes="INCLUSIVE")["TotalTax"] == 26.09


def test_a_quote_in_another_currency_keeps_its_rate(caller: Caller) -> None:
    made = put(caller, CurrencyCode="USD", CurrencyRate=0.61)
    assert (made["CurrencyCode"], made["CurrencyRate"]) == ("USD", 0.61)


def test_a_change_is_stamped_and_an_unknown_quote_is_not_found(
    caller: Caller, running: RunningSandbox, xero: Clients
) -> None:
    before = caller.get(f"/Quotes/{QUOTE}")["Quotes"][0]["UpdatedDateUTC"]
    running.clock.advance(timedelta(minutes=1))
    assert caller.call("POST", f"/Quotes/{QUOTE}", body(Status="ACCEPTED")).status == 200
    assert caller.get(f"/Quotes/{QUOTE}")["Quotes"][0]["UpdatedDateUTC"] != before
    assert caller.call("GET", f"/Quotes/{ACME}").status == 404
    wrong = Quotes(quotes=[Quote(contact=Contact(contact_id=BETA), date=date(2026, 11, 1))])
    with pytest.raises(AccountingBadRequestException):
        xero.accounting.update_or_create_quotes(TENANT, wrong)
