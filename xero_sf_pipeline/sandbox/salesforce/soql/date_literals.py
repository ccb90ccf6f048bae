"""What SOQL's relative dates mean: each names a range of days in the user's time zone.

Belongs here: the ranges (SOQL guide, "Date Formats and Date Literals"). Does not belong here: how a comparison
operator uses a range (`compiler`). Weeks start on Sunday, as in the en_US locale.
"""

from __future__ import annotations

from datetime import date, timedelta

PLAIN_LITERALS = {
    "YESTERDAY", "TODAY", "TOMORROW", "LAST_WEEK", "THIS_WEEK", "NEXT_WEEK", "LAST_MONTH", "THIS_MONTH",
    "NEXT_MONTH", "LAST_90_DAYS", "NEXT_90_DAYS", "LAST_QUARTER", "THIS_QUARTER", "NEXT_QUARTER", "LAST_YEAR",
    "THIS_YEAR", "NEXT_YEAR",
}  # fmt: skip
_UNITS = ("DAYS", "WEEKS", "MONTHS", "QUARTERS", "YEARS")
COUNTED_LITERALS = {f"{side}_N_{unit}" for side in ("LAST", "NEXT") for unit in _UNITS} | {
    f"N_{unit}_AGO" for unit in _UNITS
}
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


def days_of(name: str, count: int | None, today: date) -> tuple[date, date]:
    """Return the first day of the named range and the first day after it."""
    if name in ("YESTERDAY", "TODAY", "TOMORROW"):
        start = today + timedelta(days=("YESTERDAY", "TODAY", "TOMORROW").index(name) - 1)
        return start, start + timedelta(days=1)
    if name in ("LAST_90_DAYS", "NEXT_90_DAYS"):
        name, count = name.replace("90", "N"), 90
    if count is None:
        side, unit = name.split("_")
        step = {"LAST": -1, "THIS": 0, "NEXT": 1}[side]
        return _period(unit, step, today), _period(unit, step + 1, today)
    if name.endswith("_AGO"):
        unit = name.removeprefix("N_").removesuffix("S_AGO")
        return _period(unit, -count, today), _period(unit, -count + 1, today)
    side, _, units = name.split("_")
    unit = units.removesuffix("S")
    if side == "LAST":
        # Days count up to and with today; the longer units stop before the current one.
        return _period(unit, -count, today), _period(unit, 1 if unit == "DAY" else 0, today)
    return _period(unit, 1, today), _period(unit, count + 1, today)


def _period(unit: str, step: int, today: date) -> date:
    if unit == "DAY":
        return today + timedelta(days=step)
    if unit == "WEEK":
        sunday = today - timedelta(days=(today.weekday() + 1) % 7)
        return sunday + timedelta(weeks=step)
    size = _MONTHS[unit]
    month = today.year * 12 + (today.month - 1) // size * size + step * size
    return date(month // 12, month % 12 + 1, 1)
