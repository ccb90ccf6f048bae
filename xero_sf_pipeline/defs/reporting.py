"""What people read: the reconciliation tables before the snapshot, and the report page made from it."""

from collections.abc import Iterator

import dagster as dg

from xero_sf_pipeline.defs import metadata
from xero_sf_pipeline.defs.plan import PLAN_WRITES, RECONCILED, SNAPSHOT
from xero_sf_pipeline.defs.resources import PipelineRun

GROUP = "report"
_INPUTS = [
    PLAN_WRITES,
    dg.AssetKey(["plan", "exclusions"]),
    dg.AssetKey(["matching", "links"]),
    *(dg.AssetKey(["receivables", table]) for table in ("account_status", "overdue_invoices")),
    *(dg.AssetKey(["billing", table]) for table in ("invoice_links", "schedule")),
    *(
        dg.AssetKey(["core", table])
        for table in (
            "accounts", "contacts", "credit_applications", "credits", "invoices", "opportunities", "organisations",
            "payments", "xero_invoices",
        )
    ),
]  # fmt: skip
_DESCRIPTIONS = (
    "One row per account, currency and measure: Xero's figure, the tables' and Salesforce's.",
    "One row per difference behind a control total, with its reason.",
    "One row per won deal, and per invoice without one: booked, billed, paid, and the reason.",
    "One row per month and currency; each amount in the month of its own date.",
)


def build() -> list[dg.AssetsDefinition]:
    """The reconciliation tables and the report page."""

    @dg.multi_asset(
        name="reconcile",
        specs=[
            dg.AssetSpec(
                ["reporting", table],
                deps=_INPUTS,
                group_name=GROUP,
                kinds={"duckdb"},
                owners=metadata.OWNERS,
                description=description,
                metadata=metadata.table_metadata("reporting", table),
            )
            for table, description in zip(RECONCILED, _DESCRIPTIONS, strict=True)
        ],
    )
    def reconcile(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[PipelineRun]
    ) -> Iterator[dg.MaterializeResult]:
        report = run.pipeline.reconcile()
        facts = {
            "control_differences": {"reasons": metadata.counts_table(report.differences, "reason")},
            "control_totals": {
                "unexplained": metadata.counts_table({c: str(a) for c, a in report.unexplained.items()}, "currency")
            },
            "booked_billed_paid": {
                "won_and_not_billed": metadata.counts_table(
                    {c: str(a) for c, a in report.not_billed.items()}, "currency"
                )
            },
        }
        for table in RECONCILED:
            yield dg.MaterializeResult(
                asset_key=["reporting", table],
                metadata={"dagster/row_count": report.row_counts[table], **facts.get(table, {})},
            )

    @dg.asset(
        key=["reporting", "report"],
        deps=[SNAPSHOT],
        group_name=GROUP,
        kinds={"duckdb", "html"},
        owners=metadata.OWNERS,
        description="One self-contained page for finance: ageing, trend, days to pay, backlog, sync health.",
    )
    def report(context: dg.AssetExecutionContext, run: dg.ResourceParam[PipelineRun]) -> dg.MaterializeResult:
        path = run.pipeline.write_report()
        if path is None:
            return dg.MaterializeResult(metadata={"skipped": "reporting.page is off"})
        return dg.MaterializeResult(metadata={"file": path.name, "bytes": path.stat().st_size})

    return [reconcile, report]
