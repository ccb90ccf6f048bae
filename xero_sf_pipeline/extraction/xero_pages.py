"""Walks the pages of one Xero entity and keeps them, counting as it goes.

The count and the sum are taken here from the bytes, independently of the loader, so that the two can be compared.
Rules (developer.xero.com, paging): order by the id, because the default order loses rows that change during a walk;
stop by the page count that the answer states, else at an empty page, never at a short one.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Protocol

import msgspec

from xero_sf_pipeline.errors import MalformedResponse
from xero_sf_pipeline.extraction.spool import Spool
from xero_sf_pipeline.extraction.xero_entities import XeroSource

PAGE_SIZE = 1000
"""The API's maximum."""

_MOST_PAGES = 100_000
"""A walk longer than this is a loop: 100 million rows."""

_STORED_SCALE = Decimal("0.0001")


class Page(Protocol):
    @property
    def body(self) -> bytes: ...
    @property
    def fetched_at(self) -> datetime: ...


Fetch = Callable[[int | None], Page]
"""Fetches page number N (None for an entity without pages)."""


class _Pagination(msgspec.Struct):
    page_count: int | None = msgspec.field(name="pageCount", default=None)
    item_count: int | None = msgspec.field(name="itemCount", default=None)


@dataclass
class PageTotals:
    """What the pages of a walk held, by the bytes.

    Attributes:
        amounts: id -> amount of its latest appearance; its length is the distinct row count.
        expected_rows: the smallest total that the source stated during the walk; None when it states none.
        has_shrunk: a page stated fewer rows than the page before it: rows may have slid to a page read already.
        source_started_at: the source's own time at the first page, None when it tells none.
    """

    source_started_at: datetime | None = None
    pages: int = 0
    bytes_read: int = 0
    rows_read: int = 0
    expected_rows: int | None = None
    amounts: dict[str, Decimal] = field(default_factory=dict)
    unnamed_rows: int = 0
    stated_rows: int | None = None
    has_shrunk: bool = False

    @property
    def may_lack_rows(self) -> bool:
        """Whether rows may exist that no page showed."""
        return self.has_shrunk or len(self.amounts) + self.unnamed_rows < (self.expected_rows or 0)

    @property
    def amount(self) -> Decimal:
        return sum(self.amounts.values(), Decimal(0))


