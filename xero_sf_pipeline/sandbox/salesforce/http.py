"""Requests and answers of the Salesforce API, apart from any web framework.

Composite requests replay inner requests through the same dispatcher, so handlers see this and not Starlette.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused, not_found

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.sandbox import Sandbox


@dataclass(frozen=True)
class ApiRequest:
    """One call below `/services/data/vXX.X`. `path` is what follows the version, still percent-encoded."""

    method: str
    path: str
    version: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    sandbox: Sandbox
    full_path: str

    def json(self) -> Any:
        """Decode the body. Raises JSON_PARSER_ERROR (400) for text that is no JSON."""
        try:
            return json.loads(self.body or b"null")
        except ValueError as error:
            raise RequestRefused(
                400, "JSON_PARSER_ERROR", f"The HTTP entity body is required and must be JSON: {error}"
            ) from None

    def json_object(self) -> dict[str, Any]:
        """Decode a body that must be a JSON object."""
        body = self.json()
        if not isinstance(body, dict):
            raise RequestRefused(400, "JSON_PARSER_ERROR", "The HTTP entity body is required and must be a JSON object")
        return body

    def header(self, name: str) -> str | None:
        return self.headers.get(name.lower())

    def flag_header(self, name: str, key: str) -> bool | None:
        """Read `key=true` out of a header of semicolon-separated options; None when it is not there."""
        for part in (self.header(name) or "").split(";"):
            option, _, value = part.partition("=")
            if option.strip().lower() == key.lower():
                return value.strip().lower() == "true"
        return None

    def inner(self, method: str, url: str, body: Any, headers: Mapping[str, str]) -> ApiRequest:
        """Return the request that a composite body describes."""
        parts = urlsplit(url)
        match = VERSIONED.match(parts.path)
        if match is None:
            raise not_found()
        content = b"" if body is None else json.dumps(body).encode()
        kept = {name: value for name, value in self.headers.items() if name.startswith("sforce-")}
        kept |= {name.lower(): value for name, value in headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return ApiRequest(
            method, match["rest"], match["version"], query, kept, content, self.sandbox, unquote(parts.path)
        )


VERSIONED = re.compile(r"/services/data/v(?P<version>\d+\.\d)(?P<rest>/.*)?\Z")


@dataclass(frozen=True)
class ApiResponse:
    """One answer. `body` is JSON-ready, or bytes that go out as they are; None means empty."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json;charset=UTF-8"

    def content(self, *, pretty: bool) -> bytes:
        """Encode the body; the SDK asks for indented JSON with `X-PrettyPrint: 1`."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        encoded = msgspec.json.encode(self.body)
        return msgspec.json.format(encoded, indent=2) if pretty else encoded


Handler = Callable[..., ApiResponse]


class Dispatcher:
    """Finds the handler of a path. Patterns are tried in order; named groups become arguments."""

    def __init__(self) -> None:
        self._table: list[tuple[re.Pattern[str], dict[str, Handler]]] = []

    def add(self, pattern: str, **handlers: Handler) -> None:
        """Register handlers by method, for instance `get=...`."""
        by_method = {method.upper(): handler for method, handler in handlers.items()}
        self._table.append((re.compile(pattern + r"/?\Z", re.IGNORECASE), by_method))

    def dispatch(self, request: ApiRequest) -> ApiResponse:
        """Answer a request. Raises RequestRefused."""
        method = request.method
        if method == "POST" and request.query.get("_HttpMethod"):
            method = request.query["_HttpMethod"].upper()
        allowed: set[str] = set()
        for pattern, handlers in self._table:
            match = pattern.match(request.path)
            if match is None:
                continue
            if method in handlers:
                arguments = {name: unquote(value) for name, value in match.groupdict().items() if value is not None}
                return handlers[method](request, **arguments)
            allowed |= set(handlers)
        if allowed:
            raise RequestRefused(
                405,
                "METHOD_NOT_ALLOWED",
                f"HTTP Method '{method}' not allowed. Allowed are {','.join(sorted(allowed))}",
            )
        raise not_found()
