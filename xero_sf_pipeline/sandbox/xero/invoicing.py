"""Rules for writing invoices and credit notes: creation, the status machine, editing, numbering, totals.

Settling (payments, allocations) lives in `settling.py`; both kinds share their shape here because Xero's do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from xero_sf_pipeline.sandbox.xero.answers import ValidationError
from xero_sf_pipeline.sandbox.xero.books import Books, Document, day, new_id, number, one_of
from xero_sf_pipeline.sandbox.xero.contacts import contact_of_document, mark_role, nested_contact
from xero_sf_pipeline.sandbox.xero.dates import day_of, day_string, ms_text
from xero_sf_pipeline.sandbox.xero.lines import (
    Totals,
    build_lines,
    build_tracking,
    check_complete,
    check_supplied_totals,
    sums,
)

_STATUSES = ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")
_CREATABLE = ("DRAFT", "SUBMITTED", "AUTHORISED")
_MOVES = {
    "DRAFT": ("DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"),
    "SUBMITTED": ("SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"),
    "AUTHORISED": ("AUTHORISED", "VOIDED"),
    "PAID": ("PAID",),
    "VOIDED": (),
    "DELETED": (),
}
_BINDING = ("AUTHORISED", "PAID")
_HAS_PAYMENT = "This document cannot be edited as it has a payment or credit note allocated to it."
_WRONG_STATUS = "{0} not of valid status for modification"
_TAX_MODES = ("Exclusive", "Inclusive", "NoTax")


@dataclass(frozen=True)
class DocumentKind:
    """What tells an invoice from a credit note."""

    kind: str
    word: str
    types: tuple[str, str]
    id_field: str
    number_field: str
    prefix: str
    open_field: str

    @property
    def sales_type(self) -> str:
        """The type that is numbered automatically and uniquely."""
        return self.types[0]


INVOICE = DocumentKind("Invoices", "Invoice", ("ACCREC", "ACCPAY"), "InvoiceID", "InvoiceNumber", "INV-", "AmountDue")
CREDIT_NOTE = DocumentKind(
    "CreditNotes",
    "Credit note",
    ("ACCRECCREDIT", "ACCPAYCREDIT"),
    "CreditNoteID",
    "CreditNoteNumber",
    "CN-",
    "RemainingCredit",
)


@dataclass
class Written:
    """A stored document with the warnings that its answer carries."""

    document: Document
    warnings: list[str]


def create_document(books: Books, of: DocumentKind, given: Document, *, fine: bool) -> Written:
    """Create an invoice or credit note (PUT, or a POST that names none).

    Raises:
        ValidationError: a rule is broken
        ApiError: 400 for a value of the wrong type
    """
    if not given.get("Type"):
        raise ValidationError(f"{of.word} type is required")
    type_ = one_of(given["Type"], of.types, f"{of.word}Type")
    status = one_of(given.get("Status") or "DRAFT", _STATUSES, f"{of.word}Status")
    if status not in _CREATABLE:
        raise ValidationError(f"{of.word} status {status} is not valid when creating")
    contact = contact_of_document(books, given.get("Contact"))
    issued = day(given["Date"], "Date") if given.get("Date") else books.today
    document: Document = {"Type": type_, of.id_field: new_id()}
    if of is CREDIT_NOTE:
        document["ID"] = document[of.id_field]
    document[of.number_field] = _fresh_number(books, of, type_, given.get(of.number_field))
    document |= _empty_settlement(of)
    document |= {"CurrencyRate": 1, "HasErrors": False, "HasAttachments": False, "SentToContact": False}
    document |= {"Contact": nested_contact(contact), "DateString": day_string(issued), "Date": ms_text(issued)}
    document |= {"Status": status, "LineAmountTypes": "Exclusive", "LineItems": []}
    warnings = _apply(books, of, document, given, fine=fine)
    books.put(of.kind, document)
    books.note(of.kind, document, "Created", f"{document.get(of.number_field, '')} for {document['Total']}.")
    mark_role(books, contact["ContactID"], type_)
    return Written(document, warnings)


def update_document(books: Books, of: DocumentKind, document: Document, given: Document, *, fine: bool) -> Written:
    """Change an invoice or credit note (POST). Raises as `create_document` does."""
    old_status = str(document["Status"])
    status = one_of(given.get("Status") or old_status, _STATUSES, f"{of.word}Status")
    if status not in _MOVES[old_status]:
        if status == "VOIDED" and is_settled_in_part(of, document):
            raise ValidationError(_HAS_PAYMENT)
        raise ValidationError(_WRONG_STATUS.format(of.word))
    if status == "VOIDED" and is_settled_in_part(of, document):
        raise ValidationError(_HAS_PAYMENT)
    if old_status in _BINDING:
        books.check_lock(day_of(document["Date"]))
    before = _visible(document)
    if status in ("VOIDED", "DELETED"):
        document["Status"] = status
        if of is INVOICE:
            document["AmountDue"] = Decimal("0.00")
        else:
            document["RemainingCredit"] = Decimal("0.00")
        warnings: list[str] = []
    elif is_settled_in_part(of, document):
        warnings = _edit_settled(books, of, document, given)
    else:
        warnings = _update_open(books, of, document, given, status, fine=fine)
    changed = {name for name, value in _visible(document).items() if before.get(name) != value}
    changed |= before.keys() - document.keys()
    books.put(of.kind, document, bump=not _is_silent(changed, before, document, of))
    books.note(of.kind, document, "Updated" if status == old_status else status.capitalize())
    return Written(document, warnings)


def is_settled_in_part(of: DocumentKind, document: Document) -> bool:
    """Tell whether a payment, credit or refund is applied to a document."""
    lists = ("Payments", "CreditNotes", "Prepayments", "Overpayments") if of is INVOICE else ("Payments", "Allocations")
    return any(document.get(name) for name in lists)


def _update_open(
    books: Books, of: DocumentKind, document: Document, given: Document, status: str, *, fine: bool
) -> list[str]:
    if given.get("Type") and given["Type"] != document["Type"]:
        raise ValidationError(f"{of.word} type cannot be changed")
    if given.get("Contact"):
        contact = contact_of_document(books, given["Contact"])
        document["Contact"] = nested_contact(contact)
        mark_role(books, contact["ContactID"], document["Type"])
    if given.get("Date"):
        issued = day(given["Date"], "Date")
        document |= {"Date": ms_text(issued), "DateString": day_string(issued)}
    wanted_number = given.get(of.number_field)
    if wanted_number and wanted_number != document.get(of.number_field):
        document[of.number_field] = _fresh_number(books, of, document["Type"], wanted_number)
    document["Status"] = status
    return _apply(books, of, document, given, fine=fine)


def _apply(books: Books, of: DocumentKind, document: Document, given: Document, *, fine: bool) -> list[str]:
    """Set the fields that creating and editing have in common, then the lines and totals."""
    warnings: list[str] = []
    is_binding = document["Status"] in _BINDING
    _apply_currency(books, document, given)
    changes_tax_mode = bool(given.get("LineAmountTypes")) and given["LineAmountTypes"] != document["LineAmountTypes"]
    if given.get("LineAmountTypes"):
        document["LineAmountTypes"] = one_of(given["LineAmountTypes"], _TAX_MODES, "LineAmountTypes")
    _apply_header(of, document, given, warnings)
    if is_binding and of is INVOICE and not document.get("DueDate"):
        raise ValidationError("The document due date is a required field")
    if is_binding:
        books.check_lock(day_of(document["Date"]))
    if given.get("LineItems") is not None:
        totals = build_lines(
            books,
            given["LineItems"],
            document["LineItems"],
            tax_mode=document["LineAmountTypes"],
            document_type=document["Type"],
            is_binding=is_binding,
            fine=fine,
        )
        warnings += totals.warnings
    else:
        if is_binding:
            check_complete(document["LineItems"])
        totals = _recalculated(books, document, fine=True) if changes_tax_mode else _kept(document)
    _apply_totals(of, document, given, totals)
    return warnings


def _kept(document: Document) -> Totals:
    return sums(document["LineItems"], document["LineAmountTypes"])


def _recalculated(books: Books, document: Document, *, fine: bool) -> Totals:
    """Return the same lines under another tax mode."""
    bare = [
        {name: value for name, value in line.items() if name not in ("LineAmount", "TaxAmount")}
        for line in document["LineItems"]
    ]
    return build_lines(
        books,
        bare,
        document["LineItems"],
        tax_mode=document["LineAmountTypes"],
        document_type=document["Type"],
        is_binding=document["Status"] in _BINDING,
        fine=fine,
    )


def _apply_currency(books: Books, document: Document, given: Document) -> None:
    currency = str(given.get("CurrencyCode") or document.get("CurrencyCode") or books.base_currency())
    if currency != document.get("CurrencyCode") or given.get("CurrencyRate"):
        books.check_currency(currency)
        document["CurrencyCode"] = currency
        document["CurrencyRate"] = books.currency_rate(currency, given.get("CurrencyRate"))


def _apply_header(of: DocumentKind, document: Document, given: Document, warnings: list[str]) -> None:
    is_sale = document["Type"] == of.sales_type
    if given.get("Reference") is not None and is_sale:
        document["Reference"] = _text(given["Reference"], "Reference")
    if given.get("Url") and not str(given["Url"]).startswith(("http://", "https://")):
        raise ValidationError("Url must be a valid absolute URL")
    for name in ("BrandingThemeID", "Url"):
        if given.get(name):
            document[name] = given[name]
    for name in ("DueDate", "ExpectedPaymentDate", "PlannedPaymentDate"):
        if given.get(name):
            value = day(given[name], name)
            document |= {name: ms_text(value), f"{name}String": day_string(value)}
    if given.get("SentToContact") is not None and bool(given["SentToContact"]) != document.get("SentToContact"):
        if document["Status"] in _BINDING:
            document["SentToContact"] = bool(given["SentToContact"])
        elif given["SentToContact"]:
            warnings.append("Only AUTHORISED invoices may have SentToContact updated.")


def _apply_totals(of: DocumentKind, document: Document, given: Document, totals: Totals) -> None:
    check_supplied_totals(given, totals)
    document |= {"LineItems": totals.lines, "SubTotal": totals.sub_total, "TotalTax": totals.total_tax}
    document["Total"] = totals.total
    if of is INVOICE:
        document["IsDiscounted"] = totals.total_discount != 0
        document.pop("TotalDiscount", None)
        if totals.total_discount:
            document["TotalDiscount"] = totals.total_discount
    if totals.total < 0:
        raise ValidationError("The document total must be greater than or equal to zero.")
    document[of.open_field] = totals.total
    if of is INVOICE and document["Status"] in _BINDING:  # an approved invoice over nothing is paid at once
        document.pop("FullyPaidOnDate", None)
        document["Status"] = "AUTHORISED" if totals.total else "PAID"
        if not totals.total:
            document["FullyPaidOnDate"] = document["Date"]


def _edit_settled(books: Books, of: DocumentKind, document: Document, given: Document) -> list[str]:
    """Edit a paid or part-paid document: a few header fields and three fields of a line of a sales invoice only."""
    if document["Type"] != "ACCREC":
        raise ValidationError(_HAS_PAYMENT)
    frozen = {"Date": _same_day, "CurrencyCode": _same_text, "LineAmountTypes": _same_text, "Type": _same_text}
    for name, same in frozen.items():
        if given.get(name) and not same(given[name], document.get(name)):
            raise ValidationError(_HAS_PAYMENT)
    for name in ("SubTotal", "TotalTax", "Total", "CurrencyRate"):
        if given.get(name) is not None and number(given[name], name) != Decimal(str(document.get(name))):
            raise ValidationError(_HAS_PAYMENT)
    if given.get("Contact"):
        contact = contact_of_document(books, given["Contact"])
        if contact["ContactID"] != document["Contact"]["ContactID"]:
            if document.get("CreditNotes"):
                raise ValidationError(_HAS_PAYMENT)
            document["Contact"] = nested_contact(contact)
    wanted_number = given.get(of.number_field)
    if wanted_number and wanted_number != document.get(of.number_field):
        document[of.number_field] = _fresh_number(books, of, document["Type"], wanted_number)
    if given.get("LineItems") is not None:
        document["LineItems"] = _edit_settled_lines(books, document["LineItems"], given["LineItems"])
    warnings: list[str] = []
    _apply_header(of, document, given, warnings)
    return warnings


def _edit_settled_lines(books: Books, held: list[Document], given: list[Document]) -> list[Document]:
    by_id = {line["LineItemID"]: line for line in held}
    if sorted(str(line.get("LineItemID")).lower() for line in given) != sorted(by_id):
        raise ValidationError(_HAS_PAYMENT)
    result = []
    for line in given:
        old = by_id[str(line["LineItemID"]).lower()]
        for name in ("Quantity", "UnitAmount", "LineAmount", "TaxAmount", "DiscountRate", "DiscountAmount"):
            if line.get(name) is not None and number(line[name], name) != Decimal(str(old.get(name) or 0)):
                raise ValidationError(_HAS_PAYMENT)
        if any(line.get(name) and line[name] != old.get(name) for name in ("TaxType", "ItemCode")):
            raise ValidationError(_HAS_PAYMENT)
        new = {**old, "Description": line.get("Description") or old.get("Description")}
        if line.get("AccountCode") and line["AccountCode"] != old.get("AccountCode"):
            account = books.account(line)
            if account is None:
                raise ValidationError(f"Account code '{line['AccountCode']}' is not a valid code for this document.")
            new |= {"AccountCode": account["Code"], "AccountID": account["AccountID"]}
        if line.get("Tracking") is not None:
            new["Tracking"] = build_tracking(books, line["Tracking"], by_name=True)
        result.append(new)
    return result


def _fresh_number(books: Books, of: DocumentKind, type_: str, wanted: Any) -> str:
    if not wanted:
        return books.next_number(of.kind, of.prefix) if type_ == of.sales_type else ""
    text = _text(wanted, of.number_field)
    if type_ == of.sales_type:
        for other in books.store.by_number(books.tenant, of.kind, text):
            if other["Type"] == type_ and other["Status"] != "DELETED":
                raise ValidationError("Invoice # must be unique." if of is INVOICE else "Credit Note # must be unique.")
    return text


def _text(value: Any, name: str) -> str:
    if len(str(value)) > 255:
        raise ValidationError(f"The field {name} exceeds its maximum length of 255")
    return str(value)


def _empty_settlement(of: DocumentKind) -> Document:
    if of is INVOICE:
        zero = {"AmountDue": Decimal("0.00"), "AmountPaid": Decimal("0.00"), "AmountCredited": Decimal("0.00")}
        return {"Payments": [], "CreditNotes": [], "Prepayments": [], "Overpayments": [], **zero}
    zero = {"RemainingCredit": Decimal("0.00"), "AppliedAmount": Decimal("0.00")}
    return {"Payments": [], "Allocations": [], **zero}


def _visible(document: Document) -> Document:
    return {name: value for name, value in document.items() if not name.startswith("UpdatedDateUTC")}


def _is_silent(changed: set[str], before: Document, after: Document, of: DocumentKind) -> bool:
    """Tell whether Xero leaves UpdatedDateUTC alone.

    It does for DueDate and SentToContact of part-paid documents, and for a changed account code of a line.
    """
    if not changed:
        return False
    if changed <= {"DueDate", "DueDateString", "SentToContact"}:
        return is_settled_in_part(of, after)
    if changed != {"LineItems"} or len(before["LineItems"]) != len(after["LineItems"]):
        return False
    pairs = zip(before["LineItems"], after["LineItems"], strict=True)
    differing = [{name for name in old.keys() | new.keys() if old.get(name) != new.get(name)} for old, new in pairs]
    return all(names <= {"AccountCode", "AccountID"} for names in differing)


def _same_text(given: Any, held: Any) -> bool:
    return str(given) == str(held)


def _same_day(given: Any, held: Any) -> bool:
    issued: date = day(given, "Date")
    return issued == day_of(str(held))
