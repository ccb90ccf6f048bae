"""Extracts one Salesforce object: ask from the cursor, read by REST or Bulk 2.0, load, tie, move the cursor.

Which path: a delta is read by REST pages. A full read starts there too, because its first page states the total; above
`BULK_FROM_ROWS` the walk goes over to Bulk 2.0 (Salesforce's own advice). Both use queryAll, so that deletes are seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import duckdb
import msgspec

from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import MalformedResponse, MissingPermission
from xero_sf_pipeline.extraction import bookkeeping
from xero_sf_pipeline.extraction.bookkeeping import ExtractReport, Source
from xero_sf_pipeline.extraction.salesforce_fields import Describes, FieldSight, FieldsInSight
from xero_sf_pipeline.extraction.salesforce_objects import SalesforceSource, staging_select, with_types
from xero_sf_pipeline.extraction.spool import Spool, json_parameters, spooling
from xero_sf_pipeline.warehouse import Warehouse, history

OVERLAP = timedelta(minutes=10)
"""Rows become visible at commit with an earlier stamp; long transactions run for minutes."""

REFERENCE_DATA_LIFE = timedelta(hours=24)
"""How long the objects that are not polled (price books, currencies) stay as read."""

BULK_FROM_ROWS = 10_000
"""Five REST pages: from here on Bulk 2.0 costs fewer calls."""

_MOST_WALKS = 2
"""Records that are purged between two pages make a walk short; that does not happen twice in a row."""


class SalesforceReads(Describes, Protocol):
    """What extraction needs of a Salesforce client."""

    def query_pages(self, soql: str, *, include_deleted: bool = False) -> Iterator[bytes]: ...

    def bulk_query(self, soql: str, directory: Path, *, include_deleted: bool = False) -> list[Path]: ...


class _TooFewRecordsError(Exception):
    """Ends the transaction of a walk that is short of the stated total, so that nothing of it stays."""


class _QueryPage(msgspec.Struct):
    records: msgspec.Raw
    total_size: int = msgspec.field(name="totalSize", default=0)


_PAGE = msgspec.json.Decoder(_QueryPage)
_ROWS = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass
class _ReadTotals:
    pages: int = 0
    calls: int = 0
    bytes_read: int = 0
    rows: int = 0
    expected: int | None = None
    is_csv: bool = False
    files: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class SalesforceExtraction:
    """Extracts objects of one org into one warehouse.

    Attributes:
        org_id: the 18-character id of the org, the scope of the raw tables.
        on_page: called with (object, pages so far, pages expected or None) for progress bars.
    """

    warehouse: Warehouse
    client: SalesforceReads
    clock: Clock
    spool_root: Path
    run_id: str
    org_id: str
    on_page: Callable[[str, int, int | None], None] | None = None

    def poll(self, source: SalesforceSource) -> ExtractReport | None:
        """Read what changed since the cursor; everything when there is none.

        Returns None when the org has no such object, and without a call when the object is not polled and was read
        within `REFERENCE_DATA_LIFE`.
        """
        with self.warehouse.transaction() as connection:
            cursor = bookkeeping.read_cursor(connection, self._key(source))
            read_at = bookkeeping.read_whole_at(connection, self._key(source))
        if not source.is_polled:
            if read_at is not None and self.clock.now() - read_at < REFERENCE_DATA_LIFE:
                return None
            return self._extract(source, "full", None)
        return self._extract(source, "poll" if cursor else "full", cursor - OVERLAP if cursor else None)

    def backfill(self, source: SalesforceSource, since: datetime) -> ExtractReport | None:
        """Read everything that changed since an instant, once, whatever the number of days."""
        return self._extract(source, "range", since)

    def sweep(self, source: SalesforceSource) -> ExtractReport | None:
        """Read everything again: finds hard deletes and rows that the log of deletes has forgotten."""
        return self._extract(source, "sweep", None)

    def _key(self, source: SalesforceSource) -> Source:
        return Source("salesforce", self.org_id, source.name)

    def _extract(self, source: SalesforceSource, mode: str, since: datetime | None) -> ExtractReport | None:
        sight = self._sight.look(source, may_vanish=mode == "sweep")
        if sight is None:
            return None
        try:
            return self._walk(source, mode, since, sight)
        except MissingPermission:
            if not sight.is_kept:
                raise
            sight = self._sight.look(source, fresh=True, may_vanish=mode == "sweep")
            return self._walk(source, mode, since, sight) if sight is not None else None

    def _walk(self, source: SalesforceSource, mode: str, since: datetime | None, sight: FieldsInSight) -> ExtractReport:
        source = with_types(source, sight.types)
        if mode == "poll" and sight.appeared:
            mode, since = "full", None  # a field that comes into sight changes no record's stamp
        for _ in range(_MOST_WALKS):
            started_at = self.clock.now()
            with spooling(self.spool_root, f"salesforce-{source.name}") as spool:
                totals = self._read(source, _soql(source, sight.api_names, since), spool, is_full=since is None)
                with suppress(_TooFewRecordsError):
                    return self._load(source, mode, since, started_at, totals, sight)
        raise MalformedResponse(
            f"Salesforce states {totals.expected} records of {source.object_name}, and the pages held fewer, twice.",
            system="salesforce",
            remedy="Nothing was stored and the cursor stays. Run the same command again.",
        )

    def forget_descriptions(self) -> None:
        """Describe every object anew at the next extraction: after a deployment or a change of permissions."""
        self._sight.forget()

    @property
    def _sight(self) -> FieldSight:
        return FieldSight(self.warehouse, self.client, self.clock, self.org_id)

    def _read(self, source: SalesforceSource, soql: str, spool: Spool, *, is_full: bool) -> _ReadTotals:
        totals = _ReadTotals()
        for body in self.client.query_pages(soql, include_deleted=True):
            rows, stated = _page(source, body)
            totals.calls += 1
            if is_full and totals.pages == 0 and stated >= BULK_FROM_ROWS:
                return self._read_bulk(source, soql, spool, stated)
            totals.expected = stated if totals.expected is None else min(totals.expected, stated)
            totals.pages += 1
            totals.bytes_read += len(body)
            row_count = len(_ROWS.decode(rows))
            totals.rows += row_count
            if row_count:
                spool.add(bytes(rows))
            if self.on_page:
                self.on_page(source.name, totals.pages, None)
        totals.files = spool.files
        return totals

    def _read_bulk(self, source: SalesforceSource, soql: str, spool: Spool, stated: int) -> _ReadTotals:
        files = self.client.bulk_query(soql, spool.directory, include_deleted=True)
        filled = [path for path in files if path.stat().st_size > 0]
        if self.on_page:
            self.on_page(source.name, len(files), len(files))
        return _ReadTotals(
            pages=len(files),
            calls=1 + len(files),
            bytes_read=sum(path.stat().st_size for path in filled),
            rows=-1,
            expected=stated,
            is_csv=True,
            files=[str(path) for path in filled],
        )

    def _load(
        self,
        source: SalesforceSource,
        mode: str,
        since: datetime | None,
        started_at: datetime,
        totals: _ReadTotals,
        sight: FieldsInSight,
    ) -> ExtractReport:
        """Store the walk.

        Raises:
            _TooFewRecordsError: it holds fewer records than were stated; nothing is stored.
        """
        key = self._key(source)
        read_at = self.clock.now()
        merging = history.Walk(self.org_id, self.run_id, started_at, read_at)
        if not totals.files:
            empty = self.spool_root / "empty.json"
            empty.write_text("[]", encoding="utf-8")
            totals.files, totals.is_csv = [str(empty)], False
        with self.warehouse.transaction() as connection:
            select = staging_select(source, sight.api_names, is_csv=totals.is_csv)
            parameters = {"files": totals.files} if totals.is_csv else json_parameters(totals.files)
            with bookkeeping.readable_pages(key):
                history.stage(connection, source.table, select, parameters, merging)
            if bookkeeping.staged_count(connection) < (totals.expected or 0):
                raise _TooFewRecordsError
            counts = history.merge(connection, source.table, merging, is_complete=since is None)
            report = ExtractReport(
                source=key,
                mode=mode,
                asked_from_at=since,
                source_started_at=started_at,
                started_at=started_at,
                finished_at=self.clock.now(),
                pages=totals.pages,
                calls=totals.calls,
                bytes_read=totals.bytes_read,
                expected_rows=totals.expected,
                rows_read=counts.distinct + counts.quarantined if totals.is_csv else totals.rows,
                counts=counts,
                amount_read=_amount_staged(connection, source),
                rows_by_day=bookkeeping.rows_by_day(connection),
                watermark_at=bookkeeping.covered_until(connection, read_at - started_at),
                drifts=sight.drifts,
            )
            bookkeeping.record_extract(connection, report, self.run_id)
            bookkeeping.record_drift(connection, key, report.drifts, read_at)
            self._sight.keep_stored(connection, source, sight, is_full=since is None)
            cursor = bookkeeping.read_cursor(connection, key)
            covers_from_cursor = since is None or (cursor is not None and since <= cursor)
            if report.watermark_at is not None and covers_from_cursor:
                bookkeeping.move_cursor(
                    connection, key, report.watermark_at, moved_at=report.finished_at, run_id=self.run_id
                )
        return report


def _page(source: SalesforceSource, body: bytes) -> tuple[msgspec.Raw, int]:
    try:
        page = _PAGE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedResponse(
            f"Salesforce answered the query for {source.object_name} with something that is not a page "
            f"({len(body)} bytes): {error}.",
            system="salesforce",
            remedy="Nothing was stored and the cursor stays. Run the same command again; if it repeats, report it.",
        ) from None
    return page.records, page.total_size


def _soql(source: SalesforceSource, present: frozenset[str], since: datetime | None) -> str:
    fields = ", ".join(dict.fromkeys(field.api_name for field in source.all_fields if field.api_name in present))
    conditions = [f"{source.only_with} != null"] if source.only_with else []
    if since is not None:
        conditions.append(f"SystemModstamp >= {since.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {fields} FROM {source.object_name}{where}"


def _amount_staged(connection: duckdb.DuckDBPyConnection, source: SalesforceSource) -> Any:
    if source.table.amount_column is None:
        return None
    row = connection.execute(
        f"select coalesce(sum({source.table.amount_column}), 0)::decimal(38, 4) from staged"
    ).fetchone()
    return row[0] if row else None
