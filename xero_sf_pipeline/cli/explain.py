"""`xero-sf explain KEY`: where a value comes from: source rows, rule, run and push, from the newest snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from xero_sf_pipeline.cli import output
from xero_sf_pipeline.errors import NotFound
from xero_sf_pipeline.policy import load_policy
from xero_sf_pipeline.settings import load_settings
from xero_sf_pipeline.warehouse.snapshots import reading_snapshot

if TYPE_CHECKING:
    from xero_sf_pipeline.reporting.explain import Explanation, Figure, Subject

Row = dict[str, Any]


def explain(
    key: Annotated[
        str,
        typer.Argument(
            help="An id, an invoice number, a name, a write id, KIND:KEY, or a field as Object.Field:id.",
            metavar="KEY",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Tell where a value comes from: the rows it is made of, the rules, the runs that read them, what was sent."""
    from xero_sf_pipeline.reporting.explain import Explanation
    from xero_sf_pipeline.reporting.explain import explain as find_explanation

    if not key.strip():
        raise typer.BadParameter("is empty", param_hint="KEY")
    settings = load_settings()
    policy = load_policy(settings.policy_file)
    with reading_snapshot(settings.snapshot_dir) as connection:
        found = find_explanation(connection, policy, key)
    if not isinstance(found, Explanation):
        _print_choices(key, found, as_json)
        raise NotFound(f"{key!r} means {len(found)} things.", remedy="Ask for one of them, as KIND:KEY.")
    if as_json:
        output.print_json(_document(found))
    else:
        _print(found)


def _print_choices(key: str, subjects: list[Subject], as_json: bool) -> None:
    if as_json:
        output.print_json({"key": key, "could_be": [asdict(one) for one in subjects]})
    else:
        output.print_rows(
            [{"ask for": f"{one.kind}:{one.key}", "what it is": one.name} for one in subjects],
            title=f"{key} could be",
        )


def _document(found: Explanation) -> Mapping[str, Any]:
    figures = [asdict(one) | {"amount_rest": one.amount_rest, "adds_up": one.adds_up} for one in found.figures]
    return asdict(found) | {"figures": figures}


def _print(found: Explanation) -> None:
    output.line(f"[bold]{found.subject.kind} {escape(found.subject.name)}[/] ({found.subject.key})", markup=True)
    for name, value in found.facts.items():
        output.line(f"  {name}: {_told(value)}")
    for figure in found.figures:
        _print_figure(figure)
    fields: list[Row] = [
        {
            "field": one.field,
            "should be": output.text(one.expected),
            "was": output.text(one.shown),
            "same": one.is_same,
            "note": one.note or None,
        }
        for one in found.comparisons
    ]
    output.print_rows(_filled(fields), title="Fields", empty="")
    for title, rows in found.tables.items():
        output.print_rows(_filled(rows), title=title, empty="")
    output.print_rows(
        [_chosen(row, "measure", "side", "amount_difference", "reason", "explanation") for row in found.differences],
        title="Differs between the systems",
        empty="",
    )
    _print_origin(found)
    _print_writes(found)
    for note in found.notes:
        output.line(f"Note: {note}")


def _print_figure(figure: Figure) -> None:
    """The parts one below the other with the sum at the end, as on paper."""
    currency = f" {figure.currency_code}" if figure.currency_code else ""
    value = "none" if figure.value is None else f"{output.money(figure.value)}{currency}"
    output.line(f"\n[bold]{figure.name}: {value}[/]  [dim]{escape(figure.note)}[/]", markup=True)
    width = max((len(output.money(part.amount)) for part in figure.parts), default=0) + 4
    for part in figure.parts:
        has_version = part.known_from is not None and part.run_id is not None
        read = f", read {output.text(part.known_from)} UTC by run {str(part.run_id)[:8]}" if has_version else ""
        how = f"; {part.note}" if part.note else ""
        output.line(
            f"{output.money(part.amount):>{width}}  {escape(part.label + how)}  "
            f"[dim]{escape(f'{part.source_table} {part.source_id}{read}')}[/]",
            markup=True,
        )
    if figure.value is None:
        return
    if figure.adds_up and figure.parts:
        rounded = " (rounded to the cent)" if figure.is_rounded and figure.amount_of_parts != figure.value else ""
        output.line(f"{output.money(figure.value):>{width}}  adds up{rounded}")
    elif not figure.adds_up:
        output.line(
            f"  [bold red]does not add up:[/] the parts are {output.money(figure.amount_of_parts)}{currency}, "
            f"{output.money(figure.amount_rest)}{currency} is not told by any row.",
            markup=True,
        )


def _print_origin(found: Explanation) -> None:
    output.print_rows(
        [{"rule": one.path, "value": _told(one.value), "effect": one.effect} for one in found.rules],
        title="Rules (data/policy.yaml)",
        empty="",
    )
    versions = [row | {"run_id": (row["run_id"] or "")[:8]} for row in found.versions]
    output.print_rows(_filled(versions), title="Versions read", empty="")
    walks = ("source", "entity", "mode", "finished_at", "distinct_row_count", "amount_read", "run_id")
    output.print_rows([_chosen(row, *walks) for row in found.walks], title="Runs that read them", empty="")


def _print_writes(found: Explanation) -> None:
    output.print_rows(
        [
            {
                "write": row["write_id"][:12],
                "kind": row["kind"],
                "approval": "held" if row["is_held"] else row["approval"],
                "fields": ", ".join(row["payload"] or {}),
                "why": row["explanation"],
                "plan": row["plan_id"],
            }
            for row in found.planned
        ],
        title="Planned now",
        empty="",
    )
    output.print_rows(
        [_chosen(row, "kind", "reason", "explanation") for row in found.excluded],
        title="Considered and not written",
        empty="",
    )
    output.print_rows(
        [
            {
                "at": row["attempted_at"],
                "write": row["write_id"][:12],
                "kind": row["kind"],
                "state": row["state"],
                "by": row["actor"],
                "answer": ": ".join(part for part in (row["error_code"], row["message"]) if part),
                "run": (row["run_id"] or "")[:8],
            }
            for row in found.attempts
        ],
        title="Sent",
        empty="",
    )


def _filled(rows: list[Row]) -> list[Row]:
    """Rows without the columns that no row has a value in."""
    empty = {name for name in (rows[0] if rows else {}) if all(row[name] is None for row in rows)}
    return [{name: value for name, value in row.items() if name not in empty} for row in rows]


def _chosen(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}


def _told(value: Any) -> str:
    return output.text(value) or "none"
