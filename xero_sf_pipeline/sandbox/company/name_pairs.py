"""The name of one customer in Xero and its name in Salesforce, for each variety that is about names.

Belongs here: which spelling change a variety stands for. Does not belong here: the changes themselves (`spellings`).
"""

from __future__ import annotations

from random import Random

from xero_sf_pipeline.sandbox.company import spellings
from xero_sf_pipeline.sandbox.company.parties import Party, pick, plain
from xero_sf_pipeline.sandbox.company.spec import Variety

V = Variety


def xero_form(rng: Random, party: Party) -> str:
    """The spelling of the legal form that bookkeepers choose: mostly the short one."""
    forms = party.legal_forms
    point = rng.random()
    if point < 0.55:
        return forms[min(1, len(forms) - 1)]
    return forms[0] if point < 0.85 else ""


def names(rng: Random, party: Party, variety: Variety, form: str, *, is_messy: bool) -> tuple[str, str, Variety]:
    """The name in Xero, the name in Salesforce, and the variety that it really became."""
    core = party.core
    name = spellings.with_form(party, core, form)
    sf_form = form if rng.random() < 0.5 or not is_messy else pick(rng, (*party.legal_forms, ""))
    changed = core
    if variety in (V.EXACT, V.ARCHIVED, V.MOVED):
        return name, name, variety
    if variety in (V.LEGAL_FORM, V.NAME_ONLY):
        sf_form = spellings.other_legal_form(rng, party, form) if variety is V.LEGAL_FORM else sf_form
        other = spellings.with_form(party, core, sf_form)
        return name, other, V.EXACT if other == name and variety is V.LEGAL_FORM else variety
    if variety is V.CASE:
        text = spellings.with_form(party, core, sf_form)
        return name, text.upper() if rng.random() < 0.7 else text.lower(), variety
    if variety is V.TRADING_AS:
        alias = spellings.new_name(rng, party)
        mark = pick(rng, (" t/a ", " T/A ", " trading as "))
        if rng.random() < 0.5:
            return f"{name}{mark}{alias}", alias, variety
        return alias, f"{spellings.with_form(party, core, sf_form)}{mark}{alias}", variety
    if variety is V.RENAMED:
        return name, spellings.with_form(party, spellings.new_name(rng, party), sf_form), variety
    if variety is V.PUNCTUATION:
        changed = spellings.punctuated(rng, core)
    elif variety is V.ACCENTS:
        changed = spellings.unaccented(rng, core)
        changed = changed if changed != core else plain(core)
    elif variety is V.WORD_ORDER:
        changed = spellings.reordered(rng, party)
    elif variety is V.TYPO:
        changed = spellings.typo(rng, core)
    elif variety is V.ABBREVIATION:
        changed = spellings.abbreviated(core)
        if changed == core:
            changed = spellings.typo(rng, core)
            variety = V.TYPO
    return name, spellings.with_form(party, changed, sf_form), variety
