"""Writes billing.invoice_links, schedule and schedule_lines: a function of the tables, the policy and the ledger.

Belongs here: the order, and rows in and out. Does not belong here: the rules (`schedule.py` and what it uses).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from xero_sf_pipeline.billing.books import read_deals, read_organisations
from xero_sf_pipeline.billing.conditions import deal_score
from xero_sf_pipeline.billing.schedule import ScheduledInvoice, schedule
from xero_sf_pipeline.policy.billing import BillDate
from xero_sf_pipeline.receivables.as_of_days import local_day
from xero_sf_pipeline.warehouse.slices import ROWS_AT_ONCE
from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import Policy

RULES_VERSION = 3
"""Raised when the Python rules give another answer, so that an upgraded product derives anew."""

_AMOUNT = pa.decimal128(18, 4)
_INVOICES = pa.schema(
    {
        "sf_opportunity_id": pa.string(), "tenant_id": pa.string(), "period_number": pa.int32(),
        "revision": pa.int32(), "our_reference": pa.string(), "reference": pa.string(), "contact_key": pa.string(),
        "needs_contact": pa.bool_(), "bill_on": pa.date32(), "due_on": pa.date32(), "amount_share": _AMOUNT,
        "amount_net": _AMOUNT, "amount_tax": _AMOUNT, "amount_total": _AMOUNT, "currency_code": pa.string(),
        "currency_rate": pa.decimal128(18, 6), "line_amount_types": pa.string(), "invoice_status": pa.string(),
        "rule": pa.string(), "hold_reason": pa.string(), "explanation": pa.string(), "approvals_needed": pa.int32(),
        "needs_approval_because": pa.string(), "issue_on": pa.date32(), "planned_due_on": pa.date32(),
    }
)  # fmt: skip
_TRACKING = ("xero_tracking_category_id", "category_name", "xero_tracking_option_id", "option_name")
_LINES = pa.schema(
    {
        "sf_opportunity_id": pa.string(), "period_number": pa.int32(), "line_number": pa.int32(),
        "item_code": pa.string(), "description": pa.string(), "quantity": _AMOUNT, "unit_amount": _AMOUNT,
        "discount_rate": _AMOUNT, "account_code": pa.string(), "tax_type": pa.string(),
        "tracking": pa.list_(pa.struct({name: pa.string() for name in _TRACKING})), "rule": pa.string(),
        "amount_line": _AMOUNT, "amount_tax": _AMOUNT, "currency_code": pa.string(),
    }
)  # fmt: skip
_OWN_OF_A_LINE = frozenset(_LINES.names) - {"sf_opportunity_id", "period_number", "tracking", "currency_code"}


@dataclass(frozen=True)
class BillingReport:
    """What one derivation wrote. `from_on` is None while billing is off."""

    from_on: date | None
    link_count: int
    invoice_count: int
    held_count: int


def inputs_of(connection: DuckDBPyConnection, policy: Policy, now: datetime) -> str:
    """Return a text that changes when anything beside core and matching changes that the derivation reads.

    The organisations' days are among it while they decide the dates of invoices that are made late.
    """
    ((created,),) = connection.execute(
        "select max(attempt_number) from ledger.attempts where state = 'confirmed' and kind = 'invoice.create'"
    ).fetchall()
    ((quoted,),) = connection.execute(
        "select count(*) || ':' || sum(hash(q)) from quotes.billing_quote_links q"
    ).fetchall()
    days: list[date] = []
    if policy.billing.enabled and policy.billing.date is BillDate.NOT_BEFORE_TODAY:
        zones = connection.execute("select distinct time_zone from core.organisations").fetchall()
        days = sorted({local_day(now, zone) for (zone,) in zones})
    told = "/".join(day.isoformat() for day in days)
    return f"{created}/{quoted}/{told}/{policy.billing.model_dump_json()}/{policy.currency.salesforce}/{RULES_VERSION}"


def derive(connection: DuckDBPyConnection, policy: Policy, now: datetime) -> BillingReport:
    """Replace billing.* by the invoices that won deals have and should have.

    Reads core, matching and the ledger. While billing is off there are links, and nothing is scheduled.

    Args:
        connection: a warehouse connection inside a transaction.
        now: the instant that counts as now, aware; on the first run with billing on it decides from which day on.
    """
    connection.execute(sql("billing", "invoice_links"))
    for table in ("schedule", "schedule_lines"):
        connection.execute(f"delete from billing.{table}")  # noqa: S608 - fixed table names
    rules = policy.billing
    from_on = None
    if rules.enabled:
        from_on = rules.from_close_date or _switched_on(connection, now)
        organisations = read_organisations(connection, now)
        deals = read_deals(connection, from_on, policy.currency.salesforce)
        wanted = (deal for deal in deals if deal_score(rules.only, deal) is not None)
        _store(connection, (row for deal in wanted for row in schedule(deal, organisations, rules)))
    ((links, invoices, held),) = connection.execute(
        "select (select count(*) from billing.invoice_links), count(*), count(hold_reason) from billing.schedule"
    ).fetchall()
    return BillingReport(from_on, links, invoices, held)


def _switched_on(connection: DuckDBPyConnection, now: datetime) -> date:
    """The day of the first derivation with billing on, in the earliest of the organisations' time zones; kept."""
    known = connection.execute("select min(started_on) from billing.start").fetchall()
    started_on: date | None = known[0][0]
    if started_on is None:
        zones = connection.execute("select distinct time_zone from core.organisations").fetchall()
        started_on = min((local_day(now, zone) for (zone,) in zones), default=local_day(now, None))
        connection.execute("insert into billing.start values ($day, $now)", {"day": started_on, "now": now})
    return started_on


def _store(connection: DuckDBPyConnection, invoices: Iterable[ScheduledInvoice]) -> None:
    source = iter(invoices)
    while chunk := list(islice(source, ROWS_AT_ONCE)):
        _insert(
            connection,
            "schedule",
            pa.table({name: [getattr(row, name) for row in chunk] for name in _INVOICES.names}, schema=_INVOICES),
        )
        lines = list(_line_rows(chunk))
        _insert(
            connection,
            "schedule_lines",
            pa.table({name: [line[name] for line in lines] for name in _LINES.names}, schema=_LINES),
        )


def _insert(connection: DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    connection.register("arriving_billing", rows)
    connection.execute(f"insert into billing.{table} by name select * from arriving_billing")  # noqa: S608 - fixed
    connection.unregister("arriving_billing")


def _line_rows(invoices: Iterable[ScheduledInvoice]) -> Iterator[dict[str, Any]]:
    for invoice in invoices:
        for line in invoice.lines:
            yield {
                "sf_opportunity_id": invoice.sf_opportunity_id,
                "period_number": invoice.period_number,
                "currency_code": invoice.currency_code,
                "tracking": [{name: getattr(option, name) for name in _TRACKING} for option in line.tracking],
            } | {name: getattr(line, name) for name in _OWN_OF_A_LINE}
