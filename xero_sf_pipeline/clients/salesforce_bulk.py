"""Bulk API 2.0 jobs through simple-salesforce's low-level client, which is the only one that can resume by job id.

Query: create, poll from 0.5 s with growing pauses, then download page after page until the locator is the literal
`null`; every page repeats the header row, and the rows together must be what the job says. Ingest: create, upload,
poll, read all three result files. Does not belong here: what the rows mean.

Source: Bulk API 2.0 developer guide, "Query jobs", "Ingest jobs", "Prepare CSV files".
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.clients.failures import Attempt, malformed, sentence
from xero_sf_pipeline.clients.salesforce_connection import SalesforceConnection
from xero_sf_pipeline.clients.salesforce_results import BulkJob, RowResult, ingest_rows
from xero_sf_pipeline.errors import ApiError, PermanentApiError, TransientApiError

if TYPE_CHECKING:
    from simple_salesforce.api import Salesforce

LARGEST_UPLOAD_BYTES = 100 * 1024 * 1024
"""150 MB in base64, which is how Salesforce counts a job's content."""
ROWS_PER_PAGE = 50_000
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
_PAUSE_GROWTH = 1.5
_CHUNK_BYTES = 1 << 20
_RESULT_FILES = (
    ("successful", "successfulResults"),
    ("failed", "failedResults"),
    ("unprocessed", "unprocessedRecords"),
)


