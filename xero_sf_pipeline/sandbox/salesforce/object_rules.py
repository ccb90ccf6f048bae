"""What the platform itself does when a standard record is saved: derived fields, defaults, checks of its own.

Belongs here: one function per object, working on the whole row in stored form. Does not belong here: rules that hold
for every object (`writes`) or that an administrator added (`org_rules`).
"""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from xero_sf_pipeline.sandbox.salesforce.errors import RowRefused
from xero_sf_pipeline.sandbox.salesforce.storage import Storage

Row = dict[str, Any]


@dataclass(frozen=True)
class Saving:
    """One record on its way into the org. `before` is None on insert; `given` names the fields that the caller set."""

    storage: Storage
    row: Row
    before: Row | None
    given: frozenset[str]
    stamp: str

    @property
    def is_insert(self) -> bool:
        return self.before is None


def before_save(object_name: str, saving: Saving) -> None:
    """Fill derived fields in `saving.row`, or raise RowRefused."""
    rule = _BEFORE.get(object_name)
    if rule is not None:
        rule(saving)


def after_save(object_name: str, saving: Saving) -> None:
    """Carry a saved record's effects to other records."""
    if object_name == "OpportunityLineItem":
        refresh_opportunity(saving.storage, saving.row["OpportunityId"], saving.stamp)


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
    closed = saving.storage.one(
        'select "IsClosed" from "CaseStatus" where "MasterLabel" = ? collate nocase', (row["Status"],)
    )
    row["IsClosed"] = int(bool(closed and closed[0]))
    was_closed = bool(before and before["IsClosed"])
    if row["IsClosed"] and not was_closed:
        row["ClosedDate"] = saving.stamp
    elif not row["IsClosed"]:
        row["ClosedDate"] = None


def _opportunity(saving: Saving) -> None:
    row, before = saving.row, saving.before
    if before is not None and before["HasOpportunityLineItem"]:
        # Writes to Amount are ignored without a word once there are line items (object reference: Opportunity).
        row["Amount"] = before["Amount"]
        if row.get("Pricebook2Id") != before.get("Pricebook2Id"):
            raise RowRefused(
                "FIELD_INTEGRITY_EXCEPTION",
                "field integrity exception: Pricebook2Id (the opportunity has products of another price book)",
                ("Pricebook2Id",),
            )
    sql = (
        'select "IsClosed", "IsWon", "DefaultProbability", "ForecastCategory", "ForecastCategoryName"'
        ' from "OpportunityStage" where "MasterLabel" = ? collate nocase'
    )
    stage = saving.storage.one(sql, (row["StageName"],)) or (0, 0, 0, "Pipeline", "Pipeline")
    row["IsClosed"], row["IsWon"] = stage[0], stage[1]
    moved = before is None or before["StageName"] != row["StageName"]
    if moved:
        row["ForecastCategory"], row["ForecastCategoryName"] = stage[3], stage[4]
        if "Probability" not in saving.given:
            row["Probability"] = stage[2]
    amount, probability = row.get("Amount"), row.get("Probability")
    row["ExpectedRevenue"] = None if amount is None else round(amount * (probability or 0) / 100)
    closes = date.fromisoformat(row["CloseDate"])
    row["FiscalYear"], row["FiscalQuarter"] = closes.year, (closes.month - 1) // 3 + 1


def _line_item(saving: Saving) -> None:
    row, given, before = saving.row, saving.given, saving.before
    if before is None:
        _place_in_pricebook(saving)
        if ("UnitPrice" in given) == ("TotalPrice" in given):
            raise RowRefused(
                "FIELD_INTEGRITY_EXCEPTION",
                "field integrity exception: unknown (must specify either total price or unit price but not both)",
            )
    quantity = row["Quantity"]
    if not quantity:
        raise RowRefused("FIELD_INTEGRITY_EXCEPTION", "Quantity: value must not be zero", ("Quantity",))
    keep = 10**4 - (row.get("Discount") or 0)
    if "UnitPrice" in given:
        row["TotalPrice"] = round(row["UnitPrice"] * quantity * keep / 10**6)
    else:
        row["UnitPrice"] = round(row["TotalPrice"] * 10**6 / quantity / keep) if keep else 0


