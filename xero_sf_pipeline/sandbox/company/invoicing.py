"""Issuing invoices and bills: dates, lines, tax and totals.

Belongs here: a document as it is on the day it is approved. Does not belong here: what is paid or credited later
(`settling`). Totals follow Xero: amounts and tax are rounded per line, then summed.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Final

from xero_sf_pipeline.sandbox.company.dates import DAY_MS, local_opening_ms, midnight_ms
from xero_sf_pipeline.sandbox.company.documents import Invoice, Line
from xero_sf_pipeline.sandbox.company.drafts import ContactDraft
from xero_sf_pipeline.sandbox.company.money import BASE_RATE, in_foreign_price, line_amount, rate_on, tax_on, tax_within
from xero_sf_pipeline.sandbox.company.organisations import BILL_ACCOUNTS, ITEMS, Settings
from xero_sf_pipeline.sandbox.company.spec import CompanySpec
from xero_sf_pipeline.sandbox.company.traits import Traits

HISTORY_DAYS: Final = 450
BILL_SHARE: Final = 0.15
_LINE_COUNTS: Final = (1, 1, 2, 2, 2, 3, 3, 4, 6)
_DISCOUNTS: Final = (50_000, 100_000, 125_000, 200_000, 333_333)  # 5, 10, 12.5, 20 and 33.3333 %
_OFFICE_MS: Final = 9 * 3_600_000  # offices work from 08:00 to 17:00
_BILL_TEXTS: Final = (
    "Goods as ordered", "Advertising campaign", "Consulting, monthly retainer", "Carriage and packing",
    "Sundry supplies",
    "Electricity", "Software licences", "Warehouse rent",
)  # fmt: skip


class Invoicing:
    """Issues all documents of one organisation in order of date."""

    def __init__(
        self,
        spec: CompanySpec,
        settings: Settings,
        contacts: Sequence[ContactDraft],
        traits: Sequence[Traits],
        rng: Random,
    ) -> None:
        self._spec = spec
        self._settings = settings
        self._traits = traits
        self._rng = rng
        self._as_of = spec.as_of.toordinal()
        self._latest_ms = midnight_ms(spec.as_of)
        self._buyers = _Chooser([c for c in contacts if c.role != "supplier"] or contacts)
        self._sellers = _Chooser([c for c in contacts if c.role != "customer"] or contacts)

    def issue(self) -> list[Invoice]:
        """All invoices and bills, none of them paid; statuses AUTHORISED, DRAFT, SUBMITTED, VOIDED, DELETED."""
        rng = self._rng
        last = self._as_of - 1
        days = sorted(last - int(HISTORY_DAYS * rng.random() ** 1.15) for _ in range(self._spec.invoices))
        sales = 0
        invoices = []
        for index, day in enumerate(days):
            weekday = (day - 1) % 7  # ordinal 1 was a Monday
            invoice = self._invoice(index, day - max(0, weekday - 4), rng.random() >= BILL_SHARE)
            if invoice.is_sale:
                sales += 1
                invoice.number = f"INV-{sales:05d}"
            invoices.append(invoice)
        return invoices

    def _invoice(self, index: int, day: int, is_sale: bool) -> Invoice:
        rng = self._rng
        contact = (self._buyers if is_sale else self._sellers).choose(rng.random())
        traits = self._traits[contact]
        profile = self._settings.profile
        invoice = Invoice()
        invoice.index = index
        invoice.is_sale = is_sale
        invoice.contact = contact
        invoice.issued = day
        invoice.due = traits.due_on(day)
        invoice.currency = traits.currency
        invoice.rate = rate_on(profile.currency, traits.currency, day)
        invoice.status = self._status(day)
        if is_sale:
            point = rng.random()
            invoice.line_types = 0 if point < 0.86 else 1 if point < 0.98 else 2
            invoice.lines = self._sale_lines(invoice, traits)
            invoice.reference = f"PO {int(rng.random() * 90_000) + 10_000}" if rng.random() < 0.45 else ""
        else:
            invoice.line_types = 1 if rng.random() < 0.3 else 0
            invoice.lines = self._bill_lines(invoice, traits)
            invoice.number = f"{int(rng.random() * 9_000) + 1_000}" if rng.random() < 0.9 else ""
            invoice.reference = ""
        amounts = taxes = 0
        for line in invoice.lines:
            amounts += line.amount
            taxes += line.tax
        invoice.tax = taxes
        invoice.subtotal = amounts - taxes if invoice.line_types == 1 else amounts
        invoice.total = invoice.subtotal + taxes
        invoice.sent = is_sale and invoice.status in ("AUTHORISED", "VOIDED") and rng.random() < 0.93
        invoice.paid = invoice.credited = invoice.fully_paid = invoice.expected = 0
        invoice.payments = []
        invoice.applications = []
        opened = local_opening_ms(day, profile.zone) + int(rng.random() * _OFFICE_MS)
        if invoice.status in ("VOIDED", "DELETED"):
            opened += int(rng.random() * 20) * DAY_MS
        invoice.updated = min(opened, self._latest_ms - index % 1000 - 1)
        return invoice

    def _status(self, day: int) -> str:
        point = self._rng.random()
        if self._as_of - day < 30 and point < 0.30:
            return "DRAFT" if point < 0.22 else "SUBMITTED"
        if point > 0.97:
            return "VOIDED" if point < 0.99 else "DELETED"
        return "AUTHORISED"

    def _sale_lines(self, invoice: Invoice, traits: Traits) -> list[Line]:
        rand = self._rng.random
        profile = self._settings.profile
        if invoice.line_types == 2:
            tax_type, points = "NONE", 0
        elif traits.is_domestic:
            tax_type, points = profile.output_tax, profile.tax_basis_points
        else:
            tax_type, points = profile.zero_tax, 0
        is_inclusive = invoice.line_types == 1
        lines = []
        for _ in range(_LINE_COUNTS[int(rand() * 9)]):
            at = int(rand() * len(ITEMS))
            item = ITEMS[at]
            price = in_foreign_price(item.price, invoice.rate) if invoice.rate != BASE_RATE else item.price
            size = rand()
            if item.price < 1_000:
                quantity = int(500 + size * 20_000) * 100
            elif item.account == "202":
                quantity = int(1 + size * 31) * 25
            elif item.price < 400_000:
                quantity = int(1 + size * size * 40) * 100
            else:
                quantity = int(1 + size * size * 12) * 100
            discount = _DISCOUNTS[int(rand() * 5)] if rand() < 0.08 else 0
            amount = line_amount(quantity, price, discount)
            tracked = rand()
            lines.append(
                Line(
                    at, item.name, quantity, price, discount, item.account, tax_type, amount,
                    tax_within(amount, points) if is_inclusive else tax_on(amount, points),
                    int(tracked * 7) if tracked < 0.7 else -1, int(tracked * 11) % 4 if tracked < 0.4 else -1,
                )
            )  # fmt: skip
        return lines

    def _bill_lines(self, invoice: Invoice, traits: Traits) -> list[Line]:
        rng = self._rng
        profile = self._settings.profile
        points = profile.tax_basis_points if traits.is_domestic and profile.input_tax != "NONE" else 0
        tax_type = profile.input_tax if points else "NONE"
        lines = []
        for _ in range(1 + int(rng.random() * 2.2)):
            at = int(rng.random() * len(BILL_ACCOUNTS))
            price = int(800 + rng.random() ** 2 * 240_000) * 100
            amount = line_amount(100, price, 0)
            tax = tax_within(amount, points) if invoice.line_types == 1 else tax_on(amount, points)
            lines.append(Line(-1, _BILL_TEXTS[at], 100, price, 0, BILL_ACCOUNTS[at], tax_type, amount, tax, -1, -1))
        return lines


class _Chooser:
    """Draws contacts by weight: a few large customers, many small ones."""

    def __init__(self, contacts: Sequence[ContactDraft]) -> None:
        weights = [contact.weight for contact in contacts]
        self._positions = [contact.position for contact in contacts]
        self._sums = list(accumulate(weights)) if any(weights) else list(range(1, len(weights) + 1))

    def choose(self, point: float) -> int:
        return self._positions[bisect(self._sums, point * self._sums[-1], 0, len(self._sums) - 1)]
