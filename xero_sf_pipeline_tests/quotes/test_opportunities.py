"""Opportunities made of quotes, and how they follow them without taking a salesperson's work away."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline_tests.quotes.sales import ACCOUNT, OWNER, Sales, money, rules


def test_a_sent_quote_becomes_an_opportunity_once() -> None:
    sales = Sales()
    key = sales.quote(title="Website")
    (write,) = sales.plan()
    assert (write["kind"], write["target_object"], write["action"], write["target_key_field"], write["target_key"]) == (
        "opportunity.create", "Opportunity", "upsert", "Xero_Quote_ID__c", key,
    )  # fmt: skip
    assert write["payload"] == {
        "Name": "Website, Acme", "AccountId": ACCOUNT, "StageName": "Proposal/Price Quote", "CloseDate": "2026-03-31",
        "Amount": Decimal("100.00"), "OwnerId": OWNER,
    }  # fmt: skip
    assert (write["amount"], write["currency_code"]) == (Decimal("100.0000"), "GBP")
    sales.push()
    assert sales.planned() == []
    assert sales.exclusions() == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"quote_status": "DRAFT"}, None),
        ({"quote_status": "DECLINED"}, None),
        ({"quoted_on": date(2025, 1, 1), "expires_on": None}, None),
        ({"currency_code": "USD"}, "currency_differs"),
    ],
)
def test_quotes_that_get_no_opportunity(changes: dict[str, Any], reason: str | None) -> None:
    sales = Sales()
    sales.quote(**changes)
    assert sales.planned() == []
    assert sales.exclusions() == ([("q-1", reason)] if reason else [])


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [("review", "match_in_review"), ("create", "unmatched"), ("ignore", "contact_ignored"), (None, "unmatched")],
)
def test_a_quote_without_a_sure_account_waits(outcome: str | None, reason: str) -> None:
    sales = Sales()
    contact = sales.books.add_contact("Bolt")
    if outcome:
        sales.books.link(contact, outcome)
    sales.quote(contact_key=contact)
    assert sales.planned() == []
    assert sales.exclusions() == [("q-1", reason)]


def test_a_quote_without_expiry_closes_by_the_policys_days_and_takes_the_total_when_asked() -> None:
    sales = Sales(rules(close_after_days=10, amount="total", type="New Business"))
    sales.quote(expires_on=None)
    ((_, _, payload, _),) = sales.planned()
    assert (payload["CloseDate"], payload["Amount"], payload["Type"]) == ("2026-03-11", Decimal("120.00"), "New Business")  # fmt: skip


def test_status_expiry_and_amount_move_the_opportunity() -> None:
    sales = Sales()
    key = sales.quote()
    sales.plan()
    sales.push()
    opportunity = sales.books.value("select sf_opportunity_id from core.opportunities")
    sales.change_quote(key, quote_status="ACCEPTED", expires_on=date(2026, 4, 15), amount_subtotal=money("150.00"))
    assert sales.planned() == [
        (
            "opportunity.update",
            opportunity,
            {"StageName": "Negotiation/Review", "CloseDate": "2026-04-15", "Amount": Decimal("150.00")},
            {"StageName": "Proposal/Price Quote", "CloseDate": "2026-03-31", "Amount": Decimal("100.00")},
        )
    ]
    sales.push()
    assert sales.planned() == []
    sales.change_quote(key, quote_status="DECLINED")
    assert [payload for _, _, payload, _ in sales.planned()] == [{"StageName": "Closed Lost"}]
    sales.push()
    sales.change_quote(key, quote_status="SENT")  # Xero lets a declined quote be sent again
    assert [payload for _, _, payload, _ in sales.planned()] == [{"StageName": "Proposal/Price Quote"}]


def test_a_salespersons_stage_and_date_are_kept_until_the_quote_is_decided() -> None:
    sales = Sales()
    key = sales.quote()
    sales.plan()
    sales.push()
    opportunity = sales.books.value("select sf_opportunity_id from core.opportunities")
    sales.change_opportunity(opportunity, close_on=date(2026, 5, 1))
    assert sales.planned() == []
    sales.change_opportunity(opportunity, stage_name="Qualification")
    assert sales.planned() == []
    assert sales.exclusions() == [("q-1", "stage_moved_by_person")]
    sales.invoice("INV-1", reference="QU-1")
    sales.change_quote(key, quote_status="INVOICED")
    assert [payload for _, _, payload, _ in sales.planned()] == [{"StageName": "Closed Won"}]


def test_a_deal_that_a_person_closed_stays_closed() -> None:
    sales = Sales()
    key = sales.quote()
    sales.plan()
    sales.push()
    opportunity = sales.books.value("select sf_opportunity_id from core.opportunities")
    sales.change_opportunity(opportunity, stage_name="Closed Lost")
    sales.change_quote(key, quote_status="ACCEPTED", amount_subtotal=money("999.00"))
    assert sales.planned() == []
    assert sales.exclusions() == [("q-1", "opportunity_closed")]


def test_an_opportunity_with_product_lines_keeps_its_amount() -> None:
    sales = Sales()
    key = sales.quote()
    sales.opportunity(key, has_lines=True, amount=money("90.00"))
    assert sales.planned() == []
    assert sales.exclusions() == [("q-1", "amount_from_lines")]


def test_a_quote_of_an_account_that_is_being_created_goes_along_with_it() -> None:
    sales = Sales()
    newcomer = sales.books.add_contact("Newcomer Ltd", xero_contact_id="c-new")
    sales.books.link(newcomer, "create", None)
    key = sales.quote(contact_key=newcomer)
    sales.coming = {newcomer: "w-account"}
    (write,) = sales.plan()
    assert write["payload"]["Account"] == {"Xero_Contact_ID__c": "c-new"}
    assert "AccountId" not in write["payload"]
    assert (write["target_key"], write["depends_on"]) == (key, ["w-account"])

    # The account is there and its contact linked: the same write, now by its id.
    sales.coming = {}
    sales.books.add_account("001000000000009AAA", "Newcomer Ltd", xero_contact_id="c-new")
    sales.books.run(
        "update matching.links set outcome = 'linked', sf_account_id = '001000000000009AAA' where contact_key = $key",
        {"key": newcomer},
    )
    sales.books.put(
        "ledger.attempts", attempt_number=1, write_id="w-account", state="confirmed", kind="account.create",
        target_object="Account", target_key="c-new", remote_id="001000000000009AAA", payload="{}",
    )  # fmt: skip
    (later,) = sales.plan()
    assert (later["payload"]["AccountId"], later["depends_on"]) == ("001000000000009AAA", [])
    assert later["write_id"] == write["write_id"]


def test_an_opportunity_that_was_deleted_is_not_made_again() -> None:
    sales = Sales()
    sales.quote()
    sales.plan()
    sales.push()
    sales.books.run("delete from core.opportunities")
    assert sales.planned() == []
    assert sales.exclusions() == [("q-1", "awaiting_read_back")]
    sales.now += timedelta(days=2)
    assert sales.planned() == []
    assert sales.exclusions() == [("q-1", "opportunity_deleted")]


def test_an_invoiced_quote_whose_invoice_is_not_clear_is_told() -> None:
    sales = Sales()
    key = sales.quote("QU-1", "INVOICED")
    sales.opportunity(key, "Closed Won")
    assert sales.planned() == []
    assert sales.exclusions() == [("q-1", "quote_invoice_ambiguous")]


def test_an_org_with_several_currencies_gets_the_quotes_own() -> None:
    sales = Sales()
    for code in ("GBP", "USD"):
        sales.books.put("core.currency_types", currency_code=code, conversion_rate=1, is_corporate=code == "GBP", is_active=True)  # fmt: skip
    sales.quote(currency_code="USD")
    sales.quote("QU-2", currency_code="JPY")
    ((_, _, payload, _),) = sales.planned()
    assert payload["CurrencyIsoCode"] == "USD"
    assert sales.exclusions() == [("q-2", "currency_differs")]


def test_nothing_is_planned_while_the_section_is_off() -> None:
    sales = Sales(rules(enabled=False))
    sales.quote()
    assert sales.planned() == []
    assert sales.exclusions() == []
