"""Who may see and change what: the integration user's object and field permissions.

Belongs here: grants of deployed permission sets, their assignment, and fields that a test hides. Does not belong here:
what an answer looks like when something is hidden (SOQL and writes treat it as absent).

Custom objects and fields open only through an assigned permission set; required fields and name fields need no grant,
as in a real org. Standard objects and fields are open to the integration user, as if its profile granted them, unless
`only_granted` is set: then the profile grants nothing (Minimum Access - API Only Integrations) and everything that the
user does must be in a permission set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from xero_sf_pipeline.sandbox.salesforce.field_security import (
    EDIT_TASKS,
    GOVERNED_BY,
    OBJECTS_WITH_PERMISSIONS,
    has_field_security,
    permission_name,
)
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
    only_granted: bool = False
    _readable: set[str] | None = None
    _editable: set[str] = field(default_factory=set)
    _objects: dict[str, ObjectGrant] = field(default_factory=dict)
    _user_permissions: set[str] = field(default_factory=set)

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
        return found if found is not None and self._may(found, "read") else None

    def field(self, one: ObjectType, name: str) -> Field | None:
        """Return a field that the user may read, else None."""
        found = one.find(name)
        return found if found is not None and self.can_read(one, found) else None

    def can_read(self, one: ObjectType, found: Field) -> bool:
        if (one.name.lower(), found.name.lower()) in self.hidden:
            return False
        if self._is_open(one, found):
            return True
        self._work_out()
        return permission_name(one, found).lower() in (self._readable or ())

    def can_edit(self, one: ObjectType, found: Field) -> bool:
        key = (one.name.lower(), found.name.lower())
        if key in self.read_only or not self.can_read(one, found):
            return False
        return self._is_open(one, found) or permission_name(one, found).lower() in self._editable

    def can_write_object(self, one: ObjectType, operation: str) -> bool:
        """Tell whether the user may `create`, `edit` or `delete` records of this object."""
        return self._may(one, operation)

    def _is_open(self, one: ObjectType, found: Field) -> bool:
        return not has_field_security(one, found) or not (found.custom or self.only_granted)

    def _may(self, one: ObjectType, operation: str) -> bool:
        if not (one.custom or self.only_granted):
            return True
        self._work_out()
        if one.name == "Task":
            return operation == "read" or EDIT_TASKS in self._user_permissions
        governing = GOVERNED_BY.get(one.name, one.name)
        if not one.custom and governing not in OBJECTS_WITH_PERMISSIONS:
            return operation == "read"
        grant = self._objects.get(governing.lower())
        needed = operation if governing == one.name or operation == "read" else "edit"
        return grant is not None and bool(getattr(grant, needed))

    def _work_out(self) -> None:
        if self._readable is not None:
            return
        self._readable, self._editable, self._objects, self._user_permissions = set(), set(), {}, set()
        for name in self.assigned():
            grants = self.sets.get(name.lower())
            if grants is None:
                continue
            self._user_permissions.update(grants.user_permissions)
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
