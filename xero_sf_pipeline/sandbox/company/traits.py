"""How a customer or supplier deals: currency, payment terms, payment habit.

Belongs here: what stays the same over all documents of one contact. Does not belong here: single documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from xero_sf_pipeline.sandbox.company.drafts import ContactDraft
from xero_sf_pipeline.sandbox.company.ids import mixed, stream
from xero_sf_pipeline.sandbox.company.organisations import CURRENCIES, Settings
from xero_sf_pipeline.sandbox.company.spec import CompanySpec


class Habit(StrEnum):
    """When a customer pays."""

    PROMPT = "prompt"
    AVERAGE = "average"
    LATE = "late"
    VERY_LATE = "very_late"
    NEVER = "never"


_HABITS: Final = ((Habit.PROMPT, 40), (Habit.AVERAGE, 74), (Habit.LATE, 90), (Habit.VERY_LATE, 97), (Habit.NEVER, 100))
LATENESS: Final = {Habit.PROMPT: 0.1, Habit.AVERAGE: 0.5, Habit.LATE: 1.6, Habit.VERY_LATE: 4.0, Habit.NEVER: 14.0}
"""Relative odds that an invoice past its due date is still unpaid."""
PAYS_AFTER_DUE: Final = {
    Habit.PROMPT: (-6, 2), Habit.AVERAGE: (-2, 14), Habit.LATE: (10, 45), Habit.VERY_LATE: (30, 90),
    Habit.NEVER: (60, 200),
}  # fmt: skip
"""Days after the due date between which an invoice is paid, if it is."""
_TERM_DAYS: Final = (7, 14, 14, 20, 30, 30, 30, 30, 30, 45, 60)


@dataclass(frozen=True, slots=True)
class Traits:
    """One contact's dealings. `term_day` of a `term_type` as Xero's PaymentTerms name them."""

    currency: str
    is_domestic: bool
    term_type: str
    term_day: int
    habit: Habit
    lateness: float

    def due_on(self, issued: int) -> int:
        """The due date (day ordinal) of a document issued on a day."""
        if self.term_type == "DAYSAFTERBILLDATE":
            return issued + self.term_day
        day = date.fromordinal(issued)
        year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
        return date(year, month, self.term_day).toordinal()


def traits_of(spec: CompanySpec, settings: Settings, contacts: Sequence[ContactDraft]) -> list[Traits]:
    """Traits per contact position, drawn from the position alone."""
    key = stream(spec.seed, "traits", settings.organisation_index).getrandbits(128)
    profile = settings.profile
    result = []
    for contact in contacts:
        dice = mixed(key, contact.position)
        country = contact.party.country
        is_domestic = country.code == profile.country
        is_foreign_currency = (
            country.currency in CURRENCIES and country.currency != profile.currency and dice % 100 < 70
        )
        habit = next(habit for habit, below in _HABITS if (dice >> 8) % 100 < below)
        follows_month = (dice >> 24) % 100 < 15
        result.append(
            Traits(
                currency=country.currency if is_foreign_currency else profile.currency,
                is_domestic=is_domestic,
                term_type="OFFOLLOWINGMONTH" if follows_month else "DAYSAFTERBILLDATE",
                term_day=20 if follows_month else _TERM_DAYS[(dice >> 16) % len(_TERM_DAYS)],
                habit=habit,
                lateness=LATENESS[habit],
            )
        )
    return result
