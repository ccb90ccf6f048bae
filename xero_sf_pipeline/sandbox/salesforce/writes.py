"""Saving records: insert, update, upsert, with every check that holds for all objects.

Belongs here: permissions, required fields, references, uniqueness, audit fields and the fate of each row of a batch.
Does not belong here: reading input (`row_input`), deleting and merging (`deletion`), one object's own rules
(`object_rules`).
"""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from xero_sf_pipeline.sandbox.salesforce.errors import RowRefused, RowResult
from xero_sf_pipeline.sandbox.salesforce.object_rules import after_save, before_save
from xero_sf_pipeline.sandbox.salesforce.org_rules import OrgRules
from xero_sf_pipeline.sandbox.salesforce.permissions import Permissions
from xero_sf_pipeline.sandbox.salesforce.places import check_places
from xero_sf_pipeline.sandbox.salesforce.row_input import ParsedRow, RowReader, not_writeable
from xero_sf_pipeline.sandbox.salesforce.saving import Saving
from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType, ObjectType, Schema
from xero_sf_pipeline.sandbox.salesforce.soql.compiler import Today
from xero_sf_pipeline.sandbox.salesforce.storage import Storage, quoted

Sabotage = Callable[[int, ParsedRow], RowRefused | None]
"""Says whether a fault hits row number i of a batch."""


@dataclass(frozen=True)
class WriteOptions:
    """How one call wants its rows saved.

    `trusted` is the org's own hand (seeds, tests, other users): it skips field permissions and may set audit fields.
    """

    all_or_none: bool = False
    allow_duplicates: bool = False
    auto_assign: bool = True
    trusted: bool = False
    update_only: bool = False
    sabotage: Sabotage | None = None


class _RolledBackError(Exception):
    pass


