"""Contacts and accounts before they have a shape, and what a pair of them has in common.

Belongs here: the two drafts, the people and email addresses on them, the facts that both sides of a pair state alike.
Does not belong here: which party gets which drafts (see `pairing`) or the records made of them (`contact_shapes`,
`salesforce_shapes`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Final

from xero_sf_pipeline.sandbox.company.parties import Party, pick, slug
from xero_sf_pipeline.sandbox.company.spec import Variety
from xero_sf_pipeline.sandbox.company.vocabulary import FIRST_NAMES

SHARED_DOMAIN_WORDS: Final = (
    "officehub", "bizcentre", "bookkeeping-team", "franchise-mail", "estates-mail", "groupmail",
)  # fmt: skip
"""How the domains begin that many unrelated companies share (serviced offices, bookkeepers, franchises)."""


@dataclass(slots=True)
class ContactDraft:
    """One Xero contact before it has a shape. `truth_slots` are the account positions that are right, best first."""

    position: int
    party: Party
    name: str
    role: str
    variety: Variety
    email: str = ""
    website: str = ""
    phone_style: int = -1
    address_style: int = -1
    account_number: str = ""
    is_archived: bool = False
    merged_to: int | None = None
    truth_slots: tuple[int, ...] = ()
    weight: float = 1.0


@dataclass(slots=True)
class AccountDraft:
    """One Salesforce account before it has a shape; `slot` is its position among the account ids."""

    slot: int
    party: Party
    name: str
    account_number: str = ""
    website: str = ""
    phone: str = ""
    address_style: int = -1
    moved_from: Party | None = None
    persons: list[tuple[str, str, str]] = field(default_factory=list)
    is_deleted: bool = False
    master_slot: int | None = None
    parent_slot: int | None = None


def is_freemail(party: Party) -> bool:
    """Whether the party writes from a mail provider's domain."""
    return party.domain in party.country.freemail


def is_shared_domain(party: Party) -> bool:
    """Whether the party's domain belongs to many companies."""
    return party.domain.startswith(SHARED_DOMAIN_WORDS)


def contact_email(rng: Random, party: Party) -> str:
    """An address of the customer, as it stands on a Xero contact."""
    first, last = slug(party.first_name), slug(party.last_name)
    if is_freemail(party):
        local = (
            f"{first}.{last}" if party.is_person else f"{slug(party.core)[:22]}{pick(rng, ('', '1', '.accounts', ''))}"
        )
    else:
        local = pick(
            rng, ("accounts", "accounts.payable", "info", "office", f"{first}.{last}", f"{first[0]}{last}", first)
        )
        if is_shared_domain(party):
            local = slug(party.core)[:24]
    return f"{local}@{party.domain}"


def person_at(rng: Random, party: Party) -> tuple[str, str, str]:
    """(first name, last name, email) of somebody who works there, as a Salesforce contact."""
    if party.is_person or rng.random() < 0.35:
        first, last = party.first_name, party.last_name
    else:
        first, last = pick(rng, FIRST_NAMES), pick(rng, party.country.surnames)
    joint = pick(rng, (".", "", "_")) if not party.is_person else "."
    return first, last, f"{slug(first)}{joint}{slug(last)}@{party.domain}"


def shared_facts(contact: ContactDraft, account: AccountDraft) -> set[str]:
    """What both records say alike, besides the name: `domain`, `email`, `phone`, `address`, `number`."""
    facts = set()
    party = contact.party
    is_own_domain = not is_freemail(party) and not is_shared_domain(party)
    if is_own_domain and (contact.email or contact.website) and (account.website or account.persons):
        facts.add("domain")
    if contact.email and any(contact.email == email for _, _, email in account.persons):
        facts.add("email")
    if contact.phone_style >= 0 and account.phone:
        facts.add("phone")
    if contact.address_style >= 0 and account.address_style >= 0 and account.moved_from is None:
        facts.add("address")
    if contact.account_number and contact.account_number == account.account_number:
        facts.add("number")
    return facts
