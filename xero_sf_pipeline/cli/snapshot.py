"""Reads the newest published snapshot for commands: rows as dictionaries, never the live warehouse."""

from __future__ import annotations

from typing import Any

import duckdb

from xero_sf_pipeline.errors import PipelineError
from xero_sf_pipeline.settings import Settings
from xero_sf_pipeline.warehouse.snapshots import reading_snapshot
from xero_sf_pipeline.warehouse.statements import sql

Row = dict[str, Any]


def rows(settings: Settings, statement: str, parameters: dict[str, Any] | None = None) -> list[Row]:
    """All rows of `sql/cli/<statement>.sql` on the newest snapshot.

    Raises:
        NotFound: nothing has been published yet.
    """
    with reading_snapshot(settings.snapshot_dir) as connection:
        return fetch(connection, sql("cli", statement), parameters)


def ad_hoc(settings: Settings, text: str) -> list[Row]:
    """All rows of a person's own statement on the newest snapshot.

    Raises:
        PipelineError: DuckDB does not accept the statement.
        NotFound: nothing has been published yet.
    """
    with reading_snapshot(settings.snapshot_dir) as connection:
        try:
            return fetch(connection, text)
        except duckdb.Error as error:
            raise PipelineError(f"DuckDB did not accept the statement: {error}", remedy=_remedy(error)) from None


def _remedy(error: duckdb.Error) -> str:
    if isinstance(error, duckdb.CatalogException):
        return 'The tables: xero-sf sql "select table_schema, table_name from information_schema.tables order by all"'
    return "A snapshot can only be read." if "read-only" in str(error) else ""


def fetch(connection: duckdb.DuckDBPyConnection, text: str, parameters: dict[str, Any] | None = None) -> list[Row]:
    """All rows of a statement as dictionaries."""
    cursor = connection.execute(text, parameters or {})
    if cursor is None:  # DuckDB's answer to a statement that is only a comment
        return []
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
