"""People whom an account lacks: contact.upsert.

Reads parties.missing_people. Belongs here: turning them into writes. Does not belong here: details of contacts and
accounts (`mapped_fields.py`), contacts that Xero lacks (`new_contacts.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xero_sf_pipeline.planning.desk import PlanDesk
from xero_sf_pipeline.planning.kinds import Reason, WriteKind
from xero_sf_pipeline.planning.templates import one_line
from xero_sf_pipeline.planning.writes import PlannedWrite, load_candidates, rows_of
from xero_sf_pipeline.warehouse.statements import sql

Row = Mapping[str, Any]


def plan_people(desk: PlanDesk) -> None:
    """Plan the people of linked contacts, and tell of contacts and people that are left alone; nothing while off."""
    if not (desk.policy.parties.enabled or desk.policy.mappings):
        return
    load_candidates(desk.connection, map(person_creation, rows_of(desk.connection, sql("plan", "party_people"))))
    desk.connection.execute(sql("plan", "party_exclusions"), {"plan_id": desk.plan_id})


def person_creation(row: Row) -> PlannedWrite:
    """Return the person of a Xero contact whom the account lacks."""
    kind = WriteKind.CONTACT_UPSERT.value
    last_name = row["last_name"] or row["first_name"]
    by_key = {"Account": {"Xero_Contact_ID__c": row["account_created_for"]}}
    account: dict[str, Any] = {"AccountId": row["sf_account_id"]} if row["sf_account_id"] else by_key
    person = {
        "FirstName": row["first_name"] if row["last_name"] else None,
        "LastName": last_name,
        "Email": row["email"],
    }
    details = {field: value for field, value in person.items() if value is not None}
    name = one_line(" ".join(filter(None, (row["first_name"], row["last_name"]))))
    where = f" with the address {row['email']}" if row["email"] else ""
    return PlannedWrite(
        kind=kind,
        target_object="Contact",
        action="upsert",
        target_key_field="Xero_Person_Key__c",
        target_key=row["person_key"],
        target_id=None,
        tenant_id=row["tenant_id"],
        source_table="parties.missing_people",
        source_id=row["person_key"],
        payload=account | details,
        before={},
        identity=(by_key if row["account_created_for"] else account) | details,
        depends_on=(row["account_write_id"],) if row["account_write_id"] else (),
        reason=Reason.PERSON_MISSING.value,
        explanation=f"{kind}/{Reason.PERSON_MISSING.value}: Xero names {name}{where}; the account has no such person.",
    )
