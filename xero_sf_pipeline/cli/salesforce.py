"""`xero-sf salesforce deploy`: bring our fields into an org."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xero_sf_pipeline.cli import output
from xero_sf_pipeline.settings import load_settings

app = typer.Typer(help="The fields, the object and the permission set that Salesforce needs.", no_args_is_help=True)


@app.command()
def deploy(
    check_only: Annotated[
        bool, typer.Option("--check-only", help="Let Salesforce validate it, change nothing.")
    ] = False,
) -> None:
    """Deploy the fields and assign the permission set to the integration user."""
    from xero_sf_pipeline.pipeline import open_pipeline
    from xero_sf_pipeline.salesforce_metadata import deploy as deploy_metadata

    with open_pipeline(load_settings()) as pipeline:
        report = deploy_metadata(pipeline.salesforce, check_only=check_only)
    for line in report.lines():
        output.line(line)
    if not report.succeeded:
        raise typer.Exit(1)


@app.command()
def package(
    target: Annotated[Path, typer.Argument(help="The zip file to write.")] = Path("xero_sf_package.zip"),
) -> None:
    """Write the Metadata API package to a file, to deploy it with another tool."""
    from xero_sf_pipeline.salesforce_metadata import build_package

    target.write_bytes(build_package())
    output.say(f"{target} written.")
