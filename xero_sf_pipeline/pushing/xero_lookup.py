"""Finds in Xero what may be there already, and reads afresh what is to be changed.

A create is looked for by its own key among everything that changed since the mirror's cursor: one walk for all creates
of an object, because Xero cannot be asked for a list of references. An update is read by id. Belongs here: which
records to read, in how few calls, and the verdict. Does not belong here: sending and recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from xero_sf_pipeline.errors import MalformedResponse
from xero_sf_pipeline.pushing.verification import Finding, Verdict
from xero_sf_pipeline.pushing.writes import Write
from xero_sf_pipeline.pushing.xero_objects import IDENTITIES, is_create, own_key, record_id
from xero_sf_pipeline.pushing.xero_target import CountedXero
from xero_sf_pipeline.pushing.xero_values import unlike

IDS_PER_READ = 40
"""Ids in one URL; more end in a 404 by its length (issue reports of Xero's SDKs)."""
OVERLAP = timedelta(minutes=5)
"""Asked for again before the mirror's cursor: rows become visible a little after their time, as for extraction."""
CLOCK_SKEW = timedelta(hours=1)
"""Our attempts carry this machine's time and Xero's records its own; the two may differ by this much."""
_LONGEST_WALK = 10_000
"""Pages; more is an answer that never ends, not an organisation."""

Record = Mapping[str, Any]


class XeroLookup:
    """Reads one tenant. `cursors`: up to when the mirror knows each collection, by the mirror's name of it."""

    def __init__(self, target: CountedXero, cursors: Mapping[str, datetime]) -> None:
        self._target = target
        self._cursors = cursors
        self._walked: dict[str, tuple[datetime | None, list[Record]]] = {}

    def verify(self, writes: Sequence[Write], *, is_fresh: bool = False) -> dict[str, Finding]:
        """Judge each write, keyed by write_id; `is_fresh` walks again although this push has walked already."""
        findings: dict[str, Finding] = {}
        by_object: dict[str, list[Write]] = {}
        for write in writes:
            by_object.setdefault(write.target_object, []).append(write)
        for object_name, group in sorted(by_object.items()):
            creates = [write for write in group if is_create(write)]
            changes = [write for write in group if not is_create(write)]
            if creates:
                judged = _judge_creates(creates, self._changed(object_name, creates, is_fresh))
                findings |= judged | self._judge_lines(object_name, creates, judged)
            for part in _reads(object_name, changes):
                ids = sorted({named for write in part if (named := record_id(write)) is not None})
                records = self._target.by_ids(object_name, ids) if ids else ()
                findings |= _judge_changes(part, records)
        return findings

    def _judge_lines(
        self, object_name: str, writes: Sequence[Write], judged: Mapping[str, Finding]
    ) -> dict[str, Finding]:
        """Judge by their lines, too, what we never tried to make and looks as planned: the walk shows no lines."""
        found = {
            str(judged[write.write_id].remote_id): write
            for write in writes
            if judged[write.write_id].verdict is Verdict.CONFIRMED
            and write.first_attempted_at is None
            and "LineItems" in write.payload
        }
        ids, id_field = sorted(found), IDENTITIES[object_name].id_field
        parts = [ids[start : start + IDS_PER_READ] for start in range(0, len(ids), IDS_PER_READ)]
        records = [record for part in parts for record in self._target.by_ids(object_name, part)]
        return {
            found[str(record[id_field])].write_id: judge_create(found[str(record[id_field])], [record], with_lines=True)
            for record in records
            if str(record[id_field]) in found
        }

    def _changed(self, object_name: str, writes: Sequence[Write], is_fresh: bool) -> list[Record]:
        since = self._since(object_name, writes)
        known = self._walked.get(object_name)
        if known is not None and not is_fresh and (known[0] is None or (since is not None and known[0] <= since)):
            return known[1]
        records: list[Record] = []
        for page in range(1, _LONGEST_WALK + 1):
            answer = self._target.changed(object_name, since, page)
            records += answer.records
            if answer.is_last:
                self._walked[object_name] = (since, records)
                return records
        raise MalformedResponse(f"The list of changed {object_name} records never ends.", system="xero")

    def _since(self, object_name: str, writes: Iterable[Write]) -> datetime | None:
        """Everything before is in the mirror from which the writes were planned, and was before any attempt of ours."""
        cursor = self._cursors.get(IDENTITIES[object_name].entity)
        if cursor is None:
            return None
        attempts = [write.first_attempted_at - CLOCK_SKEW for write in writes if write.first_attempted_at is not None]
        return min([cursor - OVERLAP, *attempts])


def _reads(object_name: str, changes: Sequence[Write]) -> Iterator[Sequence[Write]]:
    size = len(changes) if object_name == "Item" else IDS_PER_READ  # items are read whole, however few are asked for
    for start in range(0, len(changes), max(size, 1)):
        yield changes[start : start + size]


def _judge_creates(writes: Sequence[Write], records: Sequence[Record]) -> dict[str, Finding]:
    identity = IDENTITIES[writes[0].target_object]
    by_key: dict[str, list[Record]] = {}
    by_name: dict[str, list[Record]] = {}
    for record in records:
        if key := identity.own_key(record):
            by_key.setdefault(key.casefold(), []).append(record)
        if identity.entity == "contacts" and record.get("ContactStatus") == "ACTIVE":
            by_name.setdefault(_folded(record.get("Name")), []).append(record)
    return {
        write.write_id: judge_create(
            write,
            by_key.get(own_key(write).casefold(), ()),
            by_name.get(_folded(write.payload.get("Name")), ()) if identity.entity == "contacts" else (),
        )
        for write in writes
    }


def judge_create(
    write: Write, records: Sequence[Record], namesakes: Sequence[Record] = (), *, with_lines: bool = False
) -> Finding:
    """Judge a create against the records that carry its own key, and a contact against those that carry its name.

    `with_lines`: the records were read whole, so that their lines count.

    - none: it may go
    - one that we have tried to make before, or that is as planned: confirmed
    - anything else: drifted, because Xero has something that the plan did not know
    """
    identity = IDENTITIES[write.target_object]
    if len(records) > 1:
        return Finding(Verdict.DRIFTED, f"{len(records)} records carry the key {own_key(write)}; nothing was sent.")
    if records:
        record = dict(records[0])
        found_id = str(record[identity.id_field])
        state = str(record.get(identity.state_field) or "")
        if state in identity.gone_states:
            problem = f"A record with this key is there and is {state.lower()}; nothing was sent."
            return Finding(Verdict.DRIFTED, problem, found_id, record)
        comparable = [
            name
            for name, value in write.payload.items()
            if name in record and (not isinstance(value, list) or (with_lines and name == "LineItems"))
        ]
        different = unlike(write.payload, record, comparable)
        if not different or write.first_attempted_at is not None:
            changed = f" {', '.join(different)} changed since." if different else ""
            return Finding(Verdict.CONFIRMED, f"The record is there already.{changed}", found_id, record)
        problem = f"A record with this key exists already and differs in {', '.join(different)}; nothing was sent."
        return Finding(Verdict.DRIFTED, problem, found_id, record)
    if namesakes:
        found_id = str(namesakes[0][identity.id_field])
        problem = (
            f"Contact {found_id} has the same name and is newer than the last read; nothing was sent. "
            "Sync, then decide the match with `xero-sf matches`."
        )
        return Finding(Verdict.DRIFTED, problem, found_id, dict(namesakes[0]))
    return Finding(Verdict.SEND)


def _judge_changes(writes: Sequence[Write], records: Sequence[Record]) -> dict[str, Finding]:
    id_field = IDENTITIES[writes[0].target_object].id_field
    by_id = {str(record.get(id_field) or "").casefold(): record for record in records}
    return {write.write_id: judge_change(write, by_id.get(str(record_id(write) or "").casefold())) for write in writes}


def judge_change(write: Write, record: Record | None) -> Finding:
    """Judge an update against a fresh read: there already, overtaken, or free to go."""
    if record is None:
        return Finding(Verdict.DRIFTED, "The record is gone or not known; nothing was sent.")
    held, found_id = dict(record), record_id(write)
    if not unlike(write.payload, held, write.payload):
        return Finding(Verdict.CONFIRMED, "The record holds these values already.", found_id, held)
    before = write.read_before
    moved = unlike(before, held, before)
    if moved:
        problem = f"The record moved since it was planned: {', '.join(moved)}; nothing was sent."
        return Finding(Verdict.DRIFTED, problem, found_id, held)
    return Finding(Verdict.SEND, "", found_id, held)


def _folded(name: Any) -> str:
    """Fold a contact name as Xero compares it: case and white space do not count."""
    return " ".join(str(name or "").split()).casefold()
