"""The Salesforce org is well formed: ids, references, picklists, stamps."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from xero_sf_pipeline.sandbox.company import Company, CompanySpec, SalesforceSeed, generate
from xero_sf_pipeline.sandbox.company.ids import is_salesforce_id

PREFIXES = {
    "users": "005", "accounts": "001", "contacts": "003", "opportunities": "006", "opportunity_line_items": "00k",
    "cases": "500", "products": "01t", "pricebooks": "01s", "pricebook_entries": "01u",
}  # fmt: skip


@pytest.fixture(scope="module")
def org(large_company: Company) -> SalesforceSeed:
    return large_company.salesforce


def test_every_id_is_valid_unique_and_of_its_object(org: SalesforceSeed) -> None:
    for name, prefix in PREFIXES.items():
        ids = [row["Id"] for row in getattr(org, name)]
        assert ids
        assert len(set(ids)) == len(ids)
        assert all(is_salesforce_id(text) and text.startswith(prefix) for text in ids)


def test_every_reference_names_an_existing_record(org: SalesforceSeed) -> None:
    known = {row["Id"] for name in PREFIXES for row in getattr(org, name)}
    for name in PREFIXES:
        for row in getattr(org, name):
            for field, value in row.items():
                if field.endswith("Id") and field not in ("Id", "ProfileId") and value is not None:
                    assert value in known, (name, field)


def test_system_stamps_are_aware_ordered_and_past(large_company: Company, org: SalesforceSeed) -> None:
    for name in PREFIXES:
        for row in getattr(org, name):
            created, modified = row["CreatedDate"], row["LastModifiedDate"]
            assert created.tzinfo is UTC
            assert created <= modified <= row["SystemModstamp"] < large_company.spec.starts_at
            assert isinstance(row["SystemModstamp"], datetime)


def test_some_users_have_left_and_still_own_accounts(org: SalesforceSeed) -> None:
    inactive = {row["Id"] for row in org.users if not row["IsActive"]}
    owners = Counter(row["OwnerId"] for row in org.accounts)
    assert len(inactive) == 2
    assert inactive <= owners.keys()
    assert sum(owners[user] for user in inactive) < 0.1 * len(org.accounts)


def test_texts_fit_their_fields(org: SalesforceSeed) -> None:
    limits = {"Name": 255, "Phone": 40, "AccountNumber": 40, "Website": 255, "BillingStreet": 255, "BillingCity": 40,
              "BillingState": 80, "BillingPostalCode": 20, "BillingCountry": 80}  # fmt: skip
    longest: Counter[str] = Counter()
    for row in org.accounts:
        for field in limits:
            longest[field] = max(longest[field], len(row[field] or ""))
    assert {field: longest[field] <= limit for field, limit in limits.items()} == dict.fromkeys(limits, True)
    for person in org.contacts:
        assert len(person["LastName"]) <= 80
        assert len(person["Email"]) <= 80
    assert all(len(row["Name"]) <= 120 for row in org.opportunities)


def test_a_deal_with_products_is_worth_their_sum(org: SalesforceSeed) -> None:
    cents: Counter[str] = Counter()
    for line in org.opportunity_line_items:
        cents[line["OpportunityId"]] += round(line["TotalPrice"] * 100)
    assert cents
    deals: dict[str, dict[str, Any]] = {row["Id"]: row for row in org.opportunities}
    assert {key: round(deals[key]["Amount"] * 100) for key in cents} == dict(cents)
    assert all(deals[key]["HasOpportunityLineItem"] for key in cents)


def test_deals_are_won_lost_and_open_and_a_won_one_is_closed(org: SalesforceSeed) -> None:
    stages = Counter((row["IsClosed"], row["IsWon"]) for row in org.opportunities)
    assert set(stages) == {(True, True), (True, False), (False, False)}
    assert all(row["IsWon"] is (row["StageName"] == "Closed Won") for row in org.opportunities)


def test_won_deals_for_measurements_come_in_any_number_and_change_no_other_deal() -> None:
    spec = CompanySpec(contacts=40, invoices=60, accounts=40)
    plain, many = generate(spec).salesforce, generate(replace(spec, won_deals=300)).salesforce
    assert list(many.opportunities)[: len(plain.opportunities)] == list(plain.opportunities)
    added = list(many.opportunities)[len(plain.opportunities) :]
    assert len(added) == 300
    assert all(row["IsWon"] and row["CloseDate"] < spec.as_of for row in added)
    cents: Counter[str] = Counter()
    for line in list(many.opportunity_line_items)[len(plain.opportunity_line_items) :]:
        cents[line["OpportunityId"]] += round(line["TotalPrice"] * 100)
        assert round(line["Quantity"] * line["UnitPrice"] * 100) == round(line["TotalPrice"] * 100)
    assert {row["Id"]: round(row["Amount"] * 100) for row in added} == dict(cents)
    live = {row["Id"] for row in many.accounts if not row["IsDeleted"]}
    assert {row["AccountId"] for row in added} <= live
    assert len({row["Id"] for row in many.opportunities}) == len(many.opportunities)


def test_products_and_items_mostly_agree_and_sometimes_do_not(large_company: Company, org: SalesforceSeed) -> None:
    prices = {row["Code"]: row["SalesDetails"]["UnitPrice"] for row in large_company.xero[0].items}
    codes = {row["ProductCode"] for row in org.products}
    assert prices.keys() - codes
    assert codes - prices.keys()
    entries = {row["ProductCode"]: row["UnitPrice"] for row in org.pricebook_entries}
    differing = [code for code in entries.keys() & prices.keys() if abs(entries[code] - prices[code]) > 0.0051]
    assert 0 < len(differing) < len(entries) / 4


def test_people_opened_cases_themselves_and_none_is_the_pipelines(org: SalesforceSeed) -> None:
    assert any("Please chase INV-" in row["Subject"] for row in org.cases)
    assert {row["Status"] for row in org.cases} >= {"Closed", "New", "Working"}
    assert all(row["IsClosed"] is (row["ClosedDate"] is not None) for row in org.cases)
    assert not any(field.endswith("__c") for row in org.cases for field in row)
    numbers = [row["CaseNumber"] for row in org.cases]
    assert len(set(numbers)) == len(numbers)
