"""How an error of a client becomes a line of the preflight.

Belongs here: one sentence and one remedy for each kind of refusal, the same for both systems. Does not belong here:
turning HTTP answers into errors (`clients.failures`).
"""

from __future__ import annotations

from xero_sf_pipeline.errors import (
    AuthenticationFailed,
    CircuitOpen,
    MalformedResponse,
    MissingPermission,
    PipelineError,
    RateLimited,
    TransientApiError,
)
from xero_sf_pipeline.preflight.result import CheckResult, failed, warned

DAY_LIMITS = frozenset({"budget", "day", "daily_requests", "daily_bulk"})
"""Limits of `RateLimited` that last for hours."""


_NEXT = {
    AuthenticationFailed: "Check the client id, the secret and the address in .env against the app's own page.",
    MissingPermission: "Grant what is missing, see docs/connect.md, then run preflight again.",
    CircuitOpen: "Wait a few minutes, then run preflight again.",
    TransientApiError: "Check that this machine reaches the address (proxy, firewall, DNS), or try again later.",
    MalformedResponse: "Check that the address in .env is the API itself and not a login or proxy page.",
    PipelineError: "See docs/connect.md.",
}


def line_of(name: str, error: PipelineError, *, remedy: str = "") -> CheckResult:
    """Say what was refused and what to do. `remedy` is used when the caller knows better than the error."""
    detail = str(error.args[0]) if error.args else type(error).__name__
    if isinstance(error, RateLimited):
        judge = failed if error.limit in DAY_LIMITS else warned
        return judge(name, detail, remedy or error.remedy or "Wait, or raise the daily call budget in .env.")
    general = next(text for kind, text in _NEXT.items() if isinstance(error, kind))
    return failed(name, detail, remedy or error.remedy or general)
