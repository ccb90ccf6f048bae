"""Which standard fields and objects have permissions of their own, and where the others get theirs from.

After the field permissions that Salesforce lists for a profile: required fields, owners, statuses and what is derived
from them are not in that list, so whoever may read the record sees them; naming one in a permission set is an error.
Belongs here: those lists. Does not belong here: who was granted what (`permissions`).
"""

from __future__ import annotations

from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType, ObjectType

_ON_EVERY_OBJECT = frozenset(
    {"CurrencyIsoCode", "IsDeleted", "LastActivityDate", "MasterRecordId", "OwnerId", "RecordTypeId"}
    | {"CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate", "SystemModstamp"}
)
_ALWAYS_VISIBLE = {
    "Case": frozenset({"ClosedDate", "IsClosed", "IsEscalated", "Status"}),
    "Contact": frozenset({"FirstName", "LastName", "Salutation"}),
    "Opportunity": frozenset(
        {"ContactId", "FiscalQuarter", "FiscalYear", "ForecastCategory", "ForecastCategoryName"}
        | {"HasOpportunityLineItem", "IsClosed", "IsWon", "Pricebook2Id"}
    ),
    "OpportunityLineItem": frozenset(
        {"OpportunityId", "PricebookEntryId", "Product2Id", "Quantity", "SortOrder", "UnitPrice"}
    ),
    "Product2": frozenset({"IsActive"}),
    "Task": frozenset(
        {"AccountId", "CompletedDateTime", "IsClosed", "IsHighPriority", "Priority", "Status", "Subject"}
    ),
}

OBJECTS_WITH_PERMISSIONS = frozenset({"Account", "Case", "Contact", "Opportunity", "Pricebook2", "Product2"})
"""Standard objects that a permission set can name."""

GOVERNED_BY = {"OpportunityLineItem": "Opportunity", "PricebookEntry": "Pricebook2"}
"""Objects whose records are reached with the permissions of another one; every change of them is an edit of that."""

EDIT_TASKS = "EditTask"
"""The user permission that tasks need instead of object permissions."""


def has_field_security(one: ObjectType, field: Field) -> bool:
    """Whether the field is shown or hidden by field permissions. A part of an address shares those of the whole."""
    if field.custom:
        return not (field.required or field.name_field)
    if one.name not in OBJECTS_WITH_PERMISSIONS and one.name not in {"OpportunityLineItem", "Task"}:
        return False
    if one.name == "Pricebook2" or field.type is FieldType.ID or field.required or field.name_field:
        return False
    return field.name not in _ON_EVERY_OBJECT and field.name not in _ALWAYS_VISIBLE.get(one.name, frozenset())


def permission_name(one: ObjectType, field: Field) -> str:
    """The name by which permissions speak of a field: `Account.BillingAddress` for `BillingCity`."""
    if not field.custom:
        for other in one.fields.values():
            if field.name in other.components:
                return f"{one.name}.{other.name}"
    return f"{one.name}.{field.name}"
