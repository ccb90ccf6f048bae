"""Salesforce record ids: making them, checking them, and the 15 to 18 character step.

Belongs here: the id's anatomy (3 characters of key prefix, 12 of serial number, 3 of checksum). Does not belong here:
which object owns which prefix for custom objects (the schema) or whether a record exists (the rules).
"""

from __future__ import annotations

import re
import string

ID_LENGTH = 18
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CHECKSUM_ALPHABET = string.ascii_uppercase + "012345"
_FIFTEEN = re.compile(r"[0-9A-Za-z]{15}\Z")
_EIGHTEEN = re.compile(r"[0-9A-Za-z]{15}[A-Z0-5]{3}\Z")
INSTANCE = "Sb0"
"""Characters 4 to 6 of every id made here: the pod and a reserved digit, as real ids carry them."""


def checksum(fifteen: str) -> str:
    """Return the three characters that make a case-sensitive id safe in case-insensitive tools.

    Each block of five characters gives a number whose bit `i` is set when character `i` is an upper-case letter.
    """
    result = ""
    for start in (0, 5, 10):
        block = fifteen[start : start + 5]
        result += _CHECKSUM_ALPHABET[sum(1 << place for place, letter in enumerate(block) if "A" <= letter <= "Z")]
    return result


def make_id(prefix: str, serial: int) -> str:
    """Return the 18-character id number `serial` of the object with this key prefix."""
    digits = ""
    rest = serial
    while rest:
        rest, place = divmod(rest, 62)
        digits = _ALPHABET[place] + digits
    fifteen = f"{prefix}{INSTANCE}{digits:0>9}"
    return fifteen + checksum(fifteen)


def to_eighteen(value: object) -> str | None:
    """Return the 18-character form of a well-formed id of either length, else None."""
    if not isinstance(value, str):
        return None
    if len(value) == ID_LENGTH and _EIGHTEEN.match(value):
        return value if checksum(value[:15]) == value[15:] else _repaired(value)
    if len(value) == 15 and _FIFTEEN.match(value):
        return value + checksum(value)
    return None


def _repaired(value: str) -> str | None:
    """Restore the case of an 18-character id that lost it on the way: that is what its checksum is for."""
    fifteen = ""
    for start, letter in zip((0, 5, 10), value[15:], strict=True):
        bits = _CHECKSUM_ALPHABET.index(letter)
        for place, character in enumerate(value[start : start + 5]):
            fifteen += character.upper() if bits >> place & 1 else character.lower()
    return value if checksum(fifteen) != value[15:] else fifteen + value[15:]
