"""What happens around every request of both APIs: the request log and the generic faults.

Effects and their arguments:

- `slow {"seconds": n}`: the answer is late; the wait happens inside the application, so concurrency limits see it
- `status {"status": n, "body": text, "content_type": text, "headers": {...}}`: this answer instead of the real one,
  nothing is executed
- `drop_before`: the connection is cut and nothing is executed
- `drop_after`: the request is executed and committed, then the connection is cut without an answer
- `drop_midway`: the connection is cut in the middle of the answer's body
- `mutate {...}`: after the answer is built, the argument is given to the API's mutation hooks (rows that change
  between pages)
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.request_log import Entry

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.sandbox import Sandbox

_SYSTEM_PREFIXES = (
    ("/api.xro", "xero"),
    ("/connect", "xero"),
    ("/Connections", "xero"),
    ("/services", "salesforce"),
    ("/__sandbox__", "control"),
)


def system_of(path: str) -> str:
    """Name the API that a path belongs to: xero, salesforce, control or none."""
    for prefix, system in _SYSTEM_PREFIXES:
        if path.startswith(prefix):
            return system
    return "none"


class ConnectionDroppedError(Exception):
    """Raised instead of an answer when a fault cuts a connection that has no socket (in-process test clients)."""


class OpenConnections:
    """The server's sockets by client address, so that a fault can cut one of them."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def add(self, client: tuple[str, int] | None, transport: asyncio.Transport) -> None:
        """Remember a new connection."""
        if client is not None:
            self._transports[client] = transport

    def remove(self, client: tuple[str, int] | None) -> None:
        """Forget a closed connection."""
        if client is not None:
            self._transports.pop(client, None)

    async def cut(self, client: tuple[str, int] | None) -> None:
        """Abort the connection of a client and wait until the server has noticed it."""
        key = (client[0], client[1]) if client is not None else None
        if key is None or key not in self._transports:
            raise ConnectionDroppedError("a fault cut this connection")
        self._transports[key].abort()
        for _ in range(50):
            if key not in self._transports:
                return
            await asyncio.sleep(0)


class SandboxMiddleware:
    """Wraps the whole application; see the module docstring."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        try:
            await self._play(exchange)
        finally:
            if exchange.system != "control":
                self._sandbox.log.append(
                    Entry(
                        at=self._sandbox.clock.now(),
                        system=exchange.system,
                        method=scope["method"],
                        path=scope["path"],
                        query=scope["query_string"].decode("ascii", "replace"),
                        status=exchange.status,
                        bytes_in=exchange.bytes_in,
                        bytes_out=exchange.bytes_out,
                    )
                )

    async def _play(self, exchange: _Exchange) -> None:
        connections, client = self._sandbox.connections, exchange.scope.get("client")
        if self._take(exchange, "drop_before") is not None:
            await connections.cut(client)
            return
        answer = self._take(exchange, "status")
        if answer is not None:
            await _fixed_answer(answer)(exchange.scope, exchange.receive, exchange.send)
            return
        slow = self._take(exchange, "slow")
        exchange.delay_seconds = float(slow.argument.get("seconds", 1.0)) if slow is not None else 0.0
        drop_after = self._take(exchange, "drop_after")
        drop_midway = self._take(exchange, "drop_midway")
        exchange.hold = drop_after is not None or drop_midway is not None
        mutation = self._take(exchange, "mutate")
        exchange.before_first_byte = None if mutation is None else lambda: self._mutate(exchange.system, mutation)
        await self._app(exchange.scope, exchange.receive, exchange.send)
        if drop_midway is not None:
            await exchange.send_half()
        if exchange.hold:
            await connections.cut(client)

    def _mutate(self, system: str, fault: Fault) -> None:
        self._sandbox.mutate(system, dict(fault.argument))

    def _take(self, exchange: _Exchange, effect: str) -> Fault | None:
        return self._sandbox.faults.take(exchange.system, exchange.scope["method"], exchange.scope["path"], effect)


class _Exchange:
    """One request and its answer, counted on the way through."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.system = system_of(scope["path"])
        self.status = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.delay_seconds = 0.0
        self.hold = False
        self.before_first_byte: Any = None
        self._held: list[Message] = []
        self._receive = receive
        self._send = send

    async def receive(self) -> Message:
        await self._wait()
        message = await self._receive()
        self.bytes_in += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        await self._wait()
        if self.before_first_byte is not None:
            action, self.before_first_byte = self.before_first_byte, None
            action()
        if self.hold:
            self._held.append(message)
            return
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
        self.bytes_out += len(message.get("body", b""))
        await self._send(message)

    async def send_half(self) -> None:
        """Send the held answer up to the middle of its body."""
        body = b"".join(message.get("body", b"") for message in self._held)
        await self._send(self._held[0])
        await self._send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await asyncio.sleep(0.01)  # lets the server hand the half to the socket before the cut

    async def _wait(self) -> None:
        if self.delay_seconds:
            delay, self.delay_seconds = self.delay_seconds, 0.0
            await asyncio.sleep(delay)


def _fixed_answer(fault: Fault) -> Response:
    argument = fault.argument
    return Response(
        content=str(argument.get("body", "")),
        status_code=int(argument.get("status", 500)),
        headers={str(name): str(value) for name, value in argument.get("headers", {}).items()},
        media_type=str(argument.get("content_type", "text/plain")),
    )
