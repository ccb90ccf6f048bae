"""Merges what a walk read into a raw history table: one row per version seen, nothing lost, nothing doubled.

Belongs here: the merge, tombstones of a sweep, quarantine of rows that cannot be typed. Does not belong here: where the
rows come from, or what their columns mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb


@dataclass(frozen=True)
class HistoryTable:
    """A raw history table.

    Attributes:
        schema, table: its name.
        scope_column: `tenant_id` or `org_id`; a merge touches one scope only.
        key_column: the source's own id.
        required: columns without which a row cannot be used; a row that lacks one is quarantined.
        amount_column: the money column that the control total sums, if there is one.
    """

    schema: str
    table: str
    scope_column: str
    key_column: str
    required: tuple[str, ...] = ()
    amount_column: str | None = None

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}"


_REFUSED = "select count(*) from staged_refused"


@dataclass(frozen=True)
class MergeCounts:
    """What a merge did. `stored` counts distinct good rows of the walk that the table now holds (new or unchanged)."""

    distinct: int
    stored: int
    new_versions: int
    quarantined: int
    deleted: int = 0
    amount_stored: Decimal | None = None


@dataclass(frozen=True)
class Walk:
    """Who read the rows, and when.

    Attributes:
        began_at: when the reading began. What became known later cannot be missing from this walk.
        known_at: when the rows are stored: the known-from of every new version.
    """

    scope: str
    run_id: str
    began_at: datetime
    known_at: datetime


def stage(
    connection: duckdb.DuckDBPyConnection, table: HistoryTable, select: str, parameters: dict[str, Any], walk: Walk
) -> None:
    """Read the spooled rows through `select` into `staged`, newest version of each id only, for `merge`.

    Rows that lack a required column go to the temporary table `staged_refused`. The first walk of a scope has nothing
    to be compared with: its rows go straight into the history table and `staged` is a view of them there, which spares
    a second copy of every row. So whoever does not merge what is staged rolls the transaction back.
    """
    _forget_staged(connection)
    if not (_is_first(connection, table, walk) and _stage_in_place(connection, table, select, parameters, walk)):
        _stage_aside(connection, table, select, parameters)


def _forget_staged(connection: duckdb.DuckDBPyConnection) -> None:
    is_view = _count(connection, "select count(*) from duckdb_views() where view_name = 'staged' and temporary") > 0
    connection.execute("drop view if exists staged" if is_view else "drop table if exists staged")
    connection.execute("drop table if exists staged_refused")
    connection.execute("reset variable staged_scope")


def _is_in_place(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether `staged` is a view of rows that are in the history table already: then alone the variable is set."""
    return _count(connection, "select (getvariable('staged_scope') is not null)::int") > 0


def _is_first(connection: duckdb.DuckDBPyConnection, table: HistoryTable, walk: Walk) -> bool:
    known = connection.execute(f"select 1 from {table.name} where {table.scope_column} = ? limit 1", [walk.scope])
    return known.fetchone() is None


def _stage_in_place(
    connection: duckdb.DuckDBPyConnection, table: HistoryTable, select: str, parameters: dict[str, Any], walk: Walk
) -> bool:
    """Store the rows as the first versions of an empty scope; False, and nothing stored, when some cannot stay so."""
    scope = table.scope_column
    connection.execute(
        f"""insert into {table.name} by name
        select $scope as {scope}, s.*, md5(payload::varchar) as payload_hash, $known_at as known_from,
            null::timestamptz as known_to, $run_id as run_id
        from ({select}) s""",
        parameters | {"scope": walk.scope, "known_at": walk.known_at, "run_id": walk.run_id},
    )
    surplus = connection.execute(
        f"""select count(*) - count(distinct {table.key_column}), count(*) filter ({_unusable(table)})
        from {table.name} where {scope} = ?""",
        [walk.scope],
    ).fetchone()
    if surplus != (0, 0):
        connection.execute(f"delete from {table.name} where {scope} = ?", [walk.scope])
        return False
    connection.execute("set variable staged_scope = ?", [walk.scope])
    connection.execute(
        f"""create temp view staged as
        select * exclude ({scope}, known_from, known_to, run_id) from {table.name}
        where {scope} = getvariable('staged_scope') and known_to is null"""
    )
    connection.execute("create temp table staged_refused as select * from staged limit 0")
    return True


