"""What the calls of this process have cost so far: calls and bytes, by system and tenant.

Belongs here: counters that a run subtracts from each other for its metadata. The budget of the day, which all processes
share, lives in `governor`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Usage:
    """Calls sent and bytes on the wire: `bytes_in` received (compressed bodies), `bytes_out` sent (bodies)."""

    calls: int = 0
    bytes_in: int = 0
    bytes_out: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.calls + other.calls, self.bytes_in + other.bytes_in, self.bytes_out + other.bytes_out)

    def __sub__(self, other: Usage) -> Usage:
        return Usage(self.calls - other.calls, self.bytes_in - other.bytes_in, self.bytes_out - other.bytes_out)


class UsageMeter:
    """Counts since the process started. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[tuple[str, str], Usage] = {}

    def add(self, system: str, tenant: str, usage: Usage) -> None:
        """Count finished calls."""
        with self._lock:
            self._used[system, tenant] = self._used.get((system, tenant), Usage()) + usage

    def used(self, system: str | None = None, tenant: str | None = None) -> Usage:
        """Sum what was used, of one system and tenant or of all. Subtract two readings to get the cost of a step."""
        with self._lock:
            rows = [
                usage
                for (its_system, its_tenant), usage in self._used.items()
                if system in (None, its_system) and tenant in (None, its_tenant)
            ]
        return sum(rows, Usage())

    def by_tenant(self) -> dict[tuple[str, str], Usage]:
        """Return a copy of all counters by (system, tenant)."""
        with self._lock:
            return dict(self._used)
