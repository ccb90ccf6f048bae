"""Credit and health alerts: which causes make a task for the owner of an account, and from which amounts on."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from xero_sf_pipeline.policy.fields import (
    DEFAULT_CURRENCY,
    MoneyByCurrency,
    PicklistValue,
    Section,
    Share,
    UserId,
    exact_number,
)

_Spreads = Annotated[Decimal, BeforeValidator(exact_number), Field(ge=1, le=20)]
_Factor = Annotated[Decimal, BeforeValidator(exact_number), Field(gt=1, le=100)]


def _amounts(amount: str) -> MoneyByCurrency:
    return {DEFAULT_CURRENCY: Decimal(amount)}


class AlertCause(Section):
    """What all causes have: a switch, the smallest amount per currency, and the task's priority."""

    enabled: bool = True
    priority: PicklistValue = "Normal"


class OverdueBeyondLimit(AlertCause):
    """Chased invoices that are overdue for longer than `days` add up to at least `minimum_amount`."""

    priority: PicklistValue = "High"
    days: Annotated[int, Field(ge=1, le=730)] = 60
    minimum_amount: MoneyByCurrency = _amounts("1000.00")


class CreditNoteIssued(AlertCause):
    """Credit notes of the last `days` add up to at least `minimum_amount`; forgotten after `forget_after_days`."""

    days: Annotated[int, Field(ge=1, le=365)] = 14
    forget_after_days: Annotated[int, Field(ge=1, le=365)] = 30
    minimum_amount: MoneyByCurrency = _amounts("500.00")


class PaymentHabitBroken(AlertCause):
    """An invoice is later than the customer's own habit: median plus `spreads` robust standard deviations.

    The spread is 1.4826 times the median absolute deviation of days late, which estimates the standard deviation
    without being moved by a few odd payments, and at least `minimum_spread_days`.
    """

    minimum_invoices: Annotated[int, Field(ge=3, le=100)] = 6
    window_days: Annotated[int, Field(ge=90, le=3650)] = 730
    spreads: _Spreads = Decimal("3")
    minimum_spread_days: Annotated[int, Field(ge=1, le=60)] = 4
    minimum_amount: MoneyByCurrency = _amounts("250.00")


class ExposureGrowing(AlertCause):
    """What an account owes is far above its own level at 30-day steps of the past.

    Above the median by `spreads` robust standard deviations, at `factor` times the median, and more by
    `minimum_growth`. Steps before the account's first invoice do not count.
    """

    steps: Annotated[int, Field(ge=3, le=24)] = 6
    minimum_steps: Annotated[int, Field(ge=2, le=24)] = 3
    spreads: _Spreads = Decimal("3")
    factor: _Factor = Decimal("1.5")
    minimum_growth: MoneyByCurrency = _amounts("5000.00")


class RenewalClosingSoon(AlertCause):
    """An open opportunity of a renewal type closes within `days` while something is overdue."""

    priority: PicklistValue = "High"
    opportunity_types: tuple[PicklistValue, ...] = (
        "Renewal",
        "Existing Customer - Replacement",
        "Existing Customer - Upgrade",
    )
    days: Annotated[int, Field(ge=1, le=365)] = 30
    minimum_amount: MoneyByCurrency = _amounts("1.00")


class AlertRules(Section):
    """Tasks for account owners. At most one open per account and cause.

    Attributes:
        owner_id: who gets the task when the account's owner is inactive. None: no task then, and it is listed.
        clear_share: a cause is gone when its measure falls below this share of the limit that raised it, so that a
            task does not come and go with every cent.
    """

    enabled: bool = False
    owner_id: UserId | None = None
    due_after_days: Annotated[int, Field(ge=0, le=90)] = 3
    open_status: PicklistValue = "Not Started"
    closed_status: PicklistValue = "Completed"
    clear_share: Share = Decimal("0.8")
    overdue_beyond_limit: OverdueBeyondLimit = OverdueBeyondLimit()
    credit_note_issued: CreditNoteIssued = CreditNoteIssued()
    payment_habit_broken: PaymentHabitBroken = PaymentHabitBroken()
    exposure_growing: ExposureGrowing = ExposureGrowing()
    renewal_closing_soon: RenewalClosingSoon = RenewalClosingSoon()
