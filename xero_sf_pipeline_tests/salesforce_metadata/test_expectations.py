"""What an org must describe after the deployment."""

from __future__ import annotations

from xero_sf_pipeline.extraction.salesforce_objects import SALESFORCE_SOURCES
from xero_sf_pipeline.salesforce_metadata import ExpectedField, expected_fields


def test_the_expected_fields_are_the_ones_of_the_source_in_the_words_of_describe() -> None:
    money, day, instant = (
        ("currency", 0, False, False, True),
        ("date", 0, False, False, True),
        ("datetime", 0, False, False, True),
    )
    assert expected_fields() == [
        ExpectedField("Account", "Xero_As_Of__c", *instant),
        ExpectedField("Account", "Xero_Average_Days_Late__c", "double", 0, False, False, True),
        ExpectedField("Account", "Xero_Contact_ID__c", "string", 36, True, True, True),
        ExpectedField("Account", "Xero_Link__c", "url", 255, False, False, True),
        ExpectedField("Account", "Xero_Oldest_Due_Date__c", *day),
        ExpectedField("Account", "Xero_Open_Invoices__c", "double", 0, False, False, True),
        ExpectedField("Account", "Xero_Outstanding__c", *money),
        ExpectedField("Account", "Xero_Overdue__c", *money),
        ExpectedField("Account", "Xero_Payment_Status_Now__c", "string", 1300, False, False, False),
        ExpectedField("Account", "Xero_Payment_Status__c", "picklist", 255, False, False, True),
        ExpectedField("Account", "Xero_Unallocated_Credit__c", *money),
        ExpectedField("Case", "Xero_Amount_Due__c", *money),
        ExpectedField("Case", "Xero_Currency__c", "string", 3, False, False, True),
        ExpectedField("Case", "Xero_Days_Overdue__c", "double", 0, False, False, False),
        ExpectedField("Case", "Xero_Due_Date__c", *day),
        ExpectedField("Case", "Xero_Invoice_Key__c", "string", 80, True, True, True),
        ExpectedField("Case", "Xero_Link__c", "url", 255, False, False, True),
        ExpectedField("Case", "Xero_Resolution__c", "string", 255, False, False, True),
        ExpectedField("Case", "Xero_Stage__c", "string", 40, False, False, True),
        ExpectedField("Contact", "Xero_Person_Key__c", "string", 160, True, True, True),
        ExpectedField("Opportunity", "Xero_Billed__c", *money),
        ExpectedField("Opportunity", "Xero_Due__c", *money),
        ExpectedField("Opportunity", "Xero_Invoice_Count__c", "double", 0, False, False, True),
        ExpectedField("Opportunity", "Xero_Invoice_ID__c", "string", 36, False, False, True),
        ExpectedField("Opportunity", "Xero_Invoice_Number__c", "string", 255, False, False, True),
        ExpectedField("Opportunity", "Xero_Invoice_Status__c", "string", 40, False, False, True),
        ExpectedField("Opportunity", "Xero_Link__c", "url", 255, False, False, True),
        ExpectedField("Opportunity", "Xero_Paid__c", *money),
        ExpectedField("Opportunity", "Xero_Quote_ID__c", "string", 80, True, True, True),
        ExpectedField("OpportunityLineItem", "Xero_Line_Key__c", "string", 120, True, True, True),
        ExpectedField("Task", "Xero_Alert_Key__c", "string", 120, True, True, True),
        ExpectedField("Xero_Contact__c", "Account__c", "reference", 18, False, False, True),
        ExpectedField("Xero_Contact__c", "Key__c", "string", 80, True, True, True),
        ExpectedField("Xero_Contact__c", "Xero_Link__c", "url", 255, False, False, True),
        ExpectedField("Xero_Invoice__c", "Account__c", "reference", 18, False, False, True),
        ExpectedField("Xero_Invoice__c", "As_Of__c", *instant),
        ExpectedField("Xero_Invoice__c", "Credited__c", *money),
        ExpectedField("Xero_Invoice__c", "Currency__c", "string", 3, False, False, True),
        ExpectedField("Xero_Invoice__c", "Due_On__c", *day),
        ExpectedField("Xero_Invoice__c", "Due__c", *money),
        ExpectedField("Xero_Invoice__c", "Fully_Paid_On__c", *day),
        ExpectedField("Xero_Invoice__c", "Issued_On__c", *day),
        ExpectedField("Xero_Invoice__c", "Key__c", "string", 80, True, True, True),
        ExpectedField("Xero_Invoice__c", "Last_Payment_On__c", *day),
        ExpectedField("Xero_Invoice__c", "Last_Payment__c", *money),
        ExpectedField("Xero_Invoice__c", "Opportunity__c", "reference", 18, False, False, True),
        ExpectedField("Xero_Invoice__c", "Organisation__c", "string", 255, False, False, True),
        ExpectedField("Xero_Invoice__c", "Paid__c", *money),
        ExpectedField("Xero_Invoice__c", "Reference__c", "string", 255, False, False, True),
        ExpectedField("Xero_Invoice__c", "Status__c", "picklist", 255, False, False, True),
        ExpectedField("Xero_Invoice__c", "Tax__c", *money),
        ExpectedField("Xero_Invoice__c", "Total__c", *money),
        ExpectedField("Xero_Invoice__c", "Type__c", "picklist", 255, False, False, True),
        ExpectedField("Xero_Invoice__c", "Xero_Link__c", "url", 255, False, False, True),
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
    assert lengths["Xero_Invoice__c", "Key__c"] >= len(f"{'0' * 36}:{'0' * 36}")
    assert lengths["Opportunity", "Xero_Quote_ID__c"] >= len(f"{'0' * 36}:{'0' * 36}")
    assert lengths["OpportunityLineItem", "Xero_Line_Key__c"] >= len(f"{'0' * 36}:{'0' * 36}:{'c' * 30}:9999")
    longest_email = 80  # of Contact.Email
    assert lengths["Contact", "Xero_Person_Key__c"] >= len(f"{'0' * 36}:{'0' * 36}:") + longest_email
    assert lengths["Task", "Xero_Alert_Key__c"] >= len(f"{'0' * 18}:{'r' * 40}:2026-03-16")
    assert lengths["Case", "Xero_Invoice_Key__c"] >= max(
        len(f"{'0' * 36}:{'0' * 36}"), len(f"{'0' * 36}:account:{'0' * 18}")
    )
