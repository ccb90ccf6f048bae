"""Which details of a linked contact and its account follow each other, and which side wins.

Off until `enabled`: a first run over two systems that were kept apart for years finds differences that people must see
before anything is overwritten.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from xero_sf_pipeline.policy.fields import PicklistValue, Section, UnquotedOff


class FieldRule(StrEnum):
    """What happens when both sides say different things.

    An empty value never overwrites one: a detail that was deleted on one side is shown to a person (`value_cleared`).
    """

    OFF = "off"
    FILL_EMPTY = "fill_empty"
    XERO_WINS = "xero_wins"
    SALESFORCE_WINS = "salesforce_wins"
    NEWEST_WINS = "newest_wins"
    REVIEW = "review"


class OneWayRule(StrEnum):
    """Rules of a detail that Xero's API only shows (Contact.Website is read-only there)."""

    OFF = "off"
    FILL_EMPTY = "fill_empty"
    XERO_WINS = "xero_wins"
    REVIEW = "review"


Rule = Annotated[FieldRule, UnquotedOff]


class PartyFields(Section):
    """One rule per detail. `billing_address` is compared as a whole; `email` is that of the contact's person."""

    name: Rule = FieldRule.REVIEW
    phone: Rule = FieldRule.FILL_EMPTY
    billing_address: Rule = FieldRule.FILL_EMPTY
    email: Rule = FieldRule.FILL_EMPTY
    website: Annotated[OneWayRule, UnquotedOff] = OneWayRule.FILL_EMPTY
    account_number: Rule = FieldRule.FILL_EMPTY
    tax_number: Rule = FieldRule.REVIEW

    def rules(self) -> dict[str, str]:
        """Rule by field."""
        return {name: getattr(self, name).value for name in PartyFields.model_fields}


People = Annotated[Literal["off", "to_salesforce"], UnquotedOff]
CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
ApiName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}$")]


class PartyRules(Section):
    """Contact details, both ways between a linked contact (the account's primary one) and its account.

    Attributes:
        people: whether Xero's contact persons become Salesforce contacts when the account has no such person
        create_xero_contacts: account types whose accounts get a Xero contact when they have none
        tax_number_field: the account's field that holds the tax number, as TaxNumber__c; Salesforce has no standard one
        state_countries: countries that have states in the org's state and country picklists (Salesforce's own list)
    """

    enabled: bool = False
    fields: PartyFields = PartyFields()
    people: People = "to_salesforce"
    create_xero_contacts: tuple[PicklistValue, ...] = ()
    tax_number_field: ApiName | None = None
    state_countries: tuple[CountryCode, ...] = ("AU", "BR", "CA", "CN", "IE", "IN", "IT", "MX", "US")
