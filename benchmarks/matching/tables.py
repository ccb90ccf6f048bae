"""Labelled records in the shape of core.contacts and core.accounts, and how they get into DuckDB.

Belongs here: the tables that every contestant of the benchmark reads. Does not belong here: matching.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

CONTACT_TEXT = [
    "contact_key",
    "tenant_id",
    "xero_contact_id",
    "contact_name",
    "first_name",
    "last_name",
    "contact_number",
    "account_number",
    "company_number",
    "tax_number",
    "email",
    "phone",
    "website",
    "street",
    "city",
    "region",
    "postal_code",
    "country",
    "contact_status",
    "default_currency_code",
    "merged_to_xero_contact_id",
    "resolved_contact_key",
]
CONTACT_FLAGS = ["is_customer", "is_supplier", "has_sales_documents"]
ACCOUNT_TEXT = [
    "sf_account_id",
    "account_name",
    "account_number",
    "account_type",
    "parent_sf_account_id",
    "phone",
    "website",
    "street",
    "city",
    "region",
    "postal_code",
    "country",
    "owner_sf_user_id",
    "xero_contact_id",
    "master_sf_account_id",
]
PEOPLE_TEXT = ["sf_contact_id", "sf_account_id", "full_name", "email", "phone"]
LINK_TEXT = ["contact_key", "tenant_id", "xero_contact_id", "sf_account_id", "sf_xero_contact_id"]

INSTANT = pa.timestamp("us", tz="UTC")
CONTACTS = pa.schema(
    [(name, pa.string()) for name in CONTACT_TEXT]
    + [(name, pa.bool_()) for name in CONTACT_FLAGS]
    + [("updated_at", INSTANT)]
)
ACCOUNTS = pa.schema(
    [(name, pa.string()) for name in ACCOUNT_TEXT]
    + [("email_domains", pa.list_(pa.string())), ("is_deleted", pa.bool_()), ("updated_at", INSTANT)]
)
PEOPLE = pa.schema([(name, pa.string()) for name in PEOPLE_TEXT])
LINKS = pa.schema([(name, pa.string()) for name in LINK_TEXT])


@dataclass
class Labelled:
    """Rows plus the truth: contact_key -> sf_account_id, or None where no account is right."""

    contacts: list[dict[str, Any]] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    truth: dict[str, str | None] = field(default_factory=dict)
    variety: dict[str, str] = field(default_factory=dict)
    ambiguous: dict[str, list[str]] = field(default_factory=dict)


def load(connection: duckdb.DuckDBPyConnection, labelled: Labelled) -> None:
    """Create the `core` tables that matching reads. Absent columns get the neutral value: a live, active customer."""
    contacts = [
        {
            "tenant_id": row["contact_key"].partition(":")[0],
            "xero_contact_id": row["contact_key"].partition(":")[2],
            "contact_status": "ACTIVE",
            "resolved_contact_key": row["contact_key"],
            "is_customer": True,
            "is_supplier": False,
            "has_sales_documents": True,
            **row,
        }
        for row in labelled.contacts
    ]
    accounts = [{"is_deleted": False, "email_domains": [], **row} for row in labelled.accounts]
    connection.execute("create schema if not exists core")
    tables = {
        "contacts": pa.Table.from_pylist(contacts, schema=CONTACTS),
        "accounts": pa.Table.from_pylist(accounts, schema=ACCOUNTS),
        "people": pa.Table.from_pylist(labelled.people, schema=PEOPLE),
        "account_links": pa.Table.from_pylist(labelled.links, schema=LINKS),
    }
    for name, table in tables.items():
        connection.register("incoming", table)
        connection.execute(f"create or replace table core.{name} as select * from incoming")
        connection.unregister("incoming")
