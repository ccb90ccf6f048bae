"""Rows that no decoder likes: the `malformed_rows` fault spoils records inside an otherwise good page.

Argument: `{"variety": name, "rows": [index, ...], "field": name, "value": anything}`; rows default to the first one,
field and value to what suits the variety.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xero_sf_pipeline.sandbox.xero.json_text import decode, encode

VARIETIES: dict[str, tuple[str, Any]] = {
    "unknown_enum": ("Status", "QUANTUM"),
    "null": ("Date", None),
    "over_long": ("InvoiceNumber", "9" * 300),
    "unknown_field": ("BrandNewField", {"Nested": [1, 2, 3]}),
    "wrong_type": ("Total", "not a number"),
    "iso_date": ("Date", "2026-01-31T00:00:00"),
    "empty_object": ("", None),
    "missing_field": ("Type", None),
}


def spoil(page: bytes, name: str, argument: Mapping[str, Any]) -> bytes:
    """Return the page with the chosen rows of its list `name` spoiled.

    Raises:
        ValueError: for an unknown variety
    """
    variety = str(argument.get("variety", "unknown_enum"))
    if variety not in VARIETIES:
        raise ValueError(f"unknown variety {variety!r}, expected one of {sorted(VARIETIES)}")
    field, value = VARIETIES[variety]
    field, value = argument.get("field", field), argument.get("value", value)
    content = decode(page)
    rows = content.get(name, [])
    for index in argument.get("rows", [0]):
        if index < len(rows):
            rows[index] = _spoiled(rows[index], variety, field, value)
    return encode(content)


def _spoiled(row: dict[str, Any], variety: str, field: str, value: Any) -> dict[str, Any]:
    if variety == "empty_object":
        return {}
    if variety == "missing_field":
        return {name: held for name, held in row.items() if name != field}
    return {**row, field: value}
