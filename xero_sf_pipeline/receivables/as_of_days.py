"""The business day of each organisation: its date, and the instants at which it starts and ends.

A day belongs to the organisation's time zone: New Zealand is up to 13 hours ahead of UTC, so the same instant is two
different days in two organisations. Does not belong here: anything about money.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from duckdb import DuckDBPyConnection

from xero_sf_pipeline.errors import ConfigError


@dataclass(frozen=True)
class AsOfDay:
    """One day of one organisation. `is_today`: the day has not ended, so Xero's own amounts are the answer."""

    tenant_id: str
    as_of_on: date
    is_today: bool
    starts_at: datetime
    ends_at: datetime


def local_day(instant: datetime, time_zone: str | None) -> date:
    """Return the date of an aware instant in an IANA time zone (UTC when the organisation has none)."""
    return instant.astimezone(_zone(time_zone)).date()


def as_of_days(
    connection: DuckDBPyConnection, as_of: datetime, as_of_on: Mapping[str, date] | date | None
) -> list[AsOfDay]:
    """Return the day to derive for each organisation of core.organisations.

    Args:
        as_of: the instant that counts as now, aware.
        as_of_on: one day for all, a day per tenant (others are left out), or None for every tenant's today.
    """
    if as_of.tzinfo is None:
        raise ValueError("as_of must be an aware instant")
    days = []
    rows = connection.execute("select tenant_id, time_zone from core.organisations order by tenant_id").fetchall()
    for tenant_id, time_zone in rows:
        today = local_day(as_of, time_zone)
        chosen = as_of_on.get(tenant_id) if isinstance(as_of_on, Mapping) else (as_of_on or today)
        if chosen is not None:
            zone = _zone(time_zone)
            days.append(
                AsOfDay(
                    tenant_id, chosen, chosen >= today, _midnight(chosen, zone), _midnight(chosen + timedelta(1), zone)
                )
            )
    return days


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(
            f"The organisation's time zone {name!r} is not an IANA name.",
            remedy="Check core.organisations; the mapping from Xero's names lives in the core stage.",
        ) from error
