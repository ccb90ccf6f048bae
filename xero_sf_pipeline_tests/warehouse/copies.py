"""New warehouses for tests of statements: each a private copy of one that was made once per process.

Running every migration takes many times as long as copying the file that they end in. Belongs here: making, copying and
letting go of those files. Does not belong here: rows.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from itertools import count
from pathlib import Path

import duckdb

from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline.warehouse.schema import create_schema

Furnish = Callable[[duckdb.DuckDBPyConnection], None]

_SETTINGS = {"threads": "1", "fsync_mode": "NONE"}  # a handful of rows, which need not outlive a power cut
_numbers = count()


def new_warehouse(furnish: Furnish | None = None) -> duckdb.DuckDBPyConnection:
    """Open a new warehouse at the newest schema that nobody else sees; its instants are read in UTC.

    Args:
        furnish: what else every such warehouse holds. Called once per process, for the one that is copied.
    """
    path = _folder() / f"warehouse_{next(_numbers)}.duckdb"
    shutil.copyfile(_original(furnish), path)
    connection = duckdb.connect(str(path), config=_SETTINGS)
    path.unlink()  # the open file lives as long as the connection
    connection.execute("set timezone = 'UTC'")
    return connection


def copy_new_warehouse(path: Path) -> None:
    """Put a new warehouse, at the newest schema, where a `Warehouse` will open it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_original_file(), path)


@cache
def _original_file() -> Path:
    path = _folder() / "warehouse.duckdb"
    with Warehouse(path).transaction():
        pass
    return path


@cache
def _original(furnish: Furnish | None) -> Path:
    path = _folder() / f"original_{next(_numbers)}.duckdb"
    with duckdb.connect(str(path), config=_SETTINGS) as connection:
        connection.execute("set timezone = 'UTC'")
        create_schema(connection)
        if furnish is not None:
            furnish(connection)
    return path


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="warehouses-of-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
