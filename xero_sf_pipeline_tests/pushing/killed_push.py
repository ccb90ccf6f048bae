"""Runs pushes in processes of their own and kills each at another step: `python -m ... PREPARED WORK`.

A step is one of the moments around a commit to the ledger or a call to a target, counted from 1. The first push, in
`WORK/0`, is not killed and tells how many steps there are; push N, in `WORK/N`, dies at step N. Prints one line per
push: its number and how its process ended. This process opens no database, so it may fork.

Belongs here: the steps, the killing, and a push to Salesforce. Does not belong here: a push to both systems
(`killed_push_to_both`), starting the process and looking at what is left (`kills`).
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.push import push
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline_tests.pushing.fake_salesforce import FakeSalesforce

SMALL = Pacing(collection_size=2, bulk_above=4, sleep=lambda seconds: None)
KILLED_AT = datetime(2026, 3, 16, 9, 5, tzinfo=UTC)


class Steps:
    """Counts moments and ends the process, as a power cut would, when the chosen one is reached."""

    def __init__(self, kill_at: int) -> None:
        self.kill_at = kill_at
        self.passed = 0

    def reach(self) -> None:
        self.passed += 1
        if self.passed == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalWarehouse(Warehouse):
    """Passes a step before and after each commit."""

    def __init__(self, path: Path, steps: Steps) -> None:
        super().__init__(path, lock_wait_seconds=5)
        self._steps = steps

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with super().transaction() as connection:
            yield connection
            self._steps.reach()
        self._steps.reach()


class MortalSalesforce(FakeSalesforce):
    """Passes a step before each call is heard, and after its effect is stored but before the answer arrives."""

    def __init__(self, path: Path, steps: Steps) -> None:
        super().__init__(path)
        self._steps = steps

    def _enter(self, operation: str, object_name: str, row_count: int) -> Any:
        self._steps.reach()
        with_answer = super()._enter(operation, object_name, row_count)

        def then_reach(work: Any) -> Any:
            answer = with_answer(work)
            self._steps.reach()
            return answer

        return then_reach


PushOnce = Callable[[Path, Steps, str], None]
"""Pushes on the state in a folder, passing steps, as a run with that id."""


def push_to_salesforce(directory: Path, steps: Steps, run_id: str) -> None:
    push(
        MortalWarehouse(directory / "warehouse.duckdb", steps),
        MortalSalesforce(directory / "org.pickle", steps),
        FixedClock(KILLED_AT),
        run_id=run_id,
        actor="tester",
        pacing=SMALL,
    )


def kill_at_every_step(push_once: PushOnce, prepared: Path, work: Path) -> None:
    """Push on a copy of `prepared` without a kill, then on further copies with a kill at step 1, 2, 3 ..."""
    sys.stdout.write(f"0 {_push_in_child(push_once, prepared, work, 0)}\n")
    steps = int((work / "0" / "steps").read_text())
    for kill_at in range(1, steps + 1):
        sys.stdout.write(f"{kill_at} {_push_in_child(push_once, prepared, work, kill_at)}\n")


def _push_in_child(push_once: PushOnce, prepared: Path, work: Path, kill_at: int) -> int:
    """Return the wait status of the child process; one that lives to the end notes how many steps it passed."""
    directory = Path(shutil.copytree(prepared, work / str(kill_at)))
    child = os.fork()
    if child == 0:
        steps = Steps(kill_at)
        push_once(directory, steps, f"killed-{kill_at}")
        (directory / "steps").write_text(str(steps.passed))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    kill_at_every_step(push_to_salesforce, Path(sys.argv[1]), Path(sys.argv[2]))
