"""The columns of every table, found by building the empty warehouse in memory: for column schemas in the lineage.

Belongs here: reading the shape of the tables. Does not belong here: what they mean (`docs/data_model.md`).
"""

from __future__ import annotations

from functools import cache

import duckdb

from xero_sf_pipeline import core
from xero_sf_pipeline.warehouse.schema import create_schema


@cache
def table_columns() -> dict[str, tuple[tuple[str, str], ...]]:
    """`schema.table` -> (column, DuckDB type) in order, for every table and view of an empty warehouse."""
    with duckdb.connect(":memory:") as connection:
        create_schema(connection)
        core.build(connection)
        rows = connection.execute(
            """select schema_name || '.' || table_name, column_name, data_type from duckdb_columns()
            where not internal order by schema_name, table_name, column_index"""
        ).fetchall()
    columns: dict[str, list[tuple[str, str]]] = {}
    for table, column, data_type in rows:
        columns.setdefault(table, []).append((column, data_type))
    return {table: tuple(found) for table, found in columns.items()}
