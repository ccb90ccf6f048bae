"""Reading the rows of a write: which field is meant, what value it gets, which parent an external id names.

Belongs here: JSON bodies and CSV cells up to stored values. Does not belong here: saving (`writes`) or HTTP (`api_*`).
"""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused, RowRefused, no_such_column
from xero_sf_pipeline.sandbox.salesforce.permissions import Permissions
from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType, ObjectType, Schema
from xero_sf_pipeline.sandbox.salesforce.storage import Storage, quoted
from xero_sf_pipeline.sandbox.salesforce.values import from_csv, from_json


@dataclass
class ParsedRow:
    """One row to be saved. `error` is set when it cannot be; the rest of its batch goes on without it."""

    object: ObjectType
    id: str | None = None
    values: dict[str, str | int | None] = field(default_factory=dict)
    error: RowRefused | None = None


class RowReader:
    """Reads rows as the integration user: fields without read permission do not exist for it."""

    def __init__(self, schema: Schema, permissions: Permissions, storage: Storage) -> None:
        self._schema = schema
        self._permissions = permissions
        self._storage = storage

    def from_json(self, one: ObjectType, body: dict[str, Any]) -> ParsedRow:
        """Read one JSON record.

        Raises:
            RequestRefused: for an unknown field or a value of the wrong JSON type; such a body fails as a whole
        """
        row = ParsedRow(one)
        parents: list[tuple[str, Any]] = []
        for name, value in body.items():
            if name == "attributes":
                continue
            found = self._permissions.field(one, name)
            if found is not None and not (isinstance(value, dict) and one.relationship(name)):
                self._take_json(row, found, value)
                continue
            parents.append((name, value))
        for name, value in parents:
            reference = one.relationship(name)
            if reference is None or self._permissions.field(one, reference.name) is None:
                raise no_such_column(name, one.name)
            if value is not None:
                self._take_parent(row, reference, name, value)
        return row

    def _take_json(self, row: ParsedRow, found: Field, value: Any) -> None:
        try:
            if found.type is FieldType.ADDRESS:
                raise not_writeable([found.name])
            stored = from_json(found, value)
            if found.type is FieldType.ID:
                row.id = None if stored is None else str(stored)
            else:
                row.values[found.name] = stored
        except RowRefused as refused:
            row.error = row.error or refused

    def _take_parent(self, row: ParsedRow, reference: Field, name: str, value: Any) -> None:
        if not isinstance(value, dict):
            raise RequestRefused(
                400, "JSON_PARSER_ERROR", f"Cannot deserialize instance of {name} from {value!r}: an object is expected"
            )
        keys = {key: inner for key, inner in value.items() if key != "attributes"}
        target_name = (value.get("attributes") or {}).get("type")
        if reference.is_polymorphic and target_name is None:
            raise RequestRefused(
                400, "INVALID_FIELD", f"The relationship {name} is polymorphic: attributes.type must name the object"
            )
        target = self._schema.find(target_name or reference.references[0])
        if target is None or target.name not in reference.references or len(keys) != 1:
            raise RequestRefused(400, "INVALID_FIELD", f"Cannot reference {name} with {sorted(keys)}")
        (key_name, key_value), *_ = keys.items()
        try:
            refuse_second_name(row, reference, name)
            row.values[reference.name] = self.parent_id(target, key_name, str(key_value))
        except RowRefused as refused:
            row.error = row.error or refused

    def parent_id(self, target: ObjectType, key_name: str, value: str) -> str:
        """Return the id of the parent with this external id. Raises RowRefused when there is not exactly one."""
        key = self._permissions.field(target, key_name)
        if key is None or not key.is_upsert_key:
            raise no_such_column(key_name, target.name)
        matches = self.matches(target, key, from_csv(key, value))
        if not matches:
            raise RowRefused(
                "INVALID_FIELD",
                f"Foreign key external ID: {value} not found for field {key.name} in entity {target.name}",
                (key.name,),
            )
        if len(matches) > 1:
            raise RowRefused(
                "INVALID_FIELD",
                f"More than one record found for external id field: [{', '.join(matches)}]",
                (key.name,),
            )
        return matches[0]

    def matches(self, one: ObjectType, key: Field, value: str | int | None) -> list[str]:
        """Return the ids of live records with this value in a key field."""
        collation = "" if key.case_sensitive or not key.type.is_text else " collate nocase"
        sql = f'select "Id" from {quoted(one.name)} where {quoted(key.name)}{collation} = ? and "IsDeleted" = 0'
        return [row[0] for row in self._storage.read(sql, (value,))]