def _place_in_pricebook(saving: Saving) -> None:
    row, storage = saving.row, saving.storage
    book = storage.one('select "Pricebook2Id" from "Opportunity" where "Id" = ?', (row["OpportunityId"],))
    if row.get("PricebookEntryId") is None and row.get("Product2Id") is not None:
        sql = 'select "Id" from "PricebookEntry" where "Product2Id" = ? and "Pricebook2Id" = ? and "IsDeleted" = 0'
        entry_id = storage.one(sql, (row["Product2Id"], book[0] if book else None))
        row["PricebookEntryId"] = entry_id[0] if entry_id else None
    sql = 'select "Pricebook2Id", "Product2Id", "Name", "ProductCode", "UnitPrice" from "PricebookEntry" where "Id" = ?'
    entry = storage.one(sql, (row.get("PricebookEntryId"),))
    if entry is None:
        raise RowRefused(
            "REQUIRED_FIELD_MISSING", "Required fields are missing: [PricebookEntryId]", ("PricebookEntryId",)
        )
    if book is not None and book[0] is None:
        storage.write('update "Opportunity" set "Pricebook2Id" = ? where "Id" = ?', (entry[0], row["OpportunityId"]))
    elif book is not None and book[0] != entry[0]:
        raise RowRefused(
            "FIELD_INTEGRITY_EXCEPTION",
            f"field integrity exception: PricebookEntryId (pricebook entry is in a different pricebook than the one "
            f"assigned to the opportunity) {row['PricebookEntryId']}",
            ("PricebookEntryId",),
        )
    row["Product2Id"], row["Name"], row["ProductCode"], row["ListPrice"] = entry[1], entry[2], entry[3], entry[4]


def refresh_opportunity(storage: Storage, identity: str, stamp: str) -> None:
    """Set an opportunity's amount to the sum of its line items."""
    sql = 'select count(*), sum("TotalPrice") from "OpportunityLineItem" where "OpportunityId" = ? and "IsDeleted" = 0'
    count, total = storage.read(sql, (identity,))[0]
    sql = 'update "Opportunity" set "HasOpportunityLineItem" = ?, "SystemModstamp" = ?, "LastModifiedDate" = ?'
    parameters = [int(count > 0), stamp, stamp]
    if count:
        sql += ', "Amount" = ?, "ExpectedRevenue" = round(? * coalesce("Probability", 0) / 100.0)'
        parameters += [total, total]
    storage.write(sql + ' where "Id" = ?', (*parameters, identity))


def _pricebook_entry(saving: Saving) -> None:
    row, storage = saving.row, saving.storage
    if saving.before is not None:
        return
    book = storage.one('select "IsStandard" from "Pricebook2" where "Id" = ?', (row["Pricebook2Id"],))
    clash = 'select "Id" from "PricebookEntry" where "Pricebook2Id" = ? and "Product2Id" = ? and "IsDeleted" = 0'
    if storage.one(clash, (row["Pricebook2Id"], row["Product2Id"])) is not None:
        raise RowRefused("DUPLICATE_VALUE", "This price definition already exists in this price book")
    if book is not None and not book[0]:
        sql = (
            'select 1 from "PricebookEntry" e join "Pricebook2" b on b."Id" = e."Pricebook2Id"'
            ' where e."Product2Id" = ? and b."IsStandard" = 1 and e."IsDeleted" = 0'
        )
        if storage.one(sql, (row["Product2Id"],)) is None:
            raise RowRefused(
                "STANDARD_PRICE_NOT_DEFINED",
                "Before creating a custom price, you must first create a standard price: no standard price defined "
                "for this product",
            )
    product = storage.one('select "Name", "ProductCode" from "Product2" where "Id" = ?', (row["Product2Id"],))
    if product is not None:
        row["Name"], row["ProductCode"] = product


def _task(saving: Saving) -> None:
    row, storage = saving.row, saving.storage
    row["IsClosed"] = int(row.get("Status") == "Completed")
    row["IsHighPriority"] = int(row.get("Priority") == "High")
    what, row["AccountId"] = row.get("WhatId"), None
    if what is None:
        return
    if what.startswith("001"):
        row["AccountId"] = what
    elif what[:3] in ("006", "500"):
        table = "Opportunity" if what.startswith("006") else "Case"
        found = storage.one(f'select "AccountId" from "{table}" where "Id" = ?', (what,))
        row["AccountId"] = found[0] if found else None


def _picklist_row(saving: Saving) -> None:
    if saving.row.get("ApiName") is None:
        saving.row["ApiName"] = saving.row.get("MasterLabel")


_BEFORE: dict[str, Callable[[Saving], None]] = {
    "Contact": _person,
    "User": _person,
    "Case": _case,
    "Opportunity": _opportunity,
    "OpportunityLineItem": _line_item,
    "PricebookEntry": _pricebook_entry,
    "Task": _task,
    "CaseStatus": _picklist_row,
    "OpportunityStage": _picklist_row,
}
