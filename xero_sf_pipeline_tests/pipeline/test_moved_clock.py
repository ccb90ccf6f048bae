"""This machine's clock jumps: nothing wrong is derived, planned or sent, and the message says which clock to look at."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.errors import PlanHeld
from xero_sf_pipeline.pipeline import Pipeline, open_pipeline
from xero_sf_pipeline_tests.pipeline.works import Works, serving, works_of

YEAR = timedelta(days=365)
JUMPS = pytest.mark.parametrize("jump", [YEAR, -YEAR, timedelta(days=2), timedelta(days=-2)])
TABLES = (
    "plan.writes", "plan.runs", "plan.exclusions", "receivables.overdue_invoices", "receivables.ageing",
    "receivables.balances", "receivables.payment_deltas", "ledger.attempts",
)  # fmt: skip


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    with serving() as running, works_of(running, tmp_path_factory.mktemp("clock")) as works:
        running.clock.freeze()
        works.sync()
        yield works


@pytest.fixture
def works(synced: Works, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """A data folder of its own, as the first run left it."""
    with works_of(synced.running, tmp_path_factory.mktemp("jumped")) as works:
        shutil.copyfile(synced.settings.warehouse_file, works.settings.warehouse_file)
        yield works


@contextmanager
def at(works: Works, jump: timedelta) -> Iterator[Pipeline]:
    """The pipeline on a machine whose clock is off; the sandbox keeps the right time."""
    clock = FixedClock(works.running.clock.now() + jump)
    with open_pipeline(works.settings, clock=clock, run_id="off") as pipeline:
        yield pipeline


def contents(works: Works) -> dict[str, list[dict[str, Any]]]:
    return {table: works.warehouse(f"select * from {table} order by all") for table in TABLES}


@JUMPS
def test_nothing_is_derived_planned_or_sent_by_a_wrong_clock(works: Works, jump: timedelta) -> None:
    before = contents(works)
    works.running.log.clear()
    with at(works, jump) as pipeline:
        said = (
            f"This machine's clock says {pipeline.clock.now():%Y-%m-%d %H:%M} UTC, and at the last extraction Xero's"
            f" said 2026-03-16 {works.running.clock.now():%H:%M} UTC. Nothing was derived, planned or sent. Run"
            " `xero-sf sync`; if it says so again, this machine's clock is wrong: set it (NTP)."
        )
        for stage in (pipeline.derive_receivables, pipeline.plan, lambda: pipeline.push(actor="tester")):
            with pytest.raises(PlanHeld) as refused:
                stage()
            assert str(refused.value) == said
    assert contents(works) == before
    assert works.writes_sent() == []


@pytest.mark.parametrize("jump", [YEAR, -YEAR])
def test_an_extraction_under_a_wrong_clock_moves_no_cursor_wrongly_and_is_refused_after_it(
    works: Works, jump: timedelta
) -> None:
    cursors = (
        "select entity, watermark_at from ops.cursors where entity in ('invoices', 'accounts', 'cases') order by all"
    )
    before = works.warehouse(cursors)
    with at(works, jump) as pipeline:
        pipeline.extract_xero(works.tenant_id, "invoices")
        pipeline.extract_salesforce("cases")
        with pytest.raises(PlanHeld, match="set it"):
            pipeline.plan()
    assert works.warehouse(cursors) == before
    assert works.sync().write_count == len(works.planned()) > 0


def test_a_past_day_may_be_derived_whatever_the_clock_says_of_today(works: Works) -> None:
    with at(works, YEAR) as pipeline:
        report = pipeline.derive_receivables(works.running.clock.now().date() - timedelta(days=3))
    assert {day.as_of_on.isoformat() for day in report.days} == {"2026-03-13"}
