"""Ours: one source entity through the real clients into the history table of an empty warehouse.

Usage: ours.py <sandbox url> <empty folder> xero|salesforce
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import duckdb  # noqa: F401 - imports are left out of every contestant's time
from measure import measured
from rows_stored import stored
from sandbox_settings import sandbox_settings

from xero_sf_pipeline.pipeline import open_pipeline

IMPORTS = {
    "xero": ("xero_python.accounting", "xero_sf_pipeline.clients.xero", "xero_sf_pipeline.extraction.xero_extract"),
    "salesforce": (
        "simple_salesforce", "xero_sf_pipeline.clients.salesforce", "xero_sf_pipeline.extraction.salesforce_extract",
    ),
}  # fmt: skip
"""What the one entity needs, as with the other contestants; the product imports the same, when it first needs it."""

COUNTS = {
    "xero": {
        "rows": "select count(*) from raw_xero.invoices_current",
        "lines": "select sum(len(line_items)) from raw_xero.invoices_current",
        "tracking": "select sum(list_sum([len(l.tracking) for l in line_items])) from raw_xero.invoices_current",
        "payments": "select sum(len(payments)) from raw_xero.invoices_current",
    },
    "salesforce": {"rows": "select count(*) from raw_salesforce.accounts_current where not is_deleted"},
}


def main(url: str, folder: str, system: str) -> None:
    settings = sandbox_settings(url, Path(folder))
    for name in IMPORTS[system]:
        importlib.import_module(name)

    def work() -> None:
        with open_pipeline(settings) as pipeline:
            if system == "xero":
                report = pipeline.extract_xero(pipeline.tenants()[0].tenant_id, "invoices")
            else:
                report = pipeline.extract_salesforce("accounts")
        assert report is not None
        assert report.ties, report

    measured(work, lambda: stored(settings.warehouse_file, COUNTS[system]))


if __name__ == "__main__":
    main(*sys.argv[1:])
