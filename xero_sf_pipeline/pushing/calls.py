"""Counts what a push asks of Salesforce.

Belongs here: a target that passes calls on and counts them. Does not belong here: budgets and waiting (the clients'
governor does that).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xero_sf_pipeline.pushing.target import JobAnswer, RowAnswer, SalesforceTarget

WRITE_CALLS = frozenset({"upsert", "update", "create_ingest_job", "upload"})


class CountedTarget:
    """A Salesforce target whose calls are counted by (operation, object).

    One count is one call of the target. A look-up by key is split by URI length and an upload by its two steps below
    this line, so the API's own count (in `ops.api_usage`) can be a little higher.
    """

    def __init__(self, target: SalesforceTarget, may_write: Callable[[], None] = lambda: None) -> None:
        self._target = target
        self.may_write = may_write
        """Asked before an attempt to write is noted; raises when a person has stopped the push."""
        self._objects: dict[str, str] = {}
        self.counts: Counter[tuple[str, str]] = Counter()
        self.bytes_sent = 0
        """Bytes of the payloads handed over: JSON text of records, CSV text of bulk files; headers not included."""

    @property
    def write_calls(self) -> int:
        return sum(count for (operation, _), count in self.counts.items() if operation in WRITE_CALLS)

    @property
    def read_calls(self) -> int:
        return sum(count for (operation, _), count in self.counts.items() if operation not in WRITE_CALLS)

    def upsert(self, object_name: str, key_field: str, records: Sequence[Mapping[str, Any]]) -> Sequence[RowAnswer]:
        self.counts["upsert", object_name] += 1
        return self._target.upsert(object_name, key_field, records)

    def update(self, object_name: str, records: Sequence[Mapping[str, Any]]) -> Sequence[RowAnswer]:
        self.counts["update", object_name] += 1
        return self._target.update(object_name, records)

    def retrieve(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[str, Mapping[str, Any] | None]:
        self.counts["retrieve", object_name] += 1
        return self._target.retrieve(object_name, ids, fields)

    def find_by_key(
        self, object_name: str, key_field: str, keys: Sequence[str], fields: Sequence[str]
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        self.counts["find_by_key", object_name] += 1
        return self._target.find_by_key(object_name, key_field, keys, fields)

    def create_ingest_job(self, object_name: str, operation: str, key_field: str | None) -> str:
        self.counts["create_ingest_job", object_name] += 1
        job_id = self._target.create_ingest_job(object_name, operation, key_field)
        self._objects[job_id] = object_name
        return job_id

    def upload(self, job_id: str, csv: bytes) -> None:
        self.counts["upload", self._objects.get(job_id, "")] += 1
        self.bytes_sent += len(csv)
        self._target.upload(job_id, csv)

    def job(self, job_id: str) -> JobAnswer:
        self.counts["job", self._objects.get(job_id, "")] += 1
        return self._target.job(job_id)

    def ingest_results(self, job_id: str) -> Sequence[RowAnswer]:
        self.counts["ingest_results", self._objects.get(job_id, "")] += 1
        return self._target.ingest_results(job_id)
