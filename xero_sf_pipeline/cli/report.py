"""`xero-sf report`: the page for finance, from the newest published snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xero_sf_pipeline.cli import output
from xero_sf_pipeline.errors import PipelineError
from xero_sf_pipeline.policy import load_policy
from xero_sf_pipeline.settings import load_settings
from xero_sf_pipeline.warehouse.snapshots import reading_snapshot


def report(
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the page to this file instead of the data folder's reports.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Write one self-contained HTML page: ageing, overdue trend, days to pay, backlog, control totals, sync health."""
    from xero_sf_pipeline.reporting.page import LATEST, render_page, save, write_page

    settings = load_settings()
    rules = load_policy(settings.policy_file).reporting
    if out is not None and not out.parent.is_dir():
        raise PipelineError(f"There is no folder {out.parent}.", remedy="Make it first, or name another file.")
    with reading_snapshot(settings.snapshot_dir) as connection:
        if out is None:
            written = write_page(connection, rules, settings.reports_dir)
        else:
            page, _ = render_page(connection, rules)
            save(page, out)
            written = out
    if as_json:
        output.print_json({"file": str(written), "bytes": written.stat().st_size})
        return
    output.line(f"{written} ({written.stat().st_size:,} bytes)")
    if out is None:
        output.line(f"The newest one is always {settings.reports_dir / LATEST}.")
