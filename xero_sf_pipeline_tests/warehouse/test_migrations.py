"""Upgrading the warehouse: data stays, each step runs once, and a step that fails changes nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from xero_sf_pipeline import core
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


CONTACTS = {
    "paid in 20 days": '{"PaymentTerms":{"Sales":{"Day":20,"Type":"OFFOLLOWINGMONTH"}}}',
    "taxed": '{"AccountsReceivableTaxType":"OUTPUT2","PaymentTerms":{}}',
    "silent": '{"Name":"Silent"}',
}


def test_an_upgrade_fills_new_columns_from_what_xero_had_sent_and_makes_no_version(tmp_path: Path) -> None:
    """The content of a contact that does not change is the same after the upgrade: it is never read into them again."""
    older_file(tmp_path / "w.duckdb", 4)
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        for contact, payload in CONTACTS.items():
            connection.execute(
                "insert into raw_xero.contacts (tenant_id, xero_contact_id, payload, payload_hash, known_from, is_deleted)"
                " values ('t', $contact, $payload, md5($payload), timestamptz '2026-01-01 00:00:00Z', false)",
                {"contact": contact, "payload": payload},
            )
        connection.execute(
            "insert into raw_salesforce.accounts (org_id, sf_account_id, account_name, known_from, is_deleted)"
            " values ('o', '001', 'Acme', timestamptz '2026-01-01 00:00:00Z', false)"
        )

    with Warehouse(tmp_path / "w.duckdb").transaction() as connection:
        contacts = connection.execute(
            """select xero_contact_id, sales_due_day, sales_due_type, sales_tax_type, payload_hash
            from raw_xero.contacts_current order by 1"""
        ).fetchall()
        accounts = connection.execute(
            "select account_name, payment_status, mapped_fields, is_deleted from raw_salesforce.accounts_current"
        ).fetchall()
        hashes = dict(
            connection.execute("select xero_contact_id, md5(payload::varchar) from raw_xero.contacts").fetchall()
        )
        core.build(connection)
        built = core.row_counts(connection)

    assert contacts == [
        ("paid in 20 days", 20, "OFFOLLOWINGMONTH", None, hashes["paid in 20 days"]),
        ("silent", None, None, None, hashes["silent"]),
        ("taxed", None, None, "OUTPUT2", hashes["taxed"]),
    ]
    assert accounts == [("Acme", None, None, False)]
    assert (built["contacts"], built["accounts"], built["quotes"]) == (3, 1, 0)


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
