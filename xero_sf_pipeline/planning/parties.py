"""Contact details that follow each other: account.update, contact.upsert and xero_contact.update.

Reads parties.field_values, agreed_values and missing_people (made by `parties.derive`). Belongs here: turning decided
details into writes, one per record. Does not belong here: who wins (`sql/plan/party_decisions.sql`), spellings
(`parties`), and contacts that Xero lacks (`new_contacts.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any

import msgspec

from xero_sf_pipeline.planning.desk import PlanDesk
from xero_sf_pipeline.planning.field_updates import FieldUpdate, load_field_updates
from xero_sf_pipeline.planning.kinds import XERO, Reason, WriteKind
from xero_sf_pipeline.planning.templates import one_line
from xero_sf_pipeline.planning.writes import PlannedWrite, load_candidates, rows_of
from xero_sf_pipeline.warehouse.statements import sql

Row = Mapping[str, Any]

_WORK_TABLES = ("party_rules", "party_decisions")


def plan_parties(desk: PlanDesk) -> None:
    """Plan the details and mapped fields of linked contacts and accounts; nothing while there are none."""
    rules, mappings = desk.policy.parties, desk.policy.mappings
    if not (rules.enabled or mappings):
        return
    connection = desk.connection
    by_field = rules.fields.rules() if rules.enabled else {}
    by_field |= {mapping.field: mapping.rule.value for mapping in mappings}
    connection.execute(
        "create or replace temp table party_rules as "
        "select unnest($fields::varchar[]) as field, unnest($rules::varchar[]) as rule",
        {"fields": list(by_field), "rules": list(by_field.values())},
    )
    connection.execute(sql("plan", "party_decisions"), {"now": desk.now})
    to_salesforce = "from party_decisions where decision = 'to_salesforce' order by contact_key, field"
    load_field_updates(connection, map(salesforce_update, rows_of(connection, to_salesforce)))
    to_xero = "from party_decisions where decision = 'to_xero' order by contact_key, field"
    load_candidates(connection, xero_updates(rows_of(connection, to_xero)))
    load_candidates(connection, map(person_creation, rows_of(connection, sql("plan", "party_people"))))
    connection.execute(sql("plan", "party_exclusions"), {"plan_id": desk.plan_id})
    for table in _WORK_TABLES:
        connection.execute(f"drop table temp.{table}")


def salesforce_update(row: Row) -> FieldUpdate:
    """Return one detail's part in the update of an account, or of the person that stands for the contact."""
    is_person = row["sf_object"] == "Contact"
    reason = _reason(row, "sf_value", "has_xero_moved")
    kind = WriteKind.CONTACT_UPSERT if is_person else WriteKind.ACCOUNT_UPDATE
    return FieldUpdate(
        kind=kind.value,
        target_object=row["sf_object"],
        target_key=row["sf_record_id"],
        tenant_id=row["tenant_id"],
        source_table="parties.field_values",
        source_id=row["contact_key"],
        payload=_object(row["to_salesforce"]),
        before=_object(row["salesforce_before"]),
        reason=reason.value,
        explanation=f"{kind.value}/{reason.value}: {_told(row, 'Salesforce', 'sf_text', 'Xero', 'xero_text')}",
        target_updated_us=_microseconds(row["sf_updated_at"]),
    )


def xero_updates(rows: Iterable[Row]) -> Iterator[PlannedWrite]:
    """Yield one write per contact for all of its details; rows come in the order of their contact.

    Only what changes is sent: of Phones and Addresses the one entry, whole, because Xero keeps the entries of other
    types and it is not documented what becomes of the parts that an entry leaves out.
    """
    kind = WriteKind.XERO_CONTACT_UPDATE.value
    for contact_key, group in groupby(rows, key=lambda row: row["contact_key"]):
        details = list(group)
        first = details[0]
        payload: dict[str, Any] = {}
        before: dict[str, Any] = {}
        for row in details:
            payload |= _object(row["to_xero"])
            before |= _object(row["xero_before"])
        reason = _reason(first, "xero_value", "has_sf_moved")
        told = " ".join(_told(row, "Xero", "xero_text", "Salesforce", "sf_text") for row in details)
        yield PlannedWrite(
            kind=kind,
            target_system=XERO,
            target_object="Contact",
            action="update",
            target_key_field="ContactID",
            target_key=contact_key,
            target_id=first["xero_contact_id"],
            tenant_id=first["tenant_id"],
            source_table="parties.field_values",
            source_id=contact_key,
            payload=payload,
            before=before,
            reason=reason.value,
            explanation=f"{kind}/{reason.value}: {told}",
            target_updated_us=_microseconds(first["xero_updated_at"]),
        )


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


_decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def _reason(row: Row, target_value: str, has_source_moved: str) -> Reason:
    if row[target_value] is None:
        return Reason.DETAIL_MISSING
    return Reason.DETAIL_CHANGED if row[has_source_moved] else Reason.DETAIL_DIFFERS


def _told(row: Row, target: str, target_text: str, source: str, source_text: str) -> str:
    present = f'"{row[target_text]}"' if row[target_text] else "nothing"
    both = " Both had changed." if row["has_xero_moved"] and row["has_sf_moved"] else ""
    return (
        f"{row['field'].replace('_', ' ')} of {one_line(row['contact_name'] or '')} is {present} in {target} and "
        f'"{row[source_text]}" in {source} ({row["rule"]}).{both}'
    )


def _object(text: str) -> dict[str, Any]:
    return dict(_decoder.decode(text))


def _microseconds(instant: Any) -> int | None:
    return None if instant is None else int(instant.timestamp()) * 1_000_000 + int(instant.microsecond)
