"""Salesforce accounts and contacts as flat records by field API name.

Belongs here: the records of accounts and of the people at them. Does not belong here: sales and service records
(`salesforce_business`) or how an account differs from its Xero contact (`pairing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from xero_sf_pipeline.sandbox.company import spellings
from xero_sf_pipeline.sandbox.company.dates import DAY_MS, aware, midnight_ms
from xero_sf_pipeline.sandbox.company.drafts import AccountDraft
from xero_sf_pipeline.sandbox.company.ids import SalesforceIds, mixed, stream
from xero_sf_pipeline.sandbox.company.parties import Party, slug
from xero_sf_pipeline.sandbox.company.spec import CompanySpec, Row
from xero_sf_pipeline.sandbox.company.vocabulary import FIRST_NAMES

_INDUSTRIES = (
    "Agriculture", "Construction", "Consulting", "Education", "Electronics", "Energy", "Engineering", "Finance",
    "Healthcare", "Hospitality", "Machinery", "Manufacturing", "Media", "Retail", "Shipping", "Technology",
    "Transportation", "Utilities",
)  # fmt: skip
_TITLES = ("Accounts Payable", "Office Manager", "Managing Director", "Buyer", "Facilities Manager", "Finance Director")
ACTIVE_OWNERS = 10
"""Users 2 to 11 are sales people with a licence; 12 and 13 have left."""


@dataclass(frozen=True)
class OrgIds:
    """The id spaces of one Salesforce org."""

    account: SalesforceIds
    contact: SalesforceIds
    user: SalesforceIds

    @classmethod
    def of(cls, seed: int) -> OrgIds:
        return cls(SalesforceIds(seed, "001"), SalesforceIds(seed, "003"), SalesforceIds(seed, "005"))


class AccountShapes:
    """Builds accounts and contacts; what nobody decided comes from the record's position alone."""

    def __init__(self, spec: CompanySpec) -> None:
        self._ids = OrgIds.of(spec.seed)
        self._key = stream(spec.seed, "account-details").getrandbits(128)
        self._first_ms = midnight_ms(spec.as_of - timedelta(days=1100))
        self._span_ms = 1098 * DAY_MS
        self._users = [self._ids.user(n) for n in range(ACTIVE_OWNERS + 4)]

    def owner(self, slot: int) -> str:
        """Who owns an account; one in twenty still belongs to somebody who has left."""
        dice = mixed(self._key, slot) >> 96
        return self._users[2 + dice % ACTIVE_OWNERS if dice % 20 else 12 + dice // 20 % 2]

    def account(self, draft: AccountDraft, *, is_customer: bool) -> Row:
        """One account."""
        dice = mixed(self._key, draft.slot)
        created = self._first_ms + dice % self._span_ms
        modified = created + (dice >> 40) % (self._first_ms + self._span_ms - created + 1)
        party = draft.moved_from or draft.party
        has_address = draft.address_style >= 0
        owner = self.owner(draft.slot)
        row = {
            "Id": self._ids.account(draft.slot),
            "IsDeleted": draft.is_deleted,
            "MasterRecordId": self._ids.account(draft.master_slot) if draft.master_slot is not None else None,
            "Name": draft.name,
            "Type": "Customer - Direct" if is_customer else "Prospect",
            "ParentId": self._ids.account(draft.parent_slot) if draft.parent_slot is not None else None,
            "BillingStreet": spellings.street_text(party, draft.address_style) if has_address else None,
            "BillingCity": (party.place.city.upper() if draft.address_style % 11 == 0 else party.place.city)
            if has_address
            else None,
            "BillingState": party.place.region if has_address and draft.address_style & 1 else None,
            "BillingPostalCode": spellings.postcode_text(party.postcode, draft.address_style) if has_address else None,
            "BillingCountry": party.country.names[draft.address_style % len(party.country.names)]
            if has_address
            else None,
            "Phone": draft.phone or None,
            "AccountNumber": draft.account_number or None,
            "Website": draft.website or None,
            "Industry": _INDUSTRIES[(dice >> 30) % len(_INDUSTRIES)] if dice % 4 else None,
            "AnnualRevenue": (dice >> 50) % 900 * 10_000 + 100_000 if dice % 3 == 0 else None,
            "NumberOfEmployees": (dice >> 60) % 240 + 2 if dice % 5 < 2 else None,
            "OwnerId": owner,
        }
        return row | self._stamps(owner, created, modified)

    def person(self, draft: AccountDraft, index: int) -> Row:
        """One contact (person) of an account."""
        slot = draft.slot * 4 + index
        dice = mixed(self._key, -slot - 1)
        created = self._first_ms + dice % self._span_ms
        first, last, email = draft.persons[index]
        owner = self.owner(draft.slot)
        row = {
            "Id": self._ids.contact(slot),
            "IsDeleted": draft.is_deleted,
            "AccountId": self._ids.account(draft.slot),
            "FirstName": first,
            "LastName": last,
            "Name": f"{first} {last}",
            "Email": email if dice % 8 else email.capitalize(),
            "Phone": draft.phone or None,
            "Title": _TITLES[(dice >> 20) % len(_TITLES)],
            "OwnerId": owner,
        }
        return row | self._stamps(owner, created, created)

    def _stamps(self, user_id: str, created: int, modified: int) -> Row:
        return system_fields(user_id, aware(created // 1000 * 1000), aware(modified // 1000 * 1000))


def system_fields(user_id: str, created: datetime, modified: datetime) -> Row:
    """Who made and changed a record, and when, to the second as an org stamps it."""
    return {
        "CreatedDate": created,
        "CreatedById": user_id,
        "LastModifiedDate": modified,
        "LastModifiedById": user_id,
        "SystemModstamp": modified,
    }


_PROSPECT_PERSONS = ((0, 0), (2, 0), (3, 0), (3, 1))
"""Of five prospects, which has which person: one, none, one, two, none."""


class Prospects:
    """Accounts of companies that buy nothing in Xero; built from their party and position when they are read."""

    def __init__(self, spec: CompanySpec, parties: Sequence[Party], numbers: dict[int, str]) -> None:
        self._shapes = AccountShapes(spec)
        self._parties = parties
        self._numbers = numbers
        self._key = stream(spec.seed, "prospects").getrandbits(128)

    def __len__(self) -> int:
        return len(self._parties)

    @property
    def person_count(self) -> int:
        """How many people there are at all prospects together."""
        whole, rest = divmod(len(self._parties), 5)
        return 4 * whole + sum(1 for position, _ in _PROSPECT_PERSONS if position < rest)

    def account(self, position: int) -> Row:
        """One prospect's account."""
        return self._shapes.account(self.draft(position), is_customer=False)

    def person(self, index: int) -> Row:
        """One person at one of the prospects."""
        group, member = divmod(index, 4)
        position, which = _PROSPECT_PERSONS[member]
        draft = self.draft(group * 5 + position)
        draft.persons = [self._someone(draft.party, index - n) for n in range(which, -1, -1)]
        return self._shapes.person(draft, which)

    def _someone(self, party: Party, index: int) -> tuple[str, str, str]:
        dice = mixed(self._key, -index - 1)
        surnames = party.country.surnames
        first, last = FIRST_NAMES[dice % len(FIRST_NAMES)], surnames[(dice >> 20) % len(surnames)]
        return first, last, f"{slug(first)}.{slug(last)}@{party.domain}"

    def draft(self, position: int) -> AccountDraft:
        """The account before it has a shape."""
        party = self._parties[position]
        dice = mixed(self._key, position)
        forms = party.legal_forms
        form = forms[dice % len(forms)] if dice % 7 else ""
        slot = 4 * position + 3
        return AccountDraft(
            slot=slot,
            party=party,
            name=spellings.with_form(party, party.core, form),
            account_number=self._numbers.get(position, ""),
            website=spellings.website_text(party.domain, dice >> 8)
            if (dice >> 16) % 100 < 62 and party.domain not in party.country.freemail
            else "",
            phone=spellings.phone_text(party, dice >> 24) if (dice >> 32) % 100 < 66 else "",
            address_style=(dice >> 48) & 63 if (dice >> 40) % 100 < 85 else -1,
        )
