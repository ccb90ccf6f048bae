"""The customers of stories: their Xero contacts, their Salesforce accounts and people, and what is special about them.

Belongs here: making a named customer that both systems know under the same number, name and domain. Does not belong
here: deals and documents. What a story changes about a record is an override of its fields, laid over the usual shape.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from xero_sf_pipeline.sandbox.company import spellings
from xero_sf_pipeline.sandbox.company.drafts import AccountDraft, ContactDraft
from xero_sf_pipeline.sandbox.company.ids import SalesforceIds, XeroIds, stream
from xero_sf_pipeline.sandbox.company.organisations import Settings
from xero_sf_pipeline.sandbox.company.parties import Party, PartyMaker, slug
from xero_sf_pipeline.sandbox.company.spec import CompanySpec, MatchTruth, Row, Variety
from xero_sf_pipeline.sandbox.company.traits import Habit, Traits

_SLOTS_PER_ORGANISATION: Final = 10_000
"""Stories of an organisation count their accounts down from minus one; people take four places an account."""


@dataclass
class Customer:
    """One customer of a story. The first contact and the first account are the ones that belong together."""

    name: str
    party: Party
    contacts: list[ContactDraft] = field(default_factory=list)
    accounts: list[AccountDraft] = field(default_factory=list)

    @property
    def contact(self) -> int:
        """The position of the contact that documents are made out to."""
        return self.contacts[0].position

    @property
    def slot(self) -> int:
        """The position of the account that deals are made with."""
        return self.accounts[0].slot


class Customers:
    """All customers of the stories of one organisation, in the order of telling."""

    def __init__(self, spec: CompanySpec, settings: Settings) -> None:
        self._spec = spec
        self._settings = settings
        self._at = settings.organisation_index
        self.contact_ids = XeroIds(spec.seed, self._at, "story", "contact")
        self.account_ids = SalesforceIds(spec.seed, "001")
        self.contacts: list[ContactDraft] = []
        self.accounts: list[AccountDraft] = []
        self.traits: list[Traits] = []
        self.contact_changes: dict[int, Row] = {}
        self.account_changes: dict[int, Row] = {}
        self.people_changes: dict[int, Row] = {}
        """By the account's slot, for all its people."""
        self._made: list[Customer] = []

    @property
    def truth(self) -> list[MatchTruth]:
        """What is known about who is who, once all stories are told."""
        return [self._truth(draft, customer) for customer in self._made for draft in customer.contacts]

    def customer(
        self,
        name: str,
        *,
        country: str = "",
        currency: str = "",
        contacts: int = 1,
        accounts: int = 1,
        contact: Row | None = None,
        account: Row | None = None,
        not_in: str = "",
    ) -> Customer:
        """Make a customer that both systems know; `contact` and `account` override fields of the first of each.

        A second contact is a department of the same company; a second account is its double.
        """
        country = country or self._settings.profile.country
        maker = PartyMaker(stream(self._spec.seed, "story", name), self._settings.profile.country)
        party = maker.named(name, country, not_in=not_in)
        party.domain = slug(name)[:30] + party.country.domain_endings[0]
        made = Customer(name, party)
        for n in range(accounts):
            made.accounts.append(self._account(party, n))
        for n in range(contacts):
            made.contacts.append(self._contact(made, n, currency or self._settings.profile.currency))
        if contact:
            self.contact_changes[made.contact] = contact
        if account:
            self.account_changes[made.slot] = account
        if contacts and accounts == 1:
            made.accounts[0].account_number = made.contacts[0].account_number
        self._made.append(made)
        return made

    def also_here(self, elsewhere: Customer) -> Customer:
        """Make the contact that a customer of another organisation has in this one; the account stays the same."""
        made = Customer(elsewhere.name, elsewhere.party, accounts=elsewhere.accounts)
        made.contacts.append(self._contact(made, 0, self._settings.profile.currency))
        made.contacts[0].account_number = ""
        self._made.append(made)
        return made

    def _contact(self, customer: Customer, n: int, currency: str) -> ContactDraft:
        party, position = customer.party, len(self.contacts)
        name = spellings.with_form(party, party.core, party.legal_forms[min(1, len(party.legal_forms) - 1)])
        draft = ContactDraft(
            position,
            party,
            name if n == 0 else f"{party.core} - Projects",
            "customer",
            Variety.EXACT,
            email=f"accounts@{party.domain}" if n == 0 else f"projects@{party.domain}",
            website=party.domain,
            phone_style=0,
            address_style=4,
            account_number=f"{slug(party.core).upper()[:3]}{self._at or ''}9{position + 1:04d}" if n == 0 else "",
            truth_slots=tuple(account.slot for account in customer.accounts),
        )
        if len(customer.accounts) > 1:
            draft.variety = Variety.DUPLICATE_ACCOUNT
        elif not customer.accounts:
            draft.variety = Variety.NONE
        elif n:
            draft.variety = Variety.SHARED_ACCOUNT
        self.contacts.append(draft)
        is_domestic = party.country.code == self._settings.profile.country
        self.traits.append(Traits(currency, is_domestic, "DAYSAFTERBILLDATE", 30, Habit.AVERAGE, 0.5))
        return draft

    def _account(self, party: Party, n: int) -> AccountDraft:
        slot = -1 - self._at * _SLOTS_PER_ORGANISATION - len(self.accounts)
        draft = AccountDraft(
            slot,
            party,
            spellings.with_form(party, party.core, party.legal_forms[min(1, len(party.legal_forms) - 1)]),
            website=spellings.website_text(party.domain, 0),
            phone=spellings.phone_text(party, 0),
            address_style=4,
        )
        first, last = party.first_name, party.last_name
        draft.persons.append((first, last, f"{slug(first)}.{slug(last)}@{party.domain}"))
        self.accounts.append(draft)
        return draft

    def _truth(self, draft: ContactDraft, customer: Customer) -> MatchTruth:
        acceptable = tuple(self.account_ids(account.slot) for account in customer.accounts)
        return MatchTruth(
            tenant_id=self._settings.tenant_id,
            contact_id=self.contact_ids(draft.position),
            account_id=acceptable[0] if acceptable else None,
            variety=draft.variety,
            is_ambiguous=draft.variety is Variety.DUPLICATE_ACCOUNT,
            acceptable_account_ids=acceptable,
        )
