"""Contacts in an org whose administrator has been at work: validation rules, duplicate rules, merges."""

from __future__ import annotations

from typing import Any

import pytest
from simple_salesforce import Salesforce

from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.salesforce.org_rules import DuplicateRule
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline_tests.sandbox.salesforce.packages import NS, field, package

KEY = field(
    "Key__c",
    "Text",
    "<length>160</length><externalId>true</externalId><unique>true</unique><caseSensitive>false</caseSensitive>",
)


def rule(
    formula: str, *, active: str = "true", shown_at: str = "<errorDisplayField>Email</errorDisplayField>"
) -> bytes:
    """A package with one validation rule on contacts, as its own file."""
    text = (
        f"<ValidationRule {NS}><fullName>Email_needed</fullName><active>{active}</active>"
        f"<errorConditionFormula>{formula}</errorConditionFormula>{shown_at}"
        "<errorMessage>Who has a title has an email address</errorMessage></ValidationRule>"
    )
    return package(
        {},
        files={"objects/Contact/validationRules/Email_needed.validationRule-meta.xml": text},
        members={"ValidationRule": ["Contact.Email_needed"]},
    )


def upsert(sf: Salesforce, *records: dict[str, Any], header: str = "") -> list[dict[str, Any]]:
    headers = {"Sforce-Duplicate-Rule-Header": header} if header else {}
    body = {"records": [{"attributes": {"type": "Contact"}, **one} for one in records]}
    found: list[dict[str, Any]] = sf.restful(
        "composite/sobjects/Contact/Key__c", method="PATCH", json=body, headers={**sf.headers, **headers}
    )
    return found


def codes(results: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    return [
        (one["errors"][0]["statusCode"], one["errors"][0]["fields"]) if one["errors"] else ("", []) for one in results
    ]


@pytest.fixture
def keyed(org: SalesforceState) -> SalesforceState:
    org.install_package(package({"Contact": [KEY]}, grants=["Contact.Key__c"]))
    return org


def test_a_deployed_validation_rule_refuses_single_rows_until_it_is_switched_off(
    keyed: SalesforceState, sf: Salesforce
) -> None:
    keyed.install_package(rule("AND(LEN(Title) &gt; 3, ISBLANK(Email))"))
    rows = [
        {"Key__c": "t:a:1", "LastName": "Fine", "Title": "Buyer", "Email": "fine@example.com"},
        {"Key__c": "t:a:2", "LastName": "Not", "Title": "Buyer"},
        {"Key__c": "t:a:3", "LastName": "Short", "Title": "CEO"},
    ]

    results = upsert(sf, *rows)

    assert codes(results) == [("", []), ("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Email"]), ("", [])]
    assert results[1]["errors"][0]["message"] == "Who has a title has an email address"
    assert sorted(row["LastName"] for row in keyed.rows("Contact")) == ["Fine", "Short"]

    keyed.install_package(rule("AND(LEN(Title) &gt; 3, ISBLANK(Email))", active="false"))
    assert codes(upsert(sf, rows[1])) == [("", [])]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (rule("ISBLANK(Nope__c)"), "Field Nope__c does not exist"),
        (rule("LEN(Title)"), "Formula result is data type"),
        (rule("ISNEW()"), "Unknown function ISNEW"),
        (rule("TRUE", shown_at="<errorDisplayField>Nope__c</errorDisplayField>"), "no field Nope__c on Contact"),
        (rule("TRUE", active=""), "Required field is missing: active"),
    ],
)
def test_a_wrong_validation_rule_is_refused_at_its_deployment(
    keyed: SalesforceState, content: bytes, message: str
) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        keyed.install_package(content)


def test_a_duplicate_rule_on_contacts_alerts_each_row_and_the_header_saves_it(
    keyed: SalesforceState, sf: Salesforce
) -> None:
    keyed.add_duplicate_rule(DuplicateRule("Contact", ("Email",), message="You're creating a duplicate record."))
    keyed.insert("Contact", {"LastName": "Smith", "Email": "ann@example.com"})
    rows = [
        {"Key__c": "t:a:1", "LastName": "Smith", "FirstName": "Ann", "Email": "ANN@example.com"},
        {"Key__c": "t:a:2", "LastName": "Other", "Email": "other@example.com"},
    ]

    assert codes(upsert(sf, *rows)) == [("DUPLICATES_DETECTED", []), ("", [])]
    assert codes(upsert(sf, *rows, header="allowSave=true")) == [("", []), ("", [])]

    keyed.rules.clear()
    keyed.add_duplicate_rule(DuplicateRule("Contact", ("Email",), action="block"))
    again = {**rows[0], "Key__c": "t:a:9"}
    assert codes(upsert(sf, again, header="allowSave=true")) == [("DUPLICATES_DETECTED", [])]


def test_a_merged_contact_names_the_winner_and_its_cases_move(
    running: RunningSandbox, keyed: SalesforceState, sf: Salesforce
) -> None:
    winner = keyed.insert("Contact", {"LastName": "Smith", "Key__c": "t:a:1"})
    loser = keyed.insert("Contact", {"LastName": "Smyth", "Key__c": "t:a:2"})
    keyed.insert("Case", {"Subject": "x", "ContactId": loser})

    running.sandbox.mutate("salesforce", {"action": "merge_contacts", "master": winner, "losers": [loser]})

    found = sf.query_all("SELECT Id, IsDeleted, MasterRecordId FROM Contact", include_deleted=True)["records"]
    assert {row["Id"]: (row["IsDeleted"], row["MasterRecordId"]) for row in found} == {
        winner: (False, None),
        loser: (True, winner),
    }
    assert [row["ContactId"] for row in keyed.rows("Case")] == [winner]
    assert [one["created"] for one in upsert(sf, {"Key__c": "t:a:2", "LastName": "Smyth"})] == [True]
