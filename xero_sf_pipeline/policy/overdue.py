"""Which unpaid invoices are acted on."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from xero_sf_pipeline.policy.fields import DEFAULT_CURRENCY, MoneyByCurrency, Section


class Disputed(Section):
    """Invoices that a person said not to chase."""

    reference_markers: tuple[Annotated[str, Field(min_length=3)], ...] = ("DISPUTED",)
    contacts: tuple[str, ...] = ()
    invoices: tuple[str, ...] = ()


class OverdueRules(Section):
    """Which unpaid invoices are acted on."""

    grace_days: Annotated[int, Field(ge=0, le=365)] = 0
    minimum_amount: MoneyByCurrency = {DEFAULT_CURRENCY: Decimal("1.00")}
    net_unallocated_credit: bool = True
    respect_expected_payment_date: bool = True
    disputed: Disputed = Disputed()
