"""What an org's objects and fields are: the vocabulary that describe, SOQL, writes and storage share.

Belongs here: field and object types and the lookup of either by name without regard to case. Does not belong here:
the list of standard objects (`standard_objects`), metadata XML (`metadata_xml`) or who may see a field (`permissions`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class FieldType(StrEnum):
    """Field types by the names that `describe` gives them."""

    ID = "id"
    STRING = "string"
    TEXTAREA = "textarea"
    PICKLIST = "picklist"
    COMBOBOX = "combobox"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    BOOLEAN = "boolean"
    INT = "int"
    DOUBLE = "double"
    CURRENCY = "currency"
    PERCENT = "percent"
    DATE = "date"
    DATETIME = "datetime"
    REFERENCE = "reference"
    ADDRESS = "address"

    @property
    def is_number(self) -> bool:
        return self in _NUMBERS

    @property
    def is_text(self) -> bool:
        return self in _TEXTS


_NUMBERS = {FieldType.INT, FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT}
_TEXTS = {
    FieldType.STRING,
    FieldType.TEXTAREA,
    FieldType.PICKLIST,
    FieldType.COMBOBOX,
    FieldType.EMAIL,
    FieldType.PHONE,
    FieldType.URL,
}
LONG_TEXT = 4000
"""Text areas from this length on cannot stand in a WHERE or ORDER BY (SOQL guide: long text areas)."""


@dataclass(frozen=True)
class PicklistValue:
    """One active choice of a picklist."""

    value: str
    label: str = ""
    is_default: bool = False


@dataclass(frozen=True)
class Field:
    """One field. Numbers are stored as whole numbers of 10^-`scale`, so every decimal is exact."""

    name: str
    type: FieldType
    label: str = ""
    length: int = 0
    precision: int = 0
    scale: int = 0
    createable: bool = True
    updateable: bool = True
    required: bool = False
    external_id: bool = False
    unique: bool = False
    id_lookup: bool = False
    case_sensitive: bool = False
    restricted: bool = False
    picklist: tuple[PicklistValue, ...] = ()
    references: tuple[str, ...] = ()
    relationship: str | None = None
    delete_constraint: str = "SetNull"
    default: str | int | bool | None = None
    formula: str | None = None
    blank_as_zero: bool = False
    auto_number: str | None = None
    name_field: bool = False
    custom: bool = False
    components: tuple[str, ...] = ()
    help_text: str | None = None

    @property
    def is_long_text(self) -> bool:
        return self.type is FieldType.TEXTAREA and self.length >= LONG_TEXT

    @property
    def is_stored(self) -> bool:
        """Whether the field has a column: formulas and compound addresses are put together when read."""
        return self.formula is None and self.type is not FieldType.ADDRESS

    @property
    def is_polymorphic(self) -> bool:
        return len(self.references) > 1

    @property
    def is_upsert_key(self) -> bool:
        return self.external_id or self.id_lookup or self.type is FieldType.ID

    @property
    def title(self) -> str:
        return self.label or self.name


@dataclass
class ObjectType:
    """One kind of record. `fields` is keyed by lower-case name and keeps the order of definition."""

    name: str
    label: str
    plural: str
    key_prefix: str
    fields: dict[str, Field] = field(default_factory=dict)
    custom: bool = False
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    bulk: bool = True
    soft_delete: bool = True

    def find(self, name: str) -> Field | None:
        return self.fields.get(name.lower())

    def add(self, new: Field) -> None:
        self.fields[new.name.lower()] = new

    def relationship(self, name: str) -> Field | None:
        """Return the reference field whose relationship has this name (`Account`, `Owner`, `Parent__r`)."""
        wanted = name.lower()
        for candidate in self.fields.values():
            if candidate.relationship is not None and candidate.relationship.lower() == wanted:
                return candidate
        return None

    def stored(self) -> Iterator[Field]:
        return (candidate for candidate in self.fields.values() if candidate.is_stored)

    @property
    def name_field(self) -> Field | None:
        return next((candidate for candidate in self.fields.values() if candidate.name_field), None)


class Schema:
    """All objects of the org.

    `currency` is the field that every record gets in an org with several currencies; `has_places` says whether
    countries and states of addresses are chosen from a list.
    """

    def __init__(self, objects: Iterable[ObjectType]) -> None:
        self.currency: Field | None = None
        self.has_places = False
        self._objects = {one.name.lower(): one for one in objects}

    def find(self, name: str) -> ObjectType | None:
        return self._objects.get(name.lower())

    def get(self, name: str) -> ObjectType:
        """Return an object that must exist (a name from the schema itself, or from a test)."""
        found = self.find(name)
        if found is None:
            raise KeyError(f"the org has no object {name}")
        return found

    def add(self, new: ObjectType) -> None:
        self._objects[new.name.lower()] = new

    def by_prefix(self, prefix: str) -> ObjectType | None:
        return next((one for one in self._objects.values() if one.key_prefix == prefix), None)

    def __iter__(self) -> Iterator[ObjectType]:
        return iter(list(self._objects.values()))

    def referring_to(self, name: str) -> Iterator[tuple[ObjectType, Field]]:
        """Yield every stored field that may hold an id of the named object."""
        for one in self:
            for candidate in one.stored():
                if name in candidate.references:
                    yield one, candidate
