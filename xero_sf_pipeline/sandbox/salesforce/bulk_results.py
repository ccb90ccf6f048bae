"""The result of a Bulk 2.0 query: CSV rows in a temporary file, cut into pages on demand.

Belongs here: the CSV form of values (quoted, `.000Z`, E-notation) and locators. Does not belong here: what may be
queried in bulk (`bulk_query`). The rows are written once, in SQL, so a page of any size is one slice of the file.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import tempfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused
from xero_sf_pipeline.sandbox.salesforce.schema import FieldType
from xero_sf_pipeline.sandbox.salesforce.soql.compiler import Column, Compiled
from xero_sf_pipeline.sandbox.salesforce.storage import Storage

_CHUNK_ROWS = 20_000
_MAX_ARGUMENTS = 90
"""Columns per call of SQLite's printf, which takes at most 127 arguments."""


class QueryResult:
    """All rows of one query as CSV."""

    def __init__(self, header: bytes) -> None:
        self.header = header
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the jobs that show it
        self._ends = array("Q", [0])

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self._ends) - 1

    def append(self, rows: Iterator[bytes]) -> None:
        """Write rows behind those already there."""
        end = self._ends[-1]
        lines = []
        for line in rows:
            lines.append(line)
            end += len(line)
            self._ends.append(end)
        self._file.write(b"".join(lines))

    def page(self, start: int, size: int) -> tuple[bytes, int]:
        """Return header and rows from `start` on, at most `size` of them, and the row after the last one."""
        end = min(start + size, self.count)
        self._file.flush()
        length = self._ends[end] - self._ends[start]
        body = os.pread(self._file.fileno(), length, self._ends[start])
        return self.header + body, end

    def __del__(self) -> None:
        self._file.close()


@dataclass(frozen=True)
class ResultKey:
    """What a result follows from: the same statement for the same rows of an org that has not changed since."""

    sql: str
    header: str
    rows: bytes
    writes: int
    today: str


class QueryResults:
    """Makes results, and gives out the newest one again while it would come out the same.

    Jobs share a result then; its file goes when the last of them does. The real API works on a job while nobody waits;
    here the caller does.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._newest: tuple[ResultKey, QueryResult] | None = None

    def run(self, compiled: Compiled, rows: array[int], delimiter: str, line_ending: str, today: str) -> QueryResult:
        """Return all rows as CSV. The caller holds the storage's lock."""
        header = delimiter.join(f'"{column.label}"' for column in compiled.columns) + line_ending
        sql = compiled.page_sql(_line_sql(compiled.columns, delimiter, line_ending))
        key = ResultKey(sql, header, rows.tobytes(), self._storage.writes, today)
        if self._newest is None or self._newest[0] != key:
            self._newest = None
            self._newest = key, run_query(self._storage, sql, header, rows)
        return self._newest[1]

    def forget(self) -> None:
        """Keep nothing."""
        self._newest = None


def run_query(storage: Storage, sql: str, header: str, rows: array[int]) -> QueryResult:
    """Read all matching rows into a result. Numbers, dates and nulls get their bulk form."""
    result = QueryResult(header.encode())
    for start in range(0, len(rows), _CHUNK_ROWS):
        chunk = json.dumps(rows[start : start + _CHUNK_ROWS].tolist())
        result.append(line.encode() for (line,) in storage.read(sql, (chunk,)))
    return result


def _line_sql(columns: list[Column], delimiter: str, line_ending: str) -> str:
    pieces = []
    for start in range(0, len(columns), _MAX_ARGUMENTS):
        group = columns[start : start + _MAX_ARGUMENTS]
        last = start + len(group) == len(columns)
        pattern = delimiter.join(['"%w"'] * len(group)) + ("" if last else delimiter)
        pieces.append(f"printf('{pattern}', {', '.join(_cell_sql(column) for column in group)})")
    ending = "char(10)" if line_ending == "\n" else "char(13, 10)"
    return " || ".join([*pieces, ending])


def _cell_sql(column: Column) -> str:
    sql, field = column.parts[0], column.field
    if field.type is FieldType.BOOLEAN:
        return f"case {sql} when 1 then 'true' when 0 then 'false' else '' end"
    if field.type is FieldType.INT:
        return f"coalesce({sql}, '')"
    if field.type.is_number:
        unit = 10**field.scale
        plain = f"when {sql} % {unit} = 0 and abs({sql}) < {10**7 * unit} then ({sql} / {unit}) || '.0'"
        return f"case when {sql} is null then '' {plain} else java_double({sql}, {field.scale}) end"
    return f"coalesce({sql}, '')"


def encode_locator(row: int) -> str:
    """Return the opaque locator of the page that starts at a row."""
    return base64.urlsafe_b64encode(f"MTAw{row}".encode()).decode().rstrip("=")


def decode_locator(locator: str) -> int:
    """Return the row of a locator. Raises RequestRefused for text that is none."""
    try:
        text = base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode()
        if not text.startswith("MTAw"):
            raise ValueError(text)
        return int(text.removeprefix("MTAw"))
    except (ValueError, binascii.Error):
        raise RequestRefused(400, "INVALID_QUERY_LOCATOR", "invalid query locator") from None
