"""One push: settle what is open, then bring the newest plan's approved writes to both systems, each exactly once.

    lease -> recover -> select -> waves (references, fresh read, intent, call, outcome) -> report

A kill at any moment is safe: what left the machine is in the ledger as intent or sent before it leaves, and the next
push looks those records up before it sends anything. Every system and tenant is a lane of its own: what stops one does
not stop the others. Belongs here: that sequence. Does not belong here: Dagster, settings, presentation.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import PlanHeld, PushDisabled
from xero_sf_pipeline.pushing import ledger
from xero_sf_pipeline.pushing.calls import Tally
from xero_sf_pipeline.pushing.journal import Journal
from xero_sf_pipeline.pushing.lanes import Lanes
from xero_sf_pipeline.pushing.lease import push_lease
from xero_sf_pipeline.pushing.ledger import Attempt, State
from xero_sf_pipeline.pushing.ordering import waves
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.rehearsal import rehearse
from xero_sf_pipeline.pushing.report import (
    PushReport,
    SystemCalls,
    count_kinds,
    refusals,
    stayed_behind,
    warned,
)
from xero_sf_pipeline.pushing.selection import (
    NotSent,
    NotSentReason,
    PlanHead,
    Selection,
    in_turn,
    newest_plan,
    select_writes,
)
from xero_sf_pipeline.pushing.stop import PushStopped, StoppedByPerson, StopSwitch
from xero_sf_pipeline.pushing.target import SalesforceTarget
from xero_sf_pipeline.pushing.writes import Lane, Write
from xero_sf_pipeline.pushing.xero_target import XeroTargets
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
    xero: XeroTargets | None = None,
    only: Collection[str] | None = None,
    dry_run: bool = False,
    limit: int | None = None,
    progress: ProgressCallback | None = None,
    is_enabled: bool = True,
    pacing: Pacing | None = None,
) -> PushReport:
    """Send the newest plan's writes that may go and report on every one of them.

    Args:
        client: Salesforce; called only when something is to be sent or looked up there.
        xero: opens the access to a Xero tenant by its id; called likewise. Without it no write goes to Xero.
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
        journal = Journal(warehouse, clock, run_id=run_id, actor=actor)
        tally = Tally()
        one_push = _Push(warehouse, journal, tally, clock, pacing, progress)
        one_push.lanes = Lanes(client, xero, journal, clock, pacing, tally, switch.check, one_push.advance)
        report = one_push.run(run_id, only, limit)
    return replace(report, seconds=round(time.monotonic() - started, 3))


@dataclass(frozen=True, slots=True)
class _Agenda:
    """What a push finds in the warehouse. `confirmed`: writes that others depend on and that are there, with the ids
    of their records. `cursors`: up to when the mirror knows each collection of Xero, by (tenant id, entity)."""

    plan: PlanHead | None
    leftovers: Sequence[ledger.Unsettled]
    may_go: Sequence[Write]
    not_sent: Sequence[NotSent]
    confirmed: Mapping[str, str | None]
    cursors: Mapping[tuple[str, str], datetime]


