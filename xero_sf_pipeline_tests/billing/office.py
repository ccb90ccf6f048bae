"""An organisation with a price list, and won deals; and a stand-in for Xero and the read-back of what is billed.

Belongs here: rows, and what a write does to the tables, as Xero and Salesforce would show it. Does not belong here:
assertions.
"""

# ruff: noqa: C408 - rows read best as name=value
from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from xero_sf_pipeline.billing import derive as derive_billing
from xero_sf_pipeline.billing.money import line_amount, line_tax
from xero_sf_pipeline.planning.planner import PlanReport, make_plan
from xero_sf_pipeline.policy import Policy, parse_policy
from xero_sf_pipeline.receivables import derive as derive_receivables
from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books, money
from xero_sf_pipeline_tests.planning.desk import Desk

ACCOUNT = "001000000000001AAA"
DEAL = "006000000000001AAA"
SECOND_DEAL = "006000000000002AAA"
CLOSED = date(2026, 3, 10)
RATES = {"OUTPUT2": Decimal(20), "ZERORATEDOUTPUT": Decimal(0), "OLD": Decimal(17)}

RULES: dict[str, Any] = {
    "enabled": True,
    "from_close_date": "2026-01-01",
    "lines": [{"name": "sales", "account_code": "200", "tax_type": "OUTPUT2"}],
}
"""The smallest set of rules with which a deal without products can be billed."""


def rules(**changes: Any) -> Policy:
    return parse_policy({"currency": {"salesforce": "GBP"}, "billing": RULES | changes})


def office(tenant_id: str = TENANT) -> Books:
    """Books of an organisation that can bill, with one account that is linked with its contact."""
    books = Books()
    furnish(books, tenant_id)
    books.add_linked_contact("Acme", ACCOUNT)
    return books


def furnish(books: Books, tenant_id: str = TENANT) -> None:
    """Give an organisation accounts, tax rates, items, tracking and currencies."""
    for code, status, tax in (
        ("200", "ACTIVE", "OUTPUT2"),
        ("210", "ACTIVE", "OUTPUT2"),
        ("220", "ARCHIVED", "OUTPUT2"),
        ("230", "ACTIVE", None),
    ):
        books.put(
            "core.ledger_accounts", tenant_id=tenant_id, xero_account_id=f"a-{code}", account_code=code,
            account_name=f"Sales {code}", account_type="REVENUE", account_status=status, tax_type=tax,
        )  # fmt: skip
    for tax_type, rate in RATES.items():
        books.put(
            "core.tax_rates", tenant_id=tenant_id, tax_type=tax_type, tax_name=tax_type, effective_rate=rate,
            tax_status="ARCHIVED" if tax_type == "OLD" else "ACTIVE", is_for_revenue=True,
        )  # fmt: skip
    for code, account in (("SUPPORT", "210"), ("LICENCE", None)):
        books.put(
            "core.items", item_key=f"{tenant_id}:{code}", tenant_id=tenant_id, xero_item_id=f"item-{code}",
            item_code=code, item_name=code.title(), description=f"{code.title()} as listed", is_sold=True,
            sales_account_code=account, sales_tax_type="ZERORATEDOUTPUT" if account else None,
        )  # fmt: skip
    for category, option, status in (
        ("Region", "North", "ACTIVE"), ("Region", "South", "ARCHIVED"), ("Team", "Direct", "ACTIVE"),
        ("Channel", "Web", "ACTIVE"),
    ):  # fmt: skip
        books.put(
            "core.tracking_options", tenant_id=tenant_id, xero_tracking_category_id=f"c-{category}",
            category_name=category, category_status="ACTIVE", xero_tracking_option_id=f"o-{option}",
            option_name=option, option_status=status,
        )  # fmt: skip
    for currency in ("GBP", "EUR"):
        books.put("core.currencies", tenant_id=tenant_id, currency_code=currency, currency_name=currency)


