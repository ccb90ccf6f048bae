"""`xero-sf plan`: what would be written, from what, and why; approving and rejecting."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from xero_sf_pipeline.cli import output, snapshot
from xero_sf_pipeline.cli.choices import full_ids, known_kinds
from xero_sf_pipeline.settings import Settings, load_settings

app = typer.Typer(help="Plan the writes and print them, field by field.", invoke_without_command=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]

_LONGEST_VALUE = 160
"""Characters of a value in the list of fields; `--json` has them all."""


@app.callback()
def plan(
    context: typer.Context,
    as_json: Json = False,
    show: Annotated[
        bool, typer.Option("--show", help="Print the newest plan as it is, without planning anew.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Kinds to print, for example case.open.", callback=known_kinds),
    ] = None,
    limit: Annotated[int, typer.Option(help="How many writes to print field by field.")] = 20,
    policy: Annotated[
        Path | None, typer.Option("--policy", help="Show what this policy would change, and store nothing.")
    ] = None,
) -> None:
    """Plan from what is mirrored (no call to either system) and print what would be written and why."""
    if context.invoked_subcommand is not None:
        return
    from xero_sf_pipeline.cli.runs import Runs

    settings = load_settings()
    if policy is not None:
        from xero_sf_pipeline.cli.policy import preview

        preview(settings, policy, as_json=as_json)
        return
    if not show:
        Runs(settings, shows_progress=sys.stderr.isatty() and not as_json).plan()
    print_plan(settings, as_json=as_json, only=only, fields=limit)


def print_plan(
    settings: Settings,
    *,
    as_json: bool = False,
    only: list[str] | None = None,
    fields: int = 0,
    one_of_each: bool = False,
) -> int:
    """Print the newest plan: a summary, then writes field by field. Returns the number of writes.

    Args:
        only: kinds to print; None means all
        fields: how many writes to print field by field
        one_of_each: print the first write of each kind instead
    """
    run = next(iter(snapshot.rows(settings, "plan_run")), None)
    writes = [row for row in snapshot.rows(settings, "plan_writes") if not only or row["kind"] in only]
    exclusions = [row for row in snapshot.rows(settings, "exclusions_summary") if not only or row["kind"] in only]
    if as_json:
        output.print_json({"plan": run, "writes": [_decoded(write) for write in writes], "exclusions": exclusions})
        return len(writes)
    if not writes and only:
        output.line(f"0 writes of kind {', '.join(only)}.")
    elif not writes:
        output.line("[bold green]0 writes: both systems agree.[/]", markup=True)
    else:
        summary = [row for row in snapshot.rows(settings, "plan_summary") if not only or row["kind"] in only]
        shown = ("kind", "approval", "currency", "writes", "amount")
        output.print_rows(
            [{name: row[name] for name in shown} for row in summary],
            title=f"Plan: {output.count(len(writes), 'write')}",
        )
        if not fields and not one_of_each:
            _print_examples(summary)
    if run and run["is_held"]:
        output.line(f"[bold yellow]Held, nothing of it is sent:[/] {escape(run['held_reason'] or '')}", markup=True)
    shown_writes = (
        list({row["kind"]: row for row in reversed(writes)}.values())[::-1] if one_of_each else writes[:fields]
    )
    for write in shown_writes:
        _print_write(write)
    if shown_writes and len(writes) > len(shown_writes):
        output.line(f"... and {len(writes) - len(shown_writes):,} more (--limit, --json, or table plan.writes)")
    if exclusions:
        shown = ("reason", "kind", "currency", "things", "amount")
        output.print_rows(
            [{name: row[name] for name in shown} for row in exclusions], title="Considered and not written"
        )
        _print_examples(exclusions, "reason")
    return len(writes)


def _print_examples(rows: list[dict[str, Any]], name: str = "kind") -> None:
    told: set[str] = set()
    for row in rows:
        if row[name] not in told and row["example"]:
            told.add(row[name])
            output.line(f"  [bold]{row[name]}[/], for example: {escape(row['example'])}", markup=True)


def _print_write(write: dict[str, Any]) -> None:
    payload, before = json.loads(write["payload"]), json.loads(write["before"] or "{}") or {}
    amount = (
        f"  {output.money(Decimal(write['amount']))} {write['currency_code']}" if write["amount"] is not None else ""
    )
    output.line(
        f"\n[bold]{write['kind']}[/] {write['target_object']} {escape(str(write['target_key']))}"
        f"{amount}  [dim]{write['approval']}, {write['write_id'][:12]}[/]",
        markup=True,
    )
    output.line(f"  why: {write['explanation'] or write['reason']}")
    for name, value in payload.items():
        was = before.get(name)
        old = "" if was is None else f"[red]{escape(_short(was))}[/] -> "
        output.line(f"  {name}: {old}[green]{escape(_short(value))}[/]", markup=True)


def _short(value: Any) -> str:
    text = json.dumps(value) if isinstance(value, (dict, list)) else str(value)
    flat = " / ".join(line for line in text.splitlines() if line.strip())
    return flat if len(flat) <= _LONGEST_VALUE else flat[: _LONGEST_VALUE - 3] + "..."


def _decoded(write: dict[str, Any]) -> dict[str, Any]:
    return write | {
        "payload": json.loads(write["payload"], parse_float=Decimal),
        "before": json.loads(write["before"], parse_float=Decimal) if write["before"] else None,
    }


WriteIds = Annotated[list[str] | None, typer.Argument(help="Write ids, or their first characters.")]
Kinds = Annotated[list[str] | None, typer.Option("--kind", help="All writes of a kind.", callback=known_kinds)]
All = Annotated[bool, typer.Option("--all", help="Every write of the newest plan.")]


@app.command()
def approve(
    writes: WriteIds = None,
    kind: Kinds = None,
    all_writes: All = False,
    reason: Annotated[str, typer.Option(help="Why; kept with the approval.")] = "",
) -> None:
    """Approve writes of the newest plan. An approval holds for exactly the payload that was shown."""
    _decide("approved", writes, kind, all_writes, reason)


@app.command()
def reject(
    writes: WriteIds = None,
    kind: Kinds = None,
    all_writes: All = False,
    reason: Annotated[str, typer.Option(help="Why; kept with the rejection.")] = "",
) -> None:
    """Reject writes of the newest plan: exactly these payloads are not sent."""
    _decide("rejected", writes, kind, all_writes, reason)


def _decide(decision: str, ids: list[str] | None, kinds: list[str] | None, everything: bool, reason: str) -> None:
    from xero_sf_pipeline.cli.main import actor
    from xero_sf_pipeline.cli.runs import Runs
    from xero_sf_pipeline.clock import SystemClock
    from xero_sf_pipeline.errors import NotFound
    from xero_sf_pipeline.planning.approvals import Decision, record_decision

    settings = load_settings()
    planned = snapshot.rows(settings, "plan_writes")
    named = full_ids(ids or [], [row["write_id"] for row in planned])
    chosen = [
        row["write_id"] for row in planned if everything or row["kind"] in (kinds or []) or row["write_id"] in named
    ]
    if not chosen:
        raise NotFound(
            "No write of the newest plan was named.", remedy="See `xero-sf plan --show`; name ids, --kind or --all."
        )
    record_decision(
        settings.decisions_dir / "approvals.jsonl",
        chosen,
        Decision(decision),
        decided_by=actor(),
        decided_at=SystemClock().now(),
        reason=reason,
    )
    Runs(settings, shows_progress=sys.stderr.isatty()).plan()
    output.say(f"{output.count(len(chosen), 'write')} {decision}.")
    if decision == Decision.APPROVED.value:
        now = snapshot.rows(settings, "plan_writes")
        waiting = [row for row in now if row["write_id"] in chosen and row["approval"] == "needs_approval"]
        if waiting:
            output.say(f"{output.count(len(waiting), 'write')} of them wait for another person, or the plan is held.")
    print_plan(settings)
