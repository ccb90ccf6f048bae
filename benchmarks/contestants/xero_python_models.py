"""xero-python: `AccountingApi.get_invoices` as documented, its models, then Arrow tables inserted into DuckDB.

Usage: xero_python_models.py <sandbox url> <empty folder>
The insert is the quick one (Arrow, no row loop in DuckDB), so that what is measured is the library's models.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from measure import measured
from rows_stored import stored
from source_access import PAGE_SIZE, xero_login
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token

INVOICE = (
    "invoice_id", "invoice_number", "reference", "currency_code", "currency_rate", "date", "due_date",
    "expected_payment_date", "fully_paid_on_date", "sub_total", "total_tax", "total", "amount_due", "amount_paid",
    "amount_credited", "updated_date_utc",
)  # fmt: skip
LINE = (
    "line_item_id", "description", "quantity", "unit_amount", "item_code", "account_code", "tax_type", "tax_amount",
    "line_amount", "discount_rate",
)  # fmt: skip
TRACKING = ("tracking_category_id", "tracking_option_id", "name", "option")
PAYMENT = ("payment_id", "date", "amount")
COUNTS = {name: f"select count(*) from {table}" for name, table in (
    ("rows", "invoices"), ("lines", "lines"), ("tracking", "tracking"), ("payments", "payments"),
)}  # fmt: skip


def main(url: str, folder: str) -> None:
    file = Path(folder) / "peer.duckdb"
    measured(lambda: load(url, file), lambda: stored(file, COUNTS))


def load(url: str, file: Path) -> None:
    token, tenant = xero_login(url)
    known = {"access_token": token, "scope": ["accounting.invoices"], "expires_in": 1800, "token_type": "Bearer"}
    configuration = Configuration(debug=False)
    configuration.oauth2_token = OAuth2Token()
    api = AccountingApi(ApiClient(configuration, oauth2_token_getter=lambda: known), base_url=f"{url}/api.xro/2.0")
    api.api_client.set_default_header("Accept-Encoding", "gzip")
    with duckdb.connect(str(file)) as connection:
        page = 1
        while True:
            answer = api.get_invoices(tenant, page=page, page_size=PAGE_SIZE, order="InvoiceID ASC", unitdp=4)
            insert(connection, answer.invoices)
            if page >= answer.pagination.page_count:
                return
            page += 1


def insert(connection: duckdb.DuckDBPyConnection, invoices: list[Any]) -> None:
    """Insert one page of models into four tables."""
    lines = [(invoice, line) for invoice in invoices for line in invoice.line_items or ()]
    rows = {
        "invoices": {
            **{name: [getattr(invoice, name) for invoice in invoices] for name in INVOICE},
            **{name: [str(getattr(invoice, name)) for invoice in invoices] for name in ("type", "status")},
            "contact_id": [invoice.contact.contact_id for invoice in invoices],
            "contact_name": [invoice.contact.name for invoice in invoices],
        },
        "lines": {
            "invoice_id": [invoice.invoice_id for invoice, _ in lines],
            **{name: [getattr(line, name) for _, line in lines] for name in LINE},
        },
        "tracking": _nested([(line.line_item_id, one) for _, line in lines for one in line.tracking or ()], TRACKING),
        "payments": _nested(
            [(invoice.invoice_id, one) for invoice in invoices for one in invoice.payments or ()], PAYMENT
        ),
    }
    for table, columns in rows.items():
        page = pa.table({name: _column(name, values) for name, values in columns.items()})
        connection.execute(f"create table if not exists {table} as select * from page limit 0")
        connection.execute(f"insert into {table} select * from page")
        del page


def _nested(pairs: list[tuple[str, Any]], names: tuple[str, ...]) -> dict[str, list[Any]]:
    return {"owner_id": [owner for owner, _ in pairs]} | {
        name: [getattr(one, name) for _, one in pairs] for name in names
    }


_MONEY = {
    "sub_total", "total_tax", "total", "amount_due", "amount_paid", "amount_credited", "currency_rate", "quantity",
    "unit_amount", "tax_amount", "line_amount", "discount_rate", "amount",
}  # fmt: skip
_DATES = {"date", "due_date", "expected_payment_date", "fully_paid_on_date"}


def _column(name: str, values: list[Any]) -> pa.Array:
    if name in _MONEY:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    if name in _DATES:
        return pa.array(values, pa.date32())
    if name == "updated_date_utc":
        return pa.array(values, pa.timestamp("us", "UTC"))
    return pa.array([None if value is None else str(value) for value in values], pa.string())


if __name__ == "__main__":
    main(*sys.argv[1:])
