"""The append-only ledger of attempts: what was meant, sent and answered, one row per step of a write.

    intent -> sent -> confirmed | rejected | unknown        sent: a bulk job that holds the row has been made
    intent | sent | unknown -> confirmed | rejected | drifted | dismissed      settled by looking the record up
    drifted                                                  the target moved since the plan; nothing was sent
    rejected | unknown -> retry_requested | dismissed        a person decided

Belongs here: appending, and reading the newest state. Does not belong here: what a person does about failures
(`dead_letters.py`) and HTTP: a transaction never spans a call.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import duckdb
import pyarrow as pa

from xero_sf_pipeline.pushing.outcomes import ErrorClass
from xero_sf_pipeline.pushing.writes import Write
from xero_sf_pipeline.warehouse.statements import sql


class State(StrEnum):
    """Where a write stands after its newest attempt."""

    INTENT = "intent"
    SENT = "sent"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    DRIFTED = "drifted"
    DISMISSED = "dismissed"
    RETRY_REQUESTED = "retry_requested"


UNSETTLED = frozenset({State.INTENT, State.SENT, State.UNKNOWN})
"""States after which the write may or may not be at the target: it is looked up before anything is sent again."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One step of one write. `http_status` is 200 for a row error inside an answer, else the status of the call."""

    write: Write
    state: State
    batch_id: str | None = None
    http_status: int | None = None
    error_code: str | None = None
    error_class: ErrorClass | None = None
    message: str | None = None
    remote_id: str | None = None
    idempotency_key: str | None = None
    """What Xero knows the call by; Salesforce remembers no request keys, the key of the record protects there."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A write whose outcome is open, with the attempt that left it so."""

    write: Write
    state: State
    batch_id: str
    is_planned: bool
    attempted_at: datetime
    """When the newest attempt was noted."""


_SCHEMA = pa.schema(
    [
        (name, pa.string())
        for name in (
            "attempt_id",
            "write_id",
            "state",
            "kind",
            "target_system",
            "target_object",
            "target_key_field",
            "target_key",
            "payload",
            "batch_id",
            "idempotency_key",
            "error_code",
            "error_class",
            "message",
            "remote_id",
            "run_id",
            "actor",
        )
    ]
    + [("http_status", pa.int32()), ("attempted_at", pa.timestamp("us", tz="UTC"))]
)


def append(
    connection: duckdb.DuckDBPyConnection,
    attempts: Sequence[Attempt],
    *,
    run_id: str,
    actor: str,
    attempted_at: datetime,
) -> None:
    """Add attempts in one bulk insert; at most one attempt per write in a call, since the order inside it is open."""
    if not attempts:
        return
    stem = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
    new_attempts = [
        {
            "attempt_id": f"{stem}-{position:06d}",
            "write_id": attempt.write.write_id,
            "state": attempt.state.value,
            "kind": attempt.write.kind,
            "target_system": attempt.write.target_system,
            "target_object": attempt.write.target_object,
            "target_key_field": attempt.write.target_key_field,
            "target_key": attempt.write.target_key,
            "payload": attempt.write.payload_text,
            "batch_id": attempt.batch_id,
            "idempotency_key": attempt.idempotency_key,
            "http_status": attempt.http_status,
            "error_code": attempt.error_code,
            "error_class": attempt.error_class.value if attempt.error_class else None,
            "message": attempt.message,
            "remote_id": attempt.remote_id or attempt.write.target_id,
            "run_id": run_id,
            "attempted_at": attempted_at,
            "actor": actor,
        }
        for position, attempt in enumerate(attempts)
    ]
    # A caller may have read one row of a longer result; DuckDB takes no registration before that result is over.
    connection.complete()
    connection.register("new_attempts", pa.Table.from_pylist(new_attempts, schema=_SCHEMA))
    try:
        connection.execute(sql("ledger", "append"))
    finally:
        connection.unregister("new_attempts")


def unsettled(connection: duckdb.DuckDBPyConnection) -> list[Unsettled]:
    """List the writes that an earlier push left without an outcome."""
    return [
        Unsettled(
            write=Write(
                write_id=row["write_id"],
                kind=row["kind"],
                target_object=row["target_object"],
                action=row["action"] or "upsert",
                target_key_field=row["target_key_field"],
                target_key=row["target_key"],
                target_id=row["target_id"] or row["remote_id"],
                payload_text=row["payload"],
                before_text=row["before"],
                target_system=row["target_system"],
                first_attempted_at=row["first_attempted_at"],
            ),
            state=State(row["state"]),
            batch_id=row["batch_id"] or "",
            is_planned=row["is_planned"],
            attempted_at=row["attempted_at"],
        )
        for row in rows(connection, "unsettled", {})
    ]


def confirmed_among(connection: duckdb.DuckDBPyConnection, write_ids: Sequence[str]) -> dict[str, str | None]:
    """Return those of the writes that the target has confirmed, whichever plan they came from, with the remote id."""
    if not write_ids:
        return {}
    found = rows(connection, "confirmed_among", {"write_ids": list(write_ids)})
    return {row["write_id"]: row["remote_id"] for row in found}


def xero_cursors(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], datetime]:
    """Return up to which instant of Xero's clock the mirror knows each collection, by (tenant id, entity)."""
    return {(row["tenant_id"], row["entity"]): row["watermark_at"] for row in rows(connection, "xero_cursors", {})}


def rows(connection: duckdb.DuckDBPyConnection, statement: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """Run `sql/ledger/<statement>.sql` and return its rows; amounts as Decimal, instants aware."""
    result = connection.execute(sql("ledger", statement), parameters)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
