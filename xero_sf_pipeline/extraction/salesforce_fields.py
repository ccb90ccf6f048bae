"""Which fields of an object are in sight, now and when its rows were last read whole.

A field can go out of sight (its permission is taken away, it is deleted) or come into sight (deployed, granted) without
any record changing its stamp. Taken for empty values, the first would wipe what we know; the second would leave every
row that does not change without its value. Belongs here: noticing both. Does not belong here: the query, and where the
description is kept (`mirrored_schema`).

Source: a field that field-level security hides is absent from the describe of that user.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import duckdb

from xero_sf_pipeline.clients.salesforce_results import ObjectDescription
from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import MissingPermission, NotFound
from xero_sf_pipeline.extraction import bookkeeping
from xero_sf_pipeline.extraction.bookkeeping import Drift
from xero_sf_pipeline.extraction.mirrored_schema import described_types, keep_description
from xero_sf_pipeline.extraction.salesforce_objects import MAPPED_FIELDS, OURS, SalesforceSource, with_types
from xero_sf_pipeline.warehouse import Warehouse

DESCRIPTION_LIFE = timedelta(hours=24)

_GRANT = "Assign the permission set Xero_Sync to the integration user (`xero-sf salesforce deploy`)"


class Describes(Protocol):
    """Tells which fields a user may read, and what they are."""

    def describe(self, object_name: str) -> ObjectDescription:
        """The object as this user sees it. Raises NotFound when the org has no such object."""


@dataclass(frozen=True)
class FieldsInSight:
    """The mirrored fields of one object that can be read.

    Attributes:
        api_names: those of the source's fields that the user may read.
        stored_names: the same as they are remembered of the rows that are read with them.
        appeared: those among them (by stored name) that the stored rows were read without.
        vanished: those that the stored rows were read with, and that cannot be read any more.
        is_kept: whether this is what an earlier run was told, not a fresh answer.
        types: API name -> described type, of every field that the user may read.
    """

    api_names: frozenset[str]
    stored_names: frozenset[str]
    appeared: frozenset[str] = frozenset()
    vanished: frozenset[str] = frozenset()
    is_kept: bool = False
    types: Mapping[str, str] = field(default_factory=dict)

    @property
    def drifts(self) -> tuple[Drift, ...]:
        return tuple(Drift("vanished_field", name, "") for name in sorted(self.vanished))


@dataclass(frozen=True)
class FieldSight:
    """Looks at objects of one org, through a description that is a day old at most."""

    warehouse: Warehouse
    client: Describes
    clock: Clock
    org_id: str

    def look(self, source: SalesforceSource, *, fresh: bool = False, may_vanish: bool = False) -> FieldsInSight | None:
        """Return the fields in sight, None when the org lacks an optional object or the field that marks its records.

        A description without our own fields is not kept: they may be deployed any minute.

        Args:
            fresh: ask Salesforce, whatever is known
            may_vanish: everything is read again, so that a standard field may be gone on purpose

        Raises:
            MissingPermission: the object or a field that is needed, or one that was read before, is out of sight.
        """
        described, is_kept = self._described(source, fresh)
        if described is None:
            if source.is_optional:
                return None
            raise MissingPermission(
                f"The Salesforce user cannot see the object {source.object_name}.",
                system="salesforce",
                remedy=f"{_GRANT}.",
            )
        source = with_types(source, described)
        in_sight = [one for one in source.all_fields if one.described_name in described]
        present = frozenset(one.api_name for one in in_sight)
        stored = self._stored(source)
        if source.only_with is not None and source.only_with not in present and stored is None:
            return None
        sight = FieldsInSight(
            present,
            names := frozenset(one.stored_name for one in in_sight),
            frozenset() if stored is None else names - stored,
            frozenset() if stored is None else _read_with(stored, source) - present,
            is_kept,
            described,
        )
        needed = {one.api_name for one in source.all_fields if not one.is_optional}
        lost = {name for name in sight.vanished if not may_vanish or name.startswith(OURS)}
        hidden = sorted((needed - present) | lost)
        if hidden and is_kept:
            return self.look(source, fresh=True, may_vanish=may_vanish)
        if hidden:
            raise MissingPermission(
                f"The Salesforce user cannot read {', '.join(f'{source.object_name}.{name}' for name in hidden)}.",
                system="salesforce",
                remedy=(
                    f"{_GRANT}, or give its profile read access to the field. Nothing was stored and the cursor stays."
                    " If a standard field is gone on purpose, `xero-sf sync --sweep` reads everything without it."
                ),
            )
        return sight

    def forget(self) -> None:
        """Describe every object anew at the next look: after a deployment or a change of permissions."""
        with self.warehouse.transaction() as connection:
            bookkeeping.forget_fact(connection, "salesforce", self.org_id, "fields of %")

    def keep_stored(
        self, connection: duckdb.DuckDBPyConnection, source: SalesforceSource, sight: FieldsInSight, *, is_full: bool
    ) -> None:
        """Remember what the stored rows were read with. Belongs into the transaction that stores them.

        A field that is not asked for any more (the policy named it once) is forgotten at once: the rows of this walk
        were read without it.
        """
        name = _stored_name(source)
        kept = bookkeeping.read_fact(connection, "salesforce", self.org_id, name)
        known = sight.stored_names if is_full or kept is None else set(kept[0]) & sight.stored_names
        if kept is None or known != set(kept[0]):
            bookkeeping.keep_fact(connection, "salesforce", self.org_id, name, sorted(known), self.clock.now())

    def _stored(self, source: SalesforceSource) -> frozenset[str] | None:
        with self.warehouse.transaction() as connection:
            kept = bookkeeping.read_fact(connection, "salesforce", self.org_id, _stored_name(source))
        return frozenset(kept[0]) if kept else None

    def _described(self, source: SalesforceSource, fresh: bool) -> tuple[Mapping[str, str] | None, bool]:
        """API name -> type of the fields in sight, None when the org lacks the object; and whether it was known."""
        name = f"fields of {source.object_name}"
        if not fresh:
            with self.warehouse.transaction() as connection:
                kept = bookkeeping.read_fact(connection, "salesforce", self.org_id, name)
                known = described_types(connection, self.org_id, source.object_name) or None
            is_told = kept is not None and kept[0] is (known is not None)
            if kept and is_told and self.clock.now() - kept[1] < DESCRIPTION_LIFE and _may_stand(source, known):
                return known, True
        described = self._ask(source.object_name)
        types = None if described is None else {one.name: one.type for one in described.fields.values()}
        with self.warehouse.transaction() as connection:
            now = self.clock.now()
            fields = {} if described is None else described.fields
            keep_description(connection, self.org_id, source.object_name, fields, now)
            bookkeeping.forget_fact(connection, "salesforce", self.org_id, name)
            if _may_stand(source, types):
                bookkeeping.keep_fact(connection, "salesforce", self.org_id, name, types is not None, now)
        return types, False

    def _ask(self, object_name: str) -> ObjectDescription | None:
        try:
            return self.client.describe(object_name)
        except NotFound:
            return None


def _stored_name(source: SalesforceSource) -> str:
    return f"stored fields of {source.object_name}"


def _read_with(stored: frozenset[str], source: SalesforceSource) -> frozenset[str]:
    """The API names among the source's fields that the stored rows were read with, whatever their type was then."""
    mapped = {name.split(" ")[1] for name in stored if " " in name}
    return frozenset(
        one.api_name
        for one in source.all_fields
        if (one.api_name in mapped if one.column == MAPPED_FIELDS else one.api_name in stored)
    )


def _may_stand(source: SalesforceSource, described: Collection[str] | None) -> bool:
    """Whether a description may stand for a day: nothing of ours is missing in it, which may come any minute."""
    if described is None:
        return source.is_optional and not source.is_ours
    return all(one.api_name in described for one in source.all_fields if one.api_name.startswith(OURS))
