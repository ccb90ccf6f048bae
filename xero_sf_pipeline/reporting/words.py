"""How the report speaks: amounts, days, the plain words for reasons and measures, and what stands out.

Belongs here: sentences and formats. Does not belong here: where a number comes from (`figures.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from xero_sf_pipeline.reporting.figures import Figures, Row

NONE = "–"
"""Stands where there is no figure, which is not the same as zero."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")
"""Control characters, and those that turn the direction of the text around them."""

_LONGEST_NAME = 80

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Not the machine's language: the same snapshot gives the same page everywhere."""

REASONS = {
    "amount_differs": "amount differs from the deal",
    "changed_in_salesforce": "a person changed it in Salesforce",
    "currency_differs": "billed in another currency",
    "draft_in_xero": "draft in Xero, waits for finance",
    "excluded_by_policy": "excluded by policy",
    "filtered": "not billed by policy",
    "held": "held, waits for a person",
    "needs_approval": "waits for approval in the plan",
    "no_exchange_rate": "no exchange rate",
    "not_billed": "won, no invoice, none planned",
    "not_due_yet": "not due to be billed yet",
    "not_set_up": "not set up",
    "organisation_not_connected": "organisation not connected",
    "outcome_unknown": "sent, answer not known yet",
    "pending": "invoice planned, not sent yet",
    "pending_write": "write planned, not sent yet",
    "quarantined": "could not be read",
    "rejected": "refused, waits for a correction",
    "stale": "sources too old",
    "unexplained": "UNEXPLAINED",
    "unmatched": "customer without an account",
    "waiting_for_read_back": "sent, waits to be read back",
}
MEASURES = {
    "invoice_total": "Invoices: total",
    "invoice_paid": "Invoices: paid",
    "invoice_credited": "Invoices: credited",
    "invoice_due": "Invoices: due",
    "credit_note_total": "Credit notes: total",
    "credit_note_remaining": "Credit notes: remaining",
    "account_outstanding": "Accounts: outstanding",
    "account_overdue": "Accounts: overdue",
    "account_unallocated_credit": "Accounts: unallocated credit",
    "read_invoices": "Read from Xero: invoices and bills",
    "read_credit_notes": "Read from Xero: credit notes",
    "read_payments": "Read from Xero: payments",
    "read_overpayments": "Read from Xero: overpayments",
    "read_prepayments": "Read from Xero: prepayments",
}


def money(value: Decimal | None) -> str:
    """An exact amount with thousands separators and at least two decimals."""
    if value is None:
        return NONE
    rounded = value.quantize(Decimal("0.01"))
    return f"{rounded:,}" if rounded == value else f"{value.normalize():,f}"


def whole(value: Any) -> str:
    """A count with thousands separators."""
    return NONE if value is None else f"{value:,}"


def day(value: date | None) -> str:
    """21 Nov 2026: no country reads it wrongly."""
    return NONE if value is None else f"{value.day} {value:%b %Y}"


def month(value: date) -> str:
    return f"{_MONTHS[value.month - 1]} {value.year % 100:02d}"


def instant(value: datetime | None) -> str:
    return NONE if value is None else f"{day(value.date())}, {value:%H:%M} UTC"


def label(word: str | None) -> str:
    """A reason or measure in plain words."""
    if word is None:
        return NONE
    return REASONS.get(word) or MEASURES.get(word) or word.replace("_", " ")


def share(part: Any, total: Any) -> str:
    """A percentage; nothing of nothing has none, and a little is not shown as nothing."""
    if not total:
        return NONE
    percent = Decimal(100) * Decimal(part) / Decimal(total)
    return "under 1 %" if 0 < percent < Decimal("0.5") else f"{percent:.0f} %"


def name(value: str | None) -> str:
    """A name as it may stand in a line: no control characters, not endless. Escaping is the template's."""
    text = " ".join(_UNPRINTABLE.sub(" ", value or "").split())
    return NONE if not text else text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"


