"""What an error answer of Salesforce means, whole calls and single rows. Part of `failures`, for one system."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import ParseError

import requests

from xero_sf_pipeline.clients.failures import (
    Attempt,
    SessionExpired,
    from_transport,
    json_or_none,
    lost,
    malformed,
    retry_after,
    sentence,
)
from xero_sf_pipeline.errors import (
    ApiError,
    AuthenticationFailed,
    Conflict,
    MissingPermission,
    PermanentApiError,
    PipelineError,
    RateLimited,
    TransientApiError,
    ValidationFailed,
)

_NEVER_VALID = ("not valid for use with", "not attached to agent")
"""Texts under INVALID_SESSION_ID that no new login cures: the app lacks the `api` scope, or is no agent's app."""
_SOAP_CODE = re.compile(r"<(?:\w+:)?(?:faultcode|exceptionCode)\b[^>]*>\s*(?:\w+:)?(\w+)\s*<")
_PASSING_CODES = {
    "UNABLE_TO_LOCK_ROW": "locked",
    "QUERY_TIMEOUT": "server_error",
    "SERVER_UNAVAILABLE": "unavailable",
    "API_CURRENTLY_DISABLED": "unavailable",
    "TXN_SECURITY_METERING_ERROR": "unavailable",
    "UNKNOWN_EXCEPTION": "server_error",
}
_PERMISSION_CODES = frozenset(
    {
        "INSUFFICIENT_ACCESS",
        "API_DISABLED_FOR_ORG",
        "FUNCTIONALITY_NOT_ENABLED",
        "FORBIDDEN",
        "INSUFFICIENT_ACCESS_OR_READONLY",
    }
)
_BULK_QUOTA = re.compile(r"Max bulk v2|ExceededQuota|per 24 hrs", re.IGNORECASE)
_FIELD_REMEDY = (
    "A field or object is missing or hidden from the integration user: run `xero-sf salesforce deploy`, assign its "
    "permission set, and check with `xero-sf preflight`."
)


def from_salesforce(error: Exception, headers: Mapping[str, str], attempt: Attempt) -> PipelineError:
    """Translate whatever a call of simple-salesforce raised. `headers` are those of the answer, if one came.

    Raises:
        Exception: `error` itself, when it is no failure of the call but a defect of this program.
    """
    from simple_salesforce.exceptions import SalesforceError, SalesforceOperationError

    if isinstance(error, PipelineError):
        return error
    if isinstance(error, requests.JSONDecodeError | ParseError | KeyError | UnicodeDecodeError):
        return malformed(attempt, "the answer is not what the API's contract says")
    if isinstance(error, requests.RequestException | OSError):
        return from_transport(error, attempt)
    if isinstance(error, SalesforceError):
        content: Any = error.content
        if isinstance(content, bytes):
            content = json_or_none(content) or content.decode("utf-8", "replace")
        return from_salesforce_answer(int(error.status), headers, content, attempt)
    if isinstance(error, SalesforceOperationError):
        return malformed(attempt, sentence(error))
    raise error


def from_salesforce_answer(status: int, headers: Mapping[str, str], content: Any, attempt: Attempt) -> ApiError:
    """Translate an error answer. `content` is parsed JSON (a list of errors, usually) or text (HTML, SOAP, nothing)."""
    code, text = _first_error(content)
    said = f"{attempt.what}: Salesforce answered HTTP {status} {code} {sentence(text)}".rstrip(" .") + "."
    if status == 401 or code == "INVALID_SESSION_ID":
        return _unauthorised(text, said)
    if code == "REQUEST_LIMIT_EXCEEDED" or status == 429:
        concurrent = "concurrent" in text.lower() or code != "REQUEST_LIMIT_EXCEEDED"
        return RateLimited(
            said,
            system="salesforce",
            limit="concurrent" if concurrent else "daily_requests",
            retry_after_seconds=retry_after(headers),
            remedy="" if concurrent else "The org's calls of the last 24 hours are used up; later runs go on.",
        )
    if _BULK_QUOTA.search(code) or _BULK_QUOTA.search(text):
        return RateLimited(
            said, system="salesforce", limit="daily_bulk", remedy="Bulk jobs are used up for the day; later runs go on."
        )
    if code in _PASSING_CODES:
        return _passing(status, code, said, attempt)
    is_fault = isinstance(content, str) and bool(code)  # SOAP faults are refusals, and all of them come as HTTP 500
    if status in (406, 420) or (status >= 500 and not is_fault):
        kind = "unavailable" if status == 503 else "server_error"
        return lost(attempt, kind, f"Salesforce answered HTTP {status}", status)
    return _permanent(status, code, said, attempt)


