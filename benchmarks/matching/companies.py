"""A small, independent company generator: a second labelled set, so that no rule is fitted to the sandbox's own.

Belongs here: names, addresses and their distortions for the benchmark. Does not belong here: anything the product uses;
it never imports this file, and this file does not import the product.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from benchmarks.matching.tables import Labelled

ONSETS = [
    "b",
    "br",
    "c",
    "ch",
    "cl",
    "d",
    "dr",
    "f",
    "fr",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "kr",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "sh",
    "st",
    "t",
    "th",
    "tr",
    "v",
    "w",
    "z",
]
VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ee", "ie", "oo", "ou"]
CODAS = ["ck", "d", "ff", "l", "ll", "m", "n", "nd", "ng", "nt", "r", "rd", "rk", "rn", "s", "ss", "st", "t", "th", "x"]
ENDINGS = ["", "", "", "son", "ley", "ton", "man", "field", "ski", "er", "ini", "ez", "es"]
TRADES = [
    "plumbing",
    "roofing",
    "electrical",
    "joinery",
    "bakery",
    "brewing",
    "logistics",
    "transport",
    "consulting",
    "design",
    "engineering",
    "dental",
    "catering",
    "cleaning",
    "construction",
    "landscaping",
    "motors",
    "printing",
    "packaging",
    "foods",
    "farms",
    "timber",
    "steel",
    "glass",
    "paper",
    "textiles",
    "software",
    "systems",
    "solutions",
    "services",
    "holdings",
    "partners",
    "associates",
    "media",
    "marketing",
    "energy",
    "solar",
    "security",
    "storage",
    "properties",
    "lettings",
    "interiors",
    "kitchens",
    "bathrooms",
    "flooring",
    "fencing",
    "supplies",
    "trading",
    "international",
    "technologies",
    "pharmacy",
    "veterinary",
    "optics",
    "photography",
    "travel",
    "events",
    "fitness",
    "studio",
    "gallery",
    "books",
    "music",
    "toys",
    "gardens",
    "nurseries",
    "marine",
    "aviation",
    "cycles",
    "tyres",
    "tools",
    "fasteners",
    "plastics",
    "chemicals",
    "coatings",
    "labels",
    "signs",
    "refrigeration",
    "heating",
]
FORMS = ["Ltd", "Limited", "Ltd", "Ltd", "LLP", "Inc", "LLC", "Pty Ltd", "PLC", "GmbH", "", "", "", "Co"]
SHORT = {
    "engineering": "Eng", "international": "Intl", "services": "Svcs", "associates": "Assoc", "holdings": "Hldgs",
    "electrical": "Elec", "construction": "Constr", "technologies": "Tech", "solutions": "Solns", "systems": "Sys",
}  # fmt: skip
ACCENTS = {"a": "á", "e": "é", "o": "ö", "u": "ü", "i": "í"}
ROADS = ["Street", "Road", "Avenue", "Lane", "Close", "Way", "Drive"]


@dataclass
class Firm:
    words: list[str]
    form: str
    city: str
    postcode: str
    street: str
    phone: str
    domain: str | None

    @property
    def name(self) -> str:
        return " ".join([*self.words, self.form]).strip()


def _word(rng: random.Random) -> str:
    stem = rng.choice(ONSETS) + rng.choice(VOWELS) + rng.choice(CODAS)
    if rng.random() < 0.5:
        stem += rng.choice(VOWELS)[:1] + rng.choice(CODAS)
    return (stem + rng.choice(ENDINGS)).capitalize()


def _firm(rng: random.Random, words: list[str], cities: list[tuple[str, str]], domains: set[str]) -> Firm:
    city, area = cities[min(int(rng.paretovariate(1.0)) - 1, len(cities) - 1)]
    surname = words[min(int(len(words) * rng.random() ** 2.2), len(words) - 1)]
    shape = rng.random()
    if shape < 0.55:
        parts = [surname, rng.choice(TRADES).capitalize()]
    elif shape < 0.75:
        parts = [surname, "&", rng.choice(words), rng.choice(TRADES).capitalize()]
    elif shape < 0.9:
        parts = [surname, rng.choice(TRADES).capitalize(), rng.choice(TRADES).capitalize()]
    else:
        parts = [rng.choice(words), surname]
    domain = None
    if rng.random() < 0.75:
        stem = "".join(part.lower() for part in parts if part != "&")
        domain = f"{stem}.{rng.choice(['com', 'co.uk', 'net'])}"
        while domain in domains:
            domain = f"{stem}{rng.randrange(10_000)}.com"
        domains.add(domain)
    return Firm(
        words=parts,
        form=rng.choice(FORMS),
        city=city,
        postcode=f"{area}{rng.randrange(1, 30)} {rng.randrange(1, 9)}{rng.choice('ABDEFGH')}{rng.choice('ABDEFGH')}",
        street=f"{rng.randrange(1, 300)} {rng.choice(words)} {rng.choice(ROADS)}",
        phone=f"+44 {rng.randrange(1000, 9999)} {rng.randrange(100000, 999999)}",
        domain=domain,
    )


def _typo(rng: random.Random, word: str) -> str:
    if len(word) < 5:
        return word
    at = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 2:
        return word[:at] + rng.choice("aeiorstln") + word[at + 1 :]
    return word[:at] + word[at] + word[at:]


def _spelled(rng: random.Random, firm: Firm) -> str:
    """The firm's name as another clerk typed it."""
    words, form = list(firm.words), firm.form
    if rng.random() < 0.35:
        form = rng.choice(["", "Limited", "LTD.", form])
    if rng.random() < 0.25:
        at = rng.randrange(len(words))
        words[at] = _typo(rng, words[at])
    if rng.random() < 0.3:
        words = [SHORT.get(word.lower(), word) for word in words]
    if rng.random() < 0.3:
        words = ["and" if word == "&" else word for word in words]
    if rng.random() < 0.1:
        words[0] = "".join(ACCENTS.get(letter, letter) for letter in words[0])
    if rng.random() < 0.06:
        words = [*words[1:], words[0]] if "&" not in words else words
    text = " ".join([*words, form]).strip()
    return text.upper() if rng.random() < 0.1 else text


