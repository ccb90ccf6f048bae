"""What a walk leaves behind beside its rows: cursor, control totals, drift, small facts.

All functions work inside the caller's transaction.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from xero_sf_pipeline.errors import MalformedResponse
from xero_sf_pipeline.warehouse.history import MergeCounts


@dataclass(frozen=True)
class Source:
    """One entity of one tenant or org."""

    system: str
    scope: str
    entity: str


@dataclass(frozen=True)
class Drift:
    """Something the source sends and this version does not know."""

    kind: str
    field: str
    example: str


@dataclass(frozen=True)
class ExtractReport:
    """One finished walk: its control totals and what it changed.

    Attributes:
        mode: poll (since the cursor), full (everything), range (a backfill), sweep (everything, deletes looked for).
        expected_rows: how many rows the source said there were; None when it does not say.
        rows_by_day: UTC day of the source's own change time -> distinct rows read.
        amount_read / amount_stored: sum of the entity's money column over the distinct rows, mixed currencies; a
            control figure, not a business figure.
    """

    source: Source
    mode: str
    asked_from_at: datetime | None
    source_started_at: datetime
    started_at: datetime
    finished_at: datetime
    pages: int
    calls: int
    bytes_read: int
    expected_rows: int | None
    rows_read: int
    counts: MergeCounts
    amount_read: Decimal | None
    rows_by_day: dict[date, int] = field(default_factory=dict)
    watermark_at: datetime | None = None
    drifts: tuple[Drift, ...] = ()

    @property
    def ties(self) -> bool:
        """Whether everything that was read is stored or in quarantine, to the row and to the cent."""
        counts = self.counts
        rows_tie = counts.stored == counts.distinct and (
            self.expected_rows is None or counts.distinct + counts.quarantined >= self.expected_rows
        )
        money_ties = counts.quarantined > 0 or self.amount_read is None or self.amount_read == counts.amount_stored
        return rows_tie and money_ties


def read_cursor(connection: duckdb.DuckDBPyConnection, source: Source) -> datetime | None:
    """The instant that the last stored walk covers, or None before the first one."""
    row = connection.execute(
        "select watermark_at from ops.cursors where source = ? and tenant_id = ? and entity = ?",
        [source.system, source.scope, source.entity],
    ).fetchone()
    return row[0] if row else None


def move_cursor(
    connection: duckdb.DuckDBPyConnection, source: Source, watermark: datetime, *, moved_at: datetime, run_id: str
) -> None:
    """Move the cursor forward, never back."""
    connection.execute(
        """insert into ops.cursors values ($source, $scope, $entity, $watermark, $moved_at, $run_id)
        on conflict (source, tenant_id, entity) do update set
            watermark_at = greatest(watermark_at, excluded.watermark_at),
            moved_at = excluded.moved_at, run_id = excluded.run_id""",
        {
            "source": source.system,
            "scope": source.scope,
            "entity": source.entity,
            "watermark": watermark,
            "moved_at": moved_at,
            "run_id": run_id,
        },
    )


def read_whole_at(connection: duckdb.DuckDBPyConnection, source: Source) -> datetime | None:
    """When the newest stored walk of everything began, by the source's own time; None before the first one.

    Unlike the cursor it also knows of a walk that found nothing: an organisation may have no tracking category.
    """
    row = connection.execute(
        """select max(source_started_at) from ops.extracts
        where source = ? and tenant_id = ? and entity = ? and asked_from_at is null""",
        [source.system, source.scope, source.entity],
    ).fetchone()
    return row[0] if row else None


def record_extract(connection: duckdb.DuckDBPyConnection, report: ExtractReport, run_id: str) -> None:
    """Keep the walk's control totals in `ops.extracts`."""
    counts = report.counts
    connection.execute(
        "insert into ops.extracts values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            str(uuid.uuid4()),
            report.source.system,
            report.source.scope,
            report.source.entity,
            report.mode,
            report.asked_from_at,
            report.source_started_at,
            report.started_at,
            report.finished_at,
            report.pages,
            report.calls,
            report.bytes_read,
            report.expected_rows,
            report.rows_read,
            counts.distinct,
            counts.stored,
            counts.new_versions,
            counts.deleted,
            counts.quarantined,
            report.amount_read,
            counts.amount_stored,
            run_id,
        ],
    )


