"""Rules of single standard objects: cases, opportunities, price books, tasks, people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceRefusedRequest

from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.salesforce.errors import RowRefused
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline_tests.sandbox.salesforce.conftest import START


def test_a_case_gets_a_number_and_defaults_and_is_closed_by_its_status(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    case = sf.Case.create({"Subject": "Overdue"})["id"]
    shown = ("CaseNumber", "Status", "Priority", "IsClosed", "ClosedDate")
    assert [org.rows("Case")[0][name] for name in shown] == ["00000001", "New", "Medium", False, None]
    running.clock.advance(timedelta(hours=1))
    sf.Case.update(case, {"Status": "Closed"})
    closed_at = START + timedelta(hours=1)
    assert [org.rows("Case")[0][name] for name in shown] == ["00000001", "Closed", "Medium", True, closed_at]
    running.clock.advance(timedelta(minutes=5))
    sf.Case.update(case, {"Subject": "Still closed"})
    assert org.rows("Case")[0]["ClosedDate"] == closed_at
    sf.Case.update(case, {"Status": "Working"})
    assert [org.rows("Case")[0][name] for name in shown] == ["00000001", "Working", "Medium", False, None]


def test_which_statuses_are_closed_is_a_table_of_the_org(org: SalesforceState, sf: Salesforce) -> None:
    org.insert("CaseStatus", {"MasterLabel": "Paid", "SortOrder": 9, "IsClosed": True})
    closed = sf.query("SELECT MasterLabel FROM CaseStatus WHERE IsClosed = true ORDER BY SortOrder")["records"]
    assert [row["MasterLabel"] for row in closed] == ["Closed", "Paid"]
    sf.Case.create({"Subject": "x", "Status": "Paid"})
    assert [row["IsClosed"] for row in org.rows("Case")] == [True]


def test_derived_case_fields_cannot_be_written(sf: Salesforce) -> None:
    for body in ({"IsClosed": True}, {"CaseNumber": "1"}, {"ClosedDate": "2026-01-01T00:00:00Z"}):
        with pytest.raises(SalesforceMalformedRequest) as refused:
            sf.Case.create({"Subject": "x", **body})
        assert refused.value.content[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_assignment_rules_move_new_cases_unless_they_are_switched_off(org: SalesforceState, sf: Salesforce) -> None:
    queue = org.insert("Group", {"Name": "Collections", "Type": "Queue"})
    org.rules.case_assignment_owner = queue
    sf.Case.create({"Subject": "assigned"})
    sf.Case.create({"Subject": "ours"}, headers={"Sforce-Auto-Assign": "FALSE"})
    assert [(row["Subject"], row["OwnerId"]) for row in org.rows("Case")] == [
        ("assigned", queue),
        ("ours", org.user_id),
    ]


def test_an_account_cannot_belong_to_a_queue(org: SalesforceState, sf: Salesforce) -> None:
    queue = org.insert("Group", {"Name": "Collections", "Type": "Queue"})
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.Account.create({"Name": "x", "OwnerId": queue})
    assert refused.value.content[0]["errorCode"] == "MALFORMED_ID"


def test_a_case_of_a_contact_belongs_to_the_contacts_account(org: SalesforceState, sf: Salesforce) -> None:
    account = org.insert("Account", {"Name": "a"})
    contact = org.insert("Contact", {"FirstName": "Ann", "LastName": "Smith", "AccountId": account})
    sf.Case.create({"Subject": "x", "ContactId": contact})
    assert [row["AccountId"] for row in org.rows("Case")] == [account]
    assert sf.Contact.get(contact)["Name"] == "Ann Smith"


def test_an_opportunitys_stage_decides_whether_it_is_won(org: SalesforceState, sf: Salesforce) -> None:
    body = {"Name": "o", "StageName": "Negotiation/Review", "CloseDate": "2026-05-01", "Amount": 200}
    identity = sf.Opportunity.create(body)["id"]
    shown = ("IsClosed", "IsWon", "Probability", "ExpectedRevenue", "ForecastCategoryName", "FiscalQuarter")
    row = org.rows("Opportunity")[0]
    assert [row[name] for name in shown] == [False, False, Decimal(90), Decimal("180.00"), "Pipeline", 2]
    sf.Opportunity.update(identity, {"StageName": "Closed Won"})
    row = org.rows("Opportunity")[0]
    assert [row[name] for name in shown] == [True, True, Decimal(100), Decimal("200.00"), "Closed", 2]


def test_line_items_make_the_amount_and_writes_to_it_are_ignored(org: SalesforceState, sf: Salesforce) -> None:
    (book,) = sf.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")["records"]
    product = sf.Product2.create({"Name": "Widget", "ProductCode": "W", "IsActive": True})["id"]
    entry = sf.PricebookEntry.create(
        {"Pricebook2Id": book["Id"], "Product2Id": product, "UnitPrice": 12.5, "IsActive": True}
    )["id"]
    deal = sf.Opportunity.create({"Name": "o", "StageName": "Prospecting", "CloseDate": "2026-05-01", "Amount": 1})
    line = {"OpportunityId": deal["id"], "PricebookEntryId": entry, "Quantity": 3}
    sf.OpportunityLineItem.create({**line, "UnitPrice": 10})
    sf.OpportunityLineItem.create({**line, "TotalPrice": 45})
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.OpportunityLineItem.create({**line, "TotalPrice": 45, "UnitPrice": 15})
    assert refused.value.content[0]["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
    sf.Opportunity.update(deal["id"], {"Amount": 999})
    row = org.rows("Opportunity")[0]
    assert (row["Amount"], row["HasOpportunityLineItem"]) == (Decimal("75.00"), True)
    lines = org.rows("OpportunityLineItem")
    assert [(one["UnitPrice"], one["TotalPrice"], one["ProductCode"]) for one in lines] == [
        (Decimal("10.00"), Decimal("30.00"), "W"),
        (Decimal("15.00"), Decimal("45.00"), "W"),
    ]


def test_a_custom_price_needs_a_standard_price_and_there_is_one_per_book(org: SalesforceState, sf: Salesforce) -> None:
    product = sf.Product2.create({"Name": "Widget"})["id"]
    other = sf.Pricebook2.create({"Name": "Trade", "IsActive": True})["id"]
    standard = org.rows("Pricebook2")[0]["Id"]
    body = {"Product2Id": product, "UnitPrice": 1}
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.PricebookEntry.create({**body, "Pricebook2Id": other})
    assert refused.value.content[0]["errorCode"] == "STANDARD_PRICE_NOT_DEFINED"
    sf.PricebookEntry.create({**body, "Pricebook2Id": standard})
    sf.PricebookEntry.create({**body, "Pricebook2Id": other})
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.PricebookEntry.create({**body, "Pricebook2Id": other})
    assert refused.value.content[0]["errorCode"] == "DUPLICATE_VALUE"


def test_a_task_has_defaults_and_follows_its_record_to_the_account(org: SalesforceState, sf: Salesforce) -> None:
    account = org.insert("Account", {"Name": "a"})
    case = org.insert("Case", {"Subject": "x", "AccountId": account})
    sf.Task.create({"Subject": "Call", "WhatId": case, "ActivityDate": "2026-03-20"})
    shown = ("Status", "Priority", "IsClosed", "AccountId")
    assert [[row[name] for name in shown] for row in org.rows("Task")] == [["Not Started", "Normal", False, account]]


def test_users_are_never_deleted_and_read_only_objects_never_written(org: SalesforceState, sf: Salesforce) -> None:
    with pytest.raises(SalesforceRefusedRequest) as refused:
        sf.User.delete(org.user_id)
    assert refused.value.content[0]["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"
    with pytest.raises(SalesforceRefusedRequest):
        sf.CaseStatus.create({"MasterLabel": "x"})


def test_the_organisation_can_be_read(org: SalesforceState, sf: Salesforce) -> None:
    (row,) = sf.query("SELECT Id, Name, IsSandbox, TimeZoneSidKey FROM Organization")["records"]
    assert (row["Id"], row["IsSandbox"], row["TimeZoneSidKey"]) == (org.organization_id, False, "Europe/London")


def test_somebody_elses_change_obeys_the_rules_too(org: SalesforceState) -> None:
    with pytest.raises(RowRefused, match="REQUIRED_FIELD_MISSING"):
        org.insert("Account", {"Site": "x"})
    org.insert("Case", {"Subject": "x", "CreatedDate": datetime(2026, 1, 1, tzinfo=UTC)})
    assert org.rows("Case")[0]["CreatedDate"] == datetime(2026, 1, 1, tzinfo=UTC)
