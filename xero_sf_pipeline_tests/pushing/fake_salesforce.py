"""A Salesforce org in memory, strict about what matters to a push, with faults on demand.

It enforces unique external ids without regard to case, resolves parents by external key, answers collections by
position and bulk jobs in another order, and counts how often each row was really applied. State can be kept in a file,
so that another process can go on with it.
"""

from __future__ import annotations

import csv
import io
import pickle
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xero_sf_pipeline.errors import PermanentApiError, ValidationFailed

OWN_KEYS = {
    "Account": "Xero_Contact_ID__c",
    "Xero_Contact__c": "Key__c",
    "Case": "Xero_Invoice_Key__c",
    "Opportunity": "Xero_Quote_ID__c",
    "Task": "Xero_Alert_Key__c",
    "Product2": "ProductCode",
}
PARENTS = {"Account": ("Account", "AccountId"), "Account__r": ("Account", "Account__c")}
PREFIXES = {
    "Account": "001",
    "Case": "500",
    "Xero_Contact__c": "a00",
    "Opportunity": "006",
    "Task": "00T",
    "Product2": "01t",
}


@dataclass(frozen=True)
class Row:
    key: str | None
    id: str | None
    success: bool
    created: bool | None = None
    code: str | None = None
    message: str | None = None
    fields: tuple[str, ...] = ()


@dataclass
class Job:
    object_name: str
    operation: str
    key_field: str | None
    state: str = "Open"
    error_message: str | None = None
    results: list[Row] = field(default_factory=list)
    polls_left: int = 0


@dataclass(frozen=True)
class CallFault:
    """Makes the next call of an operation fail as a whole; `after_commit` loses the answer instead of the request."""

    operation: str
    error: Exception
    after_commit: bool = False


@dataclass
class Org:
    records: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: defaultdict(dict))
    applied: Counter[tuple[str, str]] = field(default_factory=Counter)
    jobs: dict[str, Job] = field(default_factory=dict)
    calls: list[tuple[str, str, int]] = field(default_factory=list)
    uploads: list[bytes] = field(default_factory=list)
    next_id: int = 1


