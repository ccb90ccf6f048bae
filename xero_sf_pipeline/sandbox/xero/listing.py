"""GET of a collection: filters, order, paging, and the shape of what is left out.

A page is the concatenation of stored texts; documents are decoded only when their shape has to change
(summaries, unit prices of more than two decimals).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.sandbox.xero.answers import Answer, ApiError, not_found, query_parse_error
from xero_sf_pipeline.sandbox.xero.dates import ms_of, read_modified_since
from xero_sf_pipeline.sandbox.xero.json_text import decode, encode
from xero_sf_pipeline.sandbox.xero.kinds import ALWAYS_FOUR_DECIMALS, ENVELOPE, Kind
from xero_sf_pipeline.sandbox.xero.quotes import quote_filters
from xero_sf_pipeline.sandbox.xero.where import Condition, parse_order, parse_where

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.xero.state import XeroState

_DEFAULT_PAGE_SIZE = 100
_LARGEST_PAGE = 1000
_MADE_BY_API = (
    "exists (select 1 from history h where h.tenant = d.tenant and h.kind = d.kind and h.id = d.id "
    "and json_extract(h.record, '$.Changes') = 'Created')"
)
"""Only documents that were created through the API have a `Created` record here; loaded ones have no history."""
_LONGEST_QUERY = 2048
"""Characters of the raw query string: one GUID list of 53 encoded ids no longer fits and answers 404."""


@dataclass
class _Query:
    conditions: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)

    def add(self, sql: str, *values: object) -> None:
        self.conditions.append(f"({sql})")
        self.values.extend(values)

    @property
    def sql(self) -> str:
        return " and ".join(self.conditions) or "1"


def envelope(state: XeroState, provider: str, name: str, documents: bytes, pagination: dict[str, int] | None) -> bytes:
    """Wrap the text of a list of documents."""
    head = {
        "Id": str(uuid.uuid4()),
        "Status": "OK",
        "ProviderName": provider,
        "DateTimeUTC": f"/Date({ms_of(state.clock.now())})/",
    }
    if pagination is not None:
        head["pagination"] = pagination  # type: ignore[assignment]
    return encode(head)[:-1] + b',"' + name.encode() + b'":[' + documents + b"]}"


def list_documents(
    state: XeroState,
    tenant: str,
    provider: str,
    kind: Kind,
    query: Mapping[str, str],
    raw_query: str,
    since: str | None,
) -> Answer:
    """Answer GET /<collection>.

    Raises:
        ApiError: 400 for a query that cannot be understood, 404 for an over-long query string
    """
    if len(raw_query) > _LONGEST_QUERY:
        raise not_found()
    summary = kind.summary_drops is not None and _is_true(query.get("summaryOnly"))
    chosen = _filters(state, tenant, kind, query, since, summary)
    order = f"{parse_order(query['order'], kind)}, d.id" if query.get("order") else "d.updated_ms, d.id"
    is_paged = kind.is_paged and ("page" in query or summary or (kind.name == "Invoices" and "Statuses" in query))
    drops = _drops(kind, summary, is_paged)
    with state.store.lock:
        if not is_paged:
            texts = state.store.texts(tenant, kind.name, chosen.sql, chosen.values, order)
            pagination = None
        else:
            page, size = _page_number(query.get("page")), _page_size(query.get("pageSize"))
            count = state.store.count(tenant, kind.name, chosen.sql, chosen.values)
            texts = state.store.texts(
                tenant, kind.name, chosen.sql, chosen.values, order, limit=size, offset=(page - 1) * size
            )
            pagination = {"page": page, "pageSize": size, "pageCount": -(-count // size), "itemCount": count}
        balances = {} if kind.name != "Contacts" or drops else contact_balances(state, tenant, texts)
    fine = query.get("unitdp") == "4" or kind.name in ALWAYS_FOUR_DECIMALS
    parts = [_shaped(text, needs_cut and not fine, drops) for text, needs_cut in texts]
    if balances:
        parts = [_with_balances(part, balances) for part in parts]
    return Answer(envelope(state, provider, ENVELOPE[kind.name], ",".join(parts).encode(), pagination))


def one_document(
    state: XeroState, tenant: str, provider: str, kind: Kind, document: dict[str, Any], fine: bool
) -> Answer:
    """Answer GET /<collection>/{id} with the full document."""
    is_fine = fine or kind.name in ALWAYS_FOUR_DECIMALS
    text = encode(document if is_fine else cut_prices(document)).decode()
    if kind.name == "Contacts":
        text = _with_balances(text, contact_balances(state, tenant, [(text, False)]))
    return Answer(envelope(state, provider, ENVELOPE[kind.name], text.encode(), None))


def cut_prices(document: dict[str, Any]) -> dict[str, Any]:
    """Round unit prices to the two decimals that are shown without `unitdp=4`."""
    if document.get("LineItems"):
        return {**document, "LineItems": [_cut(line, "UnitAmount") for line in document["LineItems"]]}
    details = [name for name in ("SalesDetails", "PurchaseDetails") if document.get(name)]
    return document | {name: _cut(document[name], "UnitPrice") for name in details}


def _cut(part: dict[str, Any], name: str) -> dict[str, Any]:
    if part.get(name) is None:
        return part
    return {**part, name: Decimal(str(part[name])).quantize(Decimal("0.01"), ROUND_HALF_UP)}


def contact_balances(state: XeroState, tenant: str, texts: list[tuple[str, bool]]) -> dict[str, str]:
    """Return `Balances` as JSON text by contact id, for contacts that owe or are owed something.

    Outstanding and overdue amounts of approved documents in the organisation's base currency, credits taken off.
    They follow documents and the calendar, and never bump a contact's UpdatedDateUTC.
    """
    ids = json.dumps([_contact_id(text) for text, _ in texts])
    midnight = ms_of(datetime.combine(state.today(tenant), time(), UTC))
    rows = state.store.rows(
        "select contact_id, type in ('ACCREC', 'ACCRECCREDIT') or type like 'RECEIVE-%' or type like 'AR%', "
        "sum(open_base), sum(case when kind = 'Invoices' and due_ms < ? then open_base else 0 end) "
        "from documents where tenant = ? and status = 'AUTHORISED' and open_base <> 0 "
        "and contact_id in (select value from json_each(?)) group by 1, 2",
        (midnight, tenant, ids),
    )
    found: dict[str, dict[str, dict[str, Decimal]]] = {}
    for contact_id, is_receivable, outstanding, overdue in rows:
        zero = {"Outstanding": Decimal(0), "Overdue": Decimal(0)}
        sides = found.setdefault(contact_id, {"AccountsReceivable": zero, "AccountsPayable": zero})
        sides["AccountsReceivable" if is_receivable else "AccountsPayable"] = {
            "Outstanding": Decimal(repr(outstanding)).quantize(Decimal("0.01"), ROUND_HALF_UP),
            "Overdue": Decimal(repr(overdue)).quantize(Decimal("0.01"), ROUND_HALF_UP),
        }
    return {contact_id: encode(sides).decode() for contact_id, sides in found.items()}


def _contact_id(text: str) -> str:
    start = text.index('"ContactID":"') + 13
    return text[start : start + 36].lower()


def _with_balances(text: str, balances: dict[str, str]) -> str:
    found = balances.get(_contact_id(text))
    return text if found is None else f'{text[:-1]},"Balances":{found}}}'


def _filters(
    state: XeroState, tenant: str, kind: Kind, query: Mapping[str, str], since: str | None, summary: bool
) -> _Query:
    chosen = _Query()
    if kind.name == "Quotes":
        for sql, value in quote_filters(query):
            chosen.add(sql, value)
    condition = parse_where(query["where"], kind) if query.get("where") else None
    if condition is not None:
        _refuse_bad_filter(state, tenant, kind, condition, summary)
        chosen.add(condition.sql, *condition.values)
    if since and kind.knows_modified_since:
        _add_modified_since(state, chosen, since)
    if query.get("IDs"):
        chosen.add("d.id in (select lower(value) from json_each(?))", _list(query["IDs"]))
    if kind.name == "Invoices":
        if query.get("InvoiceNumbers"):
            chosen.add("d.number in (select value from json_each(?))", _list(query["InvoiceNumbers"]))
        if query.get("ContactIDs"):
            chosen.add("d.contact_id in (select lower(value) from json_each(?))", _list(query["ContactIDs"]))
        if query.get("Statuses"):
            chosen.add("d.status in (select upper(value) from json_each(?))", _list(query["Statuses"]))
        if _is_true(query.get("createdByMyApp")):
            chosen.add(_MADE_BY_API)
    if kind.search_fields and query.get("searchTerm"):
        tests = [f"instr(lower({kind.sql(path)}), lower(?)) > 0" for path in kind.search_fields]
        chosen.add(" or ".join(tests), *[query["searchTerm"]] * len(tests))
    if kind.name == "Contacts" and not _is_true(query.get("includeArchived")):
        chosen.add("d.status <> 'ARCHIVED'")
    if kind.name == "TrackingCategories" and not _is_true(query.get("includeArchived")):
        chosen.add("d.status = 'ACTIVE'")
    return chosen


def _refuse_bad_filter(state: XeroState, tenant: str, kind: Kind, condition: Condition, summary: bool) -> None:
    dropped = {path.split(".")[0] for path in condition.paths} & (kind.summary_drops or frozenset())
    if summary and dropped:
        raise query_parse_error(f"Cannot filter on {sorted(dropped)} together with summaryOnly")
    if kind.name != "Invoices" or condition.is_fast:
        return
    if state.store.count(tenant, kind.name) > state.behaviour.high_volume_rows:
        body = {
            "ErrorNumber": 16,
            "Type": "QueryParseException",
            "Message": "Your request is not filtering Invoices efficiently, "
            "given the extremely high volume for this organisation.",
        }
        raise ApiError(Answer(encode(body), 400))


def _add_modified_since(state: XeroState, chosen: _Query, since: str) -> None:
    try:
        from_ms = ms_of(read_modified_since(since))
    except (TypeError, ValueError, IndexError):
        return  # an unreadable header is ignored, as HTTP prescribes for this header
    if state.behaviour.modified_since_is_inclusive:
        chosen.add("d.updated_ms >= ?", from_ms)
    else:
        chosen.add("d.updated_ms >= ?", from_ms + 1000)


def _drops(kind: Kind, summary: bool, is_paged: bool) -> frozenset[str]:
    if summary:
        return kind.summary_drops or frozenset()
    return frozenset() if is_paged else kind.unpaged_drops


def _shaped(text: str, cut: bool, drops: frozenset[str]) -> str:
    if not cut and not drops:
        return text
    document = decode(text)
    if cut:
        document = cut_prices(document)
    if drops:
        document = {name: value for name, value in document.items() if name not in drops}
        if "LineItems" in drops and "Contact" in document:
            contact = document["Contact"]
            document["Contact"] = {"ContactID": contact["ContactID"], "Name": contact.get("Name")}
    return encode(document).decode()


def _page_number(text: str | None) -> int:
    if text is None:
        return 1
    if not text.lstrip("-").isdigit():
        raise query_parse_error(f"page must be a number, got '{text}'")
    return max(1, int(text))


def _page_size(text: str | None) -> int:
    if text is None or not text.lstrip("-").isdigit():
        return _DEFAULT_PAGE_SIZE
    return min(max(1, int(text)), _LARGEST_PAGE)


def _is_true(text: str | None) -> bool:
    return (text or "").lower() == "true"


def _list(text: str) -> str:
    return json.dumps([part.strip() for part in text.split(",") if part.strip()])
