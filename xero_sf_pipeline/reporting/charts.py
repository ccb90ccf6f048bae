"""Draws small charts as SVG text for the report page: stacked areas, columns, bars, a line with a band.

Colours are class names that the page's style sheet fills in, so one drawing serves light and dark screens and paper.
Every chart has a title and a description for people who do not see it; the page puts the numbers in a table beside it.
Belongs here: geometry. Does not belong here: what is drawn, and exact amounts (a drawing works in floats).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup

WIDTH, HEIGHT = 420, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 8, 10, 24
_FLOOR = HEIGHT - _BOTTOM
_TICKS = 4
_MOST_LABELS = 7
_HALF_LABEL = 18

Number = Decimal | int | float


@dataclass(frozen=True)
class Series:
    """One row of values with its name and the style class that colours it."""

    name: str
    style: str
    values: Sequence[Number]


@dataclass(frozen=True)
class Chart:
    """What every chart needs: a name, a sentence that tells what it shows, and the labels along its axis."""

    title: str
    description: str
    labels: Sequence[str]


def stacked_areas(chart: Chart, series: Sequence[Series], positions: Sequence[int]) -> Markup:
    """Values on top of each other over time. `positions`: the day number of each label, so that gaps stay as wide."""
    totals = [sum(float(one.values[at]) for one in series) for at in range(len(chart.labels))]
    scale = _Scale.up_to(max(totals, default=0.0))
    first, last = positions[0], positions[-1]
    span = max(last - first, 1)
    width = WIDTH - _LEFT - _RIGHT
    xs = [_LEFT + width * (position - first) / span for position in positions]
    if len(xs) == 1:  # one day so far: a column instead of an area without width
        xs = [_LEFT + width * 0.35, _LEFT + width * 0.65]
        series = [Series(one.name, one.style, [one.values[0], one.values[0]]) for one in series]
    parts = [_grid(scale)]
    below = [0.0] * len(xs)
    for one in series:
        above = [base + float(value) for base, value in zip(below, one.values, strict=True)]
        upper = " ".join(f"{x:.1f},{scale.y(value):.1f}" for x, value in zip(xs, above, strict=True))
        lower = " ".join(
            f"{x:.1f},{scale.y(value):.1f}" for x, value in zip(reversed(xs), reversed(below), strict=True)
        )
        parts.append(Markup('<polygon class="{}" points="{} {}"/>').format(one.style, upper, lower))
        below = above
    centre = (_LEFT + WIDTH - _RIGHT) / 2
    parts.append(_labels(chart.labels, [centre] if len(chart.labels) == 1 else xs))
    return _svg(chart, parts)


def grouped_columns(chart: Chart, series: Sequence[Series]) -> Markup:
    """One group of columns per label, a column per series."""
    scale = _Scale.up_to(max((float(value) for one in series for value in one.values), default=0.0))
    slot = (WIDTH - _LEFT - _RIGHT) / max(len(chart.labels), 1)
    thickness = min(slot * 0.8 / len(series), 26)
    parts = [_grid(scale)]
    for number, one in enumerate(series):
        for at, value in enumerate(one.values):
            left = _LEFT + slot * at + (slot - thickness * len(series)) / 2 + thickness * number
            top = scale.y(max(float(value), 0.0))
            parts.append(
                Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
                    one.style, left, top, max(thickness - 0.6, 0.6), _FLOOR - top
                )
            )
    parts.append(_labels(chart.labels, [_LEFT + slot * (at + 0.5) for at in range(len(chart.labels))]))
    return _svg(chart, parts)


def line_with_band(chart: Chart, middle: Series, low: Sequence[Number], high: Sequence[Number]) -> Markup:
    """A line, and around it the band in which half of the cases lie."""
    scale = _Scale.up_to(max((float(value) for value in (*high, *middle.values)), default=0.0))
    slot = (WIDTH - _LEFT - _RIGHT) / max(len(chart.labels), 1)
    xs = [_LEFT + slot * (at + 0.5) for at in range(len(chart.labels))]

    def path(values: Sequence[Number], at: Sequence[float]) -> str:
        return " ".join(f"{x:.1f},{scale.y(float(value)):.1f}" for x, value in zip(at, values, strict=True))

    band = f"{path(high, xs)} {path(list(reversed(low)), list(reversed(xs)))}"
    parts = [
        _grid(scale),
        Markup('<polygon class="{} band" points="{}"/>').format(middle.style, band),
        Markup('<polyline class="{} line" points="{}"/>').format(middle.style, path(middle.values, xs)),
    ]
    for x, value in zip(xs, middle.values, strict=True):
        y = scale.y(float(value))
        parts.append(Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="2.6"/>').format(middle.style, x, y))
    parts.append(_labels(chart.labels, xs))
    return _svg(chart, parts)


def bars(chart: Chart, values: Sequence[Number], styles: Sequence[str], show: Callable[[Any], str]) -> Markup:
    """One horizontal bar per label, each with its value written out."""
    row, left, room = 34, 88, 108
    height = row * len(chart.labels) + 8
    longest = max((float(value) for value in values), default=0.0)
    parts = []
    for at, (label, value, style) in enumerate(zip(chart.labels, values, styles, strict=True)):
        top = 6 + row * at
        length = (WIDTH - left - room) * max(float(value), 0.0) / longest if longest > 0 else 0.0
        parts.append(Markup('<text class="end" x="{}" y="{}">{}</text>').format(left - 8, top + 16, label))
        if value:
            parts.append(
                Markup('<rect class="{}" x="{}" y="{}" width="{:.1f}" height="22"/>').format(
                    style, left, top, max(length, 0.8)
                )
            )
        parts.append(Markup('<text x="{:.1f}" y="{}">{}</text>').format(left + length + 6, top + 16, show(value)))
    return _svg(chart, parts, height)


def compact(value: Number) -> str:
    """A round figure for an axis: 950, 12k, 1.5m."""
    amount = float(value)
    for limit, unit in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(amount) >= limit:
            return f"{amount / limit:.4g}{unit}"
    return f"{amount:.4g}"


@dataclass(frozen=True)
class _Scale:
    top: float
    step: float

    @classmethod
    def up_to(cls, largest: float) -> _Scale:
        """The roundest scale of at most four steps that holds the largest value."""
        if largest <= 0:
            return cls(1.0, 1.0)
        rough = largest / _TICKS
        magnitude = 10.0 ** math.floor(math.log10(rough))
        step = next(magnitude * factor for factor in (1, 2, 2.5, 5, 10) if magnitude * factor >= rough * (1 - 1e-9))
        return cls(step * math.ceil(largest / step - 1e-9), step)

    def y(self, value: float) -> float:
        return _FLOOR - (_FLOOR - _TOP) * value / self.top


def _grid(scale: _Scale) -> Markup:
    parts = []
    for number in range(round(scale.top / scale.step) + 1):
        value = scale.step * number
        y = scale.y(value)
        line = Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>')
        parts.append(line.format(_LEFT, WIDTH - _RIGHT, y, y))
        parts.append(Markup('<text class="end" x="{}" y="{:.1f}">{}</text>').format(_LEFT - 6, y + 3.5, compact(value)))
    return Markup("").join(parts)


def _labels(labels: Sequence[str], xs: Sequence[float]) -> Markup:
    """As many labels as fit: the first, the last and evenly between."""
    count = len(labels)
    every = max(math.ceil((count - 1) / (_MOST_LABELS - 1)), 1)
    shown = [at for at in range(0, count, every) if at == 0 or count - 1 - at >= every or at == count - 1]
    if count and shown[-1] != count - 1:
        shown.append(count - 1)
    parts = []
    for at in shown:
        is_at_edge = xs[at] > WIDTH - _RIGHT - _HALF_LABEL
        style, x = ("end", WIDTH - 2) if is_at_edge else ("middle", xs[at])
        parts.append(Markup('<text class="{}" x="{:.1f}" y="{}">{}</text>').format(style, x, HEIGHT - 8, labels[at]))
    return Markup("").join(parts)


def _svg(chart: Chart, parts: Sequence[Markup], height: int = HEIGHT) -> Markup:
    return Markup(
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title><desc>{}</desc>{}</svg>'
    ).format(
        WIDTH, height, f"{chart.title}. {chart.description}", chart.title, chart.description,
        Markup("").join(parts),
    )  # fmt: skip
