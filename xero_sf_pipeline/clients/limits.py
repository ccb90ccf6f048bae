"""What a tenant may use, what it has used, and one permitted call: the data types of `governor`.

Does not belong here: deciding (that is `governor`) and storing (`budget_file`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one tenant of a system may use. None means no limit of that kind."""

    concurrent: int | None = None
    per_minute: int | None = None
    per_day: int | None = None


DEFAULT_LIMITS: Mapping[str, Limits] = {
    "xero": Limits(concurrent=5, per_minute=60, per_day=4500),
    "salesforce": Limits(concurrent=10, per_day=10000),
}


@dataclass(frozen=True)
class BudgetUse:
    """What one tenant used today (UTC day of the governor's clock) and what is known about its limits."""

    system: str
    tenant: str
    day: str
    calls: int
    refused: int
    bytes_in: int
    bytes_out: int
    daily_budget: int | None
    day_remaining: int | None
    """As the API last said; None when it has not."""
    in_flight: int
    blocked_limit: str | None
    blocked_seconds: float | None


@dataclass
class Slot:
    """One permitted call. The caller tells what it cost and what the answer said about limits."""

    bytes_in: int = 0
    bytes_out: int = 0
    day_remaining: int | None = None
    limit: str | None = None
    retry_after_seconds: float | None = None

    def heard(self, headers: Mapping[str, str]) -> None:
        """Read X-DayLimit-Remaining (Xero) or Sforce-Limit-Info (Salesforce), whatever the case of their names."""
        for name, value in headers.items():
            if name.lower() == "x-daylimit-remaining" and value.strip().isdigit():
                self.day_remaining = int(value)
            elif name.lower() == "sforce-limit-info":
                self.day_remaining = _remaining_of_limit_info(value, self.day_remaining)

    def limited(self, limit: str, retry_after_seconds: float | None) -> None:
        """Note that the API refused the call because of a limit."""
        self.limit = limit
        self.retry_after_seconds = retry_after_seconds


def _remaining_of_limit_info(value: str, otherwise: int | None) -> int | None:
    """Parse `api-usage=10018/100000; per-app-api-usage=17/250(appName=x)` into calls left in the org."""
    for part in value.split(";"):
        name, _, usage = part.strip().partition("=")
        used, _, total = usage.partition("/")
        if name == "api-usage" and used.isdigit() and total.isdigit():
            return max(int(total) - int(used), 0)
    return otherwise
