"""Record ids: uuid-shaped for Xero, eighteen characters with checksum for Salesforce.

Belongs here: turning (seed, kind, position) into an id. Does not belong here: deciding which record has which position.
The n-th id of a kind depends on nothing but seed, kind and n, so more invoices never change a contact's id.
"""

from __future__ import annotations

from functools import lru_cache
from random import Random

_MASK_128 = (1 << 128) - 1
_ODD_A = 0x9E3779B97F4A7C15F39CC0605CEDC835  # any odd multiplier is a bijection modulo 2**128
_ODD_B = 0xD1342543DE82EF95A0761D6478BD642F
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def stream(seed: int, *names: str | int) -> Random:
    """A random stream of its own for one purpose, independent of every other stream of the same seed."""
    return Random(f"{seed}/" + "/".join(map(str, names)))  # noqa: S311 - data, not secrets


def mixed(key: int, position: int) -> int:
    """128 well-mixed bits that depend on `key` and `position` alone (random access, no two positions alike)."""
    value = (position * _ODD_A + key) & _MASK_128
    value = ((value ^ (value >> 61)) * _ODD_B) & _MASK_128
    return value ^ (value >> 67)


class XeroIds:
    """The uuids of one kind of record."""

    def __init__(self, seed: int, *kind: str | int) -> None:
        self.key = stream(seed, "ids", *kind).getrandbits(128)

    def __call__(self, position: int) -> str:
        digits = f"{mixed(self.key, position):032x}"
        variant = "89ab"[int(digits[16], 16) & 3]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


@lru_cache(maxsize=65536)
def _block_checksum(block: str) -> str:
    return _CHECKSUM_ALPHABET[sum(1 << position for position, letter in enumerate(block) if "A" <= letter <= "Z")]


def with_checksum(id15: str) -> str:
    """The eighteen-character form of a fifteen-character Salesforce id (one checksum letter per five characters)."""
    return id15 + _block_checksum(id15[:5]) + _block_checksum(id15[5:10]) + _block_checksum(id15[10:])


def is_salesforce_id(text: str) -> bool:
    """Whether `text` is an eighteen-character id whose checksum holds."""
    return len(text) == 18 and text.isascii() and text.isalnum() and with_checksum(text[:15]) == text


class SalesforceIds:
    """The ids of one object; consecutive positions give consecutive numbers, so some ids differ by case alone."""

    def __init__(self, seed: int, prefix: str) -> None:
        start = stream(seed, "ids", "salesforce", prefix).randrange(62**6, 62**7)
        self._head = f"{prefix}5g0"
        self._start = start

    def __call__(self, position: int) -> str:
        number = self._start + position
        letters = []
        for _ in range(9):
            number, digit = divmod(number, 62)
            letters.append(_BASE62[digit])
        return with_checksum(self._head + "".join(reversed(letters)))
