"""Postal addresses: Salesforce's street of several lines, Xero's four address lines, and what both mean.

Belongs here: one address as a value, its form for comparing, and its fields in either system. Does not belong here:
which of a contact's addresses is compared, and which side wins.
"""

from __future__ import annotations

from dataclasses import dataclass

from xero_sf_pipeline.parties.countries import (
    country_code,
    country_name,
    country_name_in_letters,
    region_code,
    region_name,
)
from xero_sf_pipeline.parties.texts import folded, squeezed

XERO_LINES = 4
"""AddressLine1 to AddressLine4 (Accounting API, Contacts)."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address without empty lines. Country and region are as written; their codes are looked up.

    Attributes:
        implied_country: code of the country that is meant when none is written: the organisation's own
        keeps_region: whether the region counts; false where the org's picklists have no states for the country
    """

    lines: tuple[str, ...]
    city: str
    region: str
    postal_code: str
    country: str
    implied_country: str | None = None
    state_countries: frozenset[str] | None = None

    @classmethod
    def of(
        cls,
        street: str | None,
        city: str | None,
        region: str | None,
        postal_code: str | None,
        country: str | None,
        implied_country: str | None = None,
        state_countries: frozenset[str] | None = None,
    ) -> Address:
        """Read an address; the lines of the street are those of the text.

        Args:
            state_countries: countries whose states Salesforce's picklists have; null when states are plain text.
        """
        lines = tuple(line for line in map(squeezed, (street or "").splitlines()) if line)
        return cls(
            _at_most_four(lines),
            squeezed(city),
            squeezed(region),
            squeezed(postal_code),
            squeezed(country),
            implied_country,
            state_countries,
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written but perhaps the country."""
        return not (self.lines or self.city or self.region or self.postal_code)

    @property
    def is_bare(self) -> bool:
        """Whether nothing at all is written."""
        return self.is_empty and not self.country

    @property
    def country_code(self) -> str | None:
        """ISO 3166-1 code, null when the country is written in a way that is not known."""
        return country_code(self.country) if self.country else self.implied_country

    @property
    def region_code(self) -> str | None:
        """The part of ISO 3166-2 after the hyphen; null when it is not known."""
        return region_code(self.country_code, self.region)

    @property
    def has_region(self) -> bool:
        """Whether a region is written and Salesforce can hold one for this country."""
        kept = self.state_countries is None or self.country_code is None or self.country_code in self.state_countries
        return bool(self.region) and kept

    @property
    def street_form(self) -> str:
        return folded("\n".join(self.lines)) or ""

    @property
    def city_form(self) -> str:
        return folded(self.city) or ""

    @property
    def region_form(self) -> str:
        return (self.region_code or folded(self.region) or "") if self.has_region else ""

    @property
    def postal_code_form(self) -> str:
        return (folded(self.postal_code) or "").replace(" ", "")

    @property
    def country_form(self) -> str:
        return self.country_code or folded(self.country) or ""

    @property
    def form(self) -> str | None:
        """What is compared: null when empty. Ways to write a country or a state, case and spaces do not count."""
        if self.is_empty:
            return None
        return "|".join((self.street_form, self.city_form, self.region_form, self.postal_code_form, self.country_form))

    @property
    def text(self) -> str:
        """The address on one line, for people."""
        parts = (*self.lines, self.city, self.region, self.postal_code, self.country)
        return ", ".join(part for part in parts if part)

    def salesforce_region(self) -> str | None:
        return self.region or None

    def salesforce_country(self) -> str | None:
        """The country as text: its English name, or as it was written when it is not known."""
        code = self.country_code
        return (country_name(code) if code else None) or self.country or None

    def xero_entry(self, address_type: str, attention_to: str | None) -> dict[str, str]:
        """Return the whole entry of `Addresses`: a part that was left out would keep what is there."""
        lines = [*self.lines, *[""] * (XERO_LINES - len(self.lines))]
        code = self.country_code
        region = self.region if self.has_region else ""
        if code and region and self.region_code:
            name = region_name(code, self.region_code)
            region = name if name and region_code(code, name) == self.region_code else region
        return {
            "AddressType": address_type,
            **{f"AddressLine{number}": line for number, line in enumerate(lines, 1)},
            "City": self.city,
            "Region": region,
            "PostalCode": self.postal_code,
            "Country": (country_name_in_letters(code) if code else None) or self.country,
            "AttentionTo": attention_to or "",
        }


def _at_most_four(lines: tuple[str, ...]) -> tuple[str, ...]:
    if len(lines) <= XERO_LINES:
        return lines
    return (*lines[: XERO_LINES - 1], ", ".join(lines[XERO_LINES - 1 :]))
