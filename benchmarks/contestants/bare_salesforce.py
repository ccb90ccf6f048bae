"""The bare path: simple-salesforce writes the bulk result to files, DuckDB's `read_csv` makes a table of them.

Usage: bare_salesforce.py <sandbox url> <empty folder> [no_load]
No history, no payload, no hash, no totals. With `no_load` the files are not even read.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import simple_salesforce  # noqa: F401 - imports are left out of every contestant's time
from measure import measured
from rows_stored import stored
from source_access import POLL_SECONDS, SALESFORCE_SOQL, salesforce_client


def main(url: str, folder: str, mode: str = "load") -> None:
    file = Path(folder) / "peer.duckdb"

    def work() -> None:
        salesforce = salesforce_client(url)
        jobs = salesforce.bulk2.Account._client
        job_id = jobs.create_job("queryAll", query=SALESFORCE_SOQL)["id"]
        jobs.wait_for_job(job_id, is_query=True, wait=POLL_SECONDS)
        files, locator = [], ""
        while True:
            page = jobs.download_job_data(folder, job_id, locator, 50_000, chunk_size=1 << 20)
            files.append(page["file"])
            locator = page["locator"]
            if not locator:
                break
        if mode == "load":
            with duckdb.connect(str(file)) as connection:
                connection.execute("create table accounts as from read_csv($files, header = true)", {"files": files})

    counts = {"rows": "select count(*) from accounts where not IsDeleted"}
    measured(work, lambda: stored(file, counts) if mode == "load" else {})


if __name__ == "__main__":
    main(*sys.argv[1:])
