"""Extracts one Salesforce object: ask from the cursor, read by REST or Bulk 2.0, load, tie, move the cursor.

Which path: a delta is read by REST pages. A full read starts there too, because its first page states the total; above
`BULK_FROM_ROWS` the walk goes over to Bulk 2.0 (Salesforce's own advice). Both use queryAll, so that deletes are seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from xero_sf_pipeline.extraction.salesforce_objects import SalesforceSource, staging_select
from xero_sf_pipeline.extraction.spool import Spool, spooling
from xero_sf_pipeline.warehouse import Warehouse, history

OVERLAP = timedelta(minutes=10)
"""Rows become visible at commit with an earlier stamp; long transactions run for minutes."""

BULK_FROM_ROWS = 10_000
"""Five REST pages: from here on Bulk 2.0 costs fewer calls."""

DESCRIPTION_LIFE = timedelta(hours=24)


class SalesforceReads(Protocol):
    """What extraction needs of a Salesforce client."""

    def query_pages(self, soql: str, *, include_deleted: bool = False) -> Iterator[bytes]: ...

    def bulk_query(self, soql: str, directory: Path, *, include_deleted: bool = False) -> list[Path]: ...

    def visible_fields(self, object_name: str) -> frozenset[str] | None:
        """The fields that this user may read; None when the org has no such object."""


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
        """Read what changed since the cursor; everything when there is none. None when the org has no such object."""
        with self.warehouse.transaction() as connection:
            cursor = bookkeeping.read_cursor(connection, self._key(source))
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
        started_at = self.clock.now()
        present = self._present_fields(source)
        if present is None:
            return None
        soql = _soql(source, present, since)
        with spooling(self.spool_root, f"salesforce-{source.name}") as spool:
            totals = self._read(source, soql, spool, is_full=since is None)
            return self._load(source, mode, since, started_at, totals, present)

    def _present_fields(self, source: SalesforceSource) -> frozenset[str] | None:
        name = f"fields of {source.object_name}"
        with self.warehouse.transaction() as connection:
            kept = bookkeeping.read_fact(connection, "salesforce", self.org_id, name)
        if kept and self.clock.now() - kept[1] < DESCRIPTION_LIFE:
            described: list[str] | None = kept[0]
        else:
            visible = self.client.visible_fields(source.object_name)
            described = None if visible is None else sorted(visible)
            with self.warehouse.transaction() as connection:
                bookkeeping.keep_fact(connection, "salesforce", self.org_id, name, described, self.clock.now())
        if described is None:
            if source.is_optional:
                return None
            raise MissingPermission(
                f"The Salesforce user cannot see the object {source.object_name}.",
                system="salesforce",
                remedy="Assign the permission set Xero_Sync to the integration user (`xero-sf salesforce deploy`).",
            )
        present = frozenset(described)
        hidden = [f.api_name for f in source.all_fields if not f.is_optional and f.api_name not in present]
        if hidden:
            raise MissingPermission(
                f"The Salesforce user cannot read {source.object_name}: {', '.join(hidden)}.",
                system="salesforce",
                remedy="Assign the permission set Xero_Sync to the integration user (`xero-sf salesforce deploy`).",
            )
        return present

    def forget_descriptions(self) -> None:
        """Describe every object anew at the next extraction: after a deployment or a change of permissions."""
        with self.warehouse.transaction() as connection:
            connection.execute(
                "delete from ops.facts where source = 'salesforce' and tenant_id = ? and name like 'fields of %'",
                [self.org_id],
            )

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
        present: frozenset[str],
    ) -> ExtractReport:
        key = self._key(source)
        merging = history.Walk(self.org_id, self.run_id, started_at, self.clock.now())
        if not totals.files:
            empty = self.spool_root / "empty.json"
            empty.write_text("[]", encoding="utf-8")
            totals.files, totals.is_csv = [str(empty)], False
        with self.warehouse.transaction() as connection:
            select = staging_select(source, present, is_csv=totals.is_csv)
            history.stage(connection, source.table, select, {"files": totals.files}, merging)
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
                watermark_at=_newest_stamp(connection),
            )
            bookkeeping.record_extract(connection, report, self.run_id)
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
    fields = ", ".join(field.api_name for field in source.all_fields if field.api_name in present)
    soql = f"SELECT {fields} FROM {source.object_name}"
    if since is None:
        return soql
    return f"{soql} WHERE SystemModstamp >= {since.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}"


def _newest_stamp(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    row = connection.execute("select max(updated_at) from staged").fetchone()
    return row[0] if row else None


def _amount_staged(connection: duckdb.DuckDBPyConnection, source: SalesforceSource) -> Any:
    if source.table.amount_column is None:
        return None
    row = connection.execute(
        f"select coalesce(sum({source.table.amount_column}), 0)::decimal(38, 4) from staged"
    ).fetchone()
    return row[0] if row else None