def win(books: Books, amount: str, sf_opportunity_id: str = DEAL, **changes: Any) -> str:
    """Add a won deal of the account."""
    fields = changes.pop("fields", None)
    row = dict(
        sf_opportunity_id=sf_opportunity_id, sf_account_id=ACCOUNT, opportunity_name="Big deal", stage_name="Closed Won",
        is_won=True, is_closed=True, close_on=CLOSED, amount=money(amount), currency_code="GBP", has_lines=False,
        mapped_fields=json.dumps(fields) if fields else None, updated_at=NOW,
    )  # fmt: skip
    books.put("core.opportunities", **(row | changes))
    return sf_opportunity_id


def sell(books: Books, number: int, quantity: str, price: str, *, deal: str = DEAL, **changes: Any) -> None:
    """Add a product line to a deal; its total as Salesforce works it out."""
    discount = Decimal(changes.pop("discount_rate", "0"))
    total = line_amount(Decimal(quantity), Decimal(price), discount)
    row = dict(
        sf_opportunity_line_id=f"00k{deal[3:14]}{number:04d}", sf_opportunity_id=deal, product_code=None,
        product_name=f"Product {number}", line_name=f"Product {number}", quantity=Decimal(quantity),
        amount_unit=Decimal(price), amount_total=total, discount_rate=discount or None, sort_order=number,
        currency_code="GBP", updated_at=NOW,
    )  # fmt: skip
    books.put("core.opportunity_lines", **(row | changes))


