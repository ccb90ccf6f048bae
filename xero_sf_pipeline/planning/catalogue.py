"""Carries one price list over to the other: item.*, product.* and price.upsert, in the policy's one direction.

Reads catalogue.differences. Belongs here: payloads within the lengths that each side allows. Does not belong here: what
differs (`sql/catalogue/differences.sql`), the lines of invoices (billing).

Lengths: Accounting API, Items (Code 30, Name 50, Description 4000); Salesforce object reference, Product2 (Name 255,
ProductCode 255, Description 4000). Prices: Xero 4 decimals (`unitdp=4`), PricebookEntry.UnitPrice 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.mapping.values import merged
from xero_sf_pipeline.planning.catalogue_differences import create_tenants
from xero_sf_pipeline.planning.desk import PlanDesk
from xero_sf_pipeline.planning.exclusions import Exclusion, load_exclusions
from xero_sf_pipeline.planning.field_updates import FieldUpdate, load_field_updates
from xero_sf_pipeline.planning.kinds import XERO, ExclusionReason, Reason, WriteKind
from xero_sf_pipeline.planning.templates import length, one_line
from xero_sf_pipeline.planning.writes import PlannedWrite, load_candidates, rows_of
from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.planning.mapped_fields import MappedFields
    from xero_sf_pipeline.policy.catalogue import CatalogueRules

Row = Mapping[str, Any]

_CENT = Decimal("0.01")
_ITEM_CODE_MAX, _ITEM_NAME_MAX, _DESCRIPTION_MAX, _PRODUCT_NAME_MAX = 30, 50, 4000, 255


def plan_catalogue(desk: PlanDesk) -> None:
    """Plan what the policy's direction asks for; nothing while it is off."""
    from xero_sf_pipeline.policy.catalogue import CatalogueDirection

    rules = desk.policy.catalogue
    if rules.direction is CatalogueDirection.OFF:
        return
    connection = desk.connection
    create_tenants(connection, desk.policy)
    connection.execute(sql("plan", "catalogue_changes"), {"salesforce_currency": desk.policy.currency.salesforce})
    to_salesforce = rules.direction is CatalogueDirection.XERO_TO_SALESFORCE
    side = "leads_code or leads_price" if to_salesforce else "true"
    rows = rows_of(connection, f"from catalogue_changes where {side} order by code_form, leads_code desc, tenant_id")
    left_out: list[Exclusion] = []
    updates: list[FieldUpdate] = []
    writes = list(
        _to_salesforce(rows, rules, desk.mapped, left_out, updates)
        if to_salesforce
        else _to_xero(rows, rules, desk.mapped, left_out)
    )
    load_candidates(connection, writes)
    load_field_updates(connection, updates)
    load_exclusions(connection, desk.plan_id, left_out)
    for table in ("catalogue_tenants", "catalogue_changes"):
        connection.execute(f"drop table temp.{table}")


def _to_salesforce(
    rows: Iterator[Row],
    rules: CatalogueRules,
    mapped: MappedFields,
    left_out: list[Exclusion],
    updates: list[FieldUpdate],
) -> Iterator[PlannedWrite]:
    created: dict[str, str] = {}
    for row in rows:
        if row["exclusion"] is not None:
            left_out.append(
                _excluded(row, WriteKind.PRODUCT_UPDATE, ExclusionReason.DUPLICATE_CODE, row["blocked_because"])
            )
            continue
        differences = set(row["differences"])
        product: str | dict[str, str] | None = row["sf_product_id"]
        if "missing_in_salesforce" in differences:
            if not rules.create_missing:
                continue
            if row["leads_code"]:
                write = _product_creation(row, rules, mapped)
                created[row["code_form"]] = write.write_id
                yield write
            if row["code_form"] in created:
                product = {"$write": created[row["code_form"]]}
        elif row["leads_code"] and (change := _product_update(row, rules, differences)):
            updates.append(change)
        if row["leads_price"] and product is not None and "price" in rules.fields:
            yield from _price(row, product, differences, left_out)


def _product_creation(row: Row, rules: CatalogueRules, mapped: MappedFields) -> PlannedWrite:
    kind, reason = WriteKind.PRODUCT_CREATE.value, Reason.PRODUCT_MISSING.value
    payload = {
        "Name": one_line(row["item_name"] or row["item_code"]),
        "Description": row["description"],
        "Family": rules.product_family,
        "IsActive": True,
    } | mapped.new_in_salesforce("Product2", "Item", row["item_key"])
    return PlannedWrite(
        kind=kind,
        target_object="Product2",
        action="upsert",
        target_key_field="ProductCode",
        target_key=row["item_code"].strip(),
        target_id=None,
        tenant_id=row["tenant_id"],
        source_table="core.items",
        source_id=row["item_key"],
        payload={field: value for field, value in payload.items() if value is not None},
        before={},
        reason=reason,
        explanation=f"{kind}/{reason}: item {row['code']} ({payload['Name']}) is sold in Xero and is no product yet.",
    )


