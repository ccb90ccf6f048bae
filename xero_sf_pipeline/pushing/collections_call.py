"""Sends up to 200 writes of one object in one sObject Collections call.

One commit before the call (intent), one after (what came back). Belongs here: what each way of failing as a whole
means. Does not belong here: what one row's error means (`outcomes.py`).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

from xero_sf_pipeline.errors import (
    ApiError,
    AuthenticationFailed,
    CircuitOpen,
    MalformedResponse,
    MissingPermission,
    PermanentApiError,
    RateLimited,
)
from xero_sf_pipeline.pushing.calls import CountedTarget
from xero_sf_pipeline.pushing.journal import Journal
from xero_sf_pipeline.pushing.outcomes import ErrorClass, classify
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.settlement import Settlement
from xero_sf_pipeline.pushing.stop import PushStopped
from xero_sf_pipeline.pushing.target import RowAnswer
from xero_sf_pipeline.pushing.writes import Endpoint, Write

_SHORT_ID_LENGTH = 15

COLLECTION_BATCH = "collection:"
"""Prefix of the batch ids of collections calls."""

SHORT_LIMITS = frozenset({"minute", "concurrent", "appminute"})
"""Limits that pass within about a minute; all others (day, daily_requests, budget) end the push."""


class CollectionsCall:
    """Carries batches of at most `Pacing.collection_size` writes that share object and endpoint."""

    def __init__(self, target: CountedTarget, journal: Journal, settlement: Settlement, pacing: Pacing) -> None:
        self._target = target
        self._journal = journal
        self._settlement = settlement
        self._pacing = pacing

    def send(self, batch: Sequence[Write]) -> list[Write]:
        """Send a batch and record what came back; return the writes that may be sent again in this push.

        Raises:
            PushStopped: credentials were refused, a day's limit is used up, or nothing can be looked up any more.
        """
        batch_id = f"{COLLECTION_BATCH}{secrets.token_hex(8)}"
        self._journal.intend(batch, batch_id)
        return self._call(batch, batch_id, Splits(self._pacing.refusal_splits))

    def _call(self, batch: Sequence[Write], batch_id: str, splits: Splits) -> list[Write]:
        try:
            answers = self._transmit(batch)
        except (RateLimited, CircuitOpen, AuthenticationFailed, MissingPermission) as error:
            return refuse_call(self._journal, self._pacing, batch, batch_id, error)
        except PermanentApiError as error:
            return self._split(batch, batch_id, error, splits)
        except ApiError as error:
            return self._settlement.no_answer(batch, batch_id, error)
        return self._settlement.rows(list(zip(batch, answers, strict=True)), batch_id)

    def _transmit(self, batch: Sequence[Write]) -> Sequence[RowAnswer]:
        first = batch[0]
        records = [write.record() for write in batch]
        self._target.tally.bytes_sent += sum(len(json.dumps(record, default=str).encode("utf-8")) for record in records)
        if first.endpoint is Endpoint.UPDATE:
            answers = self._target.update(first.target_object, records)
        elif first.endpoint is Endpoint.INSERT:
            answers = self._target.insert(first.target_object, records)
        else:
            answers = self._target.upsert(first.target_object, str(first.target_key_field), records)
        if len(answers) != len(batch):
            raise MalformedResponse(
                f"Salesforce answered {len(answers)} rows to a call with {len(batch)}.", system=first.target_system
            )
        for write, answer in zip(batch, answers, strict=True):
            if write.target_id and answer.success and answer.id and not answer.created and not _is_id(answer.id, write):
                raise MalformedResponse(
                    f"Salesforce answered for record {answer.id} where {write.target_id} was sent.",
                    system=first.target_system,
                )
        return answers

    def _split(self, batch: Sequence[Write], batch_id: str, error: PermanentApiError, splits: Splits) -> list[Write]:
        """Halve a call that was refused as a whole until the record at fault stands alone: its neighbours go through.

        Nothing of a refused call was applied, so the halves go out under the intent that is recorded already.
        """
        if len(batch) == 1 or not splits.take():
            self._journal.refused(batch, batch_id, error, classify(error.code, error.args[0]))
            return []
        middle = len(batch) // 2
        return self._call(batch[:middle], batch_id, splits) + self._call(batch[middle:], batch_id, splits)


def refuse_call(
    journal: Journal, pacing: Pacing, writes: Sequence[Write], batch_id: str, error: ApiError
) -> list[Write]:
    """Settle writes whose call was turned away at the door: wait out a short limit, else stop the push.

    Raises:
        PushStopped: sending more cannot help now.
    """
    is_limit = isinstance(error, RateLimited | CircuitOpen)
    journal.refused(writes, batch_id, error, ErrorClass.LIMIT if is_limit else ErrorClass.AUTH)
    if isinstance(error, RateLimited) and error.limit in SHORT_LIMITS:
        wait = error.retry_after_seconds if error.retry_after_seconds is not None else pacing.resend_pause_seconds
        if wait <= pacing.longest_limit_wait_seconds:
            pacing.sleep(wait)
            return list(writes)
    raise PushStopped(error.args[0], remedy=error.remedy) from error


def _is_id(answered: str, write: Write) -> bool:
    """Compare the 15 characters that an id has in its short form."""
    return answered[:_SHORT_ID_LENGTH] == str(write.target_id)[:_SHORT_ID_LENGTH]


class Splits:
    """The extra calls that a batch may still spend; a batch that is wrong throughout must not cost hundreds."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def take(self) -> bool:
        """Reserve the two calls of one halving, if they are left."""
        if self._left < 2:
            return False
        self._left -= 2
        return True
