"""Answers and refusals of the Xero API, in the shapes it uses.

Every rule violation is a `ValidationError` of one element; everything that ends a request is an `ApiError`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from xero_sf_pipeline.sandbox.xero.json_text import encode

JSON = "application/json; charset=utf-8"
TEXT = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, complete but for the rate-limit headers."""

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


class ApiError(Exception):
    """A request that ends without a result."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"HTTP {answer.status}")
        self.answer = answer


class ValidationError(Exception):
    """One element breaks one or more rules. `messages` are shown as its ValidationErrors."""

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


def gateway_problem(status: int, title: str, detail: str, headers: dict[str, str] | None = None) -> ApiError:
    """Return a 401 or 403 as the gateway words it."""
    body: dict[str, Any] = {
        "Type": None,
        "Title": title,
        "Status": status,
        "Detail": detail,
        "Instance": str(uuid.uuid4()),
        "Extensions": {},
    }
    return ApiError(Answer(encode(body), status, headers=headers or {}))


def not_found() -> ApiError:
    """Return the plain-text 404."""
    return ApiError(Answer(b"The resource you're looking for cannot be found", 404, TEXT))


def not_implemented(method: str, name: str) -> ApiError:
    """Return a 501, as for POST /Organisation."""
    body = {
        "ErrorNumber": 21,
        "Type": "ApiMethodNotImplementedException",
        "Message": f"{method} is not supported for {name}",
    }
    return ApiError(Answer(encode(body), 501))


def query_parse_error(message: str) -> ApiError:
    """Return the 400 for a bad `where` or `order`."""
    return ApiError(Answer(encode({"ErrorNumber": 16, "Type": "QueryParseException", "Message": message}), 400))


def bad_post_data(message: str) -> ApiError:
    """Return the 400 for a body that cannot be read."""
    return ApiError(Answer(encode({"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": message}), 400))


def validation_failed(elements: list[dict[str, Any]]) -> ApiError:
    """Return the 400 envelope with the elements that broke a rule."""
    body = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": elements,
    }
    return ApiError(Answer(encode(body), 400))