def sentence(value: str | None) -> str:
    """An explanation as it may stand on a page: one line, without the marks around commands."""
    return NONE if not value else " ".join(_UNPRINTABLE.sub(" ", value.replace("`", "")).split())


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def highlights(figures: Figures) -> list[tuple[str, str]]:
    """What a reader should know first, as (tone, sentence). Tone: good, watch, bad or plain."""
    found = [*_receivables(figures), *_deals(figures), *_agreement(figures), *_operations(figures)]
    return sorted(found, key=lambda point: point[0] != "bad")


def _receivables(figures: Figures) -> Iterator[tuple[str, str]]:
    for row in figures.tables["ageing"]:
        old = row["amount_61_90"] + row["amount_over_90"]
        open_ = (
            f"{row['currency_code']} {money(row['amount_due'])} is open on {counted(row['invoice_count'], 'invoice')}"
        )
        if not row["amount_overdue"]:
            yield "plain", f"{open_}; nothing is overdue."
            continue
        overdue = f"{money(row['amount_overdue'])} ({share(row['amount_overdue'], row['amount_due'])}) is overdue"
        yield (
            "watch" if row["amount_overdue"] * 4 >= row["amount_due"] else "plain",
            f"{open_}; {overdue}, {money(old)} of it by more than 60 days." if old else f"{open_}; {overdue}.",
        )
    paid = figures.tables["days_to_pay"]
    if paid:
        last = paid[-1]
        yield (
            "plain",
            f"Of the {counted(last['invoice_count'], 'invoice')} paid in full in {month(last['month_on'])}, half were "
            f"paid within {counted(last['days_to_pay'], 'day')} of their date; "
            f"{share(last['on_time_count'], last['invoice_count'])} came on time.",
        )


def _deals(figures: Figures) -> Iterator[tuple[str, str]]:
    for row in figures.tables["deal_totals"]:
        if row["amount_difference"] > 0:
            yield (
                "watch",
                f"{_currency(row)} {money(row['amount_difference'])} of won deals is not billed "
                f"(booked {money(row['amount_booked'])}, drafted in Xero {money(row['amount_drafted'])}).",
            )


def _agreement(figures: Figures) -> Iterator[tuple[str, str]]:
    if not figures.is_reconciled:
        return
    unexplained: Sequence[Row] = [row for row in figures.tables["control_reasons"] if row["reason"] == "unexplained"]
    known: dict[str, int] = {}
    for row in figures.tables["control_reasons"]:
        if row["reason"] != "unexplained":
            known[row["reason"]] = known.get(row["reason"], 0) + row["record_count"]
    if not unexplained and not known:
        yield "good", "Xero, the tables and Salesforce agree to the cent."
    elif not unexplained:
        why = ", ".join(
            f"{counted(count, 'record')} {label(reason)}"
            for reason, count in sorted(known.items(), key=lambda one: -one[1])
        )
        yield (
            "good",
            f"No difference between Xero, the tables and Salesforce is unexplained. With a known reason: {why}.",
        )
    for row in unexplained:
        yield (
            "bad",
            f"{counted(row['record_count'], 'record')} in {_currency(row)} differ between the systems and nobody can "
            "explain why: see “Do the systems agree?”.",
        )


def _operations(figures: Figures) -> Iterator[tuple[str, str]]:
    for run in figures.tables["plan_run"]:
        if run["is_held"]:
            yield "bad", f"The newest plan is held and nothing is sent: {name(run['held_reason'])}"
    waiting = sum(row["write_count"] for row in figures.tables["plan"] if row["approval"] == "needs_approval")
    if waiting:
        yield "watch", f"{counted(waiting, 'write')} of the newest plan wait for approval."
    letters = len(figures.tables["dead_letters"])
    if letters:
        yield "bad", f"{counted(letters, 'write')} did not go through (xero-sf errors list)."
    for row in figures.tables["problems"]:
        if row["problem_count"]:
            yield "watch", f"{row['problem_count']:,} {row['problem']}."


def _currency(row: Row) -> str:
    return str(row["currency_code"] or "unknown currency")
