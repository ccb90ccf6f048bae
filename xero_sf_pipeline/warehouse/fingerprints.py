"""Tells whether the inputs of a derived stage moved since it was last built, so that an unchanged run is quick.

A raw table's fingerprint is its newest known-from, newest known-to and row count: history is append-only, so these
three cannot all stay the same when anything changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib.resources import files

import duckdb


def raw_fingerprint(connection: duckdb.DuckDBPyConnection) -> str:
    """One hash over all raw history tables."""
    tables = connection.execute(
        """select table_schema || '.' || table_name from information_schema.tables
        where table_schema in ('raw_xero', 'raw_salesforce') and table_type = 'BASE TABLE' order by 1"""
    ).fetchall()
    parts = []
    for (table,) in tables:
        row = connection.execute(
            f"select count(*), epoch_us(max(known_from)), epoch_us(max(known_to)) from {table}"  # noqa: S608
        ).fetchone()
        parts.append(f"{table}:{row}")
    return fingerprint(parts)


def fingerprint(parts: Iterable[str]) -> str:
    """A short stable hash of texts."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


@cache
def statements(schema: str) -> str:
    """A hash of all statements of a schema: a new version of the product rebuilds what its statements make."""
    folder = files("xero_sf_pipeline").joinpath("sql", schema)
    texts = sorted((entry.name, entry.read_text(encoding="utf-8")) for entry in folder.iterdir())
    return fingerprint(f"{name}\n{text}" for name, text in texts)


def built_from(connection: duckdb.DuckDBPyConnection, stage: str) -> str | None:
    """The fingerprint of the inputs that a stage was last built from."""
    row = connection.execute("select input_hash from ops.derivations where stage = ?", [stage]).fetchone()
    return str(row[0]) if row else None


def mark_built(
    connection: duckdb.DuckDBPyConnection, stage: str, input_hash: str, *, built_at: datetime, run_id: str
) -> None:
    """Remember what a stage was built from. Belongs into the same transaction as the build."""
    connection.execute(
        "insert or replace into ops.derivations values (?, ?, ?, ?)", [stage, input_hash, built_at, run_id]
    )
