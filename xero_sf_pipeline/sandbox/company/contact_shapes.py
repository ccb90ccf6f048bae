"""Xero contacts in the shape of the paged list: four phones, two addresses, balances in base currency.

Belongs here: contact records. Does not belong here: who the contacts are (`pairing`) or their documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from xero_sf_pipeline.sandbox.company import spellings
from xero_sf_pipeline.sandbox.company.dates import DAY_MS, midnight_ms, ms_instant
from xero_sf_pipeline.sandbox.company.drafts import ContactDraft
from xero_sf_pipeline.sandbox.company.ids import XeroIds, mixed, stream
from xero_sf_pipeline.sandbox.company.ledger import Ledger
from xero_sf_pipeline.sandbox.company.organisations import Settings
from xero_sf_pipeline.sandbox.company.parties import Party
from xero_sf_pipeline.sandbox.company.spec import CompanySpec, Row

_PHONE_TYPES = ("DDI", "DEFAULT", "FAX", "MOBILE")


class ContactShapes:
    """Builds the contacts of one organisation."""

    def __init__(
        self,
        spec: CompanySpec,
        settings: Settings,
        contacts: Sequence[ContactDraft],
        ledger: Ledger,
        *,
        family: tuple[str, ...] = (),
    ) -> None:
        """`family` sets the ids and chances apart from those of the organisation's other contacts."""
        self._settings = settings
        self._contacts = contacts
        self._traits = ledger.traits
        self._ids = XeroIds(spec.seed, settings.organisation_index, *family, "contact")
        self._key = stream(spec.seed, *family, "contact-details", settings.organisation_index).getrandbits(128)
        self._web_prefix = "-".join((*map(str.upper, family), "WEB-"))
        self._first_ms = midnight_ms(spec.as_of - timedelta(days=600))
        self._balances = ledger.balances(spec.as_of.toordinal())
        self._customers = {invoice.contact for invoice in ledger.invoices if invoice.is_sale}
        self._suppliers = {invoice.contact for invoice in ledger.invoices if not invoice.is_sale}

    def contact(self, position: int) -> Row:
        """One contact; fields that nobody filled in are blank or absent as the API has them."""
        draft = self._contacts[position]
        party, traits = draft.party, self._traits[position]
        dice = mixed(self._key, position)
        row: Row = {
            "ContactID": self._ids(position),
            "ContactStatus": "ARCHIVED" if draft.is_archived else "ACTIVE",
            "Name": draft.name,
            "EmailAddress": draft.email,
            "BankAccountDetails": "",
            "TaxNumber": _tax_number(party, dice) if dice % 10 < 5 else "",
            "Addresses": [self._postal(draft, dice), self._street(draft)],
            "Phones": _phones(draft, dice),
            "UpdatedDateUTC": ms_instant(self._first_ms + (dice >> 20) % (598 * DAY_MS)),
            "ContactGroups": [],
            "IsSupplier": position in self._suppliers,
            "IsCustomer": position in self._customers,
            "SalesTrackingCategories": [],
            "PurchasesTrackingCategories": [],
            "ContactPersons": [],
            "HasAttachments": False,
            "HasValidationErrors": False,
        }
        if party.is_person or (dice >> 4) % 10 < 5:
            row["FirstName"], row["LastName"] = party.first_name, party.last_name
        if draft.account_number:
            row["AccountNumber"] = draft.account_number
        if (dice >> 8) % 10 < 2:
            row["ContactNumber"] = f"{self._web_prefix}{draft.position + 10_000}"
        if not party.is_person and (dice >> 12) % 10 < 3:
            row["CompanyNumber"] = f"{(dice >> 40) % 90_000_000 + 10_000_000}"
        if draft.website:
            row["Website"] = f"https://www.{draft.website}"
        if traits.currency != self._settings.profile.currency:
            row["DefaultCurrency"] = traits.currency
        if (dice >> 16) % 10 < 7 and draft.role != "supplier":
            row["PaymentTerms"] = {"Sales": {"Day": traits.term_day, "Type": traits.term_type}}
        if draft.merged_to is not None:
            row["MergedToContactID"] = self._ids(draft.merged_to)
        if draft.email and (dice >> 24) % 10 < 2:
            row["ContactPersons"] = [
                {
                    "FirstName": party.first_name,
                    "LastName": party.last_name,
                    "EmailAddress": draft.email,
                    "IncludeInEmails": False,
                }
            ]
        if position in self._balances:
            owed, overdue, owing, owing_overdue = self._balances[position]
            row["Balances"] = {
                "AccountsReceivable": {"Outstanding": owed / 100, "Overdue": overdue / 100},
                "AccountsPayable": {"Outstanding": owing / 100, "Overdue": owing_overdue / 100},
            }
        return row

    def _street(self, draft: ContactDraft) -> Row:
        row = _blank_address("STREET")
        if draft.address_style >= 0 and draft.address_style % 4 == 0:
            row |= _address(draft.party, draft.address_style)
        return row

    def _postal(self, draft: ContactDraft, dice: int) -> Row:
        row = _blank_address("POBOX")
        if draft.address_style >= 0 and draft.address_style % 4 != 0:
            row |= _address(draft.party, draft.address_style)
            if (dice >> 28) % 10 < 2:
                row["AttentionTo"] = "Accounts Payable"
        return row


def _blank_address(kind: str) -> Row:
    fields = ("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4", "City", "Region", "PostalCode", "Country")
    return {"AddressType": kind, **dict.fromkeys(fields, ""), "AttentionTo": ""}


def _address(party: Party, style: int) -> Row:
    lines = [part for part in (party.estate, party.street) if part]
    if style & 1 and party.estate:
        lines = [*party.estate.split(", "), party.street]
    names = party.country.names
    return {
        **{f"AddressLine{n}": text for n, text in enumerate(lines, 1)},
        "City": party.place.city,
        "Region": party.place.region if style & 2 else "",
        "PostalCode": party.postcode,
        "Country": names[style % len(names)] if style & 4 or party.country.code != "GB" else "",
    }


def _phones(draft: ContactDraft, dice: int) -> list[Row]:
    party = draft.party
    rows = [
        {"PhoneType": kind, "PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""} for kind in _PHONE_TYPES
    ]
    if draft.phone_style < 0:
        return rows
    default = rows[1]
    if draft.phone_style < 4:
        middle = 3 if draft.phone_style & 1 else 4
        default["PhoneNumber"] = f"{party.subscriber[:middle]} {party.subscriber[middle:]}"
        default["PhoneAreaCode"] = f"{party.country.trunk}{party.place.area_code}"
        default["PhoneCountryCode"] = party.country.dial if draft.phone_style < 2 else ""
    else:
        default["PhoneNumber"] = spellings.phone_text(party, draft.phone_style - 4)
    if (dice >> 32) % 10 < 2:
        mobile = rows[3]
        mobile["PhoneCountryCode"], mobile["PhoneNumber"] = (
            party.country.dial,
            f"7{(dice >> 50) % 900_000_000 + 100_000_000}",
        )
    return rows


def _tax_number(party: Party, dice: int) -> str:
    digits = (dice >> 60) % 900_000_000 + 100_000_000
    return f"{party.country.tax_prefix}{digits}"
