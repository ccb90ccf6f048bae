"""Runs the receivables statements for one as-of day of each organisation, replacing that day's rows.

Belongs here: parameters and order. Does not belong here: the rules, which are in `sql/receivables`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

from xero_sf_pipeline.receivables.as_of_days import AsOfDay, as_of_days
from xero_sf_pipeline.receivables.status import STATUS_DEFINITIONS, STATUS_TABLES, derive_status
from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import OverdueRules, Policy

TABLES = ("overdue_invoices", "ageing", "payment_deltas", "balances")
_DEFINITIONS = ("ageing_bucket", "settlement_versions", "overdue_as_known", *STATUS_DEFINITIONS)
_WORK_TABLES = (
    "as_of_days", "minimum_amounts", "disputed_keys", "dispute_markers", "receivable_invoices", "unallocated_credits"
)  # fmt: skip


@dataclass(frozen=True)
class DeriveReport:
    """What one run wrote. `differences`, (tenant, currency, amount) of balances that do not tie, must be empty."""

    days: tuple[AsOfDay, ...]
    row_counts: Mapping[str, int]
    overdue_amounts: Mapping[str, Decimal]
    differences: tuple[tuple[str, str, Decimal], ...]


def define(connection: DuckDBPyConnection) -> None:
    """Create the views and macros of the schema, among them receivables.overdue_as_known(day, instant)."""
    for name in _DEFINITIONS:
        connection.execute(sql("receivables", name))


def derive(
    connection: DuckDBPyConnection,
    policy: Policy,
    as_of: datetime,
    as_of_on: Mapping[str, date] | date | None = None,
    *,
    with_status: bool = True,
) -> DeriveReport:
    """Write receivables.* for one day of each organisation; the day's earlier rows are replaced, so it can be repeated.

    With every tenant's today, what is true today of documents, accounts and alerts is derived too (`derive_today`),
    unless `with_status` is off.

    Reads core.organisations, contacts, invoices, payments, credits, credit_applications, matching.links and the raw
    history of payments and credits. Today takes Xero's own amount due; a past day is worked out from document dates.

    Args:
        connection: a warehouse connection inside a transaction.
        as_of: the instant that counts as now, aware.
        as_of_on: one day for all tenants, a day per tenant, or None for every tenant's today in its own time zone.
    """
    define(connection)
    days = as_of_days(connection, as_of, as_of_on)
    _create_parameters(connection, policy.overdue, days)
    for table in TABLES:
        connection.execute(
            f"delete from receivables.{table} t using as_of_days d "  # noqa: S608 - fixed table names
            "where t.tenant_id = d.tenant_id and t.as_of_on = d.as_of_on"
        )
    connection.execute(sql("receivables", "receivable_invoices"))
    connection.execute(sql("receivables", "unallocated_credits"))
    connection.execute(
        sql("receivables", "overdue_invoices"),
        {
            "net_unallocated_credit": policy.overdue.net_unallocated_credit,
            "respect_expected_payment_date": policy.overdue.respect_expected_payment_date,
            "grace_days": policy.overdue.grace_days,
        },
    )
    for table in ("ageing", "balances", "payment_deltas"):
        connection.execute(sql("receivables", table))
    if as_of_on is None and with_status:
        derive_status(connection, policy, as_of)
    report = _report(connection, days)
    _drop_work_tables(connection)
    return report


def derive_today(connection: DuckDBPyConnection, policy: Policy, as_of: datetime) -> Mapping[str, int]:
    """Replace what is true today of documents, accounts and alerts (`status.py`); return rows per table.

    Needs today's overdue invoices, so it comes after `derive`.
    """
    define(connection)
    _create_days(connection, as_of_days(connection, as_of, None))
    derive_status(connection, policy, as_of)
    _drop_work_tables(connection)
    return _status_counts(connection)


def _drop_work_tables(connection: DuckDBPyConnection) -> None:
    for table in _WORK_TABLES:
        connection.execute(f"drop table if exists temp.{table}")


def _create_days(connection: DuckDBPyConnection, days: list[AsOfDay]) -> None:
    connection.execute(
        "create or replace temp table as_of_days as "
        "select unnest($tenants::varchar[]) as tenant_id, unnest($days::date[]) as as_of_on, "
        "unnest($todays::boolean[]) as is_today, unnest($starts::timestamptz[]) as starts_at, "
        "unnest($ends::timestamptz[]) as ends_at",
        {
            "tenants": [day.tenant_id for day in days],
            "days": [day.as_of_on for day in days],
            "todays": [day.is_today for day in days],
            "starts": [day.starts_at for day in days],
            "ends": [day.ends_at for day in days],
        },
    )


def _create_parameters(connection: DuckDBPyConnection, rules: OverdueRules, days: list[AsOfDay]) -> None:
    _create_days(connection, days)
    connection.execute(
        "create or replace temp table minimum_amounts as select unnest($currencies::varchar[]) as currency_code, "
        "unnest($amounts::varchar[])::decimal(18, 4) as amount_minimum",
        {
            "currencies": list(rules.minimum_amount),
            "amounts": [str(amount) for amount in rules.minimum_amount.values()],
        },
    )
    connection.execute(
        "create or replace temp table disputed_keys as select unnest($keys::varchar[]) as disputed_key",
        {"keys": [*rules.disputed.contacts, *rules.disputed.invoices]},
    )
    connection.execute(
        "create or replace temp table dispute_markers as select unnest($markers::varchar[]) as marker",
        {"markers": list(rules.disputed.reference_markers)},
    )


def _report(connection: DuckDBPyConnection, days: list[AsOfDay]) -> DeriveReport:
    counts = {}
    for table in TABLES:
        ((count,),) = connection.execute(
            f"select count(*) from receivables.{table} semi join as_of_days using (tenant_id, as_of_on)"  # noqa: S608
        ).fetchall()
        counts[table] = count
    counts |= _status_counts(connection)
    amounts = connection.execute(
        "select currency_code, sum(amount_due) from receivables.overdue_invoices "
        "semi join as_of_days using (tenant_id, as_of_on) group by all order by all"
    ).fetchall()
    differences = connection.execute(
        "select tenant_id, currency_code, amount_difference from receivables.balances "
        "semi join as_of_days using (tenant_id, as_of_on) where amount_difference <> 0 order by all"
    ).fetchall()
    return DeriveReport(tuple(days), counts, dict(amounts), tuple(differences))


def _status_counts(connection: DuckDBPyConnection) -> dict[str, int]:
    counts = {}
    for table in STATUS_TABLES:
        ((count,),) = connection.execute(f"select count(*) from receivables.{table}").fetchall()  # noqa: S608
        counts[table] = int(count)
    return counts
