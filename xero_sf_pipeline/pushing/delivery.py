"""Brings writes of one object to Salesforce: the right channel, sorted against locks, with bounded resends.

Belongs here: collections or bulk, order inside a wave, rounds. Does not belong here: order between objects
(`ordering.py`) and which writes may go (`selection.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xero_sf_pipeline.errors import ApiError
from xero_sf_pipeline.pushing.bulk_job import BulkJob
from xero_sf_pipeline.pushing.calls import CountedTarget
from xero_sf_pipeline.pushing.collections_call import CollectionsCall
from xero_sf_pipeline.pushing.journal import Journal
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.settlement import Settlement, settled_by
from xero_sf_pipeline.pushing.stop import PushStopped
from xero_sf_pipeline.pushing.verification import Finding, Verdict, needs_fresh_read, verify
from xero_sf_pipeline.pushing.writes import Endpoint, Write


class Delivery:
    """Sends waves. Every write that it takes ends in the ledger, or the push stops."""

    def __init__(
        self, target: CountedTarget, journal: Journal, pacing: Pacing, progress: Callable[[Sequence[Write]], None]
    ) -> None:
        self._target = target
        self._journal = journal
        self._pacing = pacing
        self._progress = progress
        self.settlement = Settlement(target, journal)
        self.collections = CollectionsCall(target, journal, self.settlement, pacing)
        self.bulk = BulkJob(target, journal, self.settlement, pacing)

    def deliver(self, wave: Sequence[Write]) -> None:
        """Read afresh what must be, then send what may go; a wave holds one object and no record twice.

        Raises:
            PushStopped: nothing more can be sent now.
        """
        findings = self._verified([write for write in wave if needs_fresh_read(write)])
        overtaken = [write for write in wave if _verdict(findings, write) is not Verdict.SEND]
        self._journal.record([settled_by(write, findings[write.write_id], None) for write in overtaken])
        self._progress(overtaken)
        by_address: dict[tuple[str, str], list[Write]] = {}
        for write in wave:
            if _verdict(findings, write) is Verdict.SEND:
                by_address.setdefault(address_of(write), []).append(write)
        for _, group in sorted(by_address.items(), key=lambda item: item[0]):
            self._send_in_rounds(sorted(group, key=lambda write: _lock_order(write, findings)))

    def _verified(self, writes: Sequence[Write]) -> Mapping[str, Finding]:
        try:
            return verify(self._target, writes)
        except ApiError as error:
            raise PushStopped(
                f"{len(writes)} records cannot be read before they are written: {error.args[0]}", remedy=error.remedy
            ) from error

    def _send_in_rounds(self, writes: Sequence[Write]) -> None:
        pending = list(writes)
        for round_number in range(self._pacing.resend_rounds + 1):
            if round_number:
                self._pacing.before_resend(round_number)
            pending = self._send(pending)
            if not pending:
                return

    def _send(self, writes: Sequence[Write]) -> list[Write]:
        # An insert has no key by which the rows of a bulk job that was cut off could be told from those still to come.
        if len(writes) > self._pacing.bulk_above and writes[0].endpoint is not Endpoint.INSERT:
            self._target.may_write()
            again = self.bulk.send(writes)
            self._progress(writes)
            return again
        again = []
        for start in range(0, len(writes), self._pacing.collection_size):
            batch = writes[start : start + self._pacing.collection_size]
            self._target.may_write()
            again += self.collections.send(batch)
            self._progress(batch)
        return again


def address_of(write: Write) -> tuple[str, str]:
    """Return what writes of one object must share to travel together: the endpoint and its key field."""
    return (write.endpoint.value, str(write.target_key_field) if write.endpoint is Endpoint.UPSERT else "Id")


def _verdict(findings: Mapping[str, Finding], write: Write) -> Verdict:
    finding = findings.get(write.write_id)
    return finding.verdict if finding else Verdict.SEND


def _lock_order(write: Write, findings: Mapping[str, Finding]) -> tuple[Any, ...]:
    finding = findings.get(write.write_id)
    return (write.parent(finding.record if finding else None), write.key, write.write_id)
