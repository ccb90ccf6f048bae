"""Compresses large answers once for each content, so that a page that many ask for costs the server little.

A real API has a fleet of servers for this; one Python process would else be what every measurement measures. The first
kilobyte of an answer (ids, the time of day) is compressed anew each time, the rest is looked up by its digest and
compressed when it is not known. Together they are one ordinary gzip stream. Belongs here: that stream. Does not belong
here: small answers and clients that take no gzip (`starlette.middleware.gzip` around it).
"""

from __future__ import annotations

import hashlib
import struct
import threading
import zlib
from collections import OrderedDict

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SMALLEST_BYTES = 256 * 1024
_FRESH_BYTES = 1024
_KEPT_BYTES = 96 * 1024 * 1024
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


class KeptCompression:
    """Makes gzip streams and keeps their compressed tails, the ones used last, up to `kept_bytes` of them."""

    def __init__(self, level: int, kept_bytes: int = _KEPT_BYTES) -> None:
        self._level = level
        self._room = kept_bytes
        self._tails: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def gzip(self, body: bytes) -> bytes:
        """Return the body as one gzip member."""
        compressor = self._compressor()
        head = compressor.compress(body[:_FRESH_BYTES]) + compressor.flush(zlib.Z_FULL_FLUSH)
        tail = self._tail(body[_FRESH_BYTES:])
        return b"".join((_GZIP_HEADER, head, tail, struct.pack("<LL", zlib.crc32(body), len(body) & 0xFFFFFFFF)))

    def _tail(self, content: bytes) -> bytes:
        digest = hashlib.sha256(content).digest()
        with self._lock:
            known = self._tails.get(digest)
            if known is not None:
                self._tails.move_to_end(digest)
                return known
        compressor = self._compressor()
        made = compressor.compress(content) + compressor.flush()
        with self._lock:
            if digest not in self._tails:
                self._tails[digest] = made
                self._room -= len(made)
            while self._room < 0:
                _, dropped = self._tails.popitem(last=False)
                self._room += len(dropped)
        return made

    def _compressor(self) -> zlib._Compress:
        return zlib.compressobj(self._level, zlib.DEFLATED, -zlib.MAX_WBITS)


class KeptCompressionMiddleware:
    """Compresses complete answers of 256 KB and more for clients that take gzip; all others pass as they are."""

    def __init__(self, app: ASGIApp, level: int) -> None:
        self._app = app
        self._compression = KeptCompression(level)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "gzip" not in Headers(scope=scope).get("Accept-Encoding", ""):
            await self._app(scope, receive, send)
            return
        start: Message = {}

        async def compressed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start:
                message = await self._compress(start, message)
                await send(start)
                start = {}
            await send(message)

        await self._app(scope, receive, compressed)

    async def _compress(self, start: Message, message: Message) -> Message:
        body: bytes = message.get("body", b"")
        headers = MutableHeaders(raw=start["headers"])
        if message.get("more_body") or len(body) < _SMALLEST_BYTES or "content-encoding" in headers:
            return message
        content = await run_in_threadpool(self._compression.gzip, body)
        headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(content))
        headers.add_vary_header("Accept-Encoding")
        return {**message, "body": content}
