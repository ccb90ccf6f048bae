"""What an error of one record means: its class, whether sending again can help, what a person does next.

Classes and remedies are for both systems; what Xero's sentences mean is in `xero_outcomes.py`. The table of codes
follows Salesforce's list of status codes (SOAP API guide, "Core Data Types Used in API Calls"). Only codes
known to be passing are sent again; an unknown code is a refusal that a person looks at.
"""

from __future__ import annotations

from enum import StrEnum

MAX_TRANSIENT_PUSHES = 5
"""After failing for a passing reason in this many pushes a write is parked: by then the reason is not passing.
The default of `pushing.max_attempts` in data/policy.yaml."""

HTTP_OK = 200
"""Row errors come inside an answer that as a whole succeeded; any other status is about the call, not the row."""


class ErrorClass(StrEnum):
    """Why a write did not go through, sorted by what should happen next."""

    TRANSIENT = "transient"
    LIMIT = "limit"
    AUTH = "auth"
    VALIDATION = "validation"
    MAPPING = "mapping"
    CONFLICT = "conflict"
    DUPLICATE = "duplicate"


NOT_APPLIED = "NOT_APPLIED"
"""Our own code: no answer came, the record was looked up, and the write is not there."""
NOT_SENT = "NOT_SENT"
"""Our own code: the attempt was noted and the push ended before anything could leave."""
NOT_PROCESSED = "NOT_PROCESSED"
"""Our own code: a bulk job ended without working on the row."""
UNPROCESSED = "UNPROCESSED"
"""The client's code for a row in a bulk job's file of unprocessed rows."""
RECREATED = "RECREATED"
"""Our own code: an update met no record, so the upsert made a new one that holds the changed fields only."""

_TRANSIENT = frozenset(
    {
        "UNABLE_TO_LOCK_ROW",
        "TOO_MANY_APEX_REQUESTS",
        "REQUEST_RUNNING_TOO_LONG",
        "QUERY_TIMEOUT",
        "SERVER_UNAVAILABLE",
        "API_CURRENTLY_DISABLED",
        "UNKNOWN_EXCEPTION",
        "TXN_SECURITY_METERING_ERROR",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "PROCESSING_HALTED",
        "TooManyLockFailure",
        UNPROCESSED,
        NOT_APPLIED,
        NOT_SENT,
        NOT_PROCESSED,
    }
)
_LIMIT = frozenset({"REQUEST_LIMIT_EXCEEDED", "STORAGE_LIMIT_EXCEEDED", "LIMIT_EXCEEDED", "ExceededQuota"})
_AUTH = frozenset(
    {
        "INVALID_SESSION_ID",
        "INSUFFICIENT_ACCESS",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "INVALID_LOGIN",
        "API_DISABLED_FOR_ORG",
    }
)
_MAPPING = frozenset(
    {
        "INVALID_FIELD",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_TYPE",
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "INVALID_CURRENCY_ISO",
        "STRING_TOO_LONG",
        "NUMBER_OUTSIDE_VALID_RANGE",
        "JSON_PARSER_ERROR",
        "MALFORMED_ID",
        "INVALID_ID_FIELD",
        "InvalidBatch",
    }
)
_CONFLICT = frozenset(
    {
        "ENTITY_IS_DELETED",
        "ENTITY_IS_LOCKED",
        "INVALID_CROSS_REFERENCE_KEY",
        "DUPLICATE_EXTERNAL_ID",
        "NOT_FOUND",
        RECREATED,
    }
)
_DUPLICATE = frozenset({"DUPLICATE_VALUE", "DUPLICATES_DETECTED"})

