"""The main flows through Xero's own Python client, unchanged but for its base URL."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from xero_python.accounting import (
    Account,
    Allocation,
    Allocations,
    Contact,
    Contacts,
    CreditNote,
    CreditNotes,
    CurrencyCode,
    HistoryRecord,
    HistoryRecords,
    Invoice,
    Invoices,
    LineItem,
    Payment,
    PaymentDelete,
)

from xero_sf_pipeline_tests.sandbox.xero.books_of_a_small_shop import ACME, BANK, TENANT


def test_a_custom_connection_lists_its_organisation(xero: Any) -> None:
    [connection] = xero.identity.get_connections()
    assert (connection.tenant_id, connection.tenant_type, connection.tenant_name) == (
        TENANT,
        "ORGANISATION",
        "Small Shop",
    )
    [organisation] = xero.accounting.get_organisations(TENANT).organisations
    assert (organisation.name, organisation.base_currency, organisation.short_code) == (
        "Small Shop",
        CurrencyCode.NZD,
        "!sh0p1",
    )


def test_every_list_can_be_read_by_the_client(xero: Any) -> None:
    api = xero.accounting
    assert [
        len(found)
        for found in (
            api.get_invoices(TENANT, page=1).invoices,
            api.get_contacts(TENANT, page=1, include_archived=True).contacts,
            api.get_accounts(TENANT).accounts,
            api.get_tax_rates(TENANT).tax_rates,
            api.get_items(TENANT).items,
            api.get_currencies(TENANT).currencies,
            api.get_tracking_categories(TENANT).tracking_categories,
            api.get_overpayments(TENANT, page=1).overpayments,
            api.get_prepayments(TENANT, page=1).prepayments,
            api.get_credit_notes(TENANT, page=1).credit_notes,
            api.get_payments(TENANT, page=1).payments,
        )
    ] == [5, 3, 3, 3, 1, 2, 1, 1, 1, 0, 0]


def test_an_invoice_is_paid_in_parts_and_reopened_when_a_payment_is_deleted(xero: Any) -> None:
    api = xero.accounting
    [contact] = api.create_contacts(TENANT, Contacts(contacts=[Contact(name="Charles Martin")])).contacts
    wanted = Invoice(
        type="ACCREC",
        contact=Contact(contact_id=contact.contact_id),
        date=date(2026, 11, 1),
        due_date=date(2026, 11, 20),
        status="AUTHORISED",
        line_items=[LineItem(description="Work", quantity=2, unit_amount=50.0, account_code="200")],
    )
    [invoice] = api.create_invoices(TENANT, Invoices(invoices=[wanted])).invoices
    assert (invoice.invoice_number, invoice.total, invoice.amount_due, invoice.due_date) == (
        "INV-0006",
        Decimal("115"),
        Decimal("115"),
        date(2026, 11, 20),
    )

    def pay(amount: float) -> Payment:
        payment = Payment(
            invoice=Invoice(invoice_id=invoice.invoice_id),
            account=Account(account_id=BANK),
            date=date(2026, 11, 20),
            amount=amount,
        )
        return api.create_payment(TENANT, payment).payments[0]

    def shown() -> tuple[Any, ...]:
        [found] = api.get_invoice(TENANT, invoice.invoice_id).invoices
        return found.status, found.amount_due, found.amount_paid, found.fully_paid_on_date

    pay(15)
    assert shown() == ("AUTHORISED", Decimal("100"), Decimal("15"), None)
    last = pay(100)
    assert shown() == ("PAID", Decimal("0"), Decimal("115"), date(2026, 11, 20))
    api.delete_payment(TENANT, last.payment_id, PaymentDelete(status="DELETED"))
    assert shown() == ("AUTHORISED", Decimal("100"), Decimal("15"), None)
    listed = api.get_payments(TENANT, page=1, order="Amount").payments
    assert [(p.amount, p.status, p.payment_type) for p in listed] == [
        (Decimal("15"), "AUTHORISED", "ACCRECPAYMENT"),
        (Decimal("100"), "DELETED", "ACCRECPAYMENT"),
    ]
    [charles] = api.get_contact(TENANT, contact.contact_id).contacts
    assert charles.is_customer is True
    assert charles.balances.accounts_receivable.outstanding == Decimal("100")


def test_a_credit_note_is_allocated_and_counts_as_credited(xero: Any) -> None:
    api = xero.accounting
    wanted = CreditNote(
        type="ACCRECCREDIT",
        contact=Contact(contact_id=ACME),
        date=date(2026, 11, 2),
        status="AUTHORISED",
        line_items=[
            LineItem(description="Too dear", quantity=1, unit_amount=40.0, account_code="200", tax_type="NONE")
        ],
    )
    [note] = api.create_credit_notes(TENANT, CreditNotes(credit_notes=[wanted])).credit_notes
    [invoice, *_] = api.get_invoices(TENANT, page=1).invoices
    allocation = Allocation(amount=40.0, date=date(2026, 11, 3), invoice=Invoice(invoice_id=invoice.invoice_id))
    api.create_credit_note_allocation(TENANT, note.credit_note_id, Allocations(allocations=[allocation]))
    [after] = api.get_invoice(TENANT, invoice.invoice_id).invoices
    assert (after.amount_due, after.amount_paid, after.amount_credited) == (Decimal("75"), Decimal("0"), Decimal("40"))
    [used] = api.get_credit_note(TENANT, note.credit_note_id).credit_notes
    assert (used.status, used.remaining_credit, used.allocations[0].amount) == ("PAID", Decimal("0"), Decimal("40"))
    assert used.allocations[0].date == date(2026, 11, 2)  # the later of the two documents


def test_a_note_can_be_left_in_the_history(xero: Any) -> None:
    api = xero.accounting
    api.create_contact_history(TENANT, ACME, HistoryRecords(history_records=[HistoryRecord(details="Case 42 opened")]))
    [record] = api.get_contact_history(TENANT, ACME).history_records
    assert (record.changes, record.details) == ("Note", "Case 42 opened")


def test_only_changed_invoices_are_returned_when_asked_since(xero: Any) -> None:
    api = xero.accounting
    since = datetime(2026, 11, 1, 8, 0, 4, 999_000, tzinfo=UTC)
    found = api.get_invoices(TENANT, if_modified_since=since, page=1, page_size=1000).invoices
    assert [invoice.invoice_number for invoice in found] == ["INV-0004", "INV-0005"]
