"""Opens the warehouse file: one writer at a time, for the shortest time, always closed.

DuckDB lets one process hold a file, and while it does no other process may even read it. So every use opens, works and
closes; a bounded, logged wait stands between two users. Belongs here: opening, waiting, transactions. Does not belong
here: HTTP (never inside a transaction) and table contents.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from xero_sf_pipeline.errors import WarehouseBusy, WarehouseCorrupt, WarehouseError, WarehouseFull
from xero_sf_pipeline.warehouse.engine import Engine
from xero_sf_pipeline.warehouse.schema import create_schema, newest_version, require_known_version

log = logging.getLogger(__name__)

_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.5
_LOG_WAIT_AFTER_SECONDS = 5.0

_process_locks: dict[Path, threading.RLock] = {}
_process_locks_guard = threading.Lock()


class Warehouse:
    """The one warehouse file.

    Threads of this process take turns through a lock of their own, because DuckDB would let two threads share one
    database instance and so hold the file longer than either of them needs.
    """

    def __init__(
        self,
        path: Path,
        *,
        lock_wait_seconds: float = 120,
        memory_limit: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.path = Path(path)
        self.lock_wait_seconds = lock_wait_seconds
        self.memory_limit = memory_limit
        self._sleep = sleep

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open for writing, begin, yield, commit; roll back on any error; always close.

        Raises:
            WarehouseBusy: another process kept the file longer than the wait.
            WarehouseCorrupt: the file is not a database.
            WarehouseTooNew: a newer version of the product wrote it.
            WarehouseFull: the disk is full; nothing was changed.
        """
        with self._held(read_only=False) as connection:
            is_ready = _is_of_this_version(connection)
            connection.execute("begin transaction")
            try:
                if not is_ready:
                    create_schema(connection)
                yield connection
                connection.execute("commit")
            except duckdb.Error as error:
                _roll_back(connection)
                if _is_disk_full(error):
                    raise WarehouseFull(
                        f"The disk is full while writing {self.path.name}; the change was rolled back.",
                        remedy="Free some disk space and run the same command again.",
                    ) from error
                raise
            except BaseException:
                _roll_back(connection)
                raise

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open read-only. For code that must see uncommitted-to-snapshot state; people read snapshots instead.

        Raises:
            WarehouseError: there is no warehouse yet; otherwise as `transaction`, a newer version's file included.
        """
        if not self.path.exists():
            raise WarehouseError(f"There is no warehouse at {self.path}.", remedy="Run `xero-sf sync` first.")
        with self._held(read_only=True) as connection:
            if not _is_of_this_version(connection):
                require_known_version(connection)
            yield connection

    @contextmanager
    def _held(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + self.lock_wait_seconds
        lock = _lock_of(self.path)
        if not lock.acquire(timeout=max(self.lock_wait_seconds, 0.001)):
            raise self._busy("another thread of this process")
        try:
            engine = self._open(read_only, deadline)
            is_sound = False
            try:
                yield engine.connection
                is_sound = True
            finally:
                engine.detach(is_sound=is_sound)
        finally:
            lock.release()

    def _open(self, read_only: bool, deadline: float) -> Engine:
        pause, waited_since, told = _FIRST_PAUSE_SECONDS, time.monotonic(), False
        while True:
            try:
                return Engine.attach(self.path, read_only=read_only, memory_limit=self.memory_limit)
            except duckdb.IOException as error:
                if not _is_locked(error):
                    raise self._unreadable(error) from error
                now = time.monotonic()
                if now >= deadline:
                    raise self._busy(_holder(error)) from error
                if not told and now - waited_since > _LOG_WAIT_AFTER_SECONDS:
                    log.info("waiting for the warehouse, held by %s", _holder(error))
                    told = True
                self._sleep(min(pause, max(deadline - now, 0.001)))
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            except duckdb.Error as error:
                if _is_open_here(error):
                    raise WarehouseBusy(
                        f"{self.path.name} is open in this very thread: one use cannot hold another.",
                        remedy="This is a defect of the program; please report it with the command that was run.",
                    ) from error
                raise self._unreadable(error) from error

    def _busy(self, holder: str) -> WarehouseBusy:
        return WarehouseBusy(
            f"{self.path.name} is in use by {holder}; waited {self.lock_wait_seconds:g} s for it.",
            remedy="Let the other run finish, or close the program that has the file open, then try again.",
        )

    def _unreadable(self, error: duckdb.Error) -> WarehouseError:
        if _is_disk_full(error):
            return WarehouseFull(
                f"The disk is full: {self.path.name} cannot be opened for writing.", remedy="Free some disk space."
            )
        first_line = str(error).splitlines()[0]
        return WarehouseCorrupt(
            f"{self.path.name} cannot be read as a warehouse: {first_line}",
            remedy="Move the file away and copy data/snapshots/latest.duckdb in its place, or start from an empty one.",
        )


@contextmanager
def open_file_exclusively(warehouse: Warehouse) -> Iterator[Path]:
    """Hold the warehouse with nothing left in its write-ahead log, so that the file itself can be copied whole."""
    with warehouse._held(read_only=False) as connection:
        connection.execute("checkpoint")
        yield warehouse.path


def _lock_of(path: Path) -> threading.RLock:
    with _process_locks_guard:
        return _process_locks.setdefault(path.resolve(), threading.RLock())


def _is_of_this_version(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the newest migration of the file is this version's own: the short question of every use.

    Looking for the table in the catalogue takes several times as long as this one query, which fails on an empty
    database. So it is asked before a transaction, which an error would end.
    """
    try:
        ((present,),) = connection.execute("select max(version) from ops.migrations").fetchall()
    except duckdb.CatalogException:
        return False
    return bool(present == newest_version())


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.execute("rollback")
    except duckdb.Error as error:  # the transaction may be gone already; the first error is the one to tell
        log.debug("rollback after an error answered: %s", type(error).__name__)


def _is_locked(error: duckdb.Error) -> bool:
    return "lock on file" in str(error).lower()


def _is_open_here(error: duckdb.Error) -> bool:
    return "already attached" in str(error).lower()


def _is_disk_full(error: duckdb.Error) -> bool:
    text = str(error).lower()
    return "no space left" in text or "disk full" in text or "not enough space" in text


def _holder(error: duckdb.Error) -> str:
    text = str(error)
    start = text.find("(PID")
    return f"another process {text[start : text.find(')', start) + 1]}" if start >= 0 else "another process"