class Writer:
    """Saves rows of one org as one user."""

    def __init__(
        self,
        schema: Schema,
        storage: Storage,
        permissions: Permissions,
        rules: OrgRules,
        user: Callable[[], str],
        today: Callable[[], Today],
    ) -> None:
        self.schema = schema
        self.storage = storage
        self.permissions = permissions
        self.rules = rules
        self.reader = RowReader(schema, permissions, storage)
        self._user = user
        self._today = today

    @property
    def user_id(self) -> str:
        """The user in whose name records are saved."""
        return self._user()

    def save(
        self, operation: str, rows: Sequence[ParsedRow], options: WriteOptions, key: str | None = None
    ) -> list[RowResult]:
        """Save rows in one commit and return one result per row, in order.

        Args:
            operation: insert, update or upsert
            rows: what to save; a row that carries an error fails with it
            key: for upsert, the external id field that decides between insert and update (`Id` is allowed)
        """
        results: list[RowResult] = []
        try:
            with self.storage.transaction() as stamp:
                twice = self._twice(operation, rows, key)
                for position, row in enumerate(rows):
                    results.append(self._one(operation, position, row, options, key, twice, stamp))
                if options.all_or_none and not all(result.success for result in results):
                    raise _RolledBackError
        except _RolledBackError:
            return [_victim(result) for result in results]
        return results

    def _one(
        self,
        operation: str,
        position: int,
        row: ParsedRow,
        options: WriteOptions,
        key: str | None,
        twice: set[str],
        stamp: str,
    ) -> RowResult:
        created: bool | None = None
        try:
            with self.storage.transaction():
                if row.error is not None:
                    raise row.error
                fault = options.sabotage(position, row) if options.sabotage is not None else None
                if fault is not None:
                    raise fault
                action = operation
                if operation == "upsert":
                    action = self._decide(row, key or "Id", twice, options.update_only)
                    created = action == "insert"
                elif row.id in twice:
                    raise RowRefused("DUPLICATE_VALUE", f"duplicate id in list: {row.id}")
                identity = (
                    self._insert(row, options, stamp) if action == "insert" else self._update(row, options, stamp)
                )
            return RowResult(True, identity, created)
        except RowRefused as refused:
            return RowResult(False, row.id, created, (refused,))

    def _twice(self, operation: str, rows: Sequence[ParsedRow], key: str | None) -> set[str]:
        if operation == "upsert" and key not in (None, "Id"):
            seen = Counter(str(value).lower() for row in rows if (value := row.values.get(key or "")) is not None)
        elif operation != "insert":
            seen = Counter(row.id for row in rows if row.id is not None)
        else:
            return set()
        return {value for value, count in seen.items() if count > 1}

    def _decide(self, row: ParsedRow, key: str, twice: set[str], update_only: bool) -> str:
        if key == "Id":
            if row.id in twice:
                raise RowRefused("DUPLICATE_VALUE", f"Duplicate id specified: {row.id}")
            return "insert" if row.id is None else "update"
        field = row.object.find(key)
        value = row.values.get(key)
        if field is None or value is None:
            raise RowRefused("MISSING_ARGUMENT", f"{key} not specified")
        if row.id is not None:
            raise RowRefused(
                "INVALID_FIELD",
                f"cannot specify both an external ID reference {key} and a salesforce id, Id",
                (key, "Id"),
            )
        if str(value).lower() in twice:
            raise RowRefused("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", (key,))
        matches = self.reader.matches(row.object, field, value)
        if len(matches) > 1:
            refused = RowRefused(
                "DUPLICATE_EXTERNAL_ID", f"{key}: more than one record found for external id field: {matches}", (key,)
            )
            refused.details["matches"] = matches
            raise refused
        if not matches:
            if update_only:
                raise RowRefused("NOT_FOUND", "The requested resource does not exist", status=404)
            return "insert"
        row.id = matches[0]
        del row.values[field.name]  # it only finds the record: a match in other letter case changes nothing
        return "update"

    def _insert(self, row: ParsedRow, options: WriteOptions, stamp: str) -> str:
        one = row.object
        if row.id is not None and not options.trusted:
            raise RowRefused("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ("Id",))
        if not options.trusted and not (one.createable and self.permissions.can_write_object(one, "create")):
            raise _no_access(one)
        self._check_fields(one, row, options, inserting=True)
        user = self._user()
        complete: dict[str, Any] = {
            field.name: _default(field) for field in one.stored() if field.type is not FieldType.ID
        }
        complete |= {"CreatedDate": stamp, "LastModifiedDate": stamp, "SystemModstamp": stamp}
        complete |= {"CreatedById": user, "LastModifiedById": user}
        if "OwnerId" in complete:
            complete["OwnerId"] = user
        complete |= row.values
        if one.name == "Case" and options.auto_assign and self.rules.case_assignment_owner is not None:
            complete["OwnerId"] = self.rules.case_assignment_owner
        for field in one.stored():
            if field.auto_number is not None and complete.get(field.name) is None:
                complete[field.name] = _auto_number(
                    field.auto_number, self.storage.next_serial(f"{one.name}.{field.name}")
                )
        identity = row.id or self.storage.new_id(one)
        given = frozenset(row.values)
        saving = Saving(self.storage, complete, None, given, stamp, identity)
        self._check_row(one, identity, saving, options, set(complete))
        names = ["Id", *complete]
        slots = ", ".join("?" * len(names))
        columns = ", ".join(quoted(name) for name in names)
        self.storage.write(
            f"insert into {quoted(one.name)} ({columns}) values ({slots})",
            (identity, *complete.values()),
        )
        self._finish(one, identity, saving)
        return identity

    def _update(self, row: ParsedRow, options: WriteOptions, stamp: str) -> str:
        one = row.object
        if row.id is None:
            raise RowRefused("MISSING_ARGUMENT", "Id not specified in an update call", ("Id",))
        if not options.trusted and not (one.updateable and self.permissions.can_write_object(one, "edit")):
            raise _no_access(one)
        before = self.load(one, row.id)
        if before is None:
            raise RowRefused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", status=404)
        if before["IsDeleted"]:
            raise RowRefused("ENTITY_IS_DELETED", "entity is deleted", status=404)
        is_private = one.name == "Task" and self.rules.private_activities and not options.trusted
        if is_private and before["OwnerId"] != self._user():
            raise _no_access(one)
        self._check_fields(one, row, options, inserting=False)
        complete = {**before, "LastModifiedDate": stamp, "SystemModstamp": stamp, "LastModifiedById": self._user()}
        complete |= row.values
        saving = Saving(self.storage, complete, before, frozenset(row.values), stamp, row.id)
        self._check_row(one, row.id, saving, options, {n for n, v in row.values.items() if before.get(n) != v})
        changed = [name for name, value in complete.items() if value != before.get(name)]
        if changed:
            pairs = ", ".join(f"{quoted(name)} = ?" for name in changed)
            values = [complete[name] for name in changed]
            self.storage.write(f'update {quoted(one.name)} set {pairs} where "Id" = ?', (*values, row.id))
        self._finish(one, row.id, saving)
        return row.id

    def load(self, one: ObjectType, identity: str) -> dict[str, Any] | None:
        """Return a record in stored form, deleted or not."""
        names = list(dict.fromkeys(["IsDeleted", *(field.name for field in one.stored())]))
        columns = ", ".join(quoted(name) for name in names)
        found = self.storage.one(f'select {columns} from {quoted(one.name)} where "Id" = ?', (identity,))
        if found is None:
            return None
        row = dict(zip(names, found, strict=True))
        row.pop("Id", None)
        return row

    def _check_fields(self, one: ObjectType, row: ParsedRow, options: WriteOptions, *, inserting: bool) -> None:
        if options.trusted:
            return
        refused = []
        for name in row.values:
            field = one.find(name)
            assert field is not None
            allowed = field.createable if inserting else field.updateable
            if not allowed or field.formula is not None or not self.permissions.can_edit(one, field):
                refused.append(field.name)
        if refused:
            raise not_writeable(refused)

    def _check_row(
        self, one: ObjectType, identity: str, saving: Saving, options: WriteOptions, changed: set[str]
    ) -> None:
        missing = [field.name for field in one.stored() if field.required and saving.row.get(field.name) is None]
        if missing:
            raise RowRefused(
                "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", tuple(missing)
            )
        for name in changed:
            field = one.find(name)
            value = saving.row.get(name)
            if field is not None and field.type is FieldType.REFERENCE and value is not None and name in saving.given:
                self._check_reference(one, field, str(value))
        if self.schema.has_places:
            check_places(one.name, saving)
        before_save(one.name, saving)
        for name in changed:
            field = one.find(name)
            if field is not None and field.unique and saving.row.get(name) is not None:
                self._check_unique(one, field, identity, saving.row[name])
        if self.rules.duplicates:
            self.rules.check_duplicates(one, identity, saving.row, options.allow_duplicates)

    def _check_reference(self, one: ObjectType, field: Field, value: str) -> None:
        target = self.schema.by_prefix(value[:3])
        if target is None or target.name not in field.references:
            raise RowRefused("MALFORMED_ID", f"{field.title}: id value of incorrect type: {value}", (field.name,))
        if target.name == "RecordType":
            self._check_record_type(one, field, value)
            return
        extra = '"IsActive"' if target.name == "User" else "1"
        found = self.storage.one(
            f'select "IsDeleted", {extra} from {quoted(target.name)} where "Id" = ?',
            (value,),
        )
        if found is None:
            raise RowRefused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (field.name,))
        if found[0]:
            raise RowRefused("ENTITY_IS_DELETED", "entity is deleted", (field.name,))
        if field.name == "OwnerId" and not found[1]:
            raise RowRefused(
                "INACTIVE_OWNER_OR_USER",
                f"operation performed with inactive user [{value}] as owner of {one.name.lower()}",
                ("OwnerId",),
            )

    def _check_record_type(self, one: ObjectType, field: Field, value: str) -> None:
        sql = 'select 1 from "RecordType" where "Id" = ? and "SobjectType" = ? and "IsActive" = 1'
        if self.storage.one(sql, (value, one.name)) is None:
            message = f"{field.title}: this ID value isn't valid for the user: {value}"
            raise RowRefused("INVALID_CROSS_REFERENCE_KEY", message, (field.name,))

    def _check_unique(self, one: ObjectType, field: Field, identity: str, value: Any) -> None:
        for other in self.reader.matches(one, field, value):
            if other != identity:
                raise RowRefused(
                    "DUPLICATE_VALUE",
                    f"duplicate value found: {field.name} duplicates value on record with id: {other}",
                )

    def _finish(self, one: ObjectType, identity: str, saving: Saving) -> None:
        after_save(one.name, saving)
        if self.rules.validation or self.rules.deployed:
            self.rules.check_saved(one, identity, self._today())
        if one.name == "PermissionSetAssignment":
            self.permissions.changed()


def _victim(result: RowResult) -> RowResult:
    if not result.success:
        return result
    rolled_back = RowRefused(
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "Record rolled back because not all records were valid and the request was using AllOrNone header",
    )
    return RowResult(False, None, result.created, (rolled_back,))


def _no_access(one: ObjectType) -> RowRefused:
    return RowRefused(
        "INSUFFICIENT_ACCESS_OR_READONLY",
        f"entity type cannot be changed by this user: {one.name}; insufficient access rights on object",
        status=403,
    )


def _default(field: Field) -> str | int | None:
    if field.type is FieldType.BOOLEAN:
        return int(bool(field.default))
    return None if field.default is None else str(field.default)


def _auto_number(pattern: str, serial: int) -> str:
    """Fill a display format such as `SL-{000000}`."""
    start, end = pattern.index("{"), pattern.index("}")
    return f"{pattern[:start]}{serial:0{end - start - 1}d}{pattern[end + 1 :]}"
