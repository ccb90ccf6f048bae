"""How commands speak to people and to programs: tables, JSON, messages, exit codes.

Belongs here: rendering. Does not belong here: anything a command finds out.

On a terminal text is wrapped to its width. Into a pipe or a file every line and every table keeps its full width, so
that nothing is cut and each fact can be searched for.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from xero_sf_pipeline.errors import PipelineError

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

_UNLIMITED = 1_000_000
"""Columns of a console that never wraps."""

_FOLDABLE = 1.5
"""A table up to this many times as wide as the terminal is folded; a wider one is written record by record."""

_CHECK_COLUMNS = 11
"""Width of the first word of a check's line: the longest is `not checked`."""


def print_json(value: Any) -> None:
    """Write one JSON document: decimals as exact text, instants in ISO 8601."""
    encoded = msgspec.json.encode(value, enc_hook=_plain)
    sys.stdout.write(msgspec.json.format(encoded, indent=2).decode() + "\n")


def print_rows(rows: Sequence[Mapping[str, Any]], *, title: str = "", empty: str = "Nothing.") -> None:
    """Write rows as a table, the columns in the order of the first row; nothing at all for no rows and no `empty`."""
    if not rows:
        if empty:
            line(empty)
        return
    if title:
        line(f"[bold]{escape(title)}[/]", markup=True)
    table = _table(rows)
    unlimited = Console(width=_UNLIMITED)
    natural = unlimited.measure(table).maximum
    if natural <= console.width:
        console.print(table)
    elif not console.is_terminal:
        Console(file=console.file, highlight=False, width=natural).print(table)
    elif natural <= console.width * _FOLDABLE:
        console.print(table)
    else:
        _print_records(rows)


def line(message: str, *, markup: bool = False) -> None:
    """One line of a command's result."""
    console.print(message, markup=markup, soft_wrap=not console.is_terminal)


def text(value: Any) -> str:
    """A value as a person reads it: money with separators and two decimals at least, instants to the second."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return money(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, Mapping):
        return json.dumps(value, default=text, ensure_ascii=False)
    if isinstance(value, (list, tuple)):
        return ", ".join(text(part) for part in value)
    return str(value)


def money(amount: Decimal) -> str:
    """An exact amount with thousands separators; four decimals are shown only where they say something."""
    if not amount.is_finite():
        return str(amount)
    rounded = amount.quantize(Decimal("0.01"))
    return f"{rounded:,}" if rounded == amount else f"{amount.normalize():,f}"


def points(value: float | None) -> str:
    """A score in points, to two decimals."""
    return "" if value is None else f"{value:.2f}"


def count(number: int, noun: str) -> str:
    """A number with its noun: `1 write`, `1,200 writes`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def say(message: str) -> None:
    """One line for a person. On standard error, so that standard output stays machine-readable."""
    errors.print(message, soft_wrap=not errors.is_terminal)


def complain(message: str, remedy: str = "") -> None:
    """An error for a person, and below it what to do."""
    say(f"[bold red]error:[/] {escape(message)}")
    if remedy:
        say(f"  -> {escape(remedy)}")


def complain_of(error: PipelineError) -> None:
    """An error that was raised on purpose, for a person."""
    complain(str(error.args[0]).rstrip(), error.remedy)


def print_check(name: str, severity: str, ok: bool, detail: str, remedy: str) -> None:
    """One line of a preflight, with the remedy below when something is not in order."""
    word = "ok" if ok and severity != "warning" else severity.replace("_", " ")
    colour = {"ok": "green", "error": "bold red", "warning": "yellow"}.get(word, "dim")
    line(f"[{colour}]{word:<{_CHECK_COLUMNS}}[/] {escape(name)}: {escape(detail)}", markup=True)
    if remedy:
        line(f"{'':<{_CHECK_COLUMNS}} -> {remedy}")


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(header_style="bold", show_lines=False)
    for name in rows[0]:
        values = [row[name] for row in rows if row[name] is not None]
        is_numeric = bool(values) and all(_is_number(value) for value in values)
        table.add_column(escape(name.replace("_", " ")), justify="right" if is_numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(text(value)) for value in row.values()))
    return table


def _print_records(rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        record = Table.grid(padding=(0, 2))
        record.add_column(style="bold", no_wrap=True)
        record.add_column(overflow="fold")
        for name, value in row.items():
            record.add_row(escape(name.replace("_", " ")), escape(text(value)))
        console.print(record)
        console.print()


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if hasattr(value, "_asdict"):
        return value._asdict()
    return str(value)
