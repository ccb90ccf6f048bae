"""The Salesforce objects that are mirrored: which field goes to which column, and as what type.

Does not belong here: HTTP, and the custom fields' definitions (`salesforce_metadata`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from xero_sf_pipeline.warehouse.history import HistoryTable


class Kind(Enum):
    """How the text of a value becomes a column. `{value}` is the text; empty is null in Salesforce."""

    TEXT = "{value}"
    BOOLEAN = "try_cast({value} as boolean)"
    DATE = "try_cast({value} as date)"
    INSTANT = "try_cast({value} as timestamptz)"
    MONEY = "try_cast({value} as decimal(18, 4))"  # reads 9.9E7 as well: Bulk writes large numbers that way


@dataclass(frozen=True)
class Field:
    """One mirrored field. An optional one may be absent in an org (or hidden from the user) and reads as null."""

    api_name: str
    column: str
    kind: Kind = Kind.TEXT
    is_optional: bool = False


@dataclass(frozen=True)
class SalesforceSource:
    """One mirrored object. An optional one may be absent in an org that has not had our metadata deployed."""

    name: str
    object_name: str
    table: HistoryTable
    fields: tuple[Field, ...]
    is_optional: bool = False

    @property
    def all_fields(self) -> tuple[Field, ...]:
        return (*self.fields, *_SYSTEM_FIELDS)


_SYSTEM_FIELDS = (
    Field("SystemModstamp", "updated_at", Kind.INSTANT),
    Field("IsDeleted", "is_deleted", Kind.BOOLEAN, is_optional=True),
)


def _table(name: str, key: str, amount: str | None = None) -> HistoryTable:
    return HistoryTable("raw_salesforce", name, "org_id", key, ("updated_at",), amount)


USERS = SalesforceSource(
    "users", "User", _table("users", "sf_user_id"),
    (
        Field("Id", "sf_user_id"), Field("Name", "user_name"), Field("Email", "email"),
        Field("IsActive", "is_active", Kind.BOOLEAN), Field("UserType", "user_type", is_optional=True),
    ),
)  # fmt: skip
ACCOUNTS = SalesforceSource(
    "accounts", "Account", _table("accounts", "sf_account_id"),
    (
        Field("Id", "sf_account_id"), Field("Name", "account_name"),
        Field("AccountNumber", "account_number", is_optional=True), Field("Type", "account_type", is_optional=True),
        Field("ParentId", "parent_sf_account_id", is_optional=True), Field("Phone", "phone", is_optional=True),
        Field("Website", "website", is_optional=True), Field("BillingStreet", "street", is_optional=True),
        Field("BillingCity", "city", is_optional=True), Field("BillingState", "region", is_optional=True),
        Field("BillingPostalCode", "postal_code", is_optional=True),
        Field("BillingCountry", "country", is_optional=True), Field("OwnerId", "owner_sf_user_id"),
        Field("CurrencyIsoCode", "currency_code", is_optional=True),
        Field("Xero_Contact_ID__c", "xero_contact_id", is_optional=True),
        Field("Xero_Link__c", "xero_url", is_optional=True),
        Field("MasterRecordId", "master_sf_account_id", is_optional=True),
        Field("CreatedDate", "created_at", Kind.INSTANT),
    ),
)  # fmt: skip
CONTACTS = SalesforceSource(
    "contacts", "Contact", _table("contacts", "sf_contact_id"),
    (
        Field("Id", "sf_contact_id"), Field("AccountId", "sf_account_id"), Field("Name", "full_name"),
        Field("FirstName", "first_name", is_optional=True), Field("LastName", "last_name"),
        Field("Email", "email", is_optional=True), Field("Phone", "phone", is_optional=True),
        Field("MobilePhone", "mobile_phone", is_optional=True),
        Field("MasterRecordId", "master_sf_contact_id", is_optional=True),
    ),
)  # fmt: skip
OPPORTUNITIES = SalesforceSource(
    "opportunities", "Opportunity", _table("opportunities", "sf_opportunity_id", "amount"),
    (
        Field("Id", "sf_opportunity_id"), Field("AccountId", "sf_account_id"), Field("Name", "opportunity_name"),
        Field("StageName", "stage_name"), Field("IsWon", "is_won", Kind.BOOLEAN),
        Field("IsClosed", "is_closed", Kind.BOOLEAN), Field("CloseDate", "close_on", Kind.DATE),
        Field("Amount", "amount", Kind.MONEY, is_optional=True), Field("Type", "opportunity_type", is_optional=True),
        Field("CurrencyIsoCode", "currency_code", is_optional=True), Field("OwnerId", "owner_sf_user_id"),
    ),
)  # fmt: skip
CASES = SalesforceSource(
    "cases", "Case", _table("cases", "sf_case_id", "amount_due"),
    (
        Field("Id", "sf_case_id"), Field("CaseNumber", "case_number"), Field("AccountId", "sf_account_id"),
        Field("Subject", "subject", is_optional=True), Field("Status", "case_status"),
        Field("Priority", "priority", is_optional=True), Field("Type", "case_type", is_optional=True),
        Field("Origin", "origin", is_optional=True), Field("OwnerId", "owner_sf_user_id"),
        Field("IsClosed", "is_closed", Kind.BOOLEAN), Field("ClosedDate", "closed_at", Kind.INSTANT),
        Field("CreatedDate", "created_at", Kind.INSTANT),
        Field("CurrencyIsoCode", "currency_code", is_optional=True),
        Field("Xero_Invoice_Key__c", "invoice_key", is_optional=True),
        Field("Xero_Amount_Due__c", "amount_due", Kind.MONEY, is_optional=True),
        Field("Xero_Currency__c", "xero_currency_code", is_optional=True),
        Field("Xero_Due_Date__c", "due_on", Kind.DATE, is_optional=True),
        Field("Xero_Stage__c", "stage", is_optional=True),
        Field("Xero_Resolution__c", "resolution", is_optional=True),
        Field("Xero_Link__c", "xero_url", is_optional=True),
    ),
)  # fmt: skip
XERO_CONTACTS = SalesforceSource(
    "xero_contacts", "Xero_Contact__c", _table("xero_contacts", "sf_xero_contact_id"),
    (
        Field("Id", "sf_xero_contact_id"), Field("Key__c", "contact_key"), Field("Name", "contact_name"),
        Field("Account__c", "sf_account_id", is_optional=True), Field("Xero_Link__c", "xero_url", is_optional=True),
    ),
    is_optional=True,
)  # fmt: skip

SALESFORCE_SOURCES: tuple[SalesforceSource, ...] = (USERS, ACCOUNTS, CONTACTS, OPPORTUNITIES, CASES, XERO_CONTACTS)
BY_NAME = {source.name: source for source in SALESFORCE_SOURCES}


def staging_select(source: SalesforceSource, present: frozenset[str], *, is_csv: bool) -> str:
    """The statement that types the spooled pages, in CSV (Bulk 2.0) or JSON (REST), into the same columns.

    Put together from the constants above only. The payload comes from the typed columns, because the two paths spell
    the same number and instant differently. An absent field keeps its place, so that the payload of a record
    does not change when a field that is empty there comes into sight.
    """
    fields = [field for field in source.all_fields if field.api_name in present]
    if is_csv:
        origin = "read_csv($files, all_varchar = true, header = true, quote = '\"', escape = '\"', delim = ',')"
    else:
        shape = ", ".join(f'"{field.api_name}": "VARCHAR"' for field in fields)
        origin = (
            f"(select unnest(json_transform(json, '{{{shape}}}')) "
            "from read_json_objects($files, format = 'array', maximum_object_size = $largest_object_bytes))"
        )
    value = "nullif(\"{name}\", '')"
    columns = ",\n    ".join(
        f"{_typed(field, value.format(name=field.api_name) if field in fields else None)} as {field.column}"
        for field in source.all_fields
    )
    return f"""select *, to_json(typed) as payload from (
    select {columns} from {origin}
) typed"""


def _typed(field: Field, value: str | None) -> str:
    if value is None:
        return "false" if field.column == "is_deleted" else field.kind.value.format(value="null")
    return field.kind.value.format(value=value)
