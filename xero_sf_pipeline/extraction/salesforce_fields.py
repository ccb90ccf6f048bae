"""Which fields of an object are in sight, now and when its rows were last read whole.

A field can go out of sight (its permission is taken away, it is deleted) or come into sight (deployed, granted) without
any record changing its stamp. Taken for empty values, the first would wipe what we know; the second would leave every
row that does not change without its value. Belongs here: noticing both. Does not belong here: the query.

Source: a field that field-level security hides is absent from the describe of that user.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import duckdb

from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import MissingPermission
from xero_sf_pipeline.extraction import bookkeeping
from xero_sf_pipeline.extraction.bookkeeping import Drift
from xero_sf_pipeline.extraction.salesforce_objects import OURS, SalesforceSource
from xero_sf_pipeline.warehouse import Warehouse

DESCRIPTION_LIFE = timedelta(hours=24)

_GRANT = "Assign the permission set Xero_Sync to the integration user (`xero-sf salesforce deploy`)"


class Describes(Protocol):
    """Tells which fields a user may read."""

    def visible_fields(self, object_name: str) -> frozenset[str] | None:
        """The fields that this user may read; None when the org has no such object."""


@dataclass(frozen=True)
class FieldsInSight:
    """The mirrored fields of one object that can be read.

    Attributes:
        api_names: those of the source's fields that the user may read.
        appeared: those among them that the stored rows were read without.
        vanished: those that the stored rows were read with, and that cannot be read any more.
        is_kept: whether this is what an earlier run was told, not a fresh answer.
    """

    api_names: frozenset[str]
    appeared: frozenset[str] = frozenset()
    vanished: frozenset[str] = frozenset()
    is_kept: bool = False

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
        present = frozenset(field.api_name for field in source.all_fields if field.described_name in described)
        stored = self._stored(source)
        if source.only_with is not None and source.only_with not in present and stored is None:
            return None
        sight = FieldsInSight(
            present,
            frozenset() if stored is None else present - stored,
            frozenset() if stored is None else (stored & _names(source)) - present,
            is_kept,
        )
        needed = {field.api_name for field in source.all_fields if not field.is_optional}
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
        known = set(sight.api_names) if is_full or kept is None else set(kept[0]) & _names(source)
        if kept is None or known != set(kept[0]):
            bookkeeping.keep_fact(connection, "salesforce", self.org_id, name, sorted(known), self.clock.now())

    def _stored(self, source: SalesforceSource) -> frozenset[str] | None:
        with self.warehouse.transaction() as connection:
            kept = bookkeeping.read_fact(connection, "salesforce", self.org_id, _stored_name(source))
        return frozenset(kept[0]) if kept else None

    def _described(self, source: SalesforceSource, fresh: bool) -> tuple[Collection[str] | None, bool]:
        name = f"fields of {source.object_name}"
        if not fresh:
            with self.warehouse.transaction() as connection:
                kept = bookkeeping.read_fact(connection, "salesforce", self.org_id, name)
            if kept and self.clock.now() - kept[1] < DESCRIPTION_LIFE and _may_stand(source, kept[0]):
                return kept[0], True
        visible = self.client.visible_fields(source.object_name)
        with self.warehouse.transaction() as connection:
            bookkeeping.forget_fact(connection, "salesforce", self.org_id, name)
            if _may_stand(source, visible):
                described = None if visible is None else sorted(visible)
                bookkeeping.keep_fact(connection, "salesforce", self.org_id, name, described, self.clock.now())
        return visible, False


def _stored_name(source: SalesforceSource) -> str:
    return f"stored fields of {source.object_name}"


def _names(source: SalesforceSource) -> frozenset[str]:
    return frozenset(field.api_name for field in source.all_fields)


def _may_stand(source: SalesforceSource, described: Collection[str] | None) -> bool:
    """Whether a description may stand for a day: nothing of ours is missing in it, which may come any minute."""
    if described is None:
        return source.is_optional and not source.is_ours
    return all(field.api_name in described for field in source.all_fields if field.api_name.startswith(OURS))
