"""The Salesforce side as web routes: authentication, versions, limits, then the dispatcher.

Faults played here, besides the generic ones and those of writes and bulk jobs:
- `expired_token`: the request's token dies and the request gets 401 INVALID_SESSION_ID
- `request_limit {"kind": "TotalRequests"}` (or `ConcurrentRequests`): 403 REQUEST_LIMIT_EXCEEDED
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xero_sf_pipeline.sandbox.salesforce import api_bulk, api_collections, api_composite, api_queries, api_records
from xero_sf_pipeline.sandbox.salesforce.control_routes import salesforce_control_routes
from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused, not_found
from xero_sf_pipeline.sandbox.salesforce.http import VERSIONED, ApiRequest, ApiResponse, Dispatcher
from xero_sf_pipeline.sandbox.salesforce.oauth import token
from xero_sf_pipeline.sandbox.salesforce.soap import MetadataApi

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.sandbox import Sandbox

MIN_VERSION = 31
MAX_VERSION = 67
MAX_URI_BYTES = 16_384
"""For the URI alone (414), and for URI and headers together (431)."""
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_RELEASES = {67: "Summer '26", 66: "Spring '26", 65: "Winter '26", 64: "Summer '25"}


def salesforce_routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes of the Salesforce API and of its part of the remote control."""
    api = _Api(sandbox)

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        answer = await run_in_threadpool(api.answer, request, body)
        pretty = request.headers.get("x-prettyprint") == "1"
        content = await run_in_threadpool(answer.content, pretty=pretty)
        return Response(content, answer.status, {**answer.headers, "Content-Type": answer.content_type})

    return [
        Route("/services/{path:path}", endpoint, methods=_METHODS, name="salesforce"),
        *salesforce_control_routes(sandbox, api.metadata),
    ]


class _Api:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.metadata = MetadataApi(sandbox.salesforce)
        self._routes = Dispatcher()
        for module in (api_queries, api_bulk, api_composite, api_collections, api_records):
            module.register(self._routes)

    def answer(self, request: Request, body: bytes) -> ApiResponse:
        path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii")
        try:
            uri_bytes = len(path) + len(request.url.query) + 1
            if uri_bytes > MAX_URI_BYTES:
                return ApiResponse(414, b"<h1>URI Too Long</h1>", {}, "text/html")
            if uri_bytes + sum(len(name) + len(value) + 4 for name, value in request.headers.raw) > MAX_URI_BYTES:
                return ApiResponse(431, b"<h1>Request Header Fields Too Large</h1>", {}, "text/html")
            if path.rstrip("/") == "/services/oauth2/token":
                return self._token(request, body)
            if path.startswith("/services/Soap/m/"):
                return self._soap(path, body)
            if path.rstrip("/") == "/services/data":
                return ApiResponse(200, _versions())
            return self._data(request, path, body)
        except RequestRefused as refused:
            return ApiResponse(refused.status, refused.body(), self._usage())

    def _token(self, request: Request, body: bytes) -> ApiResponse:
        form = dict(parse_qsl(body.decode("utf-8", "replace"))) | dict(request.query_params)
        if request.method != "POST":
            return ApiResponse(400, {"error": "invalid_request", "error_description": "must use HTTP POST"})
        base = f"http://{request.headers.get('host', request.url.netloc)}"
        return token(self._sandbox.salesforce, form, request.headers.get("authorization"), base)

    def _soap(self, path: str, body: bytes) -> ApiResponse:
        _check_version(path.split("/")[4])
        self._sandbox.salesforce.limits.count_request()
        return self.metadata.answer(body)

    def _data(self, request: Request, path: str, body: bytes) -> ApiResponse:
        match = VERSIONED.match(path)
        if match is None:
            raise not_found()
        _check_version(match["version"])
        self._authenticate(request)
        self._check_limits(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        _check_content_type(match["rest"] or "", headers.get("content-type", ""), body)
        call = ApiRequest(
            method=request.method,
            path=match["rest"] or "",
            version=match["version"],
            query=dict(request.query_params),
            headers=headers,
            body=body,
            sandbox=self._sandbox,
            full_path=request.url.path,
        )
        answer = self._routes.dispatch(call)
        return ApiResponse(answer.status, answer.body, {**answer.headers, **self._usage()}, answer.content_type)

    def _authenticate(self, request: Request) -> None:
        kind, _, presented = (request.headers.get("authorization") or "").partition(" ")
        sessions = self._sandbox.salesforce.sessions
        if self._sandbox.faults.take("salesforce", request.method, request.url.path, "expired_token") is not None:
            sessions.revoke(presented)
        if kind.lower() not in ("bearer", "oauth") or not sessions.use(presented):
            raise RequestRefused(401, "INVALID_SESSION_ID", "Session expired or invalid")

    def _check_limits(self, request: Request) -> None:
        fault = self._sandbox.faults.take("salesforce", request.method, request.url.path, "request_limit")
        if fault is not None:
            kind = fault.argument.get("kind", "TotalRequests")
            raise RequestRefused(403, "REQUEST_LIMIT_EXCEEDED", f"{kind} Limit exceeded.")
        self._sandbox.salesforce.limits.count_request()

    def _usage(self) -> dict[str, str]:
        return {"Sforce-Limit-Info": self._sandbox.salesforce.limits.usage_header()}


def _check_content_type(path: str, content_type: str, body: bytes) -> None:
    """Refuse a body that does not say it is JSON; uploads of bulk jobs check theirs themselves."""
    if not body or path.rstrip("/").endswith("/batches"):
        return
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise RequestRefused(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            f"The request entity is in a format not supported by the requested page: {content_type or 'none'}",
        )


def _check_version(text: str) -> None:
    try:
        number = float(text)
    except ValueError:
        raise not_found() from None
    if number < MIN_VERSION:
        raise RequestRefused(
            410, "UNSUPPORTED_API_VERSION", f"API version {text} is retired, use {MIN_VERSION}.0 or later"
        )
    if number > MAX_VERSION or number != int(number):
        raise not_found()


def _versions() -> list[dict[str, str]]:
    return [
        {
            "label": _RELEASES.get(number, f"Release {number}"),
            "url": f"/services/data/v{number}.0",
            "version": f"{number}.0",
        }
        for number in range(MIN_VERSION, MAX_VERSION + 1)
    ]
