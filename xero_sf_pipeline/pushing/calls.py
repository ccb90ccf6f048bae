"""Counts what a push asks of both systems.

Belongs here: the tally, and a Salesforce target that passes calls on and counts them (Xero's: `xero_target.py`). Does
not belong here: budgets and waiting (the clients' governor does that).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xero_sf_pipeline.pushing.target import JobAnswer, RowAnswer, SalesforceTarget
from xero_sf_pipeline.pushing.writes import SALESFORCE

WRITE_CALLS = frozenset({"upsert", "update", "insert", "create", "create_ingest_job", "upload"})


class Tally:
    """Calls by (system, operation, object), and payload bytes: JSON text of records, CSV text of bulk files."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.bytes_sent = 0

    def called(self, system: str, operation: str, object_name: str) -> None:
        self.counts[system, operation, object_name] += 1

    def count(self, *, is_write: bool, system: str | None = None) -> int:
        """Return the number of calls that write, or of those that read, to one system or to all."""
        return sum(
            count
            for (called_system, operation, _), count in self.counts.items()
            if (operation in WRITE_CALLS) is is_write and system in (None, called_system)
        )

    def by_name(self) -> dict[str, int]:
        """Return counts as `upsert Case`, or for Xero `xero create Invoice`."""
        return {
            " ".join(part for part in ("" if system == SALESFORCE else system, operation, thing) if part): count
            for (system, operation, thing), count in self.counts.items()
        }


class CountedTarget:
    """A Salesforce target whose calls are counted.

    One count is one call of the target. A look-up by key is split by URI length and an upload by its two steps below
    this line, so the API's own count (in `ops.api_usage`) can be a little higher.
    """

    def __init__(self, target: SalesforceTarget, tally: Tally, may_write: Callable[[], None] = lambda: None) -> None:
        self._target = target
        self.tally = tally
        self.may_write = may_write
        """Asked before an attempt to write is noted; raises when a person has stopped the push."""
        self._objects: dict[str, str] = {}

    def upsert(self, object_name: str, key_field: str, records: Sequence[Mapping[str, Any]]) -> Sequence[RowAnswer]:
        self._count("upsert", object_name)
        return self._target.upsert(object_name, key_field, records)

    def update(self, object_name: str, records: Sequence[Mapping[str, Any]]) -> Sequence[RowAnswer]:
        self._count("update", object_name)
        return self._target.update(object_name, records)

    def insert(self, object_name: str, records: Sequence[Mapping[str, Any]]) -> Sequence[RowAnswer]:
        self._count("insert", object_name)
        return self._target.insert(object_name, records)

    def retrieve(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[str, Mapping[str, Any] | None]:
        self._count("retrieve", object_name)
        return self._target.retrieve(object_name, ids, fields)

    def find_by_key(
        self, object_name: str, key_field: str, keys: Sequence[str], fields: Sequence[str]
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        self._count("find_by_key", object_name)
        return self._target.find_by_key(object_name, key_field, keys, fields)

    def create_ingest_job(self, object_name: str, operation: str, key_field: str | None) -> str:
        self._count("create_ingest_job", object_name)
        job_id = self._target.create_ingest_job(object_name, operation, key_field)
        self._objects[job_id] = object_name
        return job_id

    def upload(self, job_id: str, csv: bytes) -> None:
        self._count("upload", self._objects.get(job_id, ""))
        self.tally.bytes_sent += len(csv)
        self._target.upload(job_id, csv)

    def job(self, job_id: str) -> JobAnswer:
        self._count("job", self._objects.get(job_id, ""))
        return self._target.job(job_id)

    def ingest_results(self, job_id: str) -> Sequence[RowAnswer]:
        self._count("ingest_results", self._objects.get(job_id, ""))
        return self._target.ingest_results(job_id)

    def _count(self, operation: str, object_name: str) -> None:
        self.tally.called(SALESFORCE, operation, object_name)
