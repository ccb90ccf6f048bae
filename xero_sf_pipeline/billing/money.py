"""Cents: amounts and tax of lines as Xero rounds them, and shares that add up to the whole.

Sources: the Accounting API's documentation of invoices (a line's amount and its tax are rounded to two decimals, then
summed). Half a cent is rounded away from zero. Does not belong here: which codes a line gets.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
PRICE_STEP = Decimal("0.0001")
"""Xero keeps four decimals of a unit price when asked with unitdp=4."""


def to_cents(amount: Decimal) -> Decimal:
    """Round to two decimals, half away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def line_amount(
    quantity: Decimal, unit_amount: Decimal, discount_rate: Decimal | None, amount_discount: Decimal | None = None
) -> Decimal:
    """Return a line's amount: quantity x price, less a percentage or an amount, in cents."""
    gross = quantity * unit_amount
    if discount_rate is not None:
        gross = gross * (100 - discount_rate) / 100
    return to_cents(gross - (amount_discount or 0))


def line_tax(amount: Decimal, effective_rate: Decimal, amounts_are: str) -> Decimal:
    """Return the tax on a line's amount, in cents.

    Args:
        effective_rate: percent, compound components included.
        amounts_are: exclusive (tax comes on top), inclusive (tax is inside), or no_tax.
    """
    if amounts_are == "no_tax":
        return Decimal("0.00")
    if amounts_are == "inclusive":
        return to_cents(amount * effective_rate / (100 + effective_rate))
    return to_cents(amount * effective_rate / 100)


def shares(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split an amount in cents by weights so that the parts add up to it exactly (largest remainder).

    Of equal remainders the earlier part gets the cent, so that the same input always gives the same split.
    """
    finest = min(int(weight.as_tuple().exponent) for weight in weights)
    whole_weights = [int(weight.scaleb(-finest)) for weight in weights]
    return [Decimal(part) * CENT for part in _apportion(int(total / CENT), whole_weights)]


def split_lines(amounts: Sequence[Decimal], totals: Sequence[Decimal]) -> list[list[Decimal]]:
    """Split every line's amount over the invoices: the lines of an invoice add up to its total, and the parts of a
    line add up to the line.

    Args:
        amounts: the deal's lines, in cents; a line may be negative (a discount sold as a product).
        totals: what each invoice must add up to; together as much as the lines.

    Returns:
        per invoice the part of each line, in the order of the lines.
    """
    left = [int(amount / CENT) for amount in amounts]
    wanted = [int(total / CENT) for total in totals]
    if sum(left) != sum(wanted):
        raise ValueError("the invoices must add up to the lines")
    split = []
    for total in wanted[:-1]:
        part = _apportion(total, left) if sum(left) else [0] * len(left)
        left = [line - taken for line, taken in zip(left, part, strict=True)]
        split.append(part)
    split.append(left)
    return [[Decimal(cents) * CENT for cents in part] for part in split]


def _apportion(total: int, weights: Sequence[int]) -> list[int]:
    whole = sum(weights)
    parts, remainders = [], []
    for weight in weights:
        part, remainder = divmod(total * weight, whole)
        parts.append(part)
        remainders.append(remainder)
    by_remainder = sorted(range(len(parts)), key=lambda index: (-remainders[index], index))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts
