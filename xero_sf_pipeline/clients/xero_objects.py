"""The Xero objects that are written, and what their endpoints can do.

Source: xero_accounting.yaml (PUT and POST of each collection, parameters of each GET); developer.xero.com "Requests and
responses" (paging, summaryOnly) and "HTTP requests" (3.5 MB). Belongs here: facts about endpoints of writes and of the
look-ups around them. Does not belong here: what is extracted (`xero_entities`) and which records are written when.
"""

from __future__ import annotations

from dataclasses import dataclass

from xero_sf_pipeline.clients.xero_entities import XeroEntity

LARGEST_BODY_BYTES = 3_500_000
"""A larger PUT or POST is refused as a whole."""

_FOUR_DECIMALS = (("unitdp", 4),)


@dataclass(frozen=True)
class XeroObject:
    """One object that is written. `name` is the element's own name, `entity` how its collection is read.

    `has_unit_decimals`: unit prices keep four decimals only with unitdp=4, on writes too. `has_summaries`: a walk may
    leave lines and addresses out. `has_id_list`: the collection can be asked for ids; Items and CreditNotes cannot.
    """

    name: str
    create_method: str
    update_method: str
    body_argument: str
    entity: XeroEntity
    has_unit_decimals: bool = True
    has_summaries: bool = False
    has_id_list: bool = False

    @property
    def envelope(self) -> str:
        return self.entity.envelope

    @property
    def id_field(self) -> str:
        return self.entity.id_field


XERO_OBJECTS: dict[str, XeroObject] = {
    known.name: known
    for known in (
        XeroObject(
            "Contact",
            "create_contacts",
            "update_or_create_contacts",
            "contacts",
            XeroEntity(
                "contacts",
                "get_contacts",
                "Contacts",
                "ContactID",
                True,
                True,
                parameters=(("include_archived", True),),
            ),
            has_unit_decimals=False,
            has_summaries=True,
            has_id_list=True,
        ),
        XeroObject(
            "Item",
            "create_items",
            "update_or_create_items",
            "items",
            XeroEntity("items", "get_items", "Items", "ItemID", False, True, parameters=_FOUR_DECIMALS),
        ),
        XeroObject(
            "Invoice",
            "create_invoices",
            "update_or_create_invoices",
            "invoices",
            XeroEntity("invoices", "get_invoices", "Invoices", "InvoiceID", True, True, parameters=_FOUR_DECIMALS),
            has_summaries=True,
            has_id_list=True,
        ),
        XeroObject(
            "CreditNote",
            "create_credit_notes",
            "update_or_create_credit_notes",
            "credit_notes",
            XeroEntity(
                "credit_notes",
                "get_credit_notes",
                "CreditNotes",
                "CreditNoteID",
                True,
                True,
                parameters=_FOUR_DECIMALS,
            ),
        ),
    )
}
"""By the name that plan.writes.target_object uses."""
