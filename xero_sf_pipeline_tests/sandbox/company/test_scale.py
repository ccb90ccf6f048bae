"""The warehouse-sized data set has the pipeline's own columns and passes the pipeline's own checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from xero_sf_pipeline import core
from xero_sf_pipeline.sandbox.company import CompanySpec, generate, scale
from xero_sf_pipeline.warehouse.schema import create_schema
from xero_sf_pipeline.warehouse.statements import sql

SPEC = CompanySpec(seed=9, contacts=400, invoices=12_000, accounts=500)
TABLES = (
    "organisations", "users", "accounts", "people", "contacts", "invoices", "payments", "credits",
    "credit_applications",
)  # fmt: skip


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.execute(f"describe core.{table}").fetchall()}


def one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return tuple(row)


@pytest.fixture(scope="module")
def derived() -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, dict[str, str]]]]:
    """An empty warehouse as the pipeline builds it, filled; and the columns it had before."""
    connection = duckdb.connect()
    create_schema(connection)
    core.build(connection)
    before = {table: columns_of(connection, table) for table in TABLES}
    counts = scale.write_core(connection, SPEC)
    assert set(counts) == set(TABLES)
    yield connection, before
    connection.close()


@pytest.fixture(scope="module")
def warehouse(derived: tuple[duckdb.DuckDBPyConnection, Any]) -> duckdb.DuckDBPyConnection:
    return derived[0]


@pytest.mark.parametrize("table", TABLES)
def test_a_generated_table_has_the_columns_and_types_of_the_derived_one(derived: Any, table: str) -> None:
    connection, before = derived
    assert columns_of(connection, table) == before[table]


@pytest.mark.parametrize(
    "check", ["invoice_amounts_tie", "payments_tie_with_invoices", "core_keys_are_unique", "core_references_exist"]
)
def test_the_pipelines_own_checks_find_no_offender(warehouse: duckdb.DuckDBPyConnection, check: str) -> None:
    assert warehouse.execute(sql("checks", check)).fetchall() == []


def test_there_are_as_many_rows_as_asked_for(warehouse: duckdb.DuckDBPyConnection) -> None:
    counts = [one(warehouse, f"select count(*) from core.{table}")[0] for table in ("invoices", "contacts", "accounts")]
    assert counts == [12_000, 400, 500]


def test_credits_tie_with_their_applications(warehouse: duckdb.DuckDBPyConnection) -> None:
    offenders = warehouse.execute(
        """with uses as (select credit_key, sum(amount_applied) as used from core.credit_applications group by all)
        select c.credit_key from core.credits c left join uses a using (credit_key)
        where c.amount_remaining <> c.amount_total - coalesce(a.used, 0)
           or (c.credit_status = 'PAID') <> (c.amount_remaining = 0)"""
    ).fetchall()
    assert offenders == []
    credited = warehouse.execute(
        """with uses as (select invoice_key, sum(amount_applied) as used from core.credit_applications group by all)
        select i.invoice_key from core.invoices i left join uses a using (invoice_key)
        where i.amount_credited <> coalesce(a.used, 0)"""
    ).fetchall()
    assert credited == []


def test_statuses_follow_from_the_amounts(warehouse: duckdb.DuckDBPyConnection) -> None:
    offenders = warehouse.execute(
        """select invoice_key from core.invoices
        where amount_due < 0 or amount_total <> amount_subtotal + amount_tax
           or (invoice_status in ('AUTHORISED', 'PAID') and (invoice_status = 'PAID') <> (amount_due = 0))
           or (invoice_status = 'PAID') <> (fully_paid_on is not null)
           or (invoice_status in ('VOIDED', 'DELETED') and amount_due + amount_paid + amount_credited <> 0)
           or is_deleted <> (invoice_status = 'DELETED') or due_on < issued_on"""
    ).fetchall()
    assert offenders == []


def test_a_tenth_of_the_sales_invoices_is_overdue_in_every_bucket(warehouse: duckdb.DuckDBPyConnection) -> None:
    share, *buckets = one(
        warehouse,
        """with sales as (
            select *, date '2026-03-16' - due_on as age,
                invoice_status = 'AUTHORISED' and amount_due > 0 and due_on < date '2026-03-16' as is_overdue
            from core.invoices where invoice_type = 'ACCREC'
        )
        select count(*) filter (is_overdue) / count(*), count(*) filter (is_overdue and age <= 30),
            count(*) filter (is_overdue and age between 31 and 60),
            count(*) filter (is_overdue and age between 61 and 90), count(*) filter (is_overdue and age > 90)
        from sales""",
    )
    assert 0.08 <= share <= 0.12
    assert min(buckets) > 100


def test_nothing_changed_after_the_clock_starts_and_payments_precede_their_invoices_change(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    late, early = one(
        warehouse,
        """select count(*) filter (i.updated_at >= timestamptz '2026-03-16 00:00:00+00'),
            count(*) filter (p.updated_at > i.updated_at or p.paid_on < i.issued_on)
        from core.invoices i left join core.payments p on p.document_key = i.invoice_key""",
    )
    assert (late, early) == (0, 0)
    kinds = one(
        warehouse,
        """select count(*) filter (is_deleted) > 0, count(*) filter (paid_on > date '2026-03-16') > 0,
            count(distinct currency_code) > 2,
            count(*) filter (payment_type = 'ACCPAYPAYMENT') > 0 from core.payments""",
    )
    assert kinds == (True, True, True, True)


def test_contacts_and_accounts_are_those_of_the_generated_company(warehouse: duckdb.DuckDBPyConnection) -> None:
    company = generate(replace(SPEC, invoices=0))
    contacts = warehouse.execute("select xero_contact_id, contact_name, email from core.contacts").fetchall()
    assert contacts == [
        (row["ContactID"], row["Name"], row["EmailAddress"] or None) for row in company.xero[0].contacts
    ]
    accounts = warehouse.execute("select sf_account_id, account_name, phone, is_deleted from core.accounts").fetchall()
    assert accounts == [(row["Id"], row["Name"], row["Phone"], row["IsDeleted"]) for row in company.salesforce.accounts]
    known = {row[0] for row in accounts}
    assert all(row.account_id is None or row.account_id in known for row in company.truth)


def test_the_size_of_the_parts_does_not_change_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = replace(SPEC, contacts=60, invoices=1_500, accounts=50)

    def all_rows() -> dict[str, list[dict[str, Any]]]:
        parts: dict[str, list[pa.Table]] = {}
        for name, part in scale.core_tables(spec):
            parts.setdefault(name, []).append(part)
        return {
            name: sorted(pa.concat_tables(tables).to_pylist(), key=lambda row: str(next(iter(row.values()))))
            for name, tables in parts.items()
        }

    whole = all_rows()
    monkeypatch.setattr(scale, "CHUNK_INVOICES", 700)
    assert all_rows() == whole
    assert len(whole["invoices"]) == 1_500


def test_a_company_without_invoices_has_empty_document_tables() -> None:
    connection = duckdb.connect()
    counts = scale.write_core(connection, CompanySpec(contacts=5, invoices=0, accounts=4))
    connection.close()
    assert (counts["invoices"], counts["payments"], counts["credits"], counts["contacts"]) == (0, 0, 0, 5)
