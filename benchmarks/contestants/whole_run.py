"""One whole run on a tiny company: every asset and check through Dagster, or the same calls without it.

Usage: whole_run.py <sandbox url> <empty folder> dagster|direct
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

import dagster  # noqa: F401 - imports are left out of every contestant's time
from measure import measured
from rows_stored import stored
from sandbox_settings import sandbox_settings

import xero_sf_pipeline.defs  # noqa: F401
from xero_sf_pipeline.cli.runs import Runs
from xero_sf_pipeline.extraction.salesforce_objects import SALESFORCE_SOURCES
from xero_sf_pipeline.extraction.xero_entities import XERO_SOURCES
from xero_sf_pipeline.pipeline import open_pipeline
from xero_sf_pipeline.settings import Settings

COUNTS = {"rows": "select count(*) from raw_xero.invoices_current", "writes": "select count(*) from plan.writes"}


def main(url: str, folder: str, way: str) -> None:
    settings = sandbox_settings(url, Path(folder))

    def work() -> None:
        if way == "dagster":
            Runs(settings, shows_progress=False).sync()
        else:
            direct(settings)

    measured(work, lambda: stored(settings.warehouse_file, COUNTS))


def direct(settings: Settings) -> None:
    """Do what the graph's jobs do, in their order."""
    checks = sorted(
        entry.name.removesuffix(".sql")
        for entry in files("xero_sf_pipeline").joinpath("sql", "checks").iterdir()
        if entry.name.endswith(".sql")
    )
    with open_pipeline(settings) as pipeline:
        for tenant in pipeline.tenants():
            for source in XERO_SOURCES:
                pipeline.extract_xero(tenant.tenant_id, source.name)
        for target in SALESFORCE_SOURCES:
            pipeline.extract_salesforce(target.name)
        pipeline.build_core()
        pipeline.match()
        pipeline.derive_receivables()
        pipeline.plan()
        pipeline.offenders(checks)
        pipeline.publish()


if __name__ == "__main__":
    main(*sys.argv[1:])
