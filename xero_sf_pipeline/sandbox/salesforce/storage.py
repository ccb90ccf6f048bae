"""The org's records in SQLite: one table per object, one column per stored field.

Belongs here: the connection, its lock, table creation, transactions, serial numbers, commit stamps and the SQL
functions that other modules rely on. Does not belong here: any rule about what may be written (`writes`) or read
(`soql`).

Stored forms: text as it is (never the empty string: Salesforce keeps null instead), numbers as whole numbers of
10^-scale, booleans 0/1, dates `YYYY-MM-DD`, datetimes `YYYY-MM-DDTHH:MM:SS.000Z`, references as 18-character ids.
"""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.sandbox.salesforce.ids import make_id
from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType, ObjectType
from xero_sf_pipeline.sandbox.salesforce.values import datetime_to_storage, java_double

Stored = str | int | None
_COLUMN_TYPES = {FieldType.BOOLEAN: "integer", FieldType.INT: "integer", FieldType.DOUBLE: "integer"}
_COLUMN_TYPES |= {FieldType.CURRENCY: "integer", FieldType.PERCENT: "integer"}


class Storage:
    """The database of one org. Every access holds `lock`: one connection serves all threads."""

    def __init__(self, path: str, clock: Clock, today: Callable[[], str]) -> None:
        self.lock = threading.RLock()
        self._clock = clock
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, cached_statements=512)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        self._db.execute("pragma temp_store = memory")
        self._db.execute("pragma cache_size = -65536")
        self._db.create_function("java_double", 2, java_double, deterministic=True)
        self._db.create_function("fold", 1, _fold, deterministic=True)
        self._db.create_function("org_today", 0, today)
        self._db.create_function("org_now", 0, lambda: datetime_to_storage(clock.now().replace(microsecond=0)))
        self._db.execute("create table if not exists _setting (name text primary key, value text) without rowid")
        self._db.execute(
            "create table if not exists _deleted (object text, id text, deleted_at text, primary key (object, id))"
        )
        self._db.execute(
            "create table if not exists _component (kind text, name text, xml text, primary key (kind, name))"
        )
        self.writes = 0
        """Counts everything that may have changed a record: what was read at the same count is still true."""
        self._depth = 0
        self._stamp: str | None = None
        self._serials: dict[str, int] = {}

    def close(self) -> None:
        with self.lock:
            self._db.close()

    def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a select and return all its rows."""
        with self.lock:
            return self._db.execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Run a select and return its first row, or None."""
        with self.lock:
            row: tuple[Any, ...] | None = self._db.execute(sql, parameters).fetchone()
            return row

    def write(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement that changes something; return how many rows it touched."""
        with self.lock:
            self.writes += 1
            return self._db.execute(sql, parameters).rowcount

    def write_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        with self.lock:
            self.writes += 1
            self._db.executemany(sql, rows)

    @contextmanager
    def transaction(self) -> Iterator[str]:
        """Hold the org for one commit and yield its stamp; an inner use joins the outer one through a savepoint.

        The stamp is the clock's instant cut to the second, and never earlier than the commit before: a clock that is
        set back does not make `SystemModstamp` run backwards.
        """
        with self.lock:
            outermost = self._depth == 0
            name = f"level{self._depth}"
            self._db.execute("begin immediate" if outermost else f"savepoint {name}")
            self._depth += 1
            if outermost:
                self._stamp = self._next_stamp()
            try:
                assert self._stamp is not None
                yield self._stamp
            except BaseException:
                self._depth -= 1
                self.writes += 1
                if outermost:
                    self._serials.clear()
                    self._db.execute("rollback")
                else:
                    self._db.execute(f"rollback to {name}")
                    self._db.execute(f"release {name}")
                raise
            self._depth -= 1
            if outermost:
                self._keep_serials()
            self._db.execute("commit" if outermost else f"release {name}")

    def _next_stamp(self) -> str:
        now = datetime_to_storage(self._clock.now().replace(microsecond=0))
        stamp = max(now, self.setting("last_stamp") or now)
        self.set_setting("last_stamp", stamp)
        return stamp

    def setting(self, name: str) -> str | None:
        row = self.one("select value from _setting where name = ?", (name,))
        return None if row is None else row[0]

    def set_setting(self, name: str, value: str) -> None:
        with self.lock:
            self._db.execute("insert or replace into _setting values (?, ?)", (name, value))

    def next_serial(self, name: str) -> int:
        """Count up a named serial number (record ids by key prefix, auto numbers by field)."""
        with self.lock:
            known = self._serials.get(name)
            value = (int(self.setting(f"serial {name}") or 0) if known is None else known) + 1
            self._serials[name] = value
            if self._depth == 0:
                self._keep_serials()
            return value

    def raise_serial(self, name: str, at_least: int) -> None:
        """Let a serial number go on behind numbers that came from elsewhere."""
        with self.lock:
            current = self._serials.get(name, int(self.setting(f"serial {name}") or 0))
            self._serials[name] = max(current, at_least)
            if self._depth == 0:
                self._keep_serials()

    def _keep_serials(self) -> None:
        for name, value in self._serials.items():
            self.set_setting(f"serial {name}", str(value))
        self._serials.clear()

    def new_id(self, one: ObjectType) -> str:
        """Return an id that no record of this object has."""
        while True:
            candidate = make_id(one.key_prefix, self.next_serial(one.key_prefix))
            if self.one(f'select 1 from {quoted(one.name)} where "Id" = ?', (candidate,)) is None:
                return candidate

    def ensure_table(self, one: ObjectType) -> None:
        """Create the object's table, or add the columns that it does not have yet."""
        with self.lock:
            self.writes += 1
            table = quoted(one.name)
            present = {row[1].lower() for row in self._db.execute(f"pragma table_info({table})")}
            missing = [f for f in one.stored() if f.name.lower() not in present | {"id", "isdeleted"}]
            columns = [f"{quoted(field.name)} {_COLUMN_TYPES.get(field.type, 'text')}" for field in missing]
            if not present:
                keys = (
                    '"_row" integer primary key',
                    '"Id" text not null unique',
                    '"IsDeleted" integer not null default 0',
                )
                self._db.execute(f"create table {table} ({', '.join([*keys, *columns])})")
            else:
                for field, column in zip(missing, columns, strict=True):
                    self._db.execute(f"alter table {table} add column {column}")
                    if field.type is FieldType.BOOLEAN:
                        preset = int(bool(field.default))
                        self._db.execute(f"update {table} set {quoted(field.name)} = {preset}")
            for field in one.stored():
                if _wants_index(field):
                    self._index(one, field)

    def _index(self, one: ObjectType, field: Field) -> None:
        unique = "unique " if field.unique else ""
        collation = "" if field.case_sensitive or field.type in _EXACT else " collate nocase"
        where = ' where "IsDeleted" = 0' if field.unique else ""
        self._db.execute(
            f"create {unique}index if not exists {quoted(f'{one.name}.{field.name}')}"
            f" on {quoted(one.name)} ({quoted(field.name)}{collation}){where}"
        )


_EXACT = {FieldType.REFERENCE, FieldType.DATETIME, FieldType.ID}
_UNINDEXED_REFERENCES = {"CreatedById", "LastModifiedById", "OwnerId", "MasterRecordId"}


def _wants_index(field: Field) -> bool:
    if field.type is FieldType.REFERENCE:
        return field.name not in _UNINDEXED_REFERENCES
    return field.unique or field.external_id or field.name == "SystemModstamp"


def quoted(name: str) -> str:
    """Quote an identifier. Only names out of the schema reach SQL this way, never a caller's text."""
    return '"' + name.replace('"', '""') + '"'


def _fold(text: str | int | None) -> str | int | None:
    return text.casefold() if isinstance(text, str) else text


def aware_now(clock: Clock) -> datetime:
    """Return the clock's instant in UTC, cut to the second as Salesforce stamps it."""
    return clock.now().astimezone(UTC).replace(microsecond=0)
