"""The partitions of the graph.

Xero assets: tenant x day, Salesforce assets: day, where the day is the UTC day of the source's own change time.
Receivables: the as-of day. A tenant becomes a partition when it is first seen (`extract` adds it).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import dagster as dg

DEFAULT_HISTORY_START = "2024-01-01"
TENANT_PARTITIONS = "xero_tenant"
_KEY_FORMAT = "%Y-%m-%d"


@dataclass(frozen=True)
class Partitions:
    """All partitions definitions, sharing one first day. The open day is included."""

    day: dg.DailyPartitionsDefinition
    tenant: dg.DynamicPartitionsDefinition
    tenant_day: dg.MultiPartitionsDefinition

    @classmethod
    def starting(cls, start: str) -> Partitions:
        day = dg.DailyPartitionsDefinition(start_date=start, timezone="UTC", end_offset=1)
        tenant = dg.DynamicPartitionsDefinition(name=TENANT_PARTITIONS)
        return cls(day, tenant, dg.MultiPartitionsDefinition({"day": day, "tenant": tenant}))


def day_key(instant: datetime) -> str:
    """The partition of an instant's UTC day."""
    return instant.astimezone(UTC).strftime(_KEY_FORMAT)


def tenant_day_key(tenant_id: str, instant: datetime) -> dg.MultiPartitionKey:
    """The partition of a tenant and an instant's UTC day."""
    return dg.MultiPartitionKey({"day": day_key(instant), "tenant": tenant_id})


def first_instant(days: list[str]) -> datetime:
    """Midnight UTC of the earliest of some day partitions."""
    return datetime.strptime(min(days), _KEY_FORMAT).replace(tzinfo=UTC)


def is_open_day(days: list[str], now: datetime) -> bool:
    """Whether the partitions are just the current day (or the one after), which a poll keeps up to date."""
    return len(set(days)) == 1 and first_instant(days) + timedelta(days=1) > now


def as_date(key: str) -> date:
    """The date of a day partition."""
    return datetime.strptime(key, _KEY_FORMAT).replace(tzinfo=UTC).date()
