"""JSON as Xero writes it: exact decimal numbers, and dates as `"\\/Date(ms+0000)\\/"` with escaped slashes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def encode(value: Any) -> bytes:
    """Return UTF-8 JSON; Decimals become numbers with all their digits."""
    return _ENCODER.encode(value).replace(b'"/Date(', b'"\\/Date(').replace(b')/"', b')\\/"')


def decode(text: bytes | str) -> Any:
    """Parse JSON with fractions as Decimal.

    Raises:
        ValueError: when the text is not JSON
    """
    try:
        return _DECODER.decode(text)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
