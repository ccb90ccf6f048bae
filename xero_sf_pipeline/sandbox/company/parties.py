"""The true companies and persons behind both systems' records.

Belongs here: inventing a party: its name, town, street, telephone, web domain and contact person. Does not belong here:
how either system spells it (see `spellings`, `pairing`). Names come out of a vocabulary large enough that
near-collisions ("Hawthorn Joinery", "Hawthorne Joinery Services") arise by themselves among many thousand parties.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final, TypeVar

from xero_sf_pipeline.sandbox.company import vocabulary
from xero_sf_pipeline.sandbox.company.countries import COUNTRIES, Country, Place

T = TypeVar("T")

_ASCII_EXTRA: Final = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "ł": "l"})
_DIGITS: Final = "0123456789"
_POSTCODE_LETTERS: Final = "ABDEFGHJLNPQRSTUWXYZ"
_SEPARATORS: Final = re.compile("[^a-z0-9]+")
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
FOREIGN_SHARES: Final = {
    "GB": (("GB", 0.62), ("IE", 0.09), ("DE", 0.08), ("FR", 0.06), ("NL", 0.05), ("US", 0.06), ("AU", 0.02),
           ("NZ", 0.02)),
    "NZ": (("NZ", 0.66), ("AU", 0.20), ("GB", 0.05), ("US", 0.06), ("DE", 0.03)),
    "AU": (("AU", 0.72), ("NZ", 0.14), ("US", 0.06), ("GB", 0.05), ("DE", 0.03)),
    "US": (("US", 0.82), ("GB", 0.06), ("DE", 0.04), ("AU", 0.03), ("NL", 0.03), ("FR", 0.02)),
}  # fmt: skip
"""Where the customers of a seller from one country live."""


@dataclass(slots=True)
class Party:
    """One real company (or person, `is_person`) and what it would answer when asked about itself."""

    core: str
    country: Country
    legal_forms: tuple[str, ...]
    place: Place
    street: str
    estate: str
    postcode: str
    subscriber: str
    domain: str
    first_name: str
    last_name: str
    number: int
    is_person: bool = False
    group: str = ""

    @property
    def legal_name(self) -> str:
        """The name in the register."""
        return f"{self.core} {self.legal_forms[0]}".rstrip()


def pick(rng: Random, options: Sequence[T]) -> T:
    """One of the options; one draw, the same on every Python version."""
    return options[int(rng.random() * len(options))]


def weighted(rng: Random, options: Sequence[tuple[T, float]]) -> T:
    """One of the (option, share) pairs by share; the last takes what is left."""
    point = rng.random()
    for option, share in options:
        point -= share
        if point < 0:
            return option
    return options[-1][0]


def plain(text: str) -> str:
    """Letters without accents, for domains and comparisons."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKD", text.translate(_ASCII_EXTRA)).encode("ascii", "ignore").decode()


def spelled_out(text: str) -> str:
    """German umlauts as two letters, other accents dropped."""
    return text if text.isascii() else plain(text.translate(_UMLAUTS))


def slug(text: str, joint: str = "") -> str:
    """The letters and digits of a name as they would stand in a web domain."""
    letters = spelled_out(text).lower()
    if "&" in letters:
        letters = letters.replace("&", " and ")
    return _SEPARATORS.sub(joint, letters).strip("-")


def comparable(core: str) -> str:
    """A name without case, accents, signs: two parties with equal comparable names are namesakes."""
    return slug(core)


class PartyMaker:
    """Makes parties one after the other from one random stream; the n-th depends only on the stream."""

    def __init__(self, rng: Random, home: str) -> None:
        self._rng = rng
        self._shares = tuple((COUNTRIES[code], share) for code, share in FOREIGN_SHARES[home])
        self._made = 0

    def company(self) -> Party:
        """A company in one of the countries that the seller serves."""
        country = weighted(self._rng, self._shares)
        place = pick(self._rng, country.places)
        return self._finish(company_core(self._rng, country, place), country, place)

    def named(self, core: str, country_code: str, *, not_in: str = "") -> Party:
        """A company of a given name and country, in any town but one."""
        country = COUNTRIES[country_code]
        return self._finish(core, country, pick(self._rng, [one for one in country.places if one.city != not_in]))

    def person(self) -> Party:
        """A sole customer who is a person."""
        rng = self._rng
        country = weighted(rng, self._shares)
        first, last = pick(rng, vocabulary.FIRST_NAMES), pick(rng, country.surnames)
        party = self._finish(f"{first} {last}", country, pick(rng, country.places))
        party.first_name, party.last_name, party.legal_forms, party.is_person = first, last, ("",), True
        party.domain = pick(rng, country.freemail)
        return party

    def namesake(self, other: Party, *, exact: bool) -> Party:
        """Another company of the same (or nearly the same) name in another town, otherwise unrelated."""
        rng = self._rng
        elsewhere = [place for place in other.country.places if place.city != other.place.city]
        core = other.core if exact else near_core(rng, other.core, other.country)
        party = self._finish(core, other.country, pick(rng, elsewhere))
        place_word = slug(party.place.city)[:12]
        party.domain = f"{slug(core)[:24]}-{place_word}{pick(rng, other.country.domain_endings)}"
        return party

    def branch(self, head: Party) -> Party:
        """A further site of the same group: its own town, street, number and person, the group's name and domain."""
        rng = self._rng
        elsewhere = [place for place in head.country.places if place.city != head.place.city]
        party = self._finish(head.core, head.country, pick(rng, elsewhere))
        party.legal_forms, party.domain, party.group = head.legal_forms, head.domain, head.core
        return party

    def _finish(self, core: str, country: Country, place: Place) -> Party:
        rng = self._rng
        form_point = rng.random()
        forms: tuple[str, ...] = ("",)
        for share, spellings in country.legal_forms:
            form_point -= share
            if form_point < 0:
                forms = spellings
                break
        self._made += 1
        return Party(
            core=core,
            country=country,
            legal_forms=forms,
            place=place,
            street=street(rng, country),
            estate=f"Unit {1 + int(rng.random() * 40)}, {pick(rng, vocabulary.ESTATES)}" if rng.random() < 0.22 else "",
            postcode=postcode(rng, place.postcode),
            subscriber=subscriber(rng, country, place),
            domain=domain(rng, core, country, place),
            first_name=pick(rng, vocabulary.FIRST_NAMES),
            last_name=pick(rng, country.surnames),
            number=self._made,
        )


