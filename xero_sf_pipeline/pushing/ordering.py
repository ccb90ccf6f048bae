"""Orders writes: parents before children, what is depended on before its dependents, no record twice in one call.

Belongs here: waves and blocking. Does not belong here: what is inside a call (`delivery.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from xero_sf_pipeline.pushing.writes import Write

PHASES = ("Account", "Xero_Contact__c", "Case")
"""A lookup's target comes before the record that looks up; objects not named here come last, by name."""


@dataclass(frozen=True, slots=True)
class Wave:
    """Writes of one object that may travel together, and those that cannot go because of what happened before."""

    writes: tuple[Write, ...]
    blocked: tuple[tuple[Write, str], ...]


def in_send_order(writes: Sequence[Write]) -> list[Write]:
    """Sort writes by phase, then as given."""
    return sorted(writes, key=lambda write: _phase(write.target_object))


def waves(writes: Sequence[Write], is_confirmed: Callable[[str], bool]) -> Iterator[Wave]:
    """Yield one wave after the other; `is_confirmed(write_id)` is asked when a dependent's turn comes.

    A write waits while something it depends on is still to come in its own object, and is blocked when that was
    not confirmed, is not part of this push, or comes only later.
    """
    todo = in_send_order(writes)
    while todo:
        object_name = todo[0].target_object
        phase = [write for write in todo if write.target_object == object_name]
        to_come = {write.write_id for write in phase}
        wave: list[Write] = []
        later: list[Write] = []
        blocked: list[tuple[Write, str]] = []
        taken: set[tuple[str, str]] = set()
        for write in phase:
            waits_for = [needed for needed in write.depends_on if not is_confirmed(needed)]
            if any(needed not in to_come or needed == write.write_id for needed in waits_for):
                blocked.append((write, f"It depends on {_names(waits_for)}, not confirmed at the target."))
            elif waits_for or write.identities & taken:
                later.append(write)
            else:
                wave.append(write)
                taken |= write.identities
        if not wave and not blocked:
            blocked, later = [(write, "Its dependencies form a circle.") for write in later], []
        yield Wave(tuple(wave), tuple(blocked))
        todo = later + [write for write in todo if write.target_object != object_name]


def expected_waves(writes: Sequence[Write], confirmed: Collection[str]) -> list[Wave]:
    """Return the waves as they come if the target confirms everything that is sent."""
    hoped = set(confirmed)
    expected = []
    for wave in waves(writes, hoped.__contains__):
        expected.append(wave)
        hoped.update(write.write_id for write in wave.writes)
    return expected


def _phase(object_name: str) -> tuple[int, str]:
    position = PHASES.index(object_name) if object_name in PHASES else len(PHASES)
    return (position, object_name)


def _names(write_ids: Sequence[str]) -> str:
    return ", ".join(write_id[:12] for write_id in write_ids)
