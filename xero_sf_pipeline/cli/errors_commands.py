"""`xero-sf errors`: the dead letters of the push. Nothing that failed is out of sight."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xero_sf_pipeline.cli import output
from xero_sf_pipeline.policy import load_policy
from xero_sf_pipeline.settings import load_settings
from xero_sf_pipeline.warehouse.snapshots import reading_snapshot

if TYPE_CHECKING:
    from xero_sf_pipeline.pushing.dead_letters import DeadLetter

app = typer.Typer(help="List, show, retry or dismiss writes that did not go through.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the ledger.")]
WriteId = Annotated[str, typer.Argument(help="A write id, or its first characters.")]


@app.command("list")
def list_errors(as_json: Json = False) -> None:
    """List rejected writes, those whose outcome is not known yet, and warnings, with what to do about each."""
    from xero_sf_pipeline.pushing import dead_letters

    settings = load_settings()
    rules = load_policy(settings.policy_file).pushing
    with reading_snapshot(settings.snapshot_dir) as connection:
        letters = dead_letters.list_errors(connection, max_pushes=rules.max_attempts)
    if as_json:
        output.print_json([asdict(letter) for letter in letters])
        return
    output.print_rows(
        [
            {
                "write": letter.write_id[:12],
                "kind": letter.kind,
                "state": _shown_state(letter),
                "system": letter.target_system,
                "key": letter.target_key,
                "amount": letter.amount,
                "currency": letter.currency_code,
                "class": letter.error_class,
                "message": letter.message,
                "remedy": letter.remedy,
                "tries": letter.attempt_count,
            }
            for letter in letters
        ],
        empty="No errors: every write that was sent was confirmed.",
    )


def _shown_state(letter: DeadLetter) -> str:
    if letter.state == "confirmed":
        return "warning"
    return "parked" if letter.is_parked else str(letter.state)


@app.command()
def show(write: WriteId, as_json: Json = False) -> None:
    """Show one write: payload, what was there before, and every attempt."""
    from xero_sf_pipeline.pushing import dead_letters

    settings = load_settings()
    rules = load_policy(settings.policy_file).pushing
    with reading_snapshot(settings.snapshot_dir) as connection:
        detail = dead_letters.show_error(connection, write, max_pushes=rules.max_attempts)
    if as_json:
        output.print_json(asdict(detail))
        return
    output.line(f"[bold]{detail.write_id}[/]", markup=True)
    if detail.explanation:
        output.line(detail.explanation)
    before = detail.before or {}
    output.print_rows(
        [
            {"field": name, "before": output.text(before.get(name)), "payload": output.text(value)}
            for name, value in detail.payload.items()
        ]
    )
    shown = ("attempted_at", "state", "http_status", "error_class", "error_code", "message", "remote_id", "actor")
    output.print_rows([{name: attempt.get(name) for name in shown} for attempt in detail.attempts], title="Attempts")
    if detail.letter:
        output.line(f"Remedy: {detail.letter.remedy}")


@app.command()
def retry(write: WriteId, reason: Reason = "") -> None:
    """Ask that the next push sends the write again."""
    output.say(f"{_decide('retry', write, reason)} will be sent by the next push.")


@app.command()
def dismiss(write: WriteId, reason: Reason = "") -> None:
    """Decide that the write is not wanted, and never send exactly this payload again; or dismiss a warning."""
    output.say(f"{_decide('dismiss', write, reason)} is dismissed.")


def _decide(what: str, write: str, reason: str) -> str:
    from xero_sf_pipeline.cli.main import actor
    from xero_sf_pipeline.pipeline import open_pipeline
    from xero_sf_pipeline.pushing import dead_letters

    decide: Any = {"retry": dead_letters.retry, "dismiss": dead_letters.dismiss}[what]
    with open_pipeline(load_settings()) as pipeline:
        with pipeline.warehouse.transaction() as connection:
            write_id = decide(
                connection, write, actor=actor(), reason=reason, clock=pipeline.clock, run_id=pipeline.run_id
            )
        pipeline.publish()
    return str(write_id)
