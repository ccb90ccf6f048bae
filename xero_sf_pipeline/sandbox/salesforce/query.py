"""Running SOQL for the REST API: result pages, cursors, and the JSON of records.

Belongs here: what `/query` and `/queryAll` return and how a result goes on over several pages. Does not belong here:
the language itself (`soql`) or the Bulk API's CSV (`bulk_query`).
"""

from __future__ import annotations

import json
import secrets
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused
from xero_sf_pipeline.sandbox.salesforce.ids import make_id
from xero_sf_pipeline.sandbox.salesforce.schema import FieldType, ObjectType
from xero_sf_pipeline.sandbox.salesforce.soql.compiler import Column, Compiled, Parent, Today, View, compile_query
from xero_sf_pipeline.sandbox.salesforce.soql.parser import parse
from xero_sf_pipeline.sandbox.salesforce.storage import Storage
from xero_sf_pipeline.sandbox.salesforce.values import json_converter, to_json

DEFAULT_BATCH = 2000
MIN_BATCH = 200
LONG_TEXT_BATCH = 200
CURSOR_LIFE = timedelta(days=2)
_MAX_GROUPS = 2000


@dataclass
class Cursor:
    """A result read page by page: its rows are fixed when the query starts, their values when a page is read."""

    compiled: Compiled
    rows: array[int]
    batch: int
    expires: datetime


class Queries:
    """Runs queries of one org and keeps their cursors."""

    def __init__(self, storage: Storage, view: View, today: Callable[[], Today], now: Callable[[], datetime]) -> None:
        self._storage = storage
        self._view = view
        self._today = today
        self._now = now
        self._cursors: dict[str, Cursor] = {}
        self.page_rows: int | None = None
        """At most this many records on a page: the batch size is advice, the server may return fewer."""

    def compile(self, text: str, *, include_deleted: bool) -> Compiled:
        """Parse and check a query. Raises RequestRefused in Salesforce's words."""
        return compile_query(parse(text), self._view, self._today(), include_deleted=include_deleted)

    def rows(self, compiled: Compiled) -> array[int]:
        """Return the numbers of the matching rows, in order."""
        sql, parameters = compiled.rows_sql()
        return array("q", (row[0] for row in self._storage.read(sql, parameters)))

    def first_page(self, text: str, version: str, *, include_deleted: bool, batch: int | None = None) -> dict[str, Any]:
        """Run a query and return the body of its first page."""
        compiled = self.compile(text, include_deleted=include_deleted)
        if compiled.query.is_plain_count:
            return {"totalSize": len(self.rows(compiled)), "done": True, "records": []}
        if compiled.query.is_aggregate:
            return self._aggregate(compiled)
        size = max(MIN_BATCH, min(batch or DEFAULT_BATCH, DEFAULT_BATCH))
        if sum(column.field.is_long_text for column in compiled.columns) >= 2:
            size = min(size, LONG_TEXT_BATCH)
        size = min(size, self.page_rows or size)
        cursor = Cursor(compiled, self.rows(compiled), size, self._now() + CURSOR_LIFE)
        locator = ""
        if len(cursor.rows) > size:
            locator = make_id("01g", secrets.randbelow(62**6))
            self._cursors[locator] = cursor
        return self._page(cursor, locator, 0, version)

    def next_page(self, locator: str, version: str) -> dict[str, Any]:
        """Return the page that a `nextRecordsUrl` names. Raises INVALID_QUERY_LOCATOR for unknown or old ones."""
        name, _, start = locator.rpartition("-")
        cursor = self._cursors.get(name)
        if cursor is None or not start.isdigit() or cursor.expires < self._now() or int(start) > len(cursor.rows):
            raise RequestRefused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(cursor, name, int(start), version)

    def drop_cursors(self) -> None:
        """Forget all cursors, as the server does after two days."""
        self._cursors.clear()

    def _page(self, cursor: Cursor, locator: str, start: int, version: str) -> dict[str, Any]:
        end = min(start + cursor.batch, len(cursor.rows))
        done = end >= len(cursor.rows)
        body: dict[str, Any] = {"totalSize": len(cursor.rows), "done": done}
        if not done:
            body["nextRecordsUrl"] = f"/services/data/v{version}/query/{locator}-{end}"
        body["records"] = self.records(cursor.compiled, cursor.rows[start:end], version)
        return body

    def records(self, compiled: Compiled, rows: array[int], version: str) -> list[dict[str, Any]]:
        """Read rows and return them as REST records, in order."""
        shape = RecordShape(compiled, version)
        found = self._storage.read(compiled.page_sql(shape.sql), (json.dumps(rows.tolist()),))
        return [shape.record(row) for row in found]

    def _aggregate(self, compiled: Compiled) -> dict[str, Any]:
        sql, parameters = compiled.aggregate_sql()
        rows = self._storage.read(sql, parameters)
        if len(rows) > _MAX_GROUPS:
            raise RequestRefused(
                400,
                "EXCEEDED_ID_LIMIT",
                "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch",
            )
        names = [column.name for column in compiled.columns]
        records = [
            {"attributes": {"type": "AggregateResult"}}
            | {
                name: to_json(column.field, value)
                for name, column, value in zip(names, compiled.columns, row, strict=True)
            }
            for row in rows
        ]
        return {"totalSize": len(records), "done": True, "records": records}