class _Push:
    lanes: Lanes

    def __init__(
        self,
        warehouse: Warehouse,
        journal: Journal,
        tally: Tally,
        clock: Clock,
        pacing: Pacing,
        progress: ProgressCallback | None,
    ) -> None:
        self._warehouse = warehouse
        self._journal = journal
        self._tally = tally
        self._callback = progress
        self._clock = clock
        self._max_pushes = pacing.max_pushes
        self._plan_life_hours = pacing.plan_life_hours
        self._stopped: dict[Lane, PushStopped] = {}
        self._stopped_by_person: PushStopped | None = None
        self._done: set[str] = set()
        self._total = 0

    def run(self, run_id: str, only: Collection[str] | None, limit: int | None) -> PushReport:
        agenda = self._read(only, limit)
        self.lanes.know(agenda.cursors)
        if agenda.leftovers:
            self._recover(agenda.leftovers)
            agenda = self._read(only, limit)
        recovered = count_kinds(self._journal.newest.values())
        plan, may_go, not_sent = agenda.plan, agenda.may_go, list(agenda.not_sent)
        if plan is not None and plan.is_held and not self._stops():
            raise PlanHeld(
                f"Plan {plan.plan_id} is held: {plan.held_reason}. Nothing was sent.",
                remedy="Look at `xero-sf plan`, then release it or change the policy's guards.",
            )
        self._refuse_old_plan(plan, may_go)
        self._total = len(may_go)
        if plan is not None and not plan.is_held:
            self._send(may_go, agenda.confirmed, not_sent)
        not_sent += self._left_over(may_go, not_sent)
        unsent_ids = {stayed.write.write_id for stayed in not_sent}
        outcomes = [
            self._journal.newest[write.write_id]
            for write in may_go
            if write.write_id in self._done and write.write_id not in unsent_ids
        ]
        stops = self._stops()
        return PushReport(
            plan_id=plan.plan_id if plan else None,
            run_id=run_id,
            is_dry_run=False,
            counts=count_kinds(outcomes, not_sent),
            recovered=recovered,
            refused=refusals(outcomes),
            warnings=warned(outcomes),
            not_sent=stayed_behind(not_sent),
            call_counts=self._tally.by_name(),
            calls_by_system=tuple(self._calls_of(system) for system in sorted(self._called())),
            write_calls=self._tally.count(is_write=True),
            read_calls=self._tally.count(is_write=False),
            bytes_sent=self._tally.bytes_sent,
            stopped_because=" ".join(dict.fromkeys(stop.args[0] for stop in stops)) or None,
            remedy=" ".join(dict.fromkeys(stop.remedy for stop in stops if stop.remedy)) or None,
        )

    def advance(self, writes: Iterable[Write]) -> None:
        """Count writes as worked on, and tell whoever watches."""
        writes = list(writes)
        self._done.update(write.write_id for write in writes)
        if self._callback is not None and writes:
            self._callback(PushProgress(writes[0].target_object, len(self._done), self._total))

    def _called(self) -> set[str]:
        return {system for system, _, _ in self._tally.counts}

    def _calls_of(self, system: str) -> SystemCalls:
        count = self._tally.count
        return SystemCalls(system, count(is_write=True, system=system), count(is_write=False, system=system))

    def _stops(self) -> list[PushStopped]:
        by_person = [self._stopped_by_person] if self._stopped_by_person else []
        return [*by_person, *self._stopped.values()]

    def _refuse_old_plan(self, plan: PlanHead | None, may_go: Sequence[Write]) -> None:
        if plan is None or not may_go:
            return
        age = self._clock.now() - plan.planned_at
        if age > timedelta(hours=self._plan_life_hours):
            raise PlanHeld(
                f"Plan {plan.plan_id} was made {age.days} days and {age.seconds // 3600} hours ago. Nothing was sent.",
                remedy="Run `xero-sf sync`, which reads both systems and plans again.",
            )

    def _recover(self, leftovers: Sequence[ledger.Unsettled]) -> None:
        by_lane: dict[Lane, list[ledger.Unsettled]] = defaultdict(list)
        for leftover in leftovers:
            by_lane[leftover.write.lane].append(leftover)
        for lane, group in sorted(by_lane.items()):
            try:
                self.lanes.recover(lane, group)
            except PushStopped as stop:
                self._stopped[lane] = stop

    def _read(self, only: Collection[str] | None, limit: int | None) -> _Agenda:
        """Read the newest plan, what is open, and what may go, in one transaction, so that they fit together."""
        with self._warehouse.transaction() as connection:
            plan = newest_plan(connection)
            leftovers = ledger.unsettled(connection)
            cursors = ledger.xero_cursors(connection)
            if plan is None:
                return _Agenda(None, leftovers, (), (), {}, cursors)
            selection = select_writes(connection, plan.plan_id, only=only, max_pushes=self._max_pushes)
            needed = {write_id for write in selection.may_go for write_id in write.depends_on}
            confirmed = ledger.confirmed_among(connection, sorted(needed))
        selection = _without_records_in_flight(selection, leftovers)
        may_go, kept_back = in_turn(selection.may_go, confirmed, limit)
        return _Agenda(plan, leftovers, may_go, (*selection.not_sent, *kept_back), confirmed, cursors)

    def _send(self, may_go: Sequence[Write], confirmed: Mapping[str, str | None], not_sent: list[NotSent]) -> None:
        """Deliver wave after wave and add blocked writes to `not_sent`, until all lanes have ended or stopped."""

        def is_confirmed(write_id: str) -> bool:
            return write_id in confirmed or self._journal.state(write_id) is State.CONFIRMED

        for wave in waves(may_go, is_confirmed):
            not_sent += [NotSent(write, NotSentReason.BLOCKED, why) for write, why in wave.blocked]
            if not wave.writes or wave.writes[0].lane in self._stopped:
                continue
            lane = wave.writes[0].lane
            ready = self._with_references(wave.writes, confirmed, not_sent)
            try:
                self.lanes.deliver(lane, ready)
            except StoppedByPerson as stop:
                self._stopped_by_person = stop
                return
            except PushStopped as stop:
                self._stopped[lane] = stop

    def _with_references(
        self, writes: Sequence[Write], confirmed: Mapping[str, str | None], not_sent: list[NotSent]
    ) -> list[Write]:
        """Put the ids of records that other writes made into the payloads that name them."""
        ready = []
        for write in writes:
            known = {needed: remote_id for needed in write.references if (remote_id := self._made(needed, confirmed))}
            if missing := sorted(write.references - known.keys()):
                why = f"The id of the record of {missing[0][:12]} is not known."
                not_sent.append(NotSent(write, NotSentReason.BLOCKED, why))
                continue
            ready.append(write.with_references(known))
        return ready

    def _made(self, write_id: str, confirmed: Mapping[str, str | None]) -> str | None:
        attempt = self._journal.newest.get(write_id)
        if attempt is not None and attempt.state is State.CONFIRMED:
            return attempt.remote_id or attempt.write.target_id
        return confirmed.get(write_id)

    def _left_over(self, may_go: Sequence[Write], not_sent: Sequence[NotSent]) -> list[NotSent]:
        """List the writes that might have gone and have no settled outcome, with the reason."""
        accounted = {stayed.write.write_id for stayed in not_sent}
        rest: list[NotSent] = []
        for write in may_go:
            attempt = self._journal.newest.get(write.write_id)
            if write.write_id in accounted or (attempt is not None and write.write_id in self._done):
                if attempt is not None and attempt.state is State.SENT:
                    rest.append(_job_running(write, attempt))
                continue
            stop = self._stopped_by_person or self._stopped.get(write.lane)
            reason = stop.args[0] if stop else "The push ended before its turn."
            if attempt is not None and attempt.state in ledger.UNSETTLED:
                reason = f"Its outcome is open and is looked up by the next push. {reason}"
            rest.append(NotSent(write, NotSentReason.STOPPED, reason))
        return rest


def _job_running(write: Write, attempt: Attempt) -> NotSent:
    return NotSent(write, NotSentReason.JOB_RUNNING, f"Salesforce still works on {attempt.batch_id}.")


def _without_records_in_flight(selection: Selection, leftovers: Sequence[ledger.Unsettled]) -> Selection:
    """Keep back writes on records that a call or a bulk job under way may still change."""
    in_flight: dict[tuple[str, str, str], ledger.Unsettled] = {
        name: leftover for leftover in leftovers for name in leftover.write.identities
    }
    kept: list[Write] = []
    held: list[NotSent] = []
    for write in selection.may_go:
        leftover = next((in_flight[name] for name in write.identities if name in in_flight), None)
        if leftover is None:
            kept.append(write)
        elif leftover.state is State.SENT:
            why = "An unfinished bulk job may still change this record."
            held.append(NotSent(write, NotSentReason.JOB_RUNNING, why))
        else:
            why = "An earlier write of this record may still arrive: the next push looks it up first."
            held.append(NotSent(write, NotSentReason.UNSETTLED, why))
    return Selection(tuple(kept), (*selection.not_sent, *held))
