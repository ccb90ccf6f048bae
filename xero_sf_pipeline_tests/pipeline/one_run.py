"""One stage of the pipeline in a process of its own: `python -m ... URL FOLDER INSTANT SCOPES STAGE [KILL_AT]`.

Stages: extract, derive, push. KILL_AT ends the process as a power cut would, just before a commit: the name of a raw
entity whose load is not committed, or `plan`. The last line of output is `done`, or the class and text of an error.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.errors import PipelineError
from xero_sf_pipeline.extraction import bookkeeping
from xero_sf_pipeline.extraction.salesforce_objects import SALESFORCE_SOURCES
from xero_sf_pipeline.extraction.xero_entities import XERO_SOURCES
from xero_sf_pipeline.pipeline import Pipeline, open_pipeline
from xero_sf_pipeline.planning import planner
from xero_sf_pipeline_tests.pipeline.works import Works, settings_for


def start(works: Works, stage: str, kill_at: str = "") -> subprocess.Popen[str]:
    """Start a stage on the works' data folder, at the sandbox's time."""
    instant = works.running.clock.now().isoformat()
    folder = str(works.settings.xero_sf_data_dir)
    command = [sys.executable, "-m", "xero_sf_pipeline_tests.pipeline.one_run"]
    return subprocess.Popen(
        [*command, works.running.url, folder, instant, works.settings.xero_scopes, stage, kill_at],
        stdout=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and last line of a started stage."""
    output, _ = process.communicate(timeout=120)
    return process.returncode, (output.splitlines() or [""])[-1]


def _die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _arm(kill_at: str) -> None:
    if kill_at == "plan":
        planner._report = _die  # type: ignore[assignment]
        return
    record = bookkeeping.record_extract

    def record_or_die(connection: Any, report: Any, run_id: str) -> None:
        record(connection, report, run_id)
        if report.source.entity == kill_at:
            _die()

    bookkeeping.record_extract = record_or_die


def _extract(pipeline: Pipeline) -> None:
    for tenant in pipeline.tenants():
        for source in XERO_SOURCES:
            pipeline.extract_xero(tenant.tenant_id, source.name)
    for found in SALESFORCE_SOURCES:
        pipeline.extract_salesforce(found.name)


def _derive(pipeline: Pipeline) -> None:
    pipeline.derive_all()
    pipeline.plan()


def _push(pipeline: Pipeline) -> None:
    report = pipeline.push(actor="tester")
    if not report.is_clean:
        raise PipelineError(f"refused {report.refused}, not sent {report.not_sent}")


STAGES: dict[str, Callable[[Pipeline], None]] = {"extract": _extract, "derive": _derive, "push": _push}


def main(url: str, folder: str, instant: str, scopes: str, stage: str, kill_at: str = "") -> None:
    if kill_at:
        _arm(kill_at)
    clock = FixedClock(datetime.fromisoformat(instant))
    try:
        with open_pipeline(settings_for(url, Path(folder), xero_scopes=scopes), clock=clock) as pipeline:
            STAGES[stage](pipeline)
    except PipelineError as error:
        sys.stdout.write(f"{type(error).__name__}: {error}\n")
        sys.exit(1)
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
