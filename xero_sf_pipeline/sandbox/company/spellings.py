"""How one and the same fact comes to be spelled differently by two teams.

Belongs here: changes to names, telephone numbers, web addresses and postal addresses that keep the meaning. Does not
belong here: which record gets which change (see `pairing`).
"""

from __future__ import annotations

from random import Random
from typing import Final

from xero_sf_pipeline.sandbox.company.parties import Party, brand, pick, plain, spelled_out

ABBREVIATIONS: Final = {
    "Engineering": "Eng", "Services": "Svcs", "International": "Intl", "Manufacturing": "Mfg", "Brothers": "Bros",
    "Management": "Mgmt", "Company": "Co", "Associates": "Assocs", "Contractors": "Contrs", "Technologies": "Tech",
    "Solutions": "Solns", "Systems": "Sys", "Distribution": "Dist", "Electrical": "Elec", "Mechanical": "Mech",
    "Construction": "Constr", "Consultancy": "Consult", "Industries": "Inds", "Agricultural": "Agri",
    "Recruitment": "Recr", "Transport": "Trans", "Refrigeration": "Refrig", "Precision": "Prec", "Supplies": "Supp",
    "Properties": "Props", "Partners": "Ptnrs", "Industrial": "Ind", "Building": "Bldg", "Equipment": "Equip",
    "Laboratories": "Labs", "Group": "Grp", "Holdings": "Hldgs", "Financial": "Fin", "National": "Natl",
    "Maschinenbau": "Masch.bau", "Elektrotechnik": "E-Technik", "Installatietechniek": "Inst.techniek",
}  # fmt: skip
_VOWELS: Final = frozenset("aeiou")


def with_form(party: Party, core: str, form: str) -> str:
    """A company name with the given spelling of its legal form."""
    return f"{core} {form}".rstrip() if not party.is_person else core


def other_legal_form(rng: Random, party: Party, used: str) -> str:
    """The legal form spelled another way, or left out."""
    others = [form for form in (*party.legal_forms, "") if form != used]
    return pick(rng, others) if others else used


def typo(rng: Random, text: str) -> str:
    """One slip of the fingers inside the longest word: swapped, lost, doubled or neighbouring letter."""
    words = text.split(" ")
    at = max(range(len(words)), key=lambda index: len(words[index]))
    word = words[at]
    if len(word) < 4:
        return text + text[-1].lower()
    position = 1 + int(rng.random() * (len(word) - 2))
    kind = int(rng.random() * 4)
    if kind == 0 and word[position] != word[position + 1]:
        changed = word[:position] + word[position + 1] + word[position] + word[position + 2 :]
    elif kind == 1:
        changed = word[:position] + word[position + 1 :]
    elif kind == 2:
        changed = word[:position] + word[position] + word[position:]
    else:
        neighbour = "aeiou" if word[position] in _VOWELS else "bcdfglmnprstvw"
        changed = word[:position] + pick(rng, neighbour.replace(word[position], "")) + word[position + 1 :]
    words[at] = changed
    return " ".join(words)


def abbreviated(core: str) -> str:
    """Common words shortened; a name without any becomes shorter by its vowels in the last word."""
    words = core.split(" ")
    short = [ABBREVIATIONS.get(word, word) for word in words]
    if short == words and len(words) > 1:
        last = words[-1]
        short[-1] = (last[:4] if len(last) > 6 else last[0] + "".join(c for c in last[1:] if c not in _VOWELS)) + "."
    return " ".join(short)


def punctuated(rng: Random, core: str) -> str:
    """`&` and `and` exchanged, hyphens, commas, dots."""
    if " & " in core:
        return core.replace(" & ", pick(rng, (" and ", " + ", "&", " And ")))
    words = core.split(" ")
    if len(words[0]) == 1 and len(words) > 2 and len(words[1]) == 1:
        return f"{words[0]}.{words[1]}. " + " ".join(words[2:])
    return pick(rng, ("-".join(words), core.replace(" ", "  ", 1), f"The {core}", f"{core},", core.replace(" ", "")))


def reordered(rng: Random, party: Party) -> str:
    """The words in another order, as phone-book style entries have them."""
    if party.is_person:
        return f"{party.last_name}, {party.first_name}"
    words = party.core.split(" ")
    if len(words) < 2:
        return f"{party.core} of {party.place.city}"
    return f"{' '.join(words[1:])} {words[0]}" if rng.random() < 0.5 else f"{words[-1]}, {' '.join(words[:-1])}"


def unaccented(rng: Random, text: str) -> str:
    """Accents dropped, or umlauts as two letters."""
    return spelled_out(text) if rng.random() < 0.5 else plain(text)


def new_name(rng: Random, party: Party) -> str:
    """A name with nothing in common with the old one."""
    return f"{brand(rng)} {pick(rng, party.country.trades)}"


def phone_text(party: Party, style: int) -> str:
    """The party's number in one of eight customary formats."""
    country, area, number = party.country, party.place.area_code, party.subscriber
    national = f"{country.trunk}{area}"
    middle = f"{number[:3]} {number[3:]}"
    return (
        f"+{country.dial} {area} {middle}",
        f"{national} {middle}",
        f"({national}) {number}",
        f"+{country.dial}{area}{number}",
        f"00{country.dial} {area} {number}" if country.code != "US" else f"1-{area}-{number[:3]}-{number[3:]}",
        f"{national}-{number[:3]}-{number[3:]}",
        f"+{country.dial} ({country.trunk}){area} {number}" if country.trunk else f"{area}.{number[:3]}.{number[3:]}",
        f"{national}{number} ext {number[-2:]}",
    )[style & 7]


def website_text(domain: str, style: int) -> str:
    """The domain as people type it into a web address field."""
    return (
        f"https://www.{domain}", f"http://www.{domain}/", f"www.{domain}", domain,
        f"https://{domain}/", f"HTTP://WWW.{domain.upper()}", f"https://www.{domain}/contact", f"https://{domain}",
    )[style & 7]  # fmt: skip


def street_text(party: Party, style: int) -> str:
    """Street and estate as one Salesforce street field: line breaks, commas, short street kinds."""
    street = party.street
    if style & 1:
        for full, short in party.country.street_kinds:
            if street.endswith(" " + full):
                street = f"{street[: -len(full)]}{short}" + ("." if style & 2 else "")
                break
    if not party.estate:
        return street.upper() if style & 28 == 28 else street
    return f"{party.estate}{', ' if style & 4 else chr(10)}{street}"


def postcode_text(code: str, style: int) -> str:
    """The postcode with or without its space, rarely in lower case."""
    if style & 3 == 0:
        return code.replace(" ", "")
    return code.lower() if style & 15 == 1 else code
