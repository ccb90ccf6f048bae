"""The writes that did not go through, for a person: list, show, retry, dismiss.

Belongs here: what `xero-sf errors` reads and appends. Does not belong here: sending (a retry goes out with the next
push) and presentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb

from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import Conflict, NotFound
from xero_sf_pipeline.pushing import ledger
from xero_sf_pipeline.pushing.ledger import Attempt, State
from xero_sf_pipeline.pushing.outcomes import MAX_TRANSIENT_PUSHES, is_parked, remedy
from xero_sf_pipeline.pushing.payloads import parse_exact
from xero_sf_pipeline.pushing.writes import Write

_RETRY_STATES = frozenset({State.REJECTED, State.DISMISSED, State.DRIFTED})
_DISMISS_STATES = frozenset({State.REJECTED, State.RETRY_REQUESTED, State.DRIFTED, State.UNKNOWN})


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A write that did not go through, or (state confirmed) that went with a warning. Grain: one per write_id.

    Amounts in `currency_code`; instants in UTC.
    """

    write_id: str
    kind: str
    state: State
    is_parked: bool
    target_system: str
    target_object: str
    target_key_field: str | None
    target_key: str | None
    remote_id: str | None
    error_class: str | None
    error_code: str | None
    http_status: int | None
    message: str | None
    remedy: str
    attempt_count: int
    first_attempted_at: datetime
    last_attempted_at: datetime
    is_planned: bool
    explanation: str | None
    amount: Decimal | None
    currency_code: str | None


@dataclass(frozen=True, slots=True)
class DeadLetterDetail:
    """One write with all that is known of it: payload, what the plan had read before, and every attempt in order."""

    write_id: str
    payload: dict[str, Any]
    before: dict[str, Any] | None
    explanation: str | None
    letter: DeadLetter | None
    attempts: tuple[dict[str, Any], ...]


def list_errors(connection: duckdb.DuckDBPyConnection, *, max_pushes: int = MAX_TRANSIENT_PUSHES) -> list[DeadLetter]:
    """List rejected writes (parked or to be sent again) and those without an outcome, the newest first."""
    return _letters(connection, None, max_pushes)


def show_error(
    connection: duckdb.DuckDBPyConnection, write_id: str, *, max_pushes: int = MAX_TRANSIENT_PUSHES
) -> DeadLetterDetail:
    """Return everything about one write; the first characters of its id are enough when they name one.

    Raises:
        NotFound: the ledger holds no such write, or more than one starts so.
    """
    full_id = _full_id(connection, write_id)
    attempts = ledger.rows(connection, "attempts_of", {"write_id": full_id})
    before = ledger.rows(connection, "before_of", {"write_id": full_id})
    letters = _letters(connection, full_id, max_pushes)
    return DeadLetterDetail(
        write_id=full_id,
        payload=parse_exact(attempts[-1]["payload"]),
        before=parse_exact(before[0]["before"]) if before else None,
        explanation=before[0]["explanation"] if before else None,
        letter=letters[0] if letters else None,
        attempts=tuple(attempts),
    )


def retry(
    connection: duckdb.DuckDBPyConnection, write_id: str, *, actor: str, reason: str, clock: Clock, run_id: str
) -> str:
    """Ask that the next push sends the write again; its count of failures starts anew. Return the full write id.

    Raises:
        NotFound: there is no such write.
        Conflict: the write is in a state from which it cannot be retried, for instance confirmed.
    """
    return _decide(connection, write_id, State.RETRY_REQUESTED, _RETRY_STATES, actor, reason, clock, run_id)


def dismiss(
    connection: duckdb.DuckDBPyConnection, write_id: str, *, actor: str, reason: str, clock: Clock, run_id: str
) -> str:
    """Decide that the write is not wanted: exactly this payload is never sent again. Return the full write id.

    A write that went with a warning stays confirmed: only the warning is dismissed.

    Raises:
        NotFound: there is no such write.
        Conflict: the write is in a state from which it cannot be dismissed, for instance confirmed.
    """
    return _decide(connection, write_id, State.DISMISSED, _DISMISS_STATES, actor, reason, clock, run_id)


def _decide(
    connection: duckdb.DuckDBPyConnection,
    write_id: str,
    state: State,
    allowed: frozenset[State],
    actor: str,
    reason: str,
    clock: Clock,
    run_id: str,
) -> str:
    full_id = _full_id(connection, write_id)
    newest = ledger.rows(connection, "attempts_of", {"write_id": full_id})[-1]
    current = State(newest["state"])
    if current is State.CONFIRMED and state is State.DISMISSED and newest["error_class"] is not None:
        state = State.CONFIRMED
    elif current not in allowed:
        raise Conflict(
            f"Write {full_id} is {current}; only {', '.join(sorted(allowed))} can become {state}.",
            system=newest["target_system"],
            remedy="A push settles writes without an outcome; a confirmed write is changed in Xero or Salesforce.",
        )
    write = Write(
        write_id=full_id,
        kind=newest["kind"],
        target_object=newest["target_object"],
        action="upsert",
        target_key_field=newest["target_key_field"],
        target_key=newest["target_key"],
        target_id=None,
        payload_text=newest["payload"],
        target_system=newest["target_system"],
    )
    attempt = Attempt(write, state, message=reason, remote_id=newest["remote_id"])
    ledger.append(connection, [attempt], run_id=run_id, actor=actor, attempted_at=clock.now())
    return full_id


def _letters(connection: duckdb.DuckDBPyConnection, write_id: str | None, max_pushes: int) -> list[DeadLetter]:
    return [_letter(row, max_pushes) for row in ledger.rows(connection, "errors", {"write_id": write_id})]


def _letter(row: dict[str, Any], max_pushes: int) -> DeadLetter:
    state = State(row["state"])
    failures = row.pop("transient_push_count")
    parked = state is State.REJECTED and is_parked(row["error_class"], row["http_status"], failures, max_pushes)
    return DeadLetter(
        **{
            **row,
            "state": state,
            "is_parked": parked,
            "remedy": remedy(
                row["error_class"],
                row["http_status"],
                parked=parked,
                system=row["target_system"],
                is_warning=state is State.CONFIRMED,
            ),
        }
    )


def _full_id(connection: duckdb.DuckDBPyConnection, write_id: str) -> str:
    found = [row["write_id"] for row in ledger.rows(connection, "write_ids_like", {"prefix": write_id})]
    if write_id in found:
        return write_id
    if len(found) != 1:
        problem = "starts more than one write" if found else "is not in the ledger"
        raise NotFound(f"{write_id!r} {problem}.", remedy="`xero-sf errors list` shows the ids.")
    return str(found[0])
