"""Derives what is true today of documents, accounts and alerts: for Salesforce, which only ever shows today.

Belongs here: parameters and order. Does not belong here: the rules (`sql/receivables`), what is written (`planning`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import Policy
    from xero_sf_pipeline.policy.alerts import AlertCause, AlertRules
    from xero_sf_pipeline.policy.fields import MoneyByCurrency

STATUS_TABLES = ("exchange_rates", "invoice_status", "account_status", "alert_causes", "alerts")
STATUS_DEFINITIONS = ("conversion",)
STATUS_WORK_TABLES = (
    "fixed_rates", "salesforce_currency", "fact_instants", "status_documents", "alert_limits", "renewal_types"
)  # fmt: skip


def derive_status(connection: DuckDBPyConnection, policy: Policy, as_of: datetime) -> None:
    """Replace receivables.exchange_rates, invoice_status and account_status by today's, and bring alerts up to date.

    Reads temp.as_of_days and receivables.overdue_invoices of today, so it comes after them.

    Args:
        connection: a warehouse connection inside a transaction.
        as_of: the instant that counts as now, aware.
    """
    as_of_day = as_of.astimezone(UTC).date()
    _create_rates(connection, policy)
    for table in ("exchange_rates", "invoice_status", "account_status", "alert_causes"):
        connection.execute(f"delete from receivables.{table}")  # noqa: S608 - fixed table names
    connection.execute(sql("receivables", "salesforce_currency"), {"salesforce_currency": policy.currency.salesforce})
    connection.execute(sql("receivables", "exchange_rates"), {"as_of_day": as_of_day})
    connection.execute(sql("receivables", "fact_instants"), {"as_of": as_of})
    connection.execute(sql("receivables", "status_documents"))
    connection.execute(sql("receivables", "invoice_status"))
    rules = policy.payment_status
    connection.execute(
        sql("receivables", "account_status"),
        {
            "average_days_late": rules.average_days_late.value,
            "days_late_window_days": rules.days_late_window_days,
        },
    )
    if policy.alerts.enabled:
        _derive_alerts(connection, policy.alerts, as_of)
    for table in STATUS_WORK_TABLES:
        connection.execute(f"drop table if exists temp.{table}")


def _create_rates(connection: DuckDBPyConnection, policy: Policy) -> None:
    rates = policy.currency.rates
    connection.execute(
        "create or replace temp table fixed_rates as select unnest($currencies::varchar[]) as currency_code, "
        "unnest($rates::varchar[])::decimal(18, 6) as rate",
        {"currencies": list(rates), "rates": [str(rate) for rate in rates.values()]},
    )


def _derive_alerts(connection: DuckDBPyConnection, rules: AlertRules, as_of: datetime) -> None:
    _create_limits(connection, rules)
    habit, exposure = rules.payment_habit_broken, rules.exposure_growing
    connection.execute(
        sql("receivables", "alert_causes"),
        {
            "clear_share": rules.clear_share,
            "overdue_days": rules.overdue_beyond_limit.days,
            "credit_days": rules.credit_note_issued.days,
            "credit_forget_days": rules.credit_note_issued.forget_after_days,
            "habit_window_days": habit.window_days,
            "habit_minimum_invoices": habit.minimum_invoices,
            "habit_minimum_spread_days": habit.minimum_spread_days,
            "habit_spreads": habit.spreads,
            "is_exposure_watched": exposure.enabled,
            "exposure_steps": exposure.steps,
            "exposure_minimum_steps": exposure.minimum_steps,
            "exposure_spreads": exposure.spreads,
            "exposure_factor": exposure.factor,
            "renewal_days": rules.renewal_closing_soon.days,
        },
    )
    instant = {"as_of": as_of}
    connection.execute(sql("receivables", "alerts_ended"), instant | {"as_of_day": as_of.astimezone(UTC).date()})
    for statement in ("alerts_resumed", "alerts_opened", "alerts_refreshed"):
        connection.execute(sql("receivables", statement), instant)


def _create_limits(connection: DuckDBPyConnection, rules: AlertRules) -> None:
    """One limit per cause that is switched on and currency; a cause without limits never holds."""
    amounts: tuple[tuple[str, AlertCause, MoneyByCurrency], ...] = (
        ("overdue_beyond_limit", rules.overdue_beyond_limit, rules.overdue_beyond_limit.minimum_amount),
        ("credit_note_issued", rules.credit_note_issued, rules.credit_note_issued.minimum_amount),
        ("payment_habit_broken", rules.payment_habit_broken, rules.payment_habit_broken.minimum_amount),
        ("exposure_growing", rules.exposure_growing, rules.exposure_growing.minimum_growth),
        ("renewal_closing_soon", rules.renewal_closing_soon, rules.renewal_closing_soon.minimum_amount),
    )
    limits = [
        (reason, currency, str(amount))
        for reason, cause, by_currency in amounts
        if cause.enabled
        for currency, amount in by_currency.items()
    ]
    connection.execute(
        "create or replace temp table alert_limits as select unnest($reasons::varchar[]) as reason, "
        "unnest($currencies::varchar[]) as currency_code, unnest($amounts::varchar[])::decimal(18, 4) as amount_limit",
        {
            "reasons": [reason for reason, _, _ in limits],
            "currencies": [currency for _, currency, _ in limits],
            "amounts": [amount for _, _, amount in limits],
        },
    )
    connection.execute(
        "create or replace temp table renewal_types as select unnest($types::varchar[]) as opportunity_type",
        {"types": list(rules.renewal_closing_soon.opportunity_types)},
    )
