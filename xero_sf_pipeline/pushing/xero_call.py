"""Sends up to fifty writes of one object to one Xero tenant in one PUT or POST.

One commit before the call (intent, with the idempotency key), one after (what came back). A lost answer is asked for
once more with the same key and body, which Xero answers without doing anything twice for six minutes; whatever comes
of that, nothing is sent under another key before a look-up. Belongs here: what each way of failing means. Does not
belong here: what a message of one element means (`xero_outcomes.py`).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from xero_sf_pipeline.clients.xero_records import exact_body
from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import (
    ApiError,
    AuthenticationFailed,
    CircuitOpen,
    MissingPermission,
    OutcomeUnknown,
    PermanentApiError,
    RateLimited,
    TransientApiError,
    ValidationFailed,
)
from xero_sf_pipeline.pushing import outcomes
from xero_sf_pipeline.pushing.collections_call import Splits, refuse_call
from xero_sf_pipeline.pushing.journal import Journal
from xero_sf_pipeline.pushing.ledger import Attempt, State
from xero_sf_pipeline.pushing.outcomes import HTTP_OK, ErrorClass
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.settlement import settled_by
from xero_sf_pipeline.pushing.stop import PushStopped
from xero_sf_pipeline.pushing.verification import Finding, Verdict
from xero_sf_pipeline.pushing.writes import Write
from xero_sf_pipeline.pushing.xero_lookup import XeroLookup
from xero_sf_pipeline.pushing.xero_objects import IDENTITIES, element, is_create, own_key, record_id
from xero_sf_pipeline.pushing.xero_outcomes import (
    OWN_KEY_CODE,
    UNSENDABLE_CODE,
    WARNING_CODE,
    classify_messages,
)
from xero_sf_pipeline.pushing.xero_target import CountedXero, XeroRow

XERO_BATCH = "xero:"
"""Prefix of the batch ids of calls to Xero."""

_KEY_LIFE = timedelta(minutes=5)
"""Xero remembers a key for six minutes from the first call; a minute is left for the call itself."""
_OFFLINE = "offline"
_WHOLE_CALL_REFUSALS = frozenset({400, 413})
"""A body that cannot be read, or is too large: the element at fault is looked for by halving."""


class XeroCall:
    """Carries batches that share tenant, object, and whether they create or change."""

    def __init__(self, target: CountedXero, journal: Journal, lookup: XeroLookup, pacing: Pacing, clock: Clock) -> None:
        self._target = target
        self._journal = journal
        self._lookup = lookup
        self._pacing = pacing
        self._clock = clock

    def send(self, batch: Sequence[Write]) -> list[Write]:
        """Send a batch and record what came back; return the writes that may be sent again in this push.

        Raises:
            PushStopped: credentials were refused, a limit is used up, nothing can be looked up any more, or a person
                stopped the push.
        """
        return self._send(batch, Splits(self._pacing.refusal_splits))

    def _send(self, batch: Sequence[Write], splits: Splits) -> list[Write]:
        self._target.may_write()
        token = secrets.token_hex(12)
        batch_id = f"{XERO_BATCH}{token}"
        key = f"{batch[0].lane.tenant_id}:{token}"  # keys belong to the app, so the tenant is a part of them
        self._journal.intend(batch, batch_id, key)
        sent_at = self._clock.now()
        try:
            answers = self._transmit(batch, key)
        except OutcomeUnknown as lost:
            self._journal.unanswered(batch, batch_id, lost)
            was_answered = lost.status is not None and lost.status >= 500
            if not was_answered and self._clock.now() - sent_at < _KEY_LIFE:
                return self._ask_once_more(batch, batch_id, key)
            return self._look_up(batch, batch_id, may_still_arrive=not was_answered)
        except (RateLimited, CircuitOpen, AuthenticationFailed, MissingPermission) as error:
            return refuse_call(self._journal, self._pacing, batch, batch_id, error)
        except PermanentApiError as error:
            return self._refused(batch, batch_id, error, splits)
        except TransientApiError as error:
            # Neither a connection nor an organisation was reached: nothing was done.
            again = self._journal.not_done(batch, batch_id, outcomes.NOT_SENT, error.args[0])
            if error.code == _OFFLINE:
                raise PushStopped(error.args[0], remedy=error.remedy) from error
            return again
        except ApiError as error:
            self._journal.unanswered(batch, batch_id, error)
            return self._look_up(batch, batch_id, may_still_arrive=True)
        self._settle(batch, answers, batch_id, key)
        return []

    def _ask_once_more(self, batch: Sequence[Write], batch_id: str, key: str) -> list[Write]:
        self._pacing.before_resend(1)
        self._target.may_write()
        try:
            answers = self._transmit(batch, key)
        except ApiError:
            # Even a refusal says nothing about the first call: limits and tokens are checked before the key.
            return self._look_up(batch, batch_id, may_still_arrive=True)
        self._settle(batch, answers, batch_id, key)
        return []

    def _transmit(self, batch: Sequence[Write], key: str) -> Sequence[XeroRow]:
        name = batch[0].target_object
        elements = [element(write) for write in batch]
        self._target.tally.bytes_sent += sum(size_of(part) for part in elements)
        if is_create(batch[0]):
            answers = self._target.create(name, elements, idempotency_key=key)
        else:
            answers = self._target.update(name, elements, idempotency_key=key)
        if len(answers) != len(batch) or not all(map(_is_about, batch, answers)):
            raise OutcomeUnknown(
                f"Xero's answer to {len(batch)} {name} does not tell what became of each.",
                system="xero",
                code="malformed",
            )
        return answers

    def _settle(self, batch: Sequence[Write], answers: Sequence[XeroRow], batch_id: str, key: str) -> None:
        attempts = [attempt_of(write, answer, batch_id, key) for write, answer in zip(batch, answers, strict=True)]
        self._journal.record(attempts)
        # A taken key may be taken by this very record, made by a call whose answer is long lost.
        taken = [
            attempt.write
            for attempt in attempts
            if attempt.error_class is ErrorClass.DUPLICATE
            and is_create(attempt.write)
            and own_key(attempt.write).casefold() in (attempt.message or "").casefold()
        ]
        if taken:
            findings = self._read(taken)  # as found, not as ours: this call has made none of them
            self._journal.record(
                [
                    settled_by(write, findings[write.write_id], batch_id)
                    for write in taken
                    if findings[write.write_id].verdict is Verdict.CONFIRMED
                ]
            )

    def _look_up(self, batch: Sequence[Write], batch_id: str, *, may_still_arrive: bool) -> list[Write]:
        """Settle a batch by what is there; return changes that are not, which are safe to send again.

        A create that is not there is not sent again in this push: its call may still be at work.
        """
        findings = self._read_tried(batch)
        self._journal.record(
            [
                settled_by(write, findings[write.write_id], batch_id)
                for write in batch
                if findings[write.write_id].verdict is not Verdict.SEND
            ]
        )
        missing = [write for write in batch if findings[write.write_id].verdict is Verdict.SEND]
        settled = [write for write in missing if not (may_still_arrive and is_create(write))]
        message = "No usable answer came; looked up: the write is not there."
        again = self._journal.not_done(settled, batch_id, outcomes.NOT_APPLIED, message)
        return [write for write in again if not is_create(write)]

    def _read_tried(self, writes: Sequence[Write]) -> Mapping[str, Finding]:
        """Read what a call of just now may have made: what carries our key then is ours, however it looks by now."""
        now = self._clock.now()
        return self._read([replace(write, first_attempted_at=write.first_attempted_at or now) for write in writes])

    def _read(self, writes: Sequence[Write]) -> Mapping[str, Finding]:
        try:
            return self._lookup.verify(writes, is_fresh=True)
        except ApiError as error:
            raise PushStopped(
                f"Xero cannot be asked what became of {len(writes)} writes: {error.args[0]}",
                remedy=error.remedy or "The next push looks them up before it sends anything.",
            ) from error

    def _refused(self, batch: Sequence[Write], batch_id: str, error: PermanentApiError, splits: Splits) -> list[Write]:
        """Settle a call that was refused as a whole; its halves go out under keys of their own.

        A body that could not be read changed nothing. A validation of the whole batch should not happen with
        summarizeErrors=false, and may have saved the good elements: they are looked up first.
        """
        pending = list(batch)
        if isinstance(error, ValidationFailed) and len(batch) > 1:
            self._journal.unanswered(batch, batch_id, error)
            findings = self._read_tried(batch)
            there = [write for write in batch if findings[write.write_id].verdict is not Verdict.SEND]
            self._journal.record([settled_by(write, findings[write.write_id], batch_id) for write in there])
            pending = [write for write in batch if findings[write.write_id].verdict is Verdict.SEND]
        if len(batch) == 1 or error.status not in _WHOLE_CALL_REFUSALS or not splits.take():
            is_sentence = isinstance(error, ValidationFailed)
            error_class = classify_messages([error.args[0]])[1] if is_sentence else ErrorClass.MAPPING
            self._journal.refused(pending, batch_id, error, error_class)
            return []
        middle = -(-len(pending) // 2)
        halves = [half for half in (pending[:middle], pending[middle:]) if half]
        return [again for half in halves for again in self._send(half, splits)]


def attempt_of(write: Write, answer: XeroRow, batch_id: str, key: str) -> Attempt:
    """Return the attempt that one element's answer makes of a write; a warning is kept with what was written."""
    if answer.status == "ERROR":
        code, error_class = classify_messages(answer.messages)
        return Attempt(
            write,
            State.REJECTED,
            batch_id,
            http_status=HTTP_OK,
            error_code=code,
            error_class=error_class,
            message="; ".join(answer.messages) or "refused without a message",
            idempotency_key=key,
        )
    warned = answer.status == "WARNING" or bool(answer.warnings)
    return Attempt(
        write,
        State.CONFIRMED,
        batch_id,
        http_status=HTTP_OK,
        error_code=WARNING_CODE if warned else None,
        error_class=ErrorClass.MAPPING if warned else None,
        message=("; ".join(answer.warnings) or "Xero warned without a message") if warned else None,
        remote_id=answer.id,
        idempotency_key=key,
    )


