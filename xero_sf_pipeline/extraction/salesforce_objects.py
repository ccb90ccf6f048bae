"""The Salesforce objects that are mirrored: which field goes to which column, and as what type.

Does not belong here: HTTP, and the custom fields' definitions (`salesforce_metadata`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from xero_sf_pipeline.warehouse.history import HistoryTable


class Kind(Enum):
    """How the text of a value becomes a column. `{value}` is the text; empty is null in Salesforce."""

    TEXT = "{value}"
    BOOLEAN = "try_cast({value} as boolean)"
    DATE = "try_cast({value} as date)"
    INSTANT = "try_cast({value} as timestamptz)"
    MONEY = "try_cast({value} as decimal(18, 4))"  # reads 9.9E7 as well: Bulk writes large numbers that way
    RATE = "try_cast({value} as decimal(18, 6))"
    INTEGER = "try_cast(try_cast({value} as decimal(18, 4)) as integer)"  # a number field says 3.0
    NUMBER = "try_cast({value} as decimal(38, 18))"


@dataclass(frozen=True)
class Field:
    """One mirrored field. An optional one may be absent in an org (or hidden from the user) and reads as null.

    `reference`: the field by which a parent's field is reached (RecordTypeId for RecordType.DeveloperName); the
    parent's is in sight when the reference is.
    """

    api_name: str
    column: str
    kind: Kind = Kind.TEXT
    is_optional: bool = False
    reference: str | None = None

    @property
    def described_name(self) -> str:
        """The name under which the object's own description lists it."""
        return self.reference or self.api_name

    @property
    def stored_name(self) -> str:
        """What is remembered of the rows that were read with it: mapping it, or another type, reads all rows anew."""
        return f"{MAPPED_FIELDS} {self.api_name} {self.kind.name}" if self.column == MAPPED_FIELDS else self.api_name


def optional(api_name: str, column: str, kind: Kind = Kind.TEXT) -> Field:
    """A field that an org may lack."""
    return Field(api_name, column, kind, is_optional=True)


@dataclass(frozen=True)
class SalesforceSource:
    """One mirrored object. An optional one may be absent in an org: ours until it is deployed, others by edition.

    Attributes:
        later_fields: fields that came with a later version of the product, and those that the policy names. A record
            in which all of them are empty keeps the payload that it had without them, and gets no new version.
        is_polled: asked at every poll; the others are read whole, once a day and at a sweep.
        only_with: only records that carry this field are read; an org without the field has none of them.
    """

    name: str
    object_name: str
    table: HistoryTable
    fields: tuple[Field, ...]
    later_fields: tuple[Field, ...] = ()
    is_optional: bool = False
    is_polled: bool = True
    only_with: str | None = None

    @property
    def all_fields(self) -> tuple[Field, ...]:
        return (*self.fields, *self.later_fields, *_SYSTEM_FIELDS)

    @property
    def is_ours(self) -> bool:
        """Whether the object comes with our metadata, so that it may be deployed any minute."""
        return self.object_name.startswith(OURS)


OURS = "Xero_"
"""How the names of our objects and fields begin."""

MAPPED_FIELDS = "mapped_fields"
"""The column that holds the fields which the policy names, by API name, as JSON values of the API: see `_json`."""

