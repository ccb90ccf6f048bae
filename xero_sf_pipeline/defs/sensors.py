"""What follows what. All are off until a person switches them on; none of them opens the warehouse.

Extraction done -> derive and plan. Plan with pending writes -> push. Backfill done -> publish.
"""

from collections.abc import Mapping

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from xero_sf_pipeline.defs import jobs
from xero_sf_pipeline.defs.plan import PLAN_WRITES

_BACKFILL_TAG = "dagster/backfill"
_PARTITION_TAG = "dagster/partition"


def build(
    all_jobs: Mapping[str, UnresolvedAssetJobDefinition], push_job: dg.JobDefinition
) -> list[dg.SensorDefinition]:
    """The three sensors."""
    derive, publish = all_jobs[jobs.DERIVE_AND_PLAN], all_jobs[jobs.PUBLISH]

    @dg.run_status_sensor(
        name="derive_after_extraction",
        run_status=dg.DagsterRunStatus.SUCCESS,
        monitored_jobs=[all_jobs[jobs.EXTRACT_XERO], all_jobs[jobs.EXTRACT_SALESFORCE]],
        request_job=derive,
        description="A finished extraction starts derive_and_plan for the open day; a backfill of the past does not.",
        minimum_interval_seconds=30,
    )
    def derive_after_extraction(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        run = context.dagster_run
        if _BACKFILL_TAG in run.tags:
            return dg.SkipReason("A backfill is published, and planned with the next poll.")
        day = run.tags.get(_PARTITION_TAG, "").split("|")[0]
        if not day:
            return dg.SkipReason("The extraction had no partition.")
        return dg.RunRequest(run_key=run.run_id, partition_key=day)

    @dg.asset_sensor(
        name="push_when_planned",
        asset_key=PLAN_WRITES,
        job=push_job,
        description="A plan with pending writes starts a push, once per plan. The push refuses unless it is enabled.",
        minimum_interval_seconds=30,
    )
    def push_when_planned(
        context: dg.SensorEvaluationContext, asset_event: dg.EventLogEntry
    ) -> dg.RunRequest | dg.SkipReason:
        materialization = asset_event.asset_materialization
        facts = {name: value.value for name, value in materialization.metadata.items()} if materialization else {}
        if facts.get("is_held"):
            return dg.SkipReason(f"The plan is held: {facts.get('held_reason')}")
        if not facts.get("pending_writes"):
            return dg.SkipReason("Nothing to write: both systems agree.")
        return dg.RunRequest(run_key=str(facts["plan_id"]))

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
