"""The Xero collections that are read, and what each of them can do.

Source: xero_accounting.yaml (parameters of each GET), developer.xero.com "Requests and responses" (paging). Belongs
here: facts about endpoints. Does not belong here: which of them are extracted when.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class XeroEntity:
    """One collection.

    `envelope` is the array's name in the answer, `id_field` the primary key. Without `page` a paged collection comes
    as summaries without line items, so `page` is then required. `has_modified_since`: If-Modified-Since works;
    otherwise the collection is read again and compared. `parameters` are always sent: archived contacts are wanted,
    and unit prices keep four decimals only with unitdp=4. `has_page_size`: the contract lists pageSize; a collection
    without it comes in pages of the API's default, 100.
    """

    name: str
    method: str
    envelope: str
    id_field: str
    is_paged: bool
    has_modified_since: bool
    parameters: tuple[tuple[str, object], ...] = ()
    has_page_size: bool = True

    @property
    def order(self) -> str:
        """The order of a walk that loses nothing: by key, because a row that changes stays where it is.

        In the default order (by change time) a changed row jumps to the end and every later row slides up by one,
        over the page boundary and unread.
        """
        return self.id_field


_FOUR_DECIMALS = (("unitdp", 4),)
_WITH_ARCHIVED = (("include_archived", True),)

XERO_ENTITIES: dict[str, XeroEntity] = {
    entity.name: entity
    for entity in (
        XeroEntity("organisation", "get_organisations", "Organisations", "OrganisationID", False, False),
        XeroEntity("contacts", "get_contacts", "Contacts", "ContactID", True, True, parameters=_WITH_ARCHIVED),
        XeroEntity("invoices", "get_invoices", "Invoices", "InvoiceID", True, True, parameters=_FOUR_DECIMALS),
        XeroEntity(
            "credit_notes", "get_credit_notes", "CreditNotes", "CreditNoteID", True, True, parameters=_FOUR_DECIMALS
        ),
        XeroEntity("payments", "get_payments", "Payments", "PaymentID", True, True),
        XeroEntity(
            "overpayments", "get_overpayments", "Overpayments", "OverpaymentID", True, True, parameters=_FOUR_DECIMALS
        ),
        XeroEntity(
            "prepayments", "get_prepayments", "Prepayments", "PrepaymentID", True, True, parameters=_FOUR_DECIMALS
        ),
        XeroEntity("quotes", "get_quotes", "Quotes", "QuoteID", True, True, has_page_size=False),
        XeroEntity("items", "get_items", "Items", "ItemID", False, True, parameters=_FOUR_DECIMALS),
        XeroEntity("accounts", "get_accounts", "Accounts", "AccountID", False, True),
        XeroEntity("tax_rates", "get_tax_rates", "TaxRates", "TaxType", False, False),
        XeroEntity(
            "tracking_categories",
            "get_tracking_categories",
            "TrackingCategories",
            "TrackingCategoryID",
            False,
            False,
            parameters=_WITH_ARCHIVED,
        ),
        XeroEntity("currencies", "get_currencies", "Currencies", "Code", False, False),
    )
}
"""By our name, in the order in which a first read makes sense."""
