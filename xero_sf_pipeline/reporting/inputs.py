"""What the reports read, as temporary views that exist whether or not a table does.

A snapshot may come from an older version, and a stage may not have run yet: a report then says "not set up" instead of
failing. The shape is that of this version's empty warehouse. Does not belong here: what is made of the rows
(`sql/reporting`, `sql/explain`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from duckdb import DuckDBPyConnection

from xero_sf_pipeline.warehouse.catalogue import table_columns

_READ: Mapping[str, str] = {
    "raw_xero": "contacts credit_notes invoices payments",
    "raw_salesforce": "accounts cases opportunities",
    "core": "accounts cases contacts credit_applications credits invoice_lines invoices opportunities "
    "opportunity_lines organisations payments people quotes tasks xero_invoices",
    "matching": "links",
    "mapping": "field_values",
    "receivables": "account_status ageing balances exchange_rates invoice_status overdue_invoices",
    "billing": "invoice_links schedule",
    "plan": "exclusions runs writes",
    "ledger": "attempts",
    "ops": "api_usage derivations drift extracts quarantine",
    "reporting": "booked_billed_paid booked_billed_paid_months control_differences control_totals",
}
INPUTS = frozenset(f"{schema}.{table}" for schema, tables in _READ.items() for table in tables.split())
"""Every table that a report reads."""


def define_inputs(connection: DuckDBPyConnection) -> frozenset[str]:
    """Create `temp.seen_<schema>_<table>` for every input and return those that really exist.

    A missing table is a view without rows, a missing column one of nulls. Works on a read-only connection.
    """
    present = _present(connection)
    views = [
        _view(table, columns, present.get(table, frozenset()), table in present)
        for table, columns in table_columns().items()
        if table in INPUTS
    ]
    connection.execute(";\n".join(views))
    return frozenset(present) & INPUTS


def _present(connection: DuckDBPyConnection) -> Mapping[str, frozenset[str]]:
    rows = connection.execute(
        "select schema_name || '.' || table_name, list(column_name) from duckdb_columns() "
        "where not internal and database_name = current_database() group by all"
    ).fetchall()
    return {table: frozenset(columns) for table, columns in rows}


def _view(table: str, columns: Iterable[tuple[str, str]], known: frozenset[str], is_there: bool) -> str:
    selected = ", ".join(
        f'"{name}"' if name in known else f'null::{data_type} as "{name}"' for name, data_type in columns
    )
    source = f"from {table}" if is_there else "where false"
    return f"create or replace temp view seen_{table.replace('.', '_')} as select {selected} {source}"
