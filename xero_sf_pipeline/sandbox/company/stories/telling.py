"""Telling all stories, and handing their records to the seeds of both systems.

Belongs here: the order of the stories and the shape of what they add. Does not belong here: any story.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xero_sf_pipeline.sandbox.company.contact_shapes import ContactShapes
from xero_sf_pipeline.sandbox.company.document_shapes import DocumentShapes
from xero_sf_pipeline.sandbox.company.organisations import Settings
from xero_sf_pipeline.sandbox.company.salesforce_business import SalesforceBusiness
from xero_sf_pipeline.sandbox.company.salesforce_shapes import AccountShapes
from xero_sf_pipeline.sandbox.company.spec import ChainedRows, CompanySpec, Row, SalesforceSeed, XeroSeed
from xero_sf_pipeline.sandbox.company.stories.catalogue import own_items
from xero_sf_pipeline.sandbox.company.stories.deal_stories import tell_deals
from xero_sf_pipeline.sandbox.company.stories.deals import Deals
from xero_sf_pipeline.sandbox.company.stories.own_fields import PRODUCT_VALUES, own_fields_package
from xero_sf_pipeline.sandbox.company.stories.party_stories import tell_parties
from xero_sf_pipeline.sandbox.company.stories.payment_stories import tell_payments
from xero_sf_pipeline.sandbox.company.stories.quote_stories import tell_quotes
from xero_sf_pipeline.sandbox.company.stories.second_organisation import tell_elsewhere
from xero_sf_pipeline.sandbox.company.stories.stage import FAMILY, Stage


def tell_all(spec: CompanySpec, settings: Sequence[Settings]) -> list[Stage]:
    """Tell every story once: one stage for each organisation, the first with most of them."""
    deals = Deals(spec, SalesforceBusiness(spec, settings[0]), AccountShapes(spec))
    stages = [Stage(spec, one, deals) for one in settings]
    for tell in (tell_deals, tell_quotes, tell_payments, tell_parties):
        tell(stages[0])
    if len(stages) > 1:
        tell_elsewhere(stages[0], stages[1])
    return stages


def with_stories(seed: XeroSeed, stage: Stage) -> XeroSeed:
    """Return an organisation's seed with the records of its stories at the end of every list."""
    customers, ledger = stage.customers, stage.ledger
    documents = DocumentShapes(stage.spec, stage.settings, customers.contacts, ledger, family=FAMILY)
    shapes = ContactShapes(stage.spec, stage.settings, customers.contacts, ledger, family=FAMILY)
    contacts = [
        shapes.contact(draft.position) | customers.contact_changes.get(draft.position, {})
        for draft in customers.contacts
    ]
    return replace(
        seed,
        items=[*seed.items, *own_items(stage.spec, stage.settings)],
        contacts=ChainedRows(seed.contacts, contacts),
        invoices=ChainedRows(seed.invoices, [documents.invoice(n) for n in range(len(ledger.invoices))]),
        credit_notes=ChainedRows(
            seed.credit_notes, [documents.credit_note(n) for n in range(len(ledger.credit_notes))]
        ),
        payments=ChainedRows(seed.payments, [documents.payment(n) for n in range(len(ledger.payments))]),
        overpayments=ChainedRows(
            seed.overpayments, [documents.overpayment(n) for n in range(len(ledger.overpayments))]
        ),
        prepayments=ChainedRows(seed.prepayments, [documents.prepayment(n) for n in range(len(ledger.prepayments))]),
        quotes=[*seed.quotes, *stage.quotes.rows],
    )


def org_with_stories(seed: SalesforceSeed, stages: Sequence[Stage]) -> SalesforceSeed:
    """Return the org's seed with the records of all stories at the end of every list."""
    spec, deals = stages[0].spec, stages[0].deals
    shapes = AccountShapes(spec)
    accounts: list[Row] = []
    people: list[Row] = []
    for stage in stages:
        for draft in stage.customers.accounts:
            accounts.append(
                shapes.account(draft, is_customer=True) | stage.customers.account_changes.get(draft.slot, {})
            )
            changed = stage.customers.people_changes.get(draft.slot, {})
            people += [shapes.person(draft, n) | changed for n in range(len(draft.persons))]
    return replace(
        seed,
        accounts=ChainedRows(seed.accounts, accounts),
        contacts=ChainedRows(seed.contacts, people),
        opportunities=ChainedRows(seed.opportunities, deals.opportunities),
        opportunity_line_items=ChainedRows(seed.opportunity_line_items, deals.lines),
        products=[*seed.products, *(row | PRODUCT_VALUES.get(row["ProductCode"], {}) for row in deals.products())],
        pricebook_entries=[*seed.pricebook_entries, *deals.pricebook_entries()],
        metadata=own_fields_package(),
    )
