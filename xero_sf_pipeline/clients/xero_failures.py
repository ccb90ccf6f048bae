"""What an error answer of the Xero API means. Part of `failures`, for one system.

The library's own exception texts are not used: a 400 that is not JSON makes them raise a second error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import urllib3

from xero_sf_pipeline.clients.failures import (
    Attempt,
    SessionExpired,
    from_transport,
    header,
    json_or_none,
    lost,
    retry_after,
    sentence,
)
from xero_sf_pipeline.errors import (
    ApiError,
    MissingPermission,
    PermanentApiError,
    RateLimited,
    TransientApiError,
    ValidationFailed,
)

_MISSING_SCOPE = re.compile(r"insuffici?ent_scope", re.IGNORECASE)
"""Xero's own spelling is "insufficent_scope"; the correct one is accepted too."""
_OFFLINE = re.compile(r"offline", re.IGNORECASE)
_LIMITS = ("concurrent", "minute", "day", "appminute")
_LONG_WAIT_SECONDS = 120.0


def from_xero(error: Exception, attempt: Attempt) -> ApiError:
    """Translate whatever a call of xero-python raised.

    Raises:
        Exception: `error` itself, when it is no failure of the call but a defect of this program.
    """
    if isinstance(error, urllib3.exceptions.HTTPError | OSError):
        return from_transport(error, attempt)
    answer = getattr(error, "http_resp", None)
    if answer is None:
        raise error
    headers = dict(answer.urllib3_response.headers)
    return from_xero_answer(int(answer.status), headers, answer.data or b"", attempt)


def from_xero_answer(status: int, headers: Mapping[str, str], body: bytes, attempt: Attempt) -> ApiError:
    """Translate an error answer."""
    content = json_or_none(body)
    said = f"{attempt.what}: Xero answered HTTP {status}{_detail(content)}"
    if status == 429:
        return _limit(headers, attempt)
    if status == 401:
        return _unauthorised(headers, said)
    if status == 403:
        return MissingPermission(
            f"{said}.",
            system="xero",
            status=403,
            code="forbidden",
            remedy="The organisation is not connected (any more), or the user lost the role: connect it again in Xero.",
        )
    if status == 503 and _OFFLINE.search(body.decode("utf-8", "replace")):
        return TransientApiError(
            f"{attempt.what}: Xero or the organisation is offline.",
            system="xero",
            status=503,
            code="offline",
            remedy="Try again in about five minutes; the next run does.",
        )
    if status >= 500 and status != 501:
        return lost(attempt, "unavailable" if status == 503 else "server_error", f"Xero answered HTTP {status}", status)
    kind = str(content.get("Type") or "") if isinstance(content, dict) else ""
    if kind == "ValidationException":
        return ValidationFailed(f"{said}.", system="xero", status=status, code=kind)
    code = {404: "not_found", 412: "precondition_failed", 501: "not_implemented"}.get(status, kind or f"http_{status}")
    return PermanentApiError(f"{said}.", system="xero", status=status, code=code)


def _limit(headers: Mapping[str, str], attempt: Attempt) -> RateLimited:
    asked = retry_after(headers)
    named = (header(headers, "X-Rate-Limit-Problem") or "").strip().lower()
    if named not in _LIMITS:
        named = "day" if (asked or 0) > _LONG_WAIT_SECONDS else "minute"
    remedy = (
        "The next run goes on from what is stored; raise the app's tier or lower the call budget if it happens often."
        if named == "day"
        else ""
    )
    return RateLimited(
        f"{attempt.what}: Xero's limit of calls ({named}) is reached.",
        system="xero",
        limit=named,
        retry_after_seconds=asked,
        remedy=remedy,
    )


def _unauthorised(headers: Mapping[str, str], said: str) -> ApiError:
    if _MISSING_SCOPE.search(header(headers, "WWW-Authenticate") or ""):
        return MissingPermission(
            f"{said}: the token lacks a scope for this.",
            system="xero",
            status=401,
            code="insufficient_scope",
            remedy="Add the scope to the app and to XERO_SCOPES, and authorise the connection again.",
        )
    return SessionExpired(
        f"{said}.",
        system="xero",
        status=401,
        code="expired",
        remedy="The token is refused although it is new: check that the connection is active in Xero.",
    )


def _detail(content: Any) -> str:
    """Return the message of an error envelope or of the gateway's problem document."""
    if not isinstance(content, dict):
        return ""
    parts = [str(content.get("Type") or ""), sentence(content.get("Message") or content.get("Detail"))]
    for element in content.get("Elements") or []:
        errors = element.get("ValidationErrors") if isinstance(element, dict) else None
        parts += [sentence(item.get("Message")) for item in errors or [] if isinstance(item, dict)]
        break
    text = " ".join(part.rstrip(".") for part in parts if part)
    return f" {text}" if text else ""
