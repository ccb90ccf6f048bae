"""The one place that turns library exceptions and error answers into the types of `errors.py`.

A write whose answer is lost (dropped, timed out, 5xx, unreadable) becomes OutcomeUnknown; the same for a read becomes
TransientApiError. A failure before anything was sent is transient for both. Messages carry the status, the code and a
shortened, scrubbed sentence of the server; bodies, headers, tokens and secrets stay out, and library exceptions are
never chained, because their texts hold all of those.

Sources: developer.xero.com "Response codes and errors", "OAuth 2.0 API limits"; Salesforce REST API guide "Status Codes
and Error Responses". Per-row errors of Salesforce: `row_error_class`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import requests
import urllib3

from xero_sf_pipeline.errors import (
    ApiError,
    AuthenticationFailed,
    MalformedResponse,
    MissingPermission,
    OutcomeUnknown,
    PermanentApiError,
    TransientApiError,
)

_LONGEST_TEXT = 300
_SECRETS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=!-]+"), r"\1 ***"),
    (re.compile(r"\b00D\w{9,15}![\w.]+"), "***"),  # Salesforce session ids
    (re.compile(r"\beyJ[\w-]+\.[\w.-]+"), "***"),  # JSON web tokens
    (re.compile(r"(?i)(client_secret|access_token|refresh_token|assertion)(\W{1,4})[^\s&\"',}]+"), r"\1\2***"),
)


@dataclass(frozen=True)
class Attempt:
    """What was attempted, for messages: `what` names objects and ids, never contents."""

    system: str
    what: str
    is_write: bool


class SessionExpired(AuthenticationFailed):
    """The token has ended. Inside the clients only: they log in again once and repeat the call."""


def from_transport(error: BaseException, attempt: Attempt) -> ApiError:
    """Translate a failure of the connection: nothing, or only a part of an answer, came back."""
    reason = _innermost(error)
    if "CERTIFICATE_VERIFY_FAILED" in str(reason):
        return PermanentApiError(
            f"{attempt.what}: the server's certificate was not accepted.",
            system=attempt.system,
            code="tls",
            remedy="Check the URL in the settings and the machine's certificates.",
        )
    if _was_never_sent(error, reason):
        return TransientApiError(
            f"{attempt.what}: no connection could be made, nothing was sent.",
            system=attempt.system,
            code="not_connected",
            remedy="Check the network and the URL in the settings.",
        )
    timed_out = isinstance(error, requests.Timeout) or isinstance(
        reason, urllib3.exceptions.TimeoutError | TimeoutError
    )
    if timed_out:
        return lost(attempt, "timeout", "no answer came within the read timeout")
    return lost(attempt, "dropped", "the connection was cut before the whole answer came")


def lost(attempt: Attempt, code: str, how: str, status: int | None = None) -> ApiError:
    """Return the error for an answer that never (wholly) came: unknown for a write, transient for a read."""
    if attempt.is_write:
        return OutcomeUnknown(
            f"{attempt.what}: {how}; it may have happened.",
            system=attempt.system,
            status=status,
            code=code,
            remedy="The record is looked up before anything is sent again.",
        )
    return TransientApiError(f"{attempt.what}: {how}.", system=attempt.system, status=status, code=code)


def malformed(attempt: Attempt, how: str, status: int | None = None) -> ApiError:
    """Return the error for an answer that came but is not what the contract says."""
    if attempt.is_write:
        return lost(attempt, "malformed", how, status)
    return MalformedResponse(
        f"{attempt.what}: {how}. Nothing of it was used.",
        system=attempt.system,
        status=status,
        code="malformed",
        remedy="Run it again; a proxy or a maintenance page may have answered.",
    )


def from_identity(status: int, headers: Mapping[str, str], body: bytes, attempt: Attempt) -> ApiError:
    """Translate an error answer of a token endpoint (RFC 6749 section 5.2, and what stands in front of it)."""
    content = json_or_none(body)
    details = content if isinstance(content, dict) else {}
    code, text = str(details.get("error") or ""), sentence(details.get("error_description"))
    said = f"{attempt.what} from {attempt.system}: HTTP {status} {code} {text}".rstrip()
    if status == 429 or status >= 500:
        return TransientApiError(f"{said}.", system=attempt.system, status=status, code="server_error")
    if code == "invalid_scope":
        return MissingPermission(
            f"{said}.",
            system=attempt.system,
            status=status,
            code=code,
            remedy="Grant the app the scopes of XERO_SCOPES and authorise the connection again, or ask for fewer.",
        )
    if code:
        return AuthenticationFailed(
            f"{said}.", system=attempt.system, status=status, code=code, remedy=_LOGIN_REMEDY[attempt.system]
        )
    return MalformedResponse(
        f"{said}: this is not an answer of a token endpoint.",
        system=attempt.system,
        status=status,
        code="malformed",
        remedy="Check the identity or login URL in the settings.",
    )


_LOGIN_REMEDY = {
    "xero": "Check XERO_CLIENT_ID and XERO_CLIENT_SECRET, and that the custom connection is active.",
    "salesforce": "Check SALESFORCE_LOGIN_URL (the My Domain URL), SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET, "
    "and that the app allows the client credentials flow with a run-as user.",
}


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header, or None when there is none or it is a date."""
    value = header(headers, "Retry-After")
    return float(value) if value is not None and value.strip().isdigit() else None


def header(headers: Mapping[str, str], name: str) -> str | None:
    """Look a header up without regard to case: proxies and HTTP/2 change it."""
    for key, value in headers.items():
        if key.lower() == name.lower():
            return value
    return None


def json_or_none(body: bytes | None) -> Any:
    """Decode an error body if it is JSON; error answers are often HTML, text or empty."""
    try:
        return msgspec.json.decode(body or b"")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def sentence(text: Any) -> str:
    """Return one short line of a server's message, without anything that looks like a token or a secret."""
    line = " ".join(str(text or "").split())
    for pattern, replacement in _SECRETS:
        line = pattern.sub(replacement, line)
    return line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]}..."


def _innermost(error: BaseException) -> BaseException:
    """Unwrap requests and urllib3: the reason is an argument of an argument."""
    for inner in (getattr(error, "reason", None), *error.args):
        if isinstance(inner, BaseException):
            return _innermost(inner)
    return error


def _was_never_sent(error: BaseException, reason: BaseException) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    return isinstance(
        reason,
        urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError | ConnectionRefusedError,
    )