class FakeSalesforce:
    """Implements `pushing.target.SalesforceTarget`."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        if path is not None and path.exists():
            self.org: Org = pickle.loads(path.read_bytes())
        else:
            self.org = Org(records={name: {} for name in OWN_KEYS})
        self.call_faults: list[CallFault] = []
        self.row_faults: dict[str, list[tuple[str, str]]] = {}
        """By external key or id: the errors that the next writes of that row meet, in order."""
        self.poison_keys: set[str] = set()
        """A call that holds one of these is refused as a whole, as for a value that cannot be parsed."""
        self.polls_before_done = 0
        self.unprocessed_keys: set[str] = set()
        self.job_failure: str | None = None

    # Looking at the org, for assertions

    def add(self, object_name: str, **fields: Any) -> str:
        record_id = f"{PREFIXES[object_name]}{self.org.next_id:012d}AAA"
        self.org.next_id += 1
        self.org.records[object_name][record_id] = {"Id": record_id, **fields}
        return record_id

    def by_key(self, object_name: str) -> dict[str, dict[str, Any]]:
        key_field = OWN_KEYS[object_name]
        return {r[key_field]: r for r in self.org.records[object_name].values() if r.get(key_field) is not None}

    def call_counts(self) -> dict[str, int]:
        return dict(Counter(f"{operation} {object_name}" for operation, object_name, _ in self.org.calls))

    # The protocol

    def upsert(self, object_name: str, key_field: str, records: Sequence[Mapping[str, Any]]) -> list[Row]:
        assert len(records) <= 200
        keys = [str(record[key_field]).casefold() for record in records]
        assert len(set(keys)) == len(keys), "the same key twice in one call"
        with_answer = self._enter("upsert", object_name, len(records))
        self._refuse_poison(records)
        return with_answer(lambda: [self._upsert_row(object_name, key_field, dict(record)) for record in records])

    def update(self, object_name: str, records: Sequence[Mapping[str, Any]]) -> list[Row]:
        assert len(records) <= 200
        with_answer = self._enter("update", object_name, len(records))
        self._refuse_poison(records)
        return with_answer(lambda: [self._update_row(object_name, dict(record)) for record in records])

    def insert(self, object_name: str, records: Sequence[Mapping[str, Any]]) -> list[Row]:
        assert len(records) <= 200
        with_answer = self._enter("insert", object_name, len(records))
        return with_answer(lambda: [self._insert_row(object_name, dict(record)) for record in records])

    def retrieve(self, object_name: str, ids: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Any]]:
        assert len(ids) <= 2000
        assert not any("." in name for name in fields)
        with_answer = self._enter("retrieve", object_name, len(ids))
        records = self.org.records[object_name]
        return with_answer(
            lambda: {i: self._selected(object_name, records[i], {"Id", *fields}) for i in ids if i in records}
        )

    def find_by_key(
        self, object_name: str, key_field: str, keys: Sequence[str], fields: Sequence[str]
    ) -> dict[str, list[dict[str, Any]]]:
        with_answer = self._enter("find_by_key", object_name, len(keys))
        return with_answer(
            lambda: {
                key: [
                    self._selected(object_name, record, {"Id", key_field, *fields})
                    for record in self.org.records[object_name].values()
                    if str(record.get(key_field) or "").casefold() == key.casefold()
                ]
                for key in keys
            }
        )

    def create_ingest_job(self, object_name: str, operation: str, key_field: str | None) -> str:
        with_answer = self._enter("create_ingest_job", object_name, 0)

        def make() -> str:
            job_id = f"750{len(self.org.jobs) + 1:012d}AAA"
            self.org.jobs[job_id] = Job(object_name, operation, key_field)
            return job_id

        return with_answer(make)

    def upload(self, job_id: str, csv_bytes: bytes) -> None:
        with_answer = self._enter("upload", self.org.jobs[job_id].object_name, 0)

        def take() -> None:
            job = self.org.jobs[job_id]
            assert job.state == "Open", "a job takes one upload"
            self.org.uploads.append(csv_bytes)
            job.state, job.polls_left = "InProgress", self.polls_before_done
            self._work_on(job, csv_bytes.decode("utf-8"))

        with_answer(take)

    def job(self, job_id: str) -> Job:
        with_answer = self._enter("job", "", 0)
        if job_id not in self.org.jobs:
            raise PermanentApiError("no such job", system="salesforce", status=404, code="NOT_FOUND")

        def look() -> Job:
            job = self.org.jobs[job_id]
            if job.state == "InProgress":
                if job.polls_left == 0:
                    job.state, job.error_message = ("Failed" if self.job_failure else "JobComplete"), self.job_failure
                job.polls_left -= 1
            return job

        return with_answer(look)

    def ingest_results(self, job_id: str) -> list[Row]:
        with_answer = self._enter("ingest_results", "", 0)
        assert self.org.jobs[job_id].state in ("JobComplete", "Failed", "Aborted")
        return with_answer(lambda: list(reversed(self.org.jobs[job_id].results)))

    # How it works

    def _enter(self, operation: str, object_name: str, row_count: int) -> Any:
        self.org.calls.append((operation, object_name, row_count))
        fault = next((f for f in self.call_faults if f.operation == operation), None)
        if fault is not None:
            self.call_faults.remove(fault)
            if not fault.after_commit:
                self._save()
                raise fault.error

        def with_answer(work: Any) -> Any:
            answer = work()
            self._save()
            if fault is not None:
                raise fault.error
            return answer

        return with_answer

    def _save(self) -> None:
        if self._path is not None:
            aside = self._path.with_suffix(".new")
            aside.write_bytes(pickle.dumps(self.org))
            aside.replace(self._path)

    def _refuse_poison(self, records: Sequence[Mapping[str, Any]]) -> None:
        if any(str(value) in self.poison_keys for record in records for value in record.values()):
            raise ValidationFailed(
                "Cannot deserialize instance of date from VALUE_STRING value soon",
                system="salesforce",
                status=400,
                code="JSON_PARSER_ERROR",
            )

    def _upsert_row(self, object_name: str, key_field: str, record: dict[str, Any]) -> Row:
        key = str(record[key_field])
        if refusal := self._row_fault(key):
            return refusal
        values = self._resolved(record)
        if isinstance(values, Row):
            return values
        records = self.org.records[object_name]
        existing = [i for i, r in records.items() if str(r.get(key_field) or "").casefold() == key.casefold()]
        record_id = existing[0] if existing else self.add(object_name)
        records[record_id].update(values)
        self.org.applied[object_name, key] += 1
        return Row(key, record_id, success=True, created=not existing)

    def _insert_row(self, object_name: str, record: dict[str, Any]) -> Row:
        record_id = self.add(object_name)
        self.org.records[object_name][record_id].update(record)
        self.org.applied[object_name, record[OWN_KEYS[object_name]]] += 1
        return Row(None, record_id, success=True)

    def _update_row(self, object_name: str, record: dict[str, Any]) -> Row:
        record_id = str(record.pop("Id"))
        if refusal := self._row_fault(record_id):
            return refusal
        records = self.org.records[object_name]
        if record_id not in records:
            return Row(None, record_id, False, None, "ENTITY_IS_DELETED", "entity is deleted")
        own_key = OWN_KEYS[object_name]
        holder = self.by_key(object_name).get(record.get(own_key, ""))
        if holder is not None and holder["Id"] != record_id:
            message = f"duplicate value found: {own_key} duplicates value on record with id: {holder['Id']}"
            return Row(None, record_id, False, None, "DUPLICATE_VALUE", message)
        records[record_id].update(record)
        self.org.applied[object_name, record_id] += 1
        return Row(record_id, record_id, success=True)

    def _row_fault(self, address: str) -> Row | None:
        waiting = self.row_faults.get(address)
        if not waiting:
            return None
        code, message = waiting.pop(0)
        return Row(address, None, False, None, code, message)

    def _resolved(self, record: dict[str, Any]) -> dict[str, Any] | Row:
        values: dict[str, Any] = {}
        for name, value in record.items():
            if not isinstance(value, Mapping):
                values[name] = None if value == "" else value
                continue
            parent_object, lookup = PARENTS[name]
            (key_field, key) = next(iter(value.items()))
            parent = self.by_key(parent_object).get(key)
            if parent is None:
                message = f"Foreign key external ID: {key} not found for field {key_field} in entity {parent_object}"
                return Row(None, None, False, None, "INVALID_FIELD", message, (key_field,))
            values[lookup] = parent["Id"]
        return values

    def _selected(self, object_name: str, record: Mapping[str, Any], fields: set[str]) -> dict[str, Any]:
        chosen: dict[str, Any] = {}
        for name in fields:
            parent, dot, inner = name.partition(".")
            if not dot:
                chosen[name] = record.get("Status") == "Closed" if name == "IsClosed" else record.get(name)
                continue
            parent_object, lookup = PARENTS[parent]
            parent_record = self.org.records[parent_object].get(record.get(lookup) or "")
            chosen[parent] = {inner: parent_record.get(inner)} if parent_record else None
        return chosen

    def _work_on(self, job: Job, text: str) -> None:
        for row in csv.DictReader(io.StringIO(text, newline="")):
            record: dict[str, Any] = {}
            for column, cell in row.items():
                if cell == "":
                    continue
                value = None if cell == "#N/A" else cell
                parent, dot, inner = column.partition(".")
                record.update({parent: {inner: value}} if dot else {column: value})
            if self.job_failure or record.get(job.key_field or "Id") in self.unprocessed_keys:
                continue
            if job.operation == "upsert":
                assert job.key_field is not None
                answer = self._upsert_row(job.object_name, job.key_field, record)
                answer = Row(record[job.key_field], *[getattr(answer, n) for n in ("id", "success", "created")],
                             answer.code, answer.message, answer.fields)  # fmt: skip
            else:
                answer = self._update_row(job.object_name, record)
            job.results.append(answer)
