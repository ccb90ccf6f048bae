"""Hand-written price lists of both sides, compared and planned.

Belongs here: rows of core.items, products and prices. Does not belong here: assertions.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from xero_sf_pipeline.planning.catalogue import plan_catalogue
from xero_sf_pipeline.planning.catalogue_differences import CatalogueReport, derive_catalogue
from xero_sf_pipeline.planning.desk import PlanDesk
from xero_sf_pipeline.planning.field_updates import create_field_updates, merge_field_updates
from xero_sf_pipeline.planning.parameters import create_parameters
from xero_sf_pipeline.policy import Policy, parse_policy
from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books

STANDARD_BOOK = "01s000000000001AAA"
OTHER_TENANT = "20000000-0000-4000-8000-000000000002"


def rules(direction: str = "xero_to_salesforce", **catalogue: Any) -> Policy:
    return parse_policy({"catalogue": {"direction": direction, **catalogue}})


class Shop:
    """One organisation's items and one org's products. Sales account 200 and tax OUTPUT2 exist."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.books = Books()
        self.policy = policy or rules()
        self.count = 0
        self.books.put(
            "raw_salesforce.pricebooks", org_id="o", sf_pricebook_id=STANDARD_BOOK, pricebook_name="Standard",
            is_active=True, is_standard=True, is_deleted=False,
        )  # fmt: skip
        self.books.put("core.ledger_accounts", tenant_id=TENANT, account_code="200", account_status="ACTIVE")
        self.books.put("core.ledger_accounts", tenant_id=TENANT, account_code="299", account_status="ARCHIVED")
        self.books.put("core.tax_rates", tenant_id=TENANT, tax_type="OUTPUT2", tax_status="ACTIVE")

    def item(self, code: str, price: str | None = "10.00", *, tenant_id: str = TENANT, **more: Any) -> str:
        self.count += 1
        key = f"{tenant_id}:i-{self.count}"
        row: dict[str, Any] = {
            "item_key": key, "tenant_id": tenant_id, "xero_item_id": f"i-{self.count}", "item_code": code,
            "item_name": f"Item {code.strip()}", "is_sold": True, "is_purchased": False, "is_tracked": False,
            "amount_sales_unit": None if price is None else Decimal(price), "sales_account_code": "200",
            "sales_tax_type": "OUTPUT2", "currency_code": "GBP", "updated_at": NOW,
        }  # fmt: skip
        self.books.put("core.items", **(row | more))
        return key

    def product(self, code: str, price: str | None = "10.00", *, currency: str | None = None, **more: Any) -> str:
        self.count += 1
        sf_id = f"01t{self.count:012d}AAA"
        row: dict[str, Any] = {
            "sf_product_id": sf_id, "product_name": f"Item {code.strip()}", "product_code": code, "is_active": True,
            "updated_at": NOW,
        }  # fmt: skip
        self.books.put("core.products", **(row | more))
        if price is not None:
            self.price(sf_id, price, currency)
        return sf_id

    def price(self, sf_product_id: str, price: str, currency: str | None = None, *, is_active: bool = True) -> str:
        self.count += 1
        sf_id = f"01u{self.count:012d}AAA"
        self.books.put(
            "core.prices", sf_pricebook_entry_id=sf_id, sf_pricebook_id=STANDARD_BOOK, is_standard=True,
            sf_product_id=sf_product_id, amount_unit=Decimal(price), currency_code=currency, is_active=is_active,
            uses_standard_price=False, updated_at=NOW,
        )  # fmt: skip
        return sf_id

    def compare(self) -> CatalogueReport:
        return derive_catalogue(self.books.connection, self.policy)

    def differences(self) -> list[tuple[str, str]]:
        self.compare()
        rows = self.books.rows("select code, difference from catalogue.differences order by all")
        return [(row["code"], row["difference"]) for row in rows]

    def plan(self) -> list[dict[str, Any]]:
        """Compare and plan this flow alone; the writes in order of kind and key."""
        self.compare()
        connection = self.books.connection
        connection.execute("delete from plan.exclusions")
        create_parameters(connection, self.policy, NOW, {})
        create_field_updates(connection)
        plan_catalogue(PlanDesk(connection, self.policy, NOW, "plan-1"))
        merge_field_updates(connection)
        rows = self.books.rows("from candidate_writes order by kind, target_key")
        for row in rows:
            row["payload"] = json.loads(row["payload"], parse_float=Decimal)
            row["before"] = json.loads(row["before"], parse_float=Decimal)
        return rows

    def planned(self) -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
        return [(row["kind"], row["target_key"], row["payload"], row["before"]) for row in self.plan()]

    def exclusions(self) -> list[tuple[str, str]]:
        rows = self.books.rows("select subject_key, reason from plan.exclusions order by all")
        return [(row["subject_key"].partition(":")[2], row["reason"]) for row in rows]
