"""What is said of one document: its status, and what was paid in cash apart from what was credited."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.policy import Policy
from xero_sf_pipeline.receivables import derive
from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books, money

ACCOUNT = "001000000000001AAA"
TODAY = NOW.date()
DUE = date(2026, 3, 10)
LATER = date(2026, 4, 10)


def status(books: Books, key: str, now: datetime = NOW) -> dict[str, Any]:
    derive(books.connection, Policy(), now)
    (row,) = books.rows("from receivables.invoice_status where document_key = $key", {"key": key})
    return row


def told(row: dict[str, Any]) -> tuple[str, str, str, str, date | None, Decimal | None]:
    """Status, due, paid in cash, credited, and the last cash payment."""
    amounts = (f"{row[name]:.2f}" for name in ("amount_due", "amount_paid", "amount_credited"))
    return (row["document_status"], *amounts, row["last_payment_on"], row["amount_last_payment"])


def test_a_document_is_one_whole_row() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    key = books.add_invoice("INV-1", contact, "120.00", DUE, due="70.00", amount_paid=money("50"),
                            amount_tax=money("20"), reference="PO 7")  # fmt: skip
    books.add_payment("1", key, "50.00", date(2026, 3, 1))
    assert status(books, key) == {
        "document_key": key,
        "document_kind": "invoice",
        "tenant_id": TENANT,
        "xero_document_id": "i-INV-1",
        "contact_key": contact,
        "sf_account_id": ACCOUNT,
        "document_number": "INV-1",
        "document_type": "Invoice",
        "document_status": "Overdue",
        "reference": "PO 7",
        "issued_on": date(2026, 1, 5),
        "due_on": DUE,
        "fully_paid_on": None,
        "last_payment_on": date(2026, 3, 1),
        "currency_code": "GBP",
        "amount_total": money("120"),
        "amount_tax": money("20"),
        "amount_due": money("70"),
        "amount_paid": money("50"),
        "amount_credited": money("0"),
        "amount_last_payment": money("50"),
        "days_late": None,
        "is_claim": True,
        "exchange_rate": Decimal("1.0000000000"),
        "rate_source": "same_currency",
        "organisation_name": "Northwind Ltd",
        "xero_url": "https://go.xero.com/app/!a1/invoicing/view/i-INV-1",
        "as_of_on": TODAY,
        "as_of_at": NOW,
    }


@pytest.mark.parametrize(
    ("xero_status", "due_on", "due", "paid", "said"),
    [
        ("DRAFT", DUE, "100", "0", "Draft"),
        ("SUBMITTED", DUE, "100", "0", "Awaiting approval"),
        ("AUTHORISED", LATER, "100", "0", "Awaiting payment"),
        ("AUTHORISED", TODAY, "100", "0", "Awaiting payment"),
        ("AUTHORISED", LATER, "60", "40", "Part paid"),
        ("AUTHORISED", DUE, "60", "40", "Overdue"),
        ("AUTHORISED", None, "100", "0", "Awaiting payment"),
        ("PAID", DUE, "0", "100", "Paid"),
        ("VOIDED", DUE, "0", "0", "Voided"),
        ("DELETED", DUE, "0", "0", "Deleted"),
    ],
)
def test_the_status_follows_xeros_and_the_due_date(
    xero_status: str, due_on: date, due: str, paid: str, said: str
) -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    key = books.add_invoice("INV-1", contact, "100", due_on, due=due, invoice_status=xero_status,
                            amount_paid=money(paid))  # fmt: skip
    assert status(books, key)["document_status"] == said


def test_overdue_is_told_by_the_organisations_own_day() -> None:
    evening = datetime(2026, 3, 16, 20, 0, tzinfo=UTC)
    said = {}
    for zone in ("Europe/London", "Pacific/Auckland"):
        books = Books(time_zone=zone)
        contact = books.add_linked_contact("Acme", ACCOUNT)
        key = books.add_invoice("INV-1", contact, "100", date(2026, 3, 16))
        said[zone] = status(books, key, evening)["document_status"]
    assert said == {"Europe/London": "Awaiting payment", "Pacific/Auckland": "Overdue"}


def test_paid_by_credit_is_paid_but_not_cash() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    key = books.add_invoice("INV-1", contact, "100", DUE, due="0", invoice_status="PAID", amount_credited=money("100"),
                            fully_paid_on=date(2026, 3, 12))  # fmt: skip
    credit = books.add_credit("1", contact, "100", "0", credit_status="PAID")
    books.apply_credit(credit, key, "100", date(2026, 3, 12))
    row = status(books, key)
    assert told(row) == ("Paid", "0.00", "0.00", "100.00", None, None)
    assert row["days_late"] is None


def test_a_write_off_after_a_part_payment_keeps_the_cash_apart() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    key = books.add_invoice("INV-1", contact, "100", date(2026, 2, 10), due="0", invoice_status="PAID",
                            amount_paid=money("90"), amount_credited=money("10"),
                            fully_paid_on=date(2026, 3, 12))  # fmt: skip
    books.add_payment("1", key, "90", date(2026, 2, 15))
    credit = books.add_credit("1", contact, "10", "0", credit_status="PAID")
    books.apply_credit(credit, key, "10", date(2026, 3, 12))
    row = status(books, key)
    assert told(row) == ("Paid", "0.00", "90.00", "10.00", date(2026, 2, 15), money("90"))
    assert row["days_late"] == 5


def test_a_deleted_payment_is_no_payment() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    key = books.add_invoice("INV-1", contact, "100", LATER, due="60", amount_paid=money("40"))
    books.add_payment("1", key, "40", date(2026, 2, 1))
    books.add_payment("2", key, "60", date(2026, 3, 1), payment_status="DELETED", is_deleted=True)
    assert told(status(books, key)) == ("Part paid", "60.00", "40.00", "0.00", date(2026, 2, 1), money("40"))


def test_the_last_payment_is_all_that_was_paid_on_its_day() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    key = books.add_invoice("INV-1", contact, "100", LATER, due="10", amount_paid=money("90"))
    for number, amount, day in (("1", "40", 1), ("2", "20", 5), ("3", "30", 5)):
        books.add_payment(number, key, amount, date(2026, 3, day))
    assert told(status(books, key))[4:] == (date(2026, 3, 5), money("50"))


def test_a_void_shows_as_a_status_and_owes_nothing() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    key = books.add_invoice("INV-1", contact, "100", DUE, due="100", invoice_status="VOIDED")
    assert told(status(books, key)) == ("Voided", "0.00", "0.00", "0.00", None, None)


def test_an_invoice_that_vanished_from_xero_is_shown_as_deleted() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    key = books.add_invoice("INV-1", contact, "100", DUE, invoice_status="DRAFT", is_deleted=True)
    assert told(status(books, key))[:2] == ("Deleted", "0.00")


def test_a_refund_is_a_payment_of_the_credit_note_and_of_no_invoice() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    key = books.add_invoice("INV-1", contact, "100", LATER)
    credit = books.add_credit("1", contact, "50", "0", credit_status="PAID", credit_note_number="CN-1")
    books.apply_credit(credit, key, "20", date(2026, 3, 2))
    books.add_payment("1", credit, "30", date(2026, 3, 3), payment_type="ARCREDITPAYMENT")
    assert told(status(books, credit)) == ("Paid", "0.00", "30.00", "20.00", date(2026, 3, 3), money("30"))
    assert told(status(books, key))[4:] == (None, None)


def test_a_credit_note_names_what_is_left_of_it() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    credit = books.add_credit("1", contact, "50", "35", credit_note_number="CN-1", amount_tax=money("5"))
    invoice = books.add_invoice("INV-1", contact, "100", LATER, due="85", amount_credited=money("15"))
    books.apply_credit(credit, invoice, "15", date(2026, 3, 2))
    row = status(books, credit)
    assert (row["document_type"], row["document_number"], row["amount_tax"]) == ("Credit note", "CN-1", money("5"))
    assert told(row) == ("Part paid", "35.00", "0.00", "15.00", None, None)
    assert told(status(books, invoice)) == ("Part paid", "85.00", "0.00", "15.00", None, None)


@pytest.mark.parametrize(("kind", "credit_type"), [("overpayment", "RECEIVE-OVERPAYMENT"),
                                                   ("prepayment", "RECEIVE-PREPAYMENT")])  # fmt: skip
def test_an_overpayment_or_prepayment_settles_by_credit_and_is_no_document_of_its_own(
    kind: str, credit_type: str
) -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    key = books.add_invoice("INV-1", contact, "100", DUE, due="0", invoice_status="PAID", amount_credited=money("100"))
    credit = books.add_credit("1", contact, "130", "30", credit_kind=kind, credit_type=credit_type)
    books.apply_credit(credit, key, "100", date(2026, 3, 2))
    assert told(status(books, key)) == ("Paid", "0.00", "0.00", "100.00", None, None)
    assert books.rows("select document_key from receivables.invoice_status") == [{"document_key": key}]
    assert books.value("select amount_unallocated_credit from receivables.account_status") == Decimal("30.00")


def test_a_rounding_line_of_a_hundredth_counts_like_any_other_amount() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    key = books.add_invoice("INV-1", contact, "100.01", LATER, due="0.01", amount_paid=money("100"))
    books.add_payment("1", key, "100", date(2026, 3, 2))
    assert told(status(books, key)) == ("Part paid", "0.01", "100.00", "0.00", date(2026, 3, 2), money("100"))


def test_bills_and_suppliers_credits_are_not_mirrored() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("BILL-1", contact, "100", DUE, invoice_type="ACCPAY")
    books.add_credit("1", contact, "100", "100", credit_type="ACCPAYCREDIT")
    derive(books.connection, Policy(), NOW)
    assert books.rows("from receivables.invoice_status") == []


def test_documents_of_a_merged_contact_count_for_the_one_that_survives() -> None:
    books = Books()
    survivor = books.add_linked_contact("Acme", ACCOUNT)
    loser = books.add_contact("Acme old", resolved_contact_key=survivor)
    key = books.add_invoice("INV-1", loser, "100", DUE)
    row = status(books, key)
    assert (row["contact_key"], row["sf_account_id"]) == (survivor, ACCOUNT)
    assert books.value("select amount_overdue from receivables.account_status") == Decimal("100.00")