class RecordShape:
    """How a query's SQL row becomes a JSON record with its `attributes` and nested parents."""

    def __init__(self, compiled: Compiled, version: str) -> None:
        self._base = compiled.base
        self._prefix = f"/services/data/v{version}/sobjects/"
        expressions = ['t."Id"']
        self._parents: list[tuple[Parent, int, ObjectType | None]] = []
        for parent in compiled.parents.values():
            self._parents.append((parent, len(expressions), None if parent.is_polymorphic else parent.types[0]))
            expressions.append(parent.id_sql)
        self._columns: list[tuple[Column, int]] = []
        for column in compiled.columns:
            self._columns.append((column, len(expressions)))
            expressions.extend(column.parts)
        self.sql = ", ".join(expressions)
        self._by_path = {parent.path: (parent, at, kind) for parent, at, kind in self._parents}
        self._prefixes = {one.key_prefix: one.name for parent, _, _ in self._parents for one in parent.types}
        self._names = [column.name for column in compiled.columns]
        self._first = 1 + len(self._parents)
        self._conversions = [
            (column.name, convert)
            for column in compiled.columns
            if (convert := json_converter(column.field)) is not None
        ]
        self._flat = all(not c.parents and c.field.type is not FieldType.ADDRESS for c, _ in self._columns)

    def record(self, row: tuple[Any, ...]) -> dict[str, Any]:
        """Return one record."""
        result: dict[str, Any] = {"attributes": self._attributes(self._base.name, row[0])}
        if self._flat:
            result.update(zip(self._names, row[self._first :], strict=True))
            for name, convert in self._conversions:
                if result[name] is not None:
                    result[name] = convert(result[name])
            return result
        for column, at in self._columns:
            holder = self._holder(result, column.parents, row)
            if holder is not None:
                holder[column.name] = self._value(column, row, at)
        return result

    def _holder(self, result: dict[str, Any], path: tuple[str, ...], row: tuple[Any, ...]) -> dict[str, Any] | None:
        holder = result
        for depth, name in enumerate(path):
            if name not in holder:
                _, at, kind = self._by_path[path[: depth + 1]]
                identity = row[at]
                holder[name] = None
                if identity is not None:
                    actual = kind.name if kind is not None else self._prefixes[identity[:3]]
                    holder[name] = {"attributes": self._attributes(actual, identity)}
                    if kind is None:
                        holder[name]["attributes"]["type"] = "Name"
            if holder[name] is None:
                return None
            holder = holder[name]
        return holder

    def _attributes(self, name: str, identity: str) -> dict[str, str]:
        return {"type": name, "url": f"{self._prefix}{name}/{identity}"}

    def _value(self, column: Column, row: tuple[Any, ...], at: int) -> Any:
        if column.field.type is not FieldType.ADDRESS:
            return to_json(column.field, row[at])
        return address_json(column.field.components, row[at : at + len(column.parts)])


def address_json(components: tuple[str, ...], values: tuple[Any, ...]) -> dict[str, Any] | None:
    """Put a compound address together, keys in alphabetical order as the API gives them; null when all is empty."""
    if all(value is None for value in values):
        return None
    prefix = len(components[0]) - len("Street")
    names = [name[prefix].lower() + name[prefix + 1 :] for name in components]
    found = dict(zip(names, values, strict=True))
    for name in ("latitude", "longitude"):
        if found[name] is not None:
            found[name] = found[name] / 10**15
    return dict(sorted(found.items()))