def refusal_before_sending(write: Write, max_bytes: int) -> Attempt | None:
    """Return the refusal of a write that must not go out as it is; None when it may."""
    identity = IDENTITIES[write.target_object]
    body = element(write)
    if is_create(write) and identity.own_key(body) != own_key(write):
        code, problem = OWN_KEY_CODE, f"{identity.key_field} does not start with the key of this write"
    else:
        try:
            exact_body(body)
        except ValueError as error:
            code, problem = UNSENDABLE_CODE, str(error)
        else:
            if size_of(body) <= max_bytes:
                return None
            code, problem = UNSENDABLE_CODE, f"{size_of(body):,} bytes are more than a call may hold"
    message = f"Not sent: {problem}."
    return Attempt(write, State.REJECTED, error_code=code, error_class=ErrorClass.MAPPING, message=message)


def size_of(body: dict[str, Any]) -> int:
    """Return the bytes that an element takes in a call, as xero-python writes JSON (ASCII, spaces after separators)."""
    return len(json.dumps(body, default=str)) + len(", ")


def _is_about(write: Write, answer: XeroRow) -> bool:
    """Tell whether an answer is about the write at its position; a refused element may show nothing of itself."""
    if answer.status == "ERROR":
        return True
    if not is_create(write):
        return str(answer.id or "").casefold() == str(record_id(write)).casefold()
    return IDENTITIES[write.target_object].own_key(answer.record).casefold() == own_key(write).casefold()
