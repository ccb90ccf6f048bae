"""One intended write on its way through a push.

Belongs here: the write as the pusher sees it, and which endpoint carries it. Does not belong here: choosing writes
(`selection.py`) and sending them (`delivery.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from xero_sf_pipeline.pushing.payloads import flatten, parse_exact

SALESFORCE = "salesforce"

OWN_KEYS = {"Account": "Xero_Contact_ID__c", "Xero_Contact__c": "Key__c", "Case": "Xero_Invoice_Key__c"}
"""The unique external id that this product puts on an object; nobody else writes it."""

PARENT_FIELDS = {"Case": "AccountId", "Xero_Contact__c": "Account__c"}
"""The lookup whose record Salesforce locks while it writes a child. Accounts are locked themselves."""


class Endpoint(StrEnum):
    """How a record is addressed: by our external key, or by its Salesforce id."""

    UPSERT = "upsert"
    UPDATE = "update"


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

    @cached_property
    def payload(self) -> dict[str, Any]:
        return parse_exact(self.payload_text)

    @cached_property
    def flat_payload(self) -> dict[str, Any]:
        return flatten(self.payload)

    @cached_property
    def before(self) -> dict[str, Any]:
        return flatten(parse_exact(self.before_text))

    @property
    def endpoint(self) -> Endpoint:
        """By id when there is no key, or when the write is what puts the key on a known record; else by key."""
        sets_its_own_key = self.target_id is not None and self.target_key_field in self.payload
        if self.target_key_field in (None, "Id") or sets_its_own_key:
            return Endpoint.UPDATE
        return Endpoint.UPSERT

    @property
    def is_create(self) -> bool:
        """The plan saw no such record: nothing was read before, and no id is known."""
        return self.action == "upsert" and not self.before and self.target_id is None

    @property
    def key(self) -> str:
        """What addresses the record at its endpoint: external key or id."""
        address = self.target_id or self.target_key if self.endpoint is Endpoint.UPDATE else self.target_key
        return address or ""

    @property
    def identities(self) -> frozenset[tuple[str, str]]:
        """The names of the record. Two writes that share one must not travel in one call, nor overtake each other."""
        names = [self.target_id, f"{self.target_key_field}={self.target_key}" if self.target_key else None]
        return frozenset((self.target_object, name.casefold()) for name in names if name)

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
        return {str(self.target_key_field): self.target_key, **self.payload}