def record_drift(
    connection: duckdb.DuckDBPyConnection, source: Source, drifts: Iterable[Drift], seen_at: datetime
) -> None:
    """Keep each unknown field or value once, with when it was first and last seen."""
    for drift in drifts:
        connection.execute(
            """insert into ops.drift values ($source, $entity, $kind, $field, $example, $seen_at, $seen_at, 1)
            on conflict (source, entity, drift_kind, field, example) do update set
                last_seen_at = excluded.last_seen_at, seen_count = seen_count + 1""",
            {
                "source": source.system,
                "entity": source.entity,
                "kind": drift.kind,
                "field": drift.field,
                "example": drift.example,
                "seen_at": seen_at,
            },
        )


def read_fact(connection: duckdb.DuckDBPyConnection, source: str, scope: str, name: str) -> tuple[Any, datetime] | None:
    """A small fact kept between runs, with when it was read."""
    row = connection.execute(
        "select body, read_at from ops.facts where source = ? and tenant_id = ? and name = ?", [source, scope, name]
    ).fetchone()
    return (json.loads(row[0]), row[1]) if row else None


def keep_fact(
    connection: duckdb.DuckDBPyConnection, source: str, scope: str, name: str, body: Any, read_at: datetime
) -> None:
    """Keep a small fact, replacing what was known."""
    connection.execute(
        "insert or replace into ops.facts values (?, ?, ?, ?, ?)", [source, scope, name, json.dumps(body), read_at]
    )


def forget_fact(connection: duckdb.DuckDBPyConnection, source: str, scope: str, pattern: str) -> None:
    """Forget the small facts whose name matches; `%` stands for anything."""
    connection.execute(
        "delete from ops.facts where source = ? and tenant_id = ? and name like ?", [source, scope, pattern]
    )


@contextmanager
def readable_pages(source: Source) -> Iterator[None]:
    """Staging the spooled pages.

    Raises:
        MalformedResponse: the bytes have the shape of a page and cannot be read all the same (broken UTF-8 in a text).
    """
    try:
        yield
    except duckdb.InvalidInputException as error:
        problem = str(error).splitlines()[0].rsplit(": ", 1)[-1]
        if "Malformed JSON" not in str(error) and "CSV Error" not in str(error):
            raise
        raise MalformedResponse(
            f"{source.system.capitalize()} answered {source.entity} with a page that cannot be read: {problem}",
            system=source.system,
            remedy="Nothing was stored and the cursor stays. Run the same command again; if it repeats, report it.",
        ) from error


def covered_until(connection: duckdb.DuckDBPyConnection, reading_time: timedelta) -> datetime | None:
    """An instant of the source's own time that a walk surely covers, from the rows in `staged`.

    The newest change that was read happened before the reading ended, so the newest change minus the time that the
    reading took is before it began. A row that changed after it was read is later than that.
    """
    row = connection.execute("select max(updated_at) from staged").fetchone()
    return row[0] - max(reading_time, timedelta()) if row and row[0] is not None else None


def staged_count(connection: duckdb.DuckDBPyConnection) -> int:
    """Distinct records that were read: those in `staged` and those in `staged_refused`."""
    row = connection.execute("select (select count(*) from staged) + (select count(*) from staged_refused)").fetchone()
    return int(row[0]) if row else 0


def rows_by_day(connection: duckdb.DuckDBPyConnection) -> dict[date, int]:
    """UTC day of change -> rows in `staged`."""
    rows = connection.execute(
        "select updated_at::date as day, count(*) from staged where updated_at is not null group by 1 order by 1"
    ).fetchall()
    return {row[0]: int(row[1]) for row in rows}
