"""Days and instants as Xero writes them, cached because every document carries several.

Belongs here: `/Date(ms+0000)/` texts and the UTC instant of a local business hour. Does not belong here: choosing days.
A day is a proleptic ordinal (`date.toordinal`), an instant is whole milliseconds since 1970 in UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1).toordinal()
_EPOCH_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)


def midnight_ms(day: date) -> int:
    """UTC midnight of a day."""
    return (day.toordinal() - _EPOCH) * DAY_MS


@lru_cache(maxsize=8192)
def ms_date(ordinal: int) -> str:
    """A calendar day: UTC midnight, whatever the organisation's zone."""
    return f"/Date({(ordinal - _EPOCH) * DAY_MS}+0000)/"


@lru_cache(maxsize=8192)
def day_string(ordinal: int) -> str:
    """The zone-less companion field, `2018-10-20T00:00:00`."""
    return f"{date.fromordinal(ordinal).isoformat()}T00:00:00"


def ms_instant(instant: int) -> str:
    """An instant."""
    return f"/Date({instant}+0000)/"


@lru_cache(maxsize=8192)
def _iso_day(days: int) -> str:
    return date.fromordinal(_EPOCH + days).isoformat()


def instant_string(instant: int) -> str:
    """The ISO companion of `UpdatedDateUTC`, whole seconds with Z."""
    days, rest = divmod(instant // 1000, 86_400)
    minutes, second = divmod(rest, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_iso_day(days)}T{hour:02d}:{minute:02d}:{second:02d}Z"


def aware(instant: int) -> datetime:
    """An instant as an aware datetime."""
    return _EPOCH_INSTANT + timedelta(milliseconds=instant)


@lru_cache(maxsize=8192)
def local_opening_ms(ordinal: int, zone: ZoneInfo) -> int:
    """08:00 of a local day, as an instant."""
    opening = datetime.combine(date.fromordinal(ordinal), time(8), zone)
    return round(opening.timestamp() * 1000)
