"""Arrow columns made of whole arrays: ids, keys, money, days, instants.

Belongs here: turning integers into columns without a Python loop per row. Does not belong here: what the numbers mean
(`scale_ledger`). Money arrives in cents and leaves as decimal(18, 4); nothing here rounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Letters = npt.NDArray[np.uint8]
"""One row of fixed-width ASCII text per record."""

EPOCH: Final = date(1970, 1, 1).toordinal()
MONEY: Final = pa.decimal128(18, 4)
RATE: Final = pa.decimal128(18, 6)
INSTANT: Final = pa.timestamp("us", tz="UTC")
_HEX: Final = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def scrambled(positions: Ints, salt: int) -> npt.NDArray[np.uint64]:
    """64 well-mixed bits per position; another salt, other bits (the finaliser of SplitMix64)."""
    with np.errstate(over="ignore"):
        bits = positions.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(salt & (2**64 - 1))
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def uniform(positions: Ints, salt: int) -> Floats:
    """A number in [0, 1) per position."""
    return (scrambled(positions, salt) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def uuids(positions: Ints, salt: int) -> Letters:
    """A random-looking version 4 uuid per position."""
    halves = np.stack([scrambled(positions, salt), scrambled(positions, ~salt)], axis=1)
    octets = halves.astype(">u8").view(np.uint8)
    octets[:, 6] = octets[:, 6] & 0x0F | 0x40
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    digits = np.empty((len(positions), 32), dtype=np.uint8)
    digits[:, 0::2] = _HEX[octets >> 4]
    digits[:, 1::2] = _HEX[octets & 15]
    text = np.full((len(positions), 36), ord("-"), dtype=np.uint8)
    for source, target, length in ((0, 0, 8), (8, 9, 4), (12, 14, 4), (16, 19, 4), (20, 24, 12)):
        text[:, target : target + length] = digits[:, source : source + length]
    return text


def decimals_of(numbers: Ints, width: int) -> Letters:
    """Whole numbers with leading zeros."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)


def text(letters: Letters, *, before: str = "") -> pa.Array:
    """A string column of fixed-width texts, all with the same beginning."""
    rows, width = letters.shape
    head = np.frombuffer(before.encode("ascii"), dtype=np.uint8)
    data = np.empty((rows, len(head) + width), dtype=np.uint8)
    data[:, : len(head)] = head
    data[:, len(head) :] = letters
    offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(len(head) + width)
    return pa.Array.from_buffers(pa.string(), rows, [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def chosen(codes: npt.NDArray[np.integer], options: Sequence[str | None]) -> pa.Array:
    """A string column that names one of a few options per row."""
    return pa.array(options, pa.string()).take(pa.array(codes))


def only_where(condition: Flags, column: pa.Array) -> pa.Array:
    """The column where the condition holds, null elsewhere."""
    return pa.compute.if_else(pa.array(condition), column, pa.scalar(None, column.type))


def fixed_point(numbers: Ints, type_: pa.DataType) -> pa.Array:
    """Whole numbers as the digits of a decimal column, exactly: 1234 is 0.1234 at scale 4."""
    words = np.empty((len(numbers), 2), dtype=np.int64)
    words[:, 0] = numbers
    words[:, 1] = numbers >> 63
    return pa.Array.from_buffers(type_, len(numbers), [None, pa.py_buffer(words)])


def money(cents: Ints) -> pa.Array:
    """Cents as decimal(18, 4)."""
    return fixed_point(cents * 100, MONEY)


def days(ordinals: Ints) -> pa.Array:
    """Day ordinals as dates; 0 is null."""
    column = pa.array((ordinals - EPOCH).astype(np.int32)).cast(pa.date32())
    return only_where(ordinals != 0, column)


def instants(milliseconds: Ints) -> pa.Array:
    """UTC milliseconds as timestamps with time zone."""
    return pa.array(milliseconds * 1000).cast(INSTANT)