_REMEDIES = {
    ErrorClass.TRANSIENT: "Nothing to do: the next push sends it again.",
    ErrorClass.LIMIT: "Wait for the limit to reset or raise it; the next push sends it again.",
    ErrorClass.AUTH: "Grant the integration user access to this record, object or field, then `xero-sf errors retry`.",
    ErrorClass.VALIDATION: "Change the data in Xero or the rule in Salesforce, then `xero-sf errors retry`.",
    ErrorClass.MAPPING: "Correct the Salesforce field or the value in data/policy.yaml, then `xero-sf errors retry`.",
    ErrorClass.CONFLICT: "The record is not what the plan read: sync and plan again, or dismiss this write.",
    ErrorClass.DUPLICATE: "Decide the match with `xero-sf matches`, or allow it in the duplicate rule, then retry.",
}
_XERO_REMEDIES = {
    ErrorClass.AUTH: "Give the Xero app the scope, or the user the role, that the message names, then "
    "`xero-sf errors retry`.",
    ErrorClass.VALIDATION: "Change the data in Salesforce, or what Xero checks (a lock date, for instance), then "
    "`xero-sf errors retry`.",
    ErrorClass.MAPPING: "Add the account, tax rate, item, tracking option or currency in Xero, or correct the value in "
    "data/policy.yaml, then sync.",
    ErrorClass.DUPLICATE: "A record with this name or number is in Xero already: decide the match with "
    "`xero-sf matches`, or rename one of the two, then `xero-sf errors retry`.",
}
_WARNED = "It was written, but not quite as sent: correct it in Xero, then `xero-sf errors dismiss` the warning."
_TRANSIENT_PARKED = "It failed in every push so far: look at the message, then `xero-sf errors retry`."
_CALL_REFUSED = "Renew the credentials or permissions (`xero-sf preflight` names them); the next push sends it again."


def classify(code: str | None, message: str | None = None) -> ErrorClass:
    """Return the class of an error code of Salesforce; a code that is not known is a refusal (validation)."""
    if code in _TRANSIENT:
        return ErrorClass.TRANSIENT
    # An Apex trigger wraps the code that it met, so a lock inside it is still a lock.
    if code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" and "UNABLE_TO_LOCK_ROW" in (message or ""):
        return ErrorClass.TRANSIENT
    # The parent that a record names by external key is not there (any more): the plan was made from another state.
    if code == "INVALID_FIELD" and "Foreign key external ID" in (message or ""):
        return ErrorClass.CONFLICT
    for codes, error_class in (
        (_LIMIT, ErrorClass.LIMIT),
        (_AUTH, ErrorClass.AUTH),
        (_MAPPING, ErrorClass.MAPPING),
        (_CONFLICT, ErrorClass.CONFLICT),
        (_DUPLICATE, ErrorClass.DUPLICATE),
    ):
        if code in codes:
            return error_class
    return ErrorClass.VALIDATION


def is_parked(
    error_class: str | None, http_status: int | None, transient_push_count: int, max_pushes: int = MAX_TRANSIENT_PUSHES
) -> bool:
    """Tell whether a rejected write waits for data, policy or a person instead of going out with the next push.

    A refused call (credentials, limits: any status but 200) is nobody's row's fault, so its rows are not parked.
    """
    if error_class == ErrorClass.TRANSIENT:
        return transient_push_count >= max_pushes
    if error_class in (ErrorClass.LIMIT, ErrorClass.AUTH):
        return http_status == HTTP_OK
    return True


def remedy(
    error_class: str | None,
    http_status: int | None,
    *,
    parked: bool,
    system: str = "salesforce",
    is_warning: bool = False,
) -> str:
    """Return one sentence: what a person does next about a rejected write, or about one that went with a warning."""
    if is_warning:
        return _WARNED
    if error_class == ErrorClass.TRANSIENT and parked:
        return _TRANSIENT_PARKED
    if error_class == ErrorClass.AUTH and http_status != HTTP_OK:
        return _CALL_REFUSED
    if error_class is None:
        return "The next push looks the record up and settles it."
    known = ErrorClass(error_class)
    return _XERO_REMEDIES.get(known, _REMEDIES[known]) if system == "xero" else _REMEDIES[known]
