"""Loading a generated company: many trusted rows at once, without the checks of a save.

Belongs here: conversion of whole columns and the fields that a seed may leave out. Does not belong here: what the
company looks like (`sandbox.company`).
"""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.sandbox.salesforce.object_rules import before_save
from xero_sf_pipeline.sandbox.salesforce.saving import Saving
from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType, ObjectType
from xero_sf_pipeline.sandbox.salesforce.storage import quoted
from xero_sf_pipeline.sandbox.salesforce.values import from_python

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.company import SalesforceSeed
    from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState

_DERIVED = {"Contact", "User", "Case", "Opportunity"}
"""Objects whose derived fields are worked out when a seed leaves them out."""


def load_seed(state: SalesforceState, seed: SalesforceSeed) -> None:
    """Load every list of a seed, parents first, in one commit. The seed's organisation replaces the founding one.

    A seed's own fields are deployed first, and a seed with currencies switches the org to several currencies.
    """
    if seed.metadata:
        state.install_package(seed.metadata)
    if seed.currency_types:
        rates = {row["IsoCode"]: row["ConversionRate"] for row in seed.currency_types if not row["IsCorporate"]}
        [corporate] = [row["IsoCode"] for row in seed.currency_types if row["IsCorporate"]]
        state.enable_currencies(corporate, rates)
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
    count = 0
    with state.storage.transaction() as stamp:
        presets = _presets(state, one, stamp)
        for names, group in groupby(rows, key=tuple):
            loaded = _Columns(one, names, presets)
            prepare = loaded.derived if one.name in _DERIVED else loaded.plain
            values = [prepare(state, row, stamp) for row in group]
            state.storage.write_many(loaded.sql, values)
            count += len(values)
        _log_deleted(state, one)
        _raise_serials(state, one)
    return count


class _Columns:
    """How rows with the same fields are loaded: one statement, one conversion per column, constants for the rest."""

    def __init__(self, one: ObjectType, names: tuple[str, ...], presets: Mapping[str, Any]) -> None:
        self._one = one
        given = {}
        for name in names:
            field = one.find(name)
            if field is None or not field.is_stored:
                raise KeyError(f"{one.name} has no stored field {name}")
            given[field.name] = converter_of(field)
        self._given = list(zip(names, given.values(), strict=True))
        self._missing = {name: value for name, value in presets.items() if name not in given and name != "Id"}
        self._constants = {name: value for name, value in self._missing.items() if value is not None}
        self._numbers = [field for field in one.stored() if field.auto_number is not None and field.name not in given]
        written = [*given, *(self._missing if one.name in _DERIVED else self._constants)]
        written += [field.name for field in self._numbers if field.name not in written]
        self._written = written
        self._has_id = "Id" in given
        if not self._has_id:
            written.append("Id")
        columns, slots = ", ".join(quoted(name) for name in written), ", ".join("?" * len(written))
        self.sql = f"insert into {quoted(one.name)} ({columns}) values ({slots})"

    def plain(self, state: SalesforceState, row: Mapping[str, Any], stamp: str) -> tuple[Any, ...]:
        """Return a row's values in the order of the statement."""
        values = [convert(row[name]) for name, convert in self._given]
        values += self._constants.values()
        values += [f"{state.storage.next_serial(f'{self._one.name}.{field.name}'):08d}" for field in self._numbers]
        if not self._has_id:
            values.append(state.storage.new_id(self._one))
        return tuple(values)

    def derived(self, state: SalesforceState, row: Mapping[str, Any], stamp: str) -> tuple[Any, ...]:
        """Return a row's values, with the fields that the platform works out where the row is silent."""
        stored = {name: convert(row[name]) for name, convert in self._given}
        complete = self._missing | stored
        for field in self._numbers:
            complete[field.name] = f"{state.storage.next_serial(f'{self._one.name}.{field.name}'):08d}"
        closed_at = complete.get("LastModifiedDate") or stamp
        before_save(self._one.name, Saving(state.storage, complete, None, frozenset(stored), closed_at))
        complete |= stored
        if not self._has_id:
            complete["Id"] = state.storage.new_id(self._one)
        return tuple(complete[name] for name in self._written)


def converter_of(field: Field) -> Callable[[Any], Any]:
    """Return a quick conversion of a Python value into the field's stored form."""
    if field.type.is_text:
        return lambda value: value or None if value.__class__ is str else from_python(field, value)
    if field.type in (FieldType.REFERENCE, FieldType.ID):
        return lambda value: value if value.__class__ is str and len(value) == 18 else from_python(field, value)
    if field.type is FieldType.DATETIME:
        return lambda value: _instant(field, value)
    if field.type is FieldType.BOOLEAN:
        return lambda value: int(bool(value))
    return lambda value: from_python(field, value)


def _instant(field: Field, value: Any) -> Any:
    if value.__class__ is datetime and value.tzinfo is UTC:
        return value.isoformat(timespec="seconds")[:19] + ".000Z"
    return from_python(field, value)


def _presets(state: SalesforceState, one: ObjectType, stamp: str) -> dict[str, Any]:
    presets: dict[str, Any] = {}
    for field in one.stored():
        preset: Any = field.default
        if field.type is FieldType.BOOLEAN:
            preset = int(bool(field.default))
        elif field.name in ("CreatedDate", "LastModifiedDate", "SystemModstamp"):
            preset = stamp
        elif field.name in ("OwnerId", "CreatedById", "LastModifiedById"):
            preset = state.user_id
        presets[field.name] = preset
    return presets


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
        state.storage.raise_serial(f"{one.name}.{field.name}", int(highest))
