"""Two processes share one set of limits through the governor's file."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.limits import Limits
from xero_sf_pipeline.clock import SystemClock
from xero_sf_pipeline.errors import RateLimited

WORKER = """
import sys, time
from pathlib import Path
from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.limits import Limits
from xero_sf_pipeline.clock import SystemClock
from xero_sf_pipeline.errors import RateLimited

path, task = Path(sys.argv[1]), sys.argv[2]
if task == "minute":
    governor = Governor(path, SystemClock(), {"xero": Limits(per_minute=20)}, max_wait_seconds=0)
    granted = 0
    for _ in range(15):
        try:
            with governor.slot("xero", "t1", urgent=True):
                granted += 1
        except RateLimited:
            pass
    print(granted)
elif task == "concurrent":
    governor = Governor(path, SystemClock(), {"xero": Limits(concurrent=2)})
    most = 0
    for _ in range(25):
        with governor.slot("xero", "t1", urgent=True):
            most = max(most, governor.snapshot()[0].in_flight)
            time.sleep(0.001)
    print(most)
else:
    governor = Governor(path, SystemClock(), {"xero": Limits(concurrent=1)})
    with governor.slot("xero", "t1"):
        print("held", flush=True)
        sys.stdin.read()
"""


def start(path: Path, task: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(path), task], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )


def test_two_processes_together_stay_within_the_calls_of_a_minute(tmp_path: Path) -> None:
    path = tmp_path / "g.sqlite"
    with start(path, "minute") as first, start(path, "minute") as second:
        granted = [int(process.communicate()[0]) for process in (first, second)]
    assert sum(granted) == 20
    governor = Governor(path, SystemClock(), {})
    assert sum(use.calls for use in governor.snapshot()) == 20
    governor.close()


def test_three_workers_never_hold_more_than_the_allowed_slots_together(tmp_path: Path) -> None:
    path = tmp_path / "g.sqlite"
    with start(path, "concurrent") as first, start(path, "concurrent") as second, start(path, "concurrent") as third:
        most = [int(process.communicate()[0]) for process in (first, second, third)]
    assert max(most) <= 2
    governor = Governor(path, SystemClock(), {})
    assert [(use.calls, use.in_flight) for use in governor.snapshot()] == [(75, 0)]
    governor.close()


def test_the_slot_of_a_killed_process_is_free_again(tmp_path: Path) -> None:
    path = tmp_path / "g.sqlite"
    governor = Governor(path, SystemClock(), {"xero": Limits(concurrent=1)}, max_wait_seconds=0)
    with start(path, "hold") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(RateLimited), governor.slot("xero", "t1"):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
    with governor.slot("xero", "t1"):
        assert governor.snapshot()[0].in_flight == 1
    governor.close()
