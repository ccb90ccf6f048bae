"""Rules for quotes: creation, the status machine, editing, and the filters of their list.

Belongs here: what is special about a quote. Does not belong here: lines and totals (`lines`), which quotes share with
invoices. Nothing links a quote to the invoice that was made from it; Xero has no field for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from xero_sf_pipeline.sandbox.xero.answers import ValidationError, query_parse_error
from xero_sf_pipeline.sandbox.xero.books import Books, Document, day, new_id, one_of
from xero_sf_pipeline.sandbox.xero.contacts import contact_of_document
from xero_sf_pipeline.sandbox.xero.dates import day_string, ms_of, ms_text, read_day
from xero_sf_pipeline.sandbox.xero.lines import QUOTE, build_lines, check_supplied_totals

_STATUSES = ("DRAFT", "SENT", "DECLINED", "ACCEPTED", "INVOICED", "DELETED")
_CREATABLE = ("DRAFT", "SENT")
_MOVES = {
    "DRAFT": ("SENT", "DELETED"),
    "SENT": ("ACCEPTED", "DECLINED", "DELETED"),
    "ACCEPTED": ("INVOICED", "SENT", "DELETED"),
    "DECLINED": ("SENT", "DELETED"),
    "INVOICED": ("SENT", "DELETED"),
    "DELETED": (),
}
_TAX_MODES = {"EXCLUSIVE": "Exclusive", "INCLUSIVE": "Inclusive", "NOTAX": "NoTax"}
_LENGTHS = {"QuoteNumber": 255, "Reference": 4000, "Title": 100, "Summary": 3000, "Terms": 4000}
_TEXTS = ("Reference", "Title", "Summary", "Terms")
_DAY_FILTERS = {
    "DateFrom": "d.date_ms >= ?",
    "DateTo": "d.date_ms <= ?",
    "ExpiryDateFrom": "d.due_ms >= ?",
    "ExpiryDateTo": "d.due_ms <= ?",
}


def create_quote(books: Books, given: Document) -> Document:
    """Create a quote (PUT, or a POST that names none).

    Raises:
        ValidationError: a rule is broken
        ApiError: 400 for a value of the wrong type
    """
    status = one_of(given.get("Status") or "DRAFT", _STATUSES, "QuoteStatus")
    _check_required(given)
    if status not in _CREATABLE:
        raise ValidationError(f"Quote status {status} is not valid when creating")
    quote: Document = {"QuoteID": new_id(), "QuoteNumber": _fresh_number(books, given.get("QuoteNumber"))}
    quote |= {"Reference": "", "Terms": "", "Contact": {}, "LineItems": [], "DateString": "", "Date": ""}
    quote |= {"Status": status, "CurrencyRate": 1, "LineAmountTypes": "EXCLUSIVE"}
    _apply(books, quote, given)
    books.put("Quotes", quote)
    books.note("Quotes", quote, "Created", f"{quote['QuoteNumber']} for {quote['Total']}.")
    return quote


def update_quote(books: Books, quote: Document, given: Document) -> Document:
    """Change a quote (POST); contact, date and lines have to be sent again. Raises as `create_quote` does."""
    old_status = str(quote["Status"])
    status = one_of(given.get("Status") or old_status, _STATUSES, "QuoteStatus")
    _check_required(given)
    if old_status == "DELETED" or (status != old_status and status not in _MOVES[old_status]):
        raise ValidationError(f"Quote status cannot be changed from {old_status} to {status}")
    wanted = given.get("QuoteNumber")
    if wanted and str(wanted) != quote["QuoteNumber"]:
        quote["QuoteNumber"] = _fresh_number(books, wanted)
    quote["Status"] = status
    _apply(books, quote, given)
    books.put("Quotes", quote)
    books.note("Quotes", quote, "Updated" if status == old_status else status.capitalize())
    return quote


def quote_filters(query: Mapping[str, str]) -> list[tuple[str, object]]:
    """Translate the query parameters of GET /Quotes into SQL conditions with one value each.

    Raises:
        ApiError: 400 for `where`, which this endpoint does not have, and for a value that cannot be read
    """
    if query.get("where"):
        raise query_parse_error("The Quotes endpoint has no where parameter")
    found: list[tuple[str, object]] = []
    for name, sql in _DAY_FILTERS.items():
        if query.get(name):
            try:
                found.append((sql, ms_of(read_day(query[name]))))
            except ValueError:
                raise query_parse_error(f"{name} must be a date, got '{query[name]}'") from None
    if query.get("ContactID"):
        found.append(("d.contact_id = lower(?)", query["ContactID"]))
    if query.get("Status"):
        if query["Status"].upper() not in _STATUSES:
            raise query_parse_error(f"Status must be one of {', '.join(_STATUSES)}, got '{query['Status']}'")
        found.append(("d.status = upper(?)", query["Status"]))
    if query.get("QuoteNumber"):
        found.append(("instr(lower(d.number), lower(?)) > 0", query["QuoteNumber"]))
    return found


def _check_required(given: Document) -> None:
    missing = [f"{name} is required" for name in ("Contact", "Date", "LineItems") if not given.get(name)]
    missing += [
        f"The field {name} exceeds its maximum length of {longest}"
        for name, longest in _LENGTHS.items()
        if len(str(given.get(name) or "")) > longest
    ]
    if missing:
        raise ValidationError(*missing)


def _apply(books: Books, quote: Document, given: Document) -> None:
    contact = contact_of_document(books, given["Contact"])
    quote["Contact"] = {name: contact.get(name) or "" for name in ("ContactID", "Name", "EmailAddress")}
    currency = str(given.get("CurrencyCode") or quote.get("CurrencyCode") or books.base_currency())
    if currency != quote.get("CurrencyCode") or given.get("CurrencyRate"):
        books.check_currency(currency)
        quote |= {"CurrencyCode": currency, "CurrencyRate": books.currency_rate(currency, given.get("CurrencyRate"))}
    if given.get("LineAmountTypes"):
        quote["LineAmountTypes"] = one_of(given["LineAmountTypes"], tuple(_TAX_MODES), "QuoteLineAmountTypes")
    quote |= {name: str(given[name]) for name in _TEXTS if given.get(name) is not None}
    if given.get("BrandingThemeID"):
        quote["BrandingThemeID"] = given["BrandingThemeID"]
    _set_day(quote, "Date", day(given["Date"], "Date"))
    if given.get("ExpiryDate"):
        _set_day(quote, "ExpiryDate", day(given["ExpiryDate"], "ExpiryDate"))
    totals = build_lines(
        books,
        given["LineItems"],
        quote["LineItems"],
        tax_mode=_TAX_MODES[quote["LineAmountTypes"]],
        document_type=QUOTE,
        is_binding=False,
        fine=True,
    )
    check_supplied_totals(given, totals)
    quote |= {"LineItems": totals.lines, "SubTotal": totals.sub_total, "TotalTax": totals.total_tax}
    quote |= {"Total": totals.total, "TotalDiscount": totals.total_discount}


def _set_day(quote: Document, name: str, value: date) -> None:
    quote |= {name: ms_text(value), f"{name}String": day_string(value)}


def _fresh_number(books: Books, wanted: Any) -> str:
    if not wanted:
        return books.next_number("Quotes", "QU-")
    if any(other["Status"] != "DELETED" for other in books.store.by_number(books.tenant, "Quotes", str(wanted))):
        raise ValidationError("Quote number must be unique.")
    return str(wanted)
