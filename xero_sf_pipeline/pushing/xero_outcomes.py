"""What Xero's validation messages mean: a code of ours, and a class that says what should happen next.

Xero gives a refused element sentences and no codes (developer.xero.com "HTTP response codes and errors"; wordings from
its documentation and from issues of its SDKs), so the sentences are recognised by their words. One that is not known is
a refusal that a person looks at, never something to send again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from xero_sf_pipeline.pushing.outcomes import ErrorClass

WARNING_CODE = "WARNING"
"""Our own code: the write went through, and Xero left out or changed a part of it."""
OWN_KEY_CODE = "OWN_KEY_MISSING"
"""Our own code: the body would not carry the key by which it is found again, so it was not sent."""
UNSENDABLE_CODE = "UNSENDABLE_VALUE"
"""Our own code: a value that cannot be sent exactly, or an element above the size of a call."""
REFUSED_CODE = "VALIDATION"
"""Our own code for a sentence that is not known."""

_SENTENCES = (
    ("NOT_UNIQUE", ErrorClass.DUPLICATE, r"must be unique|already (exists|assigned|been used)"),
    ("LOCKED_PERIOD", ErrorClass.VALIDATION, r"lock date"),
    (
        "INVALID_STATUS",
        ErrorClass.CONFLICT,
        r"not of valid status|cannot be edited|archived|could not be found|cannot be found|has been (deleted|voided)"
        r"|payment or credit note allocated",
    ),
    (
        "UNKNOWN_CODE",
        ErrorClass.MAPPING,
        r"account code|accountcode|account id|not a (valid|recognised) (code|account|tax|currency|item)|tax ?type"
        r"|tax rate|tracking|item code|itemcode|currency|branding theme|payment terms",
    ),
    (
        "BAD_VALUE",
        ErrorClass.MAPPING,
        r"maximum length|exceeds|too long|not a valid (date|email|value)|invalid (date|email)",
    ),
)


def classify_messages(messages: Sequence[str]) -> tuple[str, ErrorClass]:
    """Return a code and a class for the messages of one element; the first known sentence decides."""
    for message in messages:
        for code, error_class, pattern in _SENTENCES:
            if re.search(pattern, message, re.IGNORECASE):
                return code, error_class
    return REFUSED_CODE, ErrorClass.VALIDATION