def _stage_aside(
    connection: duckdb.DuckDBPyConnection, table: HistoryTable, select: str, parameters: dict[str, Any]
) -> None:
    connection.execute(
        f"""create temp table staged as
        select *, md5(payload::varchar) as payload_hash, ({_unusable(table)}) as is_unusable from ({select})""",
        parameters,
    )
    connection.execute("create temp table staged_refused as select * from staged where is_unusable")
    if _count(connection, "select count(*) from staged_refused"):
        connection.execute("delete from staged where is_unusable")
    connection.execute("alter table staged drop column is_unusable")
    doubled = connection.execute(f"select count(*) - count(distinct {table.key_column}) from staged").fetchone()
    if doubled and doubled[0]:
        connection.execute(
            f"""create or replace temp table staged as select * from staged
            qualify row_number() over (
                partition by {table.key_column} order by updated_at desc nulls last, payload_hash) = 1"""
        )


def _unusable(table: HistoryTable) -> str:
    return " or ".join(f"{column} is null" for column in (table.key_column, *table.required))


def merge(
    connection: duckdb.DuckDBPyConnection, table: HistoryTable, walk: Walk, *, is_complete: bool = False
) -> MergeCounts:
    """Merge `staged` into the history table.

    A row whose content is known already is left alone. A row that is older than the known version is ignored: a slow
    walk never overwrites a quick one. With `is_complete`, staged holds every live row of the scope, and what it lacks
    is closed with a tombstone version.
    """
    if _is_in_place(connection):
        return _count_in_place(connection, table, walk)
    if not is_complete and not _count(connection, "select count(*) from staged"):
        return _count_of_nothing(connection, table, walk)
    key, scope = table.key_column, table.scope_column
    values = {"scope": walk.scope, "known_at": walk.known_at, "run_id": walk.run_id}
    connection.execute(
        f"""create or replace temp table changed as
        select s.{key} from staged s
        left join {table.name} t on t.{scope} = $scope and t.{key} = s.{key} and t.known_to is null
        where t.{key} is null
           or (t.payload_hash <> s.payload_hash and (s.updated_at is null or t.updated_at is null
               or s.updated_at >= t.updated_at))
           or (t.is_deleted and not s.is_deleted and (s.updated_at is null or s.updated_at >= t.updated_at))""",
        {"scope": walk.scope},
    )
    connection.execute(
        f"""update {table.name} set known_to = $known_at
        where {scope} = $scope and known_to is null and {key} in (select {key} from changed)""",
        {"scope": walk.scope, "known_at": walk.known_at},
    )
    connection.execute(
        f"""insert into {table.name} by name
        select $scope as {scope}, s.*, $known_at as known_from, null::timestamptz as known_to, $run_id as run_id
        from staged s semi join changed c on c.{key} = s.{key}""",
        values,
    )
    deleted = _close_missing(connection, table, walk) if is_complete else 0
    quarantined = _quarantine(connection, table, walk)
    return MergeCounts(
        distinct=_count(connection, "select count(*) from staged"),
        stored=_count(
            connection,
            f"""select count(*) from staged s semi join
            (select {key} from {table.name} where {scope} = $scope and known_to is null) t
            on t.{key} = s.{key}""",
            {"scope": walk.scope},
        ),
        new_versions=_count(connection, "select count(*) from changed"),
        quarantined=quarantined,
        deleted=deleted,
        amount_stored=_amount_stored(connection, table, walk),
    )


def _count_in_place(connection: duckdb.DuckDBPyConnection, table: HistoryTable, walk: Walk) -> MergeCounts:
    """Count the first walk of a scope: every row is new, and none was known that it could lack."""
    _quarantine(connection, table, walk)
    stored = _count(connection, "select count(*) from staged")
    amount = None
    if table.amount_column is not None:
        row = connection.execute(f"select coalesce(sum({table.amount_column}), 0)::decimal(38, 4) from staged")
        amount = Decimal((row.fetchone() or (0,))[0])
    return MergeCounts(distinct=stored, stored=stored, new_versions=stored, quarantined=0, amount_stored=amount)