class BillingDesk(Desk):
    """Derives, plans and pushes invoices, contacts and opportunity fields too."""

    def __init__(self, books: Books, policy: Policy | None = None, now: datetime = NOW) -> None:
        super().__init__(books, policy or rules(), now)
        self._derived_at: datetime | None = None

    def plan(self, **options: Any) -> PlanReport:
        """Plan; receivables are derived once an instant, since nothing here becomes overdue."""
        connection = self.books.connection
        derive_billing(connection, self.policy, self.now)
        if self._derived_at != self.now:
            derive_receivables(connection, self.policy, self.now)
            self._derived_at = self.now
        return make_plan(connection, self.policy, self.now, "run-1", **options)

    def plan_as(self, people: Path) -> PlanReport:
        return self.plan(approvals_path=people)

    def kinds(self) -> list[str]:
        self.plan()
        return [write["kind"] for write in self.writes()]

    def nothing_is_left(self) -> bool:
        return self.plan().write_count == 0

    def the_write(self, kind: str) -> dict[str, Any]:
        (write,) = [write for write in self.writes() if write["kind"] == kind]
        return write

    def reasons(self) -> list[tuple[str, str]]:
        """Subject and reason of every exclusion."""
        self.plan()
        return self.exclusions()

    def _apply(self, write: dict[str, Any]) -> str:
        match (write["target_system"], write["target_object"]):
            case ("xero", "Invoice"):
                return self._apply_invoice(write)
            case ("xero", "Contact"):
                return self._apply_contact(write)
            case ("xero", "CreditNote"):
                return self._apply_credit_note(write)
            case ("salesforce", "Opportunity"):
                return self._apply_opportunity(write)
        return super()._apply(write)

    def attempt(self, write: dict[str, Any], state: str, **changes: Any) -> None:
        super().attempt(write, state, **({"target_system": write["target_system"]} | changes))

    def _apply_contact(self, write: dict[str, Any]) -> str:
        tenant_id, account = write["target_key"].split(":")
        xero_id = f"c-{account}"
        self.books.add_contact(
            write["payload"]["Name"], tenant_id=tenant_id, xero_contact_id=xero_id, contact_number=account,
            has_sales_documents=False, is_customer=False,
        )  # fmt: skip
        return xero_id

    def _apply_invoice(self, write: dict[str, Any]) -> str:
        payload = write["payload"]
        tenant_id, reference = write["target_key"].split(":")
        if write["target_id"] is None:
            contact = payload["Contact"]["ContactID"]
            if isinstance(contact, dict):
                contact = self.books.value(
                    f"select remote_id from ledger.current where write_id = '{contact['$write']}'"
                )
            number = f"{reference[-6:]}"
            key = self.books.add_invoice(
                number, f"{tenant_id}:{contact}", "0", date.fromisoformat(payload.get("DueDate") or "2026-12-31"),
                invoice_status=payload["Status"], reference=payload["Reference"],
                issued_on=date.fromisoformat(payload.get("Date") or "2026-03-16"),
                currency_code=payload["CurrencyCode"], line_amount_types=payload["LineAmountTypes"],
                updated_at=self.now,
            )  # fmt: skip
        else:
            key = f"{tenant_id}:{write['target_id']}"
            columns = {
                "Date": "issued_on",
                "DueDate": "due_on",
                "Reference": "reference",
                "CurrencyCode": "currency_code",
            }
            for field, column in columns.items():
                if field in payload:
                    self.books.run(
                        f"update core.invoices set {column} = $v where invoice_key = $k",
                        {"v": payload[field], "k": key},
                    )
        if "LineItems" in payload:
            self.set_lines(key, payload["LineItems"])
        return key.split(":")[1]

    def set_lines(self, key: str, lines: list[dict[str, Any]]) -> None:
        """Put lines into a mirrored invoice, with the amounts, taxes and ids that Xero gives them."""
        self.books.run("delete from core.invoice_lines where invoice_key = $k", {"k": key})
        mode = self.books.value(f"select line_amount_types from core.invoices where invoice_key = '{key}'")
        amount = tax = Decimal(0)
        for number, line in enumerate(lines, start=1):
            discount = Decimal(str(line.get("DiscountRate") or 0))
            of_line = line_amount(Decimal(str(line["Quantity"])), Decimal(str(line["UnitAmount"])), discount)
            rate = RATES[line.get("TaxType", "OUTPUT2")]
            of_tax = line_tax(of_line, rate, {"Exclusive": "exclusive", "Inclusive": "inclusive"}.get(mode, "no_tax"))
            amount, tax = amount + of_line, tax + of_tax
            self.books.put(
                "core.invoice_lines", invoice_key=key, line_number=number,
                xero_line_item_id=line.get("LineItemID") or f"l-{self._next_id('')}", description=line["Description"],
                item_code=line.get("ItemCode"), quantity=line["Quantity"], unit_amount=line["UnitAmount"],
                discount_rate=discount or None, account_code=line.get("AccountCode"),
                tax_type=line.get("TaxType", "OUTPUT2"), amount_tax=of_tax, amount_line=of_line,
                tracking=[
                    {"xero_tracking_category_id": part["TrackingCategoryID"], "xero_tracking_option_id": part["TrackingOptionID"],
                     "category_name": None, "option_name": None}
                    for part in line.get("Tracking") or []
                ],
            )  # fmt: skip
        net, total = (amount - tax, amount) if mode == "Inclusive" else (amount, amount + tax)
        self.books.run(
            "update core.invoices set amount_subtotal = $n, amount_tax = $x, amount_total = $t, amount_due = $t, "
            "updated_at = $now where invoice_key = $k",
            {"n": net, "x": tax, "t": total, "k": key, "now": self.now},
        )

    def _apply_credit_note(self, write: dict[str, Any]) -> str:
        tenant_id, reference = write["target_key"].split(":")
        contact = f"{tenant_id}:{write['payload']['Contact']['ContactID']}"
        key = self.books.add_credit(reference[-4:], contact, "0", "0", credit_status="DRAFT", reference=reference)
        return key.split(":")[1]

    def _apply_opportunity(self, write: dict[str, Any]) -> str:
        columns = {
            "Xero_Invoice_ID__c": "xero_invoice_id",
            "Xero_Invoice_Number__c": "xero_invoice_number",
            "Xero_Invoice_Status__c": "xero_invoice_status",
            "Xero_Link__c": "xero_url",
        }
        for field, value in write["payload"].items():
            self.books.run(
                f"update core.opportunities set {columns[field]} = $v where sf_opportunity_id = $k",
                {"v": value, "k": write["target_key"]},
            )
        return str(write["target_key"])
