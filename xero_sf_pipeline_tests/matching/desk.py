"""A small warehouse for matching tests: rows are written by hand, absent columns get neutral values.

Belongs here: creating the tables that `match` reads, and reading its results as plain dicts. No rule of matching.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from xero_sf_pipeline.matching import MatchingPolicy, MatchReport, match

NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
TABLES = {
    "core.contacts": (
        "contact_key tenant_id xero_contact_id contact_name first_name last_name contact_number account_number "
        "company_number tax_number email phone website street city region postal_code country contact_status "
        "is_customer:b is_supplier:b has_sales_documents:b default_currency_code merged_to_xero_contact_id "
        "resolved_contact_key updated_at:t"
    ),
    "core.accounts": (
        "sf_account_id account_name account_number account_type parent_sf_account_id phone website street city region "
        "postal_code country owner_sf_user_id xero_contact_id email_domains:l is_deleted:b master_sf_account_id "
        "updated_at:t"
    ),
    "core.people": "sf_contact_id sf_account_id full_name email phone",
    "core.account_links": "contact_key tenant_id xero_contact_id sf_account_id sf_xero_contact_id",
    "matching.decisions": "decision_id contact_key sf_account_id decision decided_by decided_at:t reason",
}
TYPES = {"b": pa.bool_(), "t": pa.timestamp("us", tz="UTC"), "l": pa.list_(pa.string()), "": pa.string()}
Row = dict[str, Any]


def contact(key: str, name: str, **values: Any) -> Row:
    """A live contact of tenant t that is a customer."""
    row = {
        "contact_key": f"t:{key}",
        "tenant_id": "t",
        "xero_contact_id": key,
        "contact_name": name,
        "contact_status": "ACTIVE",
        "is_customer": True,
        "is_supplier": False,
        "has_sales_documents": True,
        "resolved_contact_key": f"t:{key}",
    }
    return row | values


def account(key: str, name: str, **values: Any) -> Row:
    return {"sf_account_id": key, "account_name": name, "email_domains": [], "is_deleted": False} | values


def stored_link(contact_id: str, account_id: str, *, by_key: bool = False) -> Row:
    """A link that Salesforce stores: a Xero_Contact__c row, or with `by_key` the account's own external key."""
    return {
        "contact_key": f"t:{contact_id}",
        "tenant_id": "t",
        "xero_contact_id": contact_id,
        "sf_account_id": account_id,
        "sf_xero_contact_id": None if by_key else f"x-{contact_id}",
    }


def decided(minute: int, contact_id: str, decision: str, account_id: str | None = None) -> Row:
    """A decision by ana, `minute` minutes after NOW."""
    return {
        "decision_id": f"{minute:04d}",
        "contact_key": f"t:{contact_id}",
        "sf_account_id": account_id,
        "decision": decision,
        "decided_by": "ana",
        "decided_at": NOW + timedelta(minutes=minute),
        "reason": "known to us",
    }


class Desk:
    """One in-memory database with one set of inputs."""

    def __init__(
        self,
        contacts: Iterable[Row] = (),
        accounts: Iterable[Row] = (),
        people: Iterable[Row] = (),
        links: Iterable[Row] = (),
        decisions: Iterable[Row] = (),
    ) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("create schema core; create schema matching")
        for (name, columns), rows in zip(TABLES.items(), (contacts, accounts, people, links, decisions), strict=True):
            schema = pa.schema(
                [(column.partition(":")[0], TYPES[column.partition(":")[2]]) for column in columns.split()]
            )
            incoming = pa.Table.from_pylist(list(rows), schema=schema)
            self.connection.register("incoming", incoming)
            self.connection.execute(f"create table {name} as select * from incoming")
            self.connection.unregister("incoming")

    def match(self, policy: MatchingPolicy | None = None) -> MatchReport:
        return match(self.connection, policy or MatchingPolicy(), NOW)

    def rows(self, statement: str) -> list[Row]:
        result = self.connection.execute(statement)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def links(self, policy: MatchingPolicy | None = None) -> list[Row]:
        self.match(policy)
        return self.rows("select * from matching.links order by contact_key")

    def link(self, policy: MatchingPolicy | None = None) -> Row:
        """The one link of a case with one contact."""
        (row,) = self.links(policy)
        return row

    def brief(self, *columns: str) -> list[tuple[Any, ...]]:
        """Match and return the named columns of matching.links by contact."""
        return [tuple(row[column] for column in columns) for row in self.links()]


ACME = account(
    "A1",
    "Acme Engineering Limited",
    phone="+44 20 7946 0958",
    street="12 High Street",
    city="Leeds",
    postal_code="LS1 4AB",
    email_domains=["acme-eng.co.uk"],
)
ACME_CONTACT = contact(
    "c1",
    "ACME Eng. Ltd",
    email="accounts@acme-eng.co.uk",
    phone="020 7946 0958",
    street="12 High St",
    city="Leeds",
    postal_code="LS1 4AB",
)
UNRELATED = account("A9", "Zenith Bakery", city="York", postal_code="YO1 7HH")
