"""The asset graph as the daemon and the UI run it, against a running sandbox, in this process.

Belongs here: starting jobs and reading what they told Dagster. Does not belong here: any expectation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from xero_sf_pipeline.defs import build_defs
from xero_sf_pipeline.defs.partitions import TENANT_PARTITIONS, day_key, tenant_day_key
from xero_sf_pipeline.defs.resources import PipelineFactory
from xero_sf_pipeline_tests.pipeline.works import Works, serving, works_of

HISTORY_START = "2026-03-01"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


@dataclass(frozen=True)
class Graph:
    """One sandbox, one data folder, one Dagster instance."""

    works: Works
    instance: dg.DagsterInstance
    definitions: dg.Definitions

    @property
    def day(self) -> str:
        """The open day's partition."""
        return day_key(self.works.running.clock.now())

    @property
    def tenant_day(self) -> str:
        """The open day's partition of the one organisation."""
        return tenant_day_key(self.works.tenant_id, self.works.running.clock.now())

    def run(self, job: str, partition: str | None = None, **options: Any) -> dg.ExecuteInProcessResult:
        """Run a job to its end; errors of its own are raised unless `raise_on_error` is False."""
        config = QUIET | options.pop("run_config", {})
        return self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance, partition_key=partition, run_config=config, **options
        )

    def backfill(self, keys: list[list[str]], first: str, last: str) -> dg.ExecuteInProcessResult:
        """Materialise assets over a range of partitions in one run, as a backfill from the UI does."""
        job = self.definitions.resolve_implicit_global_asset_job_def()
        return job.execute_in_process(
            instance=self.instance,
            asset_selection=[dg.AssetKey(key) for key in keys],
            tags={RANGE_START: first, RANGE_END: last, "dagster/backfill": "from-the-ui"},
            run_config=QUIET,
        )

    def sync(self) -> dict[str, dg.ExecuteInProcessResult]:
        """Extract both systems, derive and plan."""
        return {
            "extract_xero": self.run("extract_xero", self.tenant_day),
            "extract_salesforce": self.run("extract_salesforce", self.day),
            "derive_and_plan": self.run("derive_and_plan", self.day),
        }


def facts_of(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    """Metadata of the materializations of a run, by asset."""
    found = {}
    for event in result.get_asset_materialization_events():
        materialization = event.step_materialization_data.materialization
        found[materialization.asset_key.to_user_string()] = values_of(materialization.metadata)
    return found


def values_of(metadata: Mapping[str, dg.MetadataValue]) -> dict[str, Any]:
    """Plain values of metadata."""
    return {name: value.value for name, value in metadata.items()}


def checks_of(result: dg.ExecuteInProcessResult) -> dict[str, tuple[bool, str]]:
    """`asset:check` -> passed and severity."""
    return {
        f"{found.asset_key.to_user_string()}:{found.check_name}": (found.passed, found.severity.value)
        for found in result.get_asset_check_evaluations()
    }


@contextmanager
def graph_of(works: Works) -> Iterator[Graph]:
    """The graph on a company, with an instance that forgets."""
    definitions = build_defs(PipelineFactory(works.settings, works.running.clock), history_start=HISTORY_START)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(TENANT_PARTITIONS, [works.tenant_id])
        yield Graph(works, instance, definitions)


@contextmanager
def served_graph(folder: Path, **changes: Any) -> Iterator[Graph]:
    """A small company, served, and the graph on it."""
    with serving() as running, works_of(running, folder, **changes) as works, graph_of(works) as graph:
        yield graph
