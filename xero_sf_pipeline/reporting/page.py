"""Writes the report: one HTML file that needs nothing else, for screens and for paper.

The same snapshot and rules give the same bytes. Belongs here: putting figures, drawings and words into the template,
and the files with their retention. Does not belong here: numbers and geometry.
"""

from __future__ import annotations

import os
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

from xero_sf_pipeline.reporting import words
from xero_sf_pipeline.reporting.drawings import BUCKETS, MOVEMENTS, busy_months, draw
from xero_sf_pipeline.reporting.figures import read_figures

if TYPE_CHECKING:
    from xero_sf_pipeline.policy.reporting import ReportingRules

LATEST = "latest.html"
MONTH_TABLES = 2
"""Currencies whose months are listed; the drawings and the sums have the others."""

_NAME_FORMAT = "%Y-%m-%dT%H%M%SZ"


def render_page(connection: DuckDBPyConnection, rules: ReportingRules) -> tuple[str, datetime]:
    """Return the page and the instant that it is as of.

    Raises:
        NotFound: nothing was ever read, so there is nothing to report.
    """
    from jinja2 import Environment, StrictUndefined

    figures = read_figures(connection, rules)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(
        money=words.money,
        whole=words.whole,
        day=words.day,
        month=words.month,
        instant=words.instant,
        label=words.label,
        name=words.name,
        sentence=words.sentence,
    )
    template = environment.from_string(_text("report.html.j2"))
    return (
        template.render(
            style=_text("report.css"),
            figures=figures,
            tables=figures.tables,
            drawings=draw(figures),
            month_tables=busy_months(figures)[:MONTH_TABLES],
            highlights=words.highlights(figures),
            share=words.share,
            rules=rules,
            buckets=BUCKETS,
            movements=MOVEMENTS,
        ),
        figures.as_of_at,
    )


def write_page(connection: DuckDBPyConnection, rules: ReportingRules, directory: Path) -> Path:
    """Write `<directory>/<UTC time of the snapshot>.html` and `latest.html`; drop the oldest beyond the kept ones."""
    page, as_of_at = render_page(connection, rules)
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / f"{as_of_at.strftime(_NAME_FORMAT)}.html"
    for path in (target, directory / LATEST):
        save(page, path)
    for old in sorted(path for path in directory.glob("*Z.html"))[: -rules.pages_kept]:
        old.unlink(missing_ok=True)
    return target


def save(page: str, path: Path) -> None:
    """Put a page in place by one rename: whoever opens it sees a whole page, or the one before."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        aside.write_text(page, encoding="utf-8")
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _text(file_name: str) -> str:
    return files("xero_sf_pipeline.reporting").joinpath("templates", file_name).read_text(encoding="utf-8")
