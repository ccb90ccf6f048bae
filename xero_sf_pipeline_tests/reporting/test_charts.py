"""Charts: what is drawn is what was given, nothing leaves the frame, and people who do not see it are told."""

from __future__ import annotations

import re
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_sf_pipeline.reporting.charts import (
    HEIGHT,
    WIDTH,
    Chart,
    Series,
    bars,
    compact,
    grouped_columns,
    line_with_band,
    stacked_areas,
)

AMOUNTS = st.lists(st.decimals(min_value=0, max_value=10**12, places=2), min_size=1, max_size=40)


def chart(count: int) -> Chart:
    return Chart("A title", "What it shows.", [f"label {number}" for number in range(count)])


def numbers(svg: str) -> list[float]:
    """Every coordinate of a drawing."""
    found = re.findall(r'(?:points|x|y|x1|x2|y1|y2|cx|cy)="([^"]*)"', svg)
    return [float(number) for text in found for number in re.split(r"[ ,]+", text) if number]


@given(AMOUNTS)
def test_every_drawing_is_well_formed_and_stays_in_its_frame(values: list[Decimal]) -> None:
    one = Series("one", "b1", values)
    drawings = (
        stacked_areas(chart(len(values)), [one, Series("two", "b2", values)], list(range(len(values)))),
        grouped_columns(chart(len(values)), [one]),
        line_with_band(chart(len(values)), one, values, values),
    )
    for svg in drawings:
        ElementTree.fromstring(str(svg))
        assert all(-1 <= number <= max(WIDTH, HEIGHT) + 1 for number in numbers(svg))
    ElementTree.fromstring(str(bars(chart(len(values)), values, ["b1"] * len(values), str)))


def test_a_column_is_as_high_as_its_value() -> None:
    svg = str(grouped_columns(chart(3), [Series("one", "m1", [100, 50, 0])]))
    heights = [float(found) for found in re.findall(r'<rect[^>]* height="([\d.]+)"', svg)]
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.2)
    assert heights[2] == 0


def test_layers_lie_on_each_other() -> None:
    svg = stacked_areas(chart(2), [Series("a", "b1", [10, 10]), Series("b", "b2", [30, 30])], [0, 1])
    lower, upper = re.findall(r'<polygon class="b\d" points="([^"]+)"', str(svg))
    assert lower.split()[:2] == list(reversed(upper.split()[2:]))


def test_days_that_are_missing_keep_their_width() -> None:
    svg = stacked_areas(chart(3), [Series("a", "b1", [1, 1, 1])], [0, 1, 10])
    first, second, third = [float(pair.split(",")[0]) for pair in re.findall(r'points="([^"]+)"', svg)[0].split()[:3]]
    assert (third - second) == pytest.approx(9 * (second - first), rel=0.01)


def test_a_single_day_is_still_something_to_see() -> None:
    svg = stacked_areas(chart(1), [Series("a", "b1", [5])], [7])
    xs = {pair.split(",")[0] for pair in re.findall(r'points="([^"]+)"', svg)[0].split()}
    assert len(xs) == 2


def test_a_chart_tells_what_it_shows_and_escapes_what_it_is_given() -> None:
    hostile = '"><script>alert(1)</script>'
    svg = bars(Chart(hostile, hostile, [hostile]), [1], ["b1"], lambda value: hostile)
    root = ElementTree.fromstring(str(svg))
    assert root.attrib["role"] == "img"
    assert [child.text for child in root[:2]] == [hostile, hostile]
    assert "<script" not in svg


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (950, "950"), (12_000, "12k"), (1_500_000, "1.5m"), (2_000_000_000, "2bn")]
)
def test_axis_figures_are_short(value: int, shown: str) -> None:
    assert compact(value) == shown
