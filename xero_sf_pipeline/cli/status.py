"""`xero-sf status`: how fresh the mirror is, what waits, what the APIs have left."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import Annotated

import typer

from xero_sf_pipeline.cli import output, snapshot
from xero_sf_pipeline.cli.snapshot import Row
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
    for owner, rows in groupby(parts["freshness"], key=_owner):
        output.print_rows([_freshness(row) for row in rows], title=f"Freshness, {owner} (UTC)")
    output.print_rows(parts["backlog"], title="Backlog")
    output.print_rows([_readable(row) for row in parts["budget"]], title="Calls")
    for run in parts["plan_run"]:
        held = f"; held: {run['held_reason']}" if run["is_held"] else ""
        writes = output.count(run["write_count"], "write")
        output.line(f"Newest plan: {output.text(run['planned_at'])} UTC, {writes}{held}")
    output.line(f"Pushing is {'on' if settings.xero_sf_push_enabled else 'off (XERO_SF_PUSH_ENABLED)'}.")


def _owner(row: Row) -> str:
    return f"Xero: {row['organisation'] or 'not read yet'}" if row["source"] == "xero" else "Salesforce"


def _freshness(row: Row) -> Row:
    """The columns that fit on a terminal of 80; `--json` has them all."""
    return {
        "entity": row["entity"],
        "mode": row["mode"],
        "read at": _to_the_minute(row["finished_at"]),
        "changes until": _to_the_minute(row["watermark_at"]),
        "rows": row["rows_read"],
        "new": row["new_versions"],
        "quarantined": row["quarantined"],
    }


def _to_the_minute(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant:%Y-%m-%d %H:%M}"


def _readable(row: Row) -> Row:
    return {name: f"{value:,}" if isinstance(value, int) else value for name, value in row.items()}
