"""Field values on their way to a target and back: exact numbers, nulls, and when two values are the same.

Belongs here: parsing a plan's payload without losing a digit, the cell texts of a bulk file, comparing what we meant
with what a fresh read shows. Does not belong here: which fields to write (`planning/`).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

NULL_CELL = "#N/A"
"""Sets a field to null in a bulk file; an empty cell leaves the field as it is. (REST takes JSON null.)"""

REFERENCE = "$write"
"""Stands for the id of the record that another write makes; the pusher puts the id in when it is known."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_SHORT_ID_LENGTH, _LONG_ID_LENGTH = 15, 18
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?")


def parse_exact(text: str | None) -> dict[str, Any]:
    """Parse a JSON object; numbers with a fraction or an exponent become Decimal, never float."""
    if not text:
        return {}
    body = json.loads(text, parse_float=Decimal)
    return body if isinstance(body, dict) else {}


def flatten(record: Mapping[str, Any]) -> dict[str, Any]:
    """Name a parent given by external key as Salesforce does: `{"Account": {"K__c": 1}}` -> `{"Account.K__c": 1}`."""
    flat: dict[str, Any] = {}
    for field, value in record.items():
        if isinstance(value, Mapping):
            flat.update({f"{field}.{inner}": inner_value for inner, inner_value in value.items()})
        else:
            flat[field] = value
    return flat


def references(value: Any) -> frozenset[str]:
    """List the writes that a payload names as `{"$write": "<write_id>"}`, at any depth."""
    if isinstance(value, Mapping):
        if REFERENCE in value:
            return frozenset({str(value[REFERENCE])})
        value = list(value.values())
    if isinstance(value, list | tuple):
        return frozenset(name for part in value for name in references(part))
    return frozenset()


def resolved(value: Any, remote_ids: Mapping[str, str]) -> Any:
    """Return a payload with the remote id in place of every `{"$write": "<write_id>"}`. Raises KeyError for others."""
    if isinstance(value, Mapping):
        if REFERENCE in value:
            return remote_ids[str(value[REFERENCE])]
        return {name: resolved(part, remote_ids) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(part, remote_ids) for part in value]
    return value


def read_field(record: Mapping[str, Any], field: str) -> Any:
    """Read `Field` or `Parent.Field` from an answer; an absent parent reads as None."""
    parent, dot, inner = field.partition(".")
    value = record.get(parent)
    if not dot:
        return value
    return value.get(inner) if isinstance(value, Mapping) else None


def differing_fields(meant: Mapping[str, Any], record: Mapping[str, Any], fields: Iterable[str]) -> list[str]:
    """List those of `fields` (dotted names) whose meant value is not what the record holds."""
    return sorted(field for field in fields if not same_value(meant.get(field), read_field(record, field)))


def same_value(one: Any, other: Any) -> bool:
    """Tell whether two field values mean the same to Salesforce.

    Empty text and null are one (Salesforce stores no empty text), numbers compare by value, instants by instant,
    15- and 18-character ids by their first 15, texts without surrounding white space and kind of line end.
    """
    one, other = _plain(one), _plain(other)
    if one is None or other is None:
        return one is other
    if isinstance(one, bool) or isinstance(other, bool):
        return _truth(one) == _truth(other)
    if isinstance(one, Decimal) or isinstance(other, Decimal):
        left, right = _number(one), _number(other)
        return left is not None and left == right
    if one == other:
        return True
    if _INSTANT.match(one) and _INSTANT.match(other):
        left_at, right_at = _instant(one), _instant(other)
        return left_at is not None and left_at == right_at
    lengths = {len(one), len(other)}
    if lengths == {_SHORT_ID_LENGTH, _LONG_ID_LENGTH} and _ID.fullmatch(one) and _ID.fullmatch(other):
        return bool(one[:_SHORT_ID_LENGTH] == other[:_SHORT_ID_LENGTH])
    return False


def bulk_csv(records: Sequence[Mapping[str, Any]]) -> bytes:
    """Write flat records as the UTF-8 file of a bulk job: LF line ends, every value quoted, columns sorted.

    A field that a record does not name gives an empty cell (left unchanged); a field that is None or empty gives
    `#N/A` (set to null).
    """
    columns = sorted({column for record in records for column in record})
    target = io.StringIO(newline="")
    writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    for record in records:
        writer.writerow([bulk_cell(record[column]) if column in record else "" for column in columns])
    return target.getvalue().encode("utf-8")


def bulk_cell(value: Any) -> str:
    """Write one value as the text of a bulk cell."""
    if value is None or value == "":
        return NULL_CELL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _plain(value: Any) -> str | bool | Decimal | None:
    if value is None or isinstance(value, bool | Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
    return text or None


def _truth(value: str | bool | Decimal) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).lower())


def _number(value: str | bool | Decimal) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
