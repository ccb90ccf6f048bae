"""Every error the product raises on purpose, sorted by what should happen next.

    PipelineError
    ├── ConfigError                settings or policy are wrong: a person edits them
    ├── TransientApiError          the same request may work later: retried within bounds
    │   └── RateLimited            a limit was hit: wait `retry_after_seconds`, or stop for the day
    ├── PermanentApiError          the same request will never work
    │   ├── AuthenticationFailed   credentials or consent: a person renews them
    │   ├── MissingPermission      a scope, a field permission, a role: a person grants it
    │   ├── ValidationFailed       the record was refused: data or policy changes
    │   └── Conflict               the record exists, moved, or is ambiguous: looked up, planned anew
    ├── OutcomeUnknown             a write was sent and no answer came: looked up before any resend
    ├── MalformedResponse          what came back is not what the contract says: nothing was stored
    ├── CircuitOpen                a system failed so often that calls are paused
    ├── WarehouseError
    │   ├── WarehouseBusy          another process holds the file
    │   ├── WarehouseCorrupt       the file cannot be opened: restore a snapshot
    │   ├── WarehouseTooNew        a newer version of the product wrote it
    │   └── WarehouseFull          the disk is full: nothing was changed
    ├── PlanHeld                   a guard stopped the plan: a person looks at it
    ├── PushDisabled               pushing has not been switched on
    └── NotFound                   the thing a person named does not exist

Belongs here: types and their fields. Does not belong here: HTTP (clients turn answers into these) or presentation
(the command line turns these into one message and an exit code). A message says what was attempted, what came back
and what to do next, and never holds a token, a secret or a record's contents.
"""

from __future__ import annotations


class PipelineError(Exception):
    """Root of all errors raised on purpose. `remedy` is one sentence: what a person does next."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message} {self.remedy}".strip() if self.remedy else message


class ConfigError(PipelineError):
    """Settings or policy are wrong. `problems` lists all of them at once, not just the first."""

    def __init__(self, message: str, *, problems: list[str] | None = None, remedy: str = "") -> None:
        self.problems = problems or []
        lines = "".join(f"\n  - {problem}" for problem in self.problems)
        super().__init__(f"{message}{lines}{chr(10) if lines and remedy else ''}", remedy=remedy)


class ApiError(PipelineError):
    """An answer from Xero or Salesforce that is an error."""

    def __init__(
        self,
        message: str,
        *,
        system: str,
        status: int | None = None,
        code: str | None = None,
        remedy: str = "",
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.system = system
        self.status = status
        self.code = code


class TransientApiError(ApiError):
    """The same request may work later."""


class RateLimited(TransientApiError):
    """A limit was hit. `limit` names it (minute, day, concurrent, appminute, daily_requests, budget)."""

    def __init__(
        self, message: str, *, system: str, limit: str, retry_after_seconds: float | None = None, remedy: str = ""
    ) -> None:
        super().__init__(message, system=system, status=429, code=limit, remedy=remedy)
        self.limit = limit
        self.retry_after_seconds = retry_after_seconds


class PermanentApiError(ApiError):
    """The same request will never work."""


class AuthenticationFailed(PermanentApiError):
    """Credentials were refused, or the connection was revoked."""


class MissingPermission(PermanentApiError):
    """A scope, an object or field permission, or a role is missing."""


class ValidationFailed(PermanentApiError):
    """The record was refused by a rule of the target system."""


class Conflict(PermanentApiError):
    """The record exists already, has moved, or more than one matches."""


class OutcomeUnknown(ApiError):
    """A write was sent and no answer came back: it may have happened."""


class MalformedResponse(ApiError):
    """An answer does not have the shape of its contract. Nothing of it was stored."""


class CircuitOpen(TransientApiError):
    """A system failed so often in a row that calls are paused."""


class WarehouseError(PipelineError):
    """The warehouse file cannot be used."""


class WarehouseBusy(WarehouseError):
    """Another process holds the warehouse and did not let go within the wait."""


class WarehouseCorrupt(WarehouseError):
    """The warehouse file is not a readable DuckDB database."""


class WarehouseTooNew(WarehouseError):
    """A newer version of the product wrote the warehouse."""


class WarehouseFull(WarehouseError):
    """The disk is full. The change was rolled back."""


class PlanHeld(PipelineError):
    """A guard stopped the plan until a person looks at it."""


class PushDisabled(PipelineError):
    """Pushing has not been switched on in the settings."""


class NotFound(PipelineError):
    """The thing that a person named does not exist."""
