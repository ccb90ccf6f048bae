"""Reads back what a contestant stored, so that nobody wins by leaving rows out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb


def stored(file: Path, counts: dict[str, str]) -> dict[str, Any]:
    """Run one statement of one value for each name, on a database that the contestant has closed."""
    found: dict[str, Any] = {"file_mb": round(file.stat().st_size / 1e6, 1)}
    with duckdb.connect(str(file), read_only=True) as connection:
        for name, statement in counts.items():
            row = connection.execute(statement).fetchone()
            found[name] = None if row is None else row[0]
    return found
