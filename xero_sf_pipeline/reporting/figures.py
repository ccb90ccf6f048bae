"""Reads the numbers of the report page from a snapshot: one statement of `sql/reporting/page_*.sql` per table.

Belongs here: what is read. Does not belong here: drawing, wording, HTML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from duckdb import DuckDBPyConnection

from xero_sf_pipeline.errors import NotFound
from xero_sf_pipeline.reporting.inputs import define_inputs
from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.policy.reporting import ReportingRules

Row = Mapping[str, Any]

_TABLES: Mapping[str, tuple[str, ...]] = {
    "organisations": (),
    "ageing": (),
    "debtors": ("list_rows",),
    "trend": ("trend_days",),
    "days_to_pay": (),
    "days_late": (),
    "months": ("months",),
    "deal_totals": (),
    "backlog": (),
    "backlog_deals": ("list_rows",),
    "drafts": (),
    "without_deal": (),
    "held": (),
    "control": (),
    "control_reasons": (),
    "reads": (),
    "plan_run": (),
    "plan": (),
    "pushes": (),
    "dead_letters": (),
    "api_calls": (),
    "problems": (),
}
"""Table of the page -> the rules that its statement takes."""


@dataclass(frozen=True)
class Figures:
    """Everything on the page.

    Attributes:
        as_of_at: the newest instant that the snapshot knows of.
        as_of_on: the newest day that receivables were derived for; None before the first.
        tables: rows by the name of their statement.
    """

    as_of_at: datetime
    as_of_on: date | None
    is_reconciled: bool
    is_status_set_up: bool
    is_billing_set_up: bool
    tables: Mapping[str, Sequence[Row]]


def read_figures(connection: DuckDBPyConnection, rules: ReportingRules) -> Figures:
    """Read all tables of the page; works on a read-only snapshot, an older version's too.

    Raises:
        NotFound: nothing was ever read, so there is nothing to report.
    """
    define_inputs(connection)
    (general,) = _rows(connection, "as_of", {})
    if general["as_of_at"] is None:
        raise NotFound("Nothing has been read from either system yet.", remedy="Run `xero-sf sync` first.")
    values = rules.model_dump()
    connection.execute(sql("reporting", "page_newest_ageing"))
    connection.execute(sql("reporting", "page_settled_invoices"), {"months": rules.months})
    tables = {
        name: _rows(connection, name, {parameter: values[parameter] for parameter in parameters})
        for name, parameters in _TABLES.items()
    }
    return Figures(tables=tables, **general)


def _rows(connection: DuckDBPyConnection, name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    cursor = connection.execute(sql("reporting", f"page_{name}"), dict(parameters))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
