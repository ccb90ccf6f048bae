"""A warehouse, a clock and a fake org for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.push import push
from xero_sf_pipeline.pushing.report import PushReport
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline_tests.pushing.fake_salesforce import FakeSalesforce
from xero_sf_pipeline_tests.pushing.memory_warehouse import MemoryWarehouse

PUSHED_AT = datetime(2026, 3, 16, 9, 5, tzinfo=UTC)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """In memory: opening a file for each of many short transactions is most of the time of a small push."""
    in_memory = MemoryWarehouse(tmp_path / "warehouse.duckdb")
    yield in_memory
    in_memory.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(PUSHED_AT)


@pytest.fixture
def salesforce() -> FakeSalesforce:
    return FakeSalesforce()


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def run_push(
    warehouse: Warehouse, clock: FixedClock, salesforce: FakeSalesforce, slept: list[float]
) -> Callable[..., PushReport]:
    """Push without waiting; `run` tells one push from the other in the ledger."""

    def run(run_id: str = "run-1", pacing: dict[str, Any] | None = None, **options: Any) -> PushReport:
        return push(
            warehouse,
            options.pop("client", salesforce),
            clock,
            run_id=run_id,
            actor="tester",
            pacing=Pacing(sleep=slept.append, **(pacing or {})),
            **options,
        )

    return run


@pytest.fixture
def states(warehouse: Warehouse) -> Callable[[str], list[str]]:
    """The states that a write went through, oldest first."""

    def of(write_id: str) -> list[str]:
        with warehouse.transaction() as connection:
            rows = connection.execute(
                "select state from ledger.attempts where write_id = ? order by attempt_number", [write_id]
            ).fetchall()
        return [state for (state,) in rows]

    return of
