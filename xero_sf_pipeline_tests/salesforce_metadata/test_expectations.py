"""What an org must describe after the deployment."""

from __future__ import annotations

from xero_sf_pipeline.extraction.salesforce_objects import SALESFORCE_SOURCES
from xero_sf_pipeline.salesforce_metadata import ExpectedField, expected_fields


def test_the_expected_fields_are_the_ones_of_the_source_in_the_words_of_describe() -> None:
    assert expected_fields() == [
        ExpectedField("Account", "Xero_Contact_ID__c", "string", 36, True, True, True),
        ExpectedField("Account", "Xero_Link__c", "url", 255, False, False, True),
        ExpectedField("Case", "Xero_Amount_Due__c", "currency", 0, False, False, True),
        ExpectedField("Case", "Xero_Currency__c", "string", 3, False, False, True),
        ExpectedField("Case", "Xero_Days_Overdue__c", "double", 0, False, False, False),
        ExpectedField("Case", "Xero_Due_Date__c", "date", 0, False, False, True),
        ExpectedField("Case", "Xero_Invoice_Key__c", "string", 80, True, True, True),
        ExpectedField("Case", "Xero_Link__c", "url", 255, False, False, True),
        ExpectedField("Case", "Xero_Resolution__c", "string", 255, False, False, True),
        ExpectedField("Case", "Xero_Stage__c", "string", 40, False, False, True),
        ExpectedField("Xero_Contact__c", "Account__c", "reference", 18, False, False, True),
        ExpectedField("Xero_Contact__c", "Key__c", "string", 80, True, True, True),
        ExpectedField("Xero_Contact__c", "Xero_Link__c", "url", 255, False, False, True),
    ]


def test_every_custom_field_that_is_mirrored_is_deployed() -> None:
    deployed = {(field.object_name, field.name) for field in expected_fields()}
    mirrored = {
        (source.object_name, field.api_name)
        for source in SALESFORCE_SOURCES
        for field in source.all_fields
        if field.api_name.endswith("__c")
    }

    assert mirrored - deployed == set()


def test_the_keys_hold_what_is_written_into_them() -> None:
    """A Xero id is a GUID of 36 characters; keys join two of them, or one and `account:` and a Salesforce id."""
    lengths = {(field.object_name, field.name): field.length for field in expected_fields()}

    assert lengths["Account", "Xero_Contact_ID__c"] >= 36
    assert lengths["Xero_Contact__c", "Key__c"] >= len(f"{'0' * 36}:{'0' * 36}")
    assert lengths["Case", "Xero_Invoice_Key__c"] >= max(
        len(f"{'0' * 36}:{'0' * 36}"), len(f"{'0' * 36}:account:{'0' * 18}")
    )
