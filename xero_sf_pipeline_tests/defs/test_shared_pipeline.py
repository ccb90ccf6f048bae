"""All steps of a run share one pipeline: one login to each system, no call more than without Dagster, always closed."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from xero_sf_pipeline.cli.runs import Runs
from xero_sf_pipeline.clock import SystemClock
from xero_sf_pipeline.connections import Connections
from xero_sf_pipeline.defs import build_defs
from xero_sf_pipeline.defs.partitions import day_key
from xero_sf_pipeline.defs.resources import PipelineFactory, PipelineRun
from xero_sf_pipeline.pipeline import Pipeline
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline_tests.defs.graph import HISTORY_START, QUIET, graph_of
from xero_sf_pipeline_tests.pipeline.works import serving, settings_for, works_of

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")  # of owners and backfill policies


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with serving() as running:
        yield running


def calls(running: RunningSandbox) -> Counter[tuple[str, str]]:
    """Method and path of what was asked since the log was cleared."""
    asked = Counter((entry.method, entry.path) for entry in running.log.as_list())
    running.log.clear()
    return asked


def test_a_sync_through_dagster_makes_exactly_the_calls_of_the_stages_alone(
    running: RunningSandbox, tmp_path: Path
) -> None:
    with works_of(running, tmp_path / "alone") as alone, works_of(running, tmp_path / "dagster") as through:
        runs = Runs(through.settings, running.clock, shows_progress=False)
        for what in ("first", "unchanged"):
            running.log.clear()
            alone.extract()  # deriving and planning make no call, see the next test
            expected = calls(running)
            runs.sync()
            assert (what, calls(running)) == (what, expected)
            assert sum(count for (_, path), count in expected.items() if path.endswith("/token")) == 2
            through.pass_time(minutes=10)


def test_a_job_logs_in_once_however_many_steps_it_has(running: RunningSandbox, tmp_path: Path) -> None:
    with works_of(running, tmp_path) as works, graph_of(works) as graph:
        logins = {}
        for job, partition in (
            ("extract_xero", graph.tenant_day),
            ("extract_salesforce", graph.day),
            ("derive_and_plan", graph.day),
        ):
            running.log.clear()
            graph.run(job, partition)
            asked = calls(running)
            logins[job] = sum(count for (_, path), count in asked.items() if path.endswith("/token"))
        assert (logins, asked) == ({"extract_xero": 1, "extract_salesforce": 1, "derive_and_plan": 0}, Counter())


class Watched(PipelineFactory):
    """Remembers what was opened and closed."""

    def watch(self) -> list[str]:
        seen: list[str] = []
        object.__setattr__(self, "seen", seen)
        return seen

    @contextmanager
    def open(self, run_id: str) -> Iterator[Pipeline]:
        seen: list[str] = self.seen  # type: ignore[attr-defined]
        seen.append(f"open {run_id}")
        try:
            with super().open(run_id) as pipeline:
                yield pipeline
        finally:
            seen.append(f"close {run_id}")


@pytest.mark.parametrize(("policy", "succeeds"), [("version: 1\n", True), ("no_such_rule: 1\n", False)])
def test_the_pipeline_is_opened_once_and_closed_when_the_run_ends_however_it_ends(
    running: RunningSandbox, tmp_path: Path, policy: str, succeeds: bool
) -> None:
    settings = settings_for(running.url, tmp_path)
    settings.policy_file.write_text(policy, encoding="utf-8")
    watched = Watched(settings, running.clock)
    seen = watched.watch()
    job = build_defs(watched, history_start=HISTORY_START).resolve_job_def("derive_and_plan")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            instance=instance, partition_key=day_key(running.clock.now()), run_config=QUIET, raise_on_error=False
        )
    assert (result.success, seen) == (succeeds, [f"open {result.run_id}", f"close {result.run_id}"])


def test_threads_that_need_the_pipeline_at_once_get_the_same_one_with_the_same_connections(
    running: RunningSandbox, tmp_path: Path
) -> None:
    watched = Watched(settings_for(running.url, tmp_path), running.clock)
    seen = watched.watch()
    start, found = threading.Barrier(8), []

    with PipelineRun(watched, "run-1") as run:

        def take() -> None:
            start.wait()
            found.append((run.pipeline, run.pipeline.xero, run.pipeline.salesforce, run.pipeline.governor))

        threads = [threading.Thread(target=take) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(found) == 8
    assert {tuple(map(id, parts)) for parts in found} == {tuple(map(id, found[0]))}
    assert seen == ["open run-1", "close run-1"]


def test_lent_connections_stay_open_after_a_run_and_own_ones_do_not(running: RunningSandbox, tmp_path: Path) -> None:
    settings = settings_for(running.url, tmp_path)
    lent = Connections(settings, running.clock)
    running.log.clear()
    for run_id in ("run-1", "run-2"):
        with PipelineFactory(settings, running.clock, connections=lent).open(run_id) as pipeline:
            pipeline.tenants(fresh=True)
    lent.close()
    assert calls(running) == Counter({("POST", "/connect/token"): 1, ("GET", "/Connections"): 2})
    for run_id in ("run-3", "run-4"):
        with PipelineFactory(settings, running.clock).open(run_id) as pipeline:
            pipeline.tenants(fresh=True)
    assert calls(running) == Counter({("POST", "/connect/token"): 2, ("GET", "/Connections"): 2})


def test_no_secret_is_shown_by_what_carries_the_settings(tmp_path: Path) -> None:
    settings = settings_for(
        "http://127.0.0.1:9", tmp_path, xero_client_secret="hush-xero", salesforce_client_secret="hush-salesforce"
    )
    factory = PipelineFactory(settings)
    connections = Connections(settings, SystemClock())
    with PipelineRun(factory, "run-1") as run:
        shown = f"{factory!r} {connections!r} {run!r} {run.pipeline!r} {run.pipeline.connections!r}"
    for hidden in ("hush", "sandbox-xero-client", "sandbox-sf-client"):
        assert hidden not in shown
