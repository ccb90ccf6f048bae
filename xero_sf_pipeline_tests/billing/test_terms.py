"""Due dates from payment terms."""

from __future__ import annotations

from datetime import date

import pytest

from xero_sf_pipeline.billing.terms import PaymentTerm, add_months, due_date, payment_term


@pytest.mark.parametrize(
    ("kind", "day", "bill_on", "due_on"),
    [
        ("DAYSAFTERBILLDATE", 30, date(2026, 1, 31), date(2026, 3, 2)),
        ("DAYSAFTERBILLMONTH", 14, date(2026, 2, 3), date(2026, 3, 14)),
        ("OFCURRENTMONTH", 31, date(2026, 2, 3), date(2026, 2, 28)),
        ("OFCURRENTMONTH", 1, date(2026, 2, 3), date(2026, 2, 3)),
        ("OFFOLLOWINGMONTH", 20, date(2026, 12, 31), date(2027, 1, 20)),
        ("OFFOLLOWINGMONTH", 31, date(2026, 1, 31), date(2026, 2, 28)),
    ],
)
def test_each_type_of_term_gives_its_day_and_never_one_before_the_bill(
    kind: str, day: int, bill_on: date, due_on: date
) -> None:
    assert due_date(bill_on, PaymentTerm(day, kind, "the contact's terms")) == due_on


def test_a_term_that_xero_does_not_document_counts_as_none() -> None:
    assert payment_term(10, "WHENEVER", "the contact's terms") is None
    assert payment_term(None, "OFCURRENTMONTH", "the contact's terms") is None


def test_months_end_on_the_last_day_of_shorter_ones() -> None:
    assert [add_months(date(2026, 11, 30), months) for months in (1, 3, 15)] == [
        date(2026, 12, 30),
        date(2027, 2, 28),
        date(2028, 2, 29),
    ]
