"""Repeats a read that failed for a passing reason, a few times, with growing random pauses.

A list of what may be repeated, not of what may not. Only reads come here: a write whose answer was lost is looked up
first (`pushing`). Does not belong here: limits shared with others (`governor`), failing systems (`circuit`).
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from xero_sf_pipeline.errors import CircuitOpen, RateLimited, TransientApiError

log = logging.getLogger(__name__)
T = TypeVar("T")

REPEATED_CODES = frozenset({"not_connected", "dropped", "timeout", "server_error", "unavailable", "locked"})
"""Codes of TransientApiError that a few seconds may cure; an offline organisation (minutes) is not among them."""
REPEATED_LIMITS = frozenset({"minute", "concurrent", "appminute"})
LONGEST_PAUSE_SECONDS = 65.0
"""A minute limit resets within 60 s. A longer Retry-After ends the run instead of blocking it."""


def _random_share() -> float:
    return random.random()  # noqa: S311 - jitter, not a secret


@dataclass(frozen=True)
class Retry:
    """Bounded repeats: `attempts` sends at most, pauses of up to 0.5 s, 1 s, 2 s ... with full jitter."""

    attempts: int = 4
    first_pause_seconds: float = 0.5
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    share: Callable[[], float] = field(default=_random_share, repr=False)

    def run(self, operation: Callable[[], T]) -> T:
        """Return the operation's result, repeating it while its failure may pass.

        Raises:
            whatever the last attempt that reached the system raised.
        """
        attempt = 1
        failure: TransientApiError | None = None
        while True:
            try:
                return operation()
            except CircuitOpen:
                if failure is not None:
                    raise failure from None  # this operation's own failures opened the circuit: say why
                raise
            except TransientApiError as error:
                failure = error
                pause = self.pause_after(error, attempt)
                if pause is None:
                    raise
                log.info("%s: %s, attempt %d; next in %.1f s", error.system, error.code, attempt, pause)
            self.sleep(pause)
            attempt += 1

    def pause_after(self, error: TransientApiError, attempt: int) -> float | None:
        """Return the pause before the next attempt, or None when there must not be one."""
        if attempt >= self.attempts:
            return None
        backoff = self.first_pause_seconds * 2 ** (attempt - 1) * (0.5 + self.share() / 2)
        if isinstance(error, RateLimited):
            asked = error.retry_after_seconds
            if error.limit not in REPEATED_LIMITS or (asked or 0) > LONGEST_PAUSE_SECONDS:
                return None
            return backoff if asked is None else asked + self.share()
        return backoff if error.code in REPEATED_CODES else None
