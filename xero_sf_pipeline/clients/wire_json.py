"""JSON as it goes over the wire: money stays Decimal in both directions, never a float.

Belongs here: encoding request bodies and decoding small answers. Pages of records are decoded by extraction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from xero_sf_pipeline.errors import MalformedResponse

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def encode(value: Any) -> bytes:
    """Return a value as JSON. Decimals become number text, aware datetimes UTC milliseconds, dates ISO days.

    Raises:
        ValueError: a float (use Decimal), a Decimal that is no number, or a datetime without an offset.
    """
    return _ENCODER.encode(_plain(value))


def decode(body: bytes, *, system: str, what: str) -> Any:
    """Return an answer's JSON with fractions as Decimal.

    Raises:
        MalformedResponse: it is not JSON.
    """
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise MalformedResponse(
            f"{what}: the answer of {len(body)} bytes is not JSON. Nothing of it was used.",
            system=system,
            code="not_json",
            remedy="Run it again; a proxy or a maintenance page may have answered.",
        ) from None


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is not a number that JSON can carry")
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a datetime for an API needs an offset; use aware UTC datetimes")
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    raise ValueError(f"a {type(value).__name__} must not go to an API; money is Decimal, never float")
