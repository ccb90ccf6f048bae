"""What the pusher needs from one Xero tenant, as a protocol, and a target that counts its calls.

The client of `clients/xero.py` satisfies it, and so does an in-memory stand-in. Belongs here: the calls and the shapes
of their answers. Does not belong here: HTTP, the meaning of a message (`xero_outcomes.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from xero_sf_pipeline.pushing.calls import Tally
from xero_sf_pipeline.pushing.writes import XERO


class XeroRow(Protocol):
    """What Xero said about one element of a write."""

    @property
    def id(self) -> str | None:
        """The record's GUID, when it was saved."""

    @property
    def status(self) -> str:
        """OK, WARNING (saved, but not quite as sent) or ERROR (not saved)."""

    @property
    def messages(self) -> tuple[str, ...]:
        """Why it was not saved."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was saved differently."""

    @property
    def record(self) -> Mapping[str, Any]:
        """The element as it is now."""


class XeroPage(Protocol):
    """One page of records; fractions are Decimal, dates as Xero writes them."""

    @property
    def records(self) -> Sequence[Mapping[str, Any]]: ...

    @property
    def is_last(self) -> bool: ...


class XeroTarget(Protocol):
    """The calls that a push makes. Each is one request and raises the types of `errors.py` when it fails as a whole."""

    def create(
        self, object_name: str, elements: Sequence[Mapping[str, Any]], *, idempotency_key: str
    ) -> Sequence[XeroRow]:
        """Create records (PUT); answers are in the order of the input."""

    def update(
        self, object_name: str, elements: Sequence[Mapping[str, Any]], *, idempotency_key: str
    ) -> Sequence[XeroRow]:
        """Change records that name themselves by id (POST); answers are in the order of the input."""

    def changed(self, object_name: str, since: datetime | None, page: int = 1) -> XeroPage:
        """Read a page of what was created or changed since an instant, archived contacts too; summaries will do."""

    def by_ids(self, object_name: str, ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """Read at most 40 records by id, whole."""


XeroTargets = Callable[[str], XeroTarget]
"""Opens the access to a tenant by its id; asked only when something is to be sent or looked up there."""


class CountedXero:
    """A Xero target whose calls are counted."""

    def __init__(self, target: XeroTarget, tally: Tally, may_write: Callable[[], None] = lambda: None) -> None:
        self._target = target
        self.tally = tally
        self.may_write = may_write
        """Asked before an attempt to write is noted; raises when a person has stopped the push."""

    def create(
        self, object_name: str, elements: Sequence[Mapping[str, Any]], *, idempotency_key: str
    ) -> Sequence[XeroRow]:
        self.tally.called(XERO, "create", object_name)
        return self._target.create(object_name, elements, idempotency_key=idempotency_key)

    def update(
        self, object_name: str, elements: Sequence[Mapping[str, Any]], *, idempotency_key: str
    ) -> Sequence[XeroRow]:
        self.tally.called(XERO, "update", object_name)
        return self._target.update(object_name, elements, idempotency_key=idempotency_key)

    def changed(self, object_name: str, since: datetime | None, page: int = 1) -> XeroPage:
        self.tally.called(XERO, "changed", object_name)
        return self._target.changed(object_name, since, page)

    def by_ids(self, object_name: str, ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        self.tally.called(XERO, "by_ids", object_name)
        return self._target.by_ids(object_name, ids)