def generate(contacts: int, accounts: int, seed: int = 11) -> Labelled:
    """Make `accounts` accounts and `contacts` contacts: about 70 % have a true account, the rest are strangers,
    some of them namesakes in another city. One account in 40 has a branch that shares its domain."""
    rng = random.Random(seed)
    words = list(dict.fromkeys(_word(rng) for _ in range(max(400, accounts // 8))))
    cities = [(_word(rng), "".join(rng.sample("BCDEGHLMNPRSTW", 2))) for _ in range(300)]
    domains: set[str] = set()
    firms: list[Firm] = []
    while len(firms) < accounts:
        firm = _firm(rng, words, cities, domains)
        firms.append(firm)
        if rng.random() < 0.025 and len(firms) < accounts:
            branch = _firm(rng, words, cities, domains)
            branch.words, branch.form, branch.domain = [*firm.words, branch.city], firm.form, firm.domain
            firms.append(branch)
    table = Labelled()
    for number, firm in enumerate(firms):
        table.accounts.append(
            {
                "sf_account_id": f"001{number:015d}",
                "account_name": firm.name,
                "phone": firm.phone if rng.random() < 0.7 else None,
                "website": f"https://www.{firm.domain}" if firm.domain and rng.random() < 0.5 else None,
                "street": firm.street if rng.random() < 0.8 else None,
                "city": firm.city if rng.random() < 0.9 else None,
                "postal_code": firm.postcode if rng.random() < 0.8 else None,
                "email_domains": [firm.domain] if firm.domain else [],
            }
        )
    for number in range(contacts):
        key = f"t:{number:08d}"
        kind = rng.random()
        if kind < 0.7:
            at = rng.randrange(len(firms))
            firm, true_account = firms[at], f"001{at:015d}"
        elif kind < 0.8:
            other = firms[rng.randrange(len(firms))]
            firm, true_account = _firm(rng, words, cities, domains), None
            if firm.city == other.city:
                firm = _firm(rng, words, cities, domains)
            if firm.city != other.city:
                firm.words, firm.form = other.words, other.form
        else:
            firm, true_account = _firm(rng, words, cities, domains), None
        domain = firm.domain or "gmail.com"
        table.contacts.append(
            {
                "contact_key": key,
                "contact_name": _spelled(rng, firm),
                "email": f"accounts{number}@{domain}" if rng.random() < 0.75 else None,
                "phone": firm.phone.replace("+44 ", "0") if rng.random() < 0.6 else None,
                "street": firm.street.replace("Street", "St").replace("Road", "Rd") if rng.random() < 0.7 else None,
                "city": firm.city if rng.random() < 0.85 else None,
                "postal_code": firm.postcode if rng.random() < 0.75 else None,
            }
        )
        table.truth[key] = true_account
    return table
