"""Further fields that follow each other: any Salesforce account field and any field of its Xero contact.

Belongs here: what can be mapped, and which mappings cannot work. Does not belong here: the values
(`parties/mapping.py`) and whether the org has the field (`cli/policy.py`, from its description).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from xero_sf_pipeline.policy.fields import Section
from xero_sf_pipeline.policy.parties import FieldRule, Rule


@dataclass(frozen=True)
class XeroField:
    """A field of a Xero contact: its longest text, and whether the API takes it."""

    longest: int
    is_writable: bool = True


XERO_CONTACT_FIELDS: Mapping[str, XeroField] = {
    "FirstName": XeroField(255),
    "LastName": XeroField(255),
    "CompanyNumber": XeroField(50),
    "BankAccountDetails": XeroField(255),
    "DefaultCurrency": XeroField(3),
    "AccountsReceivableTaxType": XeroField(50),
    "AccountsPayableTaxType": XeroField(50),
    "SalesDefaultAccountCode": XeroField(10),
    "PurchasesDefaultAccountCode": XeroField(10),
    "XeroNetworkKey": XeroField(255),
    "ContactNumber": XeroField(50, is_writable=False),
    "ContactStatus": XeroField(20, is_writable=False),
    "IsCustomer": XeroField(5, is_writable=False),
    "IsSupplier": XeroField(5, is_writable=False),
    "Discount": XeroField(20, is_writable=False),
    "UpdatedDateUTC": XeroField(40, is_writable=False),
}
"""Fields of Contact that hold one value and that no other flow writes (Accounting API, Contacts). ContactNumber carries
our own key, the others marked are read-only there."""

_OF_OTHER_FLOWS = frozenset(
    {
        "Id", "Name", "Phone", "Website", "AccountNumber", "OwnerId", "RecordTypeId", "ParentId", "CurrencyIsoCode",
        "CreatedDate", "MasterRecordId", "SystemModstamp", "IsDeleted",
    }
)  # fmt: skip


class MappingDirection(StrEnum):
    """Which way a mapped value goes."""

    TO_SALESFORCE = "to_salesforce"
    TO_XERO = "to_xero"
    BOTH = "both"


class Transform(StrEnum):
    """How a value is read on both sides and written on the other."""

    TEXT = "text"
    UPPER = "upper"
    LOWER = "lower"
    DECIMAL = "decimal"
    DATE = "date"
    BOOLEAN = "boolean"
    PHONE_E164 = "phone_e164"
    COUNTRY_CODE = "country_code"


def _account_field(value: str) -> str:
    name = value.removeprefix("Account.")
    if name in _OF_OTHER_FLOWS or name.startswith(("Xero_", "Billing", "Shipping")):
        raise ValueError(f"{value} belongs to another flow; see `parties` for names, phones and addresses")
    return value


def _contact_field(value: str) -> str:
    name = value.removeprefix("Contact.")
    if name not in XERO_CONTACT_FIELDS:
        known = ", ".join(sorted(XERO_CONTACT_FIELDS))
        raise ValueError(f"{value} is no field of a Xero contact that can be mapped; there are {known}")
    return value


class FieldMapping(Section):
    """One account field and one contact field.

    Attributes:
        rule: what happens when both differ, as for contact details; with one direction only that way is written
        map: Xero's value -> Salesforce's; a value that is not listed stays as it is
        cut: longest text that is sent to Salesforce; what is longer is cut, so that nothing can flow back
    """

    salesforce: Annotated[str, Field(pattern=r"^Account\.[A-Za-z][A-Za-z0-9_]{0,79}$"), AfterValidator(_account_field)]
    xero: Annotated[str, Field(pattern=r"^Contact\.[A-Za-z]{1,60}$"), AfterValidator(_contact_field)]
    direction: MappingDirection = MappingDirection.TO_SALESFORCE
    rule: Rule = FieldRule.FILL_EMPTY
    transform: Transform = Transform.TEXT
    map: dict[str, str] = {}
    cut: Annotated[int, Field(ge=1, le=32_000)] | None = None

    @property
    def field(self) -> str:
        """The name of the detail in parties.field_values and in the plan's words."""
        return self.salesforce

    @property
    def salesforce_field(self) -> str:
        return self.salesforce.removeprefix("Account.")

    @property
    def xero_field(self) -> str:
        return self.xero.removeprefix("Contact.")

    @property
    def writes_salesforce(self) -> bool:
        return self.direction is not MappingDirection.TO_XERO

    @property
    def writes_xero(self) -> bool:
        return self.direction is not MappingDirection.TO_SALESFORCE

    @model_validator(mode="after")
    def _can_go_its_way(self) -> Self:
        if self.writes_xero and not XERO_CONTACT_FIELDS[self.xero_field].is_writable:
            raise ValueError(f"{self.xero} can only be read; use direction to_salesforce")
        if self.writes_xero and self.cut is not None:
            raise ValueError("a value that was cut cannot go back; use direction to_salesforce, or no cut")
        if self.writes_xero and len(set(self.map.values())) != len(self.map):
            raise ValueError("map: two values become one, so it cannot be read backwards; use direction to_salesforce")
        winner = {FieldRule.XERO_WINS: self.writes_salesforce, FieldRule.SALESFORCE_WINS: self.writes_xero}
        if not winner.get(self.rule, True):
            raise ValueError(f"rule {self.rule.value} never writes in direction {self.direction.value}")
        return self


def _each_field_once(given: tuple[FieldMapping, ...]) -> tuple[FieldMapping, ...]:
    for names, side in (
        ([one.salesforce for one in given], "Salesforce"),
        ([one.xero for one in given if one.writes_xero], "Xero"),
    ):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)}: mapped twice to {side}")
    return given


Mappings = Annotated[tuple[FieldMapping, ...], AfterValidator(_each_field_once)]
