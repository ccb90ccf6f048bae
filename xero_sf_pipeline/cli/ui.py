"""`xero-sf ui`: the Dagster UI with its daemon, on loopback, over the same instance as the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from xero_sf_pipeline.cli import output, stopping
from xero_sf_pipeline.cli.choices import require_free_port
from xero_sf_pipeline.cli.runs import dagster_home
from xero_sf_pipeline.errors import PipelineError
from xero_sf_pipeline.settings import ENV_FILE_VARIABLE, Settings, load_settings

DEFAULT_PORT = 3000
_STOP_SECONDS = 20


def ui(port: Annotated[int, typer.Option(min=1, max=65535, help="Loopback port.")] = DEFAULT_PORT) -> None:
    """Open the Dagster UI on 127.0.0.1. Schedules and sensors are off until you switch them on there."""
    settings = load_settings()
    require_free_port(port)
    serve(settings, port)


def serve(settings: Settings, port: int) -> None:
    """Run webserver and daemon until they are stopped.

    They work in the instance's folder, with every path absolute. In ours Dagster would read `.env` by itself and let it
    win: the demo's UI would then call the organisations of a `.env` that has nothing to do with the demo.
    """
    home = dagster_home(settings)
    environment = os.environ | {
        "DAGSTER_HOME": str(home),
        ENV_FILE_VARIABLE: str(Path(os.environ.get(ENV_FILE_VARIABLE) or ".env").resolve()),
        "XERO_SF_DATA_DIR": str(settings.xero_sf_data_dir.resolve()),
        "XERO_SF_POLICY_FILE": str(settings.policy_file.resolve()),
        "XERO_SF_HISTORY_START": settings.xero_sf_history_start,
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    output.say(f"Dagster UI: http://127.0.0.1:{port} (Ctrl-C stops it)")
    command = [sys.executable, "-m", "dagster", "dev", "-m", "xero_sf_pipeline.definitions"]
    command += ["-h", "127.0.0.1", "-p", str(port)]
    # A session of its own: Ctrl-C in the terminal reaches us alone, and we pass it on once. A second one would cut
    # Dagster's own shutdown short and leave its code server behind.
    with subprocess.Popen(  # noqa: S603
        command, cwd=home, env=environment, start_new_session=True, preexec_fn=stopping.hear_interrupts
    ) as process:
        try:
            stopping.listen()
            process.wait()
        except KeyboardInterrupt:
            output.say("Stopping ...")
            return
        finally:  # however we end, nothing of ours may go on serving
            _stop(process)
    raise PipelineError(
        f"The Dagster UI ended by itself with code {process.returncode}.", remedy="Its messages are above."
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    with suppress(ProcessLookupError):  # none is left
        os.killpg(process.pid, signal.SIGKILL)
