"""People's decisions about planned writes: an append-only file that outlives the warehouse.

One JSON object per line: write_id, decision (approved, rejected, withdrawn), decided_by, decided_at, reason. The newest
line about a write counts; those who approved it since it was last rejected or withdrawn are counted, each once, for
writes that need several people. A write_id stands for exactly one payload, so an approval never covers anything else.
Does not belong here: which writes need approval (policy, guards).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from xero_sf_pipeline.errors import ConfigError

FILE_NAME = "decisions/approvals.jsonl"
"""Path inside the data directory."""


class Decision(StrEnum):
    """What a person decided about a write."""

    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class ApprovalEvent(BaseModel):
    """One line of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    write_id: str
    decision: Decision
    decided_by: str
    decided_at: AwareDatetime
    reason: str = ""


@dataclass(frozen=True)
class Standing:
    """How a write stands with people: their newest decision, and who agreed since the last refusal."""

    write_id: str
    decision: Decision
    approvers: tuple[str, ...]


def record_decision(
    path: Path, write_ids: Iterable[str], decision: Decision, *, decided_by: str, decided_at: datetime, reason: str = ""
) -> list[ApprovalEvent]:
    """Append one event per write and flush it to the disk before returning."""
    events = [
        ApprovalEvent(write_id=write_id, decision=decision, decided_by=decided_by, decided_at=decided_at, reason=reason)
        for write_id in write_ids
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(event.model_dump_json() + "\n" for event in events)
        file.flush()
        os.fsync(file.fileno())
    return events


def read_decisions(path: Path | None) -> dict[str, Standing]:
    """Return how each decided write stands; nothing when there is no file.

    Raises:
        ConfigError: lines that are not approvals, all of them listed. They are never skipped: a lost rejection would
            send what a person refused.
    """
    if path is None or not path.exists():
        return {}
    standing: dict[str, Standing] = {}
    problems = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            event = ApprovalEvent.model_validate(json.loads(line))
        except (ValueError, ValidationError) as error:
            problems.append(f"line {number}: {str(error).splitlines()[0]}")
            continue
        standing[event.write_id] = _after(standing.get(event.write_id), event)
    if problems:
        raise ConfigError(
            f"{path.name} has lines that are not approvals:", problems=problems, remedy="Correct or remove these lines."
        )
    return standing


def _after(before: Standing | None, event: ApprovalEvent) -> Standing:
    if event.decision is not Decision.APPROVED:
        return Standing(event.write_id, event.decision, ())
    people = before.approvers if before is not None else ()
    known = {person.casefold() for person in people}
    more = () if event.decided_by.casefold() in known else (event.decided_by,)
    return Standing(event.write_id, event.decision, (*people, *more))
