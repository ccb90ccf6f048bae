"""Finds the invoices that Xero quotes became: quotes.invoice_links and quotes.billing_quote_links.

Belongs here: when links are looked for. Does not belong here: the rules (`sql/quotes`), opportunities (`quotes.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import Policy


@dataclass(frozen=True)
class QuoteLinksReport:
    """Links found, invoiced quotes without a clear invoice, and links of opportunities."""

    linked_count: int
    review_count: int
    opportunity_link_count: int


def derive_quote_links(connection: DuckDBPyConnection, policy: Policy) -> QuoteLinksReport:
    """Rebuild the links, whether quotes make opportunities or not: a deal must not be billed twice in any case.

    Args:
        connection: a warehouse connection inside a transaction.
    """
    for table in ("invoice_links", "billing_quote_links"):
        connection.execute(f"delete from quotes.{table}")  # noqa: S608 - fixed table names
    connection.execute(sql("quotes", "invoice_links"), {"invoice_within_days": policy.quotes.invoice_within_days})
    connection.execute(sql("quotes", "billing_quote_links"))
    ((linked, review, of_opportunities),) = connection.execute(
        "select count(*) filter (outcome = 'linked'), count(*) filter (outcome = 'review'), "
        "(select count(*) from quotes.billing_quote_links) from quotes.invoice_links"
    ).fetchall()
    return QuoteLinksReport(linked, review, of_opportunities)
