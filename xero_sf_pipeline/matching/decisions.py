"""What people decided about matches: an append-only file of events, and its copy in `matching.decisions`.

Belongs here: the event, appending it durably, reading the file, loading it into the warehouse. Does not belong here:
which decisions are still in force (`sql/matching/standing_decisions.sql`) and asking people (`cli`).

The file `data/decisions/matches.jsonl` holds one JSON object a line and outlives the warehouse, which can be rebuilt.
Nothing in it is ever changed: a decision is undone by a later one, or by `withdrawn`.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated, Final, Self

import duckdb
import pyarrow as pa
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.warehouse.statements import sql

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Decision(StrEnum):
    """What a person can decide about a contact."""

    CONFIRMED = "confirmed"  # this account is right; outranks every score and stored link
    REJECTED = "rejected"  # this account is wrong; the pair never comes back
    CREATE_NEW = "create_new"  # no existing account is right: make one
    IGNORED = "ignored"  # leave the contact alone
    WITHDRAWN = "withdrawn"  # take back what was decided on the pair, or without an account on the contact


class MatchDecision(BaseModel):
    """One event: who decided what about which contact, when and why. `append_decision` gives the id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decision_id: str = ""
    contact_key: Text = Field(description="<tenant id>:<Xero contact id>")
    sf_account_id: Text | None = None
    decision: Decision
    decided_by: Text
    decided_at: AwareDatetime
    reason: Text

    @model_validator(mode="after")
    def _account_fits_decision(self) -> Self:
        if self.decision in (Decision.CONFIRMED, Decision.REJECTED) and self.sf_account_id is None:
            raise ValueError(f"'{self.decision}' is about a pair: name the account too")
        if self.decision in (Decision.CREATE_NEW, Decision.IGNORED) and self.sf_account_id is not None:
            raise ValueError(f"'{self.decision}' is about the contact alone: leave the account out")
        return self


@dataclass(frozen=True)
class DecisionLog:
    """The whole file, oldest first. `torn_line` is a last line that a crash cut off before it was confirmed."""

    decisions: tuple[MatchDecision, ...]
    torn_line: str | None = None


DECISION_COLUMNS: Final = pa.schema(
    [
        ("decision_id", pa.string()),
        ("contact_key", pa.string()),
        ("sf_account_id", pa.string()),
        ("decision", pa.string()),
        ("decided_by", pa.string()),
        ("decided_at", pa.timestamp("us", tz="UTC")),
        ("reason", pa.string()),
    ]
)


def append_decision(path: Path, decision: MatchDecision) -> MatchDecision:
    """Store one decision for good and return it with its id. When this returns, the disk has it.

    Ids count up, so that of two decisions of the same instant the later one wins. An unfinished last line of an earlier
    crash is moved to `<name>.torn` first; it was never confirmed to anybody.

    Raises:
        ConfigError: the file holds a line that is not a decision; nothing was written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    with path.open("a+b") as file, _locked(file, fcntl.LOCK_EX):
        log, complete_bytes = _parse(path, _content(file))
        if log.torn_line is not None:
            _set_aside(path, log.torn_line)
            file.truncate(complete_bytes)
        file.seek(0, os.SEEK_END)
        needs_line_end = complete_bytes > 0 and not _content(file).endswith(b"\n")
        stored = decision.model_copy(
            update={
                "decision_id": f"{len(log.decisions) + 1:08d}-{uuid.uuid4().hex[:8]}",
                "decided_at": decision.decided_at.astimezone(UTC),
            }
        )
        file.write((b"\n" if needs_line_end else b"") + stored.model_dump_json().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        _sync_folder(path.parent)
    return stored


def read_decisions(path: Path) -> DecisionLog:
    """Read every decision; a missing file is an empty one. An unfinished last line is reported, not an error.

    Raises:
        ConfigError: a finished line is not a decision. It is not skipped: a lost 'rejected' could link a wrong pair.
    """
    if not path.exists():
        return DecisionLog(())
    with path.open("rb") as file, _locked(file, fcntl.LOCK_SH):
        return _parse(path, _content(file))[0]


def store_decisions(connection: duckdb.DuckDBPyConnection, decisions: Sequence[MatchDecision]) -> int:
    """Replace `matching.decisions` by these events and return their count. The caller owns the transaction."""
    connection.execute(sql("matching", "decisions"))
    rows = [decision.model_dump() | {"decision": decision.decision.value} for decision in decisions]
    connection.register("incoming_decisions", pa.Table.from_pylist(rows, schema=DECISION_COLUMNS))
    try:
        connection.execute("delete from matching.decisions")
        connection.execute("insert into matching.decisions by name select * from incoming_decisions")
    finally:
        connection.unregister("incoming_decisions")
    return len(rows)


def _parse(path: Path, content: bytes) -> tuple[DecisionLog, int]:
    """Return the log and how many bytes of the file it covers."""
    decisions: list[MatchDecision] = []
    covered = 0
    for number, line in enumerate(content.splitlines(keepends=True), start=1):
        try:
            if line.strip():
                decisions.append(MatchDecision.model_validate_json(line))
        except ValidationError as problem:
            if not line.endswith(b"\n"):
                return DecisionLog(tuple(decisions), line.decode("utf-8", errors="replace")), covered
            first = problem.errors(include_input=False, include_url=False)[0]
            raise ConfigError(
                f"Reading the match decisions failed: line {number} of {path.name} is not a decision ({first['msg']}).",
                remedy="Correct the line or restore the file from a backup, then run again.",
            ) from None
        covered += len(line)
    return DecisionLog(tuple(decisions)), covered


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _set_aside(path: Path, torn_line: str) -> None:
    with path.with_name(path.name + ".torn").open("a", encoding="utf-8") as file:
        file.write(torn_line + "\n")
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(file: IO[bytes], kind: int) -> Iterator[None]:
    """Hold an advisory lock on the file, so that two processes never write into each other's lines."""
    fcntl.flock(file.fileno(), kind)
    try:
        yield
    finally:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)


def decided_now(
    contact_key: str, sf_account_id: str | None, decision: Decision, *, decided_by: str, at: datetime, reason: str
) -> MatchDecision:
    """Build a decision from a command's arguments, validated.

    Raises:
        ConfigError: the arguments do not make a decision; the message lists every problem.
    """
    try:
        return MatchDecision(
            contact_key=contact_key,
            sf_account_id=sf_account_id,
            decision=decision,
            decided_by=decided_by,
            decided_at=at,
            reason=reason,
        )
    except ValidationError as problem:
        problems = [
            f"{'.'.join(map(str, error['loc'])) or decision.value}: {error['msg'].removeprefix('Value error, ')}"
            for error in problem.errors()
        ]
        raise ConfigError("The decision was not stored.", problems=problems, remedy="Correct the arguments.") from None
