"""Which invoice a quote became, by reference, number, amount and date; a tie is a person's."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from xero_sf_pipeline_tests.quotes.sales import Sales, money


def test_an_invoice_that_names_the_quotes_number_is_its_invoice() -> None:
    sales = Sales()
    sales.quote("QU-1", "INVOICED")
    sales.invoice("INV-1", "60.00", reference="PO 77, qu-1")
    sales.invoice("INV-2", "60.00", reference="QU-1")
    sales.invoice("INV-3", "120.00", reference="QU-10")
    assert sales.links() == [
        ("q-1", "i-INV-1", "linked", "reference"),
        ("q-1", "i-INV-2", "linked", "reference"),
    ]


def test_the_same_reference_and_total_is_enough() -> None:
    sales = Sales()
    sales.quote("QU-1", "ACCEPTED", reference="PO 77")
    sales.invoice("INV-1", reference="po 77 ")
    sales.invoice("INV-2", "99.00", reference="PO 77")
    assert sales.links() == [("q-1", "i-INV-1", "linked", "same_reference")]


def test_an_invoiced_quote_is_found_by_total_and_date() -> None:
    sales = Sales()
    sales.quote("QU-1", "INVOICED")
    sales.quote("QU-2", "ACCEPTED")
    sales.invoice("INV-1")
    assert sales.links() == [("q-1", "i-INV-1", "linked", "amount_and_date")]


@pytest.mark.parametrize(
    "changes",
    [
        {"total": "120.01"},
        {"currency_code": "EUR"},
        {"invoice_status": "VOIDED"},
        {"invoice_type": "ACCPAY"},
        {"is_deleted": True},
        {"reference": "006000000000001AAA/1"},
    ],
)
def test_an_invoice_that_cannot_be_it_is_not_taken(changes: dict[str, Any]) -> None:
    sales = Sales()
    sales.quote("QU-1", "INVOICED")
    sales.invoice("INV-1", changes.pop("total", "120.00"), **changes)
    assert sales.links() == [("q-1", None, "review", "none")]


def test_an_invoice_of_another_contact_or_an_earlier_day_is_not_taken() -> None:
    sales = Sales()
    other = sales.books.add_contact("Bolt")
    sales.quote("QU-1", "INVOICED", quoted_on=date(2026, 3, 11))
    sales.invoice("INV-1")
    sales.invoice("INV-2", contact_key=other, reference="QU-1")
    assert sales.links() == [("q-1", None, "review", "none")]


def test_two_invoices_with_the_total_are_a_persons_choice() -> None:
    sales = Sales()
    key = sales.quote("QU-1", "INVOICED")
    sales.invoice("INV-1")
    sales.invoice("INV-2")
    assert sales.links() == [("q-1", None, "review", "ambiguous")]
    (row,) = sales.books.rows("select explanation, candidate_count from quotes.invoice_links where quote_key = $key", {"key": key})  # fmt: skip
    assert row == {
        "explanation": "Quote QU-1 is invoiced in Xero, and 2 invoices could be it (INV-1, INV-2). "
        "Put the quote's number into the reference of its invoice.",
        "candidate_count": 2,
    }


def test_two_quotes_that_claim_one_invoice_are_a_persons_choice_unless_it_names_one() -> None:
    sales = Sales()
    sales.quote("QU-1", "INVOICED")
    sales.quote("QU-2", "INVOICED")
    sales.invoice("INV-1")
    assert sales.links() == [("q-1", None, "review", "ambiguous"), ("q-2", None, "review", "ambiguous")]
    sales.books.run("update core.invoices set reference = 'QU-2'")
    assert sales.links() == [("q-1", None, "review", "none"), ("q-2", "i-INV-1", "linked", "reference")]


def test_a_merged_contacts_invoice_is_found() -> None:
    sales = Sales()
    merged = sales.books.add_contact("Acme old", contact_status="ARCHIVED", resolved_contact_key=sales.contact)
    sales.quote("QU-1", "INVOICED")
    sales.invoice("INV-1", contact_key=merged)
    assert sales.links() == [("q-1", "i-INV-1", "linked", "amount_and_date")]


def test_billing_sees_the_invoices_of_an_opportunitys_quote_and_those_that_are_not_clear() -> None:
    sales = Sales()
    clear, unclear = sales.quote("QU-1", "INVOICED"), sales.quote("QU-2", "INVOICED", total="70.00")
    invoice = sales.invoice("INV-1")
    first, second = sales.opportunity(clear, "Closed Won"), sales.opportunity(unclear.upper(), "Closed Won")
    sales.opportunity(None)
    assert sales.link().opportunity_link_count == 2
    rows = sales.books.rows("from quotes.billing_quote_links order by sf_opportunity_id")
    assert rows == [
        {"sf_opportunity_id": first, "quote_key": clear, "invoice_key": invoice, "link_source": "quote", "outcome": "linked"},
        {"sf_opportunity_id": second, "quote_key": unclear, "invoice_key": None, "link_source": "quote", "outcome": "review"},
    ]  # fmt: skip
    assert money("70.00") == 70
