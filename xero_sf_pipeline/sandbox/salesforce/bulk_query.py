"""Bulk API 2.0 query jobs: creating them, and what the Bulk API does not let one query.

Belongs here: the bans (Bulk API 2.0 guide, "SOQL considerations") and result pages. Does not belong here: states
(`bulk_jobs`) or CSV (`bulk_results`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.sandbox.salesforce.bulk_jobs import DELIMITERS, LINE_ENDINGS, Job
from xero_sf_pipeline.sandbox.salesforce.bulk_results import decode_locator, encode_locator
from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused
from xero_sf_pipeline.sandbox.salesforce.schema import FieldType
from xero_sf_pipeline.sandbox.salesforce.soql.compiler import Compiled

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState

DEFAULT_PAGE = 50_000
PARALLEL_PAGES = 5


def create_query_job(state: SalesforceState, body: dict[str, Any], version: str) -> Job:
    """Start a query job. Its result is the org as it is now.

    Raises:
        RequestRefused: 400 for a bad query, an object or a construct that the Bulk API refuses, or a used-up limit
    """
    operation = body.get("operation")
    if operation not in ("query", "queryAll"):
        raise RequestRefused(400, "INVALIDJOB", f"Unsupported operation for a query job: {operation}")
    with state.storage.lock:
        compiled = state.queries.compile(str(body.get("query", "")), include_deleted=operation == "queryAll")
        _check(compiled)
        state.limits.count_query_job()
        job = state.jobs.new("V2Query", body, version, compiled.base.name)
        job.query = compiled.query.text
        rows = state.queries.rows(compiled)
        delimiter, line_ending = DELIMITERS[job.delimiter], LINE_ENDINGS[job.line_ending]
        today = state.today().day.isoformat()
        job.result = state.jobs.results.run(compiled, rows, delimiter, line_ending, today)
    return job


def _check(compiled: Compiled) -> None:
    query = compiled.query
    if not compiled.base.bulk:
        raise RequestRefused(400, "INVALIDENTITY", f"Entity '{compiled.base.name}' is not supported by the Bulk API.")
    if query.is_aggregate or query.is_plain_count:
        raise RequestRefused(400, "MALFORMED_QUERY", "Aggregate Relationship not supported in Bulk Query")
    if query.offset:
        raise RequestRefused(400, "MALFORMED_QUERY", "OFFSET clause not supported in Bulk Query")
    if any(column.field.type is FieldType.ADDRESS for column in compiled.columns):
        raise RequestRefused(400, "INVALID_FIELD", "Selecting compound data not supported in Bulk Query")


def result_page(
    state: SalesforceState, job: Job, version: str, locator: str | None, size: int
) -> tuple[bytes, int, str]:
    """Return one page's CSV, its number of rows and the next locator (the word `null` at the end)."""
    state.jobs.check_version(job, version)
    if job.state != "JobComplete" or job.result is None:
        raise RequestRefused(400, "INVALIDJOBSTATE", f"Job {job.id} is {job.state}: there are no results to read")
    start = decode_locator(locator) if locator else 0
    if start > job.result.count:
        raise RequestRefused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    with state.storage.lock:
        content, end = job.result.page(start, min(size, state.jobs.page_rows or size))
    if job.result.count == 0 and not state.jobs.empty_result_has_header:
        content = b""
    following = encode_locator(end) if end < job.result.count else "null"
    return content, end - start, following


def result_pages(state: SalesforceState, job: Job, version: str, locator: str | None) -> dict[str, Any]:
    """Return the addresses of up to five pages that can be read side by side."""
    state.jobs.check_version(job, version)
    if job.state != "JobComplete" or job.result is None:
        raise RequestRefused(400, "INVALIDJOBSTATE", f"Job {job.id} is {job.state}: there are no results to read")
    start = decode_locator(locator) if locator else 0
    starts = range(start, max(job.result.count, start + 1), DEFAULT_PAGE)
    base = f"/services/data/v{version}/jobs/query/{job.id}"
    pages = [{"resultUrl": f"{base}/results?locator={encode_locator(row)}"} for row in starts[:PARALLEL_PAGES]]
    body: dict[str, Any] = {"resultPages": pages, "done": len(starts) <= PARALLEL_PAGES}
    if not body["done"]:
        body["nextRecordsUrl"] = f"{base}/resultPages?locator={encode_locator(starts[PARALLEL_PAGES])}"
    return body
