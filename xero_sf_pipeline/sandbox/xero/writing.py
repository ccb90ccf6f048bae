"""PUT and POST of a batch: elements one by one, the answer per element or the 400 envelope.

With `summarizeErrors=false` the answer is 200 and every element tells its own fate, in order. Otherwise one bad element
turns the answer into a 400.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from xero_sf_pipeline.sandbox.xero.answers import (
    Answer,
    ApiError,
    ValidationError,
    bad_post_data,
    not_found,
    not_implemented,
    validation_failed,
)
from xero_sf_pipeline.sandbox.xero.books import Books, Document
from xero_sf_pipeline.sandbox.xero.contacts import create_contact, find_contact, update_contact, upsert_contact
from xero_sf_pipeline.sandbox.xero.dates import ms_text, read_day
from xero_sf_pipeline.sandbox.xero.invoicing import (
    CREDIT_NOTE,
    INVOICE,
    DocumentKind,
    create_document,
    update_document,
)
from xero_sf_pipeline.sandbox.xero.json_text import decode, encode
from xero_sf_pipeline.sandbox.xero.kinds import ALWAYS_FOUR_DECIMALS, ENVELOPE, Kind
from xero_sf_pipeline.sandbox.xero.listing import cut_prices, envelope
from xero_sf_pipeline.sandbox.xero.quotes import create_quote, update_quote
from xero_sf_pipeline.sandbox.xero.settings_data import (
    add_currency,
    save_account,
    save_item,
    save_tracking_category,
)
from xero_sf_pipeline.sandbox.xero.settling import create_payment, delete_payment

ZERO_ID = "00000000-0000-0000-0000-000000000000"
_DATE_FIELDS = ("Date", "DueDate", "ExpectedPaymentDate", "PlannedPaymentDate", "ExpiryDate")
_SHOWS_VALIDATION_FLAG = ("Contacts", "Payments")


@dataclass
class Outcome:
    """What became of one element."""

    document: Document
    warnings: list[str] = field(default_factory=list)
    errors: tuple[str, ...] = ()


def read_elements(body: bytes, key: str) -> list[Document]:
    """Return the elements of `{"Key": [...]}` or of a single bare object.

    Raises:
        ApiError: 400 PostDataInvalidException
    """
    try:
        content = decode(body)
    except ValueError as error:
        raise bad_post_data(f"JSON for post data was invalid: {error}") from None
    if isinstance(content, dict) and key in content:
        content = content[key]
    elements = content if isinstance(content, list) else [content]
    if not elements or not all(isinstance(element, dict) for element in elements):
        raise bad_post_data(f"Expected an object or a list of {key}")
    return elements


def write_documents(
    books: Books, provider: str, kind: Kind, method: str, path_id: str | None, body: bytes, query: Mapping[str, str]
) -> Answer:
    """Answer PUT or POST of a collection, or POST of one document.

    Raises:
        ApiError: 400, 404 or 501
    """
    elements = read_elements(body, ENVELOPE[kind.name])
    fine = query.get("unitdp") == "4" or kind.name in ALWAYS_FOUR_DECIMALS
    per_element = query.get("summarizeErrors", "true").lower() == "false"
    saved_before_error = per_element or books.state.behaviour.siblings_saved_on_error
    try:
        with books.store.transaction():
            outcomes = [_write_one(books, kind, method, path_id, element, fine) for element in elements]
            if not saved_before_error and any(outcome.errors for outcome in outcomes):
                raise _RefusedBatchError(outcomes)
    except _RefusedBatchError as refused:
        outcomes = refused.outcomes
    failed = [_shown(books, kind, outcome, per_element=True) for outcome in outcomes if outcome.errors]
    if failed and not per_element:
        return validation_failed(failed).answer  # returned, not raised: good siblings stay committed
    shown = [_shown(books, kind, outcome, per_element=per_element) for outcome in outcomes]
    texts = b",".join(encode(document if fine else cut_prices(document)) for document in shown)
    return Answer(envelope(books.state, provider, ENVELOPE[kind.name], texts, None))


class _RefusedBatchError(Exception):
    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__("a batch with an error is rolled back")
        self.outcomes = outcomes


def _write_one(books: Books, kind: Kind, method: str, path_id: str | None, given: Document, fine: bool) -> Outcome:
    try:
        with books.store.transaction():
            return _apply(books, kind, method, path_id, given, fine)
    except ValidationError as error:
        return Outcome(dict(given), errors=error.messages)


def _apply(books: Books, kind: Kind, method: str, path_id: str | None, given: Document, fine: bool) -> Outcome:
    if kind.name == "Contacts":
        return Outcome(create_contact(books, given) if method == "PUT" else _post_contact(books, given, path_id))
    if kind.name in ("Invoices", "CreditNotes"):
        of = INVOICE if kind.name == "Invoices" else CREDIT_NOTE
        held = _existing(books, kind, path_id, given) if method == "POST" else None
        if held is None and method == "POST":
            held = _same_number(books, of, given)
        written = (
            create_document(books, of, given, fine=fine)
            if held is None
            else update_document(books, of, held, given, fine=fine)
        )
        return Outcome(written.document, written.warnings)
    if kind.name == "Quotes":
        held = _existing(books, kind, path_id, given) if method == "POST" else None
        return Outcome(create_quote(books, given) if held is None else update_quote(books, held, given))
    if kind.name == "Payments":
        if path_id is None and not given.get("PaymentID"):
            return Outcome(create_payment(books, given))
        payment = _existing(books, kind, path_id, given)
        assert payment is not None
        return Outcome(delete_payment(books, payment, given))
    if kind.name == "Currencies" and method == "PUT":
        return Outcome(add_currency(books, given))
    savers: dict[str, Callable[[Books, Document, Document | None], Document]] = {
        "Items": partial(save_item, fine=fine),
        "Accounts": save_account,
        "TrackingCategories": save_tracking_category,
    }
    if kind.name not in savers or (method == "POST" and kind.name == "Accounts" and path_id is None):
        raise not_implemented(method, kind.name)
    held = _existing(books, kind, path_id, given) if method == "POST" else None
    if held is None and method == "POST" and kind.name == "Items":
        matching = books.store.by_number(books.tenant, "Items", str(given.get("Code") or ""))
        held = matching[0] if matching else None
    return Outcome(savers[kind.name](books, given, held))


def _post_contact(books: Books, given: Document, path_id: str | None) -> Document:
    if path_id is None:
        return upsert_contact(books, given)
    contact = books.get("Contacts", path_id) or find_contact(books, {"ContactNumber": path_id})
    if contact is None:
        raise not_found()
    return update_contact(books, contact, given)


def _existing(books: Books, kind: Kind, path_id: str | None, given: Document) -> Document | None:
    wanted = path_id or given.get(kind.id_field)
    if not wanted or wanted == ZERO_ID:
        return None
    found = books.get(kind.name, wanted)
    if found is None and path_id is not None and kind.is_found_by_number:
        found = next(iter(books.store.by_number(books.tenant, kind.name, path_id)), None)
    if found is None and path_id is not None:
        raise not_found()
    if found is None:
        raise ValidationError(f"The {kind.name} element with {kind.id_field} {wanted} could not be found")
    return found


def _same_number(books: Books, of: DocumentKind, given: Document) -> Document | None:
    if not books.state.behaviour.post_matches_number or given.get("Type") != of.sales_type:
        return None
    wanted = given.get(of.number_field)
    matching = books.store.by_number(books.tenant, of.kind, str(wanted)) if wanted else []
    usable = [held for held in matching if held["Type"] == of.sales_type and held["Status"] != "DELETED"]
    return usable[0] if usable else None


def _shown(books: Books, kind: Kind, outcome: Outcome, *, per_element: bool) -> Document:
    flag = "HasValidationErrors" if kind.name in _SHOWS_VALIDATION_FLAG else "HasErrors"
    document = dict(outcome.document)
    if outcome.errors:
        document = _readable(document)
        if books.state.behaviour.failed_elements_carry_zero_id:
            document = {kind.id_field: document.get(kind.id_field) or ZERO_ID, **document}
        if kind.name != "Quotes":
            document[flag] = True
        document |= {"ValidationErrors": [{"Message": message} for message in outcome.errors]}
    elif kind.name in ("Contacts", "Payments", "Invoices", "CreditNotes"):
        document[flag] = False
    if outcome.warnings:
        document["Warnings"] = [{"Message": message} for message in outcome.warnings]
    if per_element:
        document["StatusAttributeString"] = "ERROR" if outcome.errors else "WARNING" if outcome.warnings else "OK"
    return document


def _readable(given: Document) -> Document:
    """Echo what was sent, with its dates as answers write them."""
    echoed = dict(given)
    for name in _DATE_FIELDS:
        if echoed.get(name):
            try:
                echoed[name] = ms_text(read_day(echoed[name]))
            except ValueError:
                del echoed[name]
    return echoed


def element_failed(message: str, kind: Kind, document: Document) -> ApiError:
    """Return the 400 envelope for one document that refused an operation other than a batch."""
    shown: dict[str, Any] = {kind.id_field: document.get(kind.id_field), "ValidationErrors": [{"Message": message}]}
    return validation_failed([shown])
