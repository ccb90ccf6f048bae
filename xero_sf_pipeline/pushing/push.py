"""One push: settle what is open, then bring the newest plan's approved writes to Salesforce, each exactly once.

    lease -> recover -> select -> waves (fresh read, intent, call, outcome) -> report

A kill at any moment is safe: what left the machine is in the ledger as intent or sent before it leaves, and the next
push looks those records up before it sends anything. Belongs here: that sequence. Does not belong here: Dagster,
settings, presentation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import PlanHeld, PushDisabled
from xero_sf_pipeline.pushing import ledger
from xero_sf_pipeline.pushing.calls import CountedTarget
from xero_sf_pipeline.pushing.delivery import Delivery
from xero_sf_pipeline.pushing.journal import Journal
from xero_sf_pipeline.pushing.lease import push_lease
from xero_sf_pipeline.pushing.ledger import Attempt, State
from xero_sf_pipeline.pushing.ordering import waves
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.recovery import recover
from xero_sf_pipeline.pushing.rehearsal import rehearse
from xero_sf_pipeline.pushing.report import PushReport, count_kinds, refusals, stayed_behind
from xero_sf_pipeline.pushing.selection import (
    NotSent,
    NotSentReason,
    PlanHead,
    Selection,
    in_turn,
    newest_plan,
    select_writes,
)
from xero_sf_pipeline.pushing.stop import PushStopped, StopSwitch
from xero_sf_pipeline.pushing.target import SalesforceTarget
from xero_sf_pipeline.pushing.writes import Write
from xero_sf_pipeline.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class PushProgress:
    """How far a push is: writes of `target_object` just worked on, writes done of all that may go."""

    target_object: str
    done_count: int
    total_count: int


ProgressCallback = Callable[[PushProgress], None]


def push(
    warehouse: Warehouse,
    client: SalesforceTarget,
    clock: Clock,
    *,
    run_id: str,
    actor: str,
    only: Collection[str] | None = None,
    dry_run: bool = False,
    limit: int | None = None,
    progress: ProgressCallback | None = None,
    is_enabled: bool = True,
    pacing: Pacing | None = None,
) -> PushReport:
    """Send the newest plan's writes that may go and report on every one of them.

    Args:
        only: kinds to send; None sends all. What depends on a kind left out is blocked, not sent.
        dry_run: call nothing, record nothing; the report tells the calls that a push would make.
        limit: send at most this many writes, parents first.
        is_enabled: the caller's switch from the settings; a dry run goes even when it is off.

    Raises:
        PushDisabled: pushing is switched off, or a person stopped it with a file (`stop.py`). That file also ends a
            push under way before its next writing call; the report says so.
        PlanHeld: a guard holds the newest plan, or it is too old to be still true. Outcomes left open by an earlier
            push were settled all the same.
        WarehouseBusy: another push is under way, or another process holds the warehouse. What was sent is looked up
            by the next push.
    """
    pacing = pacing or Pacing()
    if dry_run:
        return rehearse(warehouse, run_id=run_id, only=only, limit=limit, pacing=pacing)
    if not is_enabled:
        raise PushDisabled(
            "Pushing is switched off; nothing was sent.",
            remedy="Look at `xero-sf push --dry-run`, then set XERO_SF_PUSH_ENABLED=true.",
        )
    switch = StopSwitch(warehouse.path)
    if switch.is_pulled:
        raise PushDisabled("A person stopped pushing; nothing was sent.", remedy=switch.remedy)
    started = time.monotonic()
    with push_lease(warehouse.path, clock, run_id=run_id, actor=actor):
        one_push = _Push(
            warehouse,
            CountedTarget(client, switch.check),
            Journal(warehouse, clock, run_id=run_id, actor=actor),
            clock,
            pacing,
            progress,
        )
        report = one_push.run(run_id, only, limit)
    return replace(report, seconds=round(time.monotonic() - started, 3))


@dataclass(frozen=True, slots=True)
class _Agenda:
    """What a push finds in the warehouse. `confirmed`: ids of writes that others depend on and that are there."""

    plan: PlanHead | None
    leftovers: Sequence[ledger.Unsettled]
    may_go: Sequence[Write]
    not_sent: Sequence[NotSent]
    confirmed: frozenset[str]


class _Push:
    def __init__(
        self,
        warehouse: Warehouse,
        target: CountedTarget,
        journal: Journal,
        clock: Clock,
        pacing: Pacing,
        progress: ProgressCallback | None,
    ) -> None:
        self._warehouse = warehouse
        self._target = target
        self._journal = journal
        self._callback = progress
        self._clock = clock
        self._max_pushes = pacing.max_pushes
        self._plan_life_hours = pacing.plan_life_hours
        self._delivery = Delivery(target, journal, pacing, self._advance)
        self._done: set[str] = set()
        self._total = 0

    def run(self, run_id: str, only: Collection[str] | None, limit: int | None) -> PushReport:
        agenda = self._read(only, limit)
        stopped = None
        if agenda.leftovers:
            stopped = self._recover(agenda.leftovers)
            agenda = self._read(only, limit)
        recovered = count_kinds(self._journal.newest.values())
        plan, may_go, not_sent = agenda.plan, agenda.may_go, list(agenda.not_sent)
        if plan is not None and plan.is_held and stopped is None:
            raise PlanHeld(
                f"Plan {plan.plan_id} is held: {plan.held_reason}. Nothing was sent.",
                remedy="Look at `xero-sf plan`, then release it or change the policy's guards.",
            )
        self._refuse_old_plan(plan, may_go)
        self._total = len(may_go)
        if stopped is None:
            stopped = self._send(may_go, agenda.confirmed, not_sent)
        not_sent += self._left_over(may_go, not_sent, stopped)
        unsent_ids = {stayed.write.write_id for stayed in not_sent}
        outcomes = [
            self._journal.newest[write.write_id]
            for write in may_go
            if write.write_id in self._done and write.write_id not in unsent_ids
        ]
        return PushReport(
            plan_id=plan.plan_id if plan else None,
            run_id=run_id,
            is_dry_run=False,
            counts=count_kinds(outcomes, not_sent),
            recovered=recovered,
            refused=refusals(outcomes),
            not_sent=stayed_behind(not_sent),
            call_counts={f"{name} {thing}".strip(): count for (name, thing), count in self._target.counts.items()},
            write_calls=self._target.write_calls,
            read_calls=self._target.read_calls,
            bytes_sent=self._target.bytes_sent,
            stopped_because=stopped.args[0] if stopped else None,
            remedy=stopped.remedy if stopped else None,
        )

    def _refuse_old_plan(self, plan: PlanHead | None, may_go: Sequence[Write]) -> None:
        if plan is None or not may_go:
            return
        age = self._clock.now() - plan.planned_at
        if age > timedelta(hours=self._plan_life_hours):
            raise PlanHeld(
                f"Plan {plan.plan_id} was made {age.days} days and {age.seconds // 3600} hours ago. Nothing was sent.",
                remedy="Run `xero-sf sync`, which reads both systems and plans again.",
            )

    def _recover(self, leftovers: Sequence[ledger.Unsettled]) -> PushStopped | None:
        try:
            recover(
                leftovers,
                target=self._target,
                journal=self._journal,
                settlement=self._delivery.settlement,
                bulk=self._delivery.bulk,
            )
        except PushStopped as stop:
            return stop
        return None

    def _read(self, only: Collection[str] | None, limit: int | None) -> _Agenda:
        """Read the newest plan, what is open, and what may go, in one transaction, so that they fit together."""
        with self._warehouse.transaction() as connection:
            plan = newest_plan(connection)
            leftovers = ledger.unsettled(connection)
            if plan is None:
                return _Agenda(None, leftovers, (), (), frozenset())
            selection = select_writes(connection, plan.plan_id, only=only, max_pushes=self._max_pushes)
            needed = {write_id for write in selection.may_go for write_id in write.depends_on}
            confirmed = ledger.confirmed_among(connection, sorted(needed))
        in_jobs = [leftover.write for leftover in leftovers if leftover.state is State.SENT]
        selection = _without_records_in_flight(selection, in_jobs)
        may_go, kept_back = in_turn(selection.may_go, confirmed, limit)
        return _Agenda(plan, leftovers, may_go, (*selection.not_sent, *kept_back), frozenset(confirmed))

    def _send(self, may_go: Sequence[Write], confirmed: frozenset[str], not_sent: list[NotSent]) -> PushStopped | None:
        """Deliver wave after wave; add blocked writes to `not_sent`; return what stopped the push, if anything."""

        def is_confirmed(write_id: str) -> bool:
            return write_id in confirmed or self._journal.state(write_id) is State.CONFIRMED

        try:
            for wave in waves(may_go, is_confirmed):
                not_sent += [NotSent(write, NotSentReason.BLOCKED, why) for write, why in wave.blocked]
                if wave.writes:
                    self._delivery.deliver(wave.writes)
        except PushStopped as stop:
            return stop
        return None

    def _left_over(
        self, may_go: Sequence[Write], not_sent: Sequence[NotSent], stopped: PushStopped | None
    ) -> list[NotSent]:
        """List the writes that might have gone and have no settled outcome, with the reason."""
        accounted = {stayed.write.write_id for stayed in not_sent}
        rest: list[NotSent] = []
        for write in may_go:
            attempt = self._journal.newest.get(write.write_id)
            if write.write_id in accounted or (attempt is not None and write.write_id in self._done):
                if attempt is not None and attempt.state is State.SENT:
                    rest.append(_job_running(write, attempt))
                continue
            reason = stopped.args[0] if stopped else "The push ended before its turn."
            if attempt is not None and attempt.state in ledger.UNSETTLED:
                reason = f"Its outcome is open and is looked up by the next push. {reason}"
            rest.append(NotSent(write, NotSentReason.STOPPED, reason))
        return rest

    def _advance(self, writes: Iterable[Write]) -> None:
        writes = list(writes)
        self._done.update(write.write_id for write in writes)
        if self._callback is not None and writes:
            self._callback(PushProgress(writes[0].target_object, len(self._done), self._total))


def _job_running(write: Write, attempt: Attempt) -> NotSent:
    return NotSent(write, NotSentReason.JOB_RUNNING, f"Salesforce still works on {attempt.batch_id}.")


def _without_records_in_flight(selection: Selection, open_writes: Sequence[Write]) -> Selection:
    """Keep back writes on records that an unfinished bulk job may still change."""
    in_flight = {name for write in open_writes for name in write.identities}
    kept = tuple(write for write in selection.may_go if not write.identities & in_flight)
    held = [
        NotSent(write, NotSentReason.JOB_RUNNING, "An unfinished bulk job may still change this record.")
        for write in selection.may_go
        if write.identities & in_flight
    ]
    return Selection(kept, (*selection.not_sent, *held))