def _product_update(row: Row, rules: CatalogueRules, differences: set[str]) -> FieldUpdate | None:
    payload: dict[str, Any] = {}
    before: dict[str, Any] = {}
    if "name" in differences and "name" in rules.fields:
        payload["Name"], before["Name"] = one_line(row["item_name"] or row["item_code"]), row["product_name"]
    if "description" in differences and "description" in rules.fields:
        payload["Description"], before["Description"] = row["description"], row["product_description"]
    if "inactive" in differences and "active" in rules.fields:
        payload["IsActive"], before["IsActive"] = True, False
    if not payload:
        return None
    kind, reason = WriteKind.PRODUCT_UPDATE.value, Reason.CATALOGUE_DIFFERS.value
    return FieldUpdate(
        kind=kind,
        target_object="Product2",
        target_key=row["sf_product_id"],
        tenant_id=row["tenant_id"],
        source_table="core.items",
        source_id=row["item_key"],
        payload=payload,
        before=before,
        reason=reason,
        explanation=f"{kind}/{reason}: Xero's item {row['code']} leads; {_fields(payload)} of the product differ.",
        target_updated_us=row["product_updated_us"],
    )


def _price(
    row: Row, product: str | dict[str, str], differences: set[str], left_out: list[Exclusion]
) -> Iterator[PlannedWrite]:
    kind, reason = WriteKind.PRICE_UPSERT.value, Reason.PRICE_DIFFERS.value
    is_new = bool({"price_missing", "missing_in_salesforce"} & differences)
    if row["amount_sales_unit"] is None or not (is_new or "price" in differences):
        return
    if row["sf_pricebook_id"] is None:
        problem = f"The org's standard price book is not mirrored, so {row['code']} gets no price."
        left_out.append(_excluded(row, WriteKind.PRICE_UPSERT, ExclusionReason.PRICE_WITHOUT_CURRENCY, problem))
        return
    amount = row["amount_sales_unit"].quantize(_CENT, ROUND_HALF_UP)
    told = f"{kind}/{reason}: Xero sells {row['code']} at {row['amount_sales_unit']} {row['currency_code']}"
    common = {
        "kind": kind, "target_object": "PricebookEntry", "tenant_id": row["tenant_id"],
        "source_table": "core.items", "source_id": row["item_key"], "reason": reason, "amount": amount,
        "currency_code": row["currency_code"],
    }  # fmt: skip
    if is_new:
        payload = {"Pricebook2Id": row["sf_pricebook_id"], "Product2Id": product, "UnitPrice": amount, "IsActive": True}
        if row["has_currencies"]:
            payload["CurrencyIsoCode"] = row["currency_code"]
        # The price is named by its code from the first plan on, so that its id stays when the product has one.
        identity = payload | {"Product2Id": row["item_code"].strip()}
        yield PlannedWrite(
            **common, action="upsert", target_key_field="ProductCode", target_key=row["item_code"].strip(),
            target_id=None, payload=payload, before={}, identity=identity,
            explanation=f"{told}; the standard price book has no price of it.",
            depends_on=(product["$write"],) if isinstance(product, dict) else (),
        )  # fmt: skip
        return
    payload, before = {"UnitPrice": amount}, {"UnitPrice": row["amount_unit"].quantize(_CENT, ROUND_HALF_UP)}
    if not row["is_price_active"]:
        payload["IsActive"], before["IsActive"] = True, False
    yield PlannedWrite(
        **common, action="update", target_key_field="Id", target_key=row["sf_pricebook_entry_id"],
        target_id=row["sf_pricebook_entry_id"], payload=payload, before=before,
        explanation=f"{told}; the standard price is {row['amount_unit']}.", target_updated_us=row["price_updated_us"],
    )  # fmt: skip


def _to_xero(
    rows: Iterator[Row], rules: CatalogueRules, mapped: MappedFields, left_out: list[Exclusion]
) -> Iterator[PlannedWrite]:
    for row in rows:
        differences = set(row["differences"])
        if row["exclusion"] is not None:
            left_out.append(
                _excluded(row, WriteKind.ITEM_UPDATE, ExclusionReason.DUPLICATE_CODE, row["blocked_because"])
            )
        elif "missing_in_xero" in differences:
            if rules.create_missing and (write := _item_creation(row, rules, mapped, left_out)):
                yield write
        elif write := _item_update(row, rules, differences, mapped, left_out):
            yield write


