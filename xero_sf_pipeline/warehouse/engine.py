"""Keeps one DuckDB engine per process ready, to which the warehouse file is attached for each use.

Starting an engine registers thousands of functions and takes several times as long as attaching a file, and a run opens
the warehouse some hundred times. The engine holds no file between two uses, so nobody waits for it. Belongs here: the
engine's life and settings. Does not belong here: waiting, transactions, error types (`connection`).
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from functools import cache
from pathlib import Path

import duckdb

log = logging.getLogger(__name__)

STORAGE_VERSION = "v1.5.0"
"""New files stay readable by DuckDB 1.5 clients."""

ROW_GROUP_ROWS = 16_384
"""Rows that are compressed and written together. Raw rows carry whole documents: with DuckDB's own 122,880 a first load
would keep hundreds of megabytes until its commit and then write them twice, to the log and to the file."""

MEMORY_LIMIT = "1600MB"
"""What one warehouse may use before it spills to disk, so that a run stays within 2 GB."""

FSYNC_MODE = "STANDARD"
"""What is committed has reached the disk, so that it survives a power cut. Only tests, which fear none, take less."""

ALIAS = "warehouse"

_guard = threading.Lock()
_idle: tuple[Path, duckdb.DuckDBPyConnection] | None = None


class Engine:
    """An engine with the warehouse attached. One thread uses it at a time.

    Attributes:
        connection: where the warehouse is the default database. Its temporary tables end with it.
    """

    def __init__(self, root: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._root = root
        self._path = path
        self.connection = root.cursor()

    @classmethod
    def attach(cls, path: Path, *, read_only: bool, memory_limit: str | None) -> Engine:
        """Attach the file, which takes its lock.

        Raises:
            duckdb.Error: the file is locked by another process, is attached in this one already, or is no database.
        """
        root = _take(path)
        engine = cls(root, path)
        try:
            root.execute("set memory_limit = ?", [memory_limit or MEMORY_LIMIT])
            options = (
                "read_only" if read_only else f"storage_version '{STORAGE_VERSION}', row_group_size {ROW_GROUP_ROWS}"
            )
            location = str(path).replace("'", "''")
            root.execute(f"attach '{location}' as {ALIAS} ({options})")
        except duckdb.IOException:  # locked, most often: the next try comes soon
            engine.connection.close()
            _put(path, root)
            raise
        except BaseException:
            engine._close()
            raise
        try:
            engine.connection.execute(f"use {ALIAS}")
            engine.connection.execute("set timezone = 'UTC'")
        except BaseException:
            engine._close()
            raise
        return engine

    def detach(self, *, is_sound: bool) -> None:
        """Let go of the file, which folds its write-ahead log into it.

        An engine that met an error is not used again: a fatal one disables it for good. A failure here loses nothing,
        because what was committed is in the write-ahead log and the next use folds it in.
        """
        if not is_sound:
            self._close()
            return
        self.connection.close()
        try:
            self._root.execute(f"detach {ALIAS}")
        except duckdb.Error as error:
            log.warning("the warehouse was left with its write-ahead log: %s", str(error).splitlines()[0])
            self._root.close()
            return
        _put(self._path, self._root)

    def _close(self) -> None:
        self.connection.close()
        self._root.close()


def _take(path: Path) -> duckdb.DuckDBPyConnection:
    global _idle
    with _guard:
        found, _idle = _idle, None
    if found is not None:
        known_path, root = found
        if known_path == path:
            return root
        root.close()
    _end_in_time()
    root = duckdb.connect(":memory:")
    root.execute("set preserve_insertion_order = false")  # keeps a large insert from being buffered whole
    root.execute("set write_buffer_row_group_count = 1")  # by default five groups of whole documents wait per thread
    root.execute("set fsync_mode = ?", [FSYNC_MODE])
    root.execute("set temp_directory = ?", [f"{path}.tmp"])
    return root


def _put(path: Path, root: duckdb.DuckDBPyConnection) -> None:
    global _idle
    with _guard:
        surplus, _idle = _idle, (path, root)
    if surplus is not None:
        surplus[1].close()


@cache
def _end_in_time() -> None:
    """End the idle engine before every fork and at the exit of the process.

    Its threads would not exist in a forked child, which could not even end it; and an engine that outlives the
    interpreter's own parts is reported as leaked.
    """
    atexit.register(_end_idle)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_before_fork, after_in_parent=_guard.release, after_in_child=_guard.release)


def _before_fork() -> None:
    _guard.acquire()
    _close_idle()


def _end_idle() -> None:
    with _guard:
        _close_idle()


def _close_idle() -> None:
    global _idle
    found, _idle = _idle, None
    if found is not None:
        found[1].close()
