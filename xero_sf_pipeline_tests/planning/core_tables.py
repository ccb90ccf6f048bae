"""Hand-written rows for the tables that receivables and planning read.

A `Books` is one in-memory warehouse with the durable schema and the core tables; each `add_*` writes one whole row with
believable defaults and returns its key. Amounts are given as text ("120.00").
"""

# ruff: noqa: C408 - rows read best as name=value
from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from xero_sf_pipeline import core
from xero_sf_pipeline.warehouse.schema import create_schema
from xero_sf_pipeline_tests.warehouse.copies import new_warehouse

TENANT = "10000000-0000-4000-8000-000000000001"
NOW = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
OWNER = "005000000000001AAA"


@cache
def core_tables() -> str:
    """Statements that create the core tables empty, with the columns that their own statements give them."""
    with duckdb.connect(":memory:") as connection:
        create_schema(connection)
        core.build(connection)
        tables = connection.execute("select sql from duckdb_tables() where schema_name = 'core' order by table_name")
        return "\n".join(text for (text,) in tables.fetchall())


def create_core_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the core tables empty."""
    connection.execute(core_tables())


def money(text: str | Decimal) -> Decimal:
    return Decimal(text).quantize(Decimal("0.0001"))


class Books:
    """One organisation's books and one org's records, in memory."""

    def __init__(self, time_zone: str = "Europe/London") -> None:
        self.connection = new_warehouse(create_core_tables)
        self.add_organisation(TENANT, time_zone)
        self.put("core.users", sf_user_id=OWNER, user_name="Ana Reis", email="ana@example.com", is_active=True)

    def put(self, table: str, **row: Any) -> None:
        columns = ", ".join(row)
        places = ", ".join(f"${column}" for column in row)
        self.connection.execute(f"insert into {table} ({columns}) values ({places})", row)

    def rows(self, query: str, parameters: Any = None) -> list[dict[str, Any]]:
        result = self.connection.execute(query, parameters)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def value(self, query: str) -> Any:
        row = self.connection.execute(query).fetchone()
        assert row is not None
        return row[0]

    def run(self, statement: str, parameters: Any = None) -> None:
        self.connection.execute(statement, parameters)

    def add_organisation(self, tenant_id: str, time_zone: str, name: str = "Northwind Ltd") -> None:
        self.put(
            "core.organisations", tenant_id=tenant_id, organisation_name=name, short_code="!a1",
            base_currency_code="GBP", country_code="GB", time_zone=time_zone,
        )  # fmt: skip

    def add_contact(self, name: str, *, tenant_id: str = TENANT, **changes: Any) -> str:
        xero_id = changes.pop("xero_contact_id", f"c-{name}")
        key = f"{tenant_id}:{xero_id}"
        row = dict(
            contact_key=key, tenant_id=tenant_id, xero_contact_id=xero_id, contact_name=name, contact_status="ACTIVE",
            is_customer=True, is_supplier=False, has_sales_documents=True, resolved_contact_key=key, updated_at=NOW,
        )  # fmt: skip
        self.put("core.contacts", **(row | changes))
        return key

    def add_account(self, sf_account_id: str, name: str, **changes: Any) -> str:
        row = dict(
            sf_account_id=sf_account_id, account_name=name, owner_sf_user_id=OWNER, email_domains=[], is_deleted=False,
            updated_at=NOW,
        )  # fmt: skip
        self.put("core.accounts", **(row | changes))
        return sf_account_id

    def link(self, contact_key: str, outcome: str, sf_account_id: str | None = None, **changes: Any) -> None:
        row = dict(
            contact_key=contact_key, outcome=outcome, sf_account_id=sf_account_id, method="stored_link",
            is_primary=outcome == "linked",
        )  # fmt: skip
        self.put("matching.links", **(row | changes))

    def add_linked_contact(self, name: str, sf_account_id: str, **changes: Any) -> str:
        """A contact whose account, stored link and external key are all in place: nothing is left to link."""
        key = self.add_contact(name, **changes)
        xero_id = key.split(":")[1]
        self.add_account(sf_account_id, f"{name} (SF)", xero_contact_id=xero_id)
        self.link(key, "linked", sf_account_id)
        self.put("core.xero_contacts", contact_key=key, sf_xero_contact_id=f"a00{sf_account_id[3:]}",
                 contact_name=name, sf_account_id=sf_account_id, updated_at=NOW)  # fmt: skip
        return key

    def add_invoice(
        self, number: str, contact_key: str, total: str, due_on: date, *, due: str | None = None, **changes: Any
    ) -> str:
        tenant_id = contact_key.split(":")[0]
        xero_id = f"i-{number}"
        key = f"{tenant_id}:{xero_id}"
        row = dict(
            invoice_key=key, tenant_id=tenant_id, xero_invoice_id=xero_id, contact_key=contact_key,
            invoice_number=number, invoice_type="ACCREC", invoice_status="AUTHORISED", issued_on=date(2026, 1, 5),
            due_on=due_on, currency_code="GBP", amount_total=money(total), amount_due=money(due or total),
            amount_paid=money(0), amount_credited=money(0), is_deleted=False, updated_at=NOW,
            xero_url=f"https://go.xero.com/app/!a1/invoicing/view/{xero_id}",
        )  # fmt: skip
        self.put("core.invoices", **(row | changes))
        return key

    def add_payment(self, number: str, document_key: str, amount: str, paid_on: date, **changes: Any) -> str:
        tenant_id = document_key.split(":")[0]
        key = f"{tenant_id}:p-{number}"
        row = dict(
            payment_key=key, tenant_id=tenant_id, xero_payment_id=f"p-{number}", payment_type="ACCRECPAYMENT",
            payment_status="AUTHORISED", document_key=document_key, paid_on=paid_on, amount_paid=money(amount),
            currency_code="GBP", is_deleted=False, updated_at=NOW,
        )  # fmt: skip
        self.put("core.payments", **(row | changes))
        return key

    def add_credit(self, number: str, contact_key: str, total: str, remaining: str, **changes: Any) -> str:
        tenant_id = contact_key.split(":")[0]
        key = f"{tenant_id}:n-{number}"
        row = dict(
            credit_key=key, tenant_id=tenant_id, credit_kind="credit_note", xero_credit_id=f"n-{number}",
            contact_key=contact_key, credit_type="ACCRECCREDIT", credit_status="AUTHORISED",
            issued_on=date(2026, 2, 1), currency_code="GBP", amount_total=money(total),
            amount_remaining=money(remaining), is_deleted=False, updated_at=NOW,
        )  # fmt: skip
        self.put("core.credits", **(row | changes))
        return key

    def apply_credit(self, credit_key: str, invoice_key: str, amount: str, applied_on: date, **changes: Any) -> None:
        row = dict(
            application_key=f"{credit_key}/{invoice_key}", credit_key=credit_key, invoice_key=invoice_key,
            applied_on=applied_on, amount_applied=money(amount), currency_code="GBP", is_deleted=False,
        )  # fmt: skip
        self.put("core.credit_applications", **(row | changes))

    def add_case(self, sf_case_id: str, invoice_key: str | None, **changes: Any) -> str:
        row = dict(
            sf_case_id=sf_case_id, case_number=sf_case_id[-4:], subject="Overdue invoice INV-1, Acme",
            case_status="New", priority="High", case_type="Overdue invoice", origin="Xero", owner_sf_user_id=OWNER,
            is_closed=False, invoice_key=invoice_key, currency_code="GBP", stage="Overdue", is_deleted=False,
            updated_at=NOW,
        )  # fmt: skip
        row |= {"amount_due": money(changes.pop("due", "0"))} if "due" in changes else {}
        self.put("core.cases", **(row | changes))
        return sf_case_id


DATA_POLICY = Path(__file__).parents[2] / "data" / "policy.yaml"
