"""Publishes read-only copies of the warehouse, so that a reader never blocks a run and a run never disturbs a reader.

A copy is written aside and put in place by one rename: whoever opens `latest.duckdb` sees a whole snapshot or the one
before. Belongs here: publishing, finding, retention. Does not belong here: what is in the tables.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from xero_sf_pipeline.errors import NotFound, WarehouseFull
from xero_sf_pipeline.warehouse.connection import Warehouse, open_file_exclusively

LATEST = "latest.duckdb"
_NAME_FORMAT = "%Y-%m-%dT%H%M%SZ"


def publish(warehouse: Warehouse, directory: Path, *, now: datetime, keep: int) -> Path:
    """Copy the warehouse to `<directory>/<UTC time>.duckdb` and to `latest.duckdb`, then drop the oldest beyond `keep`.

    The file is copied while it is held, after a checkpoint, so that it is whole.

    Raises:
        WarehouseFull: there was no room; the snapshot before is still in place and no half copy is left.
    """
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / f"{now.strftime(_NAME_FORMAT)}.duckdb"
    aside = directory / f".{target.name}.{os.getpid()}.part"
    latest_aside = directory / f".{LATEST}.{os.getpid()}.part"
    try:
        with open_file_exclusively(warehouse):
            _copy(warehouse.path, aside)
        os.replace(aside, target)
        _link_or_copy(target, latest_aside)
        os.replace(latest_aside, directory / LATEST)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise WarehouseFull(
                "The disk is full: the new snapshot was not published; readers keep the one before.",
                remedy=f"Free some disk space; snapshots are in {directory.name}/.",
            ) from error
        raise
    finally:
        aside.unlink(missing_ok=True)
        latest_aside.unlink(missing_ok=True)
    for old in published(directory)[:-keep]:
        old.unlink(missing_ok=True)
    return target


def published(directory: Path) -> list[Path]:
    """All snapshots, oldest first."""
    if not directory.is_dir():
        return []
    return sorted(path for path in directory.glob("*.duckdb") if path.name != LATEST and not path.name.startswith("."))


@contextmanager
def reading_snapshot(directory: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the newest snapshot read-only.

    Raises:
        NotFound: nothing has been published yet.
    """
    latest = directory / LATEST
    if not latest.exists():
        raise NotFound(f"There is no snapshot in {directory} yet.", remedy="Run `xero-sf sync` first.")
    connection = duckdb.connect(str(latest), read_only=True)
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reader, target.open("wb") as writer:
        shutil.copyfileobj(reader, writer, length=8 * 1024 * 1024)
        writer.flush()
        os.fsync(writer.fileno())


def _link_or_copy(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EXDEV, errno.EMLINK}:
            raise
        _copy(source, target)
