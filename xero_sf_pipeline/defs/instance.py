"""Opens the Dagster instance of a command, whose own SQLite files stay open while the command works.

Dagster's SQLite storage opens, commits, syncs and closes a file for each of the hundreds of events of a run, and each
close folds the write-ahead log in: most of a small run's time. Here one connection per file is kept, with the same
tables in the same files, so that the UI reads them meanwhile. A commit is in the write-ahead log at once and on the
disk at the next checkpoint: a kill loses nothing, a power cut at most the last events that the UI shows; what was done
is in the warehouse. Belongs here: how a command opens the instance. Does not belong here: the UI and the daemon, which
live long and use Dagster's own storage, and any other storage that dagster.yaml names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as db
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

_KEPT_RUNS = 8
"""Event logs of runs that are kept open at once; a command has four runs at most, a look back may read many."""


@contextmanager
def open_instance(home: Path) -> Iterator[dg.DagsterInstance]:
    """Open the instance of a folder with a dagster.yaml, and close it at the end of the block."""
    reference = InstanceRef.from_dir(str(home))
    storage = reference.storage_data  # none where dagster.yaml names a storage for each kind of record
    default = DagsterSqliteStorage.__module__, DagsterSqliteStorage.__name__
    if storage and (storage.module_name, storage.class_name) == default:
        kept = {"module": __name__, "class": KeptSqliteStorage.__name__, "config": storage.config_dict}
        reference = InstanceRef.from_dir(str(home), overrides={"storage": {"custom": kept}})
    with dg.DagsterInstance.from_ref(reference) as instance:
        yield instance


def _keep(conn_string: str) -> db.Engine:
    """An engine whose connection stays open, and which remembers the statements that it has compiled."""
    engine = db.create_engine(conn_string, pool_size=1, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})

    @db.event.listens_for(engine, "connect")
    def sync_at_checkpoints(connection: Any, _record: Any) -> None:
        connection.execute("pragma synchronous = normal")

    return engine


class KeptEventLogStorage(SqliteEventLogStorage):
    """Dagster's event log with its files kept open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, db.Engine] = {}
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[db.Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _engine(self, shard: str) -> db.Engine:
        if shard not in self._engines:
            runs = [name for name in self._engines if name != INDEX_SHARD_NAME]
            for name in runs[: len(runs) + 1 - _KEPT_RUNS]:
                self._engines.pop(name).dispose()
            self._engines[shard] = _keep(self.conn_string_for_shard(shard))
        return self._engines[shard]

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table, asked for until it has; its tables are never dropped."""
        if table_name not in self._tables:
            if not super().has_table(table_name):
                return False
            self._tables.add(table_name)
        return True

    def dispose(self) -> None:
        super().dispose()
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()


class KeptRunStorage(SqliteRunStorage):
    """Dagster's list of runs with its file kept open."""

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engine = _keep(conn_string)
        super().__init__(conn_string, inst_data)

    @contextmanager
    def connect(self) -> Iterator[db.Connection]:
        with self._engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        super().dispose()
        self._engine.dispose()


class KeptSqliteStorage(DagsterSqliteStorage):
    """The files of Dagster's default storage, in the same places, kept open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        folder = Path(base_dir)
        self.base_dir = base_dir
        self._run_storage = KeptRunStorage.from_local(str(folder / "history"))
        self._event_log_storage = KeptEventLogStorage(str(folder / "history" / "runs"))
        self._schedule_storage = SqliteScheduleStorage.from_local(str(folder / "schedules"))
        self._inst_data = inst_data

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> KeptSqliteStorage:
        return cls.from_local(inst_data=inst_data, **config_value)