_KIND_OF_TYPE = {
    **dict.fromkeys(("currency", "double", "percent", "int", "long"), Kind.NUMBER),
    "boolean": Kind.BOOLEAN,
    "date": Kind.DATE,
    "datetime": Kind.INSTANT,
}
_NEVER_MAPPED = frozenset({"address", "location", "base64", "complexvalue", "anyType"})
"""Types (describe result) that are no single value, or that Bulk API 2.0 does not read."""


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
    later_fields=(
        optional("Industry", "industry"), optional("BillingStateCode", "region_code"),
        optional("BillingCountryCode", "country_code"), optional("ShippingStreet", "shipping_street"),
        optional("ShippingCity", "shipping_city"), optional("ShippingState", "shipping_region"),
        optional("ShippingPostalCode", "shipping_postal_code"), optional("ShippingCountry", "shipping_country"),
        optional("Xero_Payment_Status__c", "payment_status"),
        optional("Xero_Outstanding__c", "amount_outstanding", Kind.MONEY),
        optional("Xero_Overdue__c", "amount_overdue", Kind.MONEY),
        optional("Xero_Unallocated_Credit__c", "amount_unallocated_credit", Kind.MONEY),
        optional("Xero_Open_Invoices__c", "open_invoice_count", Kind.INTEGER),
        optional("Xero_Oldest_Due_Date__c", "oldest_due_on", Kind.DATE),
        optional("Xero_Average_Days_Late__c", "average_days_late", Kind.MONEY),
        optional("Xero_As_Of__c", "as_of_at", Kind.INSTANT),
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
    later_fields=(
        optional("Title", "title"), optional("MailingStreet", "mailing_street"),
        optional("MailingCity", "mailing_city"), optional("MailingState", "mailing_region"),
        optional("MailingPostalCode", "mailing_postal_code"), optional("MailingCountry", "mailing_country"),
        optional("Xero_Person_Key__c", "xero_person_key"),
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
    later_fields=(
        Field("CreatedDate", "created_at", Kind.INSTANT), optional("Description", "description"),
        Field("RecordType.DeveloperName", "record_type", is_optional=True, reference="RecordTypeId"),
        optional("Pricebook2Id", "sf_pricebook_id"), optional("HasOpportunityLineItem", "has_lines", Kind.BOOLEAN),
        optional("Xero_Invoice_ID__c", "xero_invoice_id"), optional("Xero_Invoice_Number__c", "xero_invoice_number"),
        optional("Xero_Invoice_Status__c", "xero_invoice_status"), optional("Xero_Link__c", "xero_url"),
        optional("Xero_Billed__c", "amount_billed", Kind.MONEY), optional("Xero_Paid__c", "amount_paid", Kind.MONEY),
        optional("Xero_Due__c", "amount_invoice_due", Kind.MONEY),
        optional("Xero_Invoice_Count__c", "invoice_count", Kind.INTEGER),
        optional("Xero_Quote_ID__c", "xero_quote_id"),
    ),
)  # fmt: skip
OPPORTUNITY_LINES = SalesforceSource(
    "opportunity_lines", "OpportunityLineItem", _table("opportunity_lines", "sf_opportunity_line_id", "amount_total"),
    (
        Field("Id", "sf_opportunity_line_id"), Field("OpportunityId", "sf_opportunity_id"),
        Field("Product2Id", "sf_product_id"), Field("PricebookEntryId", "sf_pricebook_entry_id"),
        optional("ProductCode", "product_code"), optional("Name", "line_name"),
        optional("Description", "description"), Field("Quantity", "quantity", Kind.MONEY),
        Field("UnitPrice", "amount_unit", Kind.MONEY), Field("TotalPrice", "amount_total", Kind.MONEY),
        optional("Discount", "discount_rate", Kind.MONEY), optional("ServiceDate", "service_on", Kind.DATE),
        optional("SortOrder", "sort_order", Kind.INTEGER),
    ),
    later_fields=(optional("Xero_Line_Key__c", "xero_line_key"),),
    is_optional=True,
)  # fmt: skip
PRODUCTS = SalesforceSource(
    "products", "Product2", _table("products", "sf_product_id"),
    (
        Field("Id", "sf_product_id"), Field("Name", "product_name"), optional("ProductCode", "product_code"),
        optional("Description", "description"), optional("Family", "family"),
        Field("IsActive", "is_active", Kind.BOOLEAN),
    ),
    is_optional=True,
)  # fmt: skip
PRICEBOOKS = SalesforceSource(
    "pricebooks", "Pricebook2", _table("pricebooks", "sf_pricebook_id"),
    (
        Field("Id", "sf_pricebook_id"), Field("Name", "pricebook_name"), Field("IsActive", "is_active", Kind.BOOLEAN),
        Field("IsStandard", "is_standard", Kind.BOOLEAN),
    ),
    is_optional=True, is_polled=False,
)  # fmt: skip
PRICEBOOK_ENTRIES = SalesforceSource(
    "pricebook_entries", "PricebookEntry", _table("pricebook_entries", "sf_pricebook_entry_id", "amount_unit"),
    (
        Field("Id", "sf_pricebook_entry_id"), Field("Pricebook2Id", "sf_pricebook_id"),
        Field("Product2Id", "sf_product_id"), Field("UnitPrice", "amount_unit", Kind.MONEY),
        Field("IsActive", "is_active", Kind.BOOLEAN),
        optional("UseStandardPrice", "uses_standard_price", Kind.BOOLEAN),
        optional("CurrencyIsoCode", "currency_code"),
    ),
    is_optional=True,
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
TASKS = SalesforceSource(
    "tasks", "Task", _table("tasks", "sf_task_id"),
    (
        Field("Id", "sf_task_id"), Field("WhatId", "what_id"), optional("AccountId", "sf_account_id"),
        Field("Subject", "subject"), Field("Status", "task_status"), Field("Priority", "priority"),
        Field("ActivityDate", "due_on", Kind.DATE), optional("Description", "description"),
        Field("OwnerId", "owner_sf_user_id"), Field("IsClosed", "is_closed", Kind.BOOLEAN),
        optional("Xero_Alert_Key__c", "alert_key"), Field("CreatedDate", "created_at", Kind.INSTANT),
    ),
    is_optional=True, only_with="Xero_Alert_Key__c",
)  # fmt: skip
XERO_INVOICES = SalesforceSource(
    "xero_invoices", "Xero_Invoice__c", _table("xero_invoices", "sf_xero_invoice_id", "amount_total"),
    (
        Field("Id", "sf_xero_invoice_id"), Field("Key__c", "document_key"), Field("Name", "document_number"),
        optional("Account__c", "sf_account_id"), optional("Opportunity__c", "sf_opportunity_id"),
        optional("Type__c", "document_type"), optional("Status__c", "document_status"),
        optional("Currency__c", "currency_code"), optional("Reference__c", "reference"),
        optional("Issued_On__c", "issued_on", Kind.DATE), optional("Due_On__c", "due_on", Kind.DATE),
        optional("Fully_Paid_On__c", "fully_paid_on", Kind.DATE),
        optional("Last_Payment_On__c", "last_payment_on", Kind.DATE),
        optional("Total__c", "amount_total", Kind.MONEY), optional("Tax__c", "amount_tax", Kind.MONEY),
        optional("Due__c", "amount_due", Kind.MONEY), optional("Paid__c", "amount_paid", Kind.MONEY),
        optional("Credited__c", "amount_credited", Kind.MONEY),
        optional("Last_Payment__c", "amount_last_payment", Kind.MONEY),
        optional("Organisation__c", "organisation_name"), optional("Xero_Link__c", "xero_url"),
        optional("As_Of__c", "as_of_at", Kind.INSTANT),
    ),
    is_optional=True,
)  # fmt: skip
CURRENCY_TYPES = SalesforceSource(
    "currency_types", "CurrencyType", _table("currency_types", "sf_currency_type_id"),
    (
        Field("Id", "sf_currency_type_id"), Field("IsoCode", "iso_code"),
        Field("ConversionRate", "conversion_rate", Kind.RATE), Field("IsCorporate", "is_corporate", Kind.BOOLEAN),
        Field("IsActive", "is_active", Kind.BOOLEAN), optional("DecimalPlaces", "decimal_places", Kind.INTEGER),
    ),
    is_optional=True, is_polled=False,
)  # fmt: skip

SALESFORCE_SOURCES: tuple[SalesforceSource, ...] = (
    USERS, ACCOUNTS, CONTACTS, OPPORTUNITIES, OPPORTUNITY_LINES, PRODUCTS, PRICEBOOKS, PRICEBOOK_ENTRIES, CASES, TASKS,
    XERO_CONTACTS, XERO_INVOICES, CURRENCY_TYPES,
)  # fmt: skip
BY_NAME = {source.name: source for source in SALESFORCE_SOURCES}


def with_mapped_fields(source: SalesforceSource, fields: Iterable[Field]) -> SalesforceSource:
    """The source with the fields that the policy names; an org may lack any of them.

    Args:
        fields: those whose column is `MAPPED_FIELDS` are kept together in that column, by API name, also when they
            have a column of their own; another column (`tax_number`) takes the one field that names it.
    """
    more = {(field.column, field.api_name): replace(field, is_optional=True) for field in fields}
    return replace(source, later_fields=(*source.later_fields, *(more[key] for key in sorted(more))))


def with_types(source: SalesforceSource, types: Mapping[str, str]) -> SalesforceSource:
    """The source whose mapped fields have the kind of their described type; one that cannot be mapped is left out.

    Args:
        types: API name -> type as described. A field that is not described is text.
    """
    return replace(
        source,
        later_fields=tuple(
            field if field.column != MAPPED_FIELDS else replace(field, kind=_kind_of(types.get(field.api_name)))
            for field in source.later_fields
            if field.column != MAPPED_FIELDS or types.get(field.api_name) not in _NEVER_MAPPED
        ),
    )


def _kind_of(described_type: str | None) -> Kind:
    return _KIND_OF_TYPE.get(described_type or "", Kind.TEXT)


def staging_select(source: SalesforceSource, present: frozenset[str], *, is_csv: bool) -> str:
    """The statement that types the spooled pages, in CSV (Bulk 2.0) or JSON (REST), into the same columns.

    Put together from the constants above and from names that were checked against the org's description. The payload
    comes from the typed columns, because the two paths spell the same number and instant differently. An absent field
    keeps its place, so that the payload of a record does not change when a field that is empty there comes into sight.
    """
    fields = [field for field in source.all_fields if field.api_name in present]
    if is_csv:
        origin = "read_csv($files, all_varchar = true, header = true, quote = '\"', escape = '\"', delim = ',')"
    else:
        origin = (
            f"(select unnest(json_transform(json, '{{{_json_shape(fields)}}}')) "
            "from read_json_objects($files, format = 'array', maximum_object_size = $largest_object_bytes))"
        )
    values = {field: _value(field, is_csv=is_csv) for field in fields}
    columns = [
        f"{_typed(field, values.get(field))} as {field.column}"
        for field in source.all_fields
        if field.column != MAPPED_FIELDS
    ]
    mapped = [field for field in fields if field.column == MAPPED_FIELDS]
    if mapped:
        columns.append(f"{_mapped(mapped, values)} as {MAPPED_FIELDS}")
    column_list = ",\n    ".join(columns)
    return f"""select *, {_payload(source, has_mapped=bool(mapped))} as payload from (
    select {column_list} from {origin}
) typed"""


def _json_shape(fields: list[Field]) -> str:
    shape = [f'"{name}": "VARCHAR"' for name in dict.fromkeys(f.api_name for f in fields if f.reference is None)]
    for field in fields:
        if field.reference is not None:
            parent, _, name = field.api_name.partition(".")
            shape.append(f'"{parent}": {{"{name}": "VARCHAR"}}')
    return ", ".join(shape)


def _value(field: Field, *, is_csv: bool) -> str:
    """The text of a field; empty is null. Bulk 2.0 names a parent's field in one piece, REST nests it."""
    name = field.api_name if is_csv or field.reference is None else field.api_name.replace(".", '"."')
    return f"nullif(\"{name}\", '')"


def _typed(field: Field, value: str | None) -> str:
    if value is None:
        return "false" if field.column == "is_deleted" else field.kind.value.format(value="null")
    return field.kind.value.format(value=value)


def _mapped(fields: list[Field], values: dict[Field, str]) -> str:
    """One JSON object of the fields that are not empty; null when all are."""
    members = ", ".join(f"""'"{field.api_name}":' || {_json(field.kind, values[field])}""" for field in fields)
    return f"('{{' || nullif(array_to_string([{members}], ','), '') || '}}')::json"


def _json(kind: Kind, value: str) -> str:
    """A value as JSON text, alike from REST and Bulk 2.0, which spell instants and large numbers (9.9E7) differently.

    A number has no exponent and no closing zeros, an instant is UTC to the second, all else is the text.
    """
    text = f"to_json({value})::varchar"
    match kind:
        case Kind.BOOLEAN:
            return f"case when {value} in ('true', 'false') then {value} else {text} end"
        case Kind.NUMBER:
            digits = kind.value.format(value=value)
            return f"coalesce(regexp_replace({digits}::varchar, '\\.?0+$', ''), {text})"
        case Kind.INSTANT:
            instant = f"{kind.value.format(value=value)} at time zone 'UTC'"
            return f"coalesce(strftime({instant}, '\"%Y-%m-%dT%H:%M:%SZ\"'), {text})"
    return text


def _payload(source: SalesforceSource, *, has_mapped: bool) -> str:
    if not source.later_fields:
        return "to_json(typed)"
    later = dict.fromkeys(field.column for field in source.later_fields)
    if not has_mapped:
        later.pop(MAPPED_FIELDS, None)
    first = ", ".join(f"{field.column} := {field.column}" for field in (*source.fields, *_SYSTEM_FIELDS))
    are_empty = " and ".join(f"{column} is null" for column in later) or "true"
    return f"case when {are_empty} then to_json(struct_pack({first})) else to_json(typed) end"
