"""As `killed_push`, for a push to both systems: `python -m ... PREPARED WORK`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.push import push
from xero_sf_pipeline_tests.pushing.fake_xero import FakeTenant, FakeXero
from xero_sf_pipeline_tests.pushing.killed_push import (
    KILLED_AT,
    MortalSalesforce,
    MortalWarehouse,
    Steps,
    kill_at_every_step,
)

SMALL = Pacing(collection_size=2, xero_batch_size=2, sleep=lambda seconds: None)


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


def push_to_both(directory: Path, steps: Steps, run_id: str) -> None:
    clock = FixedClock(KILLED_AT)
    xero = FakeXero(clock, directory / "books.pickle")
    push(
        MortalWarehouse(directory / "warehouse.duckdb", steps),
        MortalSalesforce(directory / "org.pickle", steps),
        clock,
        run_id=run_id,
        actor="tester",
        xero=lambda tenant_id: MortalTenant(xero, tenant_id, steps),
        pacing=SMALL,
    )


if __name__ == "__main__":
    kill_at_every_step(push_to_both, Path(sys.argv[1]), Path(sys.argv[2]))
