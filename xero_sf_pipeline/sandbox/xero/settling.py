"""Rules for settling documents: payments and refunds, allocations of credits, and what they do to both sides.

Amounts are in document currency. A document whose open amount reaches zero becomes PAID; deleting a payment or an
allocation opens it again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xero_sf_pipeline.sandbox.xero.answers import ValidationError
from xero_sf_pipeline.sandbox.xero.books import Books, Document, day, new_id, number
from xero_sf_pipeline.sandbox.xero.contacts import nested_contact
from xero_sf_pipeline.sandbox.xero.dates import day_of, day_string, ms_text, parse_ms
from xero_sf_pipeline.sandbox.xero.kinds import KINDS, SINGULAR
from xero_sf_pipeline.sandbox.xero.lines import cents

_PAYMENT_TYPES = {
    "ACCREC": ("ACCRECPAYMENT", "ACCREC"),
    "ACCPAY": ("ACCPAYPAYMENT", "ACCPAY"),
    "ACCRECCREDIT": ("ARCREDITPAYMENT", "ACCRECCREDIT"),
    "ACCPAYCREDIT": ("APCREDITPAYMENT", "ACCPAYCREDIT"),
    "RECEIVE-OVERPAYMENT": ("AROVERPAYMENTPAYMENT", "AROVERPAYMENT"),
    "AROVERPAYMENT": ("AROVERPAYMENTPAYMENT", "AROVERPAYMENT"),
    "SPEND-OVERPAYMENT": ("APOVERPAYMENTPAYMENT", "APOVERPAYMENT"),
    "RECEIVE-PREPAYMENT": ("ARPREPAYMENTPAYMENT", "ARPREPAYMENT"),
    "ARPREPAYMENT": ("ARPREPAYMENTPAYMENT", "ARPREPAYMENT"),
    "SPEND-PREPAYMENT": ("APPREPAYMENTPAYMENT", "APPREPAYMENT"),
    "APPREPAYMENT": ("APPREPAYMENTPAYMENT", "APPREPAYMENT"),
}
"""Document type to (payment type, how the payment's `Invoice` names the document's type)."""

_PAYABLE = ("Invoices", "CreditNotes", "Prepayments", "Overpayments")
_UNKNOWN = {
    "Invoices": "An existing Invoice with the specified InvoiceID could not be found",
    "CreditNotes": "An existing Credit Note with the specified CreditNoteID could not be found",
    "Prepayments": "An existing Prepayment with the specified PrepaymentID could not be found",
    "Overpayments": "An existing Overpayment with the specified OverpaymentID could not be found",
}


def create_payment(books: Books, given: Document) -> Document:
    """Pay an invoice or refund a credit.

    Raises:
        ValidationError: a rule is broken
        ApiError: 400 for a value of the wrong type
    """
    kind, document = _paid_document(books, given)
    account = books.account(given.get("Account") or {})
    if account is None or not (account.get("Type") == "BANK" or account.get("EnablePaymentsToAccount")):
        raise ValidationError("Account must be a valid bank account or an account with payments enabled")
    if given.get("Amount") is None:
        raise ValidationError("Payment amount must be specified")
    amount = cents(number(given["Amount"], "Amount"))
    if amount <= 0:
        raise ValidationError("Payment amount must be greater than zero")
    if document["Status"] != "AUTHORISED":
        raise ValidationError("Payments can only be made against Authorised documents")
    if amount > _open_amount(kind, document):
        raise ValidationError("Payment amount exceeds the amount outstanding on this document")
    paid_on = day(given["Date"], "Date") if given.get("Date") else books.today
    books.check_lock(paid_on)
    rate = books.currency_rate(document["CurrencyCode"], given.get("CurrencyRate"))
    payment = _payment(books, kind, document, account, amount, rate)
    payment |= {"Date": ms_text(paid_on), "IsReconciled": bool(given.get("IsReconciled", False))}
    payment["Reference"] = str(given.get("Reference") or "")
    books.put("Payments", payment)
    books.note("Payments", payment, "Created")
    shown = {name: payment[name] for name in ("PaymentID", "Date", "Amount", "Reference", "CurrencyRate")}
    document["Payments"] = [*document.get("Payments", []), shown | {"HasAccount": False, "HasValidationErrors": False}]
    _settle(books, kind, document, amount, "AmountPaid", ms_text(paid_on))
    return payment


def delete_payment(books: Books, payment: Document, given: Document) -> Document:
    """Delete a payment, the only change a payment allows; its document opens again."""
    if given.get("Status") != "DELETED":
        raise ValidationError("Payments cannot be updated; only the status can be changed to DELETED")
    if payment["Status"] == "DELETED":
        raise ValidationError("Payment not of valid status for modification")
    if payment.get("BatchPaymentID") or payment.get("BatchPayment"):
        raise ValidationError("A payment that belongs to a batch payment cannot be deleted")
    books.check_lock(day_of(payment["Date"]))
    kind, document = _document_of_payment(books, payment)
    document["Payments"] = [held for held in document["Payments"] if held["PaymentID"] != payment["PaymentID"]]
    _settle(books, kind, document, -Decimal(str(payment["Amount"])), "AmountPaid", None)
    payment["Status"] = "DELETED"
    books.put("Payments", payment)
    books.note("Payments", payment, "Deleted")
    return payment


def allocate(books: Books, kind: str, credit: Document, given: Document) -> Document:
    """Apply a part of a credit note, overpayment or prepayment to an invoice. Raises as `create_payment` does."""
    wanted = given.get("Invoice") or {}
    invoice = _find(books, "Invoices", wanted)
    if invoice is None:
        raise ValidationError(_UNKNOWN["Invoices"])
    if given.get("Amount") is None:
        raise ValidationError("Allocation amount must be specified")
    amount = cents(number(given["Amount"], "Amount"))
    if given.get("Date"):
        day(given["Date"], "Date")
    if amount <= 0:
        raise ValidationError("Allocation amount must be greater than zero")
    if credit["Status"] != "AUTHORISED":
        raise ValidationError("Credit can only be allocated from Authorised documents")
    if invoice["Status"] != "AUTHORISED":
        raise ValidationError("Credit can only be allocated to Authorised documents")
    if invoice["Contact"]["ContactID"] != credit["Contact"]["ContactID"]:
        raise ValidationError("The credit and the invoice must belong to the same contact")
    if invoice["CurrencyCode"] != credit["CurrencyCode"]:
        raise ValidationError("The credit and the invoice must be in the same currency")
    if _is_receivable(invoice) != _is_receivable(credit):
        raise ValidationError("The credit cannot be allocated to a document of this type")
    if amount > Decimal(str(credit["RemainingCredit"])):
        raise ValidationError("The amount exceeds the remaining credit on this document")
    if amount > Decimal(str(invoice["AmountDue"])):
        raise ValidationError("The amount exceeds the amount outstanding on this document")
    applied_on = max(invoice["Date"], credit["Date"], key=parse_ms)
    books.check_lock(day_of(applied_on))
    shown = {name: invoice[name] for name in ("InvoiceID", "InvoiceNumber") if name in invoice}
    allocation = {"AllocationID": new_id(), "Amount": amount, "Date": applied_on, "Invoice": shown}
    credit["Allocations"] = [*credit.get("Allocations", []), allocation]
    invoice[kind] = [*invoice.get(kind, []), _applied_credit(kind, credit, amount)]
    _settle(books, kind, credit, amount, "AppliedAmount", applied_on)
    _settle(books, "Invoices", invoice, amount, "AmountCredited", applied_on)
    return allocation


def delete_allocation(books: Books, kind: str, credit: Document, allocation_id: str) -> Document | None:
    """Take an allocation back; None when the credit has no such allocation."""
    held = [entry for entry in credit.get("Allocations", []) if entry.get("AllocationID") == allocation_id.lower()]
    if not held:
        return None
    allocation = held[0]
    amount = Decimal(str(allocation["Amount"]))
    books.check_lock(day_of(allocation["Date"]))
    invoice = books.get("Invoices", allocation["Invoice"]["InvoiceID"])
    assert invoice is not None
    id_field = KINDS[kind].id_field
    for entry in invoice[kind]:
        if entry[id_field] == credit[id_field] and Decimal(str(entry["AppliedAmount"])) == amount:
            invoice[kind].remove(entry)
            break
    credit["Allocations"].remove(allocation)
    _settle(books, kind, credit, -amount, "AppliedAmount", None)
    _settle(books, "Invoices", invoice, -amount, "AmountCredited", None)
    return {"AllocationID": allocation["AllocationID"], "Date": allocation["Date"], "Invoice": allocation["Invoice"]}


def _paid_document(books: Books, given: Document) -> tuple[str, Document]:
    named = {kind: given[SINGULAR[kind]] for kind in _PAYABLE if given.get(SINGULAR[kind])}
    if given.get("InvoiceNumber"):
        named.setdefault("Invoices", {"InvoiceNumber": given["InvoiceNumber"]})
    if given.get("CreditNoteNumber"):
        named.setdefault("CreditNotes", {"CreditNoteNumber": given["CreditNoteNumber"]})
    if len(named) != 1:
        raise ValidationError("A payment must have exactly one of Invoice, CreditNote, Prepayment or Overpayment")
    kind, wanted = next(iter(named.items()))
    document = _find(books, kind, wanted)
    if document is None:
        raise ValidationError(_UNKNOWN[kind])
    return kind, document


def _find(books: Books, kind: str, wanted: Any) -> Document | None:
    entity = KINDS[kind]
    if wanted.get(entity.id_field):
        return books.get(kind, wanted[entity.id_field])
    if entity.number_field and wanted.get(entity.number_field):
        found = books.store.by_number(books.tenant, kind, str(wanted[entity.number_field]))
        return found[0] if found else None
    return None


def _document_of_payment(books: Books, payment: Document) -> tuple[str, Document]:
    for kind in _PAYABLE:
        nested = payment.get("Invoice") if kind == "Invoices" else payment.get(SINGULAR[kind])
        id_ = (nested or {}).get(KINDS[kind].id_field) or (payment.get("Invoice") or {}).get("InvoiceID")
        document = books.get(kind, id_)
        if document is not None:
            return kind, document
    raise ValidationError("The document of this payment could not be found")


def _payment(
    books: Books, kind: str, document: Document, account: Document, amount: Decimal, rate: Decimal
) -> Document:
    entity = KINDS[kind]
    payment_type, shown_type = _PAYMENT_TYPES[document["Type"]]
    bank_currency = account.get("CurrencyCode") or books.base_currency()
    bank_amount = amount if bank_currency == document["CurrencyCode"] else cents(amount / rate)
    contact = books.get("Contacts", document["Contact"]["ContactID"]) or document["Contact"]
    number_ = document.get(entity.number_field or "InvoiceNumber")
    return {
        "PaymentID": new_id(),
        "Date": "",
        "BankAmount": bank_amount,
        "Amount": amount,
        "Reference": "",
        "CurrencyRate": rate,
        "PaymentType": payment_type,
        "Status": "AUTHORISED",
        "UpdatedDateUTC": "",
        "HasAccount": True,
        "IsReconciled": False,
        "Account": {name: account[name] for name in ("AccountID", "Code", "Name") if account.get(name)},
        "Invoice": {
            "Type": shown_type,
            "InvoiceID": document[entity.id_field],
            "InvoiceNumber": number_ or "",
            "Payments": [],
            "CreditNotes": [],
            "Prepayments": [],
            "Overpayments": [],
            "HasErrors": False,
            "IsDiscounted": False,
            "Contact": nested_contact(contact),
            "LineItems": [],
            "CurrencyCode": document["CurrencyCode"],
        },
        "HasValidationErrors": False,
    }


def _applied_credit(kind: str, credit: Document, amount: Decimal) -> Document:
    entity = KINDS[kind]
    shown = {entity.id_field: credit[entity.id_field], "ID": credit[entity.id_field]}
    if kind == "CreditNotes":
        shown |= {"CreditNoteNumber": credit.get("CreditNoteNumber", ""), "HasErrors": False}
    return shown | {
        "AppliedAmount": amount,
        "DateString": day_string(day_of(credit["Date"])),
        "Date": credit["Date"],
        "LineItems": [],
        "Total": credit["Total"],
    }


def _is_receivable(document: Document) -> bool:
    return str(document["Type"]).startswith(("ACCREC", "RECEIVE-", "AR"))


def _open_amount(kind: str, document: Document) -> Decimal:
    return Decimal(str(document["AmountDue" if kind == "Invoices" else "RemainingCredit"]))


def _settle(
    books: Books, kind: str, document: Document, amount: Decimal, counted_in: str, settled_on: str | None
) -> None:
    """Move an amount from open to settled (or back, when negative) and let the status follow."""
    open_field = "AmountDue" if kind == "Invoices" else "RemainingCredit"
    document[open_field] = cents(_open_amount(kind, document) - amount)
    if kind == "Invoices" or counted_in == "AppliedAmount":  # a refund counts in no field of a credit
        document[counted_in] = cents(Decimal(str(document.get(counted_in) or 0)) + amount)
    if document[open_field] == 0:
        document["Status"] = "PAID"
        dates = [settled_on, *(entry["Date"] for entry in document.get("Payments", []))]
        dates += [entry["Date"] for entry in document.get("Allocations", [])]
        document["FullyPaidOnDate"] = max((text for text in dates if text), key=parse_ms)
    else:
        document["Status"] = "AUTHORISED"
        document.pop("FullyPaidOnDate", None)
    books.put(kind, document)
    books.note(
        kind, document, "Paid" if document["Status"] == "PAID" else "Updated", f"Open amount {document[open_field]}"
    )
