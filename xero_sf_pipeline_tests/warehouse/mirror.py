"""A small raw history table and its walks, for tests of the merge laws.

A record's content follows from its id and its stamp, as in the source systems: the same version always reads the same.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import duckdb

from xero_sf_pipeline.warehouse import history
from xero_sf_pipeline.warehouse.schema import create_schema

USERS = history.HistoryTable("raw_salesforce", "users", "org_id", "sf_user_id", ("updated_at",))
ORG = "org-1"
_FIRST_DAY = datetime(2026, 3, 1, tzinfo=UTC)
_RECORDS = """
select *, to_json(typed)::varchar as payload from (
    select
        unnest($ids::varchar[]) as sf_user_id,
        unnest($names::varchar[]) as user_name,
        unnest($stamps::timestamptz[]) as updated_at,
        unnest($deleted::boolean[]) as is_deleted
) typed
"""


class Record(NamedTuple):
    """One record as a page shows it. `stamp` is the day of its last change, None when the source left it out."""

    sf_user_id: str
    stamp: int | None
    is_deleted: bool = False


class Known(NamedTuple):
    """What the mirror holds of a record at some instant."""

    user_name: str
    is_deleted: bool


def hour(number: float) -> datetime:
    """An instant of the mirror's own time."""
    return _FIRST_DAY + timedelta(days=100, hours=number)


class Mirror:
    """The history of one table in memory."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(":memory:")
        self.connection.execute("set timezone = 'UTC'")
        create_schema(self.connection)

    def clear(self) -> None:
        self.connection.execute("delete from raw_salesforce.users")
        self.connection.execute("delete from ops.quarantine")

    def walk(
        self,
        records: list[Record],
        at: float,
        *,
        began_at: float | None = None,
        is_complete: bool = False,
        org: str = ORG,
    ) -> history.MergeCounts:
        """Merge what a walk read; it began six minutes before unless told."""
        walk = history.Walk(org, f"run at {at}", hour(at - 0.1 if began_at is None else began_at), hour(at))
        columns: dict[str, Any] = {
            "ids": [record.sf_user_id for record in records],
            "names": [name_of(record) for record in records],
            "stamps": [None if r.stamp is None else _FIRST_DAY + timedelta(days=r.stamp) for r in records],
            "deleted": [record.is_deleted for record in records],
        }
        history.stage(self.connection, USERS, _RECORDS, columns, walk)
        return history.merge(self.connection, USERS, walk, is_complete=is_complete)

    def rows(self) -> list[tuple[Any, ...]]:
        """Every version: id, name, deleted, from, to."""
        return self.connection.execute(
            "select sf_user_id, user_name, is_deleted, known_from, known_to from raw_salesforce.users order by all"
        ).fetchall()

    def current(self) -> dict[str, Known]:
        rows = self.connection.execute(
            "select sf_user_id, user_name, is_deleted from raw_salesforce.users_current"
        ).fetchall()
        assert len({row[0] for row in rows}) == len(rows), "two current versions of one record"
        return {row[0]: Known(*row[1:]) for row in rows}

    def as_known(self, at: float) -> dict[str, Known]:
        """What was known at an instant."""
        rows = self.connection.execute(
            "select sf_user_id, user_name, is_deleted from raw_salesforce.users "
            "where known_from <= $at and (known_to is null or known_to > $at)",
            {"at": hour(at)},
        ).fetchall()
        assert len({row[0] for row in rows}) == len(rows), "two versions of one record at one instant"
        return {row[0]: Known(*row[1:]) for row in rows}


def name_of(record: Record) -> str:
    return f"{record.sf_user_id} as of day {record.stamp}"
