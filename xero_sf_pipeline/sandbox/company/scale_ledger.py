"""The ledger of `ledger`, `invoicing` and `settling` as arrays: the same rules for millions of invoices at once.

Belongs here: dates, amounts, what stays overdue, what is paid and credited, as one array per fact. Does not belong
here: Arrow columns (`scale_columns`) or tables (`scale`). What differs from the dictionary ledger: at most three lines
and no line discount per document, at most one credit per invoice, no credits of suppliers, no refunds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from xero_sf_pipeline.sandbox.company.dates import DAY_MS, local_opening_ms, midnight_ms
from xero_sf_pipeline.sandbox.company.drafts import ContactDraft
from xero_sf_pipeline.sandbox.company.ids import stream
from xero_sf_pipeline.sandbox.company.invoicing import BILL_SHARE, HISTORY_DAYS
from xero_sf_pipeline.sandbox.company.ledger import AGEING_SHARES, OVERDUE_SHARE
from xero_sf_pipeline.sandbox.company.money import BASE_RATE, rate_on
from xero_sf_pipeline.sandbox.company.organisations import CURRENCIES, ITEMS, Settings
from xero_sf_pipeline.sandbox.company.scale_columns import EPOCH, Flags, Floats, Ints, uniform
from xero_sf_pipeline.sandbox.company.spec import CompanySpec
from xero_sf_pipeline.sandbox.company.traits import PAYS_AFTER_DUE, Habit, Traits

STATUSES: Final = ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")
DRAFT, SUBMITTED, AUTHORISED, PAID, VOIDED, DELETED = range(6)
CURRENCY_CODES: Final = tuple(CURRENCIES)
CREDIT_KINDS: Final = ("credit_note", "overpayment", "prepayment")
_OFFICE_MS: Final = 9 * 3_600_000
_EARLIEST: Final = HISTORY_DAYS + 40
"""Days before `as_of` from which the tables of opening hours and rates start."""


class ScaledLedger:
    """One organisation's documents; every attribute is an array by invoice position, sorted by date of issue.

    Money in cents, days as ordinals (0 = none), instants in UTC milliseconds. `paid_1`,
    `paid_2` are the live payments of
    an invoice, `bounced` a deleted one; `credited` was applied from a credit worth `credit_total`; `kept` is the total
    of a credit that nobody applied.
    """

    def __init__(
        self, spec: CompanySpec, settings: Settings, contacts: Sequence[ContactDraft], traits: Sequence[Traits]
    ) -> None:
        self._settings = settings
        self._salts = stream(spec.seed, "scale", settings.organisation_index)
        self._positions: Ints = np.arange(spec.invoices, dtype=np.int64)
        self._as_of = spec.as_of.toordinal()
        self._latest_ms = midnight_ms(spec.as_of)
        self._traits = traits
        self._issue(contacts)
        self._price()
        stays_overdue = self._choose_overdue()
        self._settle(stays_overdue)
        self._date_changes()

    def __len__(self) -> int:
        return len(self._positions)

    def _uniform(self) -> Floats:
        return uniform(self._positions, self._salts.getrandbits(64))

    def _between(self, first: Ints, last: Ints | int) -> Ints:
        span = np.maximum(np.asarray(last) - first, 0) + 1
        drawn: Ints = np.minimum(first, last) + (self._uniform() * span).astype(np.int64)
        return drawn

    def _issue(self, contacts: Sequence[ContactDraft]) -> None:
        count = max(len(self), 1)
        age = (count - 1 - self._positions + self._uniform()) / count
        issued: Ints = self._as_of - 1 - (HISTORY_DAYS * age**1.15).astype(np.int64)
        self.issued: Ints = issued - np.maximum(0, (issued - 1) % 7 - 4)
        self.is_sale: Flags = self._uniform() >= BILL_SHARE
        point = self._uniform()
        buyers, sellers = _Chooser(contacts, "supplier"), _Chooser(contacts, "customer")
        self.contact: Ints = np.where(self.is_sale, buyers.choose(point), sellers.choose(point))
        terms = np.array([trait.term_day for trait in self._traits], dtype=np.int64)[self.contact]
        follows_month = np.array([trait.term_type == "OFFOLLOWINGMONTH" for trait in self._traits])[self.contact]
        next_month = (self.issued - EPOCH).astype("datetime64[D]").astype("datetime64[M]") + 1
        on_day = next_month.astype("datetime64[D]").astype(np.int64) + terms - 1 + EPOCH
        self.due: Ints = np.where(follows_month, on_day, self.issued + terms)
        point = self._uniform()
        is_recent = self._as_of - self.issued < 30
        self.status: Ints = np.select(
            [is_recent & (point < 0.22), is_recent & (point < 0.30), point > 0.99, point > 0.97],
            [DRAFT, SUBMITTED, DELETED, VOIDED],
            AUTHORISED,
        ).astype(np.int64)

    def _price(self) -> None:
        profile = self._settings.profile
        codes = np.array([CURRENCY_CODES.index(trait.currency) for trait in self._traits], dtype=np.int64)
        self.currency: Ints = codes[self.contact]
        self.rate: Ints = self._rates(self.issued, self.currency)
        is_domestic = np.array([trait.is_domestic for trait in self._traits])[self.contact]
        kind = self._uniform()
        is_inclusive = self.is_sale & (kind >= 0.86) & (kind < 0.98)
        basis_points = np.where(is_domestic & ~(self.is_sale & (kind >= 0.98)), profile.tax_basis_points, 0)
        if profile.input_tax == "NONE":
            basis_points = np.where(self.is_sale, basis_points, 0)
        prices = np.array([item.price for item in ITEMS], dtype=np.int64)
        is_service = np.array([item.account == "202" for item in ITEMS])
        amounts = np.zeros(len(self), dtype=np.int64)
        taxes = np.zeros(len(self), dtype=np.int64)
        lines = (self._uniform() * 3).astype(np.int64)
        whole = 10_000 + basis_points
        for line in range(3):
            item = (self._uniform() * len(ITEMS)).astype(np.int64)
            price, size = prices[item], self._uniform()
            quantity = np.select(
                [price < 1_000, is_service[item], price < 400_000],
                [(500 + size * 20_000).astype(np.int64) * 100, (1 + size * 31).astype(np.int64) * 25,
                 (1 + size * size * 40).astype(np.int64) * 100],
                (1 + size * size * 12).astype(np.int64) * 100,
            )  # fmt: skip
            foreign = price * self.rate // BASE_RATE
            foreign = np.where(foreign < 10_000, foreign, foreign // 100 * 100)
            price = np.where(self.rate == BASE_RATE, price, foreign)
            amount = np.where(lines >= line, (quantity * price + 5_000) // 10_000, 0)
            amounts += amount
            taxes += np.where(
                is_inclusive,
                (2 * amount * basis_points + whole) // (2 * whole),
                (amount * basis_points + 5_000) // 10_000,
            )
        self.tax: Ints = taxes
        self.subtotal: Ints = np.where(is_inclusive, amounts - taxes, amounts)
        self.total: Ints = self.subtotal + taxes

    def _rates(self, ordinals: Ints, currencies: Ints) -> Ints:
        """The day's rate of each currency; see `money.rate_on`."""
        first = self._as_of - _EARLIEST
        base = self._settings.profile.currency
        table: Ints = np.array(
            [[rate_on(base, code, first + n) for n in range(_EARLIEST + 1)] for code in CURRENCY_CODES], dtype=np.int64
        )
        return table[currencies, np.clip(ordinals - first, 0, _EARLIEST)]

    def rates_on(self, ordinals: Ints, at: Ints) -> Ints:
        """The rates at which payments of the invoices `at` were recorded on their days, yesterday's at the latest."""
        return self._rates(np.minimum(ordinals, self._as_of - 1), self.currency[at])

    def _choose_overdue(self) -> Flags:
        lateness = np.array([trait.lateness for trait in self._traits])[self.contact]
        key = np.log(self._uniform() + 2.0**-60) / lateness
        age = self._as_of - self.due
        can_be = self.is_sale & (self.status == AUTHORISED) & (age > 0) & (self.total > 0)
        wanted = round(int(self.is_sale.sum()) * OVERDUE_SHARE)
        chosen = np.zeros(len(self), dtype=bool)
        for first, last, share in AGEING_SHARES:
            _take(chosen, np.flatnonzero(can_be & (age >= first) & (age <= last)), key, round(wanted * share))
        _take(chosen, np.flatnonzero(can_be & ~chosen), key, wanted - int(chosen.sum()))
        return chosen

    def _settle(self, stays_overdue: Flags) -> None:
        last_day = self._as_of - 1
        live = (self.status == AUTHORISED) & (self.total > 0)
        is_past = self.due < self._as_of
        point, share = self._uniform(), self._uniform()
        total = self.total
        half = np.clip((total * (0.2 + 0.6 * share)).astype(np.int64), 0, np.maximum(total - 1, 0))
        habits = tuple(Habit)
        habit = np.array([habits.index(trait.habit) for trait in self._traits])[self.contact]
        first = np.array([PAYS_AFTER_DUE[one][0] for one in habits])[habit]
        last = np.array([PAYS_AFTER_DUE[one][1] for one in habits])[habit]
        any_day = self._between(self.issued, last_day)
        pay_day = self._between(self.due + first, self.due + last)
        pay_day = np.where(pay_day > last_day, self._between(np.minimum(self.due, last_day), last_day), pay_day)
        pay_day = np.maximum(pay_day, self.issued)
        earlier = self._between(self.issued, pay_day)

        late = live & self.is_sale & stays_overdue
        settled = live & self.is_sale & is_past & ~stays_overdue
        early = live & self.is_sale & ~is_past
        bills = live & ~self.is_sale
        eager = early & (point < np.where(habit == habits.index(Habit.PROMPT), 0.3, 0.1))
        post_dated = early & ~eager & (point > 0.965)
        early_part = early & ~eager & ~post_dated & (point > 0.935)
        paid_bills = bills & is_past & (point < 0.9)

        two = settled & (point >= 0.86) & (point < 0.92) & (half > 0)
        credited_part = (settled & (point >= 0.92) & (point < 0.955) & (half > 0)) | (
            late & (point >= 0.14) & (point < 0.19) & (half > 0)
        )
        credited_whole = settled & (point >= 0.955) & (point < 0.97)
        bounced = (late & (point >= 0.19) & (point < 0.23)) | (settled & (point >= 0.97) & (point < 0.976))
        keeps = (late & (point >= 0.23) & (point < 0.31)) | (settled & (point >= 0.976) & (point < 0.984))

        self.credited: Ints = np.select([credited_whole, credited_part], [total, half], 0)
        self.paid_1: Ints = np.select(
            [two, settled | eager | paid_bills, late & (point < 0.14), early_part, post_dated],
            [half, total - self.credited, half, total // 3, np.where(point > 0.983, total, total // 2)],
            0,
        )
        self.day_1: Ints = np.select(
            [two, settled, paid_bills, post_dated],
            [earlier, pay_day, np.clip(self.due - (self.due - 5) % 7, self.issued, last_day),
             self._between(np.full_like(self.due, self._as_of + 1), np.maximum(self.due, self._as_of + 1))],
            any_day,
        )  # fmt: skip
        self.paid_2: Ints = np.where(two, total - half, 0)
        self.day_2: Ints = np.where(two, pay_day, 0)
        self.bounced: Ints = np.where(bounced, np.maximum(total - self.credited, 0), 0)
        self.bounced_day: Ints = np.where(settled, earlier, any_day)
        self.kept: Ints = np.where(keeps, np.maximum(100, (total * (0.2 + 0.8 * share)).astype(np.int64)), 0)
        self.kept_day: Ints = np.where(settled, pay_day, any_day)
        self.paid: Ints = self.paid_1 + self.paid_2

        kind = self._uniform()
        self.credit_kind: Ints = np.where(credited_whole | (kind < 0.6), 0, np.where(kind < 0.8, 1, 2)).astype(np.int64)
        extra = np.where(self._uniform() < 0.2, (self.credited * self._uniform()).astype(np.int64), 0)
        self.credit_total: Ints = self.credited + extra
        on = np.where(settled, pay_day, any_day)
        before = np.maximum(on - (self._uniform() * 20).astype(np.int64), self.issued - 30)
        self.credit_day: Ints = np.where(self.credit_kind == 0, on, before)
        self.applied_on: Ints = np.where(self.credited > 0, np.maximum(self.issued, self.credit_day), 0)

        is_paid = live & (self.paid + self.credited == total)
        self.status = np.where(is_paid, PAID, self.status)
        last_event = np.maximum(np.where(self.paid_1 > 0, self.day_1, 0), self.day_2)
        self.fully_paid: Ints = np.where(is_paid, np.maximum(last_event, self.applied_on), 0)
        self.expected: Ints = np.where(late & (point >= 0.31) & (point < 0.37), self._as_of + any_day % 20 - 4, 0)
        self.amount_due: Ints = np.where(self.status >= VOIDED, 0, total - self.paid - self.credited)

    def _date_changes(self) -> None:
        opened = self.instants_on(self.issued)
        is_void = (self.status == VOIDED) | (self.status == DELETED)
        opened = np.where(is_void, opened + (self._uniform() * 20).astype(np.int64) * DAY_MS, opened)
        self.changed_1: Ints = np.where(self.paid_1 > 0, self.instants_on(self.day_1), 0)
        self.changed_2: Ints = np.where(self.paid_2 > 0, self.instants_on(self.day_2), 0)
        deleted_later = self.instants_on(self.bounced_day + 1 + (self._uniform() * 6).astype(np.int64))
        self.bounced_at: Ints = np.where(self.bounced > 0, deleted_later, 0)
        credit_used = self.instants_on(np.maximum(self.applied_on, self.credit_day))
        self.credit_changed: Ints = np.where(self.credited > 0, credit_used, 0)
        self.kept_changed: Ints = np.where(self.kept > 0, self.instants_on(self.kept_day), 0)
        self.updated: Ints = np.minimum(opened, self._latest_ms - 1)
        for later in (self.changed_1, self.changed_2, self.bounced_at, self.credit_changed):
            self.updated = np.maximum(self.updated, later)

    def instants_on(self, ordinals: Ints) -> Ints:
        """A moment in office hours of the local day, never later than the end of yesterday."""
        first = self._as_of - _EARLIEST
        zone = self._settings.profile.zone
        opening = np.array([local_opening_ms(first + n, zone) for n in range(_EARLIEST)], dtype=np.int64)
        at = np.clip(ordinals - first, 0, _EARLIEST - 1)
        return np.minimum(opening[at] + (self._uniform() * _OFFICE_MS).astype(np.int64), self._latest_ms - 1)


class _Chooser:
    """Draws contacts by weight, leaving out those of one role."""

    def __init__(self, contacts: Sequence[ContactDraft], without_role: str) -> None:
        candidates = [contact for contact in contacts if contact.role != without_role and contact.weight > 0]
        candidates = candidates or list(contacts)
        self._positions = np.array([contact.position for contact in candidates], dtype=np.int64)
        self._sums = np.cumsum([max(contact.weight, 1e-9) for contact in candidates])

    def choose(self, points: Floats) -> Ints:
        at = np.searchsorted(self._sums, points * self._sums[-1], side="right")
        drawn: Ints = self._positions[np.minimum(at, len(self._positions) - 1)]
        return drawn


def _take(chosen: Flags, candidates: Ints, key: Floats, count: int) -> None:
    """Mark the `count` candidates with the largest keys."""
    if count >= len(candidates):
        chosen[candidates] = True
    elif count > 0:
        chosen[candidates[np.argpartition(key[candidates], -count)[-count:]]] = True
