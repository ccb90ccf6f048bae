"""Settles what an earlier push left open, before anything new is sent.

A killed process, a lost answer or a long bulk job leaves writes as intent, sent or unknown. Each is asked for where it
went: its bulk job by id, else its record by external key or id. Belongs here: that order. Does not belong here: sending
again; a write found not to be there is simply free to go with the push that follows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from xero_sf_pipeline.errors import ApiError
from xero_sf_pipeline.pushing import outcomes
from xero_sf_pipeline.pushing.bulk_job import BULK_BATCH, JOB_BATCH, BulkJob
from xero_sf_pipeline.pushing.journal import Journal
from xero_sf_pipeline.pushing.ledger import Attempt, State, Unsettled
from xero_sf_pipeline.pushing.settlement import Settlement
from xero_sf_pipeline.pushing.stop import PushStopped
from xero_sf_pipeline.pushing.target import SalesforceTarget
from xero_sf_pipeline.pushing.verification import Verdict, verify
from xero_sf_pipeline.pushing.writes import Write


def recover(
    leftovers: Sequence[Unsettled],
    *,
    target: SalesforceTarget,
    journal: Journal,
    settlement: Settlement,
    bulk: BulkJob,
) -> None:
    """Settle every leftover, or leave it as it is when its bulk job still runs.

    Raises:
        PushStopped: Salesforce cannot be asked; nothing new may be sent while outcomes are open.
    """
    in_jobs: dict[str, list[Write]] = defaultdict(list)
    never_uploaded: list[Write] = []
    planned: list[Write] = []
    abandoned: list[Write] = []
    for leftover in leftovers:
        if leftover.batch_id.startswith(JOB_BATCH):
            in_jobs[leftover.batch_id.removeprefix(JOB_BATCH)].append(leftover.write)
        elif leftover.state is State.INTENT and leftover.batch_id.startswith(BULK_BATCH):
            never_uploaded.append(leftover.write)
        elif leftover.is_planned:
            planned.append(leftover.write)
        else:
            abandoned.append(leftover.write)
    settlement.not_done(never_uploaded, BULK_BATCH, outcomes.NOT_SENT, "The push ended before its bulk job was made.")
    for job_id, writes in sorted(in_jobs.items()):
        bulk.resume(job_id, writes)
    settlement.look_up(planned, "recovery")
    _settle_abandoned(abandoned, target, journal)


def _settle_abandoned(writes: Sequence[Write], target: SalesforceTarget, journal: Journal) -> None:
    """Settle writes that the newest plan does not ask for: there is nothing to send again, only to know."""
    try:
        findings = verify(target, writes)
    except ApiError as error:
        raise PushStopped(
            f"Salesforce cannot be asked what became of {len(writes)} writes: {error.args[0]}", remedy=error.remedy
        ) from error
    attempts = []
    for write in writes:
        finding = findings[write.write_id]
        if finding.verdict is Verdict.CONFIRMED:
            attempts.append(Attempt(write, State.CONFIRMED, message=finding.message, remote_id=finding.remote_id))
        else:
            # Drifted, not dismissed: a later plan may ask for exactly this again.
            message = f"Looked up: not as written, and the newest plan does not ask for it. {finding.message}".strip()
            attempts.append(Attempt(write, State.DRIFTED, message=message, remote_id=finding.remote_id))
    journal.record(attempts)
