"""REST resources of the Bulk API 2.0.

Faults played here: `bulk_in_progress {"polls": n}` (the job looks unfinished for n more status requests) and
`bulk_fail {"message", "after_rows"}`.
"""

from __future__ import annotations

from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.salesforce.bulk_ingest import create_ingest_job, process, results_csv, upload
from xero_sf_pipeline.sandbox.salesforce.bulk_jobs import TERMINAL, Job
from xero_sf_pipeline.sandbox.salesforce.bulk_query import DEFAULT_PAGE, create_query_job, result_page, result_pages
from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused
from xero_sf_pipeline.sandbox.salesforce.http import ApiRequest, ApiResponse, Dispatcher
from xero_sf_pipeline.sandbox.salesforce.write_faults import sabotage_of

_KINDS = {"query": "V2Query", "ingest": "V2Ingest"}
_CSV = "text/csv;charset=UTF-8"


def register(routes: Dispatcher) -> None:
    """Add these resources to the dispatcher."""
    routes.add(r"/jobs/(?P<kind>query|ingest)", get=_list, post=_create)
    routes.add(r"/jobs/(?P<kind>query|ingest)/(?P<identity>\w+)", get=_status, patch=_change, delete=_delete)
    routes.add(r"/jobs/query/(?P<identity>\w+)/results", get=_results)
    routes.add(r"/jobs/query/(?P<identity>\w+)/resultPages", get=_result_pages)
    routes.add(r"/jobs/ingest/(?P<identity>\w+)/batches", put=_upload)
    routes.add(
        r"/jobs/ingest/(?P<identity>\w+)/(?P<name>successfulResults|failedResults|unprocessedrecords)", get=_row_results
    )


def _take(request: ApiRequest, effect: str) -> Fault | None:
    return request.sandbox.faults.take("salesforce", request.method, request.full_path, effect)


def _create(request: ApiRequest, kind: str) -> ApiResponse:
    state = request.sandbox.salesforce
    if kind.lower() == "query":
        job = create_query_job(state, request.json_object(), request.version)
        failure = _take(request, "bulk_fail")
        if failure is not None:
            job.ending = "Failed"
            job.error = str(failure.argument.get("message", "InternalServerError : Unable to process the query"))
    else:
        job = create_ingest_job(state, request.json_object(), request.version)
    longer = _take(request, "bulk_in_progress")
    if longer is not None:
        job.polls_left += int(longer.argument.get("polls", 1))
    return ApiResponse(200, job.as_json(detailed=False))


def _list(request: ApiRequest, kind: str) -> ApiResponse:
    jobs = request.sandbox.salesforce.jobs.list(_KINDS[kind.lower()])
    records = [job.as_json(detailed=False) for job in jobs]
    return ApiResponse(200, {"done": True, "records": records, "nextRecordsUrl": None})


def _job(request: ApiRequest, kind: str, identity: str) -> Job:
    return request.sandbox.salesforce.jobs.get(identity, _KINDS[kind.lower()])


def _status(request: ApiRequest, kind: str, identity: str) -> ApiResponse:
    job = _job(request, kind, identity)
    request.sandbox.salesforce.jobs.poll(job)
    return ApiResponse(200, job.as_json(detailed=True))


def _change(request: ApiRequest, kind: str, identity: str) -> ApiResponse:
    state = request.sandbox.salesforce
    job = _job(request, kind, identity)
    wanted = request.json_object().get("state")
    if wanted == "Aborted":
        state.jobs.abort(job)
    elif wanted == "UploadComplete" and not job.is_query:
        sabotage = sabotage_of(request.sandbox.faults, request.method, request.full_path)
        process(state, job, sabotage, _take(request, "bulk_fail"))
    else:
        raise RequestRefused(400, "INVALIDJOBSTATE", f"Changing the state to {wanted} is not allowed")
    return ApiResponse(200, job.as_json(detailed=False))


def _delete(request: ApiRequest, kind: str, identity: str) -> ApiResponse:
    request.sandbox.salesforce.jobs.delete(_job(request, kind, identity))
    return ApiResponse(204)


def _results(request: ApiRequest, identity: str) -> ApiResponse:
    job = _job(request, "query", identity)
    size = request.query.get("maxRecords", str(DEFAULT_PAGE))
    if not size.isdigit() or int(size) < 1:
        raise RequestRefused(400, "INVALID_INPUT", "maxRecords must be a positive whole number")
    content, count, locator = result_page(
        request.sandbox.salesforce, job, request.version, request.query.get("locator"), int(size)
    )
    headers = {"Sforce-NumberOfRecords": str(count), "Sforce-Locator": locator}
    return ApiResponse(200, content, headers, _CSV)


def _result_pages(request: ApiRequest, identity: str) -> ApiResponse:
    job = _job(request, "query", identity)
    state = request.sandbox.salesforce
    return ApiResponse(200, result_pages(state, job, request.version, request.query.get("locator")))


def _upload(request: ApiRequest, identity: str) -> ApiResponse:
    if not (request.header("Content-Type") or "").lower().startswith("text/csv"):
        raise RequestRefused(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be text/csv")
    upload(_job(request, "ingest", identity), request.body)
    return ApiResponse(201)


def _row_results(request: ApiRequest, identity: str, name: str) -> ApiResponse:
    job = _job(request, "ingest", identity)
    request.sandbox.salesforce.jobs.check_version(job, request.version)
    if job.state not in TERMINAL:
        raise RequestRefused(400, "INVALIDJOBSTATE", f"Job {job.id} is {job.state}: there are no results to read")
    canonical = next(one for one in _NAMES if one.lower() == name.lower())
    return ApiResponse(200, results_csv(job, canonical), {}, _CSV)


_NAMES = ("successfulResults", "failedResults", "unprocessedrecords")
