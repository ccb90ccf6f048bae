"""Reads organisations and deals from the tables, typed.

Belongs here: rows to facts. Does not belong here: which rows (`sql/billing`), any rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from duckdb import DuckDBPyConnection

from xero_sf_pipeline.billing.facts import (
    Contact,
    Deal,
    DealLine,
    Item,
    Organisation,
    TrackingOption,
    UnlinkedInvoice,
)
from xero_sf_pipeline.receivables.as_of_days import local_day
from xero_sf_pipeline.warehouse.mapped_fields import field_texts
from xero_sf_pipeline.warehouse.slices import rows_of
from xero_sf_pipeline.warehouse.statements import sql


def read_organisations(connection: DuckDBPyConnection, now: datetime) -> dict[str, Organisation]:
    """Return every organisation by tenant id, with all that its invoices may name. `now` gives each its today."""
    connection.execute(sql("matching", "macros"))
    found = {
        row["tenant_id"]: Organisation(today=local_day(now, row.pop("time_zone")), **row)
        for row in _rows(connection, sql("billing", "organisations"))
    }
    read = [
        ("select tenant_id, currency_code from core.currencies", _add_currency),
        ("select tenant_id, account_code, account_status, tax_type from core.ledger_accounts", _add_account),
        ("select tenant_id, tax_type, tax_status, effective_rate, is_for_revenue from core.tax_rates", _add_tax_rate),
        (
            "select tenant_id, item_code, item_name, description, is_sold, sales_account_code, sales_tax_type "
            "from core.items",
            _add_item,
        ),
        ("from core.tracking_options", _add_tracking_option),
        (sql("billing", "billed_contacts"), _add_contact),
        (sql("billing", "contacts_in_review"), _add_review),
        (sql("billing", "namesakes"), _add_namesake),
        (sql("billing", "archived_namesakes"), _add_archived_namesake),
        (sql("billing", "unlinked_invoices"), _add_unlinked_invoice),
    ]
    for statement, add in read:
        for row in _rows(connection, statement):
            if row["tenant_id"] in found:
                add(found[row["tenant_id"]], row)
    return found


def read_deals(connection: DuckDBPyConnection, from_on: date, salesforce_currency: str | None) -> Iterator[Deal]:
    """Yield the won deals closed from a day, and those that we billed already. Amounts are Decimal."""
    parameters = {"from_on": from_on, "salesforce_currency": salesforce_currency}
    for row in rows_of(connection, sql("billing", "won_deals"), parameters):
        countries = tuple(value for value in (row.pop("country"), row.pop("country_code")) if value)
        fields = field_texts(row.pop("fields"))
        lines = tuple(DealLine(number, **line) for number, line in enumerate(row.pop("lines") or (), start=1))
        row["billed_periods"] = tuple(row["billed_periods"] or ())
        yield Deal(**row, account_countries=countries, fields=fields, lines=lines)


def _rows(connection: DuckDBPyConnection, statement: str) -> list[dict[str, Any]]:
    result = connection.execute(statement)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _add_currency(organisation: Organisation, row: dict[str, Any]) -> None:
    organisation.currencies.add(row["currency_code"])


def _add_account(organisation: Organisation, row: dict[str, Any]) -> None:
    if row["account_code"] is not None:
        organisation.accounts[row["account_code"]] = (row["account_status"] or "ACTIVE", row["tax_type"])


def _add_tax_rate(organisation: Organisation, row: dict[str, Any]) -> None:
    status = "not for sales" if row["is_for_revenue"] is False else row["tax_status"] or "ACTIVE"
    organisation.tax_rates[row["tax_type"]] = (status, row["effective_rate"] or Decimal(0))


def _add_item(organisation: Organisation, row: dict[str, Any]) -> None:
    del row["tenant_id"]
    organisation.items[row["item_code"]] = Item(**row)


def _add_tracking_option(organisation: Organisation, row: dict[str, Any]) -> None:
    is_active = row["category_status"] == row["option_status"] == "ACTIVE"
    organisation.tracking[(row["category_name"].casefold(), row["option_name"].casefold())] = TrackingOption(
        row["xero_tracking_category_id"],
        row["category_name"],
        row["xero_tracking_option_id"],
        row["option_name"],
        is_active,
    )


def _add_contact(organisation: Organisation, row: dict[str, Any]) -> None:
    del row["tenant_id"]
    account = row.pop("sf_account_id")
    organisation.contacts.setdefault(account, []).append(Contact(**row))


def _add_review(organisation: Organisation, row: dict[str, Any]) -> None:
    organisation.accounts_in_review.add(row["sf_account_id"])


def _add_namesake(organisation: Organisation, row: dict[str, Any]) -> None:
    organisation.accounts_with_namesake[row["sf_account_id"]] = row["contact_name"]


def _add_archived_namesake(organisation: Organisation, row: dict[str, Any]) -> None:
    organisation.accounts_with_archived_namesake[row["sf_account_id"]] = row["contact_name"]


def _add_unlinked_invoice(organisation: Organisation, row: dict[str, Any]) -> None:
    del row["tenant_id"]
    billed = (row.pop("contact_key"), row.pop("currency_code"))
    organisation.unlinked_invoices.setdefault(billed, []).append(UnlinkedInvoice(**row))
