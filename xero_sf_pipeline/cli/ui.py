"""`xero-sf ui`: the Dagster UI with its daemon, on loopback, over the same instance as the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated

import typer

from xero_sf_pipeline.cli import output
from xero_sf_pipeline.cli.runs import dagster_home
from xero_sf_pipeline.settings import Settings, load_settings

DEFAULT_PORT = 3000


def ui(port: Annotated[int, typer.Option(help="Loopback port.")] = DEFAULT_PORT) -> None:
    """Open the Dagster UI on 127.0.0.1. Schedules and sensors are off until you switch them on there."""
    serve(load_settings(), port)


def serve(settings: Settings, port: int) -> None:
    """Run webserver and daemon until they are stopped."""
    environment = os.environ | {
        "DAGSTER_HOME": str(dagster_home(settings)),
        "XERO_SF_HISTORY_START": settings.xero_sf_history_start,
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    output.say(f"Dagster UI: http://127.0.0.1:{port} (Ctrl-C stops it)")
    command = [sys.executable, "-m", "dagster", "dev", "-m", "xero_sf_pipeline.definitions"]
    try:
        subprocess.run([*command, "-h", "127.0.0.1", "-p", str(port)], env=environment, check=False)  # noqa: S603
    except KeyboardInterrupt:
        output.say("Stopped.")
