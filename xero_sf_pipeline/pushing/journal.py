"""Writes the attempts of one push to the ledger, one short transaction a step, and remembers the newest of each write.

Belongs here: the tie between a push and the warehouse. Does not belong here: calls to Salesforce; they happen between
two records of the journal, never inside one.
"""

from __future__ import annotations

from collections.abc import Sequence

from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.pushing import ledger
from xero_sf_pipeline.pushing.ledger import Attempt, State
from xero_sf_pipeline.warehouse import Warehouse


class Journal:
    """The ledger as one push sees it."""

    def __init__(self, warehouse: Warehouse, clock: Clock, *, run_id: str, actor: str) -> None:
        self._warehouse = warehouse
        self._clock = clock
        self._run_id = run_id
        self._actor = actor
        self.newest: dict[str, Attempt] = {}
        """The newest attempt that this push recorded, by write_id."""

    def record(self, attempts: Sequence[Attempt]) -> None:
        """Commit the attempts; when this returns they survive a kill."""
        if not attempts:
            return
        with self._warehouse.transaction() as connection:
            ledger.append(connection, attempts, run_id=self._run_id, actor=self._actor, attempted_at=self._clock.now())
        self.newest.update({attempt.write.write_id: attempt for attempt in attempts})

    def state(self, write_id: str) -> State | None:
        """Return the state that this push brought the write to; None when it has not touched it."""
        attempt = self.newest.get(write_id)
        return attempt.state if attempt else None
