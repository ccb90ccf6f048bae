"""Explains one field of one record: `Object.Field:id`, as a person reads it off a page of Salesforce or Xero."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from xero_sf_pipeline.reporting.explain.evidence import FOLLOWING
from xero_sf_pipeline.reporting.explain.model import Comparison, Explanation

FIELD_KEY = re.compile(r"^(?P<object>[A-Za-z][A-Za-z0-9_]*)\.(?P<field>[A-Za-z][A-Za-z0-9_]*):(?P<id>.+)$")

KINDS = {
    "Account": ("account",),
    "Opportunity": ("opportunity",),
    "Xero_Invoice__c": ("invoice", "credit"),
    "Case": ("case",),
    "Contact": ("person", "contact"),
    "Task": ("task",),
    "Invoice": ("invoice",),
    "CreditNote": ("credit",),
    "Payment": ("payment",),
    "Quote": ("quote",),
}
"""Object of Salesforce or Xero -> the kinds of records that it may be here."""

FIGURES = {
    ("Account", "Xero_Outstanding__c"): "outstanding",
    ("Account", "Xero_Overdue__c"): "overdue",
    ("Account", "Xero_Unallocated_Credit__c"): "unallocated credit",
    ("Opportunity", "Amount"): "booked",
    ("Opportunity", "Xero_Billed__c"): "billed",
    ("Opportunity", "Xero_Paid__c"): "paid",
    ("Opportunity", "Xero_Due__c"): "due",
    ("Xero_Invoice__c", "Total__c"): "total",
    ("Xero_Invoice__c", "Due__c"): "due",
    ("Xero_Invoice__c", "Paid__c"): "paid",
    ("Xero_Invoice__c", "Credited__c"): "credited",
    ("Case", "Xero_Amount_Due__c"): "due",
    ("Invoice", "Total"): "total",
    ("Invoice", "AmountDue"): "due",
    ("Invoice", "AmountPaid"): "paid",
    ("Invoice", "AmountCredited"): "credited",
    ("CreditNote", "RemainingCredit"): "remaining",
    ("Payment", "Amount"): "paid",
}
"""A field of money -> the figure of the record's explanation that it shows."""


def of_field(explanation: Explanation, object_name: str, field: str) -> Explanation:
    """Keep what is about the field: its figure, its comparison, and the writes that carry it."""
    name = FIGURES.get((object_name, field))
    full_name = f"{object_name}.{field}"
    planned = tuple(_only(row, field) for row in explanation.planned if field in (row["payload"] or {}))
    attempts = tuple(_only(row, field) for row in explanation.attempts if field in (row["payload"] or {}))
    shown = tuple(one for one in explanation.comparisons if one.field in (full_name, field))
    figures = tuple(one for one in explanation.figures if one.name == name)
    followed = [row for row in explanation.tables.get(FOLLOWING, ()) if row["field"] == full_name]
    tables = {**explanation.tables, FOLLOWING: followed} if followed else explanation.tables
    notes = explanation.notes
    if not (figures or shown or planned or attempts or followed):
        notes = (
            *notes,
            f"Nothing of ours writes {full_name}, or nothing has been planned or sent for it on this record. "
            "What there is to know of the record follows.",
        )
        return replace(explanation, notes=notes)
    return replace(
        explanation,
        figures=figures,
        comparisons=shown or _from_writes(full_name, field, planned, attempts),
        tables=tables,
        planned=planned,
        attempts=attempts,
        notes=notes,
    )


def _only(row: dict[str, Any], field: str) -> dict[str, Any]:
    payload, before = row.get("payload") or {}, row.get("before") or {}
    kept = row | {"payload": {field: payload[field]}}
    return kept | {"before": {field: before[field]} if field in before else {}} if "before" in row else kept


def _from_writes(
    full_name: str, field: str, planned: tuple[dict[str, Any], ...], attempts: tuple[dict[str, Any], ...]
) -> tuple[Comparison, ...]:
    """What the plan wants and what was last confirmed, where no table holds the field."""
    sent = next((row for row in attempts if row["state"] == "confirmed"), None)
    if not planned and sent is None:
        return ()
    wanted = planned[0]["payload"][field] if planned else sent["payload"][field]  # type: ignore[index]
    last = sent["payload"][field] if sent else (planned[0].get("before") or {}).get(field)
    note = "as last confirmed by a write of ours" if sent else "as last read"
    return (Comparison(full_name, wanted, last, wanted == last, note),)
