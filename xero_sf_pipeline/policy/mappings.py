"""Further fields that follow each other: any field of a Salesforce record and any field of its Xero record.

Belongs here: which records belong together, and which mappings cannot work. Does not belong here: the values
(`mapping/values.py`), which fields Xero has (`xero_fields.py`), whether the org has the field (`mapping/checks.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from xero_sf_pipeline.policy.fields import Section
from xero_sf_pipeline.policy.parties import FieldRule, Rule
from xero_sf_pipeline.policy.xero_fields import XeroField, xero_fields


@dataclass(frozen=True)
class RecordPair:
    """Two kinds of records that belong together.

    Attributes:
        source: the raw table of the Salesforce object
        tie: how a record of one side is found for one of the other
        goes_back: whether values can go to Xero, too
        is_mirror: the Salesforce record is our own copy of Xero's, so that Xero always wins
    """

    source: str
    tie: str
    goes_back: bool = False
    is_mirror: bool = False


PAIRS: Mapping[tuple[str, str], RecordPair] = {
    ("Account", "Contact"): RecordPair("accounts", "the account's linked contact", goes_back=True),
    ("Contact", "Contact"): RecordPair("contacts", "the person that stands for the linked contact"),
    ("Contact", "ContactPerson"): RecordPair("contacts", "the contact person, by Xero_Person_Key__c or e-mail address"),
    ("Opportunity", "Invoice"): RecordPair("opportunities", "the invoice that the deal shows", goes_back=True),
    ("Opportunity", "Quote"): RecordPair("opportunities", "the quote that the opportunity was made of"),
    ("Product2", "Item"): RecordPair("products", "product code = item code", goes_back=True),
    ("Xero_Invoice__c", "Invoice"): RecordPair("xero_invoices", "the invoice that it mirrors", is_mirror=True),
    ("Xero_Invoice__c", "CreditNote"): RecordPair("xero_invoices", "the credit note that it mirrors", is_mirror=True),
}
"""(Salesforce object, Xero object) -> how they belong together."""

_OF_OTHER_FLOWS: Mapping[str, frozenset[str]] = {
    "Account": frozenset({"Name", "Phone", "Website", "AccountNumber", "ParentId"}),
    "Contact": frozenset({"Name", "FirstName", "LastName", "Email", "AccountId"}),
    "Opportunity": frozenset({"Name", "StageName", "CloseDate", "Amount", "AccountId", "Type", "Pricebook2Id"}),
    "Product2": frozenset({"Name", "ProductCode", "Description", "IsActive"}),
    "Xero_Invoice__c": frozenset(
        {
            "Name", "Key__c", "Account__c", "Opportunity__c", "Type__c", "Status__c", "Currency__c", "Reference__c",
            "Issued_On__c", "Due_On__c", "Fully_Paid_On__c", "Last_Payment_On__c", "Total__c", "Tax__c", "Due__c",
            "Paid__c", "Credited__c", "Last_Payment__c", "Organisation__c", "Xero_Link__c", "As_Of__c",
        }
    ),
}  # fmt: skip
_OF_SALESFORCE = frozenset(
    {
        "Id", "OwnerId", "RecordTypeId", "CurrencyIsoCode", "CreatedDate", "LastModifiedDate", "MasterRecordId",
        "SystemModstamp", "IsDeleted",
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
    INSTANT = "instant"
    BOOLEAN = "boolean"
    PHONE_E164 = "phone_e164"
    COUNTRY_CODE = "country_code"


_BY_KIND = {
    "decimal": Transform.DECIMAL,
    "integer": Transform.DECIMAL,
    "boolean": Transform.BOOLEAN,
    "date": Transform.DATE,
    "instant": Transform.INSTANT,
}


class FieldMapping(Section):
    """One field of a Salesforce record and one of its Xero record.

    Attributes:
        salesforce: as Account.Region__c
        xero: as Contact.CompanyNumber; a field of a field is written with points, as Item.PurchaseDetails.UnitPrice
        rule: what happens when both differ, as for contact details; with one direction only that way is written
        transform: how values are read; without it as the kind of Xero's field asks for
        map: Xero's value -> Salesforce's; a value that is not listed stays as it is
        cut: longest text that is sent to Salesforce; what is longer is cut, so that nothing can flow back
        decimals: to how many places numbers are rounded, half up, on both sides
    """

    salesforce: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}\.[A-Za-z][A-Za-z0-9_]{0,79}$")]
    xero: Annotated[str, Field(pattern=r"^[A-Za-z]{1,60}(\.[A-Za-z0-9]{1,60}){1,5}$")]
    direction: MappingDirection = MappingDirection.TO_SALESFORCE
    rule: Rule | None = None
    transform: Transform | None = None
    map: dict[str, str] = {}
    cut: Annotated[int, Field(ge=1, le=32_000)] | None = None
    decimals: Annotated[int, Field(ge=0, le=8)] = 2

    @property
    def field(self) -> str:
        """The name of the detail in mapping.field_values and in the plan's words."""
        return self.salesforce

    @property
    def objects(self) -> tuple[str, str]:
        """The Salesforce object and the Xero object."""
        return self.salesforce.partition(".")[0], self.xero.partition(".")[0]

    @property
    def pair(self) -> RecordPair:
        return PAIRS[self.objects]

    @property
    def salesforce_field(self) -> str:
        return self.salesforce.partition(".")[2]

    @property
    def xero_field(self) -> str:
        """The path of the field inside its object."""
        return self.xero.partition(".")[2]

    @property
    def xero_kind(self) -> XeroField:
        return xero_fields(self.objects[1])[self.xero_field]

    @property
    def writes_salesforce(self) -> bool:
        return self.direction is not MappingDirection.TO_XERO

    @property
    def writes_xero(self) -> bool:
        return self.direction is not MappingDirection.TO_SALESFORCE

    @property
    def effective_rule(self) -> FieldRule:
        """Without a rule of its own a mirror follows Xero, and other records are only filled."""
        if self.rule is not None:
            return self.rule
        return FieldRule.XERO_WINS if self.pair.is_mirror else FieldRule.FILL_EMPTY

    @property
    def reads_as(self) -> Transform:
        return self.transform or _BY_KIND.get(self.xero_kind.kind, Transform.TEXT)

    @model_validator(mode="after")
    def _can_go_its_way(self) -> Self:
        self._require_known()
        if self.writes_salesforce:
            self._require_free()
        if self.writes_xero:
            self._require_way_back()
        if self.pair.is_mirror and self.effective_rule not in (FieldRule.XERO_WINS, FieldRule.OFF):
            raise ValueError(f"{self.salesforce}: the record is our copy of Xero's; its rule can only be xero_wins")
        winner = {FieldRule.XERO_WINS: self.writes_salesforce, FieldRule.SALESFORCE_WINS: self.writes_xero}
        if not winner.get(self.effective_rule, True):
            raise ValueError(f"rule {self.effective_rule.value} never writes in direction {self.direction.value}")
        return self

    def _require_known(self) -> None:
        ours, theirs = self.objects
        if (ours, theirs) not in PAIRS:
            known = ", ".join(f"{one} and {other}" for one, other in PAIRS)
            raise ValueError(f"{ours} and Xero's {theirs} do not belong together; there are {known}")
        if self.xero_field not in xero_fields(theirs):
            raise ValueError(
                f"{self.xero} is no field of Xero's {theirs} that holds one value{_alike(self.xero_field, theirs)}"
            )

    def _require_free(self) -> None:
        owner, name = self.objects[0], self.salesforce_field
        is_address = owner == "Account" and name.startswith(("Billing", "Shipping"))
        if name in _OF_OTHER_FLOWS[owner] | _OF_SALESFORCE or name.startswith("Xero_") or is_address:
            raise ValueError(f"{self.salesforce} belongs to another flow, so no mapping writes it")

    def _require_way_back(self) -> None:
        if not self.pair.goes_back:
            raise ValueError(f"{self.xero} is not written from {self.objects[0]}; use direction to_salesforce")
        if not self.xero_kind.is_writable:
            raise ValueError(f"{self.xero} can only be read; use direction to_salesforce")
        if self.cut is not None:
            raise ValueError("a value that was cut cannot go back; use direction to_salesforce, or no cut")
        if len(set(self.map.values())) != len(self.map):
            raise ValueError("map: two values become one, so it cannot be read backwards; use direction to_salesforce")


def _alike(path: str, xero_object: str) -> str:
    """The fields that a misspelt one may mean, the nearest first, in words."""
    by_form = {name.casefold(): name for name in xero_fields(xero_object)}
    near = [by_form[form] for form in get_close_matches(path.casefold(), by_form, n=5, cutoff=0.5)]
    writable = sorted(name for name, field in xero_fields(xero_object).items() if field.is_writable)
    named = near or writable[:8]
    return f"; there are, for example, {', '.join(named)}" if named else ""


def _each_field_once(given: tuple[FieldMapping, ...]) -> tuple[FieldMapping, ...]:
    to_salesforce = [(one.salesforce, one.xero.partition(".")[0] if one.pair.is_mirror else "") for one in given]
    twice = sorted({name for name, source in to_salesforce if to_salesforce.count((name, source)) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)}: mapped twice to Salesforce")
    to_xero = [one.xero for one in given if one.writes_xero]
    if twice := sorted({name for name in to_xero if to_xero.count(name) > 1}):
        raise ValueError(f"{', '.join(twice)}: mapped twice to Xero")
    return given


Mappings = Annotated[tuple[FieldMapping, ...], AfterValidator(_each_field_once)]
