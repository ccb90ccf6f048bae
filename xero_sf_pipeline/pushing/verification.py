"""Reads records afresh and judges whether a write is already there, may go, or was overtaken.

This is what makes a resend safe: a write whose outcome is open is looked up by its external key or id before anything
is sent again, and an update goes only while the record still holds what the plan had read. Belongs here: which records
to read, in how few calls, and the verdict. Does not belong here: recording it (`journal.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from xero_sf_pipeline.pushing.payloads import differing_fields, read_field, same_value
from xero_sf_pipeline.pushing.target import SalesforceTarget
from xero_sf_pipeline.pushing.writes import KEY_SCOPES, PARENT_FIELDS, Endpoint, Write

RETRIEVE_SIZE = 2000
"""Ids in one collections retrieve (REST API guide, "Get Records Using sObject Collections")."""


class Verdict(StrEnum):
    """What a fresh read says about a write."""

    SEND = "send"
    CONFIRMED = "confirmed"
    DRIFTED = "drifted"


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict with its reason; `record` is what was read, None when there is no such record."""

    verdict: Verdict
    message: str = ""
    remote_id: str | None = None
    record: dict[str, Any] | None = None


def needs_fresh_read(write: Write) -> bool:
    """An upsert that creates goes straight out; an insert, and whatever touches a known record, is read first."""
    return write.must_look_first or not write.is_create or write.endpoint is Endpoint.INSERT


def verify(target: SalesforceTarget, writes: Sequence[Write]) -> dict[str, Finding]:
    """Read the records of `writes` and judge each; one call per 2,000 ids of an object. Keyed by write_id."""
    by_id: dict[str, list[Write]] = defaultdict(list)
    by_key: dict[tuple[str, str], list[Write]] = defaultdict(list)
    for write in writes:
        if write.target_id is not None or write.endpoint is Endpoint.UPDATE:
            by_id[write.target_object].append(write)
        else:
            by_key[(write.target_object, str(write.target_key_field))].append(write)
    findings: dict[str, Finding] = {}
    for object_name, group in sorted(by_id.items()):
        for part in _chunks(group, RETRIEVE_SIZE):
            findings |= _verify_by_id(target, object_name, part)
    for (object_name, key_field), group in sorted(by_key.items()):
        findings |= _verify_by_key(target, object_name, key_field, group)
    return findings


def judge(write: Write, records: Sequence[Mapping[str, Any]]) -> Finding:
    """Judge one write against the records that its address leads to.

    - all fields of the payload are there already: confirmed, nothing to send
    - no record: a create may go, anything else has lost its record
    - a field of `before` moved since the plan read it: drifted
    - a create meets a record that differs: drifted, because overwriting it is not what was planned
    """
    if len(records) > 1:
        return Finding(Verdict.DRIFTED, f"{len(records)} records carry the key {write.target_key}; nothing was sent.")
    if not records:
        if write.action != "update" and not write.before:
            return Finding(Verdict.SEND)
        return Finding(Verdict.DRIFTED, "The record is gone; nothing was sent.")
    record = dict(records[0])
    remote_id = str(record.get("Id") or write.target_id or "") or None
    known = [name for name in write.flat_payload if name.partition(".")[0] in record]
    unlike_payload = differing_fields(write.flat_payload, record, known)
    if known and not unlike_payload:
        return Finding(Verdict.CONFIRMED, "The record holds these values already.", remote_id, record)
    if not write.before:
        if write.action == "update":
            return Finding(Verdict.SEND, "", remote_id, record)
        return _drifted("A record with this key exists already and differs in", unlike_payload, remote_id, record)
    moved = differing_fields(write.before, record, write.before)
    if moved:
        return _drifted("The record moved since it was planned:", moved, remote_id, record)
    if write.endpoint is Endpoint.UPSERT and not _carries_its_key(write, record):
        return _drifted("The record no longer carries the key", [str(write.target_key_field)], remote_id, record)
    return Finding(Verdict.SEND, "", remote_id, record)


def _carries_its_key(write: Write, record: Mapping[str, Any]) -> bool:
    held = read_field(record, str(write.target_key_field))
    return same_value(str(held or "").casefold(), str(write.target_key or "").casefold())


def _drifted(what: str, fields: Sequence[str], remote_id: str | None, record: dict[str, Any]) -> Finding:
    return Finding(Verdict.DRIFTED, f"{what} {', '.join(fields)}; nothing was sent.", remote_id, record)


def _verify_by_id(target: SalesforceTarget, object_name: str, writes: Sequence[Write]) -> dict[str, Finding]:
    ids = sorted({_record_id(write) for write in writes})
    # A retrieve takes plain fields only; parents given by external key occur in creates, which are read by key.
    fields = [name for name in _fields(object_name, writes) if "." not in name]
    records = target.retrieve(object_name, ids, fields)
    findings = {}
    for write in writes:
        record = records.get(_record_id(write))
        findings[write.write_id] = judge(write, [record] if record else [])
    return findings


def _verify_by_key(
    target: SalesforceTarget, object_name: str, key_field: str, writes: Sequence[Write]
) -> dict[str, Finding]:
    keys = sorted({str(write.target_key) for write in writes})
    found = target.find_by_key(object_name, key_field, keys, _fields(object_name, writes))
    # Unique external ids ignore case, so an answer may spell a key in its own way.
    by_folded_key = {key.casefold(): records for key, records in found.items()}
    return {
        write.write_id: judge(write, _in_scope(write, by_folded_key.get(str(write.target_key).casefold(), ())))
        for write in writes
    }


def _in_scope(write: Write, records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Keep the records among which a plain key is unique: the entries of one price book, for instance."""
    scope = [name for name in KEY_SCOPES.get(write.target_object, ()) if name in write.payload]
    return [
        record for record in records if all(same_value(write.payload[name], read_field(record, name)) for name in scope)
    ]


def _record_id(write: Write) -> str:
    return write.target_id or write.key


def _fields(object_name: str, writes: Iterable[Write]) -> list[str]:
    fields = {"Id"}
    for write in writes:
        fields.update(write.flat_payload, write.before)
        if write.target_key_field:
            fields.add(write.target_key_field)
    if object_name in PARENT_FIELDS:
        fields.add(PARENT_FIELDS[object_name])
    return sorted(fields)


def _chunks(writes: Sequence[Write], size: int) -> Iterator[Sequence[Write]]:
    for start in range(0, len(writes), size):
        yield writes[start : start + size]
