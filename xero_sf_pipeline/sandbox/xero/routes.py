"""The HTTP edge of the Xero side: identity, connections, and everything a call passes before it reaches the documents.

Order of the checks: unavailability, token (401), tenant (403), rate limits (429), scope (401), body size,
idempotency key.
Faults that belong to Xero, beside the generic ones:

- `rate_limit {"problem": minute|day|concurrent|appminute, "retry_after": seconds}`
- `unavailable {"text": 0|1|2}`: 503 with one of Xero's three texts
- `expired_token`: 401 although the token is good
- `server_error {"status": 500, "body": text, "commit": false}`: remembered by an idempotency key as real ones are
- `malformed_rows {...}`: see `faulty_rows`
- `not_json {"body": text}`: a 200 whose body is no JSON
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.xero.answers import TEXT, Answer, ApiError, gateway_problem
from xero_sf_pipeline.sandbox.xero.documents_api import Call, answer_call, kind_of
from xero_sf_pipeline.sandbox.xero.faulty_rows import spoil
from xero_sf_pipeline.sandbox.xero.idempotency import fingerprint
from xero_sf_pipeline.sandbox.xero.json_text import encode
from xero_sf_pipeline.sandbox.xero.kinds import ENVELOPE, Kind
from xero_sf_pipeline.sandbox.xero.limits import refusal_headers
from xero_sf_pipeline.sandbox.xero.tokens import Grant, IdentityError, expired
from xero_sf_pipeline.sandbox.xero.xml_text import as_xml

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.sandbox import Sandbox
    from xero_sf_pipeline.sandbox.xero.state import XeroState

UNAVAILABLE = (
    "The Xero API is currently offline for maintenance",
    "The Xero API is temporarily unavailable",
    "The Organisation is offline",
)
_API = "/api.xro/2.0/"
_NO_STORE = {"Cache-Control": "no-store"}


def xero_routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes of the Xero side of a sandbox."""
    edge = _Edge(sandbox)
    every = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    routes = [
        Route("/connect/token", edge.token, methods=["POST"]),
        Route("/connect/revocation", edge.revocation, methods=["POST"]),
        Route(_API + "{path:path}", edge.accounting, methods=every),
    ]
    for name in ("/connections", "/Connections"):
        routes.append(Route(name, edge.connections, methods=["GET"]))
        routes.append(Route(name + "/{id}", edge.disconnect, methods=["DELETE"]))
    return routes


