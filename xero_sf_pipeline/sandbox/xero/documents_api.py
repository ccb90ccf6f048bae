"""Which operation a path and a method mean under `/api.xro/2.0/`, and the small operations beside reading and writing.

Runs in a worker thread, for one caller who passed authentication and limits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xero_sf_pipeline.sandbox.xero.answers import (
    Answer,
    ValidationError,
    not_found,
    not_implemented,
    validation_failed,
)
from xero_sf_pipeline.sandbox.xero.books import Books, Document
from xero_sf_pipeline.sandbox.xero.json_text import encode
from xero_sf_pipeline.sandbox.xero.kinds import CREDIT_KINDS, KINDS, SINGULAR, Kind
from xero_sf_pipeline.sandbox.xero.listing import envelope, list_documents, one_document
from xero_sf_pipeline.sandbox.xero.settings_data import delete_item, save_tracking_option
from xero_sf_pipeline.sandbox.xero.settling import allocate, delete_allocation
from xero_sf_pipeline.sandbox.xero.state import XeroState
from xero_sf_pipeline.sandbox.xero.writing import element_failed, read_elements, write_documents

_BY_LOWER_NAME = {name.lower(): kind for name, kind in KINDS.items()}
_GUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")


@dataclass(frozen=True)
class Call:
    """One authorised request to the accounting API. `path` is what follows `/api.xro/2.0/`."""

    tenant: str
    provider: str
    method: str
    path: str
    query: Mapping[str, str]
    raw_query: str
    modified_since: str | None
    body: bytes


def kind_of(path: str) -> Kind:
    """Return the entity that a path is about.

    Raises:
        ApiError: 404
    """
    kind = _BY_LOWER_NAME.get(path.split("/")[0].lower())
    if kind is None:
        raise not_found()
    return kind


def answer_call(state: XeroState, call: Call) -> Answer:
    """Run one operation.

    Raises:
        ApiError: any refusal
    """
    kind = kind_of(call.path)
    _, *rest = [part for part in call.path.split("/") if part]
    if call.method == "GET":
        return _read(state, call, kind, rest)
    with state.store.transaction():
        return _write(Books(state, call.tenant), call, kind, rest)


def _read(state: XeroState, call: Call, kind: Kind, rest: list[str]) -> Answer:
    if not rest:
        return list_documents(state, call.tenant, call.provider, kind, call.query, call.raw_query, call.modified_since)
    document = _document(state, call.tenant, kind, rest[0])
    if len(rest) == 1:
        return one_document(state, call.tenant, call.provider, kind, document, call.query.get("unitdp") == "4")
    if len(rest) == 2 and rest[1].lower() == "history" and kind.has_history:
        records = state.store.history(call.tenant, kind.name, document[kind.id_field])
        texts = b",".join(encode(record) for record in records)
        return Answer(envelope(state, call.provider, "HistoryRecords", texts, None))
    if len(rest) == 2 and rest[1].lower() == "onlineinvoice" and kind.name == "Invoices":
        if document["Type"] != "ACCREC" or document["Status"] == "DRAFT":
            raise not_found()
        url = {"OnlineInvoiceUrl": f"https://in.xero.com/{document['InvoiceID'].replace('-', '')}"}
        return Answer(envelope(state, call.provider, "OnlineInvoices", encode(url), None))
    raise not_found()


def _write(books: Books, call: Call, kind: Kind, rest: list[str]) -> Answer:
    if not rest or (len(rest) == 1 and call.method == "POST"):
        if kind.name in ("Organisation", "TaxRates", "Overpayments", "Prepayments") or call.method not in (
            "PUT",
            "POST",
        ):
            raise not_implemented(call.method, kind.name)
        path_id = rest[0] if rest else None
        return write_documents(books, call.provider, kind, call.method, path_id, call.body, call.query)
    document = _document(books.state, books.tenant, kind, rest[0])
    operation = (call.method, rest[1].lower() if len(rest) > 1 else "", len(rest))
    try:
        if operation == ("DELETE", "", 1) and kind.name == "Items":
            delete_item(books, document)
            return Answer(b"", 204)
        if operation == ("PUT", "history", 2) and kind.has_history:
            return _add_history(books, call, kind, document)
        if operation == ("PUT", "allocations", 2) and kind.name in CREDIT_KINDS:
            return _allocate(books, call, kind, document)
        if operation == ("DELETE", "allocations", 3) and kind.name in CREDIT_KINDS:
            return _delete_allocation(books, kind, document, rest[2])
        if operation == ("POST", "email", 2) and kind.name == "Invoices":
            return _email(books, document)
        if kind.name == "TrackingCategories" and len(rest) > 1 and rest[1].lower() == "options":
            return _save_option(books, call, document, rest[2:])
    except ValidationError as error:
        raise element_failed(str(error), kind, document) from error
    raise not_found() if len(rest) > 1 else not_implemented(call.method, kind.name)


def _document(state: XeroState, tenant: str, kind: Kind, wanted: str) -> Document:
    found = state.store.get(tenant, kind.name, wanted) if _GUID.match(wanted) or not _has_guid(kind) else None
    if found is None and kind.is_found_by_number:
        found = next(iter(state.store.by_number(tenant, kind.name, wanted)), None)
    if found is None:
        raise not_found()
    return found


def _has_guid(kind: Kind) -> bool:
    return kind.name not in ("TaxRates", "Currencies")


def _add_history(books: Books, call: Call, kind: Kind, document: Document) -> Answer:
    longest = books.state.behaviour.history_details_length
    shown = []
    for record in read_elements(call.body, "HistoryRecords"):
        details = str(record.get("Details") or "")
        if not details or len(details) > longest:
            raise ValidationError(f"Details must have 1 to {longest} characters")
        books.note(kind.name, document, "Note", details)
        shown.append(books.store.history(books.tenant, kind.name, document[kind.id_field])[0])
    return Answer(envelope(books.state, call.provider, "HistoryRecords", b",".join(map(encode, shown)), None))


def _allocate(books: Books, call: Call, kind: Kind, credit: Document) -> Answer:
    entries = read_elements(call.body, "Allocations")
    per_element = call.query.get("summarizeErrors", "true").lower() == "false"
    shown: list[Document] = []
    failed: list[Document] = []
    for entry in entries:
        invoice = {"InvoiceID": str((entry.get("Invoice") or {}).get("InvoiceID") or "")}
        try:
            with books.store.transaction():
                made = allocate(books, kind.name, credit, entry)
            shown.append(made | {"StatusAttributeString": "OK"} if per_element else dict(made))
        except ValidationError as error:
            messages = [{"Message": message} for message in error.messages]
            failed.append({"Amount": entry.get("Amount"), "Invoice": invoice, "ValidationErrors": messages})
            shown.append(failed[-1] | {"Date": credit["Date"], "StatusAttributeString": "ERROR"})
            credit = _document(books.state, books.tenant, kind, credit[kind.id_field])
    if failed and not per_element:
        return validation_failed(failed).answer  # returned, not raised: good siblings stay committed
    source = {kind.id_field: credit[kind.id_field], "ID": credit[kind.id_field], "LineItems": []}
    texts = b",".join(encode(entry | {SINGULAR[kind.name]: source}) for entry in shown)
    return Answer(envelope(books.state, call.provider, "Allocations", texts, None))


def _delete_allocation(books: Books, kind: Kind, credit: Document, allocation_id: str) -> Answer:
    removed = delete_allocation(books, kind.name, credit, allocation_id)
    if removed is None:
        raise not_found()
    return Answer(encode(removed | {"IsDeleted": True}))


def _email(books: Books, invoice: Document) -> Answer:
    if invoice["Type"] != "ACCREC" or invoice["Status"] not in ("SUBMITTED", "AUTHORISED", "PAID"):
        raise ValidationError("Only submitted, authorised or paid sales invoices can be emailed")
    contact = books.get("Contacts", invoice["Contact"]["ContactID"]) or {}
    if not contact.get("EmailAddress"):
        raise ValidationError("The contact has no email address")
    invoice["SentToContact"] = True
    books.put("Invoices", invoice)
    books.note("Invoices", invoice, "Sent", f"This invoice has been sent to {contact['EmailAddress']}")
    return Answer(b"", 204)


def _save_option(books: Books, call: Call, category: Document, rest: list[str]) -> Answer:
    if (call.method, len(rest)) not in (("PUT", 0), ("POST", 1)):
        raise not_implemented(call.method, "Options")
    shown: list[Any] = []
    for given in read_elements(call.body, "Options"):
        shown.append(save_tracking_option(books, category, given, rest[0].lower() if rest else None))
    return Answer(envelope(books.state, call.provider, "Options", b",".join(map(encode, shown)), None))
