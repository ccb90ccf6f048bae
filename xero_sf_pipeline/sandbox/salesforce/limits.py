"""The org's allocations: API requests in a rolling day, bulk jobs, and what `/limits` says about them.

Belongs here: counting and refusing. Does not belong here: which requests count (`routes`).
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Any

from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused

DAILY_REQUESTS = 100_000
"""Enterprise Edition's base allocation per 24 hours, without licences on top."""
DAILY_QUERY_JOBS = 10_000
DAILY_BATCHES = 15_000
_DAY = timedelta(hours=24)


class Allocation:
    """One rolling 24-hour allocation."""

    def __init__(self, maximum: int, clock: Clock) -> None:
        self.maximum = maximum
        self._clock = clock
        self._uses: deque[datetime] = deque()
        self.other_use = 0
        """What other integrations of the org have used; a test sets it."""

    @property
    def used(self) -> int:
        """Uses within the last 24 hours, our own and the others'."""
        limit = self._clock.now() - _DAY
        while self._uses and self._uses[0] <= limit:
            self._uses.popleft()
        return len(self._uses) + self.other_use

    @property
    def remaining(self) -> int:
        return max(0, self.maximum - self.used)

    def take(self) -> bool:
        """Use one; False when none is left."""
        if self.used >= self.maximum:
            return False
        self._uses.append(self._clock.now())
        return True


class ApiLimits:
    """All allocations of one org."""

    def __init__(self, clock: Clock) -> None:
        self.requests = Allocation(DAILY_REQUESTS, clock)
        self.query_jobs = Allocation(DAILY_QUERY_JOBS, clock)
        self.batches = Allocation(DAILY_BATCHES, clock)

    def count_request(self) -> None:
        """Count one API call. Raises REQUEST_LIMIT_EXCEEDED (403) when the day's allocation is used up."""
        if not self.requests.take():
            raise RequestRefused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")

    def count_query_job(self) -> None:
        """Count one Bulk 2.0 query job."""
        if not self.query_jobs.take():
            raise RequestRefused(
                400,
                "LIMIT_EXCEEDED",
                f"Max bulk v2 query jobs ({self.query_jobs.maximum}) per 24 hrs has been reached",
            )

    def usage_header(self) -> str:
        """Return the value of `Sforce-Limit-Info`."""
        return f"api-usage={self.requests.used}/{self.requests.maximum}"

    def as_json(self) -> dict[str, Any]:
        """Return the body of `/limits`."""

        def entry(one: Allocation) -> dict[str, int]:
            return {"Max": one.maximum, "Remaining": one.remaining}

        return {
            "DailyApiRequests": entry(self.requests),
            "DailyBulkApiBatches": entry(self.batches),
            "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
            "DailyBulkV2QueryJobs": entry(self.query_jobs),
            "DataStorageMB": {"Max": 10_240, "Remaining": 9_812},
            "FileStorageMB": {"Max": 10_240, "Remaining": 10_201},
            "PermissionSets": {"Max": 1500, "Remaining": 1499, "CreateCustom": {"Max": 1000, "Remaining": 999}},
        }
