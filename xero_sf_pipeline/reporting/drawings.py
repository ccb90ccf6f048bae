"""Which charts the page has, drawn from its figures.

A chart never mixes currencies: each of the busiest currencies has one of its own, the tables have all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from xero_sf_pipeline.reporting import words
from xero_sf_pipeline.reporting.charts import Chart, Series, bars, grouped_columns, line_with_band, stacked_areas
from xero_sf_pipeline.reporting.figures import Figures, Row

MOST_CURRENCIES = 4
"""Charts of one kind side by side; more would be too small to read."""

BUCKETS = (
    ("amount_current", "not due", "b0"),
    ("amount_1_30", "1–30 days", "b1"),
    ("amount_31_60", "31–60 days", "b2"),
    ("amount_61_90", "61–90 days", "b3"),
    ("amount_over_90", "over 90 days", "b4"),
)
"""Column, words and colour, youngest first."""

MOVEMENTS = (("amount_booked", "booked", "m1"), ("amount_billed", "billed", "m2"), ("amount_paid", "paid", "m3"))


@dataclass(frozen=True)
class Drawing:
    """One chart with its caption."""

    caption: str
    svg: Markup


def draw(figures: Figures) -> Mapping[str, list[Drawing]]:
    """All charts by the section that they stand in; a section without figures has none."""
    tables = figures.tables
    return {
        "ageing": [_ageing(row) for row in _busiest(tables["ageing"], "invoice_count")],
        "trend": [_trend(rows) for rows in _by_currency(tables["trend"], "amount_overdue")],
        "days": _days(tables["days_to_pay"], tables["days_late"]),
        "months": [_months(rows) for rows in busy_months(figures)],
    }


def busy_months(figures: Figures) -> list[list[Row]]:
    """The months of the currencies that are drawn, the busiest currency first."""
    return _by_currency(figures.tables["months"], "amount_billed", "amount_booked", "amount_paid")


def _ageing(row: Row) -> Drawing:
    currency = _currency(row)
    overdue = words.share(row["amount_overdue"], row["amount_due"])
    chart = Chart(
        f"What customers owe in {currency}, by age",
        f"{words.money(row['amount_due'])} {currency} open, {overdue} of it overdue.",
        [name for _, name, _ in BUCKETS],
    )
    drawn = bars(chart, [row[column] for column, _, _ in BUCKETS], [colour for _, _, colour in BUCKETS], words.money)
    return Drawing(f"{currency}: {words.money(row['amount_due'])} open, {overdue} overdue", drawn)


def _trend(rows: Sequence[Row]) -> Drawing:
    currency, first, last = _currency(rows[0]), rows[0], rows[-1]
    change = (
        f"{words.money(last['amount_overdue'])} on {words.day(last['as_of_on'])}"
        if len(rows) == 1
        else f"from {words.money(first['amount_overdue'])} on {words.day(first['as_of_on'])} "
        f"to {words.money(last['amount_overdue'])} on {words.day(last['as_of_on'])}"
    )
    chart = Chart(f"Overdue in {currency}, day by day", f"{change}.", [words.day(row["as_of_on"])[:-5] for row in rows])
    series = [Series(colour, [row[column] for row in rows]) for column, _, colour in BUCKETS[1:]]
    drawn = stacked_areas(chart, list(reversed(series)), [row["as_of_on"].toordinal() for row in rows])
    return Drawing(f"{currency}: {change}", drawn)


def _days(months: Sequence[Row], bands: Sequence[Row]) -> list[Drawing]:
    if not months:
        return []
    last = months[-1]
    line = line_with_band(
        Chart(
            "Days from invoice date to payment, by month of payment",
            f"Median {last['days_to_pay']} days in {words.month(last['month_on'])}; the band holds the middle half.",
            [words.month(row["month_on"]) for row in months],
        ),
        Series("m2", [row["days_to_pay"] for row in months]),
        [row["days_quarter"] for row in months],
        [row["days_three_quarters"] for row in months],
    )
    late = sum(row["invoice_count"] for row in bands if row["band_rank"] > 3)
    total = sum(row["invoice_count"] for row in bands)
    columns = bars(
        Chart(
            "Invoices by days late",
            f"{words.share(late, total)} of {total} invoices were paid late.",
            [row["band"] for row in bands],
        ),
        [row["invoice_count"] for row in bands],
        ["m3" if row["band_rank"] <= 3 else "b3" for row in bands],
        words.whole,
    )
    return [
        Drawing("Days to pay: median, and the band of the middle half", line),
        Drawing(f"Days late: {words.share(late, total)} of {words.whole(total)} invoices were paid late", columns),
    ]


def _months(rows: Sequence[Row]) -> Drawing:
    currency = _currency(rows[0])
    sums = {name: sum(row[column] for row in rows) for column, name, _ in MOVEMENTS}
    told = ", ".join(f"{name} {words.money(amount)}" for name, amount in sums.items())
    chart = Chart(
        f"Booked, billed and paid in {currency}, by month",
        f"In {words.counted(len(rows), 'month')}: {told}.",
        [words.month(row["month_on"]) for row in rows],
    )
    series = [Series(colour, [row[column] for row in rows]) for column, _, colour in MOVEMENTS]
    return Drawing(f"{currency}: {told}", grouped_columns(chart, series))


def _currency(row: Row) -> str:
    return words.name(row["currency_code"])


def _busiest(rows: Sequence[Row], *columns: str) -> list[Row]:
    ranked = sorted(rows, key=lambda row: (-sum(row[column] for column in columns), str(row["currency_code"])))
    return ranked[:MOST_CURRENCIES]


def _by_currency(rows: Sequence[Row], *columns: str) -> list[list[Row]]:
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(row["currency_code"], []).append(row)
    shown = [part for part in found.values() if any(row[column] for row in part for column in columns)]
    shown.sort(
        key=lambda part: (-sum(row[column] for row in part for column in columns), str(part[0]["currency_code"]))
    )
    return shown[:MOST_CURRENCIES]
