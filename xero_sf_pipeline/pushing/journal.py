"""Writes the attempts of one push to the ledger, one short transaction a step, and remembers the newest of each write.

Belongs here: the tie between a push and the warehouse. Does not belong here: calls to a target; they happen between two
records of the journal, never inside one.
"""

from __future__ import annotations

from collections.abc import Sequence

from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import ApiError
from xero_sf_pipeline.pushing import ledger
from xero_sf_pipeline.pushing.ledger import Attempt, State
from xero_sf_pipeline.pushing.outcomes import ErrorClass
from xero_sf_pipeline.pushing.writes import Write
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

    def intend(self, writes: Sequence[Write], batch_id: str, idempotency_key: str | None = None) -> None:
        """Note what is about to be sent, so that a kill from here on leaves a trace."""
        self.record([Attempt(write, State.INTENT, batch_id, idempotency_key=idempotency_key) for write in writes])

    def refused(self, writes: Sequence[Write], batch_id: str, error: ApiError, error_class: ErrorClass) -> None:
        """Record that a call as a whole was refused, so that none of its writes was applied."""
        self.record([_failed(write, State.REJECTED, batch_id, error, error_class) for write in writes])

    def unanswered(self, writes: Sequence[Write], batch_id: str, error: ApiError) -> None:
        """Record that a call was sent and no usable answer came."""
        self.record([_failed(write, State.UNKNOWN, batch_id, error, None) for write in writes])

    def not_done(self, writes: Sequence[Write], batch_id: str, code: str, message: str) -> list[Write]:
        """Record that the writes did certainly not reach the records; return them, to be sent again."""
        self.record(
            [
                Attempt(
                    write,
                    State.REJECTED,
                    batch_id,
                    error_code=code,
                    error_class=ErrorClass.TRANSIENT,
                    message=message,
                )
                for write in writes
            ]
        )
        return list(writes)

    def state(self, write_id: str) -> State | None:
        """Return the state that this push brought the write to; None when it has not touched it."""
        attempt = self.newest.get(write_id)
        return attempt.state if attempt else None


def _failed(write: Write, state: State, batch_id: str, error: ApiError, error_class: ErrorClass | None) -> Attempt:
    return Attempt(
        write,
        state,
        batch_id,
        http_status=error.status,
        error_code=error.code,
        error_class=error_class,
        message=error.args[0],
    )
