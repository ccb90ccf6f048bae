"""Sizes, thresholds and waits of a push.

Belongs here: numbers with their unit and reason, and the pauses between resends and polls. Does not belong here:
request budgets (the clients' governor).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xero_sf_pipeline.pushing.outcomes import MAX_TRANSIENT_PUSHES

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import PushRules


@dataclass(frozen=True, slots=True)
class Pacing:
    """How a push cuts and times its calls."""

    collection_size: int = 200
    """Records in one sObject Collections call (the API's limit)."""
    bulk_above: int = 2000
    """Above this many records of one object a Bulk 2.0 job is cheaper in calls (Salesforce's own rule of thumb)."""
    bulk_bytes: int = 90_000_000
    """CSV bytes in one job; the API takes 150 MB once it has encoded them, which is about 100 MB of text."""
    xero_batch_size: int = 50
    """Elements in one call to Xero; its documentation recommends no more."""
    xero_bytes: int = 3_400_000
    """Bytes of the elements of one call to Xero; it takes 3.5 MB, envelope included."""
    resend_rounds: int = 3
    """Times that rows refused for a passing reason (a lock) are sent again within one push."""
    resend_pause_seconds: float = 1.0
    """Pause before the first resend; doubles each round, with jitter so that two senders fall out of step."""
    longest_limit_wait_seconds: float = 60.0
    """A limit that resets later than this ends the push instead of being waited for."""
    job_poll_seconds: float = 0.5
    """First pause of polling a bulk job; grows by half each time up to `longest_poll_seconds`."""
    longest_poll_seconds: float = 30.0
    job_wait_seconds: float = 3600.0
    """A job that takes longer is left to Salesforce; the next push reads its results."""
    refusal_splits: int = 20
    """Extra calls spent on finding the record that makes Salesforce refuse a whole call of 200."""
    max_pushes: int = MAX_TRANSIENT_PUSHES
    """Pushes in which a write may fail for a passing reason before it is parked."""
    plan_life_hours: float = 24.0
    """A plan older than this is not pushed: what it wants to create may not be due any more (an invoice was paid)."""
    sleep: Callable[[float], None] = time.sleep

    @classmethod
    def of(cls, rules: PushRules) -> Pacing:
        """Take batch sizes, bulk threshold and cap of pushes from the policy."""
        return cls(
            collection_size=rules.batch_size,
            xero_batch_size=rules.xero_batch_size,
            bulk_above=rules.bulk_above,
            max_pushes=rules.max_attempts,
        )

    def before_resend(self, round_number: int) -> None:
        """Wait before resend round 1, 2, 3 ..."""
        longest = self.resend_pause_seconds * 2 ** (round_number - 1)
        self.sleep(longest * (0.5 + random.random() / 2))  # noqa: S311 - jitter, not a secret

    def polls(self) -> Iterator[float]:
        """Yield after each pause, with the seconds waited so far, until the job's time is up."""
        waited, pause = 0.0, self.job_poll_seconds
        while waited < self.job_wait_seconds:
            self.sleep(pause)
            waited += pause
            yield waited
            pause = min(pause * 1.5, self.longest_poll_seconds)
