"""What a push did, as rows for a table and for metadata.

Belongs here: counting and the shape of the report. Does not belong here: rendering.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from xero_sf_pipeline.pushing.ledger import Attempt, State
from xero_sf_pipeline.pushing.selection import NotSent, NotSentReason


@dataclass(frozen=True, slots=True)
class KindCount:
    """Grain: one per (kind, outcome). `outcome`: a ledger state, `not_sent:<reason>`, in a dry run `would_send`."""

    kind: str
    outcome: str
    write_count: int


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """What a dry run would call. Grain: one per (system, object, operation)."""

    target_system: str
    target_object: str
    operation: str
    write_count: int
    call_count: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A write that its target refused, that was overtaken, or (a warning) that was written not quite as sent.

    Grain: one per write_id.
    """

    write_id: str
    kind: str
    target_system: str
    target_object: str
    target_key: str | None
    state: str
    error_class: str | None
    error_code: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class StayedBehind:
    """A planned write that was not sent, with the reason. Grain: one per write_id."""

    write_id: str
    kind: str
    target_object: str
    target_key: str | None
    reason: str
    explanation: str


@dataclass(frozen=True, slots=True)
class SystemCalls:
    """How often a push called one system. Grain: one per system that was called."""

    system: str
    write_calls: int
    read_calls: int


@dataclass(frozen=True, slots=True)
class PushReport:
    """The outcome of one push. `seconds` is wall time; `bytes_sent` counts payloads without headers."""

    plan_id: str | None
    run_id: str
    is_dry_run: bool
    counts: tuple[KindCount, ...] = ()
    recovered: tuple[KindCount, ...] = ()
    """Writes that an earlier push had left open, by what a look-up made of them."""
    planned_calls: tuple[PlannedCall, ...] = ()
    refused: tuple[Refusal, ...] = ()
    warnings: tuple[Refusal, ...] = ()
    """Writes that count as confirmed and carry a message that a person should read."""
    not_sent: tuple[StayedBehind, ...] = ()
    call_counts: dict[str, int] = field(default_factory=dict)
    """Calls by `operation object`, for instance `upsert Case`, or with the system before it: `xero create Invoice`."""
    calls_by_system: tuple[SystemCalls, ...] = ()
    write_calls: int = 0
    read_calls: int = 0
    bytes_sent: int = 0
    seconds: float = 0.0
    stopped_because: str | None = None
    remedy: str | None = None

    def count(self, state: State) -> int:
        """Return how many writes of the plan this push brought to a state."""
        return sum(row.write_count for row in self.counts if row.outcome == state.value)

    @property
    def confirmed_count(self) -> int:
        return self.count(State.CONFIRMED)

    @property
    def is_clean(self) -> bool:
        """True when nothing stopped the push, nothing was refused, and nothing waits for another write or an answer."""
        waiting = {
            NotSentReason.BLOCKED,
            NotSentReason.STOPPED,
            NotSentReason.JOB_RUNNING,
            NotSentReason.PARKED,
            NotSentReason.UNSETTLED,
        }
        return not (self.stopped_because or self.refused or any(row.reason in waiting for row in self.not_sent))

    def rows(self) -> list[dict[str, str | int]]:
        """Return the rows of a table: kind, outcome, write_count."""
        return [asdict(count) for count in self.counts]


def count_kinds(attempts: Iterable[Attempt], not_sent: Iterable[NotSent] = ()) -> tuple[KindCount, ...]:
    """Count newest attempts and unsent writes by kind and outcome, sorted."""
    counts: Counter[tuple[str, str]] = Counter()
    counts.update((attempt.write.kind, attempt.state.value) for attempt in attempts)
    counts.update((stayed.write.kind, f"not_sent:{stayed.reason.value}") for stayed in not_sent)
    return tuple(KindCount(kind, outcome, count) for (kind, outcome), count in sorted(counts.items()))


def refusals(attempts: Iterable[Attempt]) -> tuple[Refusal, ...]:
    """List what was not confirmed among the newest attempts."""
    return _told(attempt for attempt in attempts if attempt.state is not State.CONFIRMED)


def warned(attempts: Iterable[Attempt]) -> tuple[Refusal, ...]:
    """List what was confirmed with a warning among the newest attempts."""
    return _told(attempt for attempt in attempts if attempt.state is State.CONFIRMED and attempt.error_class)


def _told(attempts: Iterable[Attempt]) -> tuple[Refusal, ...]:
    return tuple(
        Refusal(
            write_id=attempt.write.write_id,
            kind=attempt.write.kind,
            target_system=attempt.write.target_system,
            target_object=attempt.write.target_object,
            target_key=attempt.write.target_key,
            state=attempt.state.value,
            error_class=attempt.error_class.value if attempt.error_class else None,
            error_code=attempt.error_code,
            message=attempt.message,
        )
        for attempt in attempts
    )


def stayed_behind(not_sent: Iterable[NotSent]) -> tuple[StayedBehind, ...]:
    """List the unsent writes of a plan; those that an earlier push confirmed are only counted."""
    return tuple(
        StayedBehind(
            write_id=stayed.write.write_id,
            kind=stayed.write.kind,
            target_object=stayed.write.target_object,
            target_key=stayed.write.target_key,
            reason=stayed.reason.value,
            explanation=stayed.explanation,
        )
        for stayed in not_sent
        if stayed.reason is not NotSentReason.ALREADY_CONFIRMED
    )
