"""Hand-written versions for the raw history: what was read of a payment, credit or invoice, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from xero_sf_pipeline_tests.planning.core_tables import TENANT, Books, money


def at(day: int, hour: int = 6) -> datetime:
    """An instant in March 2026."""
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def _close(books: Books, table: str, column: str, record_id: str, known_from: datetime) -> None:
    books.run(
        f"update {table} set known_to = $at where {column} = $id and known_to is null",
        {"at": known_from, "id": record_id},
    )


def read_invoice(books: Books, number: str, total: str, known_from: datetime, **changes: Any) -> str:
    xero_id = f"i-{number}"
    _close(books, "raw_xero.invoices", "xero_invoice_id", xero_id, known_from)
    row = {
        "tenant_id": TENANT, "xero_invoice_id": xero_id, "invoice_number": number, "invoice_type": "ACCREC",
        "invoice_status": "AUTHORISED", "xero_contact_id": "c-Acme", "issued_on": date(2026, 1, 5),
        "due_on": date(2026, 2, 5), "currency_code": "GBP", "amount_total": money(total), "known_from": known_from,
        "is_deleted": False,
    }  # fmt: skip
    books.put("raw_xero.invoices", **(row | changes))
    return f"{TENANT}:{xero_id}"


def read_payment(
    books: Books, number: str, invoice: str, amount: str, paid_on: date, known_from: datetime, **changes: Any
) -> None:
    xero_id = f"p-{number}"
    _close(books, "raw_xero.payments", "xero_payment_id", xero_id, known_from)
    row = {
        "tenant_id": TENANT, "xero_payment_id": xero_id, "payment_type": "ACCRECPAYMENT", "payment_status": "AUTHORISED",
        "document_kind": "invoice", "xero_document_id": f"i-{invoice}", "paid_on": paid_on, "amount_paid": money(amount),
        "known_from": known_from, "is_deleted": False,
    }  # fmt: skip
    books.put("raw_xero.payments", **(row | changes))


def read_credit_note(
    books: Books, number: str, allocations: dict[str, str], known_from: datetime, **changes: Any
) -> None:
    """`allocations` is the amount per invoice number, as this version of the credit note shows them."""
    xero_id = f"n-{number}"
    _close(books, "raw_xero.credit_notes", "xero_credit_note_id", xero_id, known_from)
    row = {
        "tenant_id": TENANT, "xero_credit_note_id": xero_id, "credit_type": "ACCRECCREDIT", "credit_status": "AUTHORISED",
        "issued_on": date(2026, 3, 1), "known_from": known_from, "is_deleted": False,
        "allocations": [
            {"allocation_id": None, "xero_invoice_id": f"i-{invoice}", "invoice_number": invoice,
             "amount_applied": money(amount), "applied_on": date(2026, 3, 2), "is_deleted": False}
            for invoice, amount in allocations.items()
        ],
    }  # fmt: skip
    books.put("raw_xero.credit_notes", **(row | changes))
