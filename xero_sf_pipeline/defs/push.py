"""The push: ops that send the newest plan and publish what came of it.

Nothing is sent unless pushing is switched on.
"""

import dagster as dg
from pydantic import Field

from xero_sf_pipeline.defs import metadata
from xero_sf_pipeline.defs.jobs import EXCLUSIVE_TAG
from xero_sf_pipeline.defs.resources import PipelineRun


class PushConfig(dg.Config):
    """What to send: all kinds by default; `dry_run` sends nothing and records nothing."""

    only: list[str] = Field(default_factory=list)
    dry_run: bool = False
    actor: str = "dagster"


@dg.op(description="Send the newest plan's writes through the ledger.")
def send_plan(context: dg.OpExecutionContext, config: PushConfig, run: dg.ResourceParam[PipelineRun]) -> bool:
    report = run.pipeline.push(actor=config.actor, only=set(config.only) or None, dry_run=config.dry_run)
    counts = {f"{row.kind} {row.outcome}": row.write_count for row in report.counts}
    context.add_output_metadata(
        {
            "plan_id": report.plan_id or "",
            "writes": metadata.counts_table(counts, "outcome"),
            "write_calls": report.write_calls,
            "read_calls": report.read_calls,
            **{f"{row.system}_calls": row.write_calls + row.read_calls for row in report.calls_by_system},
            "refused": len(report.refused),
            "warnings": len(report.warnings),
            "not_sent": len(report.not_sent),
            "stopped_because": report.stopped_because or "",
        }
    )
    context.log.info("push of plan %s: %s", report.plan_id, counts)
    return not config.dry_run


@dg.op(description="Reconcile anew and publish a snapshot, so that readers see what was sent.")
def publish_snapshot(context: dg.OpExecutionContext, has_changed: bool, run: dg.ResourceParam[PipelineRun]) -> None:
    if not has_changed:
        return
    run.pipeline.reconcile()
    path = run.pipeline.publish()
    context.log_event(dg.AssetMaterialization(asset_key=["reporting", "snapshot"], metadata={"file": path.name}))


@dg.job(
    name="push",
    description="Send the newest plan to Xero and Salesforce. Refuses while XERO_SF_PUSH_ENABLED is not true.",
    tags={EXCLUSIVE_TAG: "push", "xero_sf/stage": "push"},
)
def push_job() -> None:
    publish_snapshot(send_plan())
