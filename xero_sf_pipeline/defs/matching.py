"""Which Xero contact is which Salesforce account, and why."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from xero_sf_pipeline.defs import metadata
from xero_sf_pipeline.defs.resources import PipelineRun

GROUP = "matching"
_INPUTS = [dg.AssetKey(["core", table]) for table in ("contacts", "accounts", "people", "account_links")]


def build() -> list[dg.AssetsDefinition]:
    """The matching assets, one step for both."""

    @dg.multi_asset(
        name="match_contacts",
        specs=[
            dg.AssetSpec(
                ["matching", "candidates"],
                deps=_INPUTS,
                group_name=GROUP,
                kinds={"duckdb"},
                owners=metadata.OWNERS,
                description="One row per considered pair of contact and account, with every term of its score.",
                metadata=metadata.table_metadata("matching", "candidates"),
            ),
            dg.AssetSpec(
                ["matching", "links"],
                deps=[*_INPUTS, dg.AssetKey(["matching", "candidates"])],
                group_name=GROUP,
                kinds={"duckdb"},
                owners=metadata.OWNERS,
                description="One row per contact: linked, for review, to be created, or ignored; with the reason.",
                metadata=metadata.table_metadata("matching", "links"),
            ),
        ],
    )
    def match_contacts(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[PipelineRun]
    ) -> Iterator[dg.MaterializeResult]:
        report = run.pipeline.match()
        rows = run.pipeline.counts(["matching.candidates", "matching.links"])
        for table in ("candidates", "links"):
            found: dict[str, Any] = {
                "dagster/row_count": rows[f"matching.{table}"],
                "rebuilt": report is not None,
            }
            if report is not None and table == "links":
                found["metrics"] = metadata.counts_table(report.metrics(), "metric")
                found["review_share"] = report.review_share
            yield dg.MaterializeResult(asset_key=["matching", table], metadata=found)

    return [match_contacts]
