"""What won deals are billed with: the invoices that they have and that they should have."""

from collections.abc import Iterator

import dagster as dg

from xero_sf_pipeline.defs import metadata
from xero_sf_pipeline.defs.resources import PipelineRun

GROUP = "billing"
_CORE = (
    "organisations", "contacts", "invoices", "accounts", "opportunities", "opportunity_lines", "items",
    "ledger_accounts", "tax_rates", "tracking_options", "currencies", "currency_types",
)  # fmt: skip
_DESCRIPTIONS = {
    "invoice_links": "One row per Xero invoice that belongs to an opportunity, and how that is known.",
    "schedule": "One row per invoice that a won deal should have: date, amounts, and why it is held if it is.",
    "schedule_lines": "One row per line of a scheduled invoice, with the rules that gave it its codes.",
}


def build() -> list[dg.AssetsDefinition]:
    """The billing assets, one step for all of them."""

    @dg.multi_asset(
        name="derive_billing",
        specs=[
            dg.AssetSpec(
                ["billing", table],
                deps=[
                    *(dg.AssetKey(["core", name]) for name in _CORE),
                    dg.AssetKey(["matching", "links"]),
                    dg.AssetKey(["matching", "candidates"]),
                    dg.AssetKey(["quotes", "billing_quote_links"]),
                ],
                group_name=GROUP,
                kinds={"duckdb"},
                owners=metadata.OWNERS,
                description=description,
                metadata=metadata.table_metadata("billing", table),
            )
            for table, description in _DESCRIPTIONS.items()
        ],
    )
    def derive_billing(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[PipelineRun]
    ) -> Iterator[dg.MaterializeResult]:
        pipeline = run.pipeline
        report = pipeline.derive_billing()
        rows = pipeline.counts([f"billing.{table}" for table in _DESCRIPTIONS])
        for table in _DESCRIPTIONS:
            found: dict[str, int | bool | str] = {
                "dagster/row_count": rows[f"billing.{table}"],
                "rebuilt": report is not None,
            }
            if report is not None and table == "schedule":
                found["held"] = report.held_count
                found["from"] = str(report.from_on or "off")
            yield dg.MaterializeResult(asset_key=["billing", table], metadata=found)

    return [derive_billing]
