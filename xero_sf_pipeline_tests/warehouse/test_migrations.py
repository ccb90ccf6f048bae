"""Upgrading the warehouse: data stays, each step runs once, and a step that fails changes nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from xero_sf_pipeline.warehouse import Warehouse, schema


def older_file(path: Path, version: int) -> None:
    """A warehouse as the version of the product wrote it that knew only the first migrations."""
    with duckdb.connect(str(path), config={"storage_compatibility_version": "v1.5.0"}) as connection:
        for number, name, text in schema.migrations()[:version]:
            connection.execute(text)
            connection.execute("insert into ops.migrations values (?, ?, now())", [number, name])
        connection.execute("insert into raw_xero.payments (tenant_id, xero_payment_id) values ('t', 'p-1')")


@pytest.mark.parametrize("version", range(2, len(schema.migrations())))
def test_an_older_file_is_upgraded_and_keeps_its_data(tmp_path: Path, version: int) -> None:
    older_file(tmp_path / "w.duckdb", version)

    with Warehouse(tmp_path / "w.duckdb").transaction() as connection:
        kept = connection.execute("select tenant_id, xero_payment_id from raw_xero.payments").fetchall()
        steps = connection.execute("select version, name from ops.migrations order by version").fetchall()
        connection.execute("select write_id from plan.writes").fetchall()

    assert kept == [("t", "p-1")]
    assert steps == [(number, name) for number, name, _ in schema.migrations()]


def test_migrations_are_numbered_without_gap() -> None:
    assert [number for number, _, _ in schema.migrations()] == list(range(1, len(schema.migrations()) + 1))


def test_a_file_of_this_version_is_not_migrated_again(tmp_path: Path) -> None:
    with Warehouse(tmp_path / "w.duckdb").transaction():
        pass

    with Warehouse(tmp_path / "w.duckdb").transaction() as connection:
        assert schema.create_schema(connection) == []


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb")
    with warehouse.transaction() as connection:
        newest = schema.schema_version(connection)
    broken = [*schema.migrations(), (newest + 1, "broken", "create table half (done int); from no_such_table")]

    with monkeypatch.context() as later:
        later.setattr(schema, "migrations", lambda: broken)
        with pytest.raises(duckdb.CatalogException), warehouse.transaction():
            pass

    with warehouse.transaction() as connection:
        assert schema.schema_version(connection) == newest
        assert connection.execute("select * from duckdb_tables() where table_name = 'half'").fetchall() == []
