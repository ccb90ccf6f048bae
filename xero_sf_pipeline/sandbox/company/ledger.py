"""The sales and purchase ledger of one organisation: who buys what when, and who pays when.

Belongs here: the order of events that makes a ledger (issue, choose what stays overdue, settle, number). Does not
belong here: one document's lines (`invoicing`), one settlement (`settling`), read shapes (`document_shapes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from xero_sf_pipeline.sandbox.company.documents import Credit, Invoice, Payment
from xero_sf_pipeline.sandbox.company.drafts import ContactDraft
from xero_sf_pipeline.sandbox.company.ids import stream
from xero_sf_pipeline.sandbox.company.invoicing import Invoicing
from xero_sf_pipeline.sandbox.company.money import in_base
from xero_sf_pipeline.sandbox.company.organisations import Settings
from xero_sf_pipeline.sandbox.company.settling import Settling
from xero_sf_pipeline.sandbox.company.spec import CompanySpec
from xero_sf_pipeline.sandbox.company.traits import Traits

OVERDUE_SHARE: Final = 0.10
"""Overdue sales invoices among all sales invoices."""
AGEING_SHARES: Final = ((1, 30, 0.34), (31, 60, 0.22), (61, 90, 0.16), (91, 10_000, 0.28))
"""(from days overdue, to days overdue, share of the overdue invoices)."""


@dataclass
class Ledger:
    """All documents of one organisation, by position; sales invoices are numbered in order of issue."""

    traits: Sequence[Traits]
    invoices: list[Invoice] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    credit_notes: list[Credit] = field(default_factory=list)
    overpayments: list[Credit] = field(default_factory=list)
    prepayments: list[Credit] = field(default_factory=list)
    batches: dict[int, list[Payment]] = field(default_factory=dict)

    @property
    def credits(self) -> list[Credit]:
        """Every credit, whatever its kind."""
        return [*self.credit_notes, *self.overpayments, *self.prepayments]

    def balances(self, as_of: int) -> dict[int, list[int]]:
        """Per contact [owed to us, of that overdue, owed by us, of that overdue] in cents of base currency.

        Unapplied credits lower what is outstanding, never what is overdue.
        """
        sums: dict[int, list[int]] = {}
        for invoice in self.invoices:
            entry = sums.setdefault(invoice.contact, [0, 0, 0, 0])
            if invoice.status == "AUTHORISED":
                at = 0 if invoice.is_sale else 2
                amount = in_base(invoice.amount_due, invoice.rate)
                entry[at] += amount
                entry[at + 1] += amount if invoice.due < as_of else 0
        for credit in self.credits:
            if credit.status == "AUTHORISED":
                entry = sums.setdefault(credit.contact, [0, 0, 0, 0])
                entry[0 if credit.is_sale else 2] -= in_base(credit.remaining, credit.rate)
        return sums


def make_ledger(
    spec: CompanySpec, settings: Settings, contacts: Sequence[ContactDraft], traits: Sequence[Traits]
) -> Ledger:
    """Make `spec.invoices` invoices and bills with everything that settles them."""
    seed, organisation = spec.seed, settings.organisation_index
    ledger = Ledger(traits)
    invoicing = Invoicing(spec, settings, contacts, traits, stream(seed, "invoices", organisation))
    ledger.invoices = invoicing.issue()
    settling = Settling(spec, settings, ledger, stream(seed, "settlements", organisation))
    open_ones = choose_overdue(stream(seed, "overdue", organisation), ledger.invoices, traits, spec.as_of.toordinal())
    for invoice in ledger.invoices:
        settling.settle(invoice, stays_overdue=invoice.index in open_ones)
    settling.finish()
    return ledger


def choose_overdue(rng: Random, invoices: Sequence[Invoice], traits: Sequence[Traits], as_of: int) -> set[int]:
    """Pick the invoices that are unpaid past their due date: customers who pay late are drawn far more often.

    Exactly `OVERDUE_SHARE` of all sales invoices where enough are old enough, spread over the ageing buckets.
    """
    sales = sum(1 for invoice in invoices if invoice.is_sale)
    wanted = round(sales * OVERDUE_SHARE)
    buckets: list[list[tuple[float, int]]] = [[] for _ in AGEING_SHARES]
    for invoice in invoices:
        days = as_of - invoice.due
        if days <= 0 or not invoice.is_sale or invoice.status != "AUTHORISED" or invoice.total == 0:
            continue
        bucket = next(n for n, (_, last, _) in enumerate(AGEING_SHARES) if days <= last)
        buckets[bucket].append((rng.random() ** (1 / traits[invoice.contact].lateness), invoice.index))
    chosen: set[int] = set()
    spare: list[tuple[float, int]] = []
    for candidates, (_, _, share) in zip(buckets, AGEING_SHARES, strict=True):
        candidates.sort(reverse=True)
        quota = round(wanted * share)
        chosen.update(index for _, index in candidates[:quota])
        spare.extend(candidates[quota:])
    spare.sort(reverse=True)
    chosen.update(index for _, index in spare[: max(0, wanted - len(chosen))])
    return chosen
