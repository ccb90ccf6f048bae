"""Taking records away: recycle bin, hard delete, undelete, purge, merge, and the log behind `deleted/`.

Belongs here: what happens to a record's children, and the 15 days of the bin. Does not belong here: HTTP.
"""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

from datetime import datetime, timedelta

from xero_sf_pipeline.sandbox.salesforce.errors import RowRefused
from xero_sf_pipeline.sandbox.salesforce.sales_rules import refresh_opportunity
from xero_sf_pipeline.sandbox.salesforce.schema import Field, ObjectType
from xero_sf_pipeline.sandbox.salesforce.storage import quoted
from xero_sf_pipeline.sandbox.salesforce.values import datetime_to_storage
from xero_sf_pipeline.sandbox.salesforce.writes import Writer

BIN_LIFE = timedelta(days=15)
"""How long the recycle bin and the deleted log go back (REST guide, sObject Get Deleted)."""
_AUDIT = {"CreatedById", "LastModifiedById", "MasterRecordId"}


class Deletion:
    """Deletes, restores and merges records of one org."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._storage = writer.storage
        self._schema = writer.schema

    def delete(self, one: ObjectType, identity: str, *, trusted: bool = False, hard: bool = False) -> None:
        """Move a record and its dependants to the bin, or remove it for good. Joins an open transaction.

        Raises:
            RowRefused: unknown or already deleted record, no permission, or children that forbid it
        """
        permissions = self._writer.permissions
        if not trusted and not (one.deletable and permissions.can_write_object(one, "delete")):
            raise RowRefused("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", status=403)
        with self._storage.transaction() as stamp:
            found = self._writer.load(one, identity)
            if found is None:
                raise RowRefused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", status=404)
            if found["IsDeleted"] and not hard:
                raise RowRefused("ENTITY_IS_DELETED", "entity is deleted", status=404)
            if not found["IsDeleted"]:
                self._release_children(one, identity, stamp)
                self._mark(one, identity, stamp)
            if hard or not one.soft_delete:
                self._storage.write(f'delete from {quoted(one.name)} where "Id" = ?', (identity,))
            if one.name == "OpportunityLineItem":
                refresh_opportunity(self._storage, str(found["OpportunityId"]), stamp)
            if one.name == "PermissionSetAssignment":
                permissions.changed()

    def undelete(self, one: ObjectType, identity: str) -> None:
        """Bring one record back from the bin (its dependants stay there)."""
        with self._storage.transaction() as stamp:
            self._storage.write(
                f'update {quoted(one.name)} set "IsDeleted" = 0, "SystemModstamp" = ?, "LastModifiedDate" = ?'
                ' where "Id" = ?',
                (stamp, stamp, identity),
            )
            self._storage.write("delete from _deleted where object = ? and id = ?", (one.name, identity))

    def purge(self, now: datetime, *, everything: bool = False) -> int:
        """Empty the bin of what is older than its life, or of everything; return how many records vanished."""
        removed = 0
        limit = datetime_to_storage(now - BIN_LIFE)
        with self._storage.transaction():
            for one in self._schema:
                if not one.soft_delete:
                    continue
                old = "" if everything else ' and "SystemModstamp" < ?'
                parameters = () if everything else (limit,)
                sql = f'delete from {quoted(one.name)} where "IsDeleted" = 1{old}'
                removed += self._storage.write(sql, parameters)
            self._storage.write("delete from _deleted where deleted_at < ?", (limit,))
        return removed

    def merge(self, one: ObjectType, master: str, losers: list[str]) -> None:
        """Merge accounts or contacts: children move to the master, losers go to the bin and name it."""
        table = quoted(one.name)
        with self._storage.transaction() as stamp:
            for identity in (master, *losers):
                row = self._writer.load(one, identity)
                if row is None or row["IsDeleted"]:
                    raise RowRefused("INVALID_CROSS_REFERENCE_KEY", f"cannot merge: no live {one.label} {identity}")
            for loser in losers:
                for child, reference in self._children(one):
                    self._point(child, reference, loser, master, stamp)
                self._storage.write(f'update {table} set "MasterRecordId" = ? where "Id" = ?', (master, loser))
                self._mark(one, loser, stamp)
            sql = f'update {table} set "SystemModstamp" = ?, "LastModifiedDate" = ?'
            parent = {"Account": "ParentId", "Contact": "ReportsToId"}[one.name]
            sql += f', "{parent}" = nullif("{parent}", "Id") where "Id" = ?'
            self._storage.write(sql, (stamp, stamp, master))

    def _children(self, one: ObjectType) -> list[tuple[ObjectType, Field]]:
        return [(child, field) for child, field in self._schema.referring_to(one.name) if field.name not in _AUDIT]

    def _release_children(self, one: ObjectType, identity: str, stamp: str) -> None:
        for child, reference in self._children(one):
            sql = f'select "Id" from {quoted(child.name)} where {quoted(reference.name)} = ? and "IsDeleted" = 0'
            found = [row[0] for row in self._storage.read(sql, (identity,))]
            if not found:
                continue
            if reference.delete_constraint == "Restrict":
                raise RowRefused(
                    "DELETE_FAILED",
                    f"Your attempt to delete {identity} could not be completed because it is associated with the "
                    f"following {child.plural.lower()}.: {', '.join(found[:10])}",
                )
            if reference.delete_constraint == "Cascade":
                for dependant in found:
                    self.delete(child, dependant, trusted=True)
            else:
                self._point(child, reference, identity, None, stamp)

    def _point(self, child: ObjectType, reference: Field, old: str, new: str | None, stamp: str) -> None:
        column = quoted(reference.name)
        self._storage.write(
            f'update {quoted(child.name)} set {column} = ?, "SystemModstamp" = ?, "LastModifiedDate" = ?'
            f' where {column} = ? and "IsDeleted" = 0',
            (new, stamp, stamp, old),
        )

    def _mark(self, one: ObjectType, identity: str, stamp: str) -> None:
        self._storage.write(
            f'update {quoted(one.name)} set "IsDeleted" = 1, "SystemModstamp" = ?, "LastModifiedDate" = ?,'
            ' "LastModifiedById" = ? where "Id" = ?',
            (stamp, stamp, self._writer.user_id, identity),
        )
        self._storage.write("insert or replace into _deleted values (?, ?, ?)", (one.name, identity, stamp))