@dataclass(frozen=True)
class CsvColumn:
    """What one CSV header means: a field, or a parent's key field (`Account.Key__c`, `User:Owner.Username`)."""

    field: Field
    target: ObjectType | None = None
    key: str | None = None


class CsvRows:
    """Reads the rows of a bulk upload; the header is understood once."""

    def __init__(
        self, reader: RowReader, permissions: Permissions, schema: Schema, one: ObjectType, header: Iterable[str]
    ):
        self._reader = reader
        self._permissions = permissions
        self._schema = schema
        self._one = one
        self.columns = [self._column(name.strip()) for name in header]

    def _column(self, name: str) -> CsvColumn:
        found = self._permissions.field(self._one, name)
        if found is not None and found.type is not FieldType.ADDRESS:
            return CsvColumn(found)
        path, _, key = name.rpartition(".")
        prefix, _, relationship = path.rpartition(":")
        reference = self._one.relationship(relationship) if path else None
        if reference is None or self._permissions.field(self._one, reference.name) is None or "." in path:
            raise RowRefused("InvalidBatch", f"Field name not found : {name}")
        if reference.is_polymorphic != bool(prefix):
            raise RowRefused("InvalidBatch", f"Field name not found : {name}")
        target = self._schema.find(prefix or reference.references[0])
        key_field = None if target is None else self._permissions.field(target, key)
        if (
            target is None
            or target.name not in reference.references
            or key_field is None
            or not key_field.is_upsert_key
        ):
            raise RowRefused("InvalidBatch", f"Field name not found : {name}")
        return CsvColumn(reference, target, key_field.name)

    def row(self, cells: list[str]) -> ParsedRow:
        """Read one row: an empty cell leaves its field alone, `#N/A` sets it to null."""
        row = ParsedRow(self._one)
        filled = [(column, cell) for column, cell in zip(self.columns, cells, strict=True) if cell != ""]
        for column, cell in sorted(filled, key=lambda one: one[0].target is not None):
            try:
                if column.target is not None and column.key is not None and cell != "#N/A":
                    refuse_second_name(row, column.field, column.field.relationship or column.field.name)
                    row.values[column.field.name] = self._reader.parent_id(column.target, column.key, cell)
                elif column.field.type is FieldType.ID:
                    row.id = str(from_csv(column.field, cell))
                else:
                    row.values[column.field.name] = from_csv(column.field, cell)
            except RowRefused as refused:
                row.error = row.error or refused
        return row


def refuse_second_name(row: ParsedRow, reference: Field, relationship: str) -> None:
    """Refuse a parent that is named by its external id when the row gives its record id as well."""
    if row.values.get(reference.name) is not None:
        raise RowRefused(
            "INVALID_FIELD",
            f"Cannot specify both an external ID reference {relationship} and a salesforce id, {reference.name}",
            (reference.name,),
        )


def not_writeable(names: Iterable[str]) -> RowRefused:
    """The answer to writing a read-only field, or one that the user may only read."""
    listed = tuple(names)
    return RowRefused(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        f"Unable to create/update fields: {', '.join(listed)}. Please check the security settings of this field and "
        "verify that it is read/write for your profile or permission set.",
        listed,
    )
