"""Paying and crediting: payments, part payments, deleted payments, credit notes, overpayments, prepayments, refunds.

Belongs here: what happens to an approved document afterwards, so that amounts due tie with payments and applications.
Does not belong here: which documents stay overdue (`ledger`) or how documents look (`document_shapes`).
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from xero_sf_pipeline.sandbox.company.dates import DAY_MS, local_opening_ms, midnight_ms
from xero_sf_pipeline.sandbox.company.documents import Application, Credit, CreditKind, Invoice, Payment
from xero_sf_pipeline.sandbox.company.money import rate_on, tax_within
from xero_sf_pipeline.sandbox.company.organisations import Settings
from xero_sf_pipeline.sandbox.company.parties import weighted
from xero_sf_pipeline.sandbox.company.spec import CompanySpec
from xero_sf_pipeline.sandbox.company.traits import PAYS_AFTER_DUE, Habit

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.company.ledger import Ledger

_OFFICE_MS: Final = 9 * 3_600_000
_FRIDAY: Final = 5  # proleptic ordinals count from a Monday
_CREDIT_KINDS: Final[tuple[tuple[CreditKind, float], ...]] = (
    ("credit_note", 0.6), ("overpayment", 0.2), ("prepayment", 0.2),
)  # fmt: skip
_REFERENCES: Final = ("", "", "BACS", "Direct credit", "Card", "Cheque")


class Settling:
    """Settles the documents of one organisation, in order of issue."""

    def __init__(self, spec: CompanySpec, settings: Settings, ledger: Ledger, rng: Random) -> None:
        self._settings = settings
        self._ledger = ledger
        self._rng = rng
        self._base = settings.profile.currency
        self._zone = settings.profile.zone
        self._as_of = spec.as_of.toordinal()
        self._latest_ms = midnight_ms(spec.as_of)
        self._kept: dict[tuple[int, str, CreditKind, bool], Credit] = {}
        self._applied = 0
        self._instants = 0

    def settle(self, invoice: Invoice, *, stays_overdue: bool) -> None:
        """Pay, credit or leave one document as its customer's habit and the ageing plan have it."""
        if invoice.status != "AUTHORISED" or invoice.total == 0:
            return
        if not invoice.is_sale:
            self._settle_bill(invoice)
        elif stays_overdue:
            self._leave_overdue(invoice)
        elif invoice.due < self._as_of:
            self._pay_in_full(invoice, self._payment_day(invoice))
        else:
            self._settle_early(invoice)

    def finish(self) -> None:
        """Number the credits in order of issue, and group the payment runs into batches."""
        for book, prefix in ((self._ledger.credit_notes, "CN-"), (self._ledger.prepayments, "PRE-")):
            numbered = sorted((credit for credit in book if credit.is_sale), key=lambda c: (c.issued, c.index))
            for number, credit in enumerate(numbered, 1):
                credit.number = f"{prefix}{number:04d}"
        for payment in self._ledger.payments:
            if payment.batch:
                self._ledger.batches.setdefault(payment.batch, []).append(payment)
        for payments in self._ledger.batches.values():
            latest = max(payment.updated for payment in payments)
            for payment in payments:
                payment.updated = latest
                payment.target.updated = max(payment.target.updated, latest)

    # -- sales

    def _leave_overdue(self, invoice: Invoice) -> None:
        rng = self._rng
        point = rng.random()
        share = 0.15 + 0.7 * rng.random()
        part = max(1, int(invoice.total * share))
        day = self._day_between(invoice.issued, self._as_of - 1)
        if part < invoice.total:
            if point < 0.14:
                self._pay(invoice, part, day)
            elif point < 0.19:
                self._credit(invoice, part, day, weighted(rng, _CREDIT_KINDS))
        if 0.19 <= point < 0.23:
            self._bounce(invoice, invoice.total if point < 0.21 else part, day)
        if 0.23 <= point < 0.31:
            self._keep_credit(invoice, max(100, int(invoice.total * (0.2 + rng.random()))), day)
        if 0.31 <= point < 0.37:
            invoice.expected = self._as_of + int(rng.random() * 20) - 4

    def _settle_early(self, invoice: Invoice) -> None:
        rng = self._rng
        point = rng.random()
        eager = 0.3 if self._ledger.traits[invoice.contact].habit is Habit.PROMPT else 0.1
        if point < eager:
            self._pay_in_full(invoice, self._day_between(invoice.issued, self._as_of - 1))
        elif point > 0.965:
            amount = invoice.total if point > 0.983 else invoice.total // 2
            promised = self._as_of + 1 + int(rng.random() * (invoice.due - self._as_of + 1))
            self._pay(invoice, amount, promised)
        elif point > 0.935 and invoice.total > 100:
            self._pay(invoice, invoice.total // 3, self._day_between(invoice.issued, self._as_of - 1))

    def _pay_in_full(self, invoice: Invoice, day: int) -> None:
        rng = self._rng
        point = rng.random()
        total = invoice.total
        half = int(total * (0.2 + 0.6 * rng.random()))
        earlier = self._day_between(invoice.issued, day)
        if point < 0.86 or not 0 < half < total:
            self._pay(invoice, total, day)
        elif point < 0.92:
            self._pay(invoice, half, earlier)
            if point < 0.87 and total - half > 2:
                third = (total - half) // 2
                self._pay(invoice, third, self._day_between(earlier, day))
            self._pay(invoice, total - invoice.paid, day)
        elif point < 0.955:
            self._credit(invoice, half, day, weighted(rng, _CREDIT_KINDS))
            self._pay(invoice, total - invoice.credited, day)
        elif point < 0.97:
            self._credit(invoice, total, day, "credit_note")
        elif point < 0.976:
            self._bounce(invoice, total, earlier)
            self._pay(invoice, total, day)
        elif point < 0.984:
            self._pay(invoice, total, day)
            self._keep_credit(invoice, max(100, half // 4), day)
        else:
            self._pay(invoice, total, day)
            if point > 0.994:
                self._stray_credit(invoice, max(100, half), day)
        if invoice.paid + invoice.credited == total:
            self._close(invoice)

    def _stray_credit(self, invoice: Invoice, amount: int, day: int) -> None:
        """A credit that is refunded in money, still a draft, or voided."""
        point = self._rng.random()
        kind: CreditKind = "credit_note" if point < 0.8 else "overpayment" if point < 0.9 else "prepayment"
        credit = self._new_credit(invoice, amount, day, kind)
        if point < 0.4 or point >= 0.8:
            refund = self._record(credit, amount, self._day_between(day, self._as_of - 1))
            credit.refunds.append(refund)
            credit.remaining = 0
            credit.updated = max(credit.updated, refund.updated)
            self._close_credit(credit)
        else:
            credit.status = "DRAFT" if point < 0.6 else "SUBMITTED" if point < 0.65 else "VOIDED"

    # -- purchases

    def _settle_bill(self, bill: Invoice) -> None:
        rng = self._rng
        point = rng.random()
        if bill.due < self._as_of and point < 0.9:
            day = self._payment_run_day(bill)
            if point < 0.03 and bill.total > 1_000:
                kind: CreditKind = "credit_note" if point < 0.02 else "prepayment" if point < 0.025 else "overpayment"
                self._credit(bill, bill.total // 4, day, kind)
            payment = self._pay(bill, bill.total - bill.credited, day)
            if point < 0.35:
                payment.batch = day
            self._close(bill)
        elif point > 0.97 and bill.total > 100:
            self._pay(bill, bill.total // 2, self._day_between(bill.issued, self._as_of - 1))

    def _payment_run_day(self, bill: Invoice) -> int:
        """Bills are paid on the Friday on or before they fall due, never before they were issued."""
        friday = bill.due - (bill.due - _FRIDAY) % 7
        return min(max(friday, bill.issued), self._as_of - 1)

    # -- money and credit

    def _pay(self, invoice: Invoice, amount: int, day: int) -> Payment:
        payment = self._record(invoice, amount, day)
        invoice.payments.append(payment)
        invoice.paid += amount
        invoice.updated = max(invoice.updated, payment.updated)
        if invoice.paid + invoice.credited == invoice.total:
            self._close(invoice)
        return payment

    def _bounce(self, invoice: Invoice, amount: int, day: int) -> None:
        """A payment that was entered and deleted again a few days later."""
        payment = self._record(invoice, amount, day)
        payment.is_deleted, payment.is_reconciled = True, False
        payment.updated = min(payment.updated + int(1 + self._rng.random() * 6) * DAY_MS, self._cap())
        invoice.updated = max(invoice.updated, payment.updated)

    def _record(self, target: Invoice | Credit, amount: int, day: int) -> Payment:
        rng = self._rng
        known_day = min(day, self._as_of - 1)
        rate = rate_on(self._base, target.currency, known_day)
        payment = Payment(len(self._ledger.payments), target, amount, day, rate, self._instant(known_day))
        payment.updated = max(payment.updated, target.updated + 1 if target.updated < self._latest_ms - 2 else 0)
        payment.is_reconciled = day < self._as_of - 6 or rng.random() < 0.5
        payment.reference = _REFERENCES[int(rng.random() * len(_REFERENCES))]
        self._ledger.payments.append(payment)
        return payment

    def _credit(self, invoice: Invoice, amount: int, day: int, kind: CreditKind) -> None:
        """Apply a credit to a document: one that the customer still has, or a new one."""
        kept = self._kept.get((invoice.contact, invoice.currency, kind, invoice.is_sale))
        if kept is not None and kept.remaining >= amount and kept.issued <= day:
            credit = kept
        else:
            extra = int(amount * self._rng.random()) if self._rng.random() < 0.2 else 0
            issued = day if kind == "credit_note" else max(day - int(self._rng.random() * 20), invoice.issued - 30)
            credit = self._new_credit(invoice, amount + extra, issued, kind)
        applied_on = max(invoice.issued, credit.issued)
        application = Application(self._applied, credit, invoice, amount, applied_on)
        self._applied += 1
        credit.applications.append(application)
        credit.remaining -= amount
        credit.updated = max(credit.updated, self._instant(max(day, applied_on)))
        invoice.applications.append(application)
        invoice.credited += amount
        invoice.updated = max(invoice.updated, credit.updated)
        if credit.remaining == 0:
            self._close_credit(credit)
        else:
            self._kept[invoice.contact, invoice.currency, kind, invoice.is_sale] = credit

    def _keep_credit(self, invoice: Invoice, amount: int, day: int) -> None:
        """A credit of the customer that nobody has applied yet."""
        kind = weighted(self._rng, _CREDIT_KINDS)
        credit = self._new_credit(invoice, amount, day, kind)
        if self._rng.random() < 0.5:
            self._kept[invoice.contact, invoice.currency, kind, invoice.is_sale] = credit

    def _new_credit(self, invoice: Invoice, total: int, issued: int, kind: CreditKind) -> Credit:
        profile = self._settings.profile
        tax_type, points = "NONE", 0
        if kind != "overpayment" and self._ledger.traits[invoice.contact].is_domestic:
            tax_type = profile.output_tax if invoice.is_sale else profile.input_tax
            points = profile.tax_basis_points if tax_type != "NONE" else 0
        book = {
            "credit_note": self._ledger.credit_notes,
            "overpayment": self._ledger.overpayments,
            "prepayment": self._ledger.prepayments,
        }[kind]
        credit = Credit(
            kind, len(book), invoice.contact, invoice.currency, rate_on(self._base, invoice.currency, issued),
            issued, total,
            is_sale=invoice.is_sale, tax_type=tax_type, tax=tax_within(total, points), updated=self._instant(issued),
        )  # fmt: skip
        credit.reference = invoice.number if kind != "overpayment" else "Paid too much"
        book.append(credit)
        return credit

    # -- days and ends

    def _close(self, invoice: Invoice) -> None:
        invoice.status = "PAID"
        invoice.fully_paid = max(
            [payment.on for payment in invoice.payments] + [application.on for application in invoice.applications]
        )

    def _close_credit(self, credit: Credit) -> None:
        credit.status = "PAID"
        credit.fully_paid = max(
            [refund.on for refund in credit.refunds] + [application.on for application in credit.applications]
        )

    def _payment_day(self, invoice: Invoice) -> int:
        first, last = PAYS_AFTER_DUE[self._ledger.traits[invoice.contact].habit]
        day = invoice.due + first + int(self._rng.random() * (last - first + 1))
        if day >= self._as_of:
            day = self._day_between(invoice.due, self._as_of - 1)
        return max(day, invoice.issued)

    def _day_between(self, first: int, last: int) -> int:
        return first + int(self._rng.random() * (last - first + 1)) if last > first else last

    def _instant(self, day: int) -> int:
        return min(local_opening_ms(day, self._zone) + int(self._rng.random() * _OFFICE_MS), self._cap())

    def _cap(self) -> int:
        """The latest instant at which anything may have happened; calls are spread over the minute before it."""
        self._instants = (self._instants + 1) % 60_000
        return self._latest_ms - 60_000 + self._instants
