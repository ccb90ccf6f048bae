"""Texts in a form in which two spellings of the same are equal.

Belongs here: forms of plain values (names, emails, websites, numbers). Does not belong here: phones, countries and
addresses, which have modules of their own.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Z]")
_GREECE = {"GR": "EL"}
"""Greek VAT numbers start EL, not the ISO code (EU VAT Information Exchange System)."""


def squeezed(text: str | None) -> str:
    """Return the text on one line, with single spaces, in Unicode's composed form; empty for null."""
    if not text:
        return ""
    return " ".join(unicodedata.normalize("NFC", text).split())


def folded(text: str | None) -> str | None:
    """Return the text without differences of case, width and white space; null when nothing is left."""
    if not text:
        return None
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split()) or None


def letters_only(text: str) -> str:
    """Return the text's letters and digits without accents, folded: what a lookup by name compares."""
    plain = unicodedata.normalize("NFKD", text.replace("ø", "o").replace("Ø", "O").replace("ł", "l").casefold())
    return "".join(character for character in plain if character.isalnum())


def email_form(text: str | None) -> str | None:
    """Return the address as it is compared: mail systems in use ignore case, also before the @."""
    return folded(text)


def is_email(text: str) -> bool:
    """Tell whether a text can be one email address."""
    return _EMAIL.fullmatch(text.strip()) is not None


@lru_cache(maxsize=100_000)
def website_form(text: str | None) -> str | None:
    """Return the address without scheme, `www.` and closing slash; the host in lower case."""
    bare = _SCHEME.sub("", squeezed(text)).replace(" ", "")
    host, slash, path = bare.partition("/")
    host = host.casefold().removeprefix("www.").rstrip(".")
    return f"{host}{slash}{path}".rstrip("/") or None


def tax_number_form(text: str | None, country_code: str | None) -> str | None:
    """Return letters and digits alone, without the country that Xero or Salesforce may have in front."""
    bare = _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", text or "").upper())
    for prefix in filter(None, (country_code, _GREECE.get(country_code or ""))):
        if bare.startswith(prefix) and len(bare) > len(prefix):
            return bare.removeprefix(prefix)
    return bare or None
