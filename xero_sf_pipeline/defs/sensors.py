"""What follows what. All are off until a person switches them on; none of them opens the warehouse.

Extraction done -> derive and plan. Plan with pending writes -> push. Backfill done -> publish.
"""

from collections.abc import Mapping

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

from xero_sf_pipeline.defs import jobs
from xero_sf_pipeline.defs.partitions import day_key
from xero_sf_pipeline.defs.plan import PLAN_WRITES
from xero_sf_pipeline.defs.resources import PipelineFactory
from xero_sf_pipeline.errors import ConfigError

_BACKFILL_TAG = "dagster/backfill"
_RAW_SCHEMAS = {"raw_xero", "raw_salesforce"}


def build(
    all_jobs: Mapping[str, UnresolvedAssetJobDefinition], push_job: dg.JobDefinition
) -> list[dg.SensorDefinition]:
    """The three sensors."""
    derive, publish = all_jobs[jobs.DERIVE_AND_PLAN], all_jobs[jobs.PUBLISH]

    @dg.run_status_sensor(
        name="derive_after_extraction",
        run_status=dg.DagsterRunStatus.SUCCESS,
        request_job=derive,
        description=(
            "A finished extraction, by a job or by hand in the UI, starts derive_and_plan for the open day; "
            "a backfill of the past does not."
        ),
        minimum_interval_seconds=30,
    )
    def derive_after_extraction(
        context: dg.RunStatusSensorContext, pipelines: dg.ResourceParam[PipelineFactory]
    ) -> dg.RunRequest | dg.SkipReason:
        run = context.dagster_run
        if _BACKFILL_TAG in run.tags:
            return dg.SkipReason("A backfill is published, and planned with the next poll.")
        if not _is_extraction(run):
            return dg.SkipReason("Not an extraction.")
        return dg.RunRequest(run_key=run.run_id, partition_key=day_key(pipelines.now()))

    @dg.sensor(
        name="push_when_planned",
        job=push_job,
        description=(
            "The newest plan's pending writes start a push, once per plan. Never while pushing is switched off "
            "(XERO_SF_PUSH_ENABLED), the plan is held, or another push is under way."
        ),
        minimum_interval_seconds=30,
    )
    def push_when_planned(
        context: dg.SensorEvaluationContext, pipelines: dg.ResourceParam[PipelineFactory]
    ) -> dg.RunRequest | dg.SkipReason:
        facts = _newest_plan(context.instance)
        if not facts:
            return dg.SkipReason("Nothing has been planned yet.")
        plan_id = str(facts["plan_id"])
        if plan_id == context.cursor:
            return dg.SkipReason(f"The push of {plan_id} was requested already.")
        if facts.get("is_held"):
            return dg.SkipReason(f"The plan is held: {facts.get('held_reason')}")
        if not facts.get("pending_writes"):
            return dg.SkipReason("Nothing to write: both systems agree, or what is planned waits for approval.")
        try:
            is_enabled = pipelines.is_push_enabled()
        except ConfigError as error:
            return dg.SkipReason(str(error))
        if not is_enabled:
            return dg.SkipReason("Pushing is switched off: set XERO_SF_PUSH_ENABLED=true to let plans go.")
        under_way = dg.RunsFilter(job_name=push_job.name, statuses=NOT_FINISHED_STATUSES)
        if context.instance.get_runs_count(under_way):
            return dg.SkipReason("A push is under way; this plan has its turn afterwards.")
        context.update_cursor(plan_id)
        return dg.RunRequest(run_key=plan_id)

    @dg.run_status_sensor(
        name="publish_after_backfill",
        run_status=dg.DagsterRunStatus.SUCCESS,
        request_job=publish,
        description="A finished backfill, of whatever assets, is published for readers.",
    )
    def publish_after_backfill(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        run = context.dagster_run
        if _BACKFILL_TAG not in run.tags:
            return dg.SkipReason("Not a backfill.")
        return dg.RunRequest(run_key=run.run_id)

    return [derive_after_extraction, push_when_planned, publish_after_backfill]


def _is_extraction(run: dg.DagsterRun) -> bool:
    if run.job_name in {jobs.EXTRACT_XERO, jobs.EXTRACT_SALESFORCE}:
        return True
    return any(key.path[0] in _RAW_SCHEMAS for key in run.asset_selection or ())


def _newest_plan(instance: dg.DagsterInstance) -> dict[str, object]:
    """The facts that the newest materialization of plan/writes carries; empty before the first one."""
    event = instance.get_latest_materialization_event(PLAN_WRITES)
    materialization = event.asset_materialization if event else None
    return {name: value.value for name, value in materialization.metadata.items()} if materialization else {}
