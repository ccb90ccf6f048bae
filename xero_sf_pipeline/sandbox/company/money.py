"""Xero's arithmetic on whole cents, and exchange rates.

Belongs here: line amount, tax, rounding (half away from zero), base amounts. Does not belong here: what is sold.
Units: money in cents, unit prices in ten-thousandths, quantities in hundredths, discounts in ten-thousandths of a
percent, tax in basis points, exchange rates in millionths of *foreign units per one base unit* (base = amount / rate).
"""

from __future__ import annotations

from typing import Final

BASE_RATE: Final = 1_000_000
WHOLE_DISCOUNT: Final = 1_000_000  # 100 % in ten-thousandths of a percent
_LINE_SCALE: Final = 10**10  # hundredths x ten-thousandths x millionths, over cents
_US_MILLS: Final = {"USD": 1000, "GBP": 1270, "EUR": 1080, "AUD": 655, "NZD": 600, "CHF": 1130}
"""Worth of one unit in thousandths of a US dollar: realistic, not historic."""


def line_amount(quantity: int, unit_price: int, discount: int) -> int:
    """round(quantity x price x (1 - discount), 2), half away from zero; all arguments are non-negative."""
    return (quantity * unit_price * (WHOLE_DISCOUNT - discount) + _LINE_SCALE // 2) // _LINE_SCALE


def tax_on(amount: int, basis_points: int) -> int:
    """Tax on an amount without tax, rounded per line."""
    return (amount * basis_points + 5_000) // 10_000


def tax_within(amount: int, basis_points: int) -> int:
    """Tax contained in an amount with tax, rounded per line."""
    whole = 10_000 + basis_points
    return (2 * amount * basis_points + whole) // (2 * whole)


def rate_on(base: str, foreign: str, ordinal: int) -> int:
    """The day's rate: a slow zigzag of two percent to both sides, so that a rate tells its day."""
    if base == foreign:
        return BASE_RATE
    phase = (ord(foreign[0]) * 31 + ord(base[0]) * 17) % 400
    zigzag = abs((ordinal * 7 + phase) % 400 - 200)
    return _US_MILLS[base] * BASE_RATE * (9_800 + 2 * zigzag) // (_US_MILLS[foreign] * 10_000)


def in_base(amount: int, rate: int) -> int:
    """An amount in base currency, rounded to the cent."""
    return (2 * amount * BASE_RATE + rate) // (2 * rate)


def in_foreign_price(unit_price: int, rate: int) -> int:
    """A base unit price in the document's currency: whole cents, or four decimals below one unit."""
    if rate == BASE_RATE:
        return unit_price
    exact = unit_price * rate // BASE_RATE
    return exact if exact < 10_000 else exact // 100 * 100
