"""What is owed, how late, and what changed: one partition per as-of day, which can be backfilled into the past.

The open day stands for every organisation's own today: at one instant two organisations may have different dates.
What Salesforce is shown (status of documents and accounts, alerts) is of today only and has no partitions.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from xero_sf_pipeline.defs import metadata
from xero_sf_pipeline.defs.partitions import Partitions, as_date, is_open_day
from xero_sf_pipeline.defs.resources import PipelineRun

GROUP = "receivables"
_CORE = ("organisations", "contacts", "invoices", "payments", "credits", "credit_applications")
_TODAY_CORE = (*_CORE, "accounts", "currency_types", "opportunities", "tasks")
_DESCRIPTIONS = {
    "overdue_invoices": "One row per overdue sales invoice and as-of day, with the reason if it is not acted on.",
    "ageing": "One row per contact, currency and as-of day: amount due by ageing bucket.",
    "payment_deltas": "One row per new, changed or deleted payment or credit application; amount due before and after.",
    "balances": "One row per organisation, currency and as-of day: opening + invoiced - paid - credited = closing.",
}
_TODAY_DESCRIPTIONS = {
    "exchange_rates": "One row per currency and date: units of it for one unit of the Salesforce currency; source.",
    "invoice_status": "One row per sales invoice and credit note as of today: status, cash apart from credit.",
    "account_status": "One row per linked account as of today: status, totals in one currency, days late.",
    "alert_causes": "One row per account and cause of an alert that holds today, with the evidence in words.",
    "alerts": "One row per time that a cause came up; it remembers when the cause was gone.",
}


def build(partitions: Partitions) -> list[dg.AssetsDefinition]:
    """The receivables assets, one step for all of them."""

    @dg.multi_asset(
        name="derive_receivables",
        partitions_def=partitions.day,
        backfill_policy=dg.BackfillPolicy.single_run(),
        specs=[
            dg.AssetSpec(
                ["receivables", table],
                deps=[
                    *(dg.AssetKey(["core", name]) for name in _CORE),
                    dg.AssetKey(["matching", "links"]),
                ],
                group_name=GROUP,
                kinds={"duckdb"},
                owners=metadata.OWNERS,
                description=description,
                metadata=metadata.table_metadata("receivables", table),
            )
            for table, description in _DESCRIPTIONS.items()
        ],
    )
    def derive_receivables(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[PipelineRun]
    ) -> Iterator[dg.MaterializeResult]:
        days = list(context.partition_keys)
        rows: dict[str, int] = dict.fromkeys(_DESCRIPTIONS, 0)
        overdue: dict[str, str] = {}
        pipeline = run.pipeline
        for day in days:
            is_today = is_open_day([day], pipeline.clock.now())
            report = pipeline.derive_receivables(None if is_today else as_date(day), with_status=False)
            for table, count in report.row_counts.items():
                rows[table] = rows.get(table, 0) + count
            overdue = {currency: str(amount) for currency, amount in report.overdue_amounts.items()}
        for table in _DESCRIPTIONS:
            found: dict[str, Any] = {"dagster/partition_row_count": rows[table], "days": len(days)}
            if table == "overdue_invoices":
                found["amount_overdue"] = metadata.counts_table(overdue, "currency")
            yield dg.MaterializeResult(asset_key=["receivables", table], metadata=found)

    @dg.multi_asset(
        name="derive_today",
        specs=[
            dg.AssetSpec(
                ["receivables", table],
                deps=[
                    *(dg.AssetKey(["core", name]) for name in _TODAY_CORE),
                    dg.AssetKey(["matching", "links"]),
                    dg.AssetKey(["receivables", "overdue_invoices"]),
                ],
                group_name=GROUP,
                kinds={"duckdb"},
                owners=metadata.OWNERS,
                description=description,
                metadata=metadata.table_metadata("receivables", table),
            )
            for table, description in _TODAY_DESCRIPTIONS.items()
        ],
    )
    def derive_today(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[PipelineRun]
    ) -> Iterator[dg.MaterializeResult]:
        counts = run.pipeline.derive_today()
        for table in _TODAY_DESCRIPTIONS:
            yield dg.MaterializeResult(asset_key=["receivables", table], metadata={"dagster/row_count": counts[table]})

    return [derive_receivables, derive_today]
