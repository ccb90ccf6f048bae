"""When things run by themselves. All are off until a person switches them on."""

from collections.abc import Iterator, Mapping

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from xero_sf_pipeline.defs import extract, jobs
from xero_sf_pipeline.defs.partitions import TENANT_PARTITIONS, day_key, tenant_day_key

POLL_CRON = "*/15 * * * *"
SWEEP_CRON = "30 3 * * *"
TIME_ZONE = "UTC"
"""Of all schedules: partitions are UTC days."""


def build(all_jobs: Mapping[str, UnresolvedAssetJobDefinition]) -> list[dg.ScheduleDefinition]:
    """The poll of the open day, and the nightly sweep."""
    xero, salesforce = all_jobs[jobs.EXTRACT_XERO], all_jobs[jobs.EXTRACT_SALESFORCE]

    @dg.schedule(
        name="poll_xero",
        job=xero,
        cron_schedule=POLL_CRON,
        execution_timezone=TIME_ZONE,
        description="Every 15 minutes: what changed in each Xero organisation.",
    )
    def poll_xero(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        yield from _per_tenant(context, {})

    @dg.schedule(
        name="poll_salesforce",
        job=salesforce,
        cron_schedule=POLL_CRON,
        execution_timezone=TIME_ZONE,
        description="Every 15 minutes: what changed in the Salesforce org.",
    )
    def poll_salesforce(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        return dg.RunRequest(partition_key=day_key(context.scheduled_execution_time))

    @dg.schedule(
        name="sweep_xero",
        job=xero,
        cron_schedule=SWEEP_CRON,
        execution_timezone=TIME_ZONE,
        description="Nightly: read each Xero organisation whole; finds changes without a new timestamp, and deletes.",
    )
    def sweep_xero(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        yield from _per_tenant(context, {extract.SWEEP_TAG: "sweep", "dagster/priority": "-1"})

    @dg.schedule(
        name="sweep_salesforce",
        job=salesforce,
        cron_schedule=SWEEP_CRON,
        execution_timezone=TIME_ZONE,
        description="Nightly: read the Salesforce org whole; finds hard deletes.",
    )
    def sweep_salesforce(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        return dg.RunRequest(
            partition_key=day_key(context.scheduled_execution_time),
            tags={extract.SWEEP_TAG: "sweep", "dagster/priority": "-1"},
        )

    return [poll_xero, poll_salesforce, sweep_xero, sweep_salesforce]


def _per_tenant(context: dg.ScheduleEvaluationContext, tags: dict[str, str]) -> Iterator[dg.RunRequest | dg.SkipReason]:
    tenants = context.instance.get_dynamic_partitions(TENANT_PARTITIONS)
    if not tenants:
        yield dg.SkipReason("No Xero organisation is known yet: run `xero-sf sync` once, or add the tenant partitions.")
    moment = context.scheduled_execution_time
    for tenant in tenants:
        yield dg.RunRequest(
            run_key=f"{tenant}-{moment.isoformat()}",
            partition_key=tenant_day_key(tenant, moment),
            tags={**tags, "xero_sf/tenant": tenant},
        )
