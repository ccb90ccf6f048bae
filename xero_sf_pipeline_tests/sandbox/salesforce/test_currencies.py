"""An org with several currencies, and one without."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline_tests.sandbox.salesforce.conftest import START
from xero_sf_pipeline_tests.sandbox.salesforce.packages import linked_org

DEAL = {"Name": "o", "StageName": "Prospecting", "CloseDate": "2026-05-01"}


def refusal(call: Any, *arguments: Any) -> str:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        call(*arguments)
    return str(refused.value.content[0]["errorCode"])


def test_an_org_with_one_currency_knows_no_currency_type_and_no_currency_field(sf: Salesforce) -> None:
    assert refusal(sf.query, "SELECT IsoCode FROM CurrencyType") == "INVALID_TYPE"
    assert refusal(sf.query, "SELECT CurrencyIsoCode FROM Opportunity") == "INVALID_FIELD"
    assert refusal(sf.Account.create, {"Name": "a", "CurrencyIsoCode": "USD"}) == "INVALID_FIELD"


def test_several_currencies_are_switched_on_by_remote_control_for_old_and_new_records(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    org.install_package(linked_org())
    org.insert("Account", {"Name": "old"})

    url = f"{running.url}/__sandbox__/salesforce/currencies"
    answer = requests.post(url, json={"corporate": "GBP", "rates": {"USD": 1.25, "NZD": "2.1"}}, timeout=10)
    assert answer.status_code == 200
    assert requests.post(url, json={"corporate": "EUR", "rates": {}}, timeout=10).status_code == 400

    rates = sf.query("SELECT IsoCode, ConversionRate, IsCorporate, IsActive FROM CurrencyType ORDER BY IsoCode")
    assert [tuple(row[name] for name in ("IsoCode", "ConversionRate", "IsCorporate")) for row in rates["records"]] == [
        ("GBP", 1.0, True),
        ("NZD", 2.1, False),
        ("USD", 1.25, False),
    ]
    sf.Account.create({"Name": "new"})
    sf.Account.create({"Name": "american", "CurrencyIsoCode": "USD"})
    found = sf.query("SELECT Name, CurrencyIsoCode FROM Account ORDER BY Name")["records"]
    assert [(row["Name"], row["CurrencyIsoCode"]) for row in found] == [
        ("american", "USD"),
        ("new", "GBP"),
        ("old", "GBP"),
    ]
    assert refusal(sf.Account.create, {"Name": "x", "CurrencyIsoCode": "JPY"}) == (
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    )
    fields = {one["name"]: one for one in sf.Link__c.describe()["fields"]}
    assert [one["value"] for one in fields["CurrencyIsoCode"]["picklistValues"]] == ["GBP", "USD", "NZD"]
    user = sf.query("SELECT DefaultCurrencyIsoCode FROM User")["records"][0]
    assert user["DefaultCurrencyIsoCode"] == "GBP"


def test_a_price_is_in_one_currency_and_fits_only_deals_in_it(org: SalesforceState, sf: Salesforce) -> None:
    org.enable_currencies("GBP", {"USD": Decimal("1.25")})
    book = org.rows("Pricebook2")[0]["Id"]
    trade = org.insert("Pricebook2", {"Name": "Trade", "IsActive": True})
    product = org.insert("Product2", {"Name": "Widget", "IsActive": True})
    price = {"Pricebook2Id": book, "Product2Id": product, "UnitPrice": 10, "IsActive": True}
    pounds = sf.PricebookEntry.create(price)["id"]
    assert refusal(sf.PricebookEntry.create, {**price, "Pricebook2Id": trade, "CurrencyIsoCode": "USD"}) == (
        "STANDARD_PRICE_NOT_DEFINED"
    )
    dollars = sf.PricebookEntry.create({**price, "CurrencyIsoCode": "USD"})["id"]
    assert refusal(sf.PricebookEntry.create, {**price, "CurrencyIsoCode": "USD"}) == "DUPLICATE_VALUE"

    deal = sf.Opportunity.create({**DEAL, "CurrencyIsoCode": "USD"})["id"]
    line = {"OpportunityId": deal, "Quantity": 2, "UnitPrice": 9}
    assert refusal(sf.OpportunityLineItem.create, {**line, "PricebookEntryId": pounds}) == "FIELD_INTEGRITY_EXCEPTION"
    assert refusal(sf.OpportunityLineItem.create, {**line, "PricebookEntryId": dollars, "CurrencyIsoCode": "USD"}) == (
        "INVALID_FIELD_FOR_INSERT_UPDATE"
    )
    sf.OpportunityLineItem.create({**line, "PricebookEntryId": dollars})

    assert [row["CurrencyIsoCode"] for row in org.rows("OpportunityLineItem")] == ["USD"]
    assert refusal(sf.Opportunity.update, deal, {"CurrencyIsoCode": "GBP"}) == "FIELD_INTEGRITY_EXCEPTION"


def test_several_currencies_survive_a_restart_and_reach_objects_that_are_deployed_later(tmp_path: Path) -> None:
    path = str(tmp_path / "org.sqlite")
    first = SalesforceState(path, FixedClock(START))
    first.enable_currencies("EUR", {"GBP": "0.85"})
    first.install_package(linked_org())
    first.close()

    again = SalesforceState(path, FixedClock(START))
    again.insert("Link__c", {"Key__c": "t:k", "CurrencyIsoCode": "GBP"})
    assert [row["CurrencyIsoCode"] for row in again.rows("Link__c")] == ["GBP"]
    assert [(row["IsoCode"], row["ConversionRate"]) for row in again.rows("CurrencyType")] == [
        ("EUR", Decimal("1.000000")),
        ("GBP", Decimal("0.850000")),
    ]
    again.close()


@pytest.mark.parametrize(
    ("corporate", "rates"), [("gbp", {}), ("GB", {}), ("GBP", {"GBP": "1"}), ("GBP", {"US$": "1"})]
)
def test_what_is_no_currency_is_refused(corporate: str, rates: dict[str, str]) -> None:
    org = SalesforceState(":memory:", FixedClock(START))
    with pytest.raises(ValueError, match=r"ISO code|one rate"):
        org.enable_currencies(corporate, rates)
    assert org.schema.find("CurrencyType") is None
    org.close()
