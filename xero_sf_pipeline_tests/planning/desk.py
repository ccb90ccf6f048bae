"""A stand-in for push and read-back: applies planned payloads to the mirrored tables, as Salesforce would show them.

Belongs here: what a write does to core.accounts, core.xero_contacts, core.cases and the ledger. Does not belong here:
assertions.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from xero_sf_pipeline.planning.planner import PlanReport, make_plan
from xero_sf_pipeline.policy import Policy
from xero_sf_pipeline.receivables import derive
from xero_sf_pipeline_tests.planning.core_tables import NOW, Books

_CASE_COLUMNS = {
    "Subject": "subject",
    "Status": "case_status",
    "Priority": "priority",
    "Type": "case_type",
    "Origin": "origin",
    "OwnerId": "owner_sf_user_id",
    "AccountId": "sf_account_id",
    "Xero_Amount_Due__c": "amount_due",
    "Xero_Currency__c": "currency_code",
    "Xero_Due_Date__c": "due_on",
    "Xero_Stage__c": "stage",
    "Xero_Resolution__c": "resolution",
}

_ACCOUNT_COLUMNS = {
    "Xero_Contact_ID__c": "xero_contact_id",
    "Xero_Payment_Status__c": "payment_status",
    "Xero_Outstanding__c": "amount_outstanding",
    "Xero_Overdue__c": "amount_overdue",
    "Xero_Unallocated_Credit__c": "amount_unallocated_credit",
    "Xero_Open_Invoices__c": "open_invoice_count",
    "Xero_Oldest_Due_Date__c": "oldest_due_on",
    "Xero_Average_Days_Late__c": "average_days_late",
    "Xero_As_Of__c": "as_of_at",
}
_OPPORTUNITY_COLUMNS = {
    "Xero_Billed__c": "amount_billed",
    "Xero_Paid__c": "amount_paid",
    "Xero_Due__c": "amount_invoice_due",
    "Xero_Invoice_Count__c": "invoice_count",
}
_DOCUMENT_COLUMNS = {
    "Name": "document_number",
    "Account__c": "sf_account_id",
    "Opportunity__c": "sf_opportunity_id",
    "Type__c": "document_type",
    "Status__c": "document_status",
    "Currency__c": "currency_code",
    "Reference__c": "reference",
    "Issued_On__c": "issued_on",
    "Due_On__c": "due_on",
    "Fully_Paid_On__c": "fully_paid_on",
    "Last_Payment_On__c": "last_payment_on",
    "Total__c": "amount_total",
    "Tax__c": "amount_tax",
    "Due__c": "amount_due",
    "Paid__c": "amount_paid",
    "Credited__c": "amount_credited",
    "Last_Payment__c": "amount_last_payment",
    "Organisation__c": "organisation_name",
    "Xero_Link__c": "xero_url",
    "As_Of__c": "as_of_at",
}
_TASK_COLUMNS = {
    "Subject": "subject",
    "Status": "task_status",
    "Priority": "priority",
    "WhatId": "sf_account_id",
    "OwnerId": "owner_sf_user_id",
    "ActivityDate": "due_on",
    "Description": "description",
}


OURS = frozenset({"IsClosed", "Subject", "Type"})
"""Fields of `before` that a write does not change: they tell that the case is still the one that was planned for."""


def changed_from(write: dict[str, Any]) -> dict[str, Any]:
    """What a write changes, as it was before."""
    return {field: value for field, value in write["before"].items() if field not in OURS}


class Desk:
    """Derives, plans and pushes against the same books, with a clock that is set by hand."""

    def __init__(self, books: Books, policy: Policy | None = None, now: datetime = NOW) -> None:
        self.books = books
        self.policy = policy or Policy()
        self.now = now
        self._ids = 0

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)

    def plan(self, **options: Any) -> PlanReport:
        derive(self.books.connection, self.policy, self.now)
        return make_plan(self.books.connection, self.policy, self.now, "run-1", **options)

    def writes(self) -> list[dict[str, Any]]:
        rows = self.books.rows("from plan.writes")
        for row in rows:
            row["payload"] = json.loads(row["payload"], parse_float=Decimal)
            row["before"] = json.loads(row["before"], parse_float=Decimal)
        return rows

    def exclusions(self) -> list[tuple[str, str]]:
        rows = self.books.rows("select subject_key, reason from plan.exclusions order by all")
        return [(row["subject_key"], row["reason"]) for row in rows]

    def push(self, *, read_back: bool = True) -> int:
        """Confirm every planned write in the ledger and, unless told otherwise, show its effect in the mirror."""
        writes = self.writes()
        for write in writes:
            remote_id = self._apply(write) if read_back else self._next_id("500")
            self.attempt(write, "confirmed", remote_id=remote_id)
        return len(writes)

    def attempt(self, write: dict[str, Any], state: str, **changes: Any) -> None:
        row = {
            "attempt_id": f"t{self._next_id('')}",
            "write_id": write["write_id"],
            "state": state,
            "kind": write["kind"],
            "target_system": "salesforce",
            "target_object": write["target_object"],
            "target_key_field": write["target_key_field"],
            "target_key": write["target_key"],
            "payload": json.dumps(write["payload"], default=str),
            "attempted_at": self.now,
        }
        self.books.put("ledger.attempts", **(row | changes))

    def _next_id(self, prefix: str) -> str:
        self._ids += 1
        return f"{prefix}{self._ids:012d}ZZZ"

    def _apply(self, write: dict[str, Any]) -> str:
        match write["target_object"]:
            case "Account":
                return self._apply_account(write)
            case "Xero_Contact__c":
                return self._apply_xero_contact(write)
            case "Xero_Invoice__c":
                return self._apply_document(write)
            case "Opportunity":
                return self._change("core.opportunities", "sf_opportunity_id", write, _OPPORTUNITY_COLUMNS)
            case "Task":
                return self._apply_task(write)
        return self._apply_case(write)

    def _account_of(self, xero_contact_id: str) -> str:
        return str(
            self.books.value(f"select sf_account_id from core.accounts where xero_contact_id = '{xero_contact_id}'")
        )

    def _apply_account(self, write: dict[str, Any]) -> str:
        if write["action"] == "update":
            return self._change("core.accounts", "sf_account_id", write, _ACCOUNT_COLUMNS)
        sf_account_id = self._next_id("001")
        self.books.add_account(sf_account_id, write["payload"]["Name"], xero_contact_id=write["target_key"])
        self.books.run(
            "update matching.links set outcome = 'linked', sf_account_id = $id, is_primary = true where contact_key = $key",
            {"id": sf_account_id, "key": write["source_id"]},
        )
        return sf_account_id

    def _apply_xero_contact(self, write: dict[str, Any]) -> str:
        payload, key = write["payload"], write["target_key"]
        account = payload.get("Account__c") or self._account_of(payload["Account__r"]["Xero_Contact_ID__c"])
        remote_id = write["target_id"] or self._next_id("a00")
        self.books.run("delete from core.xero_contacts where sf_xero_contact_id = $id", {"id": remote_id})
        self.books.put(
            "core.xero_contacts", contact_key=key, sf_xero_contact_id=remote_id, contact_name=payload.get("Name"),
            sf_account_id=account, updated_at=self.now,
        )  # fmt: skip
        return str(remote_id)

    def _change(self, table: str, key: str, write: dict[str, Any], columns: dict[str, str]) -> str:
        """Change a known record; a field that this stand-in does not know is left out, as the mirror would."""
        changes = {column: write["payload"][field] for field, column in columns.items() if field in write["payload"]}
        changes |= {"updated_at": self.now}
        sets = ", ".join(f"{column} = ${column}" for column in changes)
        self.books.run(
            f"update {table} set {sets} where {key} = $record_id", changes | {"record_id": write["target_id"]}
        )
        return str(write["target_id"])

    def _apply_document(self, write: dict[str, Any]) -> str:
        if write["target_id"] is not None:
            return self._change("core.xero_invoices", "sf_xero_invoice_id", write, _DOCUMENT_COLUMNS)
        remote_id = self._next_id("a01")
        values = {column: write["payload"].get(field) for field, column in _DOCUMENT_COLUMNS.items()}
        if "Account__r" in write["payload"]:
            values["sf_account_id"] = self._account_of(write["payload"]["Account__r"]["Xero_Contact_ID__c"])
        self.books.put(
            "core.xero_invoices", document_key=write["target_key"], sf_xero_invoice_id=remote_id, updated_at=self.now,
            **values,
        )  # fmt: skip
        return remote_id

    def _apply_task(self, write: dict[str, Any]) -> str:
        if write["target_id"] is not None:
            self._change("core.tasks", "sf_task_id", write, _TASK_COLUMNS)
            self.change_task(write["target_id"], is_closed=write["payload"].get("Status") == "Completed")
            return str(write["target_id"])
        remote_id = self._next_id("00T")
        values = {column: write["payload"].get(field) for field, column in _TASK_COLUMNS.items()}
        self.books.put(
            "core.tasks", sf_task_id=remote_id, what_id=values["sf_account_id"], alert_key=write["target_key"],
            is_closed=False, is_deleted=False, updated_at=self.now, **values,
        )  # fmt: skip
        return remote_id

    def change_task(self, sf_task_id: str, **changes: Any) -> None:
        """Change a mirrored task, as a push or a person does."""
        sets = ", ".join(f"{column} = ${column}" for column in changes)
        self.books.run(f"update core.tasks set {sets} where sf_task_id = $id", changes | {"id": sf_task_id})

    def _apply_case(self, write: dict[str, Any]) -> str:
        payload = dict(write["payload"])
        if "Account" in payload:
            payload["AccountId"] = self._account_of(payload["Account"]["Xero_Contact_ID__c"])
        changes = {column: payload[field] for field, column in _CASE_COLUMNS.items() if field in payload}
        if "case_status" in changes:
            changes["is_closed"] = changes["case_status"] == "Closed"
        changes["updated_at"] = self.now
        if write["target_id"] is None:
            remote_id = self._next_id("500")
            self.books.put(
                "core.cases", sf_case_id=remote_id, case_number=remote_id[-8:-3], invoice_key=write["target_key"],
                is_deleted=False, **changes,
            )  # fmt: skip
            return remote_id
        self.change_case(write["target_id"], **changes)
        return str(write["target_id"])

    def change_case(self, sf_case_id: str, **changes: Any) -> None:
        """Change a mirrored case, as a push or a person does."""
        sets = ", ".join(f"{column} = ${column}" for column in changes)
        self.books.run(
            f"update core.cases set {sets} where sf_case_id = $sf_case_id", changes | {"sf_case_id": sf_case_id}
        )
