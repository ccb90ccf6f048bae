"""What a description of an object says about its fields, keys and permissions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xero_sf_pipeline.clients.salesforce_results import FieldDescription, ObjectDescription
from xero_sf_pipeline.extraction.salesforce_objects import SALESFORCE_SOURCES
from xero_sf_pipeline.preflight.result import CheckResult, Severity
from xero_sf_pipeline.preflight.salesforce_fields import DEPLOY_AGAIN, DEPLOY_OR_ASSIGN, check_object
from xero_sf_pipeline.salesforce_metadata import (
    CREATED_STANDARD_FIELDS,
    OBJECTS,
    WRITTEN_STANDARD_FIELDS,
    ExpectedObject,
    expected_fields,
)

WANTED = {one.name: one for one in OBJECTS}


def field(name: str, kind: str = "string", length: int = 255) -> FieldDescription:
    return FieldDescription(
        name=name,
        type=kind,
        length=length,
        precision=0,
        scale=0,
        is_external_id=False,
        is_unique=False,
        is_createable=True,
        is_updateable=True,
        is_calculated=False,
        reference_to=(),
        relationship_name=None,
        picklist_values=(),
    )


def as_deployed(name: str) -> ObjectDescription:
    """Describe an object as it is when everything was deployed and granted."""
    fields = {
        one.api_name: field(one.api_name)
        for source in SALESFORCE_SOURCES
        if source.object_name == name
        for one in source.all_fields
        if not one.api_name.endswith("__c") and one.api_name != "CurrencyIsoCode"
    }
    fields |= {one: field(one) for one in WRITTEN_STANDARD_FIELDS.get(name, ())}
    fields |= {one: field(one) for one in CREATED_STANDARD_FIELDS.get(name, ())}
    for path in [one for one in fields if "." in one]:
        parent = path.split(".")[0]
        fields[f"{parent}Id"] = replace(field(f"{parent}Id", "reference", 18), relationship_name=parent)
        del fields[path]
    for one in expected_fields():
        if one.object_name == name:
            fields[one.name] = replace(
                field(one.name, one.type, one.length),
                is_external_id=one.external_id,
                is_unique=one.unique,
                is_createable=one.is_written,
                is_updateable=one.is_written,
                is_calculated=not one.is_written,
            )
    return ObjectDescription(name, fields, is_queryable=True, is_createable=True, is_updateable=True)


def change(description: ObjectDescription, name: str, **changes: object) -> ObjectDescription:
    changed = replace(description.fields[name], **changes)  # type: ignore[arg-type]
    return replace(description, fields={**description.fields, name: changed})


def without(description: ObjectDescription, *names: str) -> ObjectDescription:
    return replace(description, fields={name: one for name, one in description.fields.items() if name not in names})


def lines(wanted: ExpectedObject, description: ObjectDescription) -> dict[str, CheckResult]:
    found = list(check_object(wanted, description))
    assert len({line.name for line in found}) == len(found)
    return {line.name.removeprefix("salesforce "): line for line in found}


@pytest.mark.parametrize("wanted", OBJECTS, ids=lambda one: one.name)
def test_an_object_as_deployed_passes_every_check(wanted: ExpectedObject) -> None:
    assert {line.severity for line in lines(wanted, as_deployed(wanted.name)).values()} == {Severity.INFO}


def test_missing_fields_are_one_line_that_names_them_all() -> None:
    found = lines(WANTED["Case"], without(as_deployed("Case"), "Xero_Stage__c", "Xero_Invoice_Key__c"))

    assert found["fields Case"] == CheckResult(
        "salesforce fields Case",
        False,
        "missing, or hidden from the integration user: Xero_Invoice_Key__c, Xero_Stage__c",
        DEPLOY_AGAIN,
        Severity.ERROR,
    )
    assert found["keys Case"].detail == "Xero_Invoice_Key__c is missing or hidden"
    assert found["keys Case"].severity is Severity.ERROR


def test_an_org_without_any_of_our_fields_is_told_to_deploy_not_to_deploy_again() -> None:
    ours = [one.name for one in expected_fields() if one.object_name == "Case"]

    assert lines(WANTED["Case"], without(as_deployed("Case"), *ours))["fields Case"].remedy == DEPLOY_OR_ASSIGN


FIRST_RELEASE = {"Xero_Contact_ID__c", "Xero_Link__c"}


def test_an_org_with_the_fields_of_the_first_release_is_told_which_are_new_and_to_deploy_again() -> None:
    new = [one.name for one in expected_fields() if one.object_name == "Account" and one.name not in FIRST_RELEASE]

    found = lines(WANTED["Account"], without(as_deployed("Account"), *new))["fields Account"]

    assert found.detail == f"missing, or hidden from the integration user: {', '.join(new)}"
    assert found.remedy == DEPLOY_AGAIN
    assert found.severity is Severity.ERROR


def test_a_standard_field_that_matching_can_do_without_is_a_warning() -> None:
    found = lines(WANTED["Account"], without(as_deployed("Account"), "Website"))

    assert found["fields Account"].severity is Severity.WARNING
    assert found["fields Account"].detail == (
        "missing, or hidden from the integration user: Website; they are read as empty"
    )


def test_an_org_with_one_currency_lacks_nothing() -> None:
    assert "CurrencyIsoCode" not in as_deployed("Opportunity").fields
    assert lines(WANTED["Opportunity"], as_deployed("Opportunity"))["fields Opportunity"].ok


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"type": "double"}, "not as deployed: Xero_Stage__c is of type double instead of string"),
        ({"length": 20}, "not as deployed: Xero_Stage__c holds 20 characters instead of 40"),
    ],
)
def test_a_field_of_the_same_name_that_is_something_else_fails(changes: dict[str, object], detail: str) -> None:
    found = lines(WANTED["Case"], change(as_deployed("Case"), "Xero_Stage__c", **changes))

    assert (found["fields Case"].severity, found["fields Case"].detail) == (Severity.ERROR, detail)


def test_a_longer_field_is_good_enough() -> None:
    assert lines(WANTED["Case"], change(as_deployed("Case"), "Xero_Stage__c", length=80))["fields Case"].ok


def test_days_overdue_that_is_no_formula_fails_because_nobody_would_write_it() -> None:
    found = lines(WANTED["Case"], change(as_deployed("Case"), "Xero_Days_Overdue__c", is_calculated=False))

    assert found["fields Case"].detail == "not as deployed: Xero_Days_Overdue__c is no formula"


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"is_unique": False}, "Xero_Contact_ID__c is not unique"),
        ({"is_external_id": False}, "Xero_Contact_ID__c is not an external id"),
        (
            {"is_external_id": False, "is_unique": False},
            "Xero_Contact_ID__c is not an external id and not unique",
        ),
    ],
)
def test_a_key_that_could_match_two_records_fails(changes: dict[str, object], detail: str) -> None:
    found = lines(WANTED["Account"], change(as_deployed("Account"), "Xero_Contact_ID__c", **changes))

    assert (found["keys Account"].severity, found["keys Account"].detail) == (Severity.ERROR, detail)


def test_a_field_that_may_be_read_but_not_written_fails_by_name() -> None:
    description = change(as_deployed("Case"), "Xero_Resolution__c", is_updateable=False)
    description = change(description, "Status", is_createable=False)

    found = lines(WANTED["Case"], description)

    assert (found["permissions Case"].severity, found["permissions Case"].detail) == (
        Severity.ERROR,
        "read-only for the integration user: Status, Xero_Resolution__c",
    )


def test_the_formula_may_be_read_only() -> None:
    assert as_deployed("Case").fields["Xero_Days_Overdue__c"].is_updateable is False
    assert lines(WANTED["Case"], as_deployed("Case"))["permissions Case"].ok


def test_records_that_may_not_be_created_or_edited_fail() -> None:
    description = replace(as_deployed("Xero_Contact__c"), is_createable=False, is_updateable=False)

    found = lines(WANTED["Xero_Contact__c"], description)

    assert found["permissions Xero_Contact__c"].detail == "records may not be created or edited"
    assert found["permissions Xero_Contact__c"].severity is Severity.ERROR


def test_objects_that_are_only_read_need_no_write_permission() -> None:
    description = replace(as_deployed("Pricebook2"), is_createable=False, is_updateable=False)

    assert lines(WANTED["Pricebook2"], description)["permissions Pricebook2"].ok
    assert (
        lines(WANTED["Pricebook2"], replace(description, is_queryable=False))["permissions Pricebook2"].severity
        is Severity.ERROR
    )


def test_a_field_that_is_set_once_need_not_be_editable_afterwards() -> None:
    fixed = change(as_deployed("PricebookEntry"), "Product2Id", is_updateable=False)

    assert lines(WANTED["PricebookEntry"], fixed)["permissions PricebookEntry"].ok
    hidden = change(fixed, "Product2Id", is_createable=False)
    assert (
        lines(WANTED["PricebookEntry"], hidden)["permissions PricebookEntry"].detail
        == "read-only for the integration user: Product2Id"
    )