class PageReader:
    """Takes an answer of one entity apart: the array's bytes, the row identities, the paging facts."""

    def __init__(self, source: XeroSource) -> None:
        self.source = source
        self._envelope = msgspec.json.Decoder(
            msgspec.defstruct(
                "Envelope",
                [
                    ("rows", msgspec.Raw, msgspec.field(name=source.entity.envelope)),
                    ("pagination", _Pagination | None, None),
                    ("source_time", str | None, msgspec.field(name="DateTimeUTC", default=None)),
                ],
            )
        )
        fields: list[tuple[str, Any, Any]] = [
            ("row_id", msgspec.Raw, msgspec.field(name=source.entity.id_field, default=msgspec.Raw(b"null")))
        ]
        if source.amount_field:
            fields.append(
                ("amount", msgspec.Raw, msgspec.field(name=source.amount_field, default=msgspec.Raw(b"null")))
            )
        self._rows = msgspec.json.Decoder(list[msgspec.defstruct("Row", fields) | None])  # type: ignore[misc]

    def open(self, page: Page) -> Any:
        """Return the envelope, its rows undecoded.

        Raises:
            MalformedResponse: the answer is not JSON, or not this entity's envelope.
        """
        try:
            return self._envelope.decode(page.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._malformed(page, error) from None

    def count(self, page: Page, envelope: Any, totals: PageTotals) -> int:
        """Count one page into `totals`; return its row count.

        Raises:
            MalformedResponse: the rows are no array of objects.
        """
        try:
            rows: Any = self._rows.decode(envelope.rows)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._malformed(page, error) from None
        totals.pages += 1
        totals.bytes_read += len(page.body)
        totals.rows_read += len(rows)
        if totals.source_started_at is None:
            totals.source_started_at = _instant(envelope.source_time)
        pagination = envelope.pagination
        if pagination is not None and pagination.item_count is not None:
            stated, known = pagination.item_count, totals.expected_rows
            totals.has_shrunk |= totals.stated_rows is not None and stated < totals.stated_rows
            totals.stated_rows = stated
            totals.expected_rows = stated if known is None else min(known, stated)
        for row in rows:
            row_id = "" if row is None else bytes(row.row_id).decode().strip('"')
            if row_id in {"null", ""}:
                totals.unnamed_rows += 1
                continue
            totals.amounts[row_id] = _decimal(row.amount) if self.source.amount_field else Decimal(0)
        return len(rows)

    def _malformed(self, page: Page, error: Exception) -> MalformedResponse:
        return MalformedResponse(
            f"Xero answered {self.source.name} with something that is not a page of {self.source.entity.envelope} "
            f"({len(page.body)} bytes): {error}.",
            system="xero",
            remedy="Nothing was stored and the cursor stays. Run the same command again; if it repeats, report it.",
        )


def walk(source: XeroSource, fetch: Fetch, spool: Spool) -> PageTotals:
    """Fetch every page of the entity into the spool, one call at a time.

    While a page is counted and kept, the next one is on its way already, if the page states that there is one.

    Raises:
        MalformedResponse: an answer is not a page of this entity, the same full page came twice in a row, or the
            pages have no end.
    """
    with ThreadPoolExecutor(1, "next-page") as ahead:
        return _walk(source, fetch, spool, ahead)


def _walk(source: XeroSource, fetch: Fetch, spool: Spool, ahead: Executor) -> PageTotals:
    reader, totals = PageReader(source), PageTotals()
    is_paged = source.entity.is_paged
    number, before = 1, b""
    page = fetch(number if is_paged else None)
    while True:
        envelope = reader.open(page)
        page_count = envelope.pagination.page_count if envelope.pagination else None
        is_stated = is_paged and page_count is not None and number < min(page_count, _MOST_PAGES)
        coming = ahead.submit(fetch, number + 1) if is_stated else None
        row_count = reader.count(page, envelope, totals)
        body = bytes(envelope.rows)
        if row_count and body == before:
            raise MalformedResponse(
                f"Xero sent page {number} of {source.name} twice.",
                system="xero",
                remedy="Nothing was stored. Run the same command again.",
            )
        if row_count:
            spool.add(body)
        before = body
        is_last = number >= page_count if page_count is not None else row_count == 0
        if not is_paged or is_last:
            return totals
        if number >= _MOST_PAGES:
            raise MalformedResponse(
                f"Xero still sends pages of {source.name} after {number} of them.",
                system="xero",
                remedy="Nothing was stored and the cursor stays. Run the same command again; if it repeats, report it.",
            )
        number += 1
        page = coming.result() if coming is not None else fetch(number)


def _decimal(raw: msgspec.Raw) -> Decimal:
    """An amount as the tables keep it, four decimals, half away from zero; 0 when it is none."""
    try:
        return Decimal(bytes(raw).decode().strip('"')).quantize(_STORED_SCALE, ROUND_HALF_UP)
    except InvalidOperation:  # no number, not finite, or too large for any amount: its row goes to quarantine
        return Decimal(0)


def _instant(msdate: str | None) -> datetime | None:
    if not msdate:
        return None
    digits = msdate.removeprefix("/Date(").split("+")[0].rstrip(")/")
    try:
        return datetime.fromtimestamp(int(digits) / 1000, UTC)
    except ValueError:
        pass
    try:
        stated = datetime.fromisoformat(msdate)
    except ValueError:
        return None
    return stated if stated.tzinfo else stated.replace(tzinfo=UTC)
