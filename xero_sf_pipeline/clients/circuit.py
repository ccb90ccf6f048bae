"""Stops calling a system that fails again and again, and tries it again after a pause.

One circuit per system and tenant, in this process. Only failures of the system count (dropped connections, timeouts,
5xx answers); a limit or a refused record shows that it works. Does not belong here: repeating a call (`retry`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import CircuitOpen, OutcomeUnknown, RateLimited, TransientApiError

FAILURES_TO_OPEN = 8
"""In a row, over all calls: two reads with all their repeats."""
PAUSE = timedelta(seconds=60)


@dataclass
class _Circuit:
    failures: int = 0
    open_until: datetime | None = None
    is_probing: bool = False


class CircuitBreaker:
    """Guards calls. Safe to use from several threads."""

    def __init__(self, clock: Clock, *, failures_to_open: int = FAILURES_TO_OPEN, pause: timedelta = PAUSE) -> None:
        self._clock = clock
        self._failures_to_open = failures_to_open
        self._pause = pause
        self._lock = threading.Lock()
        self._circuits: dict[tuple[str, str], _Circuit] = {}

    @contextmanager
    def guard(self, system: str, tenant: str) -> Iterator[None]:
        """Let one call through, or refuse it at once while the circuit is open. After the pause one probe goes first.

        Raises:
            CircuitOpen: the system failed `failures_to_open` times in a row and the pause is not over.
        """
        with self._lock:
            circuit = self._circuits.setdefault((system, tenant), _Circuit())
            self._enter(circuit, system)
        try:
            yield
        except (OutcomeUnknown, TransientApiError) as error:
            with self._lock:
                circuit.is_probing = False
                if isinstance(error, RateLimited):
                    circuit.failures, circuit.open_until = 0, None
                else:
                    self._note_failure(circuit)
            raise
        except BaseException:
            with self._lock:
                circuit.is_probing = False
                circuit.failures, circuit.open_until = 0, None
            raise
        with self._lock:
            circuit.is_probing = False
            circuit.failures, circuit.open_until = 0, None

    def _enter(self, circuit: _Circuit, system: str) -> None:
        if circuit.open_until is None:
            return
        left = (circuit.open_until - self._clock.now()).total_seconds()
        if left > 0 or circuit.is_probing:
            raise CircuitOpen(
                f"No {system} call was made: the last {circuit.failures} calls failed, calls are paused.",
                system=system,
                code="circuit_open",
                remedy="The next run tries again; look at the system's status page if it lasts.",
            )
        circuit.is_probing = True

    def _note_failure(self, circuit: _Circuit) -> None:
        circuit.failures += 1
        if circuit.failures >= self._failures_to_open:
            circuit.open_until = self._clock.now() + self._pause
