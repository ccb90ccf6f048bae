"""Draws the charts of the report page with matplotlib, as SVG that stands in the page: no script, text stays text.

A colour is the name of a custom property of the page's style sheet (`ink`, `b1`): matplotlib draws with a colour that
stands for it, and `_inlined` puts `var(--b1)` in its place, so that one drawing serves light and dark screens and
paper. Every chart has a title and a description for people who do not see it; the page puts the numbers in a table
beside it. The same values give the same bytes. Floats are places on the page and nothing else: every figure that can
be read, an axis's too, is made from exact values.

Belongs here: how the kinds of charts look. Does not belong here: what is drawn, and names of customers (those stand in
captions and tables, where the browser finds a font for every script). Imported only when a page is written, because
matplotlib takes longer to import than the rest of a command.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from itertools import accumulate
from typing import Any

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH, HEIGHT = 420, 230
"""Of a chart, in its own units, which the page scales. The SVG backend has 72 to the inch, so a point is one unit."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 24, 10, 26
_NAMES, _BAR, _CHARACTER = 98, 34, 7.4
_LABEL = 56
"""Room that the label of a day or month takes along its axis. All room is for the larger letters of the paper page."""
_TICKS = 4

_COLOURS = ("ink", "rule", "b0", "b1", "b2", "b3", "b4", "m1", "m2", "m3")
_STAND_INS = {name: f"#ca1e{number:02x}" for number, name in enumerate(_COLOURS)}
"""Custom property of the style sheet -> the colour that stands for it while matplotlib draws."""

_SVG = "{http://www.w3.org/2000/svg}"
_KEPT = {"d": "d", "x": "x", "y": "y", "id": "id", "style": "style", "{http://www.w3.org/1999/xlink}href": "href"}
_FONT = re.compile(r"font-[^;]+; ")
_FRACTION = re.compile(r"\d+\.\d+")

_SETTINGS: dict[Any, object] = {
    "font.family": ["DejaVu Sans"],  # is part of matplotlib; it only finds the places, the page has its own font
    "font.size": 11,
    "svg.fonttype": "none",
    "text.parse_math": False,  # a dollar sign is a dollar sign
    "text.color": _STAND_INS["ink"],
    "xtick.color": _STAND_INS["ink"],
    "ytick.color": _STAND_INS["ink"],
    "axes.axisbelow": True,
    "grid.color": _STAND_INS["rule"],
    "grid.linewidth": 1,
}

Number = Decimal | int


@dataclass(frozen=True)
class Series:
    """One row of values and the custom property that colours it."""

    colour: str
    values: Sequence[Number]


@dataclass(frozen=True)
class Chart:
    """What every chart needs: a name, a sentence that tells what it shows, and the labels along its axis."""

    title: str
    description: str
    labels: Sequence[str]


@rc_context(_SETTINGS)
def stacked_areas(chart: Chart, series: Sequence[Series], positions: Sequence[int]) -> Markup:
    """Values on top of each other over time. `positions`: the day number of each label, so that gaps stay as wide."""
    places, layers = _places(positions), [one.values for one in series]
    axes = _axes(HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM)
    _scale_values(axes, [height for column in zip(*layers, strict=True) for height in accumulate(column)])
    _label_places(axes, chart.labels, positions, 0)
    if len(positions) == 1:  # one day so far: a column instead of an area without width
        places, layers = [positions[0] - 0.3, positions[0] + 0.3], [[*values, *values] for values in layers]
    colours = [_STAND_INS[one.colour] for one in series]
    axes.stackplot(places, [_places(values) for values in layers], colors=colours, linewidth=0)
    return _inlined(chart, axes)


@rc_context(_SETTINGS)
def grouped_columns(chart: Chart, series: Sequence[Series]) -> Markup:
    """One group of columns per label, a column per series."""
    slots, width = range(len(chart.labels)), 0.8 / len(series)
    axes = _axes(HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM)
    _scale_values(axes, [value for one in series for value in one.values])
    _label_places(axes, chart.labels, slots, 0.5)
    for number, one in enumerate(series):
        lefts = [slot - 0.4 + width * number for slot in slots]
        axes.bar(lefts, _places(one.values), width * 0.94, align="edge", color=_STAND_INS[one.colour])
    return _inlined(chart, axes)


@rc_context(_SETTINGS)
def line_with_band(chart: Chart, middle: Series, low: Sequence[Number], high: Sequence[Number]) -> Markup:
    """A line, and around it the band in which half of the cases lie."""
    slots, colour = range(len(chart.labels)), _STAND_INS[middle.colour]
    axes = _axes(HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM)
    _scale_values(axes, [*low, *high, *middle.values])
    _label_places(axes, chart.labels, slots, 0.5)
    axes.fill_between(slots, _places(low), _places(high), color=colour, alpha=0.2, linewidth=0)
    axes.plot(slots, _places(middle.values), color=colour, linewidth=2.2, marker="o", markersize=5)
    return _inlined(chart, axes)


