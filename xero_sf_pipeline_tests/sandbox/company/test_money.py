"""Xero's arithmetic on cents equals decimal arithmetic rounded half up."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from xero_sf_pipeline.sandbox.company.money import BASE_RATE, in_base, line_amount, rate_on, tax_on, tax_within

CENT = Decimal("0.01")


@given(st.integers(0, 10**8), st.integers(0, 10**9), st.integers(0, 10**6))
def test_a_line_is_quantity_times_price_less_discount_rounded_to_the_cent(q: int, price: int, discount: int) -> None:
    exact = Decimal(q) / 100 * Decimal(price) / 10_000 * (1 - Decimal(discount) / 1_000_000)
    assert Decimal(line_amount(q, price, discount)) / 100 == exact.quantize(CENT, ROUND_HALF_UP)


@given(st.integers(0, 10**10), st.sampled_from([0, 825, 1000, 1500, 2000]))
def test_tax_on_top_is_rounded_half_up(amount: int, points: int) -> None:
    exact = Decimal(amount) / 100 * Decimal(points) / 10_000
    assert Decimal(tax_on(amount, points)) / 100 == exact.quantize(CENT, ROUND_HALF_UP)


@given(st.integers(0, 10**10), st.sampled_from([0, 825, 1000, 1500, 2000]))
def test_tax_inside_an_inclusive_amount_is_rounded_half_up(amount: int, points: int) -> None:
    exact = Decimal(amount * points) / (10_000 + points) / 100
    assert Decimal(tax_within(amount, points)) / 100 == exact.quantize(CENT, ROUND_HALF_UP)


def test_tax_is_rounded_per_line_before_it_is_summed() -> None:
    assert sum(tax_on(amount, 1500) for amount in (2506, 2561, 2563)) == 1144
    assert tax_on(2506 + 2561 + 2563, 1500) == 1145


@given(st.sampled_from(["GBP", "NZD", "AUD", "USD"]), st.sampled_from(["EUR", "USD", "GBP"]), st.integers(1, 10**6))
def test_a_rate_says_how_much_foreign_money_one_unit_of_base_buys(base: str, foreign: str, ordinal: int) -> None:
    rate = rate_on(base, foreign, ordinal)
    assert rate == BASE_RATE if base == foreign else rate != BASE_RATE
    assert abs(in_base(rate * 100, rate) - 100 * BASE_RATE) <= 1
