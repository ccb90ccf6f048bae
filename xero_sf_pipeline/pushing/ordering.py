"""Orders writes: parents before children, what is depended on before its dependents, no record twice in one call.

Belongs here: waves and blocking. Does not belong here: what is inside a call (`delivery.py`, `xero_delivery.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from xero_sf_pipeline.pushing.writes import SALESFORCE, XERO, Write

PHASES = (
    (SALESFORCE, "Account"),
    (SALESFORCE, "Contact"),
    (SALESFORCE, "Product2"),
    (SALESFORCE, "PricebookEntry"),
    (XERO, "Item"),
    (XERO, "Contact"),
    (XERO, "Invoice"),
    (XERO, "CreditNote"),
    (SALESFORCE, "Xero_Contact__c"),
    (SALESFORCE, "Opportunity"),
    (SALESFORCE, "OpportunityLineItem"),
    (SALESFORCE, "Xero_Invoice__c"),
    (SALESFORCE, "Case"),
    (SALESFORCE, "Task"),
)
"""A lookup's target comes before the record that looks up, and what others name by its id before those others; objects
not named here come last, by name. Where a write depends on a later phase, it waits for it."""


@dataclass(frozen=True, slots=True)
class Wave:
    """Writes of one object (and tenant) that may travel together, and those that cannot go because of what happened."""

    writes: tuple[Write, ...]
    blocked: tuple[tuple[Write, str], ...]


def in_send_order(writes: Sequence[Write]) -> list[Write]:
    """Sort writes by phase, then by tenant, then as given."""
    return sorted(writes, key=lambda write: _phase(write.group))


def waves(writes: Sequence[Write], is_confirmed: Callable[[str], bool]) -> Iterator[Wave]:
    """Yield one wave after the other; `is_confirmed(write_id)` is asked when a dependent's turn comes.

    A write waits while something it depends on is still to come, and is blocked when that was not confirmed or is not
    part of this push. The first phase that has something to send goes next, so that phases travel whole.
    """
    groups: dict[tuple[str, str, str], list[Write]] = {}
    for write in in_send_order(writes):
        groups.setdefault(write.group, []).append(write)
    to_come = {write.write_id for write in writes}
    while groups:
        chosen = _next_wave(groups, to_come, is_confirmed)
        if chosen is None:
            circle = [write for group in groups.values() for write in group]
            yield Wave((), tuple((write, "Its dependencies form a circle.") for write in circle))
            return
        name, wave, later = chosen
        # What is blocked will not come, so its own dependents are blocked in turn.
        to_come -= {write.write_id for write, _ in wave.blocked}
        yield wave
        to_come -= {write.write_id for write in wave.writes}
        if later:
            groups[name] = later
        else:
            del groups[name]


def expected_waves(writes: Sequence[Write], confirmed: Collection[str]) -> list[Wave]:
    """Return the waves as they come if the target confirms everything that is sent."""
    hoped = set(confirmed)
    expected = []
    for wave in waves(writes, hoped.__contains__):
        expected.append(wave)
        hoped.update(write.write_id for write in wave.writes)
    return expected


def _next_wave(
    groups: Mapping[tuple[str, str, str], Sequence[Write]],
    to_come: Collection[str],
    is_confirmed: Callable[[str], bool],
) -> tuple[tuple[str, str, str], Wave, list[Write]] | None:
    """Return the first group that can move, what goes of it, and what is left; None when all wait for each other."""
    for name, group in groups.items():
        wave, later = _wave(group, to_come, is_confirmed)
        if wave.writes or wave.blocked:
            return name, wave, later
    return None


def _wave(
    group: Sequence[Write], to_come: Collection[str], is_confirmed: Callable[[str], bool]
) -> tuple[Wave, list[Write]]:
    """Part a group into what goes now, what cannot go, and what comes later."""
    ready: list[Write] = []
    later: list[Write] = []
    blocked: list[tuple[Write, str]] = []
    taken: set[tuple[str, str, str]] = set()
    for write in group:
        waits_for = [needed for needed in write.depends_on if not is_confirmed(needed)]
        if any(needed not in to_come or needed == write.write_id for needed in waits_for):
            blocked.append((write, f"It depends on {_names(waits_for)}, not confirmed at the target."))
        elif waits_for or write.identities & taken:
            later.append(write)
        else:
            ready.append(write)
            taken |= write.identities
    return Wave(tuple(ready), tuple(blocked)), later


def _phase(group: tuple[str, str, str]) -> tuple[int, tuple[str, str, str]]:
    position = PHASES.index(group[:2]) if group[:2] in PHASES else len(PHASES)
    return (position, group)


def _names(write_ids: Sequence[str]) -> str:
    return ", ".join(write_id[:12] for write_id in write_ids)
