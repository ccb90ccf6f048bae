"""The instalments of a deal: on which days how much of it is billed.

Belongs here: dates and shares of the four kinds of plan. Does not belong here: lines, tax, whether a day has come.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from xero_sf_pipeline.billing.facts import Deal
from xero_sf_pipeline.billing.money import shares, to_cents
from xero_sf_pipeline.billing.reasons import Held, Hold
from xero_sf_pipeline.billing.terms import add_months
from xero_sf_pipeline.policy.billing import BillFrom, PlanKind

if TYPE_CHECKING:
    from xero_sf_pipeline.policy.billing import PlanRule

MOST_MONTHS = 120
"""A longer term is a mistake in a field, not a contract that is billed monthly."""


@dataclass(frozen=True)
class Instalment:
    """One invoice of a plan. bill_on is None for a milestone that has no date yet. Amount in the deal's currency."""

    period_number: int
    bill_on: date | None
    amount: Decimal
    words: str


def instalments(deal: Deal, plan: PlanRule, total: Decimal) -> list[Instalment]:
    """Split the total of a deal's lines into invoices that add up to it to the cent.

    Raises:
        Held: a date, a term or an amount that the plan needs is missing, or the milestones do not add up.
    """
    if plan.kind is PlanKind.MILESTONES:
        return _milestones(deal, plan, total)
    start = _start(deal, plan)
    if plan.kind is PlanKind.PERCENTAGES:
        weights = [part.percent for part in plan.percentages]
        days = [start + timedelta(days=plan.days + part.days) for part in plan.percentages]
        words = [f"{part.percent.normalize():f} %" for part in plan.percentages]
    elif plan.kind is PlanKind.MONTHLY:
        count = _months(deal, plan)
        weights = [Decimal(1)] * count
        first = start + timedelta(days=plan.days)
        days = [add_months(first, number) for number in range(count)]
        words = [f"month {number + 1} of {count}" for number in range(count)]
    else:
        weights, days, words = [Decimal(1)], [start + timedelta(days=plan.days)], ["the whole"]
    parts = shares(total, weights)
    return [
        Instalment(number, day, amount, what)
        for number, (day, amount, what) in enumerate(zip(days, parts, words, strict=True), start=1)
        if amount != 0
    ]


def _start(deal: Deal, plan: PlanRule) -> date:
    if plan.bill_from is BillFrom.CLOSE_DATE and not plan.service_dates:
        if deal.close_on is None:
            raise Held(Hold.CLOSE_DATE_MISSING, "The deal has no close date.")
        return deal.close_on
    served = [line.service_on for line in deal.lines if line.service_on is not None]
    if not served:
        raise Held(
            Hold.SERVICE_DATE_MISSING, f"Plan `{plan.name}` counts from the lines' service dates, and none is given."
        )
    return min(served)


def _months(deal: Deal, plan: PlanRule) -> int:
    if plan.months is not None:
        return plan.months
    if plan.months_field is not None:
        given = _number(deal.fields.get(plan.months_field))
        if given is None or given != given.to_integral_value() or not 1 <= given <= MOST_MONTHS:
            raise Held(
                Hold.TERM_MISSING,
                f"Plan `{plan.name}` takes the number of months from {plan.months_field}, which says "
                f"{deal.fields.get(plan.months_field)!r}.",
            )
        return int(given)
    served = [line.service_on for line in deal.lines if line.service_on is not None]
    count = (max(served).year - min(served).year) * 12 + max(served).month - min(served).month + 1
    if count > MOST_MONTHS:
        raise Held(Hold.TERM_MISSING, f"The lines' service dates span {count} months; {MOST_MONTHS} are the most.")
    return count


def _milestones(deal: Deal, plan: PlanRule, total: Decimal) -> list[Instalment]:
    days = [_day(deal.fields.get(stone.date_field)) for stone in plan.milestones]
    if all(stone.percent is not None for stone in plan.milestones):
        parts = shares(total, [stone.percent for stone in plan.milestones if stone.percent is not None])
    else:
        parts = [
            to_cents(_number(deal.fields.get(stone.amount_field or "")) or Decimal(0)) for stone in plan.milestones
        ]
        if sum(parts) != total:
            raise Held(
                Hold.MILESTONES_DO_NOT_ADD_UP,
                f"The milestones of plan `{plan.name}` add up to {sum(parts):,.2f}, the deal is {total:,.2f}.",
            )
    return [
        Instalment(number, day, amount, f"milestone {stone.name}")
        for number, (stone, day, amount) in enumerate(zip(plan.milestones, days, parts, strict=True), start=1)
        if amount != 0
    ]


def _number(text: str | None) -> Decimal | None:
    try:
        number = Decimal(text) if text else None
    except InvalidOperation:
        return None
    return number if number is None or number.is_finite() else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