class BulkJobs:
    """Query and ingest jobs of one org. `sleep` paces the polling."""

    def __init__(self, connection: SalesforceConnection, sleep: Callable[[float], None] = time.sleep) -> None:
        self._connection = connection
        self._sleep = sleep

    def create_query(self, soql: str, object_name: str, *, include_deleted: bool) -> str:
        """Create a query job. A repeat after a lost answer costs a job of the daily 10,000 and nothing else."""
        operation = "queryAll" if include_deleted else "query"
        return self._create(
            f"Creating a bulk {operation} job for {object_name}",
            lambda salesforce: _client(salesforce, object_name).create_job(operation, query=soql),
        )

    def create_ingest(self, object_name: str, operation: str, key_field: str | None) -> str:
        """Create an ingest job in the state Open: it does nothing until data is uploaded."""
        return self._create(
            f"Creating a bulk {operation} job for {object_name}",
            lambda salesforce: _client(salesforce, object_name).create_job(operation, external_id_field=key_field),
        )

    def _create(self, what: str, operation: Callable[[Salesforce], Any]) -> str:
        """Run a job's creation as a read, repeats included: a job without data or reader changes nothing."""
        return str(self._connection.run(what, lambda salesforce: operation(salesforce)["id"]))

    def upload(self, job_id: str, csv: bytes) -> None:
        """Upload the CSV (at most 100 MB) and close the job, which starts it."""
        if len(csv) > LARGEST_UPLOAD_BYTES:
            raise ValueError(f"a bulk job takes at most {LARGEST_UPLOAD_BYTES} bytes, got {len(csv)}")
        self._connection.answer(
            f"Uploading {len(csv)} bytes to bulk job {job_id}",
            "PUT",
            f"jobs/ingest/{job_id}/batches",
            body=csv,
            content_type="text/csv; charset=UTF-8",
            is_write=True,
        )
        self._connection.run(
            f"Starting bulk job {job_id}", lambda salesforce: _client(salesforce).close_job(job_id), is_write=True
        )

    def job(self, job_id: str, *, is_query: bool = False) -> BulkJob:
        """Return a job as it is now."""
        return self._connection.run(
            f"Looking at bulk job {job_id}",
            lambda salesforce: BulkJob.from_answer(_client(salesforce).get_job(job_id, is_query)),
        )

    def wait(self, job_id: str, *, is_query: bool, timeout_seconds: float) -> BulkJob:
        """Poll until the job is finished.

        Raises:
            TransientApiError: it is still running after `timeout_seconds` of pauses; the job goes on.
        """
        pause, waited = FIRST_PAUSE_SECONDS, 0.0
        while True:
            self._sleep(pause)
            waited += pause
            job = self.job(job_id, is_query=is_query)
            if job.is_finished:
                return job
            if waited >= timeout_seconds:
                raise TransientApiError(
                    f"Bulk job {job_id} is still {job.state} after {waited:.0f} s.",
                    system="salesforce",
                    code="job_running",
                    remedy="It goes on in Salesforce; its results can be fetched later by its id.",
                )
            pause = min(pause * _PAUSE_GROWTH, LONGEST_PAUSE_SECONDS)

    def download(self, job_id: str, directory: Path, *, timeout_seconds: float = 3600.0) -> list[Path]:
        """Wait for a query job and write each result page to `<directory>/<job id>-<number>.csv`, as it came.

        Raises:
            PermanentApiError: the job failed or was aborted.
            MalformedResponse: pages repeat, lack the header row, or hold fewer rows than the job counted.
        """
        what = f"Reading the results of bulk job {job_id}"
        job = self.wait(job_id, is_query=True, timeout_seconds=timeout_seconds)
        if job.state != "JobComplete":
            raise _job_failed(job)
        directory.mkdir(parents=True, exist_ok=True)
        files: list[Path] = []
        rows, locator, seen, header = 0, "", {""}, b""
        while True:
            path = directory / f"{job_id}-{len(files) + 1:05d}.csv"
            page = self._connection.run(what, partial(_download_page, job_id=job_id, locator=locator, path=path))
            files.append(path)
            first_line = _first_line(path)
            header = header or first_line
            if page["number_of_records"] and first_line.lower() != header.lower():  # names are not case-sensitive
                raise _not_whole(what, f"page {len(files)} does not start with the header row")
            rows += page["number_of_records"]
            locator = page["locator"]
            if not locator:
                break
            if locator in seen:
                raise _not_whole(what, "a page names a page that was read already as the next")
            seen.add(locator)
        if rows != job.processed:
            raise _not_whole(what, f"the pages hold {rows} rows, the job counted {job.processed}")
        return files

    def results(self, job_id: str) -> list[RowResult]:
        """Read all three result files of a finished ingest job."""
        job = self.job(job_id)
        if not job.is_finished:
            raise TransientApiError(f"Bulk job {job_id} is still {job.state}.", system="salesforce", code="job_running")
        rows: list[RowResult] = []
        for kind, file in _RESULT_FILES:
            text = self._connection.answer(
                f"Reading {file} of bulk job {job_id}", "GET", f"jobs/ingest/{job_id}/{file}/"
            ).decode("utf-8")
            rows += ingest_rows(text, job.key_field, kind)
        return rows


def _client(salesforce: Salesforce, object_name: str = "Account") -> Any:
    """Return the library's low-level client; the object matters only for creating ingest jobs."""
    return getattr(salesforce.bulk2, object_name)._client


def _download_page(salesforce: Salesforce, job_id: str, locator: str, path: Path) -> dict[str, Any]:
    """Stream one page to its file; a broken download leaves nothing behind, and the locator can be read again."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".partial-") as aside:
        page: dict[str, Any] = _client(salesforce).download_job_data(
            aside, job_id, locator, ROWS_PER_PAGE, chunk_size=_CHUNK_BYTES
        )
        os.replace(page["file"], path)
    return page


def _first_line(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.readline().rstrip(b"\r\n")


def _not_whole(what: str, how: str) -> ApiError:
    return malformed(Attempt("salesforce", what, is_write=False), how)


def _job_failed(job: BulkJob) -> PermanentApiError:
    return PermanentApiError(
        f"Bulk job {job.id} ended as {job.state}: {sentence(job.error_message)}.",
        system="salesforce",
        code=job.state,
        remedy="Run it again; if it fails again, read the query and the message.",
    )
