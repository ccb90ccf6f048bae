"""The sandbox's remote control under `/__sandbox__/`: clock, faults, request log, truth, mutation hooks, health.

Meant for tests, the demo and benchmarks that run the sandbox in another process. It is no part of either API.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from xero_sf_pipeline.sandbox.faults import Fault

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.sandbox import Sandbox

_ENCODER = msgspec.json.Encoder(decimal_format="number", enc_hook=str)
_Action = Callable[[dict[str, Any]], Any]


def control_routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes of the remote control. A refused body answers 400 with the reason."""
    control = _Control(sandbox)
    table: list[tuple[str, str, _Action]] = [
        ("GET", "/health", lambda _: {"status": "ok"}),
        ("GET", "/clock", lambda _: control.clock()),
        ("POST", "/clock", control.set_clock),
        ("GET", "/faults", lambda _: sandbox.faults.as_list()),
        ("POST", "/faults", control.arm),
        ("DELETE", "/faults", lambda _: sandbox.faults.clear()),
        ("GET", "/requests", lambda _: control.requests()),
        ("DELETE", "/requests", lambda _: sandbox.log.clear()),
        ("GET", "/truth", lambda _: sandbox.truth),
        ("POST", "/xero/mutate", lambda body: sandbox.mutate("xero", body)),
        ("POST", "/salesforce/mutate", lambda body: sandbox.mutate("salesforce", body)),
        ("POST", "/xero/limits", lambda body: sandbox.xero.set_limits(body)),
    ]
    return [
        Route("/__sandbox__" + path, _endpoint(action), methods=[method], name=f"control {method} {path}")
        for method, path, action in table
    ]


def _endpoint(action: _Action) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            body = json.loads(await request.body() or b"{}")
            result = await run_in_threadpool(action, body)
        except (KeyError, TypeError, ValueError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)
        return Response(_ENCODER.encode(result), media_type="application/json")

    return endpoint


class _Control:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def clock(self) -> dict[str, Any]:
        return {"now": self._sandbox.clock.now().isoformat(), "frozen": self._sandbox.clock.is_frozen}

    def set_clock(self, body: dict[str, Any]) -> dict[str, Any]:
        unknown = set(body) - {"now", "advance_seconds", "frozen"}
        if unknown or not body:
            raise ValueError(f"expected now, advance_seconds or frozen, got {sorted(body)}")
        clock = self._sandbox.clock
        if "now" in body:
            clock.set(datetime.fromisoformat(body["now"]))
        if "advance_seconds" in body:
            clock.advance(timedelta(seconds=float(body["advance_seconds"])))
        if "frozen" in body:
            clock.freeze(bool(body["frozen"]))
        return self.clock()

    def arm(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        self._sandbox.faults.arm(Fault(**body))
        return self._sandbox.faults.as_list()

    def requests(self) -> dict[str, Any]:
        entries = self._sandbox.log.as_list()
        counts = [
            {"system": system, "method": method, "path": path, "calls": calls}
            for (system, method, path), calls in sorted(self._sandbox.log.counts().items())
        ]
        return {
            "calls": len(entries),
            "bytes_in": sum(entry.bytes_in for entry in entries),
            "bytes_out": sum(entry.bytes_out for entry in entries),
            "counts": counts,
            "entries": entries,
        }
