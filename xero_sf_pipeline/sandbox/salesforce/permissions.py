"""Who may see and change what: the integration user's object and field permissions.

Belongs here: grants of deployed permission sets, their assignment, and fields that a test hides. Does not belong here:
what an answer looks like when something is hidden (SOQL and writes treat it as absent).

Standard objects and fields are open to the integration user. Custom objects and fields open only through an assigned
permission set; required fields and name fields need no grant, as in a real org.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from xero_sf_pipeline.sandbox.salesforce.schema import Field, ObjectType, Schema


@dataclass(frozen=True)
class ObjectGrant:
    """What a permission set allows on one object."""

    name: str
    read: bool = False
    create: bool = False
    edit: bool = False
    delete: bool = False


@dataclass(frozen=True)
class FieldGrant:
    """What a permission set allows on one field, named `Object.Field`."""

    name: str
    readable: bool
    editable: bool


@dataclass(frozen=True)
class PermissionSetGrants:
    """The parsed content of one permission set."""

    name: str
    label: str
    fields: tuple[FieldGrant, ...] = ()
    objects: tuple[ObjectGrant, ...] = ()
    user_permissions: tuple[str, ...] = ()


@dataclass
class Permissions:
    """The integration user's view of the org. `assigned` names the permission sets assigned to that user."""

    schema: Schema
    assigned: Callable[[], Iterable[str]]
    sets: dict[str, PermissionSetGrants] = field(default_factory=dict)
    hidden: set[tuple[str, str]] = field(default_factory=set)
    read_only: set[tuple[str, str]] = field(default_factory=set)
    _readable: set[str] | None = None
    _editable: set[str] = field(default_factory=set)
    _objects: dict[str, ObjectGrant] = field(default_factory=dict)

    def changed(self) -> None:
        """Forget what was worked out: a permission set or an assignment was changed."""
        self._readable = None

    def hide(self, object_name: str, field_name: str, *, only_writing: bool = False) -> None:
        """Take a field away from the integration user, wholly or for writing."""
        (self.read_only if only_writing else self.hidden).add((object_name.lower(), field_name.lower()))

    def show(self, object_name: str, field_name: str) -> None:
        """Undo `hide`."""
        for taken in (self.hidden, self.read_only):
            taken.discard((object_name.lower(), field_name.lower()))

    def object(self, name: str) -> ObjectType | None:
        """Return an object that the user may read, else None."""
        found = self.schema.find(name)
        if found is None or not found.custom:
            return found
        self._work_out()
        grant = self._objects.get(found.name.lower())
        return found if grant is not None and grant.read else None

    def field(self, one: ObjectType, name: str) -> Field | None:
        """Return a field that the user may read, else None."""
        found = one.find(name)
        return found if found is not None and self.can_read(one, found) else None

    def can_read(self, one: ObjectType, found: Field) -> bool:
        if (one.name.lower(), found.name.lower()) in self.hidden:
            return False
        if not found.custom or found.required or found.name_field:
            return True
        self._work_out()
        return f"{one.name}.{found.name}".lower() in (self._readable or ())

    def can_edit(self, one: ObjectType, found: Field) -> bool:
        key = (one.name.lower(), found.name.lower())
        if key in self.read_only or not self.can_read(one, found):
            return False
        if not found.custom or found.required or found.name_field:
            return True
        return f"{one.name}.{found.name}".lower() in self._editable

    def can_write_object(self, one: ObjectType, operation: str) -> bool:
        """Tell whether the user may `create`, `edit` or `delete` records of this object."""
        if not one.custom:
            return True
        self._work_out()
        grant = self._objects.get(one.name.lower())
        return grant is not None and bool(getattr(grant, operation))

    def _work_out(self) -> None:
        if self._readable is not None:
            return
        self._readable, self._editable, self._objects = set(), set(), {}
        for name in self.assigned():
            grants = self.sets.get(name.lower())
            if grants is None:
                continue
            for one in grants.fields:
                if one.readable or one.editable:
                    self._readable.add(one.name.lower())
                if one.editable:
                    self._editable.add(one.name.lower())
            for granted in grants.objects:
                before = self._objects.get(granted.name.lower(), ObjectGrant(granted.name))
                self._objects[granted.name.lower()] = ObjectGrant(
                    granted.name,
                    before.read or granted.read,
                    before.create or granted.create,
                    before.edit or granted.edit,
                    before.delete or granted.delete,
                )


class Unrestricted:
    """The view of the org's own machinery (validation rules, triggers): everything is visible."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def object(self, name: str) -> ObjectType | None:
        return self.schema.find(name)

    def field(self, one: ObjectType, name: str) -> Field | None:
        return one.find(name)
