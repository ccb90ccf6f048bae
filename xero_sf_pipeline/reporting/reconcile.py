"""Rebuilds the reporting tables: control totals and their differences, booked against billed against paid.

Belongs here: parameters and order of the statements. Does not belong here: the rules, which are in `sql/reporting`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from duckdb import DuckDBPyConnection

from xero_sf_pipeline.reporting.inputs import define_inputs
from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import Policy

TABLES = ("control_totals", "control_differences", "booked_billed_paid", "booked_billed_paid_months")
_WORK_TABLES = ("writes_under_way", "control_documents", "control_postings", "control_reasons", "walks")


@dataclass(frozen=True)
class ReconcileReport:
    """What one rebuild found.

    Attributes:
        row_counts: rows per table.
        differences: reason -> number of differing records and measures.
        unexplained: currency -> sum of absolute amounts that nobody can explain; must be empty.
        not_billed: currency -> won and not billed, whatever the reason.
    """

    row_counts: Mapping[str, int]
    differences: Mapping[str, int]
    unexplained: Mapping[str, Decimal]
    not_billed: Mapping[str, Decimal]


def reconcile(connection: DuckDBPyConnection, policy: Policy, now: datetime) -> ReconcileReport:
    """Replace the tables of `reporting` by what the other stages hold now. Can be repeated; changes no other stage.

    Args:
        connection: a warehouse connection inside a transaction.
        now: the instant that the tables are as of, aware.
    """
    if now.tzinfo is None:
        raise ValueError("now must be an aware instant")
    define_inputs(connection)
    for table in TABLES:
        connection.execute(f"delete from reporting.{table}")  # noqa: S608 - fixed table names
    rules = _parameters(connection, policy, now)
    for name in ("writes_under_way", "control_documents", "control_postings", "control_account_postings"):
        connection.execute(sql("reporting", name))
    connection.execute(sql("reporting", "control_reasons"), _some(rules, "writes_accounts", "writes_invoices"))
    connection.execute(sql("reporting", "control_walks"))
    connection.execute(sql("reporting", "control_differences"), _some(rules, "as_of_at"))
    connection.execute(sql("reporting", "control_totals"), _some(rules, "as_of_at"))
    connection.execute(
        sql("reporting", "booked_billed_paid"),
        _some(rules, "as_of_at", "as_of_on", "org_currency", "deals_include_tax", "is_billing_enabled", "billing_from"),
    )
    connection.execute(sql("reporting", "booked_billed_paid_months"))
    report = _report(connection)
    for table in _WORK_TABLES:
        connection.execute(f"drop table if exists temp.{table}")
    return report


def _parameters(connection: DuckDBPyConnection, policy: Policy, now: datetime) -> dict[str, Any]:
    billing, payment = policy.billing, policy.payment_status
    return {
        "as_of_at": now,
        "as_of_on": now.astimezone(UTC).date(),
        "org_currency": policy.currency.salesforce or _org_currency(connection),
        "deals_include_tax": billing.amounts.value == "inclusive",
        "is_billing_enabled": billing.enabled,
        "billing_from": billing.from_close_date,
        "writes_accounts": payment.enabled and payment.accounts,
        "writes_invoices": payment.enabled and payment.invoices,
    }


def _some(rules: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: rules[name] for name in names}


def _org_currency(connection: DuckDBPyConnection) -> str | None:
    """What an amount of Salesforce without a currency is in: as account totals, else the one base currency of Xero."""
    rows = connection.execute(sql("reporting", "org_currency")).fetchall()
    return str(rows[0][0]) if rows and rows[0][0] else None


def _report(connection: DuckDBPyConnection) -> ReconcileReport:
    counts = {}
    for table in TABLES:
        ((count,),) = connection.execute(f"select count(*) from reporting.{table}").fetchall()  # noqa: S608
        counts[table] = int(count)

    def pairs(query: str) -> dict[str, Any]:
        return dict(connection.execute(query).fetchall())

    return ReconcileReport(
        row_counts=counts,
        differences=pairs("select reason, count(*) from reporting.control_differences group by all order by all"),
        unexplained=pairs(
            "select coalesce(currency_code, 'several'), sum(abs(amount_difference)) from reporting.control_differences "
            "where reason = 'unexplained' group by all order by all"
        ),
        not_billed=pairs(
            "select coalesce(currency_code, 'unknown'), sum(amount_difference) from reporting.booked_billed_paid "
            "where row_kind = 'deal' and amount_difference > 0 group by all order by all"
        ),
    )
