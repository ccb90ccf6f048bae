"""Due dates from payment terms, as Xero counts them.

Belongs here: the four types of term of the Accounting API. Does not belong here: whose term counts (`schedule.py`).
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

_WORDS = {
    "DAYSAFTERBILLDATE": "{day} days after the bill date",
    "DAYSAFTERBILLMONTH": "{day} days after the end of the bill month",
    "OFCURRENTMONTH": "day {day} of the bill month",
    "OFFOLLOWINGMONTH": "day {day} of the month after",
}


@dataclass(frozen=True)
class PaymentTerm:
    """A term and whose it is ("the contact's terms")."""

    day: int
    kind: str
    source: str

    @property
    def words(self) -> str:
        return f"{_WORDS[self.kind].format(day=self.day)} ({self.source})"


def payment_term(day: int | None, kind: str | None, source: str) -> PaymentTerm | None:
    """Return a term, or None when there is none or its type is not one that Xero documents."""
    return PaymentTerm(day, kind, source) if day is not None and kind in _WORDS else None


def due_date(bill_on: date, term: PaymentTerm) -> date:
    """Return the day on which a bill of `bill_on` is due; never before the bill itself.

    A day that a month does not have means its last one.
    """
    if term.kind == "DAYSAFTERBILLDATE":
        due = bill_on + timedelta(days=term.day)
    elif term.kind == "DAYSAFTERBILLMONTH":
        due = day_of_month(bill_on, 31) + timedelta(days=term.day)
    elif term.kind == "OFCURRENTMONTH":
        due = day_of_month(bill_on, term.day)
    else:
        due = day_of_month(add_months(bill_on.replace(day=1), 1), term.day)
    return max(due, bill_on)


def day_of_month(month: date, day: int) -> date:
    """Return that day of the month in which `month` lies, or the month's last day when it has no such day."""
    last = calendar.monthrange(month.year, month.month)[1]
    return month.replace(day=min(max(day, 1), last))


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day_of_month(date(year, month + 1, 1), day.day)
