"""Turns answers and look-ups into settled attempts.

Belongs here: one row answer to one attempt, an open outcome to a look-up, a duplicate key to a look-up. Does not
belong here: sending (`collections_call.py`, `bulk_job.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from xero_sf_pipeline.errors import ApiError
from xero_sf_pipeline.pushing import outcomes
from xero_sf_pipeline.pushing.journal import Journal
from xero_sf_pipeline.pushing.ledger import Attempt, State
from xero_sf_pipeline.pushing.outcomes import HTTP_OK, ErrorClass, classify
from xero_sf_pipeline.pushing.stop import PushStopped
from xero_sf_pipeline.pushing.target import RowAnswer, SalesforceTarget
from xero_sf_pipeline.pushing.verification import Finding, Verdict, judge, verify
from xero_sf_pipeline.pushing.writes import OWN_KEYS, Endpoint, Write

_DUPLICATE_FIELD = re.compile(r"duplicate value found:\s*(\w+)")


class Settlement:
    """Records what became of writes and tells which of them may go out again."""

    def __init__(self, target: SalesforceTarget, journal: Journal) -> None:
        self._target = target
        self._journal = journal

    def rows(self, answers: Sequence[tuple[Write, RowAnswer]], batch_id: str) -> list[Write]:
        """Record one answer per write; return the writes whose refusal was a passing one."""
        attempts = [attempt_of(write, answer, batch_id) for write, answer in answers]
        self._journal.record(attempts)
        own_key_taken = [
            (write, answer)
            for (write, answer), attempt in zip(answers, attempts, strict=True)
            if attempt.error_code == "DUPLICATE_VALUE" and _is_own_key(write, answer)
        ]
        again = [attempt.write for attempt in attempts if attempt.error_class is ErrorClass.TRANSIENT]
        return again + self._look_up_duplicates([write for write, _ in own_key_taken], batch_id)

    def no_answer(self, writes: Sequence[Write], batch_id: str, error: ApiError) -> list[Write]:
        """Record that no usable answer came, look the records up, and return the writes that are not there.

        Inserts are not among them: Salesforce may still be working on a call that it did not answer, so they stay open
        until a later push looks again.

        Raises:
            PushStopped: the look-up failed too; the writes stay unknown for the next push.
        """
        self._journal.unanswered(writes, batch_id, error)
        return self.look_up(writes, batch_id, frozenset(w.write_id for w in writes if w.endpoint is Endpoint.INSERT))

    def look_up(self, writes: Sequence[Write], batch_id: str, in_flight: frozenset[str] = frozenset()) -> list[Write]:
        """Read the records of writes with an open outcome and settle each; return those that are not there.

        Those of `in_flight` (write ids) that are not there may still arrive: they stay open.
        """
        try:
            findings = verify(self._target, writes)
        except ApiError as error:
            raise PushStopped(
                f"Salesforce cannot be asked what became of {len(writes)} writes: {error.args[0]}",
                remedy=error.remedy or "The next push looks them up before it sends anything.",
            ) from error
        not_there = [write for write in writes if findings[write.write_id].verdict is Verdict.SEND]
        self._journal.record(
            [
                settled_by(write, findings[write.write_id], batch_id)
                for write in writes
                if findings[write.write_id].verdict is not Verdict.SEND
            ]
        )
        not_there = [write for write in not_there if write.write_id not in in_flight]
        return self._journal.not_done(
            not_there, batch_id, outcomes.NOT_APPLIED, "No answer came; looked up: the write is not there."
        )

    def _look_up_duplicates(self, writes: Sequence[Write], batch_id: str) -> list[Write]:
        """Settle writes whose own key is taken: by this very record (confirmed), by another (conflict), by none."""
        again: list[Write] = []
        for write in writes:
            key_field = OWN_KEYS.get(write.target_object) or str(write.target_key_field)
            key = str(write.payload.get(key_field) or write.target_key)
            fields = sorted({"Id", key_field, *write.flat_payload})
            try:
                found = self._target.find_by_key(write.target_object, key_field, [key], fields)
            except ApiError as error:
                raise PushStopped(
                    f"Salesforce cannot be asked which record holds a taken key: {error.args[0]}", remedy=error.remedy
                ) from error
            records = [record for matches in found.values() for record in matches]
            if not records:
                again += self._journal.not_done(
                    [write], batch_id, outcomes.NOT_APPLIED, "The key was taken and is free again."
                )
                continue
            finding = judge(write, records)
            is_same_record = write.endpoint is Endpoint.UPSERT or finding.remote_id == write.target_id
            if finding.verdict is Verdict.CONFIRMED and is_same_record:
                self._journal.record([settled_by(write, finding, batch_id)])
                continue
            holder = str(records[0].get("Id"))
            self._journal.record(
                [
                    Attempt(
                        write,
                        State.REJECTED,
                        batch_id,
                        http_status=HTTP_OK,
                        error_code="DUPLICATE_VALUE",
                        error_class=ErrorClass.CONFLICT,
                        message=f"The key is held by record {holder}, which is not as planned.",
                        remote_id=holder,
                    )
                ]
            )
        return again


def attempt_of(write: Write, answer: RowAnswer, batch_id: str) -> Attempt:
    """Return the attempt that one row answer makes of a write."""
    if answer.success and answer.created and not write.is_create:
        return Attempt(
            write,
            State.REJECTED,
            batch_id,
            http_status=HTTP_OK,
            error_code=outcomes.RECREATED,
            error_class=ErrorClass.CONFLICT,
            message=f"The record vanished after it was read, so a new one was made ({answer.id}): check or delete it.",
            remote_id=answer.id,
        )
    if answer.success:
        note = "The record existed already." if write.is_create and answer.created is False else None
        return Attempt(write, State.CONFIRMED, batch_id, http_status=HTTP_OK, message=note, remote_id=answer.id)
    fields = f" [{', '.join(answer.fields)}]" if answer.fields else ""
    return Attempt(
        write,
        State.REJECTED,
        batch_id,
        http_status=HTTP_OK,
        error_code=answer.code,
        error_class=classify(answer.code, answer.message),
        message=f"{answer.message or answer.code or 'refused without a message'}{fields}",
        remote_id=answer.id,
    )


def settled_by(write: Write, finding: Finding, batch_id: str | None) -> Attempt:
    """Return the attempt that a look-up makes of a write that is there (confirmed) or was overtaken (drifted)."""
    if finding.verdict is Verdict.CONFIRMED:
        return Attempt(write, State.CONFIRMED, batch_id, message=finding.message, remote_id=finding.remote_id)
    return Attempt(
        write,
        State.DRIFTED,
        batch_id,
        error_class=ErrorClass.CONFLICT,
        message=finding.message,
        remote_id=finding.remote_id,
    )


def _is_own_key(write: Write, answer: RowAnswer) -> bool:
    named = _DUPLICATE_FIELD.search(answer.message or "")
    own_keys = {OWN_KEYS.get(write.target_object), write.target_key_field}
    if named and named.group(1) in own_keys:
        return True
    # Salesforce writes `<unknown>` when the user may not see the other record; an upsert by key then means the key.
    return named is None and write.endpoint is Endpoint.UPSERT
