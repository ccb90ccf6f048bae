"""Settles what an earlier push left open at Salesforce, before anything new is sent there.

A killed process, a lost answer or a long bulk job leaves writes as intent, sent or unknown. Each is asked for where it
went: its bulk job by id, else its record by external key or id. Belongs here: that order, and how long a create that is
not there may still arrive. Does not belong here: sending again; a write found not to be there is simply free to go with
the push that follows. Xero's side: `xero_delivery.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from xero_sf_pipeline.errors import ApiError
from xero_sf_pipeline.pushing import outcomes
from xero_sf_pipeline.pushing.bulk_job import BULK_BATCH, JOB_BATCH, BulkJob
from xero_sf_pipeline.pushing.journal import Journal
from xero_sf_pipeline.pushing.ledger import Attempt, State, Unsettled
from xero_sf_pipeline.pushing.settlement import Settlement
from xero_sf_pipeline.pushing.stop import PushStopped
from xero_sf_pipeline.pushing.target import SalesforceTarget
from xero_sf_pipeline.pushing.verification import Finding, Verdict, verify
from xero_sf_pipeline.pushing.writes import Endpoint, Write

MAY_STILL_ARRIVE = timedelta(minutes=6)
"""How long after it was sent a create that no key protects may still turn up: Xero remembers a request for six minutes,
and a gateway does not hold one longer. Until then it is neither sent again nor given up."""


def recover(
    leftovers: Sequence[Unsettled],
    now: datetime,
    *,
    target: SalesforceTarget,
    journal: Journal,
    settlement: Settlement,
    bulk: BulkJob,
) -> None:
    """Settle every leftover, or leave it as it is when its bulk job still runs or its insert may still arrive.

    Raises:
        PushStopped: Salesforce cannot be asked; nothing new may be sent there while outcomes are open.
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
    journal.not_done(never_uploaded, BULK_BATCH, outcomes.NOT_SENT, "The push ended before its bulk job was made.")
    for job_id, writes in sorted(in_jobs.items()):
        bulk.resume(job_id, writes)
    in_flight = frozenset(
        leftover.write.write_id
        for leftover in leftovers
        if leftover.write.endpoint is Endpoint.INSERT and may_still_arrive(leftover, now)
    )
    settlement.look_up(planned, "recovery", in_flight)
    try:
        findings = verify(target, abandoned)
    except ApiError as error:
        raise PushStopped(
            f"Salesforce cannot be asked what became of {len(abandoned)} writes: {error.args[0]}", remedy=error.remedy
        ) from error
    journal.record(abandoned_attempts(abandoned, findings, in_flight))


def may_still_arrive(leftover: Unsettled, now: datetime) -> bool:
    """Tell whether the newest attempt is so young that its call may still be at work."""
    return now - leftover.attempted_at < MAY_STILL_ARRIVE


def abandoned_attempts(
    writes: Iterable[Write], findings: Mapping[str, Finding], in_flight: frozenset[str]
) -> list[Attempt]:
    """Settle writes that the newest plan does not ask for: there is nothing to send again, only to know."""
    attempts = []
    for write in writes:
        finding = findings[write.write_id]
        if finding.verdict is Verdict.CONFIRMED:
            attempts.append(Attempt(write, State.CONFIRMED, message=finding.message, remote_id=finding.remote_id))
        elif finding.verdict is not Verdict.SEND or write.write_id not in in_flight:
            # Drifted, not dismissed: a later plan may ask for exactly this again.
            message = f"Looked up: not as written, and the newest plan does not ask for it. {finding.message}".strip()
            attempts.append(Attempt(write, State.DRIFTED, message=message, remote_id=finding.remote_id))
    return attempts
