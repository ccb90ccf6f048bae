"""Charts: what is drawn is what was given, nothing leaves the frame or acts on the page, and people who do not see it are told."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_sf_pipeline.reporting import words
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
    ticks,
)

UNITS = {"k": 10**3, "m": 10**6, "bn": 10**9, "tn": 10**12}
NO_BREAK = "a" * 400

Values = list[Decimal]
Point = tuple[float, float]


def chart(count: int, title: str = "A title") -> Chart:
    return Chart(title, "What it shows.", [f"{number} Nov" for number in range(count)])


def areas(values: Values) -> str:
    layers = [Series("b1", values), Series("b2", values)]
    return str(stacked_areas(chart(len(values)), layers, list(range(len(values)))))


def columns(values: Values) -> str:
    return str(grouped_columns(chart(len(values)), [Series(colour, values) for colour in ("m1", "m2", "m3")]))


def line(values: Values, title: str = "A line") -> str:
    return str(line_with_band(chart(len(values), title), Series("m2", values), values, values))


def rows(values: Values) -> str:
    return str(bars(chart(len(values)), values, ["b1"] * len(values), words.money))


def shapes(svg: str, colour: str) -> list[list[Point]]:
    """Corners of every path that is filled with a colour."""
    found = re.findall(rf'<path d="([^"]*)" style="fill: var\(--{colour}\)', svg)
    return [[(float(x), float(y)) for x, y in re.findall(r"([-\d.]+) ([-\d.]+)", path)] for path in found]


def texts(svg: str) -> list[tuple[str, float, float]]:
    """Every text with its place."""
    root = ElementTree.fromstring(svg)
    return [(one.text or "", float(one.attrib["x"]), float(one.attrib["y"])) for one in root.findall("text")]


SAMPLES = {
    "nothing": [],
    "one point": [Decimal("12.34")],
    "zeros": [Decimal(0)] * 5,
    "below zero": [Decimal("-10.50"), Decimal("-2000")],
    "around zero": [Decimal(-500), Decimal(0), Decimal("1500.01")],
    "24 months": [Decimal(number * 1000) for number in range(24)],
    "90 days": [Decimal(number % 7) for number in range(90)],
    "much": [Decimal("999999999999.99"), Decimal("0.01")],
    "next to nothing": [Decimal("0.0001"), Decimal("0.0003")],
}


@pytest.mark.parametrize("draw", [areas, columns, line, rows])
@pytest.mark.parametrize("values", SAMPLES.values(), ids=SAMPLES)
def test_every_drawing_is_well_formed_and_stays_in_its_frame(draw: Callable[[Values], str], values: Values) -> None:
    svg = draw(values)
    root = ElementTree.fromstring(svg)
    width, height = (float(number) for number in root.attrib["viewBox"].split()[2:])
    assert (width, height) == (WIDTH, HEIGHT) or draw is rows
    corners = [corner for colour in ("b1", "m1", "m2", "m3", "rule") for path in shapes(svg, colour) for corner in path]
    markers = [(float(x), float(y)) for x, y in re.findall(r'<use [^>]*x="([-\d.]+)" y="([-\d.]+)"', svg)]
    places = [(x, y) for _, x, y in texts(svg)]
    assert all(-0.5 <= x <= width + 0.5 and -0.5 <= y <= height + 0.5 for x, y in corners + markers + places)


@pytest.mark.parametrize("values", [SAMPLES["24 months"], SAMPLES["90 days"], SAMPLES["much"]])
@pytest.mark.parametrize("draw", [areas, columns, line])
def test_labels_of_an_axis_never_touch_and_the_newest_is_one_of_them(
    draw: Callable[[Values], str], values: Values
) -> None:
    along = [(label, x) for label, x, _ in texts(draw(values)) if label.endswith("Nov")]
    assert len(along) >= 2
    assert along[-1][0] == f"{len(values) - 1} Nov"
    assert min(right - left for (_, left), (_, right) in pairwise(along)) >= 50


def test_a_column_is_as_high_as_its_value_and_stands_below_the_line_if_that_is_negative() -> None:
    (full, half, none, below) = shapes(columns([Decimal(100), Decimal(50), Decimal(0), Decimal(-50)]), "m1")
    heights = [max(y for _, y in path) - min(y for _, y in path) for path in (full, half, none, below)]
    assert heights == pytest.approx([heights[0], heights[0] / 2, 0, heights[0] / 2], abs=0.2)
    assert min(y for _, y in below) == max(y for _, y in full)


def test_layers_lie_on_each_other() -> None:
    svg = str(stacked_areas(chart(2), [Series("b1", [10, 10]), Series("b2", [30, 30])], [0, 1]))
    heights = [sorted({y for _, y in path}) for path in (*shapes(svg, "b1"), *shapes(svg, "b2"))]
    assert heights[0][0] == heights[1][-1]
    assert heights[1][-1] - heights[1][0] == pytest.approx(3 * (heights[0][-1] - heights[0][0]), abs=0.3)


def test_days_that_are_missing_keep_their_width() -> None:
    svg = str(stacked_areas(chart(3), [Series("b1", [1, 1, 1])], [0, 1, 10]))
    first, second, third = sorted({x for x, _ in shapes(svg, "b1")[0]})
    assert (third - second) == pytest.approx(9 * (second - first), rel=0.02)


def test_a_single_day_is_still_something_to_see() -> None:
    svg = str(stacked_areas(chart(1), [Series("b1", [5])], [740_000]))
    left, right = sorted({x for x, _ in shapes(svg, "b1")[0]})
    assert WIDTH / 5 < right - left < WIDTH / 2


def test_an_amount_is_written_as_it_is_also_where_no_float_can_hold_it() -> None:
    amounts = [Decimal("9007199254740993.01"), Decimal("-0.10")]
    assert {"9,007,199,254,740,993.01", "-0.10"} <= {label for label, _, _ in texts(rows(amounts))}


def test_the_amount_of_a_negative_bar_stands_between_its_name_and_its_bar() -> None:
    svg = rows([Decimal(100), Decimal("-50")])
    names = [x for label, x, _ in texts(svg) if label == "1 Nov"]
    amounts = [x for label, x, _ in texts(svg) if label == "-50.00"]
    bar = shapes(svg, "b1")[1]
    assert names[0] + 6 * len("-50.00") < amounts[0] < min(x for x, _ in bar)


@pytest.mark.parametrize(
    "hostile", ['"><script>alert(1)</script>', "Fish & $5 for $6", "]]><!-- x", "{{ 7 * 7 }}", NO_BREAK]
)
def test_a_chart_tells_what_it_shows_and_escapes_what_it_is_given(hostile: str) -> None:
    svg = str(bars(Chart(hostile, hostile, [hostile]), [1], ["b1"], lambda value: hostile))
    root = ElementTree.fromstring(svg)
    assert (root.attrib["role"], root.attrib["aria-label"]) == ("img", f"{hostile}. {hostile}")
    assert [child.text for child in root[:2]] == [hostile, hostile]
    assert [label for label, _, _ in texts(svg)] == [hostile, hostile]
    assert "<script" not in svg


@pytest.mark.parametrize("draw", [areas, columns, line, rows])
def test_a_drawing_has_the_colours_and_the_font_of_the_page_and_does_nothing_to_it(
    draw: Callable[[Values], str],
) -> None:
    svg = draw(SAMPLES["around zero"])
    root = ElementTree.fromstring(svg)
    assert {one.tag for one in root.iter()} <= {"svg", "title", "desc", "path", "text", "defs", "use"}
    styles = [one.attrib["style"] for one in root.iter() if "style" in one.attrib]
    colours = [value for style in styles for value in re.findall(r"(?:fill|stroke): ([^;]+)", style)]
    assert {value for value in colours if not re.fullmatch(r"none|var\(--\w+\)", value)} == set()
    assert {"var(--ink)"} < set(colours)
    assert "font" not in svg
    assert "url(" not in svg


def test_the_same_values_give_the_same_bytes_and_ids_of_two_charts_differ() -> None:
    values = SAMPLES["24 months"]
    assert line(values) == line(values)
    ids = [re.findall(r' id="([^"]+)"', line(values, title)) for title in ("one", "two")]
    assert len(ids[0]) == len(ids[1]) == 2
    assert not set(ids[0]) & set(ids[1])


@given(st.lists(st.decimals(min_value=-(10**12), max_value=10**12, places=4), max_size=8))
def test_an_axis_holds_zero_and_every_value_in_a_few_exact_steps(values: Values) -> None:
    scale = ticks(values)
    assert scale[0] <= min([0, *values]) <= max([0, *values]) <= scale[-1]
    assert Decimal(0) in scale
    assert 2 <= len(scale) <= 7
    assert len({right - left for left, right in pairwise(scale)}) == 1
    for tick in scale:
        number, unit = re.fullmatch(r"(-?[\d.]+)(\D*)", compact(tick)).groups()  # type: ignore[union-attr]
        assert Decimal(number) * UNITS.get(unit, 1) == tick


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0", "0"),
        ("950", "950"),
        ("12000", "12k"),
        ("-2500", "-2.5k"),
        ("1500000", "1.5m"),
        ("2E+9", "2bn"),
        ("0.25", "0.25"),
    ],
)
def test_axis_figures_are_short(value: str, shown: str) -> None:
    assert compact(Decimal(value)) == shown


def test_nothing_but_a_page_waits_for_matplotlib() -> None:
    code = "import sys, xero_sf_pipeline.cli.main, xero_sf_pipeline.pipeline; print('matplotlib' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert answer.stdout == "False\n"
