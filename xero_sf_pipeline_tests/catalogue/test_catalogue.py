"""Items and products: what differs, what would spoil an invoice, and what is carried over."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline_tests.catalogue.shop import NOW, OTHER_TENANT, STANDARD_BOOK, TENANT, Shop, rules


def test_equal_price_lists_have_no_differences() -> None:
    shop = Shop()
    shop.item("A", "9.995")  # four decimals in Xero, two in Salesforce
    shop.product(" a ".strip().upper(), "10.00")
    assert shop.differences() == []
    assert shop.planned() == []


@pytest.mark.parametrize(
    ("item", "product", "differences"),
    [
        ({"item_name": "Chair"}, {"product_name": "Table"}, ["name"]),
        ({"description": "Oak"}, {}, ["description"]),
        ({"amount_sales_unit": Decimal("12.5000")}, {}, ["price"]),
        ({"is_sold": False}, {}, ["not_sold"]),
        ({}, {"is_active": False}, ["inactive"]),
        ({"sales_account_code": "999"}, {}, ["account_unknown"]),
        ({"sales_account_code": "299"}, {}, ["account_archived"]),
        ({"sales_account_code": None}, {}, ["account_missing"]),
        ({"sales_tax_type": "GONE"}, {}, ["tax_unknown"]),
        ({"item_code": "a"}, {}, ["code_spelling"]),
    ],
)
def test_each_difference_is_told(item: dict[str, Any], product: dict[str, Any], differences: list[str]) -> None:
    shop = Shop()
    shop.item("A", **({"item_name": "Item A"} | item))
    shop.product("A", **product)
    assert [difference for _, difference in shop.differences()] == differences


def test_what_spoils_an_invoice_is_marked_and_counted() -> None:
    shop = Shop()
    shop.product("NEW")
    shop.item("OLD")
    shop.item("ARCHIVED", sales_account_code="299")
    shop.product("ARCHIVED")
    report = shop.compare()
    assert report.by_difference == {"account_archived": 1, "missing_in_salesforce": 1, "missing_in_xero": 1}
    assert report.spoiling_count == 2
    (row,) = shop.books.rows("select code, explanation from catalogue.differences where difference = 'missing_in_xero'")
    assert row == {
        "code": "NEW",
        "explanation": "Product NEW (Item NEW) is no item in Xero; an invoice that names it is refused.",
    }


def test_a_code_on_two_active_products_is_left_to_a_person() -> None:
    shop = Shop()
    shop.item("A", "12.00")
    shop.product("A")
    shop.product("A")
    assert shop.differences() == [("A", "duplicate_in_salesforce")]
    assert shop.planned() == []
    assert shop.exclusions() == [("A", "duplicate_code")]


def test_an_inactive_namesake_does_not_count() -> None:
    shop = Shop()
    shop.item("A")
    shop.product("A")
    shop.product("A", is_active=False)
    assert shop.differences() == []


def test_a_missing_product_is_made_with_its_standard_price() -> None:
    shop = Shop(rules(product_family="Goods"))
    shop.item("A", "9.9950", description="Oak")
    price, product = sorted(shop.plan(), key=lambda row: str(row["kind"]))
    assert (product["kind"], product["target_object"], product["target_key_field"], product["target_key"]) == (
        "product.create", "Product2", "ProductCode", "A",
    )  # fmt: skip
    assert product["payload"] == {"Name": "Item A", "Description": "Oak", "Family": "Goods", "IsActive": True}
    assert (price["kind"], price["target_object"], price["target_key_field"], price["target_key"]) == (
        "price.upsert", "PricebookEntry", "ProductCode", "A",
    )  # fmt: skip
    assert price["payload"] == {
        "Pricebook2Id": STANDARD_BOOK, "Product2Id": {"$write": product["write_id"]}, "UnitPrice": Decimal("10.00"),
        "IsActive": True,
    }  # fmt: skip
    assert price["depends_on"] == [product["write_id"]]
    assert (price["amount"], price["currency_code"]) == (Decimal("10.0000"), "GBP")


def test_a_price_keeps_its_id_when_the_product_has_one() -> None:
    shop = Shop()
    shop.item("A")
    planned = {row["kind"]: row["write_id"] for row in shop.plan()}
    shop.product("A", None)
    (price,) = shop.plan()
    assert price["payload"]["Product2Id"].startswith("01t")
    assert price["write_id"] == planned["price.upsert"]


def test_xero_leads_name_description_state_and_price() -> None:
    shop = Shop()
    shop.item("A", "12.50", item_name="Chair", description="Oak")
    product = shop.product("A")
    off = shop.product("B", is_active=False)
    shop.item("B")
    entry = shop.books.value("select min(sf_pricebook_entry_id) from core.prices")
    assert shop.planned() == [
        ("price.upsert", entry, {"UnitPrice": Decimal("12.50")}, {"UnitPrice": Decimal("10.00")}),
        ("product.update", product, {"Name": "Chair", "Description": "Oak"}, {"Name": "Item A", "Description": None}),
        ("product.update", off, {"IsActive": True}, {"IsActive": False}),
    ]


def test_only_the_fields_that_the_policy_names_are_carried_over() -> None:
    shop = Shop(rules(fields=["description"], create_missing=False))
    shop.item("A", "12.50", item_name="Chair", description="Oak")
    product = shop.product("A")
    shop.item("NEW")
    assert shop.planned() == [("product.update", product, {"Description": "Oak"}, {"Description": None})]


def test_salesforce_leads_the_other_way() -> None:
    shop = Shop(rules("salesforce_to_xero", account_code="200", tax_type="OUTPUT2"))
    shop.item("A", "12.3456", item_name="Chair")
    shop.product("A", "12.00")
    shop.product("NEW", "5.00", description="Fresh")
    assert shop.planned() == [
        (
            "item.create",
            f"{TENANT}:NEW",
            {
                "Name": "Item NEW", "Description": "Fresh", "IsSold": True,
                "SalesDetails": {"UnitPrice": Decimal("5.0000"), "AccountCode": "200", "TaxType": "OUTPUT2"},
            },
            {},
        ),
        (
            "item.update",
            f"{TENANT}:A",
            {
                "Code": "A", "Name": "Item A",
                "SalesDetails": {"UnitPrice": Decimal("12.0000"), "AccountCode": "200", "TaxType": "OUTPUT2"},
            },
            {
                "Code": "A", "Name": "Chair",
                "SalesDetails": {"UnitPrice": Decimal("12.3456"), "AccountCode": "200", "TaxType": "OUTPUT2"},
            },
        ),
    ]  # fmt: skip


def test_what_xero_has_no_room_for_is_told() -> None:
    shop = Shop(rules("salesforce_to_xero"))
    shop.product("C" * 31)
    shop.product("LONG", product_name="n" * 51)
    assert shop.planned() == []
    assert shop.exclusions() == [("C" * 31, "value_too_long"), ("LONG", "value_too_long")]


def test_of_several_organisations_the_first_names_the_product_and_each_currency_has_its_price() -> None:
    shop = Shop(rules(organisations=[OTHER_TENANT, TENANT]))
    shop.books.add_organisation(OTHER_TENANT, "Pacific/Auckland", "Southwind Ltd")
    shop.books.run("update core.organisations set base_currency_code = 'NZD' where tenant_id = $t", {"t": OTHER_TENANT})
    shop.books.put("core.currency_types", currency_code="GBP", conversion_rate=1, is_corporate=True, is_active=True)
    shop.item("A", "10.00", item_name="British name")
    shop.item("A", "20.00", item_name="Kiwi name", tenant_id=OTHER_TENANT, currency_code="NZD")
    rows = shop.plan()
    (product,) = [row for row in rows if row["kind"] == "product.create"]
    assert (product["payload"]["Name"], product["tenant_id"]) == ("Kiwi name", OTHER_TENANT)
    prices = {row["payload"]["CurrencyIsoCode"]: row for row in rows if row["kind"] == "price.upsert"}
    assert {code: row["payload"]["UnitPrice"] for code, row in prices.items()} == {
        "GBP": Decimal("10.00"), "NZD": Decimal("20.00"),
    }  # fmt: skip
    assert all(row["depends_on"] == [product["write_id"]] for row in prices.values())


@pytest.mark.parametrize(("salesforce", "prices"), [("GBP", ["10.00"]), ("NZD", ["20.00"]), (None, [])])
def test_an_org_with_one_currency_takes_new_prices_in_that_currency_only(
    salesforce: str | None, prices: list[str]
) -> None:
    """Each organisation's price of a new product was planned: the same record, once for each of them."""
    shop = Shop()
    shop.policy = shop.policy.model_copy(
        update={"currency": shop.policy.currency.model_copy(update={"salesforce": salesforce})}
    )
    shop.books.add_organisation(OTHER_TENANT, "Pacific/Auckland", "Southwind Ltd")
    shop.books.run("update core.organisations set base_currency_code = 'NZD' where tenant_id = $t", {"t": OTHER_TENANT})
    shop.item("A", "10.00")
    shop.item("A", "20.00", tenant_id=OTHER_TENANT, currency_code="NZD")
    planned = [row for row in shop.plan() if row["kind"] == "price.upsert"]
    assert [row["payload"]["UnitPrice"] for row in planned] == [Decimal(price) for price in prices]


def test_a_price_in_a_currency_that_the_org_does_not_have_is_not_compared() -> None:
    shop = Shop()
    shop.policy = shop.policy.model_copy(
        update={"currency": shop.policy.currency.model_copy(update={"salesforce": "USD"})}
    )
    shop.item("A", "12.00")
    shop.product("A", "99.00")
    assert shop.differences() == []


def test_the_report_is_made_and_nothing_planned_while_the_direction_is_off() -> None:
    shop = Shop(rules("off"))
    shop.product("NEW")
    assert shop.planned() == []
    assert shop.differences() == [("NEW", "missing_in_xero")]
    assert NOW.tzinfo is not None
