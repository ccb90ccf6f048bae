"""How the pusher recognises the Xero records that it writes.

Belongs here: the own key of each object, and what a record says about itself. Does not belong here: endpoints
(`clients/xero_objects.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from xero_sf_pipeline.pushing.writes import Write


@dataclass(frozen=True)
class XeroIdentity:
    """What names a record. `entity` is the mirror's name of its collection, `own_key` reads our key from a record."""

    entity: str
    id_field: str
    key_field: str
    own_key: Callable[[Mapping[str, Any]], str]
    gone_states: frozenset[str] = frozenset()
    """Values of `state_field` of a record that still shows its key but can no longer be worked with."""
    state_field: str = "Status"


def _first_word(field: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda record: next(iter(str(record.get(field) or "").split()), "")


def _whole(field: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda record: str(record.get(field) or "").strip()


_DOCUMENT_GONE = frozenset({"DELETED", "VOIDED"})

IDENTITIES = {
    "Contact": XeroIdentity(
        "contacts", "ContactID", "ContactNumber", _whole("ContactNumber"), frozenset({"ARCHIVED"}), "ContactStatus"
    ),
    "Item": XeroIdentity("items", "ItemID", "Code", _whole("Code")),
    "Invoice": XeroIdentity("invoices", "InvoiceID", "Reference", _first_word("Reference"), _DOCUMENT_GONE),
    "CreditNote": XeroIdentity("credit_notes", "CreditNoteID", "Reference", _first_word("Reference"), _DOCUMENT_GONE),
}
"""By plan.writes.target_object. A document's key is the first word of its reference; a purchase order may follow."""


def own_key(write: Write) -> str:
    """Return the key of a write without its tenant."""
    return str(write.target_key or "").partition(":")[2]


def record_id(write: Write) -> str | None:
    """Return the GUID of the record that a write changes; None for a create."""
    if write.target_id:
        return write.target_id
    return own_key(write) if write.target_key_field == IDENTITIES[write.target_object].id_field else None


def is_create(write: Write) -> bool:
    """Tell whether a write makes a record. An update whose record is not known is none: it would make one, too."""
    return record_id(write) is None and write.action != "update"


def element(write: Write) -> dict[str, Any]:
    """Return the body of a write: with our key when it creates, with the record's id when it changes."""
    identity = IDENTITIES[write.target_object]
    if is_create(write):
        return {identity.key_field: own_key(write), **write.payload}
    return {**write.payload, identity.id_field: record_id(write)}
