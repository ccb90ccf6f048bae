"""Brings the writes of one Xero tenant there, and settles what an earlier push left open.

Belongs here: look first, cut into batches, rounds. Does not belong here: order between objects (`ordering.py`), one
call (`xero_call.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import ApiError
from xero_sf_pipeline.pushing import outcomes
from xero_sf_pipeline.pushing.journal import Journal
from xero_sf_pipeline.pushing.ledger import Unsettled
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.recovery import abandoned_attempts, may_still_arrive
from xero_sf_pipeline.pushing.settlement import settled_by
from xero_sf_pipeline.pushing.stop import PushStopped
from xero_sf_pipeline.pushing.verification import Finding, Verdict
from xero_sf_pipeline.pushing.writes import Write
from xero_sf_pipeline.pushing.xero_call import XeroCall, refusal_before_sending, size_of
from xero_sf_pipeline.pushing.xero_lookup import XeroLookup
from xero_sf_pipeline.pushing.xero_objects import element, is_create
from xero_sf_pipeline.pushing.xero_target import CountedXero


class XeroDelivery:
    """Sends waves to one tenant. Every write that it takes ends in the ledger, or the tenant's part of the push stops.

    Args:
        cursors: up to which instant the mirror knows each collection of this tenant
    """

    def __init__(
        self,
        target: CountedXero,
        journal: Journal,
        clock: Clock,
        pacing: Pacing,
        cursors: Mapping[str, datetime],
        progress: Callable[[Sequence[Write]], None],
    ) -> None:
        self._target = target
        self._journal = journal
        self._clock = clock
        self._pacing = pacing
        self._progress = progress
        self._lookup = XeroLookup(target, cursors)
        self._call = XeroCall(target, journal, self._lookup, pacing, clock)

    def deliver(self, wave: Sequence[Write]) -> None:
        """Look for what is there, then send what may go; a wave holds one object and no record twice.

        Raises:
            PushStopped: nothing more can be sent to this tenant now.
        """
        refused = [attempt for write in wave if (attempt := refusal_before_sending(write, self._pacing.xero_bytes))]
        self._journal.record(refused)
        self._progress([attempt.write for attempt in refused])
        refused_ids = {attempt.write.write_id for attempt in refused}
        sendable = [write for write in wave if write.write_id not in refused_ids]
        findings = self._verified(sendable)
        overtaken = [write for write in sendable if findings[write.write_id].verdict is not Verdict.SEND]
        self._journal.record([settled_by(write, findings[write.write_id], None) for write in overtaken])
        self._progress(overtaken)
        going = [write for write in sendable if findings[write.write_id].verdict is Verdict.SEND]
        for group in ([w for w in going if is_create(w)], [w for w in going if not is_create(w)]):
            self._send_in_rounds(group)

    def recover(self, leftovers: Sequence[Unsettled], now: datetime) -> None:
        """Settle what an earlier push left open, or leave it open while its call may still be at work.

        Raises:
            PushStopped: the tenant cannot be asked; nothing new may be sent there while outcomes are open.
        """
        writes = [leftover.write for leftover in leftovers]
        try:
            findings = self._lookup.verify(writes, is_fresh=True)
        except ApiError as error:
            raise PushStopped(
                f"Xero cannot be asked what became of {len(writes)} writes: {error.args[0]}", remedy=error.remedy
            ) from error
        in_flight = frozenset(
            leftover.write.write_id
            for leftover in leftovers
            if is_create(leftover.write) and may_still_arrive(leftover, now)
        )
        planned = [leftover.write for leftover in leftovers if leftover.is_planned]
        self._journal.record(
            [
                settled_by(write, findings[write.write_id], "recovery")
                for write in planned
                if findings[write.write_id].verdict is not Verdict.SEND
            ]
        )
        missing = [
            write
            for write in planned
            if findings[write.write_id].verdict is Verdict.SEND and write.write_id not in in_flight
        ]
        message = "No answer came; looked up: the write is not there."
        self._journal.not_done(missing, "recovery", outcomes.NOT_APPLIED, message)
        abandoned = [leftover.write for leftover in leftovers if not leftover.is_planned]
        self._journal.record(abandoned_attempts(abandoned, findings, in_flight))

    def _verified(self, writes: Sequence[Write]) -> Mapping[str, Finding]:
        try:
            return self._lookup.verify(writes)
        except ApiError as error:
            raise PushStopped(
                f"{len(writes)} records cannot be looked up before they are written: {error.args[0]}",
                remedy=error.remedy,
            ) from error

    def _send_in_rounds(self, writes: Sequence[Write]) -> None:
        pending = list(writes)
        for round_number in range(self._pacing.resend_rounds + 1):
            if not pending:
                return
            if round_number:
                self._pacing.before_resend(round_number)
            again: list[Write] = []
            for batch in batches(pending, self._pacing.xero_batch_size, self._pacing.xero_bytes):
                again += self._call.send(batch)
                self._progress(batch)
            pending = again


def batches(writes: Sequence[Write], max_elements: int, max_bytes: int) -> Iterator[Sequence[Write]]:
    """Cut writes into calls, in order: at most so many elements and bytes each, but always one element."""
    batch: list[Write] = []
    size = 0
    for write in writes:
        cost = size_of(element(write))
        if batch and (len(batch) == max_elements or size + cost > max_bytes):
            yield batch
            batch, size = [], 0
        batch.append(write)
        size += cost
    if batch:
        yield batch
