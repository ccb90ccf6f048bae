"""Linked contacts and accounts, compared, planned and pushed against hand-written tables.

Belongs here: what a write does to either system's mirrored row. Does not belong here: assertions.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from xero_sf_pipeline.mapping.derive import derive as compare_records
from xero_sf_pipeline.planning.desk import PlanDesk
from xero_sf_pipeline.planning.field_updates import create_field_updates, merge_field_updates
from xero_sf_pipeline.planning.mapped_fields import plan_fields_left, plan_mapped_fields
from xero_sf_pipeline.planning.parameters import create_parameters
from xero_sf_pipeline.planning.parties import plan_people
from xero_sf_pipeline.planning.planner import PlanReport, make_plan
from xero_sf_pipeline.policy import Policy, parse_policy
from xero_sf_pipeline.receivables import derive as derive_receivables
from xero_sf_pipeline.warehouse.statements import sql
from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books

ACCOUNT_COLUMNS = {
    "Name": "account_name", "Phone": "phone", "Website": "website", "AccountNumber": "account_number",
    "BillingStreet": "street", "BillingCity": "city", "BillingState": "region", "BillingPostalCode": "postal_code",
    "BillingCountry": "country", "BillingStateCode": "region_code", "BillingCountryCode": "country_code",
    "Tax_Number__c": "tax_number",
}  # fmt: skip
XERO_COLUMNS = {
    "Name": "contact_name", "Website": "website", "AccountNumber": "account_number", "TaxNumber": "tax_number",
    "EmailAddress": "contact_email",
}  # fmt: skip
PERSON_COLUMNS = {"AccountId": "sf_account_id", "FirstName": "first_name", "LastName": "last_name", "Email": "email"}
PHONE_PARTS = {"PhoneNumber": "phone_number", "PhoneAreaCode": "area_code", "PhoneCountryCode": "country_code"}
ADDRESS_PARTS = {
    "AddressLine1": "line_1", "AddressLine2": "line_2", "AddressLine3": "line_3", "AddressLine4": "line_4",
    "City": "city", "Region": "region", "PostalCode": "postal_code", "Country": "country", "AttentionTo": "attention_to",
}  # fmt: skip


def rules(**parties: Any) -> Policy:
    """The policy with contact details switched on; fields are given as `fields={...}`."""
    return parse_policy({"parties": {"enabled": True, "tax_number_field": "Tax_Number__c", **parties}})


def phone(number: str, area: str | None = None, country: str | None = None, kind: str = "DEFAULT") -> dict[str, Any]:
    return {"phone_type": kind, "phone_number": number, "area_code": area, "country_code": country}


def address(*lines: str, kind: str = "POBOX", **parts: Any) -> dict[str, Any]:
    four = [*lines, None, None, None, None][:4]
    named = dict.fromkeys(("city", "region", "postal_code", "country", "attention_to"))
    return {"address_type": kind} | {f"line_{n}": line for n, line in enumerate(four, 1)} | named | parts


def account_id(number: int) -> str:
    return f"001{number:012d}AAA"


class Office:
    """Both systems' rows and a clock that is set by hand."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.books = Books()
        self.policy = policy or rules()
        self.now: datetime = NOW
        self._count = 0

    def pair(
        self, name: str = "Acme Ltd", *, xero: dict[str, Any] | None = None, account: dict[str, Any] | None = None
    ) -> str:
        """A contact and its account, tied together in every way; returns the contact's key."""
        self._count += 1
        xero_id = f"c-{self._count}"
        key = self.books.add_contact(name, xero_contact_id=xero_id, **(xero or {}))
        sf_id = account_id(self._count)
        given = {"account_name": name} | (account or {})
        self.books.add_account(sf_id, given.pop("account_name"), xero_contact_id=xero_id, **given)
        self.books.link(key, "linked", sf_id)
        self.books.put(
            "core.xero_contacts", contact_key=key, sf_xero_contact_id=f"a00{sf_id[3:]}", contact_name=name,
            sf_account_id=sf_id, updated_at=NOW,
        )  # fmt: skip
        return key

    def person(self, sf_account_id: str, last_name: str, email: str | None = None, **more: Any) -> str:
        self._count += 1
        sf_id = f"003{self._count:012d}AAA"
        self.books.put(
            "core.people", sf_contact_id=sf_id, sf_account_id=sf_account_id, last_name=last_name, email=email,
            updated_at=self.now, **more,
        )  # fmt: skip
        return sf_id

    def change(self, table: str, key_column: str, key: str, **changes: Any) -> None:
        """Change a mirrored row as a person does: at a later time."""
        changes = {"updated_at": self.now} | changes
        sets = ", ".join(f"{column} = ${column}" for column in changes)
        self.books.run(f"update {table} set {sets} where {key_column} = $key_", changes | {"key_": key})

    def change_contact(self, contact_key: str, **changes: Any) -> None:
        self.change("core.contacts", "contact_key", contact_key, **changes)

    def change_account(self, sf_account_id: str, **changes: Any) -> None:
        self.change("core.accounts", "sf_account_id", sf_account_id, **changes)

    def later(self, hours: int = 1) -> None:
        self.now += timedelta(hours=hours)

    def compare(self) -> None:
        compare_records(self.books.connection, self.policy, self.now)

    def plan(self) -> None:
        """Compare, and plan this flow alone: its candidates and exclusions, without the ledger's word on them."""
        self.compare()
        connection = self.books.connection
        connection.execute("delete from plan.exclusions")
        create_parameters(connection, self.policy, self.now, {})
        create_field_updates(connection)
        connection.execute(sql("plan", "created_accounts"))
        connection.execute(
            "create or replace temp table accounts_coming as "
            "select source_id as contact_key, write_id from candidate_writes where kind = 'account.create'"
        )
        desk = PlanDesk(connection, self.policy, self.now, "plan-1")
        for flow in (plan_mapped_fields, plan_people, plan_fields_left):
            flow(desk)
        merge_field_updates(connection)

    def plan_everything(self) -> PlanReport:
        """Compare, and make the whole plan."""
        self.compare()
        derive_receivables(self.books.connection, self.policy, self.now)
        return make_plan(self.books.connection, self.policy, self.now, "run-1")

    def writes(self, table: str = "candidate_writes") -> list[dict[str, Any]]:
        rows = self.books.rows(f"from {table} order by target_system, target_object, target_key")
        for row in rows:
            row["payload"], row["before"] = json.loads(row["payload"]), json.loads(row["before"])
        return rows

    def planned(self) -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
        """Plan, and tell each write as kind, key, payload and before."""
        self.plan()
        return [(row["kind"], row["target_key"], row["payload"], row["before"]) for row in self.writes()]

    def exclusions(self) -> list[tuple[str, str]]:
        rows = self.books.rows("select subject_key, reason from plan.exclusions order by all")
        return [(row["subject_key"], row["reason"]) for row in rows]

    def push(self) -> int:
        """Confirm every planned write and show its effect in the mirror, a while later."""
        writes = self.writes()
        self.later()
        for write in writes:
            self._apply(write)
            self.confirm(write)
        self.later()
        return len(writes)

    def confirm(self, write: dict[str, Any]) -> None:
        self._count += 1
        self.books.put(
            "ledger.attempts", attempt_id=f"t{self._count}", write_id=write["write_id"], state="confirmed",
            kind=write["kind"], target_system=write["target_system"], target_object=write["target_object"],
            target_key_field=write["target_key_field"], target_key=write["target_key"],
            payload=json.dumps(write["payload"]), remote_id=write["target_id"], attempted_at=self.now,
        )  # fmt: skip

    def _apply(self, write: dict[str, Any]) -> None:
        payload, system, kind = write["payload"], write["target_system"], write["target_object"]
        if system == "xero":
            self._apply_to_xero(write["target_key"], payload)
        elif kind == "Account":
            changes = {ACCOUNT_COLUMNS[field]: value for field, value in payload.items()}
            self.change_account(write["target_key"], **changes)
        elif write["target_key_field"] == "Id":
            changes = {PERSON_COLUMNS[field]: value for field, value in payload.items()}
            self.change("core.people", "sf_contact_id", write["target_key"], **changes)
        else:
            columns = {PERSON_COLUMNS[field]: value for field, value in payload.items()}
            sf_account_id = columns.pop("sf_account_id")
            self.person(sf_account_id, columns.pop("last_name"), xero_person_key=write["target_key"], **columns)

    def _apply_to_xero(self, contact_key: str, payload: dict[str, Any]) -> None:
        """Xero keeps the entries of other types; empty text in an entry clears."""
        changes: dict[str, Any] = {
            XERO_COLUMNS[field]: value for field, value in payload.items() if field in XERO_COLUMNS
        }
        for name, column, type_name, type_column, parts in (
            ("Phones", "phones", "PhoneType", "phone_type", PHONE_PARTS),
            ("Addresses", "addresses", "AddressType", "address_type", ADDRESS_PARTS),
        ):
            for given in payload.get(name, []):
                ((present,),) = self.books.connection.execute(
                    f"select {column} from core.contacts where contact_key = $key", {"key": contact_key}
                ).fetchall()
                entry = {type_column: given[type_name]} | {part: given[field] or None for field, part in parts.items()}
                others = [one for one in present or [] if one[type_column] != given[type_name]]
                changes[column] = [*others, entry]
        self.change_contact(contact_key, **changes)


__all__ = ["NOW", "TENANT", "Office", "account_id", "address", "phone", "rules"]
