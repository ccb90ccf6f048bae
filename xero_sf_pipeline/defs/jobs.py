"""The jobs that schedules, sensors and people start. Each is a selection of the graph; order comes from the graph."""

from __future__ import annotations

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from xero_sf_pipeline.defs import core, extract, matching, receivables
from xero_sf_pipeline.defs.partitions import Partitions

EXTRACT_XERO = "extract_xero"
EXTRACT_SALESFORCE = "extract_salesforce"
DERIVE_AND_PLAN = "derive_and_plan"
PUBLISH = "publish"


def build(partitions: Partitions) -> dict[str, UnresolvedAssetJobDefinition]:
    """The asset jobs by name."""
    derived = dg.AssetSelection.groups(core.GROUP, matching.GROUP, receivables.GROUP, "plan", "report")
    return {
        EXTRACT_XERO: dg.define_asset_job(
            EXTRACT_XERO,
            dg.AssetSelection.groups(extract.GROUP) & dg.AssetSelection.key_prefixes("raw_xero"),
            partitions_def=partitions.tenant_day,
            description="Mirror one Xero organisation: the open day polls, older days are a backfill.",
            tags={"xero_sf/stage": "extract"},
        ),
        EXTRACT_SALESFORCE: dg.define_asset_job(
            EXTRACT_SALESFORCE,
            dg.AssetSelection.groups(extract.GROUP) & dg.AssetSelection.key_prefixes("raw_salesforce"),
            partitions_def=partitions.day,
            description="Mirror the Salesforce org: the open day polls, older days are a backfill.",
            tags={"xero_sf/stage": "extract"},
        ),
        DERIVE_AND_PLAN: dg.define_asset_job(
            DERIVE_AND_PLAN,
            derived,
            partitions_def=partitions.day,
            description="Rebuild what moved, match, derive receivables as of the day, plan, check, publish.",
            tags={"xero_sf/stage": "plan"},
        ),
        PUBLISH: dg.define_asset_job(
            PUBLISH,
            dg.AssetSelection.groups("report"),
            description="Publish a snapshot for readers.",
            tags={"xero_sf/stage": "report"},
        ),
    }
