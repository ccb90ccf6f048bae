"""Finds the text of a SQL statement by schema and table.

One file per derived table in `sql/<schema>/<table>.sql`. Values reach a statement as `$named` parameters only; text is
never put together from data.
"""

from __future__ import annotations

import atexit
from functools import cache
from importlib.resources import files

import duckdb

_parsed: dict[tuple[str, str], duckdb.Statement] = {}


@cache
def sql(schema: str, name: str) -> str:
    """Return the text of `sql/<schema>/<name>.sql`.

    Raises:
        FileNotFoundError: there is no such statement.
    """
    return files("xero_sf_pipeline").joinpath("sql", schema, f"{name}.sql").read_text(encoding="utf-8")


def parsed(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> duckdb.Statement:
    """Return the one statement of `sql/<schema>/<name>.sql`, read by DuckDB's parser once per process.

    A fifth of a long statement's time over few rows is its parsing. DuckDB copies the statement at each execution, so
    that any connection may execute it.

    Raises:
        FileNotFoundError: there is no such statement.
        ValueError: the file holds more than one.
    """
    found = _parsed.get((schema, name))
    if found is None:
        if not _parsed:
            atexit.register(_parsed.clear)  # what outlives DuckDB's own parts is reported as leaked
        (found,) = connection.extract_statements(sql(schema, name))
        _parsed[schema, name] = found
    return found
