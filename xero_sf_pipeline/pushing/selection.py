"""Chooses the writes of the newest plan that may go, and says of every other one why it stays.

Belongs here: approval, hold, filters, ledger state. Does not belong here: waves (`ordering.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import duckdb

from xero_sf_pipeline.pushing import ledger
from xero_sf_pipeline.pushing.ledger import State
from xero_sf_pipeline.pushing.ordering import expected_waves
from xero_sf_pipeline.pushing.outcomes import MAX_TRANSIENT_PUSHES, is_parked
from xero_sf_pipeline.pushing.writes import Write

_LOOK_FIRST = frozenset({State.CONFIRMED, State.DRIFTED, State.RETRY_REQUESTED})
"""After these states the record of a create may exist, so it is read before the create goes out once more."""


class NotSentReason(StrEnum):
    """Why a planned write was not sent by a push."""

    PLAN_HELD = "plan_held"
    NEEDS_APPROVAL = "needs_approval"
    APPROVAL_REJECTED = "approval_rejected"
    OTHER_KIND = "other_kind"
    ALREADY_CONFIRMED = "already_confirmed"
    PARKED = "parked"
    DISMISSED = "dismissed"
    DRIFTED = "drifted"
    UNSETTLED = "unsettled"
    BLOCKED = "blocked"
    OVER_LIMIT = "over_limit"
    STOPPED = "stopped"
    JOB_RUNNING = "job_running"


@dataclass(frozen=True, slots=True)
class NotSent:
    """A planned write that did not go out in this push. Grain: one per write_id."""

    write: Write
    reason: NotSentReason
    explanation: str


@dataclass(frozen=True, slots=True)
class PlanHead:
    """The newest plan, without its writes."""

    plan_id: str
    planned_at: datetime
    is_held: bool
    held_reason: str | None


@dataclass(frozen=True, slots=True)
class Selection:
    """The writes that may go, and all others with their reason."""

    may_go: tuple[Write, ...]
    not_sent: tuple[NotSent, ...]


def newest_plan(connection: duckdb.DuckDBPyConnection) -> PlanHead | None:
    """Return the newest plan; None when nothing was planned yet."""
    plans = ledger.rows(connection, "newest_plan", {})
    return PlanHead(**plans[0]) if plans else None


def select_writes(
    connection: duckdb.DuckDBPyConnection,
    plan_id: str,
    *,
    only: Collection[str] | None,
    max_pushes: int = MAX_TRANSIENT_PUSHES,
) -> Selection:
    """Sort the writes of a plan, to whichever system, into those that may go and those that stay.

    A write with an open outcome stays: a push looks it up first, and what is open after that may still arrive.
    """
    may_go: list[Write] = []
    not_sent: list[NotSent] = []
    for row in ledger.rows(connection, "planned_writes", {"plan_id": plan_id}):
        write = _write(row)
        stays = _stays(row, only, max_pushes)
        if stays is None:
            may_go.append(write)
        else:
            not_sent.append(NotSent(write, *stays))
    return Selection(tuple(may_go), tuple(not_sent))


def in_turn(
    writes: Sequence[Write], confirmed: Collection[str], limit: int | None
) -> tuple[list[Write], list[NotSent]]:
    """Put writes in send order; keep back what cannot go however well the push goes, and what is beyond `limit`.

    Blocked writes do not count towards the limit, so that a small limit never starves the rest of the plan.
    """
    expected = expected_waves(writes, confirmed)
    ordered = [write for wave in expected for write in wave.writes]
    kept_back = [NotSent(write, NotSentReason.BLOCKED, why) for wave in expected for write, why in wave.blocked]
    if limit is not None:
        why = f"Only {limit} writes were asked for."
        kept_back += [NotSent(write, NotSentReason.OVER_LIMIT, why) for write in ordered[limit:]]
    return ordered[:limit], kept_back


def _stays(row: dict[str, Any], only: Collection[str] | None, max_pushes: int) -> tuple[NotSentReason, str] | None:
    state = State(row["state"]) if row["state"] else None
    # A plan made after an attempt knows of it: when it asks for the same write again, the target has moved back.
    is_newer_than_attempt = state is not None and row["planned_at"] > row["attempted_at"]
    if state is State.CONFIRMED and not is_newer_than_attempt:
        return NotSentReason.ALREADY_CONFIRMED, "An earlier push wrote this."
    if only is not None and row["kind"] not in only:
        return NotSentReason.OTHER_KIND, f"Only {', '.join(sorted(only))} was asked for."
    if row["approval"] == "needs_approval":
        return NotSentReason.NEEDS_APPROVAL, "A person has to approve this write."
    if row["approval"] not in ("auto", "approved"):
        return NotSentReason.APPROVAL_REJECTED, "A person rejected this write."
    if state is State.DISMISSED:
        return NotSentReason.DISMISSED, row["message"] or "A person dismissed this write."
    if state is State.DRIFTED and not is_newer_than_attempt:
        return NotSentReason.DRIFTED, f"{row['message']} It is planned anew from the next read."
    if state is State.SENT:
        return NotSentReason.JOB_RUNNING, "Salesforce still works on the bulk job that holds it."
    if state in (State.INTENT, State.UNKNOWN):
        return NotSentReason.UNSETTLED, "Its outcome is open and it may still arrive: the next push looks it up first."
    failures = row["transient_push_count"]
    if state is State.REJECTED and is_parked(row["error_class"], row["http_status"], failures, max_pushes):
        return NotSentReason.PARKED, f"{row['error_code'] or row['error_class']}: {row['message']}"
    return None


def _write(row: dict[str, Any]) -> Write:
    write = Write(
        write_id=row["write_id"],
        kind=row["kind"],
        target_object=row["target_object"],
        action=row["action"],
        target_key_field=row["target_key_field"],
        target_key=row["target_key"],
        target_id=row["target_id"],
        payload_text=row["payload"],
        before_text=row["before"],
        depends_on=tuple(row["depends_on"] or ()),
        target_system=row["target_system"],
        must_look_first=row["has_confirmed_twin"] or row["state"] in _LOOK_FIRST,
        first_attempted_at=row["first_attempted_at"],
    )
    # Whose id is needed is depended on, whether the plan says so or not.
    unnamed = sorted(write.references - set(write.depends_on))
    return replace(write, depends_on=(*write.depends_on, *unnamed)) if unnamed else write
