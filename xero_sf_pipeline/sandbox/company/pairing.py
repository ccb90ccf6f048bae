"""Who is a customer in Xero, who has an account in Salesforce, and how differently the two are written.

Belongs here: one *scenario* per party (see `Variety`): its Xero contacts, its Salesforce accounts, the fields both
sides hold, and the truth about them. Does not belong here: inventing parties (`parties`), single spelling changes
(`spellings`), record shapes.

Fairness rules, kept by construction:
- A linked pair shares at least one fact besides its name (email domain, telephone, address, account number), a pair
  whose names have little in common at least two. Only `NAME_ONLY` pairs share nothing else; nobody else bears their
  name.
- A contact without account has no live account of the same name, except `NAMESAKE`: then town, street, telephone and
  domain all differ, and the contact shows at least its address.
- Where even a person could not decide (two equal duplicate accounts) the truth says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from xero_sf_pipeline.sandbox.company import name_pairs, spellings
from xero_sf_pipeline.sandbox.company.drafts import (
    SHARED_DOMAIN_WORDS,
    AccountDraft,
    ContactDraft,
    contact_email,
    is_freemail,
    is_shared_domain,
    person_at,
    shared_facts,
)
from xero_sf_pipeline.sandbox.company.ids import stream
from xero_sf_pipeline.sandbox.company.parties import Party, PartyMaker, comparable, pick, slug, weighted
from xero_sf_pipeline.sandbox.company.spec import CompanySpec, Variety

MAXIMUM_ORGANISATIONS: Final = 32
V = Variety


@dataclass
class PairedOrganisation:
    """All contacts of one organisation and the accounts that were made for them."""

    contacts: list[ContactDraft]
    accounts: list[AccountDraft]
    namesake_sources: list[Party]
    names_taken: set[str]
    shareable: list[tuple[ContactDraft, AccountDraft]]


LINKED_SHARES: Final = (
    (V.EXACT, 0.18), (V.LEGAL_FORM, 0.17), (V.PUNCTUATION, 0.08), (V.TYPO, 0.08), (V.ABBREVIATION, 0.07),
    (V.CASE, 0.04), (V.ACCENTS, 0.04), (V.WORD_ORDER, 0.04), (V.TRADING_AS, 0.04), (V.FREEMAIL, 0.04),
    (V.SHARED_DOMAIN, 0.03), (V.MOVED, 0.03), (V.BRANCH, 0.025), (V.NAME_ONLY, 0.02), (V.RENAMED, 0.02),
    (V.SHARED_ACCOUNT, 0.02), (V.DUPLICATE_ACCOUNT, 0.015), (V.MERGED_ACCOUNT, 0.015), (V.MERGED_CONTACT, 0.015),
    (V.ARCHIVED, 0.02),
)  # fmt: skip
"""How often a linked customer is of which variety; the rest is EXACT."""
_SIMPLE: Final = frozenset(
    {V.EXACT, V.LEGAL_FORM, V.PUNCTUATION, V.TYPO, V.ABBREVIATION, V.CASE, V.ACCENTS, V.WORD_ORDER, V.MOVED}
)
_FACTS_NEEDED: Final = {V.RENAMED: 2, V.TRADING_AS: 2, V.NAME_ONLY: 0, V.SHARED_DOMAIN: 2, V.FREEMAIL: 2}
_DEPARTMENTS: Final = ("Accounts Dept", "Projects", "Procurement", "Head Office", "Maintenance", "Site Office")


FIRST_SHARE: Final = 0.86
"""The first organisation's customers have at most this share of all accounts; the rest are prospects."""


def pair_first(spec: CompanySpec, home: str) -> PairedOrganisation:
    """The first organisation's contacts and accounts; further organisations do not change them."""
    return pair_organisation(spec, 0, home, None, int(spec.accounts * FIRST_SHARE))


def pair_organisation(
    spec: CompanySpec, organisation: int, home: str, elsewhere: PairedOrganisation | None, slot_budget: int
) -> PairedOrganisation:
    """Make one organisation's contacts and their accounts.

    Args:
        elsewhere: the first organisation, some of whose customers buy from this one too
        slot_budget: the most accounts that may be made here
    """
    return _Pairing(spec, organisation, home, elsewhere, slot_budget).run()


