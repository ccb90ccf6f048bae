"""What makes two intentions the same: the write id.

Belongs here: canonical JSON and the hash. Does not belong here: what goes into a payload.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

_canonical = msgspec.json.Encoder(order="sorted", decimal_format="number")

JsonObject = Mapping[str, Any]


def canonical_json(value: object) -> str:
    """Return JSON with sorted keys, without spaces, decimals written as exact numbers."""
    return _canonical.encode(value).decode()


def write_id(kind: str, target_object: str, target_key: str, payload: JsonObject, before: JsonObject) -> str:
    """Return 32 hex digits that are equal for equal intentions.

    The payload given here has the words that change every day (days overdue, as of) blanked in its texts: they are
    derived from the facts beside them, and an approval or a parked error must outlive midnight.
    """
    text = canonical_json([kind, target_object, target_key, payload, before])
    return hashlib.sha256(text.encode()).hexdigest()[:32]
