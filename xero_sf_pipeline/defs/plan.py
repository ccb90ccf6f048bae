"""The plan of writes, and the snapshot that readers see."""

from collections.abc import Iterator

import dagster as dg

from xero_sf_pipeline.defs import metadata
from xero_sf_pipeline.defs.resources import PipelineRun

PLAN_WRITES = dg.AssetKey(["plan", "writes"])
SNAPSHOT = dg.AssetKey(["reporting", "snapshot"])
RECONCILED = ("control_totals", "control_differences", "booked_billed_paid", "booked_billed_paid_months")
"""The tables of `defs/reporting.py`, which the snapshot holds too."""

_INPUTS = [
    *(
        dg.AssetKey(["receivables", table])
        for table in ("overdue_invoices", "invoice_status", "account_status", "alerts", "exchange_rates")
    ),
    dg.AssetKey(["matching", "links"]),
    *(dg.AssetKey(["billing", table]) for table in ("invoice_links", "schedule", "schedule_lines")),
    *(dg.AssetKey(["mapping", table]) for table in ("field_values", "agreed_values")),
    dg.AssetKey(["parties", "missing_people"]),
    dg.AssetKey(["catalogue", "differences"]),
    dg.AssetKey(["quotes", "invoice_links"]),
    *(
        dg.AssetKey(["core", table])
        for table in (
            "accounts",
            "cases",
            "xero_contacts",
            "users",
            "contacts",
            "invoices",
            "opportunities",
            "opportunity_lines",
            "quote_lines",
            "products",
            "prices",
            "xero_invoices",
            "tasks",
        )
    ),
]


def build() -> list[dg.AssetsDefinition]:
    """The plan and the published snapshot."""

    @dg.multi_asset(
        name="plan_writes",
        specs=[
            dg.AssetSpec(
                ["plan", table],
                deps=_INPUTS,
                group_name="plan",
                kinds={"duckdb"},
                owners=metadata.OWNERS,
                description=description,
                metadata=metadata.table_metadata("plan", table),
            )
            for table, description in {
                "writes": "One row per write that should happen: what changes, from what, and why.",
                "exclusions": "One row per thing that was considered and is deliberately not written, with the reason.",
            }.items()
        ],
    )
    def plan_writes(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[PipelineRun]
    ) -> Iterator[dg.MaterializeResult]:
        pipeline = run.pipeline
        report = pipeline.plan()
        pending = pipeline.count_pending_writes()
        exclusions = pipeline.counts(["plan.exclusions"])["plan.exclusions"]
        yield dg.MaterializeResult(
            asset_key=["plan", "writes"],
            metadata={
                "dagster/row_count": report.write_count,
                "plan_id": report.plan_id,
                "pending_writes": pending,
                "is_held": report.is_held,
                "held_reason": report.held_reason or "",
                "writes_by_kind": metadata.counts_table(report.writes_by_kind, "kind"),
            },
        )
        yield dg.MaterializeResult(
            asset_key=["plan", "exclusions"], metadata={"dagster/row_count": exclusions, "plan_id": report.plan_id}
        )

    @dg.asset(
        key=SNAPSHOT,
        deps=[
            PLAN_WRITES,
            dg.AssetKey(["plan", "exclusions"]),
            *(dg.AssetKey(["receivables", name]) for name in ("ageing", "payment_deltas", "balances")),
            *(dg.AssetKey(["reporting", name]) for name in RECONCILED),
        ],
        group_name="report",
        kinds={"duckdb"},
        owners=metadata.OWNERS,
        description="A read-only copy of the whole warehouse for SQL and reports; replaced by one rename.",
    )
    def snapshot(context: dg.AssetExecutionContext, run: dg.ResourceParam[PipelineRun]) -> dg.MaterializeResult:
        path = run.pipeline.publish()
        return dg.MaterializeResult(metadata={"file": path.name, "bytes": path.stat().st_size})

    return [plan_writes, snapshot]
