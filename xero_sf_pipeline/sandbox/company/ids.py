"""Record ids: uuid-shaped for Xero, eighteen characters with checksum for Salesforce.

Belongs here: turning (seed, kind, position) into an id. Does not belong here: deciding which record has which position.
The n-th id of a kind depends on nothing but seed, kind and n, so more invoices never change a contact's id.
"""

from __future__ import annotations

from random import Random

_MASK_128 = (1 << 128) - 1
_ODD_A = 0x9E3779B97F4A7C15F39CC0605CEDC835  # any odd multiplier is a bijection modulo 2**128
_ODD_B = 0xD1342543DE82EF95A0761D6478BD642F
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE62_PAIRS = [high + low for high in _BASE62 for low in _BASE62]
_LAST_BLOCK = 62**5
_CHECKSUM_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_CASE_BITS = {letter: int("A" <= letter <= "Z") for letter in _BASE62}


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


def _block_checksum(block: str) -> str:
    bits = _CASE_BITS
    low = bits[block[0]] | bits[block[1]] << 1 | bits[block[2]] << 2
    return _CHECKSUM_ALPHABET[low | bits[block[3]] << 3 | bits[block[4]] << 4]


def with_checksum(id15: str) -> str:
    """The eighteen-character form of a fifteen-character Salesforce id (one checksum letter per five characters)."""
    return id15 + _block_checksum(id15[:5]) + _block_checksum(id15[5:10]) + _block_checksum(id15[10:])


def is_salesforce_id(text: str) -> bool:
    """Whether `text` is an eighteen-character id whose checksum holds."""
    return len(text) == 18 and text.isascii() and text.isalnum() and with_checksum(text[:15]) == text


class SalesforceIds:
    """The ids of one object; consecutive positions give consecutive numbers, so some ids differ by case alone."""

    def __init__(self, seed: int, prefix: str) -> None:
        self._beginning = f"{prefix}5g0"
        self._start = stream(seed, "ids", "salesforce", prefix).randrange(62**6, 62**7)
        self._heads: dict[int, tuple[str, str]] = {}

    def __call__(self, position: int) -> str:
        high, low = divmod(self._start + position, _LAST_BLOCK)
        head = self._heads.get(high)
        if head is None:
            letters = self._beginning + _base62(high, 4)
            head = self._heads[high] = letters, _block_checksum(letters[:5]) + _block_checksum(letters[5:])
        tail = _base62(low, 5)
        return head[0] + tail + head[1] + _block_checksum(tail)


def _base62(number: int, width: int) -> str:
    pairs, digit = divmod(number, 62) if width % 2 else (number, 0)
    letters = _BASE62[digit] if width % 2 else ""
    for _ in range(width // 2):
        pairs, pair = divmod(pairs, 3844)
        letters = _BASE62_PAIRS[pair] + letters
    return letters
