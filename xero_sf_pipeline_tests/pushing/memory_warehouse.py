"""A warehouse that lives as long as its connection, with the real schema and real transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline_tests.warehouse.copies import new_warehouse


class MemoryWarehouse(Warehouse):
    """`path` only names the folder of the push lease."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection | None = None) -> None:
        """`connection`: a database that has the schema already."""
        super().__init__(path)
        if connection is None:
            connection = new_warehouse()
        self._connection = connection
        self._is_open = False

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        assert not self._is_open, "a transaction inside a transaction"
        self._is_open = True
        self._connection.execute("begin transaction")
        try:
            yield self._connection
            self._connection.execute("commit")
        except BaseException:
            self._connection.execute("rollback")
            raise
        finally:
            self._is_open = False

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self.transaction() as connection:
            yield connection

    def close(self) -> None:
        self._connection.close()
        del self._connection
