"""What makes a single row fail, in the platform's words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest

from xero_sf_pipeline.sandbox.salesforce.org_rules import DuplicateRule, ValidationRule
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline.sandbox.salesforce.values import java_double
from xero_sf_pipeline_tests.sandbox.salesforce.packages import field, linked_org, package

pytestmark = pytest.mark.usefixtures("linked")


@pytest.fixture
def linked(org: SalesforceState) -> None:
    org.install_package(linked_org())


def refused(sf: Salesforce, object_name: str, body: dict[str, Any]) -> dict[str, Any]:
    """The error that creating such a record gives."""
    with pytest.raises(SalesforceMalformedRequest) as error:
        getattr(sf, object_name).create(body)
    assert len(error.value.content) == 1
    return dict(error.value.content[0])


@pytest.mark.parametrize(
    ("object_name", "body", "code", "message", "fields"),
    [
        ("Account", {"Site": "x"}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ["Name"]),
        (
            "Account",
            {"Name": "x" * 256},
            "STRING_TOO_LONG",
            f"Account Name: data value too large: {'x' * 256} (max length=255)",
            ["Name"],
        ),
        (
            "Contact",
            {"LastName": "x", "Email": "nobody"},
            "INVALID_EMAIL_ADDRESS",
            "Email: invalid email address: nobody",
            ["Email"],
        ),
        (
            "Contact",
            {"LastName": "x", "AccountId": "nonsense"},
            "MALFORMED_ID",
            "Account ID: id value of incorrect type: nonsense",
            ["AccountId"],
        ),
        (
            "Contact",
            {"LastName": "x", "AccountId": "003000000000001AAA"},
            "MALFORMED_ID",
            "Account ID: id value of incorrect type: 003000000000001AAA",
            ["AccountId"],
        ),
        (
            "Contact",
            {"LastName": "x", "AccountId": "001000000000001AAA"},
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id",
            ["AccountId"],
        ),
        (
            "Account",
            {"Name": "x", "AnnualRevenue": 10**18},
            "NUMBER_OUTSIDE_VALID_RANGE",
            "Annual Revenue: value outside of valid range on numeric field: 1000000000000000000",
            ["AnnualRevenue"],
        ),
        (
            "Account",
            {"Name": "x", "BillingGeocodeAccuracy": "Wild"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Billing Geocode Accuracy: bad value for restricted picklist field: Wild",
            ["BillingGeocodeAccuracy"],
        ),
        (
            "Account",
            {"Name": "x", "SystemModstamp": "2026-01-01T00:00:00Z"},
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "Unable to create/update fields: SystemModstamp. Please check the security settings of this field and "
            "verify that it is read/write for your profile or permission set.",
            ["SystemModstamp"],
        ),
    ],
)
def test_a_bad_value_is_refused(
    sf: Salesforce, object_name: str, body: dict[str, Any], code: str, message: str, fields: list[str]
) -> None:
    assert refused(sf, object_name, body) == {"message": message, "errorCode": code, "fields": fields}


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"Name": "x", "Nope__c": 1}, "INVALID_FIELD", "No such column 'Nope__c' on sobject of type Account"),
        ({"Name": 5}, "JSON_PARSER_ERROR", "Cannot deserialize instance of string from VALUE_NUMBER_INT value 5"),
        ({"Name": "x", "AnnualRevenue": "much"}, "JSON_PARSER_ERROR", "Cannot deserialize instance of currency"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_as_a_whole(
    sf: Salesforce, body: dict[str, Any], code: str, message: str
) -> None:
    error = refused(sf, "Account", body)
    assert error["errorCode"] == code
    assert error["message"].startswith(message)
    assert "fields" not in error


def test_text_loses_its_outer_blanks_and_text_of_blanks_only_is_null(org: SalesforceState, sf: Salesforce) -> None:
    sf.Account.create({"Name": "\t Smith  & Co \r\n", "Site": "  ", "Xero_Contact_ID__c": " k "})
    (row,) = org.rows("Account")
    assert (row["Name"], row["Site"], row["Xero_Contact_ID__c"]) == ("Smith  & Co", None, "k")
    assert refused(sf, "Account", {"Name": " \n "})["errorCode"] == "REQUIRED_FIELD_MISSING"


def test_length_is_counted_as_java_counts_it(sf: Salesforce) -> None:
    assert sf.Account.create({"Name": "é" * 255})["success"]
    assert sf.Account.create({"Name": "😀" * 127 + "x"})["success"]
    assert refused(sf, "Account", {"Name": "😀" * 128})["errorCode"] == "STRING_TOO_LONG"


def test_a_record_type_must_be_an_active_one_of_the_object(org: SalesforceState, sf: Salesforce) -> None:
    def record_type(of: str, **more: object) -> str:
        return org.insert("RecordType", {"Name": "A", "DeveloperName": "A", "SobjectType": of, "IsActive": True} | more)

    good = record_type("Case")
    case = sf.Case.create({"Subject": "x", "RecordTypeId": good})["id"]
    assert sf.Case.get(case)["RecordTypeId"] == good
    for wrong in (record_type("Account"), record_type("Case", IsActive=False), "012000000000000AAA"):
        assert refused(sf, "Case", {"Subject": "x", "RecordTypeId": wrong}) == {
            "message": f"Record Type ID: this ID value isn't valid for the user: {wrong}",
            "errorCode": "INVALID_CROSS_REFERENCE_KEY",
            "fields": ["RecordTypeId"],
        }


def test_an_external_id_is_unique_whatever_its_letter_case(org: SalesforceState, sf: Salesforce) -> None:
    first = org.insert("Account", {"Name": "a", "Xero_Contact_ID__c": "abc"})
    assert refused(sf, "Account", {"Name": "b", "Xero_Contact_ID__c": "ABC"}) == {
        "message": f"duplicate value found: Xero_Contact_ID__c duplicates value on record with id: {first}",
        "errorCode": "DUPLICATE_VALUE",
        "fields": [],
    }
    org.delete("Account", first)  # what lies in the bin does not count
    assert sf.Account.create({"Name": "b", "Xero_Contact_ID__c": "ABC"})["success"]


def test_a_deleted_parent_and_an_inactive_owner_are_refused(org: SalesforceState, sf: Salesforce) -> None:
    gone = org.insert("Account", {"Name": "gone"})
    org.delete("Account", gone)
    assert refused(sf, "Contact", {"LastName": "x", "AccountId": gone})["errorCode"] == "ENTITY_IS_DELETED"
    profile = org.rows("Profile")[0]["Id"]
    user = org.insert("User", {"Username": "a@b.example", "LastName": "L", "Email": "a@b.example", "Alias": "l",
        "IsActive": False, "ProfileId": profile, "TimeZoneSidKey": "UTC", "LocaleSidKey": "en_GB",
        "EmailEncodingKey": "UTF-8", "LanguageLocaleKey": "en_US"})  # fmt: skip
    assert refused(sf, "Account", {"Name": "x", "OwnerId": user})["errorCode"] == "INACTIVE_OWNER_OR_USER"


def test_money_is_rounded_to_the_fields_scale_and_empty_text_becomes_null(org: SalesforceState, sf: Salesforce) -> None:
    sf.Opportunity.create(
        {"Name": "o", "StageName": "Prospecting", "CloseDate": "2026-04-01", "Amount": 10.125, "NextStep": ""}
    )
    rows = org.rows("Opportunity")
    assert [(row["Amount"], row["NextStep"]) for row in rows] == [(Decimal("10.13"), None)]


def test_a_validation_rule_refuses_what_it_describes_and_leaves_no_row(org: SalesforceState, sf: Salesforce) -> None:
    org.add_validation_rule(
        ValidationRule("Case", "Priority = 'High' AND Account.Name = null", "High needs an account", field="AccountId")
    )
    assert refused(sf, "Case", {"Subject": "x", "Priority": "High"}) == {
        "message": "High needs an account",
        "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "fields": ["AccountId"],
    }
    assert org.rows("Case") == []
    assert sf.Case.create({"Subject": "x", "Priority": "Low"})["success"]


def test_a_duplicate_rule_alerts_or_blocks(org: SalesforceState, sf: Salesforce) -> None:
    known = org.insert("Account", {"Name": "Acme"})
    org.add_duplicate_rule(DuplicateRule("Account", ("Name",), message="Is it this one?"))
    error = refused(sf, "Account", {"Name": "ACME"})
    found = error.pop("duplicateResut")  # the API's own spelling
    assert error == {"message": "Is it this one?", "errorCode": "DUPLICATES_DETECTED"}
    assert (found["allowSave"], found["duplicateRuleEntityType"]) == (True, "Account")
    assert [match["record"]["Id"] for match in found["matchResults"][0]["matchRecords"]] == [known]
    record = {"attributes": {"type": "Account"}, "Name": "ACME"}
    (row,) = sf.restful("composite/sobjects", method="POST", json={"records": [record]})
    assert row == {
        "success": False,
        "errors": [{"statusCode": "DUPLICATES_DETECTED", "message": "Is it this one?", "fields": []}],
    }
    allow = {"Sforce-Duplicate-Rule-Header": "allowSave=true; runAsCurrentUser=true"}
    assert sf.Account.create({"Name": "ACME"}, headers=allow)["success"]
    org.rules.clear()
    org.add_duplicate_rule(DuplicateRule("Account", ("Name",), action="block"))
    with pytest.raises(SalesforceMalformedRequest):
        sf.Account.create({"Name": "ACME"}, headers=allow)


def test_a_field_without_permission_does_not_exist_or_cannot_be_written(org: SalesforceState, sf: Salesforce) -> None:
    org.insert("Account", {"Name": "a", "Xero_Contact_ID__c": "k"})
    org.permissions.hide("Account", "Xero_Contact_ID__c", only_writing=True)
    assert sf.query("SELECT Xero_Contact_ID__c FROM Account")["totalSize"] == 1
    body = {"Name": "b", "Xero_Contact_ID__c": "l"}
    assert refused(sf, "Account", body)["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    org.permissions.hide("Account", "Xero_Contact_ID__c")
    assert refused(sf, "Account", body)["errorCode"] == "INVALID_FIELD"
    with pytest.raises(SalesforceMalformedRequest) as hidden:
        sf.query("SELECT Xero_Contact_ID__c FROM Account")
    assert hidden.value.content[0]["errorCode"] == "INVALID_FIELD"
    assert "Xero_Contact_ID__c" not in {one["name"] for one in sf.Account.describe()["fields"]}


def test_custom_fields_of_every_type_keep_their_values(org: SalesforceState, sf: Salesforce) -> None:
    kinds = {
        "Day__c": ("Date", ""),
        "At__c": ("DateTime", ""),
        "Done__c": ("Checkbox", "<defaultValue>false</defaultValue>"),
        "Rate__c": ("Number", "<precision>18</precision><scale>4</scale>"),
        "Sum__c": ("Currency", "<precision>18</precision><scale>2</scale>"),
        "Link__c": ("Url", ""),
    }
    fields = [field(name, kind, extra) for name, (kind, extra) in kinds.items()]
    org.install_package(package({"Account": fields}, grants=[f"Account.{name}" for name in kinds]))
    values = {"Day__c": "2026-02-28", "At__c": "2026-02-28T10:00:00+02:00", "Done__c": True, "Rate__c": 1.23456}
    identity = sf.Account.create({"Name": "x", "Sum__c": 99999999.99, "Link__c": "https://a.example", **values})["id"]
    read = sf.Account.get(identity)
    assert {name: read[name] for name in kinds} == {
        "Day__c": "2026-02-28",
        "At__c": "2026-02-28T08:00:00.000+0000",
        "Done__c": True,
        "Rate__c": 1.2346,
        "Sum__c": 99999999.99,
        "Link__c": "https://a.example",
    }


@pytest.mark.parametrize(
    ("scaled", "scale", "text"),
    [
        (0, 2, "0.0"),
        (12345, 2, "123.45"),
        (100, 2, "1.0"),
        (5, 2, "0.05"),
        (1, 4, "1.0E-4"),
        (-123456789, 1, "-1.23456789E7"),
        (999999999, 2, "9999999.99"),
        (1000000000, 2, "1.0E7"),
        (16147805824397, 0, "1.6147805824397E13"),
    ],
)
def test_numbers_look_as_java_writes_them(scaled: int, scale: int, text: str) -> None:
    assert java_double(scaled, scale) == text


@given(st.integers(-(10**17), 10**17), st.integers(0, 15))
def test_a_number_means_the_same_after_it_was_written(scaled: int, scale: int) -> None:
    assert Decimal(java_double(scaled, scale)) == Decimal(scaled).scaleb(-scale)
