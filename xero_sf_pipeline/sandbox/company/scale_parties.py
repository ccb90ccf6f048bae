"""The `core` tables of contacts, accounts, people, users and the organisation, from the generated company's records.

Belongs here: record shape to warehouse columns, for benchmarks that start at `core`. Does not belong here: the
pipeline's own mapping (`sql/core`), which a test compares with this one.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

import numpy as np
import pyarrow as pa

from xero_sf_pipeline.sandbox.company.organisations import Settings
from xero_sf_pipeline.sandbox.company.scale_columns import INSTANT, MONEY, Flags
from xero_sf_pipeline.sandbox.company.spec import Company

_TEXT: Final = pa.string()
_FLAG: Final = pa.bool_()
_JSON: Final = pa.json_(pa.string())


def _schema(texts: str, flags: str = "", **more: pa.DataType) -> pa.Schema:
    fields: list[tuple[str, pa.DataType]] = [(name, _TEXT) for name in texts.split()]
    fields += [(name, _FLAG) for name in flags.split()] + list(more.items())
    return pa.schema(fields)


def _records(*fields: str) -> pa.DataType:
    return pa.list_(pa.struct([(name, _TEXT) for name in fields]))


_ADDRESS_FIELDS: Final = (
    "address_type", "line_1", "line_2", "line_3", "line_4", "city", "region", "postal_code", "country", "attention_to",
)  # fmt: skip
_PHONE_FIELDS: Final = ("phone_type", "phone_number", "area_code", "country_code")
_PERSON_FIELDS: Final = ("first_name", "last_name", "email")
CONTACTS: Final = _schema(
    "contact_key tenant_id xero_contact_id contact_name first_name last_name contact_number account_number "
    "company_number tax_number email phone website street city region postal_code country contact_status "
    "default_currency_code merged_to_xero_contact_id resolved_contact_key contact_email sales_due_type sales_tax_type",
    "is_customer is_supplier has_sales_documents",
    sales_due_day=pa.int32(),
    addresses=_records(*_ADDRESS_FIELDS),
    phones=_records(*_PHONE_FIELDS),
    contact_persons=_records(*_PERSON_FIELDS),
    updated_at=INSTANT,
)
ACCOUNTS: Final = _schema(
    "sf_account_id account_name account_number account_type parent_sf_account_id phone website street city region "
    "postal_code country owner_sf_user_id xero_contact_id xero_url master_sf_account_id region_code country_code "
    "shipping_street shipping_city shipping_region shipping_postal_code shipping_country industry tax_number "
    "currency_code payment_status",
    "is_deleted",
    email_domains=pa.list_(_TEXT),
    amount_outstanding=MONEY,
    amount_overdue=MONEY,
    amount_unallocated_credit=MONEY,
    open_invoice_count=pa.int32(),
    oldest_due_on=pa.date32(),
    average_days_late=MONEY,
    as_of_at=INSTANT,
    mapped_fields=_JSON,
    created_at=INSTANT,
    updated_at=INSTANT,
)
PEOPLE: Final = _schema(
    "sf_contact_id sf_account_id full_name email phone first_name last_name title business_phone mobile_phone "
    "mailing_street mailing_city mailing_region mailing_postal_code mailing_country xero_person_key",
    mapped_fields=_JSON,
    updated_at=INSTANT,
)
USERS: Final = _schema("sf_user_id user_name email", "is_active")
ORGANISATIONS: Final = _schema(
    "tenant_id organisation_name short_code base_currency_code country_code time_zone xero_time_zone",
    "is_time_zone_known",
    period_lock_on=pa.date32(),
    end_of_year_lock_on=pa.date32(),
)


def organisations_table(settings: Settings) -> pa.Table:
    """One row: the organisation; nothing is locked."""
    profile = settings.profile
    row = {
        "tenant_id": settings.tenant_id,
        "organisation_name": settings.name,
        "short_code": profile.short_code,
        "base_currency_code": profile.currency,
        "country_code": profile.country,
        "time_zone": str(profile.zone),
        "xero_time_zone": profile.windows_zone,
        "is_time_zone_known": True,
    }
    return pa.Table.from_pylist([row], ORGANISATIONS)


def contacts_table(company: Company, is_customer: Flags, is_supplier: Flags) -> pa.Table:
    """Grain: one row per contact of the first organisation, in the order of their positions."""
    seed = company.xero[0]
    rows = [_contact(seed.tenant_id, row) for row in seed.contacts]
    resolved: dict[str, str] = {row["contact_key"]: row["contact_key"] for row in rows}
    for position, row in enumerate(rows):
        winner = f"{seed.tenant_id}:{row['merged_to_xero_contact_id']}"
        row["resolved_contact_key"] = winner if winner in resolved else row["contact_key"]
        row["is_customer"] = row["has_sales_documents"] = bool(is_customer[position])
        row["is_supplier"] = bool(is_supplier[position])
    return pa.Table.from_pylist(rows, CONTACTS)


def accounts_table(company: Company, people: pa.Table) -> pa.Table:
    """Grain: one row per account, deleted and merged ones flagged; `email_domains` of its people."""
    domains: dict[str, set[str]] = defaultdict(set)
    for account_id, email in zip(people["sf_account_id"].to_pylist(), people["email"].to_pylist(), strict=True):
        domains[account_id].add(email.lower().partition("@")[2])
    names = {
        "sf_account_id": "Id", "account_name": "Name", "account_number": "AccountNumber", "account_type": "Type",
        "parent_sf_account_id": "ParentId", "phone": "Phone", "website": "Website", "street": "BillingStreet",
        "city": "BillingCity", "region": "BillingState", "postal_code": "BillingPostalCode",
        "country": "BillingCountry",
        "owner_sf_user_id": "OwnerId", "is_deleted": "IsDeleted", "master_sf_account_id": "MasterRecordId",
        "industry": "Industry", "created_at": "CreatedDate", "updated_at": "SystemModstamp",
    }  # fmt: skip
    columns: dict[str, list[Any]] = {name: [] for name in (*names, "email_domains")}
    for row in company.salesforce.accounts:
        for column, field in names.items():
            columns[column].append(row[field])
        columns["email_domains"].append(sorted(domains.get(row["Id"], ())))
    count = len(columns["sf_account_id"])
    arrays = [
        pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(count, field.type)
        for field in ACCOUNTS
    ]
    return pa.Table.from_arrays(arrays, schema=ACCOUNTS)


def people_table(company: Company) -> pa.Table:
    """Grain: one row per live Salesforce contact."""
    names = {
        "sf_contact_id": "Id", "sf_account_id": "AccountId", "full_name": "Name", "email": "Email", "phone": "Phone",
        "first_name": "FirstName", "last_name": "LastName", "title": "Title", "business_phone": "Phone",
        "updated_at": "SystemModstamp",
    }  # fmt: skip
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for row in company.salesforce.contacts:
        if not row["IsDeleted"]:
            for column, field in names.items():
                columns[column].append(row[field])
    count = len(columns["sf_contact_id"])
    arrays = [
        pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(count, field.type)
        for field in PEOPLE
    ]
    return pa.Table.from_arrays(arrays, schema=PEOPLE)


def users_table(company: Company) -> pa.Table:
    """Grain: one row per user."""
    rows = [
        {"sf_user_id": row["Id"], "user_name": row["Name"], "email": row["Email"], "is_active": row["IsActive"]}
        for row in company.salesforce.users
    ]
    return pa.Table.from_pylist(rows, USERS)


def used_by(contacts: int, positions: np.ndarray[Any, np.dtype[np.int64]]) -> Flags:
    """Which contact positions occur among `positions`."""
    used = np.zeros(contacts, dtype=bool)
    used[positions] = True
    return used


def _contact(tenant_id: str, row: dict[str, Any]) -> dict[str, Any]:
    address: dict[str, str] = next((one for one in reversed(row["Addresses"]) if one["City"]), {})
    lines = [address.get(f"AddressLine{n}") for n in range(1, 5)]
    phone: dict[str, str] = next((one for one in (row["Phones"][1], row["Phones"][3]) if one["PhoneNumber"]), {})
    digits = [phone.get("PhoneCountryCode"), phone.get("PhoneAreaCode"), phone.get("PhoneNumber")]
    terms: dict[str, Any] = (row.get("PaymentTerms") or {}).get("Sales", {})
    return {
        "contact_key": f"{tenant_id}:{row['ContactID']}",
        "tenant_id": tenant_id,
        "xero_contact_id": row["ContactID"],
        "contact_name": row["Name"],
        "first_name": row.get("FirstName"),
        "last_name": row.get("LastName"),
        "contact_number": row.get("ContactNumber"),
        "account_number": row.get("AccountNumber"),
        "company_number": row.get("CompanyNumber"),
        "tax_number": row["TaxNumber"] or None,
        "email": row["EmailAddress"] or None,
        "phone": " ".join(filter(None, digits)) or None,
        "website": row.get("Website"),
        "street": "\n".join(filter(None, lines)) or None,
        "city": address.get("City") or None,
        "region": address.get("Region") or None,
        "postal_code": address.get("PostalCode") or None,
        "country": address.get("Country") or None,
        "contact_status": row["ContactStatus"],
        "default_currency_code": row.get("DefaultCurrency"),
        "merged_to_xero_contact_id": row.get("MergedToContactID"),
        "contact_email": row["EmailAddress"] or None,
        "sales_due_day": terms.get("Day"),
        "sales_due_type": terms.get("Type"),
        "sales_tax_type": row.get("AccountsReceivableTaxType"),
        "addresses": [_record(one, _ADDRESS_FIELDS, _ADDRESS_NAMES) for one in row["Addresses"]],
        "phones": [_record(one, _PHONE_FIELDS, _PHONE_NAMES) for one in row["Phones"]],
        "contact_persons": [_record(one, _PERSON_FIELDS, _PERSON_NAMES) for one in row["ContactPersons"]],
        "updated_at": int(row["UpdatedDateUTC"][6:-7]) * 1000,
    }


_ADDRESS_NAMES: Final = (
    "AddressType", "AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4", "City", "Region", "PostalCode",
    "Country", "AttentionTo",
)  # fmt: skip
_PHONE_NAMES: Final = ("PhoneType", "PhoneNumber", "PhoneAreaCode", "PhoneCountryCode")
_PERSON_NAMES: Final = ("FirstName", "LastName", "EmailAddress")


def _record(given: dict[str, Any], fields: tuple[str, ...], names: tuple[str, ...]) -> dict[str, Any]:
    return {field: given.get(name) or None for field, name in zip(fields, names, strict=True)}
