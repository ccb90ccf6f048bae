"""The asset graph: a thin layer that says when stages run, what they depend on and what people see of them.

An asset's body takes the run's pipeline, calls one stage and turns its report into metadata. Does not belong here:
HTTP, SQL text, rules. Nothing here opens the warehouse while definitions load or sensors tick.
"""

from __future__ import annotations

import os
import warnings

import dagster as dg

from xero_sf_pipeline.defs import (
    billing,
    checks,
    core,
    extract,
    jobs,
    matching,
    parties,
    plan,
    push,
    receivables,
    reporting,
    schedules,
    sensors,
)
from xero_sf_pipeline.defs.partitions import DEFAULT_HISTORY_START, Partitions
from xero_sf_pipeline.defs.resources import PipelineFactory, run_resource


def build_defs(pipelines: PipelineFactory | None = None, *, history_start: str | None = None) -> dg.Definitions:
    """Build the code location's definitions.

    Args:
        pipelines: opens the pipeline of a run; from the environment by default, another one in tests.
        history_start: first day of the daily partitions, YYYY-MM-DD; XERO_SF_HISTORY_START by default.
    """
    start = history_start or os.environ.get("XERO_SF_HISTORY_START") or DEFAULT_HISTORY_START
    with warnings.catch_warnings():
        # Single-run backfills and owners are what the UI needs and are marked beta: said once here, not in every log.
        warnings.simplefilter("ignore", category=dg.BetaWarning)
        return _assemble(Partitions.starting(start), pipelines or PipelineFactory())


def _assemble(partitions: Partitions, pipelines: PipelineFactory) -> dg.Definitions:
    all_jobs = jobs.build()
    return dg.Definitions(
        assets=[
            *extract.build(partitions),
            *core.build(),
            *matching.build(),
            *receivables.build(partitions),
            *billing.build(),
            *parties.build(),
            *plan.build(),
            *reporting.build(),
        ],
        asset_checks=checks.build(),
        jobs=[*all_jobs.values(), push.push_job],
        schedules=schedules.build(all_jobs),
        sensors=sensors.build(all_jobs, push.push_job),
        resources={"pipelines": pipelines, "run": run_resource},
        executor=dg.in_process_executor,
    )
