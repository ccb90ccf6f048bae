"""Faults on demand: what should go wrong, on which requests, how often.

A fault is armed by a test or through the control API and taken by the code that can play it. The shared middleware
plays the effects in `GENERIC_EFFECTS`; every other effect belongs to one API and is documented there.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

GENERIC_EFFECTS = ("slow", "status", "drop_before", "drop_after", "drop_midway", "mutate")
"""Played for both APIs by the middleware; see `middleware.py` for the arguments of each."""


@dataclass(frozen=True)
class Fault:
    """One armed fault.

    `method` and `path` (a regular expression searched in the URL path) narrow it down; None matches everything.
    `after` matching requests pass first, then `times` requests are hit (None: every one from then on).
    """

    system: str
    effect: str
    method: str | None = None
    path: str | None = None
    times: int | None = 1
    after: int = 0
    argument: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.system not in ("xero", "salesforce"):
            raise ValueError(f"a fault's system is 'xero' or 'salesforce', got {self.system!r}")
        if self.path is not None:
            re.compile(self.path)

    def matches(self, system: str, method: str, path: str, effect: str | None) -> bool:
        """Tell whether this fault is meant for such a request."""
        return (
            self.system == system
            and (effect is None or self.effect == effect)
            and (self.method is None or self.method.upper() == method.upper())
            and (self.path is None or re.search(self.path, path) is not None)
        )


@dataclass
class _Armed:
    fault: Fault
    to_skip: int
    left: int | None


class FaultPlan:
    """The armed faults, oldest first. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []

    def arm(self, fault: Fault) -> None:
        """Add a fault behind those already armed."""
        with self._lock:
            self._armed.append(_Armed(fault, fault.after, fault.times))

    def take(self, system: str, method: str, path: str, effect: str | None = None) -> Fault | None:
        """Return the first fault due for this request and count it down, or None.

        Call it at most once per request and effect: each call with a matching request uses up one `after` or `times`.
        """
        if not self._armed:
            return None
        with self._lock:
            for armed in self._armed:
                if not armed.fault.matches(system, method, path, effect):
                    continue
                if armed.to_skip > 0:
                    armed.to_skip -= 1
                    continue
                if armed.left is not None:
                    armed.left -= 1
                    if armed.left <= 0:
                        self._armed.remove(armed)
                return armed.fault
        return None

    def clear(self) -> None:
        """Disarm everything."""
        with self._lock:
            self._armed.clear()

    def as_list(self) -> list[dict[str, Any]]:
        """List the armed faults with what is left of them, for the control API."""
        with self._lock:
            return [
                {
                    **asdict(armed.fault),
                    "argument": dict(armed.fault.argument),
                    "times": armed.left,
                    "after": armed.to_skip,
                }
                for armed in self._armed
            ]
