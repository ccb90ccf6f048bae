"""Rebuilds the canonical tables from the current views of the raw history.

Belongs here: which tables there are and in which order. Does not belong here: their columns (`sql/core`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import duckdb

from xero_sf_pipeline.warehouse.statements import sql

CORE_TABLES: dict[str, tuple[str, ...]] = {
    "organisations": ("raw_xero/organisation",),
    "contacts": ("raw_xero/contacts", "raw_xero/invoices"),
    "invoices": ("raw_xero/invoices", "raw_xero/organisation"),
    "invoice_lines": ("raw_xero/invoices",),
    "quotes": ("raw_xero/quotes", "raw_xero/organisation"),
    "quote_lines": ("raw_xero/quotes",),
    "payments": (
        "raw_xero/payments",
        "raw_xero/invoices",
        "raw_xero/credit_notes",
        "raw_xero/overpayments",
        "raw_xero/prepayments",
    ),
    "credits": ("raw_xero/credit_notes", "raw_xero/overpayments", "raw_xero/prepayments"),
    "credit_applications": ("raw_xero/credit_notes", "raw_xero/overpayments", "raw_xero/prepayments"),
    "items": ("raw_xero/items", "raw_xero/organisation"),
    "ledger_accounts": ("raw_xero/accounts",),
    "tax_rates": ("raw_xero/tax_rates",),
    "tracking_options": ("raw_xero/tracking_categories",),
    "currencies": ("raw_xero/currencies",),
    "accounts": ("raw_salesforce/accounts", "raw_salesforce/contacts"),
    "people": ("raw_salesforce/contacts",),
    "users": ("raw_salesforce/users",),
    "cases": ("raw_salesforce/cases",),
    "opportunities": ("raw_salesforce/opportunities",),
    "opportunity_lines": (
        "raw_salesforce/opportunity_lines",
        "raw_salesforce/opportunities",
        "raw_salesforce/products",
    ),
    "products": ("raw_salesforce/products",),
    "prices": ("raw_salesforce/pricebook_entries", "raw_salesforce/pricebooks", "raw_salesforce/products"),
    "tasks": ("raw_salesforce/tasks",),
    "xero_invoices": ("raw_salesforce/xero_invoices",),
    "currency_types": ("raw_salesforce/currency_types",),
    "xero_contacts": ("raw_salesforce/xero_contacts",),
    "account_links": ("raw_salesforce/xero_contacts", "raw_salesforce/accounts", "raw_xero/contacts"),
}
"""Table -> the raw assets that it reads. In build order."""


@dataclass(frozen=True)
class CoreReport:
    """Rows per table after a build. `is_unchanged`: the inputs had not moved, nothing was rebuilt."""

    row_counts: dict[str, int]
    is_unchanged: bool = False


def build(connection: duckdb.DuckDBPyConnection, tables: tuple[str, ...] | None = None) -> CoreReport:
    """Rebuild the given core tables (all of them by default) inside the caller's transaction."""
    _create_time_zones(connection)
    for table in CORE_TABLES:
        if tables is None or table in tables:
            connection.execute(sql("core", table))
    return CoreReport(row_counts(connection))


def row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of each core table that exists."""
    existing = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'core'"
    ).fetchall()
    counts = {}
    for (table,) in existing:
        if table in CORE_TABLES:
            row = connection.execute(f"select count(*) from core.{table}").fetchone()  # noqa: S608 - a constant name
            counts[table] = int(row[0]) if row else 0
    return counts


def squashed_zone_name(name: str) -> str:
    """Xero's spelling of a Windows time zone: 'New Zealand Standard Time' -> 'NEWZEALANDSTANDARDTIME'."""
    return re.sub(r"[^A-Z0-9+]", "", name.upper())


def _create_time_zones(connection: duckdb.DuckDBPyConnection) -> None:
    from tzlocal.windows_tz import win_tz  # Unicode CLDR's table of Windows zones

    rows = {squashed_zone_name(windows): iana for windows, iana in win_tz.items()}
    connection.execute(
        "create or replace table core.time_zones as "
        "select unnest($windows::varchar[]) as xero_time_zone, unnest($iana::varchar[]) as time_zone",
        {"windows": list(rows), "iana": list(rows.values())},
    )
