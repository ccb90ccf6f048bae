"""Countries and their parts: ISO codes and names, whichever of them a person typed.

Data: ISO 3166-1 and -2 as the library `pycountry` ships them (Debian's iso-codes), and the spellings in everyday use.
Belongs here: code from text, name from code. Does not belong here: addresses.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

import pycountry

from xero_sf_pipeline.parties.texts import letters_only

_EVERYDAY: Final = {
    "uk": "GB", "greatbritain": "GB", "britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northernireland": "GB", "usa": "US", "unitedstatesofamerica": "US", "america": "US", "aotearoa": "NZ",
    "aotearoanewzealand": "NZ", "eire": "IE", "republicofireland": "IE", "holland": "NL", "thenetherlands": "NL",
    "nederland": "NL", "deutschland": "DE", "schweiz": "CH", "suisse": "CH", "osterreich": "AT", "espana": "ES",
    "italia": "IT", "belgie": "BE", "belgique": "BE", "sverige": "SE", "norge": "NO", "danmark": "DK", "suomi": "FI",
    "polska": "PL", "uae": "AE", "russia": "RU", "southkorea": "KR", "northkorea": "KP", "taiwan": "TW",
    "czechrepublic": "CZ", "ivorycoast": "CI", "turkey": "TR", "macau": "MO", "vatican": "VA", "swaziland": "SZ",
    "capeverde": "CV", "burma": "MM", "brunei": "BN", "laos": "LA", "moldova": "MD", "tanzania": "TZ",
    "venezuela": "VE", "bolivia": "BO", "iran": "IR", "syria": "SY", "vietnam": "VN",
}  # fmt: skip
"""Spelling without spaces and accents -> code; ISO's own names and codes need no entry."""


@lru_cache(maxsize=10_000)
def country_code(text: str | None) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of a name or code in any case; null when it is none."""
    return _codes().get(letters_only(text)) if text else None


@cache
def country_name(code: str) -> str | None:
    """Return the English name in everyday use ('Bolivia', not 'Bolivia, Plurinational State of')."""
    country = pycountry.countries.get(alpha_2=code)
    if country is None:
        return None
    return str(getattr(country, "common_name", None) or country.name)


@cache
def country_name_in_letters(code: str) -> str | None:
    """Return the name with letters and spaces alone, as Xero's field Country takes it."""
    name = country_name(code)
    if name is None:
        return None
    kept = "".join(character if character.isalpha() else " " for character in name.replace("'", ""))
    return " ".join(kept.split())


@lru_cache(maxsize=50_000)
def region_code(country: str | None, text: str | None) -> str | None:
    """Return the part of ISO 3166-2 after the hyphen ('CA' of US-CA) for a name or code; null when it is none."""
    return _regions(country).get(letters_only(text)) if country and text else None


@cache
def region_name(country: str, code: str) -> str | None:
    """Return the name of a state, province or county."""
    found = pycountry.subdivisions.get(code=f"{country}-{code}")  # type: ignore[no-untyped-call]
    return str(found.name) if found is not None else None


@cache
def _codes() -> dict[str, str]:
    found: dict[str, str] = {}
    for country in pycountry.countries:
        for attribute in ("name", "official_name", "common_name", "alpha_2", "alpha_3"):
            if written := getattr(country, attribute, None):
                found.setdefault(letters_only(written), country.alpha_2)
        if in_letters := country_name_in_letters(country.alpha_2):
            found.setdefault(letters_only(in_letters), country.alpha_2)
    return found | _EVERYDAY


@cache
def _regions(country: str) -> dict[str, str]:
    """Names and codes of a country's parts; a name that two parts share names neither."""
    names: dict[str, set[str]] = {}
    found_parts = pycountry.subdivisions.get(country_code=country) or ()  # type: ignore[no-untyped-call]
    parts = sorted(found_parts, key=lambda part: str(part.code))
    for part in parts:
        names.setdefault(letters_only(part.name), set()).add(part.code.partition("-")[2])
    found = {name: codes.pop() for name, codes in names.items() if len(codes) == 1}
    return found | {letters_only(part.code.partition("-")[2]): part.code.partition("-")[2] for part in parts}