def _count_of_nothing(connection: duckdb.DuckDBPyConnection, table: HistoryTable, walk: Walk) -> MergeCounts:
    """Count a poll that brought no usable row, as most polls do: nothing is compared and nothing is touched."""
    quarantined = _quarantine(connection, table, walk) if _count(connection, _REFUSED) else 0
    nothing = Decimal("0.0000") if table.amount_column is not None else None
    return MergeCounts(distinct=0, stored=0, new_versions=0, quarantined=quarantined, amount_stored=nothing)


def _close_missing(connection: duckdb.DuckDBPyConnection, table: HistoryTable, walk: Walk) -> int:
    key, scope = table.key_column, table.scope_column
    connection.execute(
        f"""create or replace temp table vanished as
        select * from {table.name} t
        where t.{scope} = $scope and t.known_to is null and not t.is_deleted and t.known_from < $began_at
          and t.{key} not in (select {key} from staged)
          and t.{key} not in (select {key} from staged_refused where {key} is not null)""",
        {"scope": walk.scope, "began_at": walk.began_at},
    )
    connection.execute(
        f"""update {table.name} set known_to = $known_at
        where {scope} = $scope and known_to is null and {key} in (select {key} from vanished)""",
        {"scope": walk.scope, "known_at": walk.known_at},
    )
    connection.execute(
        f"""insert into {table.name} by name
        select * replace ($known_at as known_from, null::timestamptz as known_to, true as is_deleted,
            $run_id as run_id) from vanished""",
        {"known_at": walk.known_at, "run_id": walk.run_id},
    )
    return _count(connection, "select count(*) from vanished")


def _quarantine(connection: duckdb.DuckDBPyConnection, table: HistoryTable, walk: Walk) -> int:
    """Keep what cannot be used, once for each record; a record that can be used now is resolved."""
    key = table.key_column
    record = {"source": table.schema, "entity": table.table, "scope": walk.scope, "known_at": walk.known_at}
    is_waiting = "q.source = $source and q.entity = $entity and q.tenant_id = $scope and q.resolved_at is null"
    connection.execute(
        f"""update ops.quarantine q set resolved_at = $known_at
        where {is_waiting} and q.record_id in (select {key} from staged)""",
        record,
    )
    refused = _count(connection, _REFUSED)
    if not refused:
        return 0
    missing = " || ".join(
        f"case when {column} is null then '{column} ' else '' end" for column in (key, *table.required)
    )
    connection.execute(
        f"""create or replace temp table waiting as
        select coalesce({key}, md5(payload::varchar)) as record_id, 'cannot be read: ' || trim({missing}) as problem,
            payload from staged_refused
        qualify row_number() over (
            partition by coalesce({key}, md5(payload::varchar))
            order by updated_at desc nulls last, payload::varchar) = 1"""
    )
    connection.execute(
        f"""update ops.quarantine q set last_seen_at = $known_at, problem = w.problem, payload = w.payload
        from waiting w where {is_waiting} and q.record_id = w.record_id""",
        record,
    )
    connection.execute(
        f"""insert into ops.quarantine
        select $source, $scope, $entity, record_id, problem, payload, $known_at, $known_at, null, $run_id from waiting
        where record_id not in (select q.record_id from ops.quarantine q where {is_waiting})""",
        record | {"run_id": walk.run_id},
    )
    return refused


def _amount_stored(connection: duckdb.DuckDBPyConnection, table: HistoryTable, walk: Walk) -> Decimal | None:
    if table.amount_column is None:
        return None
    row = connection.execute(
        f"""select coalesce(sum(t.{table.amount_column}), 0)::decimal(38, 4) from {table.name} t
        semi join staged s on s.{table.key_column} = t.{table.key_column}
        where t.{table.scope_column} = $scope and t.known_to is null""",
        {"scope": walk.scope},
    ).fetchone()
    return Decimal(row[0]) if row else None


def _count(connection: duckdb.DuckDBPyConnection, statement: str, parameters: dict[str, Any] | None = None) -> int:
    row = connection.execute(statement, parameters or {}).fetchone()
    return int(row[0]) if row else 0


def columns_of(connection: duckdb.DuckDBPyConnection, table: HistoryTable) -> Sequence[tuple[str, str]]:
    """The table's columns as (name, DuckDB type), in order."""
    rows = connection.execute(f"describe {table.name}").fetchall()
    return [(row[0], row[1]) for row in rows]
