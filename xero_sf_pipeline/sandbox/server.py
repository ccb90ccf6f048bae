"""The web server of the sandbox: one loopback port for both APIs and the remote control.

There is no authentication worth the name behind it, so any address but 127.0.0.1 is refused.
"""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from xero_sf_pipeline.sandbox.compression import KeptCompressionMiddleware
from xero_sf_pipeline.sandbox.control import control_routes
from xero_sf_pipeline.sandbox.middleware import OpenConnections, SandboxMiddleware

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.sandbox import Sandbox

HOST = "127.0.0.1"
_GZIP_LEVEL = 2  # a 3 MB page in about 25 ms; the size hardly shrinks further with higher levels


def build_app(sandbox: Sandbox) -> ASGIApp:
    """Return the ASGI application of a sandbox. An API whose package is absent is left out."""
    routes: list[BaseRoute] = [*control_routes(sandbox)]
    if _has("xero_sf_pipeline.sandbox.xero.routes"):
        from xero_sf_pipeline.sandbox.xero.routes import xero_routes

        routes += xero_routes(sandbox)
    if _has("xero_sf_pipeline.sandbox.salesforce.routes"):
        from xero_sf_pipeline.sandbox.salesforce.routes import salesforce_routes

        routes += salesforce_routes(sandbox)
    large = KeptCompressionMiddleware(Starlette(routes=routes), _GZIP_LEVEL)
    app = GZipMiddleware(large, minimum_size=500, compresslevel=_GZIP_LEVEL)
    return SandboxMiddleware(app, sandbox)


def listening_socket(host: str, port: int) -> socket.socket:
    """Bind a listening socket on 127.0.0.1; port 0 takes a free one.

    Raises:
        ValueError: for any other host
        OSError: when the port is taken
    """
    if host != HOST:
        raise ValueError(f"the sandbox listens on {HOST} only, {host!r} is refused")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def build_server(sandbox: Sandbox) -> uvicorn.Server:
    """Return a server that is not started yet; run it with `run(sockets=[listening_socket(...)])`."""
    config = uvicorn.Config(
        build_app(sandbox),
        log_level="error",
        access_log=False,
        lifespan="off",
        http=_protocol(sandbox.connections),
        ws="none",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


def serve(sandbox: Sandbox, host: str = HOST, port: int = 8099) -> None:
    """Serve until interrupted. Raises as `listening_socket` does."""
    with listening_socket(host, port) as listener:
        build_server(sandbox).run(sockets=[listener])


def _has(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _protocol(connections: OpenConnections) -> type[asyncio.Protocol]:
    """Return uvicorn's HTTP protocol, taught to register its sockets so that faults can cut them."""
    base: Any
    if importlib.util.find_spec("httptools") is not None:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as base  # noqa: N813
    else:
        from uvicorn.protocols.http.h11_impl import H11Protocol as base  # noqa: N813

    class CuttableProtocol(base):  # type: ignore[misc]
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            connections.add(self.client, transport)

        def connection_lost(self, exc: Exception | None) -> None:
            connections.remove(self.client)
            super().connection_lost(exc)

    return CuttableProtocol
