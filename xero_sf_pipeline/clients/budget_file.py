"""The SQLite file through which processes share call limits. Only `governor` uses it.

It holds accounting and no business data: a broken file is put aside and started anew. One connection per process,
guarded by a lock; every method is one short transaction.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xero_sf_pipeline.errors import ConfigError

log = logging.getLogger(__name__)

_LOCK_WAIT_SECONDS = 30.0

_SCHEMA = """
create table if not exists calls(system text, tenant text, at real);
create index if not exists calls_by_tenant on calls(system, tenant, at);
create table if not exists leases(
    lease_id integer primary key, system text, tenant text, host text, pid integer, until real);
create table if not exists urgent_waits(
    wait_id text primary key, system text, tenant text, until real);
create table if not exists days(
    system text, tenant text, day text, calls integer default 0, refused integer default 0,
    bytes_in integer default 0, bytes_out integer default 0, primary key (system, tenant, day));
create table if not exists heard(
    system text, tenant text, day_remaining integer, heard_at real,
    paused_until real default 0, paused_limit text, blocked_until real default 0, blocked_limit text,
    primary key (system, tenant));
"""


class BudgetFile:
    """Opens the file on first use and hands out short exclusive transactions."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.host = socket.gethostname()
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the file alone, commit at the end, roll back on an error.

        Raises:
            ConfigError: the file cannot be opened or written (permissions, disk full).
        """
        try:
            with self._lock:
                connection = self._open()
                connection.execute("begin immediate")
                try:
                    yield connection
                except BaseException:
                    connection.rollback()
                    raise
                connection.execute("commit")
        except sqlite3.Error as error:
            raise ConfigError(
                f"The call budget file {self.path} cannot be used: {error}.",
                remedy="Check the permissions and the free space of the data folder (XERO_SF_DATA_DIR).",
            ) from error

    def close(self) -> None:
        """Close this process's connection; the next use opens it again."""
        with self._lock:
            if self._connection is not None and self._pid == os.getpid():
                self._connection.close()
            self._connection = None

    def drop_dead_leases(self, connection: sqlite3.Connection, now: float) -> None:
        """Forget leases that ran out or whose process on this machine has ended (kill -9 leaves them behind)."""
        connection.execute("delete from leases where until < ?", [now])
        pids = connection.execute("select distinct pid from leases where host = ?", [self.host]).fetchall()
        for (pid,) in pids:
            if not _is_alive(pid):
                connection.execute("delete from leases where host = ? and pid = ?", [self.host, pid])

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._pid == os.getpid():
            return self._connection
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._connect()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            aside = self.path.with_suffix(".broken")
            os.replace(self.path, aside)
            log.warning("the call budget file was not readable and starts anew; the old one is %s", aside.name)
            self._connection = self._connect()
        self._pid = os.getpid()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=_LOCK_WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = normal")
            connection.executescript(_SCHEMA)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def __del__(self) -> None:
        with contextlib.suppress(sqlite3.Error, AttributeError):
            self.close()


def _is_alive(pid: int) -> bool:
    if os.name != "posix":
        return True  # elsewhere signal 0 is not a question; leases then end by their time
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