class _Edge:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    @property
    def _state(self) -> XeroState:
        return self._sandbox.xero

    async def token(self, request: Request) -> Response:
        form = _form(await request.body())
        try:
            return JSONResponse(self._state.tokens.token(form, request.headers.get("authorization")), headers=_NO_STORE)
        except IdentityError as error:
            return JSONResponse(error.body, status_code=400, headers=_NO_STORE)

    async def revocation(self, request: Request) -> Response:
        form = _form(await request.body())
        try:
            self._state.tokens.revoke(form, request.headers.get("authorization"))
        except IdentityError as error:
            return JSONResponse(error.body, status_code=400)
        return Response(status_code=200)

    async def connections(self, request: Request) -> Response:
        try:
            grant = self._grant(request)
        except ApiError as error:
            return _response(error.answer, {})
        shown = self._state.visible_connections(grant.app)
        event = request.query_params.get("authEventId")
        if event:
            shown = [connection for connection in shown if connection.get("authEventId") == event]
        return Response(encode(shown), media_type="application/json")

    async def disconnect(self, request: Request) -> Response:
        try:
            grant = self._grant(request)
        except ApiError as error:
            return _response(error.answer, {})
        for connection in self._state.visible_connections(grant.app):
            if connection["id"] == request.path_params["id"]:
                self._state.disconnect(connection["tenantId"])
                return Response(status_code=204)
        return _response(Answer(b"", 404, TEXT), {})

    async def accounting(self, request: Request) -> Response:
        """Play one call of the accounting API from the door to the answer."""
        headers: dict[str, str] = {}
        entered: tuple[str, str] | None = None
        try:
            grant, tenant = self._identify(request, headers)
            entered = self._enter(request, grant, tenant, headers)
            body = await request.body()
            answer = await run_in_threadpool(self._answer, request, grant, tenant, body)
        except ApiError as error:
            answer = error.answer
        finally:
            if entered is not None:
                self._state.limits.leave(*entered)
        if "json" not in request.headers.get("accept", ""):
            answer = as_xml(answer)
        return _response(answer, headers)

    def _identify(self, request: Request, headers: dict[str, str]) -> tuple[Grant, str]:
        now = self._state.clock.now()
        wanted = request.headers.get("xero-tenant-id", "")
        headers.update(self._state.limits.peek("", wanted, now))
        fault = self._take(request, "unavailable")
        if fault is not None:
            text = UNAVAILABLE[int(fault.argument.get("text", 1))]
            raise ApiError(Answer(text.encode(), 503, "text/plain"))
        grant = self._grant(request)
        headers.update(self._state.limits.peek(grant.app.client_id, wanted, now))
        if self._take(request, "expired_token") is not None:
            raise expired(now)
        known = [connection["tenantId"] for connection in self._state.visible_connections(grant.app)]
        if not wanted and len(known) == 1:
            return grant, str(known[0])  # a custom connection needs no tenant header
        if wanted not in known:
            raise gateway_problem(403, "Forbidden", "AuthorizationUnsuccessful")
        return grant, wanted

    def _enter(self, request: Request, grant: Grant, tenant: str, headers: dict[str, str]) -> tuple[str, str]:
        fault = self._take(request, "rate_limit")
        app = grant.app.client_id
        if fault is not None:
            problem = str(fault.argument.get("problem", "minute"))
            headers.update(refusal_headers(problem, int(fault.argument.get("retry_after", 1))))
            raise ApiError(Answer(b"", 429, "text/plain"))
        verdict = self._state.limits.enter(app, tenant, self._state.clock.now())
        headers.update(verdict.headers)
        if verdict.problem == "appminute" and not self._state.behaviour.app_minute_has_retry_after:
            headers.pop("Retry-After", None)
        if verdict.problem is not None:
            raise ApiError(Answer(b"", 429, "text/plain"))
        return app, tenant

    def _answer(self, request: Request, grant: Grant, tenant: str, body: bytes) -> Answer:
        """Run in a worker thread, after the call was counted in."""
        path = request.path_params["path"]
        kind = kind_of(path)
        is_writing = request.method != "GET"
        if not grant.allows(kind.scopes, is_writing):
            insufficient = {"WWW-Authenticate": "insufficent_scope"}  # the API's own spelling
            raise gateway_problem(401, "Unauthorized", "AuthorizationUnsuccessful", insufficient)
        if is_writing and len(body) > self._state.behaviour.body_bytes:
            detail = "The request is larger than the maximum of 3.5 MB"
            raise ApiError(Answer(encode({"Type": None, "Title": "BadRequest", "Status": 400, "Detail": detail}), 400))
        call = Call(
            tenant=tenant,
            provider=grant.app.name,
            method=request.method,
            path=path,
            query=request.query_params,
            raw_query=request.url.query,
            modified_since=request.headers.get("if-modified-since"),
            body=body,
        )
        key = request.headers.get("idempotency-key")
        if key and is_writing:
            return self._answer_once(request, grant, kind, call, key)
        return self._run(request, kind, call)

    def _answer_once(self, request: Request, grant: Grant, kind: Kind, call: Call, key: str) -> Answer:
        print_ = fingerprint(call.method, str(request.url), call.body)
        with self._state.store.lock:
            now = self._state.clock.now()
            known = self._state.keys.recall(grant.app.client_id, key, print_, now)
            if known is not None:
                return known
            try:
                answer = self._run(request, kind, call)
            except ApiError as error:
                answer = error.answer
            self._state.keys.remember(grant.app.client_id, key, print_, now, answer)
            return answer

    def _run(self, request: Request, kind: Kind, call: Call) -> Answer:
        broken = self._take(request, "server_error")
        if broken is not None:
            if broken.argument.get("commit"):
                answer_call(self._state, call)
            body = str(broken.argument.get("body", "An error occurred"))
            return Answer(body.encode(), int(broken.argument.get("status", 500)), TEXT)
        garbled = self._take(request, "not_json")
        if garbled is not None:
            text = str(garbled.argument.get("body", "<html><body>Please wait</body></html>"))
            return Answer(text.encode(), 200)
        answer = answer_call(self._state, call)
        spoiled = self._take(request, "malformed_rows")
        if spoiled is not None and answer.status == 200:
            return Answer(spoil(answer.body, ENVELOPE[kind.name], spoiled.argument))
        return answer

    def _grant(self, request: Request) -> Grant:
        return self._state.tokens.check(request.headers.get("authorization"))

    def _take(self, request: Request, effect: str) -> Fault | None:
        return self._sandbox.faults.take("xero", request.method, request.url.path, effect)


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _response(answer: Answer, headers: dict[str, str]) -> Response:
    return Response(
        answer.body,
        status_code=answer.status,
        headers={**headers, **answer.headers},
        media_type=answer.content_type,
    )
