"""When a Xero record holds what a payload means: dates in Xero's spelling, nested objects, lists of lines.

Belongs here: comparing. Does not belong here: which records to compare (`xero_lookup.py`) and single values without a
spelling of Xero's own (`payloads.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from xero_sf_pipeline.pushing.payloads import same_value

_DATE = re.compile(r"^/Date\((-?\d+)(?:[+-]\d{4})?\)/$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LIST_KEYS = ("LineItemID", "AddressType", "PhoneType", "TrackingCategoryID")
"""Fields by which Xero tells the entries of a list apart; other lists go by position."""
_PARTIAL_LISTS = frozenset({"Addresses", "Phones"})
"""Lists in which entries that are not named stay as they are: Xero always shows all addresses and phones."""


def unlike(meant: Mapping[str, Any], record: Mapping[str, Any], fields: Iterable[str]) -> list[str]:
    """List those of `fields` (top-level names) whose meant value is not what the record holds."""
    return sorted(name for name in fields if not holds(meant.get(name), record.get(name), name))


def holds(meant: Any, held: Any, name: str = "") -> bool:
    """Tell whether a held value has all that is meant; what the held one has beside does not count.

    Empty text, an empty list and nothing are one; dates compare by day, whichever spelling; numbers by value.
    """
    if isinstance(meant, Mapping):
        inner = held if isinstance(held, Mapping) else {}
        return all(holds(value, inner.get(field), field) for field, value in meant.items())
    if isinstance(meant, list | tuple):
        return _holds_list(meant, held if isinstance(held, list | tuple) else [], name)
    if isinstance(held, Mapping | list | tuple):
        return meant in (None, "") and not held
    return same_value(_iso(meant), _iso(held))


def _holds_list(meant: Sequence[Any], held: Sequence[Any], name: str) -> bool:
    if name not in _PARTIAL_LISTS and len(meant) != len(held):
        return False
    for position, entry in enumerate(meant):
        key = next((key for key in _LIST_KEYS if isinstance(entry, Mapping) and entry.get(key)), None)
        if key is not None:
            partners = [
                other for other in held if isinstance(other, Mapping) and same_value(entry[key], other.get(key))
            ]
        else:
            partners = list(held[position : position + 1])
        if not any(holds(entry, partner) for partner in partners):
            return False
    return True


def _iso(value: Any) -> Any:
    """Write Xero's `/Date(ms+0000)/` as an ISO day when it is midnight UTC, as all of its calendar dates are."""
    match = _DATE.match(value) if isinstance(value, str) else None
    if match is None:
        return value
    instant = _EPOCH + timedelta(milliseconds=int(match[1]))
    return instant.date().isoformat() if instant.time() == time() else instant.isoformat()
