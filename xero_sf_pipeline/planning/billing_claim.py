"""One scheduled invoice and what exists of it: a row of the temp table billing_claims with its questions answered.

Belongs here: reading the row. Does not belong here: decisions (`billing.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from xero_sf_pipeline.planning.billing_history import Sent, SentInvoice, sent
from xero_sf_pipeline.planning.billing_lines import Line, amount_of, shown_line, wanted_line
from xero_sf_pipeline.planning.templates import one_line

Row = Mapping[str, Any]

_OPEN = frozenset({"DRAFT", "SUBMITTED"})
_GONE = frozenset({"VOIDED", "DELETED"})


@dataclass(frozen=True)
class MirroredInvoice:
    """An invoice of the instalment as Xero shows it."""

    row: Row
    was: SentInvoice | None
    """What we sent for it; None when the ledger does not know it."""

    @property
    def revision(self) -> int:
        return int(self.row["revision"])

    @property
    def is_known(self) -> bool:
        """The mirror has it."""
        return self.row["xero_invoice_id"] is not None

    @property
    def is_gone(self) -> bool:
        return bool(self.row["is_deleted"]) or self.row["invoice_status"] in _GONE

    @property
    def is_open(self) -> bool:
        """It can still be edited: finance has not approved it."""
        return self.row["invoice_status"] in _OPEN

    @property
    def name(self) -> str:
        return one_line(self.row["invoice_number"] or "") or str(self.row["xero_invoice_id"])

    @cached_property
    def shown(self) -> list[Line]:
        return [shown_line(line) for line in self.row["lines"] or ()]

    @property
    def billed(self) -> list[Line]:
        """The lines that count as billed: what the deal wanted when we sent it, else what Xero shows."""
        return self.was.lines if self.was is not None and self.was.lines else self.shown


@dataclass(frozen=True)
class Claim:
    """An invoice that a deal should have, and those that it has."""

    row: Row

    @cached_property
    def sent(self) -> Sent:
        return sent(self.row["written"])

    @cached_property
    def invoices(self) -> list[MirroredInvoice]:
        return [
            MirroredInvoice(row, self.sent.invoices.get(self.target_key(row["revision"])) if row["is_ours"] else None)
            for row in self.row["invoices"] or ()
        ]

    @cached_property
    def lines(self) -> list[Line]:
        return [wanted_line(line) for line in self.row["lines"] or ()]

    @property
    def amount(self) -> Decimal:
        return amount_of(self.lines)

    @property
    def is_held_whole(self) -> bool:
        """The hold stops the deal, so nothing is known of its invoices."""
        return self.row["hold_reason"] is not None and self.row["amount_total"] is None

    def is_due(self, lead_days: int) -> bool:
        bill_on, today = self.row["bill_on"], self.row["today"]
        return isinstance(bill_on, date) and today is not None and (bill_on - today).days <= lead_days

    @property
    def is_planned_ahead(self) -> bool:
        """Its planned day is still to come."""
        bill_on, today = self.row["bill_on"], self.row["today"]
        return isinstance(bill_on, date) and today is not None and bill_on > today

    def is_locked(self, issue_on: date | None) -> bool:
        """Whether the organisation locked the period in which an invoice of that date lies."""
        locked_until = self.row["locked_until"]
        return issue_on is not None and locked_until is not None and issue_on <= locked_until

    def target_key(self, revision: int) -> str:
        return f"{self.row['tenant_id']}:{self.reference(revision)}"

    def reference(self, revision: int) -> str:
        key = str(self.row["our_reference"])
        return key if revision == 1 else f"{key}/r{revision}"

    @property
    def deal(self) -> str:
        name = one_line(self.row["opportunity_name"] or "") or str(self.row["sf_opportunity_id"])
        account = one_line(self.row["account_name"] or "")
        return f"{name} of {account}" if account else name
