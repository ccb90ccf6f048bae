"""What the platform itself does when a standard record is saved: derived fields, defaults, checks of its own.

Belongs here: one function per object, working on the whole row in stored form. Does not belong here: what belongs to
selling (`sales_rules`), rules that hold for every object (`writes`) or that an administrator added (`org_rules`).
"""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

from collections.abc import Callable

from xero_sf_pipeline.sandbox.salesforce.errors import RowRefused
from xero_sf_pipeline.sandbox.salesforce.sales_rules import (
    line_item,
    opportunity,
    price_after_save,
    pricebook_entry,
    product_after_save,
    refresh_opportunity,
)
from xero_sf_pipeline.sandbox.salesforce.saving import Saving


def before_save(object_name: str, saving: Saving) -> None:
    """Fill derived fields in `saving.row`, or raise RowRefused."""
    rule = _BEFORE.get(object_name)
    if rule is not None:
        rule(saving)


def after_save(object_name: str, saving: Saving) -> None:
    """Carry a saved record's effects to other records."""
    if object_name == "OpportunityLineItem":
        refresh_opportunity(saving.storage, saving.row["OpportunityId"], saving.stamp)
    elif object_name == "PricebookEntry":
        price_after_save(saving)
    elif object_name == "Product2":
        product_after_save(saving)


def _person(saving: Saving) -> None:
    names = (saving.row.get("FirstName"), saving.row.get("LastName"))
    saving.row["Name"] = " ".join(name for name in names if name) or None


def _case(saving: Saving) -> None:
    row, before = saving.row, saving.before
    if row.get("AccountId") is None and row.get("ContactId") is not None and "AccountId" not in saving.given:
        found = saving.storage.one('select "AccountId" from "Contact" where "Id" = ?', (row["ContactId"],))
        row["AccountId"] = found[0] if found else None
    if row.get("Status") is None:
        raise RowRefused("REQUIRED_FIELD_MISSING", "Required fields are missing: [Status]", ("Status",))
    row["IsClosed"] = _listed(saving, "CaseStatus", "IsClosed", row["Status"])
    was_closed = bool(before and before["IsClosed"])
    if row["IsClosed"] and not was_closed:
        row["ClosedDate"] = saving.stamp
    elif not row["IsClosed"]:
        row["ClosedDate"] = None


def _task(saving: Saving) -> None:
    row, storage, before = saving.row, saving.storage, saving.before
    empty = [name for name in ("Status", "Priority") if row.get(name) is None]
    if empty:
        raise RowRefused("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(empty)}]", tuple(empty))
    closed = _listed(saving, "TaskStatus", "IsClosed", row["Status"])
    if closed and not (before and before["IsClosed"]):
        row["CompletedDateTime"] = saving.stamp
    elif not closed:
        row["CompletedDateTime"] = None
    row["IsClosed"] = closed
    row["IsHighPriority"] = _listed(saving, "TaskPriority", "IsHighPriority", row["Priority"])
    what, row["AccountId"] = row.get("WhatId"), None
    if what is None:
        return
    if what.startswith("001"):
        row["AccountId"] = what
    elif what[:3] in ("006", "500"):
        table = "Opportunity" if what.startswith("006") else "Case"
        found = storage.one(f'select "AccountId" from "{table}" where "Id" = ?', (what,))
        row["AccountId"] = found[0] if found else None


def _listed(saving: Saving, table: str, flag: str, label: str) -> int:
    """What the org's own list of choices says about one of them; a choice that is not listed says no."""
    sql = f'select "{flag}" from "{table}" where "MasterLabel" = ? collate nocase'
    found = saving.storage.one(sql, (label,))
    return int(bool(found and found[0]))


def _picklist_row(saving: Saving) -> None:
    if saving.row.get("ApiName") is None:
        saving.row["ApiName"] = saving.row.get("MasterLabel")


_BEFORE: dict[str, Callable[[Saving], None]] = {
    "Contact": _person,
    "User": _person,
    "Case": _case,
    "Opportunity": opportunity,
    "OpportunityLineItem": line_item,
    "PricebookEntry": pricebook_entry,
    "Task": _task,
    "CaseStatus": _picklist_row,
    "TaskPriority": _picklist_row,
    "TaskStatus": _picklist_row,
    "OpportunityStage": _picklist_row,
}
