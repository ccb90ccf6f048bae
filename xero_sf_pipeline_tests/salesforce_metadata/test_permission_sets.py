"""The permission sets: every field is granted, and nothing beyond what the pipeline does."""

from __future__ import annotations

from xero_sf_pipeline.salesforce_metadata import OBJECTS, PERMISSION_SET, expected_fields, standard_fields
from xero_sf_pipeline.salesforce_metadata.source import read_source

SYNC = read_source().permission_set(PERMISSION_SET)
VIEWER = read_source().permission_set("Xero_Viewer")

ALWAYS_VISIBLE = {
    "Account": {"IsDeleted", "MasterRecordId", "Name", "OwnerId", "SystemModstamp"},
    "Case": {"CaseNumber", "ClosedDate", "IsClosed", "IsDeleted", "OwnerId", "Status", "SystemModstamp"},
    "Contact": {"IsDeleted", "Name", "SystemModstamp"},
    "Opportunity": {"CloseDate", "IsClosed", "IsDeleted", "IsWon", "Name", "StageName", "SystemModstamp"},
    "Xero_Contact__c": {"IsDeleted", "Name", "SystemModstamp"},
}
"""Fields without field-level security: required ones, system fields, owner and status."""


def granted_as(object_name: str, name: str) -> str:
    """Parts of an address share the permission of the whole."""
    return f"{object_name}.{'BillingAddress' if name.startswith('Billing') else name}"


def test_every_custom_field_is_readable_and_exactly_the_written_ones_are_editable() -> None:
    required = {f"{field.object_name}.{field.name}" for field in read_source().fields if field.is_true("required")}
    wanted = {
        f"{field.object_name}.{field.name}": field.is_written
        for field in expected_fields()
        if f"{field.object_name}.{field.name}" not in required
    }

    assert required == {"Xero_Contact__c.Key__c"}
    assert {name: editable for name, editable in SYNC.granted_fields().items() if name.endswith("__c")} == wanted


def test_a_required_field_is_not_listed_because_the_deployment_would_be_refused() -> None:
    for permission_set in (SYNC, VIEWER):
        assert "Xero_Contact__c.Key__c" not in permission_set.granted_fields()


def test_every_standard_field_that_the_pipeline_uses_is_granted_or_always_visible() -> None:
    granted = SYNC.granted_fields()
    for field in standard_fields():
        if field.object_name == "User" or field.name in ALWAYS_VISIBLE[field.object_name]:
            continue
        assert granted_as(field.object_name, field.name) in granted, field
        if field.is_written:
            assert granted[granted_as(field.object_name, field.name)], field


def test_no_always_visible_field_is_listed_because_the_deployment_would_be_refused() -> None:
    listed = {tuple(name.split(".")) for name in SYNC.granted_fields()}

    assert not {(one, name) for one, names in ALWAYS_VISIBLE.items() for name in names} & listed


def test_the_integration_user_may_create_and_edit_what_it_writes_and_only_read_the_rest() -> None:
    read = frozenset({"allowRead", "viewAllRecords"})
    write = read | {"allowCreate", "allowEdit"}

    assert SYNC.granted_objects() == {
        one.name: write if one.is_written else read for one in OBJECTS if one.name != "User"
    }


def test_people_see_the_xero_fields_and_can_change_none() -> None:
    custom = {name for name in SYNC.granted_fields() if name.endswith("__c")}

    assert VIEWER.granted_fields() == dict.fromkeys(custom, False)
    assert VIEWER.granted_objects() == {"Xero_Contact__c": frozenset({"allowRead"})}
