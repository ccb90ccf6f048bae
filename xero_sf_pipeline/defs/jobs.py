"""The jobs that schedules, sensors and people start. Each is a selection of the graph; order comes from the graph."""

from __future__ import annotations

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from xero_sf_pipeline.defs import billing, core, extract, matching, parties, receivables

EXTRACT_XERO = "extract_xero"
EXTRACT_SALESFORCE = "extract_salesforce"
DERIVE_AND_PLAN = "derive_and_plan"
PUBLISH = "publish"
EXCLUSIVE_TAG = "xero_sf/exclusive"
"""Of runs with the same value the run queue starts one at a time (see `dagster.yaml`)."""


def build() -> dict[str, UnresolvedAssetJobDefinition]:
    """The asset jobs by name."""
    derived = dg.AssetSelection.groups(
        core.GROUP, matching.GROUP, receivables.GROUP, billing.GROUP, *parties.GROUPS, "plan", "report"
    )
    return {
        EXTRACT_XERO: dg.define_asset_job(
            EXTRACT_XERO,
            dg.AssetSelection.groups(extract.GROUP) & dg.AssetSelection.key_prefixes("raw_xero"),
            description="Mirror one Xero organisation: the open day polls, older days are a backfill.",
            tags={"xero_sf/stage": "extract"},
        ),
        EXTRACT_SALESFORCE: dg.define_asset_job(
            EXTRACT_SALESFORCE,
            dg.AssetSelection.groups(extract.GROUP) & dg.AssetSelection.key_prefixes("raw_salesforce"),
            description="Mirror the Salesforce org: the open day polls, older days are a backfill.",
            tags={"xero_sf/stage": "extract"},
        ),
        DERIVE_AND_PLAN: dg.define_asset_job(
            DERIVE_AND_PLAN,
            derived,
            description="Rebuild what moved, match, derive receivables as of the day, plan, check, publish.",
            tags={EXCLUSIVE_TAG: "plan", "xero_sf/stage": "plan"},
        ),
        PUBLISH: dg.define_asset_job(
            PUBLISH,
            dg.AssetSelection.groups("report"),
            description="Reconcile, publish a snapshot for readers, write the report page.",
            tags={"xero_sf/stage": "report"},
        ),
    }