def company_core(rng: Random, country: Country, place: Place) -> str:
    """A company name without legal form."""
    kind = rng.random()
    if kind < 0.27:
        return f"{pick(rng, country.surnames)} {pick(rng, country.trades)}"
    if kind < 0.36:
        name = f"{pick(rng, country.surnames)} & {pick(rng, country.surnames)}"
        return f"{name} {pick(rng, country.trades)}" if rng.random() < 0.6 else name
    if kind < 0.42:
        return f"{pick(rng, country.surnames)} & {pick(rng, vocabulary.GROUP_WORDS)} {pick(rng, country.trades)}"
    if kind < 0.54:
        return f"{place.city} {pick(rng, country.trades)}"
    if kind < 0.66:
        return f"{pick(rng, vocabulary.QUALIFIERS)} {pick(rng, country.trades)}"
    if kind < 0.72:
        return f"{pick(rng, vocabulary.QUALIFIERS)} {pick(rng, vocabulary.QUALIFIERS)} {pick(rng, country.trades)}"
    if kind < 0.77:
        letters = "ABCDEFGHJKLMNPRSTW"
        return f"{pick(rng, letters)} {pick(rng, letters)} {pick(rng, country.surnames)} {pick(rng, country.trades)}"
    if kind < 0.90:
        return f"{brand(rng)} {pick(rng, country.trades)}"
    return f"{brand(rng)} {pick(rng, vocabulary.BRAND_ENDINGS)}"


def brand(rng: Random) -> str:
    """A made-up word such as Calivance or Norotec."""
    middle = pick(rng, vocabulary.BRAND_MIDDLES) if rng.random() < 0.7 else ""
    return pick(rng, vocabulary.BRAND_HEADS) + middle + pick(rng, vocabulary.BRAND_TAILS)


_NEAR_ENDINGS: Final = ("Services", "Group", "Solutions", "UK", "Supplies", "International", "Direct", "(2012)")


def near_core(rng: Random, core: str, country: Country) -> str:
    """A name that is easily mistaken for `core`: a longer form, one letter more or less, a neighbouring trade."""
    head, _, tail = core.partition(" ")
    choice = rng.random()
    if choice < 0.4 or not tail:
        return f"{core} {pick(rng, _NEAR_ENDINGS)}"
    if choice < 0.7:
        near = [word for word in _surnames_like(country.code, head[:4]) if word != head]
        return f"{pick(rng, near) if near else head + 's'} {tail}"
    return f"{head} {pick(rng, country.trades)}"


@cache
def _surnames_like(country_code: str, beginning: str) -> tuple[str, ...]:
    return tuple(word for word in COUNTRIES[country_code].surnames if word.startswith(beginning))


def street(rng: Random, country: Country) -> str:
    """House number and street in the order of the country."""
    number = str(1 + int(rng.random() ** 2 * 240))
    full, _ = pick(rng, country.street_kinds)
    name = pick(rng, vocabulary.STREET_NAMES)
    if country.code == "FR":
        return f"{number} {full} {pick(rng, country.surnames)}"
    if country.house_number_last:
        joined = f"{pick(rng, country.surnames).split()[-1]}{full}"
        return f"{joined} {number}"
    return f"{number} {name} {full}"


def postcode(rng: Random, pattern: str) -> str:
    """A postcode of the town; letters as the Royal Mail uses them in the inward part."""
    dice = int(rng.random() * (1 << 53))
    characters = []
    for character in pattern:
        if character == "#":
            dice, digit = divmod(dice, 10)
            character = _DIGITS[digit]
        elif character == "@":
            dice, letter = divmod(dice, 20)
            character = _POSTCODE_LETTERS[letter]
        characters.append(character)
    return "".join(characters)


def subscriber(rng: Random, country: Country, place: Place) -> str:
    """The number after the area code."""
    length = country.subscriber_total - len(place.area_code)
    lowest = 2 * 10 ** (length - 1)
    return str(lowest + int(rng.random() * (10**length - lowest)))


def domain(rng: Random, core: str, country: Country, place: Place) -> str:
    """The web domain a company of that name would have."""
    ending = pick(rng, country.domain_endings)
    words = slug(core, "-")
    style = rng.random()
    if style < 0.66:
        stem = words.replace("-", "")
    elif style < 0.84:
        stem = words
    elif style < 0.93:
        stem = words.replace("-", "") + slug(place.city)[:6]
    else:
        stem = words.partition("-")[0] + "".join(word[0] for word in words.split("-")[1:])
    return f"{stem[:40].strip('-')}{ending}"
