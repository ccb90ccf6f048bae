"""Compares this machine's clock with the `Date` header of an answer.

Cursors, tokens and "overdue as of today" all rest on the clock. Does not belong here: time zones (an organisation's
business day is decided in SQL).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from xero_sf_pipeline.preflight.result import CheckResult, failed, not_checked, passed, warned

NOTICEABLE = timedelta(seconds=30)
"""A Date header has whole seconds and the answer travelled; beyond this it is the clock."""

HARMFUL = timedelta(minutes=5)
"""Signed requests and tokens with a start time are refused from here on."""

_REMEDY = "Switch on time synchronisation (NTP) on this machine."


def check_clock(name: str, headers: Mapping[str, str], now: datetime) -> CheckResult:
    """Judge the difference. `now` is when the answer came, by this machine's clock, aware."""
    value = next((text for key, text in headers.items() if key.lower() == "date"), None)
    server = _parse(value)
    if server is None:
        return not_checked(name, "the server's answer carries no Date header")
    difference = now - server
    size = abs(difference)
    detail = f"this machine is {size.total_seconds():.0f} s {'ahead' if difference > timedelta(0) else 'behind'}"
    if size >= HARMFUL:
        return failed(name, detail, _REMEDY)
    if size >= NOTICEABLE:
        return warned(name, detail, _REMEDY)
    return passed(name, "agrees with the server's")


def _parse(value: str | None) -> datetime | None:
    """Read an HTTP date (RFC 9110 section 5.6.7); one without a zone is UTC."""
    if value is None:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
