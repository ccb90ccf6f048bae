"""`xero-sf ui`: the Dagster UI with its daemon, on loopback, over the same instance as the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Annotated

import typer

from xero_sf_pipeline.cli import output
from xero_sf_pipeline.cli.runs import dagster_home
from xero_sf_pipeline.errors import PipelineError
from xero_sf_pipeline.settings import Settings, load_settings

DEFAULT_PORT = 3000
_STOP_SECONDS = 20


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
    with subprocess.Popen([*command, "-h", "127.0.0.1", "-p", str(port)], env=environment) as process:  # noqa: S603
        try:
            process.wait()
        except BaseException:  # Ctrl-C, or the signal that ends us: nothing of ours may go on serving
            _stop(process)
            raise
    if process.returncode:
        raise PipelineError(
            f"The Dagster UI ended with code {process.returncode}.",
            remedy=f"If port {port} is taken, name another: xero-sf ui --port {port + 1}",
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
