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
    "Lookup": "reference",
}
"""Field types: the Metadata API's word and the word of `describe` (Object Reference, "Field types")."""

_FIXED_LENGTHS = {"Url": 255, "Lookup": 18}
"""Types whose length is not in their definition (Object Reference)."""


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
    """One object and what the integration user must be able to do with its records, besides reading them."""

    name: str
    is_written: bool


OBJECTS = (
    ExpectedObject("Account", is_written=True),
    ExpectedObject("Case", is_written=True),
    ExpectedObject("Contact", is_written=False),
    ExpectedObject("Opportunity", is_written=False),
    ExpectedObject("User", is_written=False),
    ExpectedObject("Xero_Contact__c", is_written=True),
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
            "Type",
            "Website",
        }
    ),
    "Case": frozenset({"AccountId", "Description", "Origin", "OwnerId", "Priority", "Status", "Subject", "Type"}),
    "Xero_Contact__c": frozenset({"Name"}),
}
"""Standard fields that a plan may write, by object. What is read is listed where it is read (`extraction`)."""


def expected_fields() -> list[ExpectedField]:
    """Return every custom field of the SFDX source, as an org describes it after the deployment."""
    return [_expected(field) for field in read_source().fields]


def _expected(field: FieldSource) -> ExpectedField:
    kind = field.text("type") or ""
    return ExpectedField(
        object_name=field.object_name,
        name=field.name,
        type=DESCRIBED_TYPES[kind],
        length=int(field.text("length") or _FIXED_LENGTHS.get(kind, 0)),
        external_id=field.is_true("externalId"),
        unique=field.is_true("unique"),
        is_written=field.text("formula") is None,
    )
