"""dlt: accounts by Bulk 2.0 through simple-salesforce, its records into DuckDB by parquet.

Usage: dlt_salesforce.py <sandbox url> <empty folder>
The records go to dlt as lists of dictionaries, page by page; `append` to an empty database, no history.
"""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
import pyarrow  # noqa: F401 - imports are left out of every contestant's time
import simple_salesforce  # noqa: F401
from measure import measured
from rows_stored import stored
from source_access import POLL_SECONDS, SALESFORCE_SOQL, salesforce_client

COUNTS = {"rows": "select count(*) from raw_salesforce.accounts where not is_deleted::boolean"}


@dlt.resource(name="accounts", primary_key="Id", write_disposition="append")
def accounts(url: str) -> Iterator[list[dict[str, str]]]:
    """Yield pages of 50,000 records."""
    for page in salesforce_client(url).bulk2.Account.query_all(SALESFORCE_SOQL, wait=POLL_SECONDS):
        yield list(csv.DictReader(io.StringIO(page)))


def main(url: str, folder: str) -> None:
    file = Path(folder) / "peer.duckdb"

    def work() -> None:
        pipeline = dlt.pipeline(
            "accounts",
            destination=dlt.destinations.duckdb(str(file)),
            dataset_name="raw_salesforce",
            pipelines_dir=f"{folder}/dlt",
        )
        pipeline.run(accounts(url), loader_file_format="parquet").raise_on_failed_jobs()

    measured(work, lambda: stored(file, COUNTS))


if __name__ == "__main__":
    main(*sys.argv[1:])
