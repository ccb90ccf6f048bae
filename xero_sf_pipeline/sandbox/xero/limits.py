"""Xero's rate limits: 5 calls at a time, 60 a minute and 5,000 a day per app and tenant, 10,000 a minute per app.

Windows are fixed, not sliding, and end at a moment that differs from tenant to tenant. Time is sandbox time.
"""

from __future__ import annotations

import threading
import zlib
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

_MINUTE = 60
_DAY = 86_400


@dataclass(frozen=True)
class Limits:
    """Calls allowed. A Starter app has 1,000 a day."""

    concurrent: int = 5
    minute: int = 60
    day: int = 5_000
    app_minute: int = 10_000


@dataclass(frozen=True)
class Verdict:
    """The decision on one call, with the headers that every answer carries. `problem` None: go on."""

    problem: str | None
    headers: dict[str, str]


class LimitWindows:
    """Counts calls. Each `enter` without a problem needs one `leave`."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._lock = threading.Lock()
        self._running: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._used: dict[tuple[str, str], tuple[int, int]] = {}

    def configure(self, changes: dict[str, Any]) -> Limits:
        """Change limits by name.

        Raises:
            TypeError: for an unknown name
        """
        with self._lock:
            self.limits = replace(self.limits, **{name: int(value) for name, value in changes.items()})
            return self.limits

    def enter(self, app: str, tenant: str, now: datetime) -> Verdict:
        """Count a call in, or say which limit forbids it; a refused call is not counted."""
        with self._lock:
            if self._running[app, tenant] >= self.limits.concurrent:
                return Verdict("concurrent", self._headers(app, tenant, now) | {"X-Rate-Limit-Problem": "concurrent"})
            for problem, limit, scope, length in self._windows(app, tenant):
                used, ends_in = self._window(problem, scope, length, now)
                if used >= limit:
                    return Verdict(problem, self._headers(app, tenant, now) | refusal_headers(problem, ends_in))
            for problem, _, scope, length in self._windows(app, tenant):
                self._count(problem, scope, length, now)
            self._running[app, tenant] += 1
            return Verdict(None, self._headers(app, tenant, now))

    def leave(self, app: str, tenant: str) -> None:
        """Count a call out."""
        with self._lock:
            self._running[app, tenant] -= 1

    def peek(self, app: str, tenant: str, now: datetime) -> dict[str, str]:
        """Return the headers without counting a call."""
        with self._lock:
            return self._headers(app, tenant, now)

    def _windows(self, app: str, tenant: str) -> list[tuple[str, int, str, int]]:
        return [
            ("minute", self.limits.minute, f"{app}/{tenant}", _MINUTE),
            ("day", self.limits.day, f"{app}/{tenant}", _DAY),
            ("appminute", self.limits.app_minute, app, _MINUTE),
        ]

    def _window(self, problem: str, scope: str, length: int, now: datetime) -> tuple[int, int]:
        index, ends_in = _position(scope, length, now)
        counted_index, used = self._used.get((problem, scope), (index, 0))
        return (used if counted_index == index else 0), ends_in

    def _count(self, problem: str, scope: str, length: int, now: datetime) -> None:
        used, _ = self._window(problem, scope, length, now)
        self._used[problem, scope] = (_position(scope, length, now)[0], used + 1)

    def _headers(self, app: str, tenant: str, now: datetime) -> dict[str, str]:
        names = {
            "minute": "X-MinLimit-Remaining",
            "day": "X-DayLimit-Remaining",
            "appminute": "X-AppMinLimit-Remaining",
        }
        return {
            names[problem]: str(max(0, limit - self._window(problem, scope, length, now)[0]))
            for problem, limit, scope, length in self._windows(app, tenant)
        }


def refusal_headers(problem: str, retry_after: int | None) -> dict[str, str]:
    """Return the extra headers of a 429. A concurrency refusal has no Retry-After."""
    headers = {"X-Rate-Limit-Problem": problem}
    if problem != "concurrent" and retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return headers


def _position(scope: str, length: int, now: datetime) -> tuple[int, int]:
    """Return the window's index and the seconds until it ends; the phase depends on the scope."""
    shifted = now.timestamp() + zlib.crc32(scope.encode()) % length
    index = int(shifted // length)
    return index, max(1, int((index + 1) * length - shifted + 0.999))
