"""`xero-sf status`: how fresh the mirror is, what waits, what the APIs have left."""

from __future__ import annotations

from typing import Annotated

import typer

from xero_sf_pipeline.cli import output, snapshot
from xero_sf_pipeline.settings import load_settings


def status(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Show freshness, backlog and budget, from the newest snapshot."""
    settings = load_settings()
    parts = {name: snapshot.rows(settings, name) for name in ("freshness", "backlog", "budget", "plan_run")}
    if as_json:
        output.print_json(parts | {"push_enabled": settings.xero_sf_push_enabled})
        return
    output.print_rows(parts["freshness"], title="Freshness (UTC)")
    output.print_rows(parts["backlog"], title="Backlog")
    output.print_rows(parts["budget"], title="Calls today")
    for run in parts["plan_run"]:
        held = f"; held: {run['held_reason']}" if run["is_held"] else ""
        output.console.print(f"Newest plan: {output.text(run['planned_at'])} UTC, {run['write_count']} writes{held}")
    output.console.print(f"Pushing is {'on' if settings.xero_sf_push_enabled else 'off (XERO_SF_PUSH_ENABLED)'}.")
