"""One organisation's stories while they are told: customers, books, quotes and deals, and the record of who shows what.

Belongs here: the tools that a story uses, and the ids of what it made. Does not belong here: any story.
"""

from __future__ import annotations

from xero_sf_pipeline.sandbox.company.documents import Credit, Invoice
from xero_sf_pipeline.sandbox.company.ids import SalesforceIds, XeroIds
from xero_sf_pipeline.sandbox.company.ledger import Ledger
from xero_sf_pipeline.sandbox.company.organisations import Settings
from xero_sf_pipeline.sandbox.company.spec import CompanySpec, Row
from xero_sf_pipeline.sandbox.company.stories.bookkeeping import Bookkeeping
from xero_sf_pipeline.sandbox.company.stories.customers import Customer, Customers
from xero_sf_pipeline.sandbox.company.stories.deals import Deals
from xero_sf_pipeline.sandbox.company.stories.quotes import QuoteBook
from xero_sf_pipeline.sandbox.company.stories.story import Story, StoryKind

FAMILY = ("story",)
"""What sets the ids of the stories' documents apart from those of the company's own."""


class Stage:
    """What the stories of one organisation are told with."""

    def __init__(self, spec: CompanySpec, settings: Settings, deals: Deals) -> None:
        self.spec = spec
        self.settings = settings
        self.customers = Customers(spec, settings)
        self.ledger = Ledger(self.customers.traits)
        self.books = Bookkeeping(spec, settings, self.ledger)
        self.quotes = QuoteBook(spec, settings, self.customers)
        self.deals = deals
        self.stories: list[Story] = []
        at = settings.organisation_index
        kinds = ("invoice", "credit_note", "overpayment", "prepayment")
        self._ids = {kind: XeroIds(spec.seed, at, *FAMILY, kind) for kind in kinds}
        self._account_ids = SalesforceIds(spec.seed, "001")

    def tell(
        self,
        kind: StoryKind,
        *customers: Customer,
        deals: tuple[str, ...] = (),
        quotes: tuple[Row, ...] = (),
        invoices: tuple[Invoice, ...] = (),
        notes: tuple[Credit, ...] = (),
    ) -> None:
        """Note which records show a case; `notes` are credits of any kind."""
        contacts = [draft for customer in customers for draft in customer.contacts]
        accounts = [draft for customer in customers for draft in customer.accounts]
        self.stories.append(
            Story(
                kind=kind,
                tenant_id=self.settings.tenant_id,
                contact_ids=tuple(self.customers.contact_ids(draft.position) for draft in contacts),
                account_ids=tuple(self._account_ids(draft.slot) for draft in accounts),
                opportunity_ids=deals,
                quote_ids=tuple(str(quote["QuoteID"]) for quote in quotes),
                invoice_ids=tuple(self._ids["invoice"](invoice.index) for invoice in invoices),
                credit_ids=tuple(self._ids[credit.kind](credit.index) for credit in notes),
            )
        )
