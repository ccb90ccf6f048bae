"""The permission sets: every field is granted, and nothing beyond what the pipeline does."""

from __future__ import annotations

from xero_sf_pipeline.extraction.salesforce_objects import SALESFORCE_SOURCES
from xero_sf_pipeline.salesforce_metadata import (
    CREATED_STANDARD_FIELDS,
    OBJECTS,
    PERMISSION_SET,
    WRITTEN_STANDARD_FIELDS,
    expected_fields,
)
from xero_sf_pipeline.salesforce_metadata.source import read_source

SYNC = read_source().permission_set(PERMISSION_SET)
VIEWER = read_source().permission_set("Xero_Viewer")

ALWAYS_VISIBLE = {
    "Account": {"Name", "OwnerId", "MasterRecordId"},
    "Case": {"CaseNumber", "ClosedDate", "IsClosed", "OwnerId", "Status"},
    "Contact": {"FirstName", "LastName", "MasterRecordId", "Name"},
    "CurrencyType": {"ConversionRate", "DecimalPlaces", "IsActive", "IsCorporate", "IsoCode"},
    "Opportunity": {
        "CloseDate", "HasOpportunityLineItem", "IsClosed", "IsWon", "Name", "OwnerId", "Pricebook2Id",
        "RecordType.DeveloperName", "StageName",
    },
    "OpportunityLineItem": {
        "Name", "OpportunityId", "PricebookEntryId", "Product2Id", "Quantity", "SortOrder", "UnitPrice",
    },
    "Pricebook2": {"IsActive", "IsStandard", "Name"},
    "PricebookEntry": {"IsActive", "Pricebook2Id", "Product2Id", "UnitPrice", "UseStandardPrice"},
    "Product2": {"IsActive", "Name"},
    "Task": {"AccountId", "IsClosed", "OwnerId", "Priority", "Status", "Subject"},
    "Xero_Contact__c": {"Name"},
    "Xero_Invoice__c": {"Name"},
}  # fmt: skip
"""Fields that have no field-level security: required ones, owner, status, what Salesforce derives from them, and all of
a price book and its entries (the field permissions that Salesforce itself lists for a profile)."""

ON_EVERY_RECORD = {"CreatedDate", "CurrencyIsoCode", "Id", "IsDeleted", "SystemModstamp"}

WITHOUT_OBJECT_PERMISSIONS = {"CurrencyType", "OpportunityLineItem", "PricebookEntry", "Task", "User"}
"""Line items follow their opportunity, entries their price book, tasks the right Edit Tasks; the others are set-up."""


def standard_fields() -> dict[tuple[str, str], bool]:
    """Every (object, field) that is mirrored or written, and whether it is written."""
    read = {
        (source.object_name, field.api_name)
        for source in SALESFORCE_SOURCES
        for field in source.all_fields
        if not field.api_name.endswith("__c")
    }
    written = {
        (one, name)
        for written in (WRITTEN_STANDARD_FIELDS, CREATED_STANDARD_FIELDS)
        for one, names in written.items()
        for name in names
    }
    return {pair: pair in written for pair in sorted(read | written)}


def granted_as(object_name: str, name: str) -> str:
    """Parts of an address share the permission of the whole."""
    for compound in ("Billing", "Mailing", "Shipping"):
        if name.startswith(compound):
            return f"{object_name}.{compound}Address"
    return f"{object_name}.{name}"


def test_every_custom_field_is_readable_and_exactly_the_written_ones_are_editable() -> None:
    required = {f"{field.object_name}.{field.name}" for field in read_source().fields if field.is_true("required")}
    wanted = {
        f"{field.object_name}.{field.name}": field.is_written
        for field in expected_fields()
        if f"{field.object_name}.{field.name}" not in required
    }

    assert required == {"Xero_Contact__c.Key__c", "Xero_Invoice__c.Key__c"}
    assert {name: editable for name, editable in SYNC.granted_fields().items() if name.endswith("__c")} == wanted


def test_a_required_field_is_not_listed_because_the_deployment_would_be_refused() -> None:
    for permission_set in (SYNC, VIEWER):
        assert not {"Xero_Contact__c.Key__c", "Xero_Invoice__c.Key__c"} & set(permission_set.granted_fields())


def test_a_task_field_is_granted_on_task_although_it_is_defined_on_activity() -> None:
    for permission_set in (SYNC, VIEWER):
        granted = permission_set.granted_fields()
        assert "Task.Xero_Alert_Key__c" in granted
        assert not [name for name in granted if name.startswith("Activity.")]


def test_exactly_the_standard_fields_that_the_pipeline_uses_are_granted() -> None:
    wanted: dict[str, bool] = {}
    for (object_name, name), is_written in standard_fields().items():
        if object_name == "User" or name in ON_EVERY_RECORD or name in ALWAYS_VISIBLE[object_name]:
            continue
        wanted[granted_as(object_name, name)] = is_written

    assert {name: editable for name, editable in SYNC.granted_fields().items() if not name.endswith("__c")} == wanted


def test_no_always_visible_field_is_listed_because_the_deployment_would_be_refused() -> None:
    listed = {tuple(name.split(".")) for name in SYNC.granted_fields()}

    assert not {(one, name) for one, names in ALWAYS_VISIBLE.items() for name in names} & listed


def test_the_integration_user_may_create_and_edit_what_it_writes_and_only_read_the_rest() -> None:
    read = frozenset({"allowRead", "viewAllRecords"})
    write = read | {"allowCreate", "allowEdit"}

    assert SYNC.granted_objects() == {
        one.name: write if one.is_written else read for one in OBJECTS if one.name not in WITHOUT_OBJECT_PERMISSIONS
    } | {"Pricebook2": frozenset({"allowRead", "allowEdit"}), "Product2": write - {"viewAllRecords"}}


def test_prices_and_tasks_are_reached_through_the_rights_that_salesforce_has_for_them() -> None:
    """Entries need Edit on price books, tasks the user permission Edit Tasks: they have no permissions of their own."""
    tag = "{http://soap.sforce.com/2006/04/metadata}"
    names = [one.findtext(f"{tag}name") for one in SYNC.definition.findall(f"{tag}userPermissions")]

    assert names == ["ApiEnabled", "EditTask"]


def test_people_see_the_xero_fields_and_can_change_none() -> None:
    custom = {name for name in SYNC.granted_fields() if name.endswith("__c")}

    assert VIEWER.granted_fields() == dict.fromkeys(custom, False)
    assert VIEWER.granted_objects() == dict.fromkeys(("Xero_Contact__c", "Xero_Invoice__c"), frozenset({"allowRead"}))
