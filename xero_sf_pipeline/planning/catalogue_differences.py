"""Compares the price lists: catalogue.differences, which a person and billing read before an invoice is spoiled.

Belongs here: which organisations take part. Does not belong here: what is written (`catalogue.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import Policy


@dataclass(frozen=True)
class CatalogueReport:
    """How many differences there are, by kind, and how many of them would spoil an invoice."""

    by_difference: dict[str, int]
    spoiling_count: int


def derive_catalogue(connection: DuckDBPyConnection, policy: Policy) -> CatalogueReport:
    """Rebuild catalogue.differences from core.items, products and prices, whatever the policy's direction.

    Args:
        connection: a warehouse connection inside a transaction.
    """
    create_tenants(connection, policy)
    connection.execute("delete from catalogue.differences")
    connection.execute(sql("catalogue", "differences"), {"salesforce_currency": policy.currency.salesforce})
    connection.execute("drop table temp.catalogue_tenants")
    found = connection.execute(
        "select difference, count(*), count(*) filter (spoils_invoice) from catalogue.differences group by 1 order by 1"
    ).fetchall()
    return CatalogueReport({row[0]: row[1] for row in found}, sum(row[2] for row in found))


def create_tenants(connection: DuckDBPyConnection, policy: Policy) -> None:
    """Create temp.catalogue_tenants(tenant_id, tenant_rank): who takes part, the leading organisation first."""
    named = list(policy.catalogue.organisations)
    connection.execute(
        "create or replace temp table catalogue_tenants as "
        "select tenant_id, row_number() over (order by list_position($named::varchar[], tenant_id), tenant_id) "
        "as tenant_rank from core.organisations where len($named::varchar[]) = 0 or tenant_id in $named::varchar[]",
        {"named": named},
    )
