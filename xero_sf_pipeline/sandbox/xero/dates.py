"""Xero's dates: `/Date(ms+0000)/` in answers, several spellings in requests, and the organisation's own day.

`Date` and `DueDate` are calendar days carried as UTC midnight; `UpdatedDateUTC` is an instant of millisecond precision.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

_MS_DATE = re.compile(r"^/Date\((-?\d+)([+-]\d{4})?\)/$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

WINDOWS_ZONES = {
    "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "EAUSTRALIASTANDARDTIME": "Australia/Brisbane",
    "CENAUSTRALIASTANDARDTIME": "Australia/Adelaide",
    "AUSCENTRALSTANDARDTIME": "Australia/Darwin",
    "WAUSTRALIASTANDARDTIME": "Australia/Perth",
    "TASMANIASTANDARDTIME": "Australia/Hobart",
    "SINGAPORESTANDARDTIME": "Asia/Singapore",
    "CHINASTANDARDTIME": "Asia/Shanghai",
    "TOKYOSTANDARDTIME": "Asia/Tokyo",
    "INDIASTANDARDTIME": "Asia/Kolkata",
    "SOUTHAFRICASTANDARDTIME": "Africa/Johannesburg",
    "GMTSTANDARDTIME": "Europe/London",
    "WEUROPESTANDARDTIME": "Europe/Berlin",
    "ROMANCESTANDARDTIME": "Europe/Paris",
    "EASTERNSTANDARDTIME": "America/New_York",
    "CENTRALSTANDARDTIME": "America/Chicago",
    "MOUNTAINSTANDARDTIME": "America/Denver",
    "PACIFICSTANDARDTIME": "America/Los_Angeles",
    "UTC": "UTC",
}
"""Windows zone names, squashed as Xero writes them, of the organisations that a sandbox may hold."""


def ms_of(value: date | datetime) -> int:
    """Return epoch milliseconds; a plain date counts as UTC midnight."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    return (value - _EPOCH) // timedelta(milliseconds=1)


def ms_text(value: date | datetime) -> str:
    """Write a day or an aware instant as `/Date(ms+0000)/`."""
    return f"/Date({ms_of(value)}+0000)/"


def parse_ms(text: str) -> int:
    """Read the milliseconds of a `/Date(ms+0000)/` text; the offset is decoration.

    Raises:
        ValueError: for anything else
    """
    match = _MS_DATE.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a /Date(ms)/ text")
    return int(match.group(1))


def day_of(text: str) -> date:
    """Return the calendar day of a `/Date(ms+0000)/` text, which is its UTC day."""
    return (_EPOCH + timedelta(milliseconds=parse_ms(text))).date()


def day_string(day: date) -> str:
    """Write the zone-less companion field, `2018-10-20T00:00:00`."""
    return f"{day.isoformat()}T00:00:00"


def read_day(value: object) -> date:
    """Read a date of a request: `YYYY-MM-DD`, an ISO date and time, or `/Date(ms)/`.

    Raises:
        ValueError: for anything else
    """
    text = str(value)
    if text.startswith("/Date("):
        return day_of(text)
    return datetime.fromisoformat(text).date()


def read_modified_since(text: str) -> datetime:
    """Read an If-Modified-Since header, RFC 1123 or ISO; without an offset it is UTC; cut to whole seconds.

    Raises:
        ValueError: for anything else
    """
    try:
        instant = datetime.fromisoformat(text.replace(" ", "+") if re.search(r"T.* \d\d:\d\d$", text) else text)
    except ValueError:
        instant = parsedate_to_datetime(text)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return instant.astimezone(UTC).replace(microsecond=0)


def organisation_today(now: datetime, windows_zone: str | None) -> date:
    """Return the calendar day in the organisation's time zone; an unknown zone counts as UTC."""
    return now.astimezone(ZoneInfo(WINDOWS_ZONES.get(windows_zone or "UTC", "UTC"))).date()