def _passing(status: int, code: str, said: str, attempt: Attempt) -> ApiError:
    if attempt.is_write and code != "UNABLE_TO_LOCK_ROW":
        return lost(attempt, _PASSING_CODES[code], f"Salesforce answered HTTP {status} {code}", status)
    return TransientApiError(said, system="salesforce", status=status, code=_PASSING_CODES[code])


def _permanent(status: int, code: str, said: str, attempt: Attempt) -> ApiError:
    kind: type[PermanentApiError] = PermanentApiError
    remedy = ""
    if status == 403 or code in _PERMISSION_CODES:
        kind, remedy = MissingPermission, "Give the integration user this permission, then run `xero-sf preflight`."
    elif code in ("INVALID_FIELD", "INVALID_TYPE") and not attempt.is_write and "compound data" not in said:
        kind, remedy = MissingPermission, _FIELD_REMEDY
    elif status in (300, 409, 412):
        kind = Conflict
    elif code == "INVALID_QUERY_LOCATOR":
        remedy = "The query's cursor is gone: the walk starts again, nothing of it was stored."
    elif attempt.is_write and status == 400:
        kind = ValidationFailed
    return kind(said, system="salesforce", status=status, code=code or f"http_{status}", remedy=remedy)


def _unauthorised(text: str, said: str) -> ApiError:
    if any(mark in text.lower() for mark in _NEVER_VALID):
        return AuthenticationFailed(
            said,
            system="salesforce",
            status=401,
            code="INVALID_SESSION_ID",
            remedy="A new login does not cure this: give the app the `api` scope.",
        )
    return SessionExpired(
        said,
        system="salesforce",
        status=401,
        code="INVALID_SESSION_ID",
        remedy="The session is refused although it is new: check the app's policies and the run-as user.",
    )


def _first_error(content: Any) -> tuple[str, str]:
    """Return code and message of `[{"errorCode", "message"}]`, of one such object, or of a SOAP fault."""
    first = content[0] if isinstance(content, list) and content else content
    if isinstance(first, Mapping):
        return str(first.get("errorCode") or first.get("statusCode") or ""), str(first.get("message") or "")
    soap = _SOAP_CODE.search(first) if isinstance(first, str) else None
    return (soap.group(1), "") if soap is not None else ("", "")


_ROW_CLASSES = {
    "transient": (
        "UNABLE_TO_LOCK_ROW TOO_MANY_APEX_REQUESTS REQUEST_RUNNING_TOO_LONG QUERY_TIMEOUT SERVER_UNAVAILABLE "
        "API_CURRENTLY_DISABLED UNKNOWN_EXCEPTION TXN_SECURITY_METERING_ERROR ALL_OR_NONE_OPERATION_ROLLED_BACK "
        "PROCESSING_HALTED UNPROCESSED"
    ),
    "limit": "REQUEST_LIMIT_EXCEEDED STORAGE_LIMIT_EXCEEDED LIMIT_EXCEEDED",
    "auth": (
        "INVALID_SESSION_ID INSUFFICIENT_ACCESS INSUFFICIENT_ACCESS_OR_READONLY "
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
    ),
    "mapping": (
        "INVALID_FIELD INVALID_FIELD_FOR_INSERT_UPDATE INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST INVALID_ID_FIELD "
        "INVALID_TYPE MALFORMED_ID INVALID_CURRENCY_ISO STANDARD_PRICE_NOT_DEFINED INACTIVE_OWNER_OR_USER"
    ),
    "conflict": "ENTITY_IS_DELETED INVALID_CROSS_REFERENCE_KEY ENTITY_IS_LOCKED",
    "duplicate": "DUPLICATE_VALUE DUPLICATES_DETECTED DUPLICATE_EXTERNAL_ID",
}
_CLASS_OF_CODE = {code: kind for kind, codes in _ROW_CLASSES.items() for code in codes.split()}


def row_error_class(code: str | None, message: str | None = None) -> str:
    """Sort a failed row by what should happen next: transient, limit, auth, mapping, conflict, duplicate, validation.

    Everything unlisted is `validation`: the record, the policy or the org's rules change first. An Apex trigger's
    error (CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY) is transient when it wraps a lock.
    """
    if "UNABLE_TO_LOCK_ROW" in (message or ""):
        return "transient"
    return _CLASS_OF_CODE.get(code or "", "validation")
