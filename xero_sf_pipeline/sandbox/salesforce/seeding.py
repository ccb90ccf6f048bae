"""Loading a generated company: many trusted rows at once, without the checks of a save.

Belongs here: conversion of whole columns and the fields that a seed may leave out. Does not belong here: what the
company looks like (`sandbox.company`).
"""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.sandbox.salesforce.object_rules import Saving, before_save
from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType, ObjectType
from xero_sf_pipeline.sandbox.salesforce.storage import quoted
from xero_sf_pipeline.sandbox.salesforce.values import datetime_to_storage, from_python

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.company import SalesforceSeed
    from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState

_DERIVED = {"Contact", "User", "Case", "Opportunity"}
"""Objects whose derived fields are worked out when a seed leaves them out."""


def load_seed(state: SalesforceState, seed: SalesforceSeed) -> None:
    """Load every list of a seed, parents first, in one commit. The seed's organisation replaces the founding one."""
    with state.storage.transaction():
        if seed.organization:
            state.storage.write('delete from "Organization"')
            load_rows(state, "Organization", [seed.organization])
        if seed.pricebooks:
            state.storage.write('delete from "Pricebook2"')
        load_rows(state, "User", seed.users)
        load_rows(state, "Account", seed.accounts)
        load_rows(state, "Contact", seed.contacts)
        load_rows(state, "Pricebook2", seed.pricebooks)
        load_rows(state, "Product2", seed.products)
        load_rows(state, "PricebookEntry", seed.pricebook_entries)
        load_rows(state, "Opportunity", seed.opportunities)
        load_rows(state, "OpportunityLineItem", seed.opportunity_line_items)
        load_rows(state, "Case", seed.cases)


def load_rows(state: SalesforceState, object_name: str, rows: Iterable[Mapping[str, Any]]) -> int:
    """Load trusted rows of one object as they are; what they leave out gets the value that a save would give."""
    one = state.schema.get(object_name)
    fields = [field for field in one.stored() if field.type is not FieldType.ID]
    names = ["Id", *(field.name for field in fields)]
    count = 0
    with state.storage.transaction() as stamp:
        presets = _presets(state, fields, stamp)
        converters = [(field.name, converter_of(field)) for field in fields]
        known = set(names)

        def prepared() -> Iterable[tuple[Any, ...]]:
            nonlocal count
            for row in rows:
                if not row.keys() <= known:
                    raise KeyError(f"{one.name} has no stored field {sorted(row.keys() - known)}")
                stored = {name: convert(row[name]) if name in row else presets[name] for name, convert in converters}
                if one.name in _DERIVED:
                    stored = _derived(state, one, stored, row, stamp)
                for field in fields:
                    if field.auto_number is not None and stored[field.name] is None:
                        serial = state.storage.next_serial(f"{one.name}.{field.name}")
                        stored[field.name] = f"{serial:08d}"
                identity = row.get("Id") or state.storage.new_id(one)
                count += 1
                yield (identity, *stored.values())

        slots = ", ".join("?" * len(names))
        columns = ", ".join(quoted(name) for name in names)
        state.storage.write_many(f"insert into {quoted(one.name)} ({columns}) values ({slots})", prepared())
        _log_deleted(state, one)
        _raise_serials(state, one)
    return count


def converter_of(field: Field) -> Callable[[Any], Any]:
    """Return a quick conversion of a Python value into the field's stored form."""
    if field.type.is_text:
        return lambda value: value or None if value.__class__ is str else from_python(field, value)
    if field.type is FieldType.REFERENCE:
        return lambda value: value if value.__class__ is str and len(value) == 18 else from_python(field, value)
    if field.type is FieldType.DATETIME:
        seen: dict[datetime, str] = {}

        def convert(value: Any) -> Any:
            if value.__class__ is not datetime:
                return from_python(field, value)
            found = seen.get(value)
            if found is None:
                found = seen[value] = datetime_to_storage(value.replace(microsecond=0))
            return found

        return convert
    return lambda value: from_python(field, value)


def _presets(state: SalesforceState, fields: list[Field], stamp: str) -> dict[str, Any]:
    presets: dict[str, Any] = {}
    for field in fields:
        preset: Any = field.default
        if field.type is FieldType.BOOLEAN:
            preset = int(bool(field.default))
        elif field.name in ("CreatedDate", "LastModifiedDate", "SystemModstamp"):
            preset = stamp
        elif field.name in ("OwnerId", "CreatedById", "LastModifiedById"):
            preset = state.user_id
        presets[field.name] = preset
    return presets


def _derived(
    state: SalesforceState, one: ObjectType, stored: dict[str, Any], row: Mapping[str, Any], stamp: str
) -> dict[str, Any]:
    complete = dict(stored)
    closed_on = stored.get("LastModifiedDate") or stamp
    before_save(one.name, Saving(state.storage, complete, None, frozenset(row), closed_on))
    return {name: stored[name] if name in row else value for name, value in complete.items()}


def _log_deleted(state: SalesforceState, one: ObjectType) -> None:
    if one.soft_delete:
        sql = f'select ?, "Id", "SystemModstamp" from {quoted(one.name)} where "IsDeleted" = 1'
        state.storage.write(f"insert or ignore into _deleted {sql}", (one.name,))


def _raise_serials(state: SalesforceState, one: ObjectType) -> None:
    for field in one.stored():
        if field.auto_number is None:
            continue
        digits = f"cast(ltrim({quoted(field.name)}, '{field.auto_number.split('{')[0]}') as integer)"
        highest = state.storage.read(f"select coalesce(max({digits}), 0) from {quoted(one.name)}")[0][0]
        name = f"serial {one.name}.{field.name}"
        state.storage.set_setting(name, str(max(int(highest), int(state.storage.setting(name) or 0))))
