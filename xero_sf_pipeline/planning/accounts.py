"""Writes that tie Xero contacts to Salesforce accounts: account.create and account.link.

Belongs here: turning decided rows into payloads, within the lengths that Salesforce allows. Does not belong here: which
contacts need an account (`sql/plan/account_*.sql`) and how they were matched (`matching`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.planning.exclusions import Exclusion
from xero_sf_pipeline.planning.kinds import ExclusionReason, Reason, WriteKind
from xero_sf_pipeline.planning.templates import cut, length, one_line
from xero_sf_pipeline.planning.writes import PlannedWrite

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import CreateAccounts

Row = Mapping[str, Any]

# Lengths of Account fields (Salesforce object reference). Names and addresses are cut visibly; a cut phone number,
# postcode, web or account number would be a wrong one, so a longer value is left out and reported.
ACCOUNT_NAME_MAX = 255
XERO_CONTACT_NAME_MAX = 80
_CUT = {
    "BillingStreet": ("street", 255),
    "BillingCity": ("city", 40),
    "BillingState": ("region", 80),
    "BillingCountry": ("country", 80),
}
_EXACT = {"Phone": ("phone", 40), "Website": ("website", 255), "AccountNumber": ("account_number", 40)}
_POSTAL_CODE_MAX = 20


def contact_url(short_code: str | None, xero_contact_id: str) -> str:
    """Return the address of a contact in Xero (the deep link that Xero's own tools build)."""
    place = f"app/{short_code}/contacts/contact" if short_code else "Contacts/View"
    return f"https://go.xero.com/{place}/{xero_contact_id}"


def account_creation(
    row: Row, rules: CreateAccounts, mapped: Mapping[str, Any]
) -> tuple[PlannedWrite, list[Exclusion]]:
    """Return the account to create for a contact, with the fields that mappings give it, and the values of it that do
    not fit into Salesforce."""
    name = one_line(row["contact_name"])
    payload: dict[str, Any] = {
        "Name": cut(name, ACCOUNT_NAME_MAX),
        "Xero_Link__c": contact_url(row["short_code"], row["xero_contact_id"]),
    }
    for field, value in (("Type", rules.type), ("RecordTypeId", rules.record_type_id), ("OwnerId", rules.owner_id)):
        if value is not None:
            payload[field] = value
    left_out = _add_details(payload, row, rules.fields)
    payload |= mapped
    who = f" by decision of {row['decided_by']}" if row["is_decided_by_person"] and row["decided_by"] else ""
    dropped = f" Left out because they do not fit: {', '.join(sorted(left_out))}." if left_out else ""
    write = PlannedWrite(
        kind=WriteKind.ACCOUNT_CREATE.value,
        target_object="Account",
        action="upsert",
        target_key_field="Xero_Contact_ID__c",
        target_key=row["xero_contact_id"],
        target_id=None,
        tenant_id=row["tenant_id"],
        source_table="core.contacts",
        source_id=row["contact_key"],
        payload=payload,
        before={},
        reason=Reason.CUSTOMER_WITHOUT_ACCOUNT.value,
        explanation=f"account.create/customer_without_account: no account matches the customer {name}{who} "
        f"(accounts.create.when: {rules.when.value}).{dropped}",
    )
    return write, [
        Exclusion(
            "core.contacts",
            row["contact_key"],
            WriteKind.ACCOUNT_CREATE.value,
            ExclusionReason.VALUE_LEFT_OUT.value,
            f"The account for {name} is planned without {field}: {problem}.",
        )
        for field, problem in left_out.items()
    ]


def _add_details(payload: dict[str, Any], row: Row, fields: tuple[str, ...]) -> dict[str, str]:
    left_out = {}
    for field, (column, longest) in _EXACT.items():
        value = one_line(row[column] or "") if field in fields else ""
        if length(value) > longest:
            left_out[field] = f"{length(value)} characters, {longest} are allowed"
        elif value:
            payload[field] = value
    if "BillingAddress" in fields:
        for field, (column, longest) in _CUT.items():
            lines = (row[column] or "").splitlines() if field == "BillingStreet" else [row[column] or ""]
            if value := "\n".join(line for line in map(one_line, lines) if line):
                payload[field] = cut(value, longest)
        postal_code = one_line(row["postal_code"] or "")
        if length(postal_code) > _POSTAL_CODE_MAX:
            left_out["BillingPostalCode"] = f"{length(postal_code)} characters, {_POSTAL_CODE_MAX} are allowed"
        elif postal_code:
            payload["BillingPostalCode"] = postal_code
    return left_out


def account_link(row: Row) -> PlannedWrite:
    """Return the write that puts the primary contact's id on its account."""
    return PlannedWrite(
        kind=WriteKind.ACCOUNT_LINK.value,
        target_object="Account",
        action="update",
        target_key_field="Id",
        target_key=row["sf_account_id"],
        target_id=row["sf_account_id"],
        tenant_id=row["tenant_id"],
        source_table="matching.links",
        source_id=row["contact_key"],
        payload={
            "Xero_Contact_ID__c": row["xero_contact_id"],
            "Xero_Link__c": contact_url(row["short_code"], row["xero_contact_id"]),
        },
        before={"Xero_Contact_ID__c": None},
        reason=Reason.CONTACT_ID_MISSING.value,
        explanation=f"account.link/contact_id_missing: account {one_line(row['account_name'] or '')} is the match of "
        f"contact {one_line(row['contact_name'] or '')} by {row['method']} and does not carry its id yet.",
        target_updated_us=row["target_updated_us"],
    )


def xero_contact_link(row: Row) -> PlannedWrite:
    """Return the write that ties a contact to its account through Xero_Contact__c."""
    is_new = row["sf_xero_contact_id"] is None
    link: dict[str, Any] = (
        {"Account__c": row["sf_account_id"]}
        if row["sf_account_id"]
        else {"Account__r": {"Xero_Contact_ID__c": row["xero_contact_id"]}}
    )
    named = (
        link
        if row["account_created_for"] is None
        else {"Account__r": {"Xero_Contact_ID__c": row["account_created_for"]}}
    )
    details = {
        "Name": cut(one_line(row["contact_name"] or row["xero_contact_id"]), XERO_CONTACT_NAME_MAX),
        "Xero_Link__c": contact_url(row["short_code"], row["xero_contact_id"]),
    }
    account = one_line(row["account_name"] or "") or "the account created for it"
    said = (
        "has no stored link yet" if is_new else f"is stored as a link to {row['sf_account_id_present'] or 'no account'}"
    )
    reason = Reason.LINK_MISSING if is_new else Reason.LINK_MOVED
    return PlannedWrite(
        kind=WriteKind.ACCOUNT_LINK.value,
        target_object="Xero_Contact__c",
        action="upsert",
        target_key_field="Key__c",
        target_key=row["contact_key"],
        target_id=row["sf_xero_contact_id"],
        tenant_id=row["tenant_id"],
        source_table="matching.links",
        source_id=row["contact_key"],
        payload=link | details if is_new else link,
        before={} if is_new else {"Account__c": row["sf_account_id_present"]},
        identity=named | details if is_new else named,
        reason=reason.value,
        explanation=f"account.link/{reason.value}: contact {one_line(row['contact_name'] or '')} belongs to {account} "
        f"by {row['method']} and {said}.",
        depends_on=(row["account_write_id"],) if row["account_write_id"] else (),
        target_updated_us=row["target_updated_us"],
    )
