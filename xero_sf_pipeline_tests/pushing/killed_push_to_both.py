"""As `killed_push`, for a push to both systems: `python -m ... PREPARED WORK`.

Each push runs in a process of its own and is killed at another step: a moment around a commit to the ledger, before a
call is heard, or after its effect is stored and before the answer arrives. This process opens no database, so it may
fork.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.push import push
from xero_sf_pipeline_tests.pushing.fake_xero import FakeTenant, FakeXero
from xero_sf_pipeline_tests.pushing.killed_push import MortalSalesforce, MortalWarehouse, Steps

SMALL = Pacing(collection_size=2, xero_batch_size=2, sleep=lambda seconds: None)
KILLED_AT = datetime(2026, 3, 16, 9, 5, tzinfo=UTC)


class MortalTenant(FakeTenant):
    """Passes a step before each call is heard, and after its effect is stored but before the answer arrives."""

    def __init__(self, xero: FakeXero, tenant_id: str, steps: Steps) -> None:
        super().__init__(xero, tenant_id)
        self._steps = steps

    def _call(self, operation: str, object_name: str, count: int, work: Callable[[], Any]) -> Any:
        self._steps.reach()
        answer = super()._call(operation, object_name, count, work)
        self._steps.reach()
        return answer


def push_once(directory: Path, kill_at: int) -> int:
    """Push and return the number of steps that were passed."""
    steps = Steps(kill_at)
    clock = FixedClock(KILLED_AT)
    xero = FakeXero(clock, directory / "books.pickle")
    push(
        MortalWarehouse(directory / "warehouse.duckdb", steps),
        MortalSalesforce(directory / "org.pickle", steps),
        clock,
        run_id=f"killed-{kill_at}",
        actor="tester",
        xero=lambda tenant_id: MortalTenant(xero, tenant_id, steps),
        pacing=SMALL,
    )
    return steps.passed


def push_in_child(prepared: Path, work: Path, kill_at: int) -> int:
    """Push on a copy of `prepared` in a child process; return its wait status."""
    directory = Path(shutil.copytree(prepared, work / str(kill_at)))
    child = os.fork()
    if child == 0:
        passed = push_once(directory, kill_at)
        (directory / "steps").write_text(str(passed))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(prepared: Path, work: Path) -> None:
    status = push_in_child(prepared, work, 0)
    sys.stdout.write(f"0 {status}\n")
    steps = int((work / "0" / "steps").read_text())
    for kill_at in range(1, steps + 1):
        sys.stdout.write(f"{kill_at} {push_in_child(prepared, work, kill_at)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
