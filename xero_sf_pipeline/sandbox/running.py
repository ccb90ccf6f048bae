"""Run a sandbox beside the caller: in a thread for tests, or in a process of its own for the demo and benchmarks."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.sandbox.clock import SandboxClock
from xero_sf_pipeline.sandbox.faults import FaultPlan
from xero_sf_pipeline.sandbox.request_log import RequestLog
from xero_sf_pipeline.sandbox.sandbox import Sandbox
from xero_sf_pipeline.sandbox.server import HOST, build_server, listening_socket

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.company import CompanySpec

_START_SECONDS = 15.0


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that answers at `url` (no trailing slash)."""

    url: str
    sandbox: Sandbox
    clock: SandboxClock
    faults: FaultPlan
    log: RequestLog


@contextmanager
def running_sandbox(
    spec: CompanySpec | None = None, *, sandbox: Sandbox | None = None, directory: Path | None = None, port: int = 0
) -> Iterator[RunningSandbox]:
    """Serve a sandbox from a thread of this process until the block ends.

    Args:
        spec: the company to generate; or give a ready `sandbox`, which stays open afterwards
        directory: keep the state in files there
        port: 0 takes a free one
    """
    ours = sandbox is None
    served = sandbox if sandbox is not None else Sandbox(spec, directory=directory)
    listener = listening_socket(HOST, port)
    server = build_server(served)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError(f"the sandbox server did not start within {_START_SECONDS} s")
            time.sleep(0.005)
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        yield RunningSandbox(url, served, served.clock, served.faults, served.log)
    finally:
        server.should_exit = True
        thread.join(timeout=_START_SECONDS)
        listener.close()
        if ours:
            served.close()


@contextmanager
def sandbox_process(
    spec: CompanySpec | None = None, *, directory: Path | None = None, port: int = 0, start_seconds: float = 120.0
) -> Iterator[str]:
    """Serve a sandbox from a process of its own and yield its URL; use the remote control to steer it."""
    command = [sys.executable, "-m", "xero_sf_pipeline.sandbox.running", str(port)]
    command += [json.dumps(asdict(spec) if spec is not None else None, default=str)]
    command += [str(directory)] if directory is not None else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as process:  # noqa: S603
        watchdog = threading.Timer(start_seconds, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            watchdog.cancel()
            if not line.startswith("http://"):
                raise RuntimeError(f"the sandbox process did not start, it exited with {process.wait()}")
            yield line
        finally:
            watchdog.cancel()
            if process.stdin is not None:
                process.stdin.close()  # the process ends when its standard input does, even if we are killed
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def main(arguments: list[str]) -> None:
    """Serve until standard input ends. Arguments: port, company spec as JSON or `null`, optional state directory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started us, and they end us
    port, spec_json, *rest = arguments
    spec = _spec_from_json(json.loads(spec_json))
    directory = Path(rest[0]) if rest else None
    with running_sandbox(spec, directory=directory, port=int(port)) as running:
        sys.stdout.write(running.url + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def _spec_from_json(fields: dict[str, Any] | None) -> CompanySpec | None:
    if fields is None:
        return None
    from xero_sf_pipeline.sandbox.company import CompanySpec

    return CompanySpec(**{**fields, "as_of": date.fromisoformat(fields["as_of"])})


if __name__ == "__main__":
    main(sys.argv[1:])
