"""Cents: rounding as Xero rounds, and parts that add up to the whole."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from xero_sf_pipeline.billing.money import line_amount, line_tax, shares, split_lines

cents = st.integers(1, 10_000_000_00).map(lambda number: Decimal(number) / 100)
weights = st.lists(st.integers(1, 10_000).map(Decimal), min_size=1, max_size=36)
line_amounts = st.lists(st.integers(-50_000, 500_000).map(lambda number: Decimal(number) / 100), min_size=1, max_size=8)


@given(cents, weights)
def test_shares_add_up_and_none_is_a_cent_off_its_weight(total: Decimal, weights: list[Decimal]) -> None:
    parts = shares(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight / sum(weights)) < Decimal("0.01")


@given(line_amounts, weights)
def test_lines_split_over_invoices_add_up_both_ways(amounts: list[Decimal], weights: list[Decimal]) -> None:
    total = sum(amounts, Decimal(0))
    if total <= 0:
        return
    totals = shares(total, weights)
    split = split_lines(amounts, totals)
    assert [sum(invoice) for invoice in split] == totals
    assert [sum(parts) for parts in zip(*split, strict=True)] == amounts


def test_equal_remainders_give_the_cent_to_the_earlier_part() -> None:
    assert shares(Decimal("100.00"), [Decimal(1)] * 3) == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]


def test_tax_is_rounded_per_line_as_in_xeros_documentation() -> None:
    taxes = [line_tax(Decimal(amount), Decimal(15), "exclusive") for amount in ("25.06", "25.61", "25.63")]
    assert (taxes, sum(taxes)) == ([Decimal("3.76"), Decimal("3.84"), Decimal("3.84")], Decimal("11.44"))


def test_half_a_cent_is_rounded_away_from_zero_and_tax_inside_an_amount_is_taken_out_of_it() -> None:
    assert line_amount(Decimal(1), Decimal("0.005"), None) == Decimal("0.01")
    assert line_amount(Decimal(1), Decimal("-0.005"), None) == Decimal("-0.01")
    assert line_amount(Decimal(3), Decimal("9.9999"), Decimal("12.5")) == Decimal("26.25")
    assert line_amount(Decimal(3), Decimal(10), None, Decimal("4.50")) == Decimal("25.50")
    assert line_tax(Decimal("120.00"), Decimal(20), "inclusive") == Decimal("20.00")
    assert line_tax(Decimal("120.00"), Decimal(20), "no_tax") == Decimal("0.00")