def _item_creation(
    row: Row, rules: CatalogueRules, mapped: MappedFields, left_out: list[Exclusion]
) -> PlannedWrite | None:
    kind, reason = WriteKind.ITEM_CREATE, Reason.ITEM_MISSING.value
    code, name = row["product_code"].strip(), one_line(row["product_name"])
    if problem := _too_long(code, name, row["product_description"]):
        left_out.append(_excluded(row, kind, ExclusionReason.VALUE_TOO_LONG, problem))
        return None
    sales: dict[str, Any] = {
        "UnitPrice": row["amount_unit"],
        "AccountCode": rules.account_code,
        "TaxType": rules.tax_type,
    }
    payload = {
        "Name": name,
        "Description": row["product_description"],
        "IsSold": True,
        "SalesDetails": {field: value for field, value in sales.items() if value is not None} or None,
    }
    return PlannedWrite(
        kind=kind.value,
        target_system=XERO,
        target_object="Item",
        action="create",
        target_key_field="Code",
        target_key=f"{row['tenant_id']}:{code}",
        target_id=None,
        tenant_id=row["tenant_id"],
        source_table="core.products",
        source_id=row["sf_product_id"],
        payload=merged(
            {field: value for field, value in payload.items() if value is not None},
            mapped.new_in_xero("Product2", "Item", row["sf_product_id"]),
        ),
        before={},
        reason=reason,
        explanation=f"{kind.value}/{reason}: product {code} ({name}) is active and is no item in Xero yet.",
    )


def _item_update(
    row: Row, rules: CatalogueRules, differences: set[str], mapped: MappedFields, left_out: list[Exclusion]
) -> PlannedWrite | None:
    """Return the change of an item, if it has one.

    SalesDetails goes whole: what becomes of parts that are left out is not documented.
    """
    if row["item_key"] is None or row["sf_product_id"] is None:
        return None
    kind, reason = WriteKind.ITEM_UPDATE, Reason.CATALOGUE_DIFFERS.value
    code = row["item_code"]
    payload: dict[str, Any] = {}
    before: dict[str, Any] = {}
    if "name" in differences and "name" in rules.fields:
        payload["Name"], before["Name"] = one_line(row["product_name"]), row["item_name"]
    if "description" in differences and "description" in rules.fields and row["product_description"]:
        payload["Description"], before["Description"] = row["product_description"], row["description"]
    if "price" in differences and "price" in rules.fields and row["is_price_active"]:
        kept = {"AccountCode": row["sales_account_code"], "TaxType": row["sales_tax_type"]}
        kept = {field: value for field, value in kept.items() if value is not None}
        payload["SalesDetails"] = {"UnitPrice": row["amount_unit"]} | kept
        before["SalesDetails"] = {"UnitPrice": row["amount_sales_unit"]} | kept
    if not payload:
        return None
    if problem := _too_long(code, payload.get("Name", ""), payload.get("Description")):
        left_out.append(_excluded(row, kind, ExclusionReason.VALUE_TOO_LONG, problem))
        return None
    changed = _fields(payload)
    if part := mapped.take_xero_change("Item", row["item_key"]):
        payload, before, changed = merged(part.payload, payload), merged(part.before, before), f"{changed}; {part.told}"
    return PlannedWrite(
        kind=kind.value,
        target_system=XERO,
        target_object="Item",
        action="update",
        target_key_field="Code",
        target_key=f"{row['tenant_id']}:{code.strip()}",
        target_id=row["xero_item_id"],
        tenant_id=row["tenant_id"],
        source_table="core.products",
        source_id=row["sf_product_id"],
        payload={"Code": code} | payload,  # Xero takes no item without its code
        before={"Code": code} | before,
        reason=reason,
        explanation=f"{kind.value}/{reason}: the product {row['code']} leads; {changed} of Xero's item differ.",
        target_updated_us=row["item_updated_us"],
    )


def _too_long(code: str, name: str, description: str | None) -> str | None:
    texts = (
        ("code", code, _ITEM_CODE_MAX),
        ("name", name, _ITEM_NAME_MAX),
        ("description", description or "", _DESCRIPTION_MAX),
    )
    for what, text, longest in texts:
        if length(text) > longest:
            return f"The {what} of product {code} has {length(text)} characters; Xero takes {longest}."
    return None


def _excluded(row: Row, kind: WriteKind, reason: ExclusionReason, explanation: str) -> Exclusion:
    return Exclusion(
        "catalogue.differences", f"{row['tenant_id']}:{row['code']}", kind.value, reason.value, explanation
    )


def _fields(payload: Mapping[str, Any]) -> str:
    return ", ".join(payload)
