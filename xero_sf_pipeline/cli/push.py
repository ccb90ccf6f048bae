"""`xero-sf push`: send the newest plan, or say what would be sent."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from xero_sf_pipeline.cli import output
from xero_sf_pipeline.cli.choices import known_kinds
from xero_sf_pipeline.errors import NotFound
from xero_sf_pipeline.settings import Settings, load_settings

if TYPE_CHECKING:
    from xero_sf_pipeline.pushing.report import PushReport


def push(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Send nothing, record nothing; tell the calls.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Kinds to send, for example case.open.", callback=known_kinds),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Send at most this many writes, parents first.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Send the newest plan's approved writes to Xero and Salesforce. Refuses while XERO_SF_PUSH_ENABLED is not true."""
    from xero_sf_pipeline.cli.main import PARTLY_DONE

    settings = load_settings()
    if not run_push(settings, dry_run=dry_run, only=only, limit=limit, as_json=as_json):
        raise typer.Exit(PARTLY_DONE)


def run_push(
    settings: Settings,
    *,
    dry_run: bool = False,
    only: list[str] | None = None,
    limit: int | None = None,
    as_json: bool = False,
) -> bool:
    """Push, publish, print. Returns whether everything that could go went through."""
    from xero_sf_pipeline.cli.main import actor
    from xero_sf_pipeline.pipeline import open_pipeline
    from xero_sf_pipeline.pushing.push import PushProgress

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        open_pipeline(settings) as pipeline,
        Progress(*columns, console=output.errors, disable=as_json or not sys.stderr.isatty()) as progress,
    ):
        task = progress.add_task("Push", total=None)

        def advance(step: PushProgress) -> None:
            progress.update(task, completed=step.done_count, total=step.total_count)

        report = pipeline.push(
            actor=actor(), only=set(only) if only else None, dry_run=dry_run, limit=limit, progress=advance
        )
        if not dry_run:
            pipeline.reconcile()
            pipeline.publish()
    if report.plan_id is None:
        raise NotFound("There is no plan yet; nothing was sent.", remedy="Run `xero-sf sync` first.")
    if as_json:
        output.print_json(asdict(report))
    else:
        _print_report(report, dry_run)
    return dry_run or not (report.refused or report.stopped_because or _left_behind(report))


def _left_behind(report: PushReport) -> bool:
    """Whether a write that could have gone did not: one that was refused before, or whose answer is not known yet."""
    from xero_sf_pipeline.pushing.selection import NotSentReason

    waiting = {NotSentReason.PARKED, NotSentReason.UNSETTLED, NotSentReason.JOB_RUNNING, NotSentReason.STOPPED}
    return any(row.reason in waiting for row in report.not_sent)


def _print_report(report: PushReport, dry_run: bool) -> None:
    nothing = "Nothing to send." if report.not_sent else "Nothing to send: both systems agree."
    if dry_run:
        rows = [asdict(call) for call in report.planned_calls]
        output.print_rows(rows, title="A push would make these calls (nothing was sent)", empty=nothing)
    else:
        rows = [asdict(count) for count in (*report.recovered, *report.counts)]
        output.print_rows(rows, title="Pushed", empty=nothing)
        for calls in report.calls_by_system:
            output.line(
                f"{calls.system.capitalize()}: {output.count(calls.write_calls, 'write call')},"
                f" {output.count(calls.read_calls, 'look-up')}"
            )
        output.line(
            f"{output.count(report.write_calls, 'write call')}, {output.count(report.read_calls, 'look-up')},"
            f" {report.bytes_sent:,} bytes, {report.seconds:.1f} s"
        )
    output.print_rows([asdict(row) for row in report.refused], title="Refused (xero-sf errors list)", empty="")
    warnings = [asdict(row) for row in report.warnings]
    output.print_rows(warnings, title="Written, but not quite as sent (xero-sf errors list)", empty="")
    if dry_run:
        behind = Counter(row.reason for row in report.not_sent)
        output.print_rows([{"not_sent_because": why, "writes": n} for why, n in behind.items()], empty="")
    if report.stopped_because:
        output.complain(
            f"The push stopped early: {report.stopped_because} The rest stays planned.", report.remedy or ""
        )
