"""Invoices, payments and credits of stories: one call per event, days counted back from today.

Belongs here: a ledger that a story writes event by event, tied to the cent. Does not belong here: the random ledger of
the company (`ledger`, `settling`) or how documents look (`document_shapes`). Amounts are cents, prices
ten-thousandths, quantities hundredths, discounts ten-thousandths of a percent, as in `money`.
"""

from __future__ import annotations

from typing import Final

from xero_sf_pipeline.sandbox.company.dates import local_opening_ms, midnight_ms
from xero_sf_pipeline.sandbox.company.documents import Application, Credit, CreditKind, Invoice, Line, Payment
from xero_sf_pipeline.sandbox.company.ledger import Ledger
from xero_sf_pipeline.sandbox.company.money import BASE_RATE, line_amount, rate_on, tax_on, tax_within
from xero_sf_pipeline.sandbox.company.organisations import ITEMS, Settings
from xero_sf_pipeline.sandbox.company.spec import CompanySpec

_HOUR_MS: Final = 3_600_000
ITEM_AT: Final = {item.code: n for n, item in enumerate(ITEMS)}


class Bookkeeping:
    """The books of the stories of one organisation."""

    def __init__(self, spec: CompanySpec, settings: Settings, ledger: Ledger) -> None:
        self._settings = settings
        self._as_of = spec.as_of.toordinal()
        self._latest_ms = midnight_ms(spec.as_of) - _HOUR_MS
        self._ledger = ledger
        self._applied = 0
        self._numbers = {"PRJ-": 0, "PCN-": 0, "PPP-": 0}

    def line(
        self, code: str, quantity: float, *, price: float | None = None, discount: float = 0, text: str = "",
        is_taxed: bool = True, tracked: tuple[int, int] = (-1, -1), rate: int = BASE_RATE,
    ) -> Line:  # fmt: skip
        """A line of an item; `price` and `rate` are the document's, `tracked` is (region, department) or -1."""
        item = ITEMS[ITEM_AT[code]]
        units = item.price * rate // BASE_RATE if price is None else round(price * 10_000)
        return self._line(
            ITEM_AT[code], text or item.name, quantity, units, discount, item.account, tracked, is_taxed=is_taxed
        )

    def plain_line(self, text: str, amount: float, *, account: str = "202", is_taxed: bool = True) -> Line:
        """A line without item: quantity one."""
        return self._line(-1, text, 1, round(amount * 10_000), 0, account, (-1, -1), is_taxed=is_taxed)

    def rounding(self, amount: int) -> Line:
        """A line that brings the total to a round sum, in cents; it bears no tax."""
        return Line(-1, "Rounding", 100, amount * 100, 0, "860", "NONE", amount, 0, -1, -1)

    def invoice(
        self, contact: int, days_ago: int, lines: list[Line], *, terms: int = 30, status: str = "AUTHORISED",
        reference: str = "", currency: str = "",
    ) -> Invoice:  # fmt: skip
        """Issue a sales invoice `days_ago` days before today."""
        made = Invoice()
        self._numbers["PRJ-"] += 1
        made.index, made.number = len(self._ledger.invoices), f"PRJ-{self._numbers['PRJ-']:04d}"
        made.is_sale, made.contact, made.line_types = True, contact, 0
        made.issued = self._as_of - days_ago
        made.due = made.issued + terms
        made.currency = currency or self._settings.profile.currency
        made.rate = self.rate(made.currency, made.issued)
        made.status, made.reference, made.lines = status, reference, lines
        made.subtotal, made.tax = sum(line.amount for line in lines), sum(line.tax for line in lines)
        made.total = made.subtotal + made.tax
        made.sent = status in ("AUTHORISED", "VOIDED")
        made.paid = made.credited = made.fully_paid = made.expected = 0
        made.payments, made.applications = [], []
        made.updated = self._instant(made.issued, made.index)
        self._ledger.invoices.append(made)
        return made

    def pay(self, target: Invoice | Credit, days_ago: int, amount: int | None = None) -> Payment:
        """Pay an invoice, or refund a credit; the whole open amount unless `amount` says so."""
        is_invoice = isinstance(target, Invoice)
        open_amount = target.amount_due if isinstance(target, Invoice) else target.remaining
        amount = open_amount if amount is None else amount
        payment = self._payment(target, amount, self._as_of - days_ago)
        if isinstance(target, Invoice):
            target.payments.append(payment)
            target.paid += amount
        else:
            target.refunds.append(payment)
            target.remaining -= amount
        payment.reference = "BACS" if is_invoice else "Refund"
        self._moved(target, payment.updated)
        return payment

    def pay_and_delete(self, target: Invoice, days_ago: int, amount: int | None = None) -> Payment:
        """A payment that was entered and taken back two days later."""
        payment = self._payment(target, target.amount_due if amount is None else amount, self._as_of - days_ago)
        payment.is_deleted, payment.is_reconciled = True, False
        payment.updated = self._instant(payment.on + 2, payment.index)
        self._moved(target, payment.updated)
        return payment

    def credit(
        self, contact: int, days_ago: int, total: int, *, kind: CreditKind = "credit_note", reference: str = "",
        text: str = "", account: str = "", is_taxed: bool = True,
    ) -> Credit:  # fmt: skip
        """Issue a credit in the organisation's own currency that nobody has used yet."""
        profile = self._settings.profile
        book = {
            "credit_note": self._ledger.credit_notes,
            "overpayment": self._ledger.overpayments,
            "prepayment": self._ledger.prepayments,
        }[kind]
        is_taxed = is_taxed and kind != "overpayment"
        issued = self._as_of - days_ago
        made = Credit(
            kind, len(book), contact, profile.currency, BASE_RATE, issued, total, is_sale=True,
            tax_type=profile.output_tax if is_taxed else "NONE",
            tax=tax_within(total, profile.tax_basis_points) if is_taxed else 0,
            updated=self._instant(issued, len(book)),
        )  # fmt: skip
        if kind != "overpayment":
            prefix = "PCN-" if kind == "credit_note" else "PPP-"
            self._numbers[prefix] += 1
            made.number = f"{prefix}{self._numbers[prefix]:04d}"
        made.reference, made.text, made.account = reference, text, account
        book.append(made)
        return made

    def apply(self, credit: Credit, invoice: Invoice, amount: int | None = None) -> None:
        """Use up a credit, or a part of it, on an invoice."""
        amount = min(credit.remaining, invoice.amount_due) if amount is None else amount
        on = max(credit.issued, invoice.issued)
        application = Application(self._applied, credit, invoice, amount, on)
        self._applied += 1
        credit.applications.append(application)
        credit.remaining -= amount
        invoice.applications.append(application)
        invoice.credited += amount
        instant = self._instant(on, self._applied)
        for moved in (credit, invoice):
            self._moved(moved, max(instant, credit.updated, invoice.updated))

    def rate(self, currency: str, day: int) -> int:
        """The day's rate of a currency against the organisation's."""
        return rate_on(self._settings.profile.currency, currency, day)

    def _line(
        self, item: int, text: str, quantity: float, units: int, discount: float, account: str,
        tracked: tuple[int, int], *, is_taxed: bool,
    ) -> Line:  # fmt: skip
        profile = self._settings.profile
        tax_type, points = (profile.output_tax, profile.tax_basis_points) if is_taxed else (profile.zero_tax, 0)
        hundredths, cut = round(quantity * 100), round(discount * 10_000)
        amount = line_amount(hundredths, units, cut)
        return Line(
            item, text, hundredths, units, cut, account, tax_type, amount, tax_on(amount, points), *tracked
        )  # fmt: skip

    def _payment(self, target: Invoice | Credit, amount: int, day: int) -> Payment:
        index = len(self._ledger.payments)
        rate = self.rate(target.currency, day)
        payment = Payment(index, target, amount, day, rate, max(self._instant(day, index), target.updated))
        self._ledger.payments.append(payment)
        return payment

    def _moved(self, target: Invoice | Credit, instant: int) -> None:
        target.updated = max(target.updated, instant)
        remaining = target.amount_due if isinstance(target, Invoice) else target.remaining
        if target.status == "AUTHORISED" and remaining == 0:
            payments = target.payments if isinstance(target, Invoice) else target.refunds
            target.status = "PAID"
            target.fully_paid = max([p.on for p in payments] + [a.on for a in target.applications])

    def _instant(self, day: int, serial: int) -> int:
        opening = local_opening_ms(day, self._settings.profile.zone)
        return min(opening + 60_000 * (serial % 480), self._latest_ms + serial % 60_000)
