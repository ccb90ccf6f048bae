"""The sandbox's own time: both APIs stamp, expire and count by it.

It runs along with real time from a settable instant, so that a test can let a day pass without waiting.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class SandboxClock:
    """A settable clock; it moves with real time unless it is frozen. All instants are aware UTC datetimes."""

    def __init__(self, start: datetime | None = None, *, frozen: bool = False) -> None:
        self._lock = threading.Lock()
        self._frozen = frozen
        self._base = _as_utc(start) if start is not None else datetime.now(UTC)
        self._anchor = time.monotonic()
        self.on_change: Callable[[], None] | None = None

    @property
    def is_frozen(self) -> bool:
        """Whether time stands still between calls of `set` and `advance`."""
        return self._frozen

    def now(self) -> datetime:
        """Return the current sandbox instant."""
        with self._lock:
            return self._now()

    def set(self, instant: datetime) -> None:
        """Jump to an aware instant, forwards or backwards."""
        with self._lock:
            self._rebase(_as_utc(instant))
        self._changed()

    def advance(self, span: timedelta) -> None:
        """Jump by a span from the current instant."""
        with self._lock:
            self._rebase(self._now() + span)
        self._changed()

    def freeze(self, frozen: bool = True) -> None:
        """Stop time at the current instant, or let it run on from there."""
        with self._lock:
            self._rebase(self._now())
            self._frozen = frozen
        self._changed()

    def _now(self) -> datetime:
        if self._frozen:
            return self._base
        return self._base + timedelta(seconds=time.monotonic() - self._anchor)

    def _rebase(self, instant: datetime) -> None:
        self._base = instant
        self._anchor = time.monotonic()

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()


def _as_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"the sandbox clock needs an aware datetime, got {instant.isoformat()} without an offset")
    return instant.astimezone(UTC)
