"""Products, prices and line items: what Salesforce works out, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest

from xero_sf_pipeline.salesforce_metadata import build_package
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState

DEAL = {"Name": "Big deal", "StageName": "Prospecting", "CloseDate": "2026-05-01"}


def refusal(call: Callable[..., Any], *arguments: Any) -> tuple[str, str]:
    """The code and the text of a refused call."""
    with pytest.raises(SalesforceMalformedRequest) as refused:
        call(*arguments)
    (error,) = refused.value.content
    return error["errorCode"], error["message"]


@pytest.fixture
def standard(org: SalesforceState) -> str:
    return str(org.rows("Pricebook2")[0]["Id"])


@pytest.fixture
def product(org: SalesforceState) -> str:
    return org.insert("Product2", {"Name": "Widget", "ProductCode": "W", "IsActive": True})


@pytest.fixture
def entry(org: SalesforceState, product: str, standard: str) -> str:
    return org.insert(
        "PricebookEntry", {"Pricebook2Id": standard, "Product2Id": product, "UnitPrice": "12.50", "IsActive": True}
    )


def prices(org: SalesforceState) -> tuple[Decimal, Decimal, Decimal, Decimal | None]:
    (line,) = org.rows("OpportunityLineItem")
    return line["Quantity"], line["UnitPrice"], line["TotalPrice"], line["Discount"]


def test_the_price_that_was_not_given_is_worked_out_and_the_other_one_stays(
    org: SalesforceState, sf: Salesforce, entry: str
) -> None:
    deal = sf.Opportunity.create(DEAL)["id"]
    line = sf.OpportunityLineItem.create(
        {"OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 3, "UnitPrice": 10.01, "Discount": 12.5}
    )["id"]
    assert prices(org) == (Decimal("3.00"), Decimal("10.01"), Decimal("26.28"), Decimal("12.50"))

    sf.OpportunityLineItem.update(line, {"Description": "said differently"})
    assert prices(org) == (Decimal("3.00"), Decimal("10.01"), Decimal("26.28"), Decimal("12.50"))

    sf.OpportunityLineItem.update(line, {"Discount": 0})
    assert prices(org) == (Decimal("3.00"), Decimal("10.01"), Decimal("30.03"), Decimal("0.00"))

    sf.OpportunityLineItem.update(line, {"Quantity": 2})
    assert prices(org) == (Decimal("2.00"), Decimal("15.02"), Decimal("30.03"), Decimal("0.00"))

    sf.OpportunityLineItem.update(line, {"Quantity": 4, "UnitPrice": 5})
    assert prices(org) == (Decimal("4.00"), Decimal("5.00"), Decimal("20.00"), Decimal("0.00"))
    assert org.rows("Opportunity")[0]["Amount"] == Decimal("20.00")

    update = sf.OpportunityLineItem.update
    assert refusal(update, line, {"UnitPrice": 1, "TotalPrice": 4})[0] == "FIELD_INTEGRITY_EXCEPTION"
    assert refusal(update, line, {"Quantity": 1, "Discount": 5})[0] == "FIELD_INTEGRITY_EXCEPTION"
    assert refusal(update, line, {"Quantity": 0})[0] == "FIELD_INTEGRITY_EXCEPTION"
    assert refusal(update, line, {"PricebookEntryId": entry})[0] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_a_line_item_needs_an_active_price_of_the_deals_own_price_book(
    org: SalesforceState, sf: Salesforce, product: str, entry: str
) -> None:
    trade = org.insert("Pricebook2", {"Name": "Trade", "IsActive": True})
    other = org.insert(
        "PricebookEntry", {"Pricebook2Id": trade, "Product2Id": product, "UnitPrice": "11", "IsActive": True}
    )
    deal = sf.Opportunity.create({**DEAL, "Pricebook2Id": trade})["id"]
    line = {"OpportunityId": deal, "Quantity": 1, "UnitPrice": 9}
    create = sf.OpportunityLineItem.create

    code, message = refusal(create, {**line, "PricebookEntryId": entry})
    assert (code, "different pricebook" in message) == ("FIELD_INTEGRITY_EXCEPTION", True)
    assert refusal(create, line) == ("REQUIRED_FIELD_MISSING", "Required fields are missing: [PricebookEntryId]")
    assert refusal(create, {**line, "UnitPrice": None, "PricebookEntryId": other, "Quantity": None})[0] == (
        "REQUIRED_FIELD_MISSING"
    )

    create({**line, "Product2Id": product})
    assert org.rows("OpportunityLineItem")[0]["PricebookEntryId"] == other

    org.update("PricebookEntry", other, {"IsActive": False})
    code, message = refusal(create, {**line, "PricebookEntryId": other})
    assert (code, "inactive" in message) == ("FIELD_INTEGRITY_EXCEPTION", True)


def test_the_first_line_item_gives_its_price_book_to_the_deal_which_then_keeps_it(
    org: SalesforceState, sf: Salesforce, entry: str, standard: str
) -> None:
    deal = sf.Opportunity.create(DEAL)["id"]
    line = sf.OpportunityLineItem.create(
        {"OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 1, "TotalPrice": 9}
    )["id"]
    assert org.rows("Opportunity")[0]["Pricebook2Id"] == standard

    trade = org.insert("Pricebook2", {"Name": "Trade", "IsActive": True})
    assert refusal(sf.Opportunity.update, deal, {"Pricebook2Id": trade})[0] == "FIELD_INTEGRITY_EXCEPTION"

    sf.OpportunityLineItem.delete(line)
    sf.Opportunity.update(deal, {"Pricebook2Id": trade, "Amount": 7})
    row = org.rows("Opportunity")[0]
    assert (row["HasOpportunityLineItem"], row["Pricebook2Id"], row["Amount"]) == (False, trade, Decimal("7.00"))


def test_an_inactive_price_book_does_not_become_a_deals_own_by_its_first_line(
    org: SalesforceState, sf: Salesforce, product: str, entry: str
) -> None:
    old = org.insert("Pricebook2", {"Name": "Last year", "IsActive": True})
    price = org.insert(
        "PricebookEntry", {"Pricebook2Id": old, "Product2Id": product, "UnitPrice": "9", "IsActive": True}
    )
    org.update("Pricebook2", old, {"IsActive": False})
    deal = sf.Opportunity.create(DEAL)["id"]
    line = {"OpportunityId": deal, "PricebookEntryId": price, "Quantity": 1, "TotalPrice": 9}
    assert refusal(sf.OpportunityLineItem.create, line)[0] == "FIELD_INTEGRITY_EXCEPTION"
    assert org.rows("Opportunity")[0]["Pricebook2Id"] is None


def test_lines_are_upserted_by_a_key_of_their_own_beneath_a_deal_that_is_named_by_its_key(
    org: SalesforceState, sf: Salesforce, entry: str, standard: str
) -> None:
    org.install_package(build_package())
    sf.restful(
        "composite/sobjects/Opportunity/Xero_Quote_ID__c", method="PATCH",
        json={"records": [{"attributes": {"type": "Opportunity"}, "Xero_Quote_ID__c": "t:q", "Pricebook2Id": standard, **DEAL}]},
    )  # fmt: skip

    def upsert(*lines: dict[str, Any]) -> list[tuple[bool, list[str]]]:
        records = [{"attributes": {"type": "OpportunityLineItem"}, **line} for line in lines]
        path = "composite/sobjects/OpportunityLineItem/Xero_Line_Key__c"
        answers = sf.restful(path, method="PATCH", json={"records": records})
        return [(one["success"], [error["statusCode"] for error in one["errors"]]) for one in answers]

    new = {"Opportunity": {"Xero_Quote_ID__c": "T:Q"}, "PricebookEntryId": entry, "Quantity": 3, "TotalPrice": 10}
    assert upsert(
        {"Xero_Line_Key__c": "t:q:W:1", **new}, {"Xero_Line_Key__c": "t:q:W:2", **new, "TotalPrice": -0.01},
        {"Xero_Line_Key__c": "t:q:W:3", **new, "Opportunity": {"Xero_Quote_ID__c": "other"}},
        {"Xero_Line_Key__c": "t:q:W:4", **new, "UnitPrice": 5},
    ) == [(True, []), (True, []), (False, ["INVALID_FIELD"]), (False, ["FIELD_INTEGRITY_EXCEPTION"])]  # fmt: skip
    assert org.rows("Opportunity")[0]["Amount"] == Decimal("9.99")

    assert upsert({"Xero_Line_Key__c": "T:Q:w:1", **new}) == [(False, ["INVALID_FIELD_FOR_INSERT_UPDATE"])]
    assert upsert({"Xero_Line_Key__c": "T:Q:w:1", "Quantity": 3, "TotalPrice": 0}) == [(True, [])]
    assert [(row["Xero_Line_Key__c"], row["UnitPrice"], row["TotalPrice"]) for row in org.rows("OpportunityLineItem")] == [
        ("t:q:W:1", Decimal("0.00"), Decimal("0.00")), ("t:q:W:2", Decimal("0.00"), Decimal("-0.01")),
    ]  # fmt: skip
    assert org.rows("Opportunity")[0]["Amount"] == Decimal("-0.01")


def test_a_line_item_is_named_after_its_deal_and_shows_its_products_code_of_today(
    org: SalesforceState, sf: Salesforce, product: str, entry: str
) -> None:
    deal = sf.Opportunity.create(DEAL)["id"]
    sf.OpportunityLineItem.create({"OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 1, "TotalPrice": 9})
    sf.Product2.update(product, {"ProductCode": "W-2", "Name": "Widget II"})

    (row,) = sf.query(
        "SELECT Name, ProductCode, Product2.ProductCode, Product2.Name, PricebookEntry.Name, Opportunity.StageName"
        " FROM OpportunityLineItem WHERE Product2.ProductCode = 'w-2'"
    )["records"]

    assert (row["Name"], row["ProductCode"]) == ("Big deal Widget", "W-2")
    assert (row["Product2"]["ProductCode"], row["Product2"]["Name"]) == ("W-2", "Widget II")
    assert (row["PricebookEntry"]["Name"], row["Opportunity"]["StageName"]) == ("Widget II", "Prospecting")


def test_an_entry_that_uses_the_standard_price_follows_it(
    org: SalesforceState, sf: Salesforce, product: str, entry: str
) -> None:
    trade = org.insert("Pricebook2", {"Name": "Trade", "IsActive": True})
    body = {"Pricebook2Id": trade, "Product2Id": product, "IsActive": True, "UseStandardPrice": True}
    code, _ = refusal(sf.PricebookEntry.create, {**body, "UnitPrice": 99})
    assert code == "FIELD_INTEGRITY_EXCEPTION"
    following = sf.PricebookEntry.create({**body, "UnitPrice": 12.5})["id"]

    sf.PricebookEntry.update(entry, {"UnitPrice": 20})

    assert {row["Id"]: row["UnitPrice"] for row in org.rows("PricebookEntry")} == {
        entry: Decimal("20.00"),
        following: Decimal("20.00"),
    }
    sf.PricebookEntry.update(following, {"UseStandardPrice": False, "UnitPrice": 15})
    assert refusal(sf.PricebookEntry.update, following, {"Product2Id": product})[0] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert refusal(sf.PricebookEntry.update, entry, {"UseStandardPrice": True})[0] == "FIELD_INTEGRITY_EXCEPTION"


def test_a_new_product_is_inactive_until_somebody_says_otherwise_and_codes_may_repeat(
    org: SalesforceState, sf: Salesforce
) -> None:
    sf.Product2.create({"Name": "One", "ProductCode": "SAME"})
    sf.Product2.create({"Name": "Two", "ProductCode": "SAME", "IsActive": True})

    assert [(row["Name"], row["IsActive"]) for row in org.rows("Product2")] == [("One", False), ("Two", True)]
