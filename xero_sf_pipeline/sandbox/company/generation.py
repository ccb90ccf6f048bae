"""Putting a company together: organisations, their counterparts in Salesforce, and the truth about who is who.

Belongs here: the order in which the parts are made and the budget of accounts. Does not belong here: any part itself.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Sequence

from xero_sf_pipeline.sandbox.company.bulk_deals import BulkDeals
from xero_sf_pipeline.sandbox.company.contact_shapes import ContactShapes
from xero_sf_pipeline.sandbox.company.document_shapes import DocumentShapes
from xero_sf_pipeline.sandbox.company.documents import Invoice
from xero_sf_pipeline.sandbox.company.drafts import AccountDraft
from xero_sf_pipeline.sandbox.company.ids import SalesforceIds, XeroIds, stream
from xero_sf_pipeline.sandbox.company.ledger import Ledger, make_ledger
from xero_sf_pipeline.sandbox.company.organisations import Settings
from xero_sf_pipeline.sandbox.company.pairing import PairedOrganisation, pair_first, pair_organisation
from xero_sf_pipeline.sandbox.company.parties import Party, PartyMaker, comparable, pick
from xero_sf_pipeline.sandbox.company.salesforce_business import DealSource, SalesforceBusiness
from xero_sf_pipeline.sandbox.company.salesforce_shapes import AccountShapes, Prospects
from xero_sf_pipeline.sandbox.company.spec import (
    ChainedRows,
    Company,
    CompanySpec,
    MatchTruth,
    Rows,
    SalesforceSeed,
    Variety,
    XeroSeed,
)
from xero_sf_pipeline.sandbox.company.stories.telling import org_with_stories, tell_all, with_stories
from xero_sf_pipeline.sandbox.company.traits import traits_of

_FURTHER_SHARE = 0.08
"""What the further organisations' own customers have together."""
_NAMESAKE_SHARE = 0.08
_NEAR_NAMESAKE_SHARE = 0.10


def generate(spec: CompanySpec) -> Company:
    """Make the company that `spec` describes; equal specifications give equal companies on every machine."""
    was_collecting = gc.isenabled()
    gc.disable()  # hundreds of thousands of live objects and no garbage: a collection would only walk them
    try:
        return _generate(spec)
    finally:
        if was_collecting:
            gc.enable()


def _generate(spec: CompanySpec) -> Company:
    settings = [Settings(spec, n) for n in range(spec.organisations)]
    paired: list[PairedOrganisation] = []
    for one in settings:
        country = one.profile.country
        if not paired:
            paired.append(pair_first(spec, country))
        else:
            budget = int(spec.accounts * _FURTHER_SHARE / (spec.organisations - 1))
            paired.append(pair_organisation(spec, one.organisation_index, country, paired[0], budget))
    seeds: list[XeroSeed] = []
    ledgers: list[Ledger] = []
    for one, pair in zip(settings, paired, strict=True):
        ledger = make_ledger(spec, one, pair.contacts, traits_of(spec, one, pair.contacts))
        ledgers.append(ledger)
        seeds.append(_xero_seed(spec, one, pair, ledger))
    org = _salesforce_seed(spec, settings, paired, ledgers)
    truth = _truth(spec, settings, paired)
    if not spec.stories:
        return Company(spec, seeds, org, truth)
    stages = tell_all(spec, settings)
    return Company(
        spec,
        [with_stories(seed, stage) for seed, stage in zip(seeds, stages, strict=True)],
        org_with_stories(org, stages),
        truth + [row for stage in stages for row in stage.customers.truth],
        [story for stage in stages for story in stage.stories],
    )


def _xero_seed(spec: CompanySpec, settings: Settings, pair: PairedOrganisation, ledger: Ledger) -> XeroSeed:
    documents = DocumentShapes(spec, settings, pair.contacts, ledger)
    contacts = ContactShapes(spec, settings, pair.contacts, ledger)
    return XeroSeed(
        tenant_id=settings.tenant_id,
        connection=settings.connection(),
        organisation=settings.organisation(),
        accounts=settings.accounts(),
        tax_rates=settings.tax_rates(),
        currencies=settings.currencies(),
        tracking_categories=settings.tracking_categories(),
        items=settings.items(),
        contacts=Rows(len(pair.contacts), contacts.contact),
        invoices=Rows(len(ledger.invoices), documents.invoice),
        credit_notes=Rows(len(ledger.credit_notes), documents.credit_note),
        payments=Rows(len(ledger.payments), documents.payment),
        overpayments=Rows(len(ledger.overpayments), documents.overpayment),
        prepayments=Rows(len(ledger.prepayments), documents.prepayment),
    )


