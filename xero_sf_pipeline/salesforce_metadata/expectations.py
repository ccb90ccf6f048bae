"""What the pipeline needs from a Salesforce org: its own fields, and the standard ones that it writes.

`preflight` compares this with what the org describes to the integration user. Custom fields come from the SFDX source,
so the two cannot drift apart. Belongs here: names, types and what is written. Does not belong here: what goes into a
field (`planning`), which standard fields are read (`extraction`) or how (`clients`).
"""

from __future__ import annotations

from dataclasses import dataclass

from xero_sf_pipeline.salesforce_metadata.source import FieldSource, read_source

PERMISSION_SET = "Xero_Sync"
"""The permission set of the integration user: all that the pipeline may do in Salesforce."""

DESCRIBED_TYPES = {
    "Text": "string",
    "Url": "url",
    "Currency": "currency",
    "Number": "double",
    "Date": "date",
    "DateTime": "datetime",
    "Picklist": "picklist",
    "Lookup": "reference",
}
"""Field types: the Metadata API's word and the word of `describe` (Object Reference, "Field types")."""

_FIXED_LENGTHS = {"Url": 255, "Lookup": 18, "Picklist": 255}
"""Types whose length is not in their definition (Object Reference)."""

TEXT_FORMULA_LENGTH = 1300
"""Length by which `describe` shows every text formula."""

ACTIVITY = "Activity"
"""Custom fields of tasks and events are defined on this object, and seen and granted on Task and Event."""


@dataclass(frozen=True)
class ExpectedField:
    """One custom field as `describe` must show it.

    `type` is the word of `describe`; `length` is in characters, 0 for types without one; `is_written` is False for
    a formula, which nobody may write.
    """

    object_name: str
    name: str
    type: str
    length: int
    external_id: bool
    unique: bool
    is_written: bool


@dataclass(frozen=True)
class ExpectedObject:
    """One object and what the integration user must be able to do with its records, besides reading them.

    `is_optional`: not every org has it, and the pipeline works without.
    """

    name: str
    is_written: bool
    is_optional: bool = False


OBJECTS = (
    ExpectedObject("Account", is_written=True),
    ExpectedObject("Case", is_written=True),
    ExpectedObject("Contact", is_written=True),
    ExpectedObject("CurrencyType", is_written=False, is_optional=True),
    ExpectedObject("Opportunity", is_written=True),
    ExpectedObject("OpportunityLineItem", is_written=True),
    ExpectedObject("Pricebook2", is_written=False),
    ExpectedObject("PricebookEntry", is_written=True),
    ExpectedObject("Product2", is_written=True),
    ExpectedObject("Task", is_written=True),
    ExpectedObject("User", is_written=False),
    ExpectedObject("Xero_Contact__c", is_written=True),
    ExpectedObject("Xero_Invoice__c", is_written=True),
)

WRITTEN_STANDARD_FIELDS = {
    "Account": frozenset(
        {
            "AccountNumber",
            "BillingCity",
            "BillingCountry",
            "BillingPostalCode",
            "BillingState",
            "BillingStreet",
            "Name",
            "OwnerId",
            "Phone",
            "ShippingCity",
            "ShippingCountry",
            "ShippingPostalCode",
            "ShippingState",
            "ShippingStreet",
            "Type",
            "Website",
        }
    ),
    "Case": frozenset({"AccountId", "Description", "Origin", "OwnerId", "Priority", "Status", "Subject", "Type"}),
    "Contact": frozenset(
        {
            "AccountId",
            "Email",
            "FirstName",
            "LastName",
            "MailingCity",
            "MailingCountry",
            "MailingPostalCode",
            "MailingState",
            "MailingStreet",
            "MobilePhone",
            "Phone",
            "Title",
        }
    ),
    "Opportunity": frozenset(
        {"AccountId", "Amount", "CloseDate", "Description", "Name", "OwnerId", "Pricebook2Id", "StageName", "Type"}
    ),
    "OpportunityLineItem": frozenset({"Description", "Quantity", "ServiceDate", "TotalPrice"}),
    "PricebookEntry": frozenset({"IsActive", "UnitPrice", "UseStandardPrice"}),
    "Product2": frozenset({"Description", "Family", "IsActive", "Name", "ProductCode"}),
    "Task": frozenset({"ActivityDate", "Description", "OwnerId", "Priority", "Status", "Subject", "WhatId"}),
    "Xero_Contact__c": frozenset({"Name"}),
    "Xero_Invoice__c": frozenset({"Name"}),
}
"""Standard fields that a plan may write, by object. What is read is listed where it is read (`extraction`)."""

CREATED_STANDARD_FIELDS = {
    "OpportunityLineItem": frozenset({"OpportunityId", "PricebookEntryId"}),
    "PricebookEntry": frozenset({"Pricebook2Id", "Product2Id"}),
}
"""Standard fields that a plan sets when it creates a record, and that nobody can change afterwards."""


def expected_fields() -> list[ExpectedField]:
    """Return every custom field of the SFDX source, as an org describes it after the deployment, by object."""
    found = [_expected(field) for field in read_source().fields]
    return sorted(found, key=lambda field: (field.object_name, field.name))


def _expected(field: FieldSource) -> ExpectedField:
    kind = field.text("type") or ""
    is_formula = field.text("formula") is not None
    length = TEXT_FORMULA_LENGTH if is_formula and kind == "Text" else _FIXED_LENGTHS.get(kind, 0)
    return ExpectedField(
        object_name="Task" if field.object_name == ACTIVITY else field.object_name,
        name=field.name,
        type=DESCRIBED_TYPES[kind],
        length=int(field.text("length") or length),
        external_id=field.is_true("externalId"),
        unique=field.is_true("unique"),
        is_written=not is_formula,
    )