@rc_context(_SETTINGS)
def bars(chart: Chart, values: Sequence[Number], colours: Sequence[str], show: Callable[[Any], str]) -> Markup:
    """One horizontal bar per label, each with its value written out."""
    shown = [show(value) for value in values]
    room = min(_CHARACTER * max(map(len, shown), default=0) + 8, WIDTH / 3)
    lowest, highest = min([0, *values]), max([0, *values])
    before = room if lowest < 0 else 0
    rows = max(len(values), 1)
    axes = _axes(_BAR * rows, _NAMES + before, room, 0, 0)
    axes.set_xlim(float(lowest), float(highest) if highest > lowest else 1.0)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.xaxis.set_visible(False)
    axes.set_yticks(range(len(values)), chart.labels)
    axes.tick_params(axis="y", left=False, pad=before + 8)
    drawn = axes.barh(range(len(values)), _places(values), 0.65, color=[_STAND_INS[colour] for colour in colours])
    for text in axes.bar_label(drawn, shown, padding=6):
        text.set_verticalalignment("center_baseline")  # as the labels on the other side
    return _inlined(chart, axes)


def compact(value: Decimal) -> str:
    """A round figure for an axis: 950, 12k, 1.5m."""
    for limit, unit in ((10**12, "tn"), (10**9, "bn"), (10**6, "m"), (10**3, "k")):
        if abs(value) >= limit:
            return f"{(value / limit).normalize():f}{unit}"
    return f"{value.normalize():f}"


def ticks(values: Sequence[Number]) -> list[Decimal]:
    """The roundest scale that holds zero and every value, in about four steps and exact (matplotlib's are floats)."""
    lowest, highest = min([Decimal(0), *values]), max([Decimal(0), *values])
    if lowest == highest:
        return [Decimal(0), Decimal(1)]
    rough = Decimal(highest - lowest) / _TICKS
    factors = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
    step = next(found for factor in factors if (found := factor.scaleb(rough.adjusted())) >= rough)
    return [step * number for number in range(math.floor(lowest / step), math.ceil(highest / step) + 1)]


def _axes(height: float, left: float, right: float, top: float, bottom: float) -> Axes:
    """A place to draw within these margins, without a frame around it."""
    figure = Figure(figsize=(WIDTH / 72, height / 72), frameon=False)
    width, inner = WIDTH - left - right, height - top - bottom
    return figure.add_axes((left / WIDTH, bottom / height, width / WIDTH, inner / height), frameon=False)


def _scale_values(axes: Axes, values: Sequence[Number]) -> None:
    at = ticks(values)
    axes.set_ylim(float(at[0]), float(at[-1]))
    axes.set_yticks(_places(at), [compact(tick) for tick in at])
    axes.tick_params(axis="y", left=False, pad=6)
    axes.grid(axis="y")


def _label_places(axes: Axes, labels: Sequence[str], positions: Sequence[int], margin: float) -> None:
    """As many labels as fit without touching, the newest first."""
    first, last = (positions[0], positions[-1]) if positions else (0, 0)
    if first == last:
        margin = 1.0
    axes.set_xlim(first - margin, last + margin)
    least = _LABEL * (last - first + 2 * margin) / (WIDTH - _LEFT - _RIGHT)
    shown: list[tuple[int, str]] = []
    for place, label in zip(reversed(positions), reversed(labels), strict=True):
        if not shown or shown[0][0] - place >= least:
            shown.insert(0, (place, label))
    axes.set_xticks([place for place, _ in shown], [label for _, label in shown])
    axes.tick_params(axis="x", bottom=False, pad=7)


def _places(values: Sequence[Number]) -> list[float]:
    return [float(value) for value in values]


def _inlined(chart: Chart, axes: Axes) -> Markup:
    """The drawing as a part of the page: its colours and fonts are the page's, its name and description are said."""
    figure, written = axes.get_figure(root=True), StringIO()
    assert figure is not None
    with rc_context({"svg.hashsalt": chart.title}):  # ids of a page differ, and are the same for the same chart
        figure.savefig(written, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    drawing = ET.fromstring(written.getvalue())  # noqa: S314 - matplotlib has just written it
    said = f"{chart.title}. {chart.description}"
    svg = ET.Element("svg", {"viewBox": drawing.attrib["viewBox"], "role": "img", "aria-label": said})
    ET.SubElement(svg, "title").text = chart.title
    ET.SubElement(svg, "desc").text = chart.description
    svg.extend(_shapes(drawing))
    return Markup(ET.tostring(svg, encoding="unicode"))  # noqa: S704 - ElementTree has escaped every text


def _shapes(group: ET.Element) -> Iterator[ET.Element]:
    """Paths, texts and markers, without the groups, clips and the style sheet, which would act on the whole page."""
    for element in group:
        kind = element.tag.removeprefix(_SVG)
        if kind == "g":
            yield from _shapes(element)
        elif kind == "defs" and element.find(f"{_SVG}path") is not None:
            definitions = ET.Element(kind)
            definitions.extend(_shapes(element))
            yield definitions
        elif kind in ("path", "use", "text"):
            kept = {_KEPT[name]: _for_page(value) for name, value in element.attrib.items() if name in _KEPT}
            shape = ET.Element(kind, kept)
            shape.text = element.text
            yield shape


def _for_page(value: str) -> str:
    """An attribute with places to a tenth, the page's fonts and its colours."""
    value = _FRACTION.sub(lambda found: f"{float(found[0]):.1f}", _FONT.sub("", " ".join(value.split())))
    for name, colour in _STAND_INS.items():
        value = value.replace(colour, f"var(--{name})")
    return value
