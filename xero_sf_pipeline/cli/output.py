"""How commands speak to people and to programs: tables, JSON, messages, exit codes.

Belongs here: rendering. Does not belong here: anything a command finds out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_NARROWEST = 100
"""Columns of a table when the output is not a terminal (a log, a pipe)."""

console = Console(highlight=False, width=None if sys.stdout.isatty() else _NARROWEST)
errors = Console(stderr=True, highlight=False)

_MINUS = "-"


def print_json(value: Any) -> None:
    """Write one JSON document: decimals as exact text, instants in ISO 8601."""
    encoded = msgspec.json.encode(value, enc_hook=_plain)
    sys.stdout.write(msgspec.json.format(encoded, indent=2).decode() + "\n")


def print_rows(rows: Sequence[Mapping[str, Any]], *, title: str = "", empty: str = "Nothing.") -> None:
    """Write rows as a table, the columns in the order of the first row."""
    if not rows:
        console.print(empty)
        return
    table = Table(title=title or None, title_justify="left", header_style="bold", show_lines=False)
    for name, value in rows[0].items():
        numeric = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
        table.add_column(name.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(text(value)) for value in row.values()))
    console.print(table)


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
        return f"{value:.2f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(text(part) for part in value)
    return str(value)


def money(amount: Decimal) -> str:
    """An exact amount with thousands separators; four decimals are shown only where they say something."""
    rounded = amount.quantize(Decimal("0.01"))
    return f"{rounded:,}" if rounded == amount else f"{amount.normalize():,f}"


def say(message: str) -> None:
    """One line for a person. On standard error, so that standard output stays machine-readable."""
    errors.print(message)


def complain(message: str) -> None:
    """An error for a person."""
    errors.print(f"[bold red]error:[/] {escape(message)}")


def print_check(name: str, severity: str, ok: bool, detail: str, remedy: str) -> None:
    """One line of a preflight, with the remedy below when something is not in order."""
    mark = "[green]ok[/]" if ok and severity not in {"warning"} else f"[yellow]{severity}[/]"
    if not ok and severity == "error":
        mark = "[bold red]error[/]"
    console.print(f"{mark}  {escape(name)}: {escape(detail)}")
    if remedy:
        console.print(f"      -> {escape(remedy)}")


def pairs(facts: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Facts as text pairs."""
    return ((name.replace("_", " "), text(value)) for name, value in facts.items())


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if hasattr(value, "_asdict"):
        return value._asdict()
    return str(value)
