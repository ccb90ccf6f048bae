"""Failed rows are sorted by what should happen next."""

from __future__ import annotations

import pytest

from xero_sf_pipeline.clients.failures import sentence
from xero_sf_pipeline.clients.salesforce_failures import row_error_class


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("UNABLE_TO_LOCK_ROW", None, "transient"),
        ("UNPROCESSED", None, "transient"),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "trigger: UNABLE_TO_LOCK_ROW", "transient"),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "trigger: null pointer", "validation"),
        ("STORAGE_LIMIT_EXCEEDED", None, "limit"),
        ("INSUFFICIENT_ACCESS_OR_READONLY", None, "auth"),
        ("INVALID_FIELD", None, "mapping"),
        ("DUPLICATE_VALUE", None, "duplicate"),
        ("DUPLICATES_DETECTED", None, "duplicate"),
        ("ENTITY_IS_DELETED", None, "conflict"),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", None, "validation"),
        ("A_CODE_OF_NEXT_YEAR", None, "validation"),
        (None, None, "validation"),
    ],
)
def test_a_row_error_has_a_class(code: str | None, message: str | None, expected: str) -> None:
    assert row_error_class(code, message) == expected


@pytest.mark.parametrize(
    "secret",
    [
        "Bearer abc.DEF-123",
        "Basic eGVybzpzZWNyZXQ=",
        "00D000000000001!AQ4AQFnJ.x_y",
        "eyJhbGciOi.eyJzdWIi.sig-nature",
        "client_secret=hunter2",
        '"access_token":"hunter2"',
    ],
)
def test_what_looks_like_a_secret_is_struck_from_a_servers_message(secret: str) -> None:
    line = sentence(f"Something\n  failed with {secret} in it")
    assert line.startswith("Something failed with ")
    for part in ("hunter2", "DEF-123", "eGVybzpzZWNyZXQ", "AQ4AQ", "nature"):
        assert part not in line


def test_a_long_message_is_shortened() -> None:
    assert len(sentence("x" * 5000)) == 303
