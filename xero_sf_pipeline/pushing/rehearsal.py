"""The dry run: what a push would call, from the plan and the ledger alone.

Belongs here: counting calls ahead. Does not belong here: any call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from xero_sf_pipeline.pushing import ledger
from xero_sf_pipeline.pushing.delivery import address_of
from xero_sf_pipeline.pushing.ordering import expected_waves
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.report import KindCount, PlannedCall, PushReport, count_kinds, stayed_behind
from xero_sf_pipeline.pushing.selection import NotSent, NotSentReason, in_turn, newest_plan, select_writes
from xero_sf_pipeline.pushing.verification import RETRIEVE_SIZE, needs_fresh_read
from xero_sf_pipeline.pushing.writes import SALESFORCE, XERO, Endpoint, Write
from xero_sf_pipeline.pushing.xero_delivery import batches
from xero_sf_pipeline.pushing.xero_lookup import IDS_PER_READ
from xero_sf_pipeline.pushing.xero_objects import is_create
from xero_sf_pipeline.warehouse import Warehouse


def rehearse(
    warehouse: Warehouse, *, run_id: str, only: Collection[str] | None, limit: int | None, pacing: Pacing
) -> PushReport:
    """Report what a push would send and in how many calls; calls nothing and records nothing.

    The fresh read of a real push can still find a record that has moved, and then sends less.
    """
    with warehouse.reading() as connection:
        plan = newest_plan(connection)
        if plan is None:
            return PushReport(plan_id=None, run_id=run_id, is_dry_run=True)
        selection = select_writes(connection, plan.plan_id, only=only, max_pushes=pacing.max_pushes)
        needed = {write_id for write in selection.may_go for write_id in write.depends_on}
        confirmed = ledger.confirmed_among(connection, sorted(needed))
    may_go, kept_back = in_turn(selection.may_go, confirmed, limit)
    not_sent = [*selection.not_sent, *kept_back]
    if plan.is_held:
        held = str(plan.held_reason)
        not_sent += [NotSent(write, NotSentReason.PLAN_HELD, held) for write in may_go]
        may_go = []
    calls: list[PlannedCall] = []
    walked: set[tuple[str, str, str]] = set()
    for wave in expected_waves(may_go, confirmed):
        if wave.writes and wave.writes[0].target_system == XERO:
            calls += _xero_calls_of(wave.writes, pacing, walked)
        elif wave.writes:
            calls += _calls_of(wave.writes, pacing)
    kinds = Counter(write.kind for write in may_go)
    would_send = [KindCount(kind, "would_send", count) for kind, count in sorted(kinds.items())]
    return PushReport(
        plan_id=plan.plan_id,
        run_id=run_id,
        is_dry_run=True,
        counts=(*would_send, *count_kinds((), not_sent)),
        planned_calls=_added_up(calls),
        not_sent=stayed_behind(not_sent),
        stopped_because=f"The plan is held: {plan.held_reason}" if plan.is_held else None,
    )


def _calls_of(wave: Sequence[Write], pacing: Pacing) -> list[PlannedCall]:
    """Tell the calls of a wave; the count of look-ups by key is the least possible, they are split by URI length."""
    calls: list[PlannedCall] = []
    name = wave[0].target_object
    read = [write for write in wave if needs_fresh_read(write)]
    by_id = [write for write in read if write.target_id is not None or write.endpoint is Endpoint.UPDATE]
    if by_id:
        calls.append(PlannedCall(SALESFORCE, name, "retrieve", len(by_id), -(-len(by_id) // RETRIEVE_SIZE)))
    if len(read) > len(by_id):
        calls.append(PlannedCall(SALESFORCE, name, "find_by_key", len(read) - len(by_id), 1))
    groups: dict[tuple[str, str], int] = {}
    for write in wave:
        groups[address_of(write)] = groups.get(address_of(write), 0) + 1
    for (endpoint, _), count in sorted(groups.items()):
        is_bulk = count > pacing.bulk_above and endpoint != Endpoint.INSERT
        operation = f"bulk_{endpoint}" if is_bulk else endpoint
        calls.append(
            PlannedCall(SALESFORCE, name, operation, count, 1 if is_bulk else -(-count // pacing.collection_size))
        )
    return calls


def _xero_calls_of(wave: Sequence[Write], pacing: Pacing, walked: set[tuple[str, str, str]]) -> list[PlannedCall]:
    """Tell the calls of a wave to one tenant; a walk of what changed costs one call a thousand records, at least one.

    `walked` are the groups that were walked already: one walk serves all creates of an object.
    """
    calls: list[PlannedCall] = []
    name = wave[0].target_object
    creates = [write for write in wave if is_create(write)]
    changes = [write for write in wave if not is_create(write)]
    if creates and wave[0].group not in walked:
        calls.append(PlannedCall(XERO, name, "changed", len(creates), 1))
        walked.add(wave[0].group)
    if changes:
        reads = 1 if name == "Item" else -(-len(changes) // IDS_PER_READ)
        calls.append(PlannedCall(XERO, name, "by_ids", len(changes), reads))
    for operation, group in (("create", creates), ("update", changes)):
        if group:
            count = sum(1 for _ in batches(group, pacing.xero_batch_size, pacing.xero_bytes))
            calls.append(PlannedCall(XERO, name, operation, len(group), count))
    return calls


def _added_up(calls: Sequence[PlannedCall]) -> tuple[PlannedCall, ...]:
    totals: dict[tuple[str, str, str], PlannedCall] = {}
    for call in calls:
        name = (call.target_system, call.target_object, call.operation)
        known = totals.get(name, PlannedCall(*name, 0, 0))
        totals[name] = replace(
            known, write_count=known.write_count + call.write_count, call_count=known.call_count + call.call_count
        )
    return tuple(totals.values())
