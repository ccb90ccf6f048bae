"""dlt: every page of invoices as a list of records, parquet into DuckDB, child tables for lines, tracking, payments.

Usage: dlt_xero.py <sandbox url> <empty folder>
No history, no hash, no totals: `append` to an empty database is the least that dlt can be asked for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
import pyarrow  # noqa: F401 - imports are left out of every contestant's time
from dlt.common import json
from measure import measured
from rows_stored import stored
from source_access import invoice_pages

COUNTS = {
    "rows": "select count(*) from raw_xero.invoices",
    "lines": "select count(*) from raw_xero.invoices__line_items",
    "tracking": "select count(*) from raw_xero.invoices__line_items__tracking",
    "payments": "select count(*) from raw_xero.invoices__payments",
}


@dlt.resource(name="invoices", primary_key="InvoiceID", write_disposition="append")
def invoices(url: str) -> Iterator[list[dict[str, Any]]]:
    """Yield pages: lists are what dlt takes fastest."""
    for page in invoice_pages(url):
        yield json.loadb(page.content)["Invoices"]


def main(url: str, folder: str) -> None:
    file = Path(folder) / "peer.duckdb"

    def work() -> None:
        pipeline = dlt.pipeline(
            "invoices",
            destination=dlt.destinations.duckdb(str(file)),
            dataset_name="raw_xero",
            pipelines_dir=f"{folder}/dlt",
        )
        pipeline.run(invoices(url), loader_file_format="parquet").raise_on_failed_jobs()

    measured(work, lambda: stored(file, COUNTS))


if __name__ == "__main__":
    main(*sys.argv[1:])
