"""Sends many writes of one object as one Bulk API 2.0 ingest job, and picks up a job that an earlier push left.

The job's id is committed to the ledger before the upload, so that after a crash the job itself is asked what became of
the rows. Belongs here: making, uploading, polling and reading a job. Does not belong here: the meaning of a row error.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence

from xero_sf_pipeline.errors import (
    ApiError,
    AuthenticationFailed,
    CircuitOpen,
    MissingPermission,
    NotFound,
    PermanentApiError,
    RateLimited,
)
from xero_sf_pipeline.pushing import outcomes
from xero_sf_pipeline.pushing.calls import CountedTarget
from xero_sf_pipeline.pushing.collections_call import refuse_call
from xero_sf_pipeline.pushing.journal import Journal
from xero_sf_pipeline.pushing.ledger import Attempt, State
from xero_sf_pipeline.pushing.outcomes import ErrorClass, classify
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.payloads import bulk_csv, flatten
from xero_sf_pipeline.pushing.settlement import Settlement
from xero_sf_pipeline.pushing.stop import PushStopped
from xero_sf_pipeline.pushing.target import JobAnswer
from xero_sf_pipeline.pushing.writes import Endpoint, Write

BULK_BATCH = "bulk:"
"""Prefix of the batch id of an intent to use bulk: no job id is known yet, so nothing can have been uploaded."""
JOB_BATCH = "job:"
"""Prefix of the batch id once the job is made; the rest is Salesforce's job id."""

_FINISHED = frozenset({"JobComplete", "Failed", "Aborted"})
_HTTP_NOT_FOUND = 404


class BulkJob:
    """Carries writes that share object and endpoint in ingest jobs, one at a time (two would lock each other)."""

    def __init__(self, target: CountedTarget, journal: Journal, settlement: Settlement, pacing: Pacing) -> None:
        self._target = target
        self._journal = journal
        self._settlement = settlement
        self._pacing = pacing

    def send(self, writes: Sequence[Write]) -> list[Write]:
        """Send the writes as one job (more only if they exceed the size of a job); return those to be sent again.

        Raises:
            PushStopped: credentials were refused, a limit is used up, or the job cannot be asked.
        """
        return [again for part, body in _parts(writes, self._pacing.bulk_bytes) for again in self._send(part, body)]

    def resume(self, job_id: str, writes: Sequence[Write]) -> list[Write]:
        """Settle writes of a job that an earlier push left behind; return those that are not there.

        Raises:
            PushStopped: the job cannot be asked.
        """
        batch_id = f"{JOB_BATCH}{job_id}"
        try:
            state = self._target.job(job_id)
        except (NotFound, PermanentApiError) as error:
            if isinstance(error, ApiError) and error.status != _HTTP_NOT_FOUND:
                raise _cannot_ask(job_id, error) from error
            return self._settlement.look_up(writes, batch_id)
        except ApiError as error:
            raise _cannot_ask(job_id, error) from error
        return self._finish(job_id, state, writes)

    def _send(self, writes: Sequence[Write], body: bytes) -> list[Write]:
        first = writes[0]
        batch_id = f"{BULK_BATCH}{secrets.token_hex(8)}"
        self._journal.intend(writes, batch_id)
        is_update = first.endpoint is Endpoint.UPDATE
        try:
            job_id = self._target.create_ingest_job(
                first.target_object,
                "update" if is_update else "upsert",
                None if is_update else first.target_key_field,
            )
        except (RateLimited, CircuitOpen, AuthenticationFailed, MissingPermission) as error:
            return refuse_call(self._journal, self._pacing, writes, batch_id, error)
        except PermanentApiError as error:
            self._journal.refused(writes, batch_id, error, classify(error.code, error.args[0]))
            return []
        except ApiError as error:
            # At worst an empty job was made; Salesforce drops it, and none of the rows was in it.
            return self._journal.not_done(writes, batch_id, outcomes.NOT_SENT, error.args[0])
        batch_id = f"{JOB_BATCH}{job_id}"
        self._journal.record([Attempt(write, State.SENT, batch_id) for write in writes])
        try:
            self._target.upload(job_id, body)
        except (RateLimited, CircuitOpen, AuthenticationFailed, MissingPermission) as error:
            return refuse_call(self._journal, self._pacing, writes, batch_id, error)
        except PermanentApiError as error:
            self._journal.refused(writes, batch_id, error, classify(error.code, error.args[0]))
            return []
        except ApiError:
            return self.resume(job_id, writes)
        try:
            return self._finish(job_id, self._target.job(job_id), writes)
        except ApiError as error:
            raise _cannot_ask(job_id, error) from error

    def _finish(self, job_id: str, state: JobAnswer, writes: Sequence[Write]) -> list[Write]:
        """Wait until the job is over and settle its rows; a job that takes too long is left as sent."""
        batch_id = f"{JOB_BATCH}{job_id}"
        if state.state == "Open":
            # Never closed, so Salesforce has not looked at a row and drops the job within a day.
            return self._journal.not_done(writes, batch_id, outcomes.NOT_SENT, "The job's upload was not finished.")
        polls = self._pacing.polls()
        try:
            while state.state not in _FINISHED:
                if next(polls, None) is None:
                    return []
                state = self._target.job(job_id)
            results = self._target.ingest_results(job_id)
        except ApiError as error:
            raise _cannot_ask(job_id, error) from error
        is_update = writes[0].endpoint is Endpoint.UPDATE
        answers = {
            str((result.id or result.key if is_update else result.key) or "").casefold(): result
            for result in results
            if result.code != outcomes.UNPROCESSED
        }
        answered = [(write, answers[write.key.casefold()]) for write in writes if write.key.casefold() in answers]
        unprocessed = [write for write in writes if write.key.casefold() not in answers]
        again = self._settlement.rows(answered, batch_id)
        return again + self._not_processed(unprocessed, batch_id, state)

    def _not_processed(self, writes: Sequence[Write], batch_id: str, job: JobAnswer) -> list[Write]:
        """Settle rows that the job has no result for: a job that failed for its content would fail again."""
        problem = job.error_message or ""
        is_content = job.state == "Failed" and problem.startswith(("InvalidBatch", "ClientInputError"))
        message = f"The bulk job ended as {job.state} without working on this row. {problem}".strip()
        if not is_content:
            return self._journal.not_done(writes, batch_id, outcomes.NOT_PROCESSED, message)
        code, error_class = problem.partition(":")[0].strip(), ErrorClass.MAPPING
        self._journal.record(
            [
                Attempt(write, State.REJECTED, batch_id, error_code=code, error_class=error_class, message=message)
                for write in writes
            ]
        )
        return []


def _parts(writes: Sequence[Write], max_bytes: int) -> Iterator[tuple[Sequence[Write], bytes]]:
    """Yield the writes with their CSV, halved until each file fits into one job."""
    body = bulk_csv([flatten(write.record()) for write in writes])
    if len(body) <= max_bytes or len(writes) == 1:
        yield writes, body
        return
    middle = len(writes) // 2
    yield from _parts(writes[:middle], max_bytes)
    yield from _parts(writes[middle:], max_bytes)


def _cannot_ask(job_id: str, error: Exception) -> PushStopped:
    return PushStopped(
        f"Bulk job {job_id} cannot be asked what became of its rows: {error.args[0]}",
        remedy="Nothing is lost: the next push asks the same job.",
    )
