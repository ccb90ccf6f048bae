"""REST resources for queries, limits and the lists of resources."""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

import re

from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused
from xero_sf_pipeline.sandbox.salesforce.http import ApiRequest, ApiResponse, Dispatcher
from xero_sf_pipeline.sandbox.salesforce.storage import quoted

RESOURCES = ("sobjects", "query", "queryAll", "limits", "composite", "jobs", "recent", "search", "tooling")


def register(routes: Dispatcher) -> None:
    """Add these resources to the dispatcher."""
    routes.add(r"", get=_resources)
    routes.add(r"/query", get=_query)
    routes.add(r"/queryAll", get=_query_all)
    routes.add(r"/query(All)?/(?P<locator>[\w-]+)", get=_next_page)
    routes.add(r"/limits", get=_limits)
    routes.add(r"/limits/recordCount", get=_record_count)


def _resources(request: ApiRequest) -> ApiResponse:
    return ApiResponse(200, {name: f"/services/data/v{request.version}/{name}" for name in RESOURCES})


def _query(request: ApiRequest) -> ApiResponse:
    return _run(request, include_deleted=False)


def _query_all(request: ApiRequest) -> ApiResponse:
    return _run(request, include_deleted=True)


def _run(request: ApiRequest, *, include_deleted: bool) -> ApiResponse:
    if "q" not in request.query:
        raise RequestRefused(400, "MALFORMED_QUERY", "A query string has to be specified")
    option = re.search(r"batchSize\s*=\s*(\d+)", request.header("Sforce-Query-Options") or "", re.IGNORECASE)
    state = request.sandbox.salesforce
    with state.storage.lock:
        page = state.queries.first_page(
            request.query["q"],
            request.version,
            include_deleted=include_deleted,
            batch=int(option[1]) if option else None,
        )
    return ApiResponse(200, page)


def _next_page(request: ApiRequest, locator: str) -> ApiResponse:
    state = request.sandbox.salesforce
    with state.storage.lock:
        return ApiResponse(200, state.queries.next_page(locator, request.version))


def _limits(request: ApiRequest) -> ApiResponse:
    return ApiResponse(200, request.sandbox.salesforce.limits.as_json())


def _record_count(request: ApiRequest) -> ApiResponse:
    state = request.sandbox.salesforce
    wanted = [name.strip().lower() for name in request.query.get("sObjects", "").split(",") if name.strip()]
    counts = []
    for one in state.schema:
        if state.permissions.object(one.name) is None or (wanted and one.name.lower() not in wanted):
            continue
        count = state.storage.read(f'select count(*) from {quoted(one.name)} where "IsDeleted" = 0')[0][0]
        if count:
            counts.append({"count": count, "name": one.name})
    return ApiResponse(200, {"sObjects": counts})