def _salesforce_seed(
    spec: CompanySpec, settings: Sequence[Settings], paired: Sequence[PairedOrganisation], ledgers: Sequence[Ledger]
) -> SalesforceSeed:
    customers = [draft for pair in paired for draft in pair.accounts]
    prospects = Prospects(spec, *_prospect_parties(spec, settings[0], paired, spec.accounts - len(customers)))
    shapes = AccountShapes(spec)
    people = [(draft, n) for draft in customers for n in range(len(draft.persons))]
    business = SalesforceBusiness(spec, settings[0])
    sources = _deal_sources(spec, shapes, customers, prospects, paired, ledgers)
    deals, lines = business.opportunities(sources)
    bulk = BulkDeals(spec, business, sources[: sum(1 for draft in customers if not draft.is_deleted)])
    return SalesforceSeed(
        organization=business.organization(),
        users=business.users(),
        accounts=ChainedRows(
            Rows(len(customers), lambda n: shapes.account(customers[n], is_customer=True)),
            Rows(len(prospects), prospects.account),
        ),
        contacts=ChainedRows(
            Rows(len(people), lambda n: shapes.person(*people[n])), Rows(prospects.person_count, prospects.person)
        ),
        opportunities=ChainedRows(deals, bulk.opportunities()) if spec.won_deals else deals,
        opportunity_line_items=ChainedRows(lines, bulk.lines()) if spec.won_deals else lines,
        cases=business.cases(sources),
        products=business.products(),
        pricebooks=business.pricebooks(),
        pricebook_entries=business.pricebook_entries(),
        currency_types=business.currency_types() if spec.is_multi_currency else (),
    )


def _prospect_parties(
    spec: CompanySpec, settings: Settings, paired: Sequence[PairedOrganisation], count: int
) -> tuple[list[Party], dict[int, str]]:
    """Companies without Xero contact, some of them namesakes of customers; and account numbers that mislead.

    No prospect has a contact's name unless it is a deliberate namesake in another town.
    """
    rng = stream(spec.seed, "prospect-parties")
    maker = PartyMaker(rng, settings.profile.country)
    taken = {comparable(contact.party.core) for pair in paired for contact in pair.contacts}
    sources = [party for pair in paired for party in pair.namesake_sources if not party.is_person]
    numbers = [contact.account_number for pair in paired for contact in pair.contacts if contact.account_number]
    parties: list[Party] = []
    misleading: dict[int, str] = {}
    while len(parties) < count:
        kind = rng.random() if spec.messy and sources else 1.0
        if kind < _NAMESAKE_SHARE:
            parties.append(maker.namesake(pick(rng, sources), exact=True))
            continue
        near = _NAMESAKE_SHARE <= kind < _NAMESAKE_SHARE + _NEAR_NAMESAKE_SHARE
        party = maker.namesake(pick(rng, sources), exact=False) if near else maker.company()
        if comparable(party.core) in taken:
            continue
        if spec.messy and numbers and len(parties) % 500 == 499:
            misleading[len(parties)] = pick(rng, numbers)
        parties.append(party)
    return parties, misleading


def _deal_sources(
    spec: CompanySpec,
    shapes: AccountShapes,
    customers: Sequence[AccountDraft],
    prospects: Prospects,
    paired: Sequence[PairedOrganisation],
    ledgers: Sequence[Ledger],
) -> list[DealSource]:
    """Live customer accounts with the first organisation's invoices, and every eighth prospect."""
    invoices: dict[int, list[Invoice]] = defaultdict(list)
    account_of = {contact.position: contact.truth_slots[0] for contact in paired[0].contacts if contact.truth_slots}
    for invoice in ledgers[0].invoices:
        if invoice.contact in account_of:
            invoices[account_of[invoice.contact]].append(invoice)
    ids = SalesforceIds(spec.seed, "001")
    sources = [
        DealSource(ids(draft.slot), draft.name, shapes.owner(draft.slot), invoices[draft.slot])
        for draft in customers
        if not draft.is_deleted
    ]
    for position in range(0, len(prospects), 8):
        draft = prospects.draft(position)
        sources.append(DealSource(ids(draft.slot), draft.name, shapes.owner(draft.slot), ()))
    return sources


def _truth(spec: CompanySpec, settings: Sequence[Settings], paired: Sequence[PairedOrganisation]) -> list[MatchTruth]:
    account_ids = SalesforceIds(spec.seed, "001")
    rows = []
    for one, pair in zip(settings, paired, strict=True):
        contact_ids = XeroIds(spec.seed, one.organisation_index, "contact")
        for contact in pair.contacts:
            acceptable = tuple(account_ids(slot) for slot in contact.truth_slots)
            rows.append(
                MatchTruth(
                    tenant_id=one.tenant_id,
                    contact_id=contact_ids(contact.position),
                    account_id=acceptable[0] if acceptable else None,
                    variety=contact.variety,
                    is_ambiguous=contact.variety is Variety.DUPLICATE_ACCOUNT,
                    acceptable_account_ids=acceptable,
                )
            )
    return rows
