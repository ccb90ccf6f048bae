"""Documents in the shape in which Xero's paged lists return them.

Belongs here: invoices, payments, credit notes, overpayments, prepayments as JSON-ready dicts, with the nested summaries
of each other that Xero shows. Does not belong here: any amount that is not already on the compact document.
Nested payments are summaries; a nested invoice's empty arrays mean "not loaded" (see the API's own examples).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from xero_sf_pipeline.sandbox.company.dates import day_string, instant_string, ms_date, ms_instant
from xero_sf_pipeline.sandbox.company.documents import LINE_TYPES, Application, Credit, Invoice, Line, Payment
from xero_sf_pipeline.sandbox.company.drafts import ContactDraft
from xero_sf_pipeline.sandbox.company.ids import XeroIds
from xero_sf_pipeline.sandbox.company.ledger import Ledger
from xero_sf_pipeline.sandbox.company.money import BASE_RATE, in_base
from xero_sf_pipeline.sandbox.company.organisations import BANK_CODE, ITEMS, Settings
from xero_sf_pipeline.sandbox.company.spec import CompanySpec, Row

_LINES_PER_DOCUMENT: Final = 16
_NESTED_TYPES: Final = {"credit_note": "CREDIT", "overpayment": "OVERPAYMENT", "prepayment": "PREPAYMENT"}


class DocumentShapes:
    """Builds the read shapes of one organisation's ledger, one document at a time."""

    def __init__(
        self,
        spec: CompanySpec,
        settings: Settings,
        contacts: Sequence[ContactDraft],
        ledger: Ledger,
        *,
        family: tuple[str, ...] = (),
    ) -> None:
        """`family` sets the ids apart from those of another ledger of the same organisation."""
        at = settings.organisation_index
        self._ledger = ledger
        self._settings = settings
        self._ids = {
            kind: XeroIds(spec.seed, at, *family, kind)
            for kind in (
                "invoice",
                "line",
                "payment",
                "credit_note",
                "overpayment",
                "prepayment",
                "allocation",
                "batch",
            )
        }
        contact_ids = XeroIds(spec.seed, at, *family, "contact")
        self._contacts = [(contact_ids(contact.position), contact.name) for contact in contacts]
        self._items = [
            {"ItemID": item_id, "Name": item.name, "Code": item.code}
            for item, item_id in zip(ITEMS, settings.item_ids, strict=True)
        ]
        self._bank = {"AccountID": settings.account_ids[BANK_CODE], "Code": BANK_CODE}

    def invoice(self, position: int) -> Row:
        """One invoice or bill with lines, payments and applied credits."""
        doc = self._ledger.invoices[position]
        row: Row = {
            "Type": "ACCREC" if doc.is_sale else "ACCPAY",
            "InvoiceID": self._ids["invoice"](doc.index),
            "InvoiceNumber": doc.number,
            "Reference": doc.reference,
            "Payments": [self._nested_payment(payment) for payment in doc.payments],
            "CreditNotes": [],
            "Prepayments": [],
            "Overpayments": [],
            "AmountDue": doc.amount_due / 100,
            "AmountPaid": doc.paid / 100,
            "AmountCredited": doc.credited / 100,
            "CurrencyRate": doc.rate / BASE_RATE,
            "HasErrors": False,
            "IsDiscounted": False,
            "HasAttachments": False,
            "Contact": self._contact(doc.contact),
            "DateString": day_string(doc.issued),
            "Date": ms_date(doc.issued),
            "DueDateString": day_string(doc.due),
            "DueDate": ms_date(doc.due),
            "Status": doc.status,
            "LineAmountTypes": LINE_TYPES[doc.line_types],
            "LineItems": self._lines(doc),
            "SubTotal": doc.subtotal / 100,
            "TotalTax": doc.tax / 100,
            "Total": doc.total / 100,
            "UpdatedDateUTC": ms_instant(doc.updated),
            "UpdatedDateUTCString": instant_string(doc.updated),
            "CurrencyCode": doc.currency,
        }
        if doc.is_sale:
            row["SentToContact"] = doc.sent
        discount = sum(_full_price(line) - line.amount for line in doc.lines if line.discount)
        if discount:
            row["IsDiscounted"] = True
            row["TotalDiscount"] = discount / 100
        if doc.fully_paid:
            row["FullyPaidOnDate"] = ms_date(doc.fully_paid)
        if doc.expected:
            row["ExpectedPaymentDate"] = ms_date(doc.expected)
            row["ExpectedPaymentDateString"] = day_string(doc.expected)
        for application in doc.applications:
            row[_plural(application.credit)].append(self._nested_credit(application))
        return row

    def payment(self, position: int) -> Row:
        """One payment or refund; a refund names its credit in `Invoice`, as Xero does: route by `PaymentType`."""
        payment = self._ledger.payments[position]
        target = payment.target
        number = target.number
        if isinstance(target, Invoice):
            kind, target_type = ("ACCREC" if target.is_sale else "ACCPAY"), ("ACCREC" if target.is_sale else "ACCPAY")
            target_id = self._ids["invoice"](target.index)
        else:
            side = "AR" if target.is_sale else "AP"
            kind = side + _NESTED_TYPES[target.kind]
            target_type = f"ACC{'REC' if target.is_sale else 'PAY'}CREDIT" if target.kind == "credit_note" else kind
            target_id = self._ids[target.kind](target.index)
        contact_id, name = self._contacts[target.contact]
        row: Row = {
            "PaymentID": self._ids["payment"](payment.index),
            "Date": ms_date(payment.on),
            "BankAmount": in_base(payment.amount, payment.rate) / 100,
            "Amount": payment.amount / 100,
            "Reference": payment.reference,
            "CurrencyRate": payment.rate / BASE_RATE,
            "PaymentType": f"{kind}PAYMENT",
            "Status": "DELETED" if payment.is_deleted else "AUTHORISED",
            "UpdatedDateUTC": ms_instant(payment.updated),
            "UpdatedDateUTCString": instant_string(payment.updated),
            "HasAccount": True,
            "IsReconciled": payment.is_reconciled,
            "Account": dict(self._bank),
            "Invoice": {
                "Type": target_type,
                "InvoiceID": target_id,
                "InvoiceNumber": number,
                "Payments": [],
                "CreditNotes": [],
                "Prepayments": [],
                "Overpayments": [],
                "HasErrors": False,
                "IsDiscounted": False,
                "Contact": {
                    "ContactID": contact_id,
                    "ContactNumber": "",
                    "Name": name,
                    "Addresses": [],
                    "Phones": [],
                    "ContactGroups": [],
                    "ContactPersons": [],
                    "HasValidationErrors": False,
                },
                "LineItems": [],
                "CurrencyCode": target.currency,
            },
            "HasValidationErrors": False,
        }
        if payment.batch:
            row["BatchPaymentID"] = self._ids["batch"](payment.batch)
            row["BatchPayment"] = self._batch(payment)
        return row

    def credit_note(self, position: int) -> Row:
        """One credit note."""
        credit = self._ledger.credit_notes[position]
        credit_id = self._ids["credit_note"](credit.index)
        return {
            "CreditNoteID": credit_id,
            "CreditNoteNumber": credit.number,
            "Type": "ACCRECCREDIT" if credit.is_sale else "ACCPAYCREDIT",
            "Reference": credit.reference if credit.is_sale else "",
            "SentToContact": credit.is_sale and credit.status in ("AUTHORISED", "PAID"),
            "HasErrors": False,
            **self._credit(credit, credit_id, "200" if credit.is_sale else "310", "Goods returned"),
        }

    def overpayment(self, position: int) -> Row:
        """One overpayment; its single line is on the debtors or creditors account and bears no tax."""
        credit = self._ledger.overpayments[position]
        credit_id = self._ids["overpayment"](credit.index)
        return {
            "OverpaymentID": credit_id,
            "Type": "RECEIVE-OVERPAYMENT" if credit.is_sale else "SPEND-OVERPAYMENT",
            "Reference": credit.reference,
            **self._credit(credit, credit_id, "610" if credit.is_sale else "800", "Overpayment"),
        }

    def prepayment(self, position: int) -> Row:
        """One prepayment; `Reference` repeats the number, as the API documents."""
        credit = self._ledger.prepayments[position]
        credit_id = self._ids["prepayment"](credit.index)
        row: Row = {
            "PrepaymentID": credit_id,
            "Type": "RECEIVE-PREPAYMENT" if credit.is_sale else "SPEND-PREPAYMENT",
            "Reference": credit.number,
            **self._credit(credit, credit_id, "202" if credit.is_sale else "310", "Payment in advance"),
        }
        if credit.is_sale:
            row["InvoiceNumber"] = credit.number
        return row

    # -- parts

    def _credit(self, credit: Credit, credit_id: str, account: str, text: str) -> Row:
        account, text = credit.account or account, credit.text or text
        is_void = credit.status == "VOIDED"
        line_types = "NoTax" if credit.kind == "overpayment" else "Inclusive"
        row: Row = {
            "ID": credit_id,
            "CurrencyRate": credit.rate / BASE_RATE,
            "RemainingCredit": 0.0 if is_void else credit.remaining / 100,
            "AppliedAmount": sum(application.amount for application in credit.applications) / 100,
            "Allocations": [self._allocation(application) for application in credit.applications],
            "Payments": [self._nested_payment(refund) for refund in credit.refunds],
            "HasAttachments": False,
            "Contact": self._contact(credit.contact),
            "DateString": day_string(credit.issued),
            "Date": ms_date(credit.issued),
            "Status": credit.status,
            "LineAmountTypes": line_types,
            "LineItems": [
                {
                    "Description": text,
                    "UnitAmount": credit.total / 100,
                    "TaxType": credit.tax_type,
                    "TaxAmount": credit.tax / 100,
                    "LineAmount": credit.total / 100,
                    "AccountCode": account,
                    "AccountID": self._settings.account_ids[account],
                    "Tracking": [],
                    "Quantity": 1.0,
                    "LineItemID": self._ids["line"](-(credit.index * 3 + list(_NESTED_TYPES).index(credit.kind)) - 1),
                    "ValidationErrors": [],
                }
            ],
            "SubTotal": (credit.total - credit.tax) / 100,
            "TotalTax": credit.tax / 100,
            "Total": credit.total / 100,
            "UpdatedDateUTC": ms_instant(credit.updated),
            "UpdatedDateUTCString": instant_string(credit.updated),
            "CurrencyCode": credit.currency,
        }
        if credit.fully_paid and credit.kind == "credit_note":
            row["FullyPaidOnDate"] = ms_date(credit.fully_paid)
        return row

    def _contact(self, position: int) -> Row:
        contact_id, name = self._contacts[position]
        return {
            "ContactID": contact_id,
            "Name": name,
            "Addresses": [],
            "Phones": [],
            "ContactGroups": [],
            "ContactPersons": [],
            "HasValidationErrors": False,
        }

    def _lines(self, doc: Invoice) -> list[Row]:
        tracking = self._settings.tracking
        account_ids = self._settings.account_ids
        rows: list[Row] = []
        for n, line in enumerate(doc.lines):
            tracked = [dict(tracking[0][line.region])] if line.region >= 0 else []
            if line.department >= 0:
                tracked.append(dict(tracking[1][line.department]))
            row: Row = {
                "Description": line.description,
                "UnitAmount": line.unit_price / 10_000,
                "TaxType": line.tax_type,
                "TaxAmount": line.tax / 100,
                "LineAmount": line.amount / 100,
                "AccountCode": line.account,
                "AccountID": account_ids[line.account],
                "Tracking": tracked,
                "Quantity": line.quantity / 100,
                "LineItemID": self._ids["line"](doc.index * _LINES_PER_DOCUMENT + n),
                "ValidationErrors": [],
            }
            if line.item >= 0:
                item = self._items[line.item]
                row["ItemCode"] = item["Code"]
                row["Item"] = dict(item)
            if line.discount:
                row["DiscountRate"] = line.discount / 10_000
            rows.append(row)
        return rows

    def _nested_payment(self, payment: Payment) -> Row:
        row: Row = {
            "PaymentID": self._ids["payment"](payment.index),
            "Date": ms_date(payment.on),
            "Amount": payment.amount / 100,
            "CurrencyRate": payment.rate / BASE_RATE,
            "HasAccount": False,
            "HasValidationErrors": False,
        }
        if payment.reference:
            row["Reference"] = payment.reference
        if payment.batch:
            row["BatchPaymentID"] = self._ids["batch"](payment.batch)
        return row

    def _nested_credit(self, application: Application) -> Row:
        credit = application.credit
        credit_id = self._ids[credit.kind](credit.index)
        row: dict[str, Any] = {"ID": credit_id, "HasErrors": False, "AppliedAmount": application.amount / 100}
        if credit.kind == "credit_note":
            row |= {"CreditNoteID": credit_id, "CreditNoteNumber": credit.number}
        else:
            row[f"{credit.kind.capitalize()}ID"] = credit_id
        row |= {
            "DateString": day_string(application.on),
            "Date": ms_date(application.on),
            "LineItems": [],
            "Total": credit.total / 100,
        }
        return row

    def _allocation(self, application: Application) -> Row:
        invoice = application.invoice
        return {
            "AllocationID": self._ids["allocation"](application.serial),
            "Amount": application.amount / 100,
            "Date": ms_date(application.on),
            "Invoice": {
                "InvoiceID": self._ids["invoice"](invoice.index),
                "InvoiceNumber": invoice.number,
                "Payments": [],
                "CreditNotes": [],
                "Prepayments": [],
                "Overpayments": [],
                "HasErrors": False,
                "IsDiscounted": False,
                "LineItems": [],
            },
            "IsDeleted": False,
        }

    def _batch(self, payment: Payment) -> Row:
        total = sum(in_base(other.amount, other.rate) for other in self._ledger.batches[payment.batch])
        return {
            "Account": {"AccountID": self._bank["AccountID"]},
            "BatchPaymentID": self._ids["batch"](payment.batch),
            "Date": ms_date(payment.batch),
            "Type": "PAYBATCH",
            "Status": "AUTHORISED",
            "TotalAmount": total / 100,
            "UpdatedDateUTC": ms_instant(payment.updated),
            "IsReconciled": payment.is_reconciled,
        }


def _full_price(line: Line) -> int:
    return (line.quantity * line.unit_price + 5_000) // 10_000


def _plural(credit: Credit) -> str:
    return {"credit_note": "CreditNotes", "overpayment": "Overpayments", "prepayment": "Prepayments"}[credit.kind]
