"""The sandbox's company with its known truth, as labelled tables.

Belongs here: the mapping from the two APIs' record shapes to the columns that matching reads, for the benchmark only;
the product's own mapping is `sql/core`. Nothing is linked beforehand: stored links are left out on purpose.
"""

from __future__ import annotations

from typing import Any

from benchmarks.matching.tables import Labelled
from xero_sf_pipeline.sandbox.company import CompanySpec, generate


def read(contacts: int, accounts: int, seed: int = 7) -> Labelled:
    """Return the company's contacts, accounts, people and truth. A merged contact speaks through its winner."""
    company = generate(CompanySpec(contacts=contacts, accounts=accounts, invoices=3 * contacts, seed=seed))
    table = Labelled()
    for seed_of_organisation in company.xero:
        tenant = seed_of_organisation.tenant_id
        for row in seed_of_organisation.contacts:
            table.contacts.append(_contact(tenant, row))
    for row in company.salesforce.accounts:
        table.accounts.append(_account(row))
    for row in company.salesforce.contacts:
        if not row.get("IsDeleted"):
            table.people.append(
                {
                    "sf_contact_id": row["Id"],
                    "sf_account_id": row.get("AccountId"),
                    "full_name": " ".join(filter(None, (row.get("FirstName"), row.get("LastName")))),
                    "email": row.get("Email"),
                    "phone": row.get("Phone"),
                }
            )
    for truth in company.truth:
        key = f"{truth.tenant_id}:{truth.contact_id}"
        table.truth[key] = truth.account_id
        table.variety[key] = str(truth.variety)
        if truth.is_ambiguous:
            table.ambiguous[key] = list(truth.acceptable_account_ids)
    return table


def _contact(tenant: str, row: dict[str, Any]) -> dict[str, Any]:
    addresses = row.get("Addresses") or []
    address = next(
        (
            one
            for kind in ("STREET", "POBOX")
            for one in addresses
            if one.get("AddressType") == kind and one.get("City")
        ),
        {},
    )
    phone = next((one for one in row.get("Phones") or [] if one.get("PhoneNumber")), {})
    digits = [phone.get("PhoneCountryCode"), phone.get("PhoneAreaCode"), phone.get("PhoneNumber")]
    key = f"{tenant}:{row['ContactID']}"
    merged = row.get("MergedToContactID")
    return {
        "contact_key": key,
        "contact_name": row["Name"],
        "first_name": row.get("FirstName"),
        "last_name": row.get("LastName"),
        "contact_number": row.get("ContactNumber"),
        "account_number": row.get("AccountNumber"),
        "company_number": row.get("CompanyNumber"),
        "tax_number": row.get("TaxNumber"),
        "email": row.get("EmailAddress"),
        "phone": " ".join(filter(None, digits)) or None,
        "website": row.get("Website"),
        "street": ", ".join(filter(None, (address.get(f"AddressLine{line}") for line in range(1, 5)))) or None,
        "city": address.get("City") or None,
        "region": address.get("Region") or None,
        "postal_code": address.get("PostalCode") or None,
        "country": address.get("Country") or None,
        "contact_status": row["ContactStatus"],
        "is_customer": bool(row.get("IsCustomer")),
        "is_supplier": bool(row.get("IsSupplier")),
        "has_sales_documents": bool(row.get("IsCustomer")),
        "merged_to_xero_contact_id": merged,
        "resolved_contact_key": f"{tenant}:{merged}" if merged else key,
    }


def _account(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "sf_account_id": row["Id"],
        "account_name": row["Name"],
        "account_number": row.get("AccountNumber"),
        "parent_sf_account_id": row.get("ParentId"),
        "phone": row.get("Phone"),
        "website": row.get("Website"),
        "street": row.get("BillingStreet"),
        "city": row.get("BillingCity"),
        "region": row.get("BillingState"),
        "postal_code": row.get("BillingPostalCode"),
        "country": row.get("BillingCountry"),
        "is_deleted": bool(row.get("IsDeleted")),
        "master_sf_account_id": row.get("MasterRecordId"),
    }
