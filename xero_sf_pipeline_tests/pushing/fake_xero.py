"""Xero organisations in memory, strict about what matters to a push, with faults on demand.

PUT makes a record whatever its reference says, as the real API does; a key that was used is answered from memory for six
minutes; a call can be lost before, after, or while it is at work. State can be kept in a file, so that another process
can go on with it.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import OutcomeUnknown, ValidationFailed

KEY_LIFE = timedelta(minutes=6)
ID_FIELDS = {"Contact": "ContactID", "Item": "ItemID", "Invoice": "InvoiceID", "CreditNote": "CreditNoteID"}
KEY_FIELDS = {"Contact": "ContactNumber", "Item": "Code", "Invoice": "Reference", "CreditNote": "Reference"}


@dataclass(frozen=True)
class Row:
    id: str | None
    status: str
    messages: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    records: tuple[Mapping[str, Any], ...]
    is_last: bool


@dataclass(frozen=True)
class CallFault:
    """Makes the next call of an operation fail as a whole.

    `after_commit`: what it did stays done. `late`: it is done only after that time, long after the answer was given up.
    """

    operation: str
    error: Exception
    after_commit: bool = False
    late: timedelta | None = None


@dataclass
class Books:
    """All organisations: records by (tenant, object), answers by idempotency key, calls still at work."""

    records: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    answers: dict[str, tuple[str, datetime, list[Row] | None]] = field(default_factory=dict)
    at_work: list[tuple[datetime, str, str, str, list[dict[str, Any]], str]] = field(default_factory=list)
    calls: list[tuple[str, str, str, int]] = field(default_factory=list)
    next_id: int = 1


class FakeXero:
    """Opens tenants; `pushing.xero_target.XeroTargets` is `xero.tenant`."""

    def __init__(self, clock: Clock, path: Path | None = None) -> None:
        self.clock = clock
        self._path = path
        self.books: Books = pickle.loads(path.read_bytes()) if path is not None and path.exists() else Books()
        self.call_faults: list[CallFault] = []
        self.row_faults: dict[str, list[str]] = {}
        """By own key: the messages with which the next writes of that element are refused, in order."""

    def tenant(self, tenant_id: str) -> FakeTenant:
        return FakeTenant(self, tenant_id)

    def add(self, tenant_id: str, object_name: str, **fields: Any) -> str:
        record_id = f"00000000-0000-4000-8000-{self.books.next_id:012d}"
        self.books.next_id += 1
        record = {ID_FIELDS[object_name]: record_id, **fields, "UpdatedDateUTC": self.clock.now()}
        self.books.records.setdefault((tenant_id, object_name), []).append(record)
        return record_id

    def by_key(self, object_name: str, tenant_id: str) -> dict[str, list[dict[str, Any]]]:
        """Records by own key; more than one under a key is what must never happen."""
        found: dict[str, list[dict[str, Any]]] = {}
        for record in self.books.records.get((tenant_id, object_name), []):
            found.setdefault(str(record.get(KEY_FIELDS[object_name])), []).append(record)
        return found

    def save(self) -> None:
        if self._path is not None:
            aside = self._path.with_suffix(".new")
            aside.write_bytes(pickle.dumps(self.books))
            aside.replace(self._path)

    def finish_late_calls(self) -> None:
        """Do what calls that were given up are still at work on, if their time has come."""
        now = self.clock.now()
        due = [call for call in self.books.at_work if call[0] <= now]
        self.books.at_work = [call for call in self.books.at_work if call[0] > now]
        for _, operation, tenant_id, object_name, elements, key in due:
            rows = self.apply(operation, tenant_id, object_name, elements)
            print_, at, _ = self.books.answers[key]
            self.books.answers[key] = (print_, at, rows)

    def apply(
        self, operation: str, tenant_id: str, object_name: str, elements: Sequence[Mapping[str, Any]]
    ) -> list[Row]:
        return [self._apply_one(operation, tenant_id, object_name, dict(element)) for element in elements]

    def _apply_one(self, operation: str, tenant_id: str, object_name: str, element: dict[str, Any]) -> Row:
        id_field = ID_FIELDS[object_name]
        waiting = self.row_faults.get(str(element.get(KEY_FIELDS[object_name]) or element.get(id_field)))
        if waiting:
            return Row(None, "ERROR", (waiting.pop(0),), record=element)
        records = self.books.records.setdefault((tenant_id, object_name), [])
        if operation == "create":
            assert id_field not in element
            record_id = self.add(tenant_id, object_name, **element)
            return Row(record_id, "OK", record=records[-1])
        held = [record for record in records if record[id_field] == element[id_field]]
        if not held:
            return Row(None, "ERROR", (f"{element[id_field]} could not be found",), record=element)
        held[0].update(element, UpdatedDateUTC=self.clock.now(), Writes=held[0].get("Writes", 0) + 1)
        return Row(element[id_field], "OK", record=held[0])


class FakeTenant:
    """Implements `pushing.xero_target.XeroTarget`."""

    def __init__(self, xero: FakeXero, tenant_id: str) -> None:
        self._xero = xero
        self._tenant_id = tenant_id

    def create(self, object_name: str, elements: Sequence[Mapping[str, Any]], *, idempotency_key: str) -> list[Row]:
        return self._write("create", object_name, elements, idempotency_key)

    def update(self, object_name: str, elements: Sequence[Mapping[str, Any]], *, idempotency_key: str) -> list[Row]:
        return self._write("update", object_name, elements, idempotency_key)

    def changed(self, object_name: str, since: datetime | None, page: int = 1) -> Page:
        def read() -> Page:
            records = [
                dict(record)
                for record in self._xero.books.records.get((self._tenant_id, object_name), [])
                if since is None or record["UpdatedDateUTC"] >= since.replace(microsecond=0)
            ]
            first = (page - 1) * 3
            return Page(tuple(records[first : first + 3]), first + 3 >= len(records))

        return self._call("changed", object_name, 0, read)

    def by_ids(self, object_name: str, ids: Sequence[str]) -> list[dict[str, Any]]:
        assert len(ids) <= 40 or object_name == "Item"
        records = self._xero.books.records.get((self._tenant_id, object_name), [])
        id_field = ID_FIELDS[object_name]
        return self._call(
            "by_ids", object_name, len(ids), lambda: [dict(record) for record in records if record[id_field] in ids]
        )

    def _write(self, operation: str, object_name: str, elements: Sequence[Mapping[str, Any]], key: str) -> list[Row]:
        xero, now = self._xero, self._xero.clock.now()
        assert 0 < len(elements) <= 50
        assert key.startswith(self._tenant_id)
        assert len(key) <= 128
        print_ = json.dumps([operation, object_name, elements], sort_keys=True, default=str)
        fault = self._next_fault(operation)
        known = xero.books.answers.get(key)
        if known is not None and now - known[1] < KEY_LIFE:
            assert known[0] == print_, "a key was used for another request"
            if fault is not None and not fault.after_commit:
                raise fault.error
            return self._call(operation, object_name, len(elements), lambda: self._replayed(known[2]))
        if fault is not None and fault.late is not None:
            xero.books.answers[key] = (print_, now, None)
            work = [dict(element) for element in elements]
            xero.books.at_work.append((now + fault.late, operation, self._tenant_id, object_name, work, key))
            xero.save()
            raise fault.error
        if fault is not None and not fault.after_commit:
            raise fault.error

        # The envelope of a 400 is about one element at least; the others may have been saved.
        saved = elements[1:] if fault is not None and isinstance(fault.error, ValidationFailed) else elements

        def work_now() -> list[Row]:
            rows = xero.apply(operation, self._tenant_id, object_name, saved)
            xero.books.answers[key] = (print_, now, rows)
            return rows

        rows = self._call(operation, object_name, len(elements), work_now)
        if fault is not None:
            raise fault.error
        return rows

    def _replayed(self, rows: list[Row] | None) -> list[Row]:
        if rows is None:  # the first call with this key is still at work
            raise OutcomeUnknown("no answer", system="xero", code="timeout")
        return rows

    def _call(self, operation: str, object_name: str, count: int, work: Callable[[], Any]) -> Any:
        self._xero.finish_late_calls()
        self._xero.books.calls.append((operation, self._tenant_id, object_name, count))
        if operation in ("changed", "by_ids") and (fault := self._next_fault(operation)) is not None:
            raise fault.error
        answer = work()
        self._xero.save()
        return answer

    def _next_fault(self, operation: str) -> CallFault | None:
        fault = next((each for each in self._xero.call_faults if each.operation == operation), None)
        if fault is not None:
            self._xero.call_faults.remove(fault)
        return fault
