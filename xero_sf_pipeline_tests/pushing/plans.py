"""Writes plans into a warehouse for tests, as planning would."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from xero_sf_pipeline.warehouse import Warehouse

TENANT = "7c0f4f4e-0000-4000-8000-000000000001"
PLANNED_AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class PlannedRow:
    kind: str
    target_object: str
    target_key: str
    payload: dict[str, Any]
    before: dict[str, Any] = field(default_factory=dict)
    target_key_field: str = "Xero_Invoice_Key__c"
    target_id: str | None = None
    action: str = "upsert"
    depends_on: tuple[str, ...] = ()
    approval: str = "auto"
    target_system: str = "salesforce"

    @property
    def write_id(self) -> str:
        parts = [
            self.kind,
            self.target_system,
            self.target_object,
            self.target_key,
            self.payload_text,
            _text(self.before),
        ]
        return sha256(json.dumps(parts).encode()).hexdigest()[:32]

    @property
    def payload_text(self) -> str:
        return _text(self.payload)


def _text(value: dict[str, Any]) -> str:
    """JSON with Decimals as bare numbers, exact."""
    marked = json.dumps(value, sort_keys=True, default=lambda number: f"\0{number}\0")
    return marked.replace('"\\u0000', "").replace('\\u0000"', "")


def case_open(number: int, *, amount: str = "120.50", account_id: str | None = None, **other: Any) -> PlannedRow:
    payload: dict[str, Any] = {
        "Subject": f"Invoice INV-{number} is overdue",
        "Status": "New",
        "Xero_Amount_Due__c": Decimal(amount),
        "Xero_Due_Date__c": "2026-03-01",
    }
    if account_id:
        payload["AccountId"] = account_id
    return PlannedRow("case.open", "Case", f"{TENANT}:inv-{number:06d}", payload | other.pop("payload", {}), **other)


def case_update(number: int, case_id: str, amount: str, was: str, **other: Any) -> PlannedRow:
    return PlannedRow(
        "case.update",
        "Case",
        f"{TENANT}:inv-{number:06d}",
        {"Xero_Amount_Due__c": Decimal(amount)},
        {"Xero_Amount_Due__c": Decimal(was)},
        target_id=case_id,
        **other,
    )


def account_create(contact: str, **other: Any) -> PlannedRow:
    return PlannedRow(
        "account.create", "Account", contact, {"Name": f"{contact} Ltd"}, target_key_field="Xero_Contact_ID__c", **other
    )


def account_link(account_id: str, contact: str, **other: Any) -> PlannedRow:
    return PlannedRow(
        "account.link",
        "Account",
        account_id,
        {"Xero_Contact_ID__c": contact},
        {"Xero_Contact_ID__c": None},
        target_key_field="Id",
        target_id=account_id,
        action="update",
        **other,
    )


def contact_link(contact: str, payload: dict[str, Any], **other: Any) -> PlannedRow:
    return PlannedRow(
        "account.link",
        "Xero_Contact__c",
        f"{TENANT}:{contact}",
        {"Name": contact, **payload},
        target_key_field="Key__c",
        **other,
    )


def task_create(account_id: str, reason: str, **other: Any) -> PlannedRow:
    payload = {"Subject": f"{reason} alert", "Status": "Not Started", "WhatId": account_id}
    return PlannedRow(
        "task.create",
        "Task",
        f"{account_id}:{reason}:2026-03-16",
        payload | other.pop("payload", {}),
        target_key_field="Xero_Alert_Key__c",
        **other,
    )


def xero_write(kind: str, target_object: str, own_key: str, payload: dict[str, Any], **other: Any) -> PlannedRow:
    tenant = other.pop("tenant", TENANT)
    fields = {"Contact": "ContactNumber", "Item": "Code", "Invoice": "Reference", "CreditNote": "Reference"}
    other.setdefault("target_key_field", fields[target_object])
    return PlannedRow(kind, target_object, f"{tenant}:{own_key}", payload, target_system="xero", **other)


def invoice_create(own_key: str, contact_id: Any, *, amount: str = "100.00", **other: Any) -> PlannedRow:
    payload: dict[str, Any] = {
        "Type": "ACCREC",
        "Status": "DRAFT",
        "Contact": {"ContactID": contact_id},
        "Date": "2026-03-16",
        "DueDate": "2026-04-15",
        "Reference": own_key,
        "LineAmountTypes": "Exclusive",
        "LineItems": [
            {"Description": "Licence", "Quantity": 1, "UnitAmount": Decimal(amount), "AccountCode": "200"},
        ],
    }
    return xero_write("invoice.create", "Invoice", own_key, payload | other.pop("payload", {}), **other)


def invoice_update(
    own_key: str, invoice_id: str, payload: dict[str, Any], before: dict[str, Any], **other: Any
) -> PlannedRow:
    return xero_write(
        "invoice.update", "Invoice", own_key, payload, before=before, target_id=invoice_id, action="update", **other
    )


def xero_contact_create(account_id: str, name: str, **other: Any) -> PlannedRow:
    payload = {"Name": name, "ContactNumber": account_id}
    return xero_write("xero_contact.create", "Contact", account_id, payload | other.pop("payload", {}), **other)


def write_plan(
    warehouse: Warehouse,
    rows: Sequence[PlannedRow],
    *,
    plan_id: str = "plan-1",
    planned_at: datetime = PLANNED_AT,
    held_reason: str | None = None,
) -> None:
    """Replace the newest plan, as `planning.make_plan` does."""
    with warehouse.transaction() as connection:
        connection.execute(
            "insert into plan.runs (plan_id, planned_at, write_count, is_held, held_reason) values (?, ?, ?, ?, ?)",
            [plan_id, planned_at, len(rows), held_reason is not None, held_reason],
        )
        connection.execute("delete from plan.writes")
        if not rows:
            return
        connection.execute(
            """
            insert into plan.writes by name
            select unnest(json_transform($rows, '[{
                "write_id": "VARCHAR", "plan_id": "VARCHAR", "kind": "VARCHAR", "target_system": "VARCHAR",
                "target_object": "VARCHAR", "action": "VARCHAR", "target_key_field": "VARCHAR",
                "target_key": "VARCHAR", "target_id": "VARCHAR", "payload": "VARCHAR", "before": "VARCHAR",
                "depends_on": ["VARCHAR"], "approval": "VARCHAR", "explanation": "VARCHAR"}]'), recursive := true),
                $planned_at::timestamptz as planned_at
            """,
            {
                "planned_at": planned_at,
                "rows": json.dumps(
                    [
                        {
                            "write_id": row.write_id,
                            "plan_id": plan_id,
                            "kind": row.kind,
                            "target_system": row.target_system,
                            "target_object": row.target_object,
                            "action": row.action,
                            "target_key_field": row.target_key_field,
                            "target_key": row.target_key,
                            "target_id": row.target_id,
                            "payload": row.payload_text,
                            "before": _text(row.before),
                            "depends_on": list(row.depends_on),
                            "approval": row.approval,
                            "explanation": f"test {row.kind}",
                        }
                        for row in rows
                    ]
                ),
            },
        )