class _Pairing:
    def __init__(
        self, spec: CompanySpec, organisation: int, home: str, elsewhere: PairedOrganisation | None, slot_budget: int
    ) -> None:
        self._spec = spec
        self._organisation = organisation
        self._elsewhere = elsewhere
        self._rng = stream(spec.seed, "pairing", organisation)
        self._maker = PartyMaker(stream(spec.seed, "parties", organisation), home)
        self._budget = slot_budget
        self._link_share = min(0.78, slot_budget / (spec.contacts * 0.9))
        self._party_count = 0
        self._active_names: set[str] = set()
        self._cores: set[str] = set(elsewhere.names_taken) if elsewhere else set()
        self._domains = [
            f"{pick(self._rng, SHARED_DOMAIN_WORDS)}{number or ''}.com" for number in range(1 + spec.contacts // 300)
        ]
        self.result = PairedOrganisation([], [], [], self._cores, [])
        self._scenarios: dict[Variety, Callable[[Party, str], None]] = {
            V.BRANCH: self._branches,
            V.SHARED_ACCOUNT: self._shared_account,
            V.DUPLICATE_ACCOUNT: self._duplicate_account,
            V.MERGED_ACCOUNT: self._merged_account,
            V.MERGED_CONTACT: self._merged_contact,
        }

    def run(self) -> PairedOrganisation:
        returning = self._returning()
        while len(self.result.contacts) < self._spec.contacts:
            rng = self._rng
            if returning is not None and rng.random() < 0.35 and self._return(next(returning, None)):
                continue
            party = self._new_party()
            if party is None:
                continue
            role = weighted(rng, (("customer", 0.74), ("supplier", 0.18), ("both", 0.08)))
            is_linked = rng.random() < (0.1 if role == "supplier" else self._link_share)
            if is_linked and self._budget >= 3:
                self._linked(party, role)
            else:
                self._unlinked(party, role)
        return self.result

    # -- parties and drafts

    def _new_party(self) -> Party | None:
        party = self._maker.person() if self._rng.random() < 0.04 else self._maker.company()
        core = comparable(party.core)
        if core in self._cores:
            return None
        self._cores.add(core)
        self._party_count += 1
        return party

    def _slot(self, index: int) -> int:
        self._budget -= 1
        return 4 * ((self._party_count - 1) * MAXIMUM_ORGANISATIONS + self._organisation) + index

    def _contact(
        self, party: Party, name: str, role: str, variety: Variety, slots: tuple[int, ...]
    ) -> ContactDraft | None:
        """Add a contact, or nothing when the organisation already has enough of them."""
        if len(self.result.contacts) >= self._spec.contacts:
            return None
        key = " ".join(name.casefold().split())
        if key in self._active_names:
            name = f"{name} ({party.place.city} {party.number})"
            key = name.casefold()
        self._active_names.add(key)
        draft = ContactDraft(len(self.result.contacts), party, name, role, variety, truth_slots=slots)
        self._fill_contact(draft)
        self.result.contacts.append(draft)
        return draft

    def _fill_contact(self, draft: ContactDraft) -> None:
        rng, party = self._rng, draft.party
        draft.weight = min(1 / (0.06 + rng.random()) ** 1.4, 40.0)
        if rng.random() < 0.88:
            draft.email = contact_email(rng, party)
        if rng.random() < 0.30 and not is_freemail(party) and not is_shared_domain(party):
            draft.website = party.domain
        if rng.random() < 0.72:
            draft.phone_style = int(rng.random() * 8)
        if rng.random() < 0.82:
            draft.address_style = int(rng.random() * 8)
        if rng.random() < 0.60:
            draft.account_number = self._account_number(draft)

    def _account_number(self, draft: ContactDraft) -> str:
        letters = slug(draft.party.core).upper()[:3].ljust(3, "X")
        return f"{letters}{self._organisation or ''}{draft.position + 1:05d}"

    def _account(self, party: Party, name: str, index: int) -> AccountDraft:
        rng = self._rng
        draft = AccountDraft(self._slot(index), party, name)
        if rng.random() < 0.72 and not is_freemail(party) and not is_shared_domain(party):
            draft.website = spellings.website_text(party.domain, int(rng.random() * 8))
        if rng.random() < 0.75:
            draft.phone = spellings.phone_text(party, int(rng.random() * 8))
        if rng.random() < 0.86:
            draft.address_style = int(rng.random() * 64)
        if rng.random() < 0.6:
            draft.persons.append(person_at(rng, party))
        if rng.random() < 0.15:
            draft.persons.append(person_at(rng, party))
        self.result.accounts.append(draft)
        return draft

    # -- scenarios

    def _linked(self, party: Party, role: str) -> None:
        rng = self._rng
        shares = LINKED_SHARES if self._spec.messy else ((V.EXACT, 0.5), (V.LEGAL_FORM, 0.5))
        variety = weighted(rng, (*shares, (V.EXACT, 1.0)))
        if party.is_person:
            variety = weighted(rng, ((V.EXACT, 0.5), (V.WORD_ORDER, 0.5))) if self._spec.messy else V.EXACT
        is_accented = not party.core.isascii()
        if variety is V.ACCENTS and not is_accented:
            variety = V.LEGAL_FORM
        elif is_accented and variety in (V.EXACT, V.LEGAL_FORM) and self._spec.messy and not party.is_person:
            variety = V.ACCENTS  # few names have accents: those that do mostly lose them somewhere
        if variety in self._scenarios:
            self._scenarios[variety](party, role)
            return
        if variety is V.SHARED_DOMAIN:
            party.domain = pick(rng, self._domains)
        elif variety is V.FREEMAIL:
            party.domain = pick(rng, party.country.freemail)
        form = name_pairs.xero_form(self._rng, party)
        xero_name, sf_name, variety = name_pairs.names(rng, party, variety, form, is_messy=self._spec.messy)
        account = self._account(party, sf_name, 0)
        contact = self._contact(party, xero_name, role, variety, (account.slot,))
        if contact is None:
            return
        if variety is V.MOVED:
            account.moved_from = self._maker.branch(party)
            account.address_style = int(rng.random() * 64)
        if variety is V.ARCHIVED:
            self._archive(contact)
        if variety is V.NAME_ONLY:
            contact.email = contact.website = contact.account_number = ""
            contact.phone_style = contact.address_style = -1
        self._settle(contact, account)
        if variety is not V.NAME_ONLY:
            self.result.namesake_sources.append(party)
        if variety in _SIMPLE and role != "supplier":
            self.result.shareable.append((contact, account))

    def _unlinked(self, party: Party, role: str) -> None:
        rng = self._rng
        name = spellings.with_form(party, party.core, name_pairs.xero_form(self._rng, party))
        if role == "supplier":
            self._contact(party, name, role, V.SUPPLIER, ())
            return
        kind = rng.random() if self._spec.messy and self._budget >= 3 and not party.is_person else 0.0
        if kind < 0.68:
            self._contact(party, name, role, V.NONE, ())
        elif kind < 0.90:
            other = self._maker.namesake(party, exact=True)
            contact = self._contact(party, name, role, V.NAMESAKE, ())
            if contact is None:
                return
            contact.address_style = max(contact.address_style, 0)
            contact.email = contact.email or contact_email(rng, party)
            account = self._account(other, spellings.with_form(other, other.core, pick(rng, other.legal_forms)), 0)
            account.address_style = max(account.address_style, 0)
        else:
            contact = self._contact(party, name, role, V.DELETED_ACCOUNT, ())
            if contact is not None:
                account = self._account(party, spellings.with_form(party, party.core, party.legal_forms[0]), 0)
                account.is_deleted = True
                self._settle(contact, account)

    def _branches(self, party: Party, role: str) -> None:
        rng = self._rng
        form = name_pairs.xero_form(self._rng, party)
        sites = [party, *(self._maker.branch(party) for _ in range(1 + (rng.random() < 0.5)))]
        head: AccountDraft | None = None
        for index, site in enumerate(sites):
            town = site.place.city
            if index and any(site.place.city == other.place.city for other in sites[:index]):
                continue
            plain_name = spellings.with_form(party, party.core, pick(rng, party.legal_forms))
            sf_name = plain_name if index == 0 or rng.random() < 0.4 else f"{plain_name} - {town}"
            account = self._account(site, sf_name, index)
            account.address_style = max(account.address_style, 0)
            account.parent_slot = head.slot if head else None
            head = head or account
            base = spellings.with_form(party, party.core, form)
            xero_name = (
                base
                if index == 0
                else pick(rng, (f"{party.core} ({town})", f"{base} - {town}", f"{party.core} {town}"))
            )
            contact = self._contact(site, xero_name, role, V.BRANCH, (account.slot,))
            if contact is None:
                return
            contact.address_style = max(contact.address_style, 0)
            self._settle(contact, account)

    def _shared_account(self, party: Party, role: str) -> None:
        form = name_pairs.xero_form(self._rng, party)
        account = self._account(party, spellings.with_form(party, party.core, pick(self._rng, party.legal_forms)), 0)
        department = pick(self._rng, _DEPARTMENTS)
        for name in (spellings.with_form(party, party.core, form), f"{party.core} - {department}"):
            contact = self._contact(party, name, role, V.SHARED_ACCOUNT, (account.slot,))
            if contact is None:
                return
            self._settle(contact, account, may_number=not account.account_number)

    def _duplicate_account(self, party: Party, role: str) -> None:
        rng = self._rng
        first = self._account(party, spellings.with_form(party, party.core, pick(rng, party.legal_forms)), 0)
        second = self._account(party, first.name, 1)
        contact = self._contact(
            party, spellings.with_form(party, party.core, name_pairs.xero_form(self._rng, party)), role,
            V.DUPLICATE_ACCOUNT,
            (first.slot, second.slot),
        )  # fmt: skip
        if contact is not None:
            self._settle(contact, first, may_number=False)
        for name in ("website", "phone", "address_style", "persons"):
            value = getattr(first, name)
            setattr(second, name, [person_at(rng, party) for _ in value] if name == "persons" else value)

    def _merged_account(self, party: Party, role: str) -> None:
        rng = self._rng
        winner = self._account(party, spellings.with_form(party, party.core, pick(rng, party.legal_forms)), 0)
        loser = self._account(party, spellings.typo(rng, winner.name) if rng.random() < 0.5 else winner.name, 1)
        loser.is_deleted, loser.master_slot = True, winner.slot
        winner.persons += loser.persons  # a merge moves the people to the winner
        loser.persons = []
        name = spellings.with_form(party, party.core, name_pairs.xero_form(self._rng, party))
        contact = self._contact(party, name, role, V.MERGED_ACCOUNT, (winner.slot,))
        if contact is not None:
            self._settle(contact, winner)

    def _merged_contact(self, party: Party, role: str) -> None:
        rng = self._rng
        form = name_pairs.xero_form(self._rng, party)
        name = spellings.with_form(party, party.core, form)
        account = self._account(party, spellings.with_form(party, party.core, pick(rng, party.legal_forms)), 0)
        winner = self._contact(party, name, role, V.EXACT if account.name == name else V.LEGAL_FORM, (account.slot,))
        if winner is None:
            return
        self._settle(winner, account)
        old_name = spellings.typo(rng, name) if rng.random() < 0.5 else f"{name} (OLD)"
        loser = self._contact(party, old_name, role, V.MERGED_CONTACT, (account.slot,))
        if loser is not None:
            self._archive(loser)
            loser.merged_to, loser.weight, loser.account_number = winner.position, 0.0, ""

    # -- the customers of the first organisation that buy from this one too

    def _returning(self) -> Iterator[tuple[ContactDraft, AccountDraft]] | None:
        return iter(self._elsewhere.shareable) if self._elsewhere else None

    def _return(self, pair: tuple[ContactDraft, AccountDraft] | None) -> bool:
        if pair is None:
            return False
        known, account = pair
        contact = self._contact(known.party, known.name, "customer", known.variety, (account.slot,))
        if contact is not None:
            contact.account_number = ""
            contact.email, contact.website = known.email, known.website
            contact.phone_style, contact.address_style = known.phone_style, known.address_style
            if known.account_number and not (shared_facts(contact, account)):
                contact.account_number = known.account_number
        return True

    # -- evidence

    def _archive(self, contact: ContactDraft) -> None:
        contact.is_archived = True
        contact.weight = 0.3
        self._active_names.discard(" ".join(contact.name.casefold().split()))

    def _settle(self, contact: ContactDraft, account: AccountDraft, *, may_number: bool = True) -> None:
        """Give both sides enough in common to be recognised, as the fairness rules ask."""
        rng, party = self._rng, contact.party
        if may_number and contact.account_number and rng.random() < 0.45:
            account.account_number = contact.account_number
        needed = _FACTS_NEEDED.get(contact.variety, 1)
        choices = ["domain", "phone", "address", "number"]
        if contact.variety in (V.SHARED_DOMAIN, V.FREEMAIL) or is_freemail(party):
            choices.remove("domain")
        if contact.variety is V.MOVED:
            choices.remove("address")
        if not may_number or account.account_number not in ("", contact.account_number):
            choices.remove("number")
        while len(shared_facts(contact, account)) < needed:
            fact = pick(rng, choices)
            if fact == "domain":
                contact.email = contact.email or contact_email(rng, party)
                account.website = account.website or spellings.website_text(party.domain, int(rng.random() * 8))
            elif fact == "phone":
                contact.phone_style = max(contact.phone_style, 0)
                account.phone = account.phone or spellings.phone_text(party, int(rng.random() * 8))
            elif fact == "address":
                contact.address_style, account.address_style = (
                    max(contact.address_style, 0),
                    max(account.address_style, 0),
                )
            else:
                contact.account_number = contact.account_number or self._account_number(contact)
                account.account_number = contact.account_number
