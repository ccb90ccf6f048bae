"""Reads a query's rows in slices, so that neither their number nor their width costs memory.

Belongs here: bounded reading. Does not belong here: what the rows mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import duckdb

ROWS_AT_ONCE = 10_000
"""Rows turned into Python objects at a time: keeps hundreds of thousands of rows in bounded memory."""


def rows_of(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Mapping[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a query as dicts, in slices. One such reading at a time on a connection.

    Every slice is fetched as a whole, so the connection is free for other statements meanwhile.
    """
    numbered = f"select *, row_number() over () - 1 as row_of_slice from ({query})"  # noqa: S608 - our fixed queries
    connection.execute(f"create or replace temp table rows_to_write as {numbered}", dict(parameters or {}))
    ((count,),) = connection.execute("select count(*) from rows_to_write").fetchall()
    for first in range(0, count, ROWS_AT_ONCE):
        slice_ = connection.sql(
            "select * exclude (row_of_slice) from rows_to_write where row_of_slice >= $first and row_of_slice < $last",
            params={"first": first, "last": first + ROWS_AT_ONCE},
        )
        yield from slice_.to_arrow_table().to_pylist()
    connection.execute("drop table rows_to_write")
