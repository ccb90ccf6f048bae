"""The two ways in which Salesforce says no: to a whole request, and to one row of it.

Belongs here: the error types and the wordings that several parts share. Does not belong here: rules that decide when
an error is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class RequestRefused(Exception):
    """The whole request fails with an HTTP status and a JSON array of one error."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: tuple[str, ...] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields
        self.more = more or {}

    def body(self) -> list[dict[str, Any]]:
        """Return the error as plain REST writes it (`errorCode`)."""
        error: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            error["fields"] = list(self.fields)
        return [{**error, **self.more}]


class RowRefused(Exception):
    """One row fails. Collections and bulk carry on with the next; plain REST turns it into HTTP 400."""

    def __init__(self, code: str, message: str, fields: tuple[str, ...] = (), status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fields = fields
        self.status = status
        self.details: dict[str, Any] = {}


@dataclass(frozen=True)
class RowResult:
    """What became of one row of a write."""

    success: bool
    id: str | None = None
    created: bool | None = None
    errors: tuple[RowRefused, ...] = field(default=())


def no_such_column(field_name: str, object_name: str) -> RequestRefused:
    """A body names a field that does not exist or that field-level security hides: the same answer for both."""
    return RequestRefused(400, "INVALID_FIELD", f"No such column '{field_name}' on sobject of type {object_name}")


def not_found(message: str = "The requested resource does not exist") -> RequestRefused:
    """HTTP 404 as Salesforce words it."""
    return RequestRefused(404, "NOT_FOUND", message)
