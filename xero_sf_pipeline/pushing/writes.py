"""One intended write on its way through a push.

Belongs here: the write as the pusher sees it, its lane, and which endpoint of Salesforce carries it. Does not belong
here: choosing writes (`selection.py`) and sending them (`delivery.py`, `xero_delivery.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from xero_sf_pipeline.planning.identity import canonical_json
from xero_sf_pipeline.pushing.payloads import REFERENCE, flatten, parse_exact, references, resolved

SALESFORCE = "salesforce"
XERO = "xero"

OWN_KEYS = {
    "Account": "Xero_Contact_ID__c",
    "Contact": "Xero_Person_Key__c",
    "Opportunity": "Xero_Quote_ID__c",
    "OpportunityLineItem": "Xero_Line_Key__c",
    "Xero_Contact__c": "Key__c",
    "Xero_Invoice__c": "Key__c",
    "Case": "Xero_Invoice_Key__c",
    "Task": "Xero_Alert_Key__c",
}
"""The unique external id that this product puts on a Salesforce object; nobody else writes it."""

PLAIN_KEYS = {"Product2": "ProductCode", "PricebookEntry": "ProductCode"}
"""A field that names a record without being an external id, so that Salesforce offers no upsert by it: a new record is
inserted after a look-up by this field, a known one is changed by its id."""

KEY_SCOPES = {"PricebookEntry": ("Pricebook2Id", "CurrencyIsoCode")}
"""Fields within which a plain key is unique: a product has one entry in each price book and currency."""

DERIVED_KEYS = frozenset({"PricebookEntry"})
"""Objects whose plain key Salesforce derives (from the product), so that it is no part of a body."""

PARENT_FIELDS = {
    "Contact": "AccountId",
    "Opportunity": "AccountId",
    "OpportunityLineItem": "OpportunityId",
    "PricebookEntry": "Product2Id",
    "Xero_Contact__c": "Account__c",
    "Xero_Invoice__c": "Account__c",
    "Case": "AccountId",
    "Task": "WhatId",
}
"""The lookup whose record Salesforce locks while it writes a child. Accounts are locked themselves."""


class Lane(NamedTuple):
    """Where a write goes: what can fail as a whole and must not stop the others. Salesforce has no `tenant_id`."""

    system: str
    tenant_id: str


class Endpoint(StrEnum):
    """How a Salesforce record is addressed: by our external key, by its id, or (a new one) not at all."""

    UPSERT = "upsert"
    UPDATE = "update"
    INSERT = "insert"


@dataclass(frozen=True)
class Write:
    """A row of plan.writes, or of the ledger when the plan no longer holds it. Grain: one per write_id."""

    write_id: str
    kind: str
    target_object: str
    action: str
    target_key_field: str | None
    target_key: str | None
    target_id: str | None
    payload_text: str
    before_text: str | None = None
    depends_on: tuple[str, ...] = ()
    target_system: str = SALESFORCE
    must_look_first: bool = field(default=False, compare=False)
    """The record may exist already although the plan means to create it: read it before sending."""
    first_attempted_at: datetime | None = field(default=None, compare=False)
    """When an attempt at this write was first noted: since then it may be at the target. None when never."""

    @property
    def lane(self) -> Lane:
        """Xero's keys start with the tenant (`<tenant_id>:<own key>`)."""
        if self.target_system != XERO:
            return Lane(self.target_system, "")
        return Lane(XERO, (self.target_key or "").partition(":")[0])

    @property
    def group(self) -> tuple[str, str, str]:
        """What writes must share to travel in one wave: system, object and tenant."""
        return (self.target_system, self.target_object, self.lane.tenant_id)

    @cached_property
    def payload(self) -> dict[str, Any]:
        return parse_exact(self.payload_text)

    @cached_property
    def flat_payload(self) -> dict[str, Any]:
        return flatten(self.payload)

    @cached_property
    def read_before(self) -> dict[str, Any]:
        """The same fields as the plan had read them, nested as the target nests them."""
        return parse_exact(self.before_text)

    @cached_property
    def before(self) -> dict[str, Any]:
        return flatten(self.read_before)

    @property
    def endpoint(self) -> Endpoint:
        """By id when there is no key, or when the write is what puts the key on a known record; else by key."""
        if self.target_key_field is not None and PLAIN_KEYS.get(self.target_object) == self.target_key_field:
            return Endpoint.INSERT if self.target_id is None else Endpoint.UPDATE
        sets_its_own_key = self.target_id is not None and self.target_key_field in self.payload
        if self.target_key_field in (None, "Id") or sets_its_own_key:
            return Endpoint.UPDATE
        return Endpoint.UPSERT

    @property
    def is_create(self) -> bool:
        """The plan saw no such record: nothing was read before, and no id is known."""
        return self.action != "update" and not self.before and self.target_id is None

    @property
    def key(self) -> str:
        """What addresses the record at its endpoint: external key or id."""
        address = self.target_id or self.target_key if self.endpoint is Endpoint.UPDATE else self.target_key
        return address or ""

    @property
    def identities(self) -> frozenset[tuple[str, str, str]]:
        """The names of the record. Two writes that share one must not travel in one call, nor overtake each other."""
        names = [self.target_id, f"{self.target_key_field}={self.target_key}" if self.target_key else None]
        return frozenset((self.target_system, self.target_object, name.casefold()) for name in names if name)

    @property
    def references(self) -> frozenset[str]:
        """The writes whose remote id stands in this payload as `{"$write": "<write_id>"}`."""
        return references(self.payload) if REFERENCE in self.payload_text else frozenset()

    def with_references(self, remote_ids: Mapping[str, str]) -> Write:
        """Put in the ids of the records that other writes have made.

        Raises:
            KeyError: the id of one is not known.
        """
        if not self.references:
            return self
        return replace(self, payload_text=canonical_json(resolved(self.payload, remote_ids)))

    def parent(self, record: dict[str, Any] | None = None) -> str:
        """The record that is locked while this one is written, for sorting; from the payload or from a fresh read."""
        parent_field = PARENT_FIELDS.get(self.target_object)
        if parent_field is None:
            return self.target_id or self.target_key or ""
        relationship = parent_field.removesuffix("Id").replace("__c", "__r") + "."
        for name, value in self.flat_payload.items():
            if value is not None and (name == parent_field or name.startswith(relationship)):
                return str(value)
        return str((record or {}).get(parent_field) or "")

    def record(self) -> dict[str, Any]:
        """The body that a collections call takes."""
        if self.endpoint is Endpoint.UPDATE:
            return {"Id": self.key, **self.payload}
        if self.endpoint is Endpoint.INSERT and self.target_object in DERIVED_KEYS:
            return dict(self.payload)
        return {str(self.target_key_field): self.target_key, **self.payload}
