"""Reads the JSON of the columns `mapped_fields` (Salesforce fields by API name, as values of the API).

Belongs here: values and their texts, numbers exact. Does not belong here: how the column is filled (`extraction`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

FieldValue = str | bool | int | Decimal

_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def field_values(column: str | None) -> dict[str, FieldValue]:
    """Return the fields that are not empty. Dates and instants are their ISO text, fractions Decimal."""
    found = _DECODER.decode(column) if column else {}
    return {name: value for name, value in found.items() if value is not None}


def field_texts(column: str | None) -> dict[str, str]:
    """Return the fields that are not empty as texts: `true`, `12`, `1.5`, `2026-05-01`."""
    return {name: _text(value) for name, value in field_values(column).items()}


def _text(value: FieldValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)
