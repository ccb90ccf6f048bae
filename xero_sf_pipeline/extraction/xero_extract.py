"""Extracts one Xero entity of one tenant: ask from the cursor, walk, load, tie, move the cursor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import duckdb

from xero_sf_pipeline.clients.xero_entities import XeroEntity
from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import MalformedResponse
from xero_sf_pipeline.extraction import bookkeeping
from xero_sf_pipeline.extraction.bookkeeping import Drift, ExtractReport, Source
from xero_sf_pipeline.extraction.spool import Spool, json_parameters, spooling
from xero_sf_pipeline.extraction.xero_entities import XeroSource, known_fields
from xero_sf_pipeline.extraction.xero_pages import Page, PageTotals, walk
from xero_sf_pipeline.warehouse import Warehouse, history
from xero_sf_pipeline.warehouse.statements import sql

OVERLAP = timedelta(minutes=5)
"""Asked for again at every poll: If-Modified-Since is accurate to the second, commits show later than stamped."""

REFERENCE_DATA_LIFE = timedelta(hours=24)
"""How long the entities that are not polled (organisation, chart of accounts, tax rates ...) stay as read, and how long
a row whose deletion leaves no trace (an item) may be taken for alive."""

_DRIFT_SAMPLE_ROWS = 2000


class XeroPages(Protocol):
    """What extraction needs of a Xero client: one tenant, one call a page."""

    @property
    def tenant_id(self) -> str: ...

    def page(
        self,
        entity: XeroEntity,
        *,
        page: int | None = None,
        modified_since: datetime | None = None,
        order: str | None = None,
    ) -> Page: ...


@dataclass(frozen=True)
class XeroExtraction:
    """Extracts entities of one tenant into one warehouse.

    Attributes:
        on_page: called with (entity, pages so far, pages expected or None) for progress bars.
    """

    warehouse: Warehouse
    client: XeroPages
    clock: Clock
    spool_root: Path
    run_id: str
    on_page: Callable[[str, int, int | None], None] | None = None

    def poll(self, source: XeroSource) -> ExtractReport | None:
        """Read what changed since the cursor; everything when there is none.

        Returns None without a call when the entity is not polled and was read within `REFERENCE_DATA_LIFE`.
        """
        with self.warehouse.transaction() as connection:
            cursor = bookkeeping.read_cursor(connection, self._key(source))
            read_at = bookkeeping.read_whole_at(connection, self._key(source))
        is_fresh = read_at is not None and self.clock.now() - read_at < REFERENCE_DATA_LIFE
        if not source.is_polled:
            return None if is_fresh else self._extract(source, "full", None)
        if cursor is None or (source.vanishes and not is_fresh):
            return self._extract(source, "full", None)
        return self._extract(source, "poll", cursor - OVERLAP)

    def backfill(self, source: XeroSource, since: datetime) -> ExtractReport:
        """Read everything that changed since an instant, once, whatever the number of days."""
        return self._extract(source, "range", since if source.is_polled else None)

    def sweep(self, source: XeroSource) -> ExtractReport:
        """Read everything again: finds changes that bump no timestamp, and rows that have vanished."""
        return self._extract(source, "sweep", None)

    def _key(self, source: XeroSource) -> Source:
        return Source("xero", self.client.tenant_id, source.name)

    def _extract(self, source: XeroSource, mode: str, since: datetime | None) -> ExtractReport:
        started_at = self.clock.now()
        with spooling(self.spool_root, f"xero-{source.name}") as spool:
            totals = self._walk(source, spool, since)
            is_complete = since is None
            # Offset paging can skip a row when an earlier one is removed mid-walk: a walk that may lack rows is
            # repeated, and only what two walks in a row do not show is taken for deleted.
            if totals.may_lack_rows or (is_complete and self._has_vanished_rows(source, totals)):
                totals = _together(source, totals, self._walk(source, spool, since))
            return self._load(source, mode, since, started_at, totals, spool.files, is_complete)

    def _walk(self, source: XeroSource, spool: Spool, since: datetime | None) -> PageTotals:
        entity = source.entity

        def fetch(number: int | None) -> Page:
            page = self.client.page(
                entity, page=number, modified_since=since, order=entity.order if entity.is_paged else None
            )
            if self.on_page:
                self.on_page(source.name, number or 1, None)
            return page

        return walk(source, fetch, spool)

    def _has_vanished_rows(self, source: XeroSource, totals: PageTotals) -> bool:
        table = source.table
        with self.warehouse.transaction() as connection:
            known = connection.execute(
                f"""select {table.key_column} from {table.name}
                where tenant_id = ? and known_to is null and not is_deleted""",
                [self.client.tenant_id],
            ).fetchall()
        return any(row[0] not in totals.amounts for row in known)

    def _load(
        self,
        source: XeroSource,
        mode: str,
        since: datetime | None,
        started_at: datetime,
        totals: PageTotals,
        files: list[str],
        is_complete: bool,
    ) -> ExtractReport:
        key = self._key(source)
        read_at = self.clock.now()
        merging = history.Walk(self.client.tenant_id, self.run_id, started_at, read_at)
        with self.warehouse.transaction() as connection:
            with bookkeeping.readable_pages(key):
                parameters = json_parameters(files or [_empty(self)])
                history.stage(connection, source.table, sql("raw_xero", source.name), parameters, merging)
            watermark = totals.source_started_at or bookkeeping.covered_until(connection, read_at - started_at)
            counts = history.merge(connection, source.table, merging, is_complete=is_complete)
            report = ExtractReport(
                source=key,
                mode=mode,
                asked_from_at=since,
                source_started_at=totals.source_started_at or started_at,
                started_at=started_at,
                finished_at=self.clock.now(),
                pages=totals.pages,
                calls=totals.pages,
                bytes_read=totals.bytes_read,
                expected_rows=totals.expected_rows,
                rows_read=totals.rows_read,
                counts=counts,
                amount_read=totals.amount if source.amount_field else None,
                rows_by_day=bookkeeping.rows_by_day(connection),
                watermark_at=watermark if totals.rows_read else None,
                drifts=self._drifts(connection, source),
            )
            bookkeeping.record_extract(connection, report, self.run_id)
            bookkeeping.record_drift(connection, key, report.drifts, merging.known_at)
            self._move_cursor(connection, key, report)
        return report

    def _move_cursor(self, connection: duckdb.DuckDBPyConnection, key: Source, report: ExtractReport) -> None:
        if report.watermark_at is None:
            return
        cursor = bookkeeping.read_cursor(connection, key)
        covers_from_cursor = report.asked_from_at is None or (cursor is not None and report.asked_from_at <= cursor)
        if covers_from_cursor:
            bookkeeping.move_cursor(
                connection, key, report.watermark_at, moved_at=report.finished_at, run_id=self.run_id
            )

    def _drifts(self, connection: duckdb.DuckDBPyConnection, source: XeroSource) -> tuple[Drift, ...]:
        known = known_fields(source.model)
        fields = connection.execute(
            f"""select distinct unnest(json_keys(payload)) from (
                select payload from staged limit {_DRIFT_SAMPLE_ROWS})"""
        ).fetchall()
        drifts = [
            Drift("unknown_field", row[0], "")
            for row in fields
            if row[0] not in known and row[0] != "ID" and not row[0].endswith("String")  # twins of the id and of dates
        ]
        for column, values in source.known_values:
            seen = connection.execute(f"select distinct {column} from staged where {column} is not null").fetchall()
            drifts += [Drift("unknown_value", column, str(row[0])[:80]) for row in seen if row[0] not in values]
        return tuple(sorted(drifts, key=lambda drift: (drift.kind, drift.field, drift.example)))


def _together(source: XeroSource, first: PageTotals, again: PageTotals) -> PageTotals:
    """What two walks of the same pages showed; the earlier start, the later statements.

    Raises:
        MalformedResponse: rows may still be missing. Rows that the source itself sends twice, in both walks, are not.
    """
    has_doubles = again.amounts.keys() == first.amounts.keys() and again.rows_read >= (again.expected_rows or 0)
    again.source_started_at = first.source_started_at
    again.amounts = first.amounts | again.amounts
    again.pages += first.pages
    again.bytes_read += first.bytes_read
    again.rows_read += first.rows_read
    if again.has_shrunk or (again.may_lack_rows and not has_doubles):
        raise MalformedResponse(
            f"Xero states {again.expected_rows} rows of {source.name} and showed {len(again.amounts)} of them in two "
            f"walks of all pages{', while rows vanish' if again.has_shrunk else ''}.",
            system="xero",
            remedy="Nothing was stored and the cursor stays. Run the same command again.",
        )
    return again


def _empty(extraction: XeroExtraction) -> str:
    path = extraction.spool_root / "empty.json"
    path.write_text("[]", encoding="utf-8")
    return str(path)
