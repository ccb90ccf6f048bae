"""Invoices that somebody may have made by hand for a deal: same contact, currency and amount, about the same day.

Belongs here: finding such an invoice, and what to tell of it. Does not belong here: invoices that name their deal;
those are linked (`sql/billing/invoice_links.sql`).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from xero_sf_pipeline.billing.facts import Contact, Deal, Organisation, UnlinkedInvoice
from xero_sf_pipeline.billing.instalments import Instalment
from xero_sf_pipeline.billing.money import to_cents
from xero_sf_pipeline.billing.reasons import Held, Hold

if TYPE_CHECKING:
    from xero_sf_pipeline.policy.billing import BillingRules


def billed_by_hand(
    deal: Deal,
    organisation: Organisation,
    contact: Contact | None,
    part: Instalment,
    amounts: tuple[Decimal, Decimal],
    currency: str,
    rules: BillingRules,
) -> Held | None:
    """Return why an instalment is held that an invoice of no deal may bill already, by itself or with the whole deal.

    Args:
        amounts: of the instalment and of the whole deal, before tax or with it as the deal counts, in the currency.
    """
    if rules.by_hand_days == 0 or contact is None:
        return None
    if deal.is_billed_otherwise or part.period_number in deal.billed_periods:
        return None
    days = [day for day in (deal.close_on, part.bill_on) if day is not None]
    cleared = {name.casefold() for name in rules.not_by_hand}
    for invoice in organisation.unlinked_invoices.get((contact.contact_key, currency), ()):
        names = {invoice.xero_invoice_id.casefold(), (invoice.invoice_number or "").casefold()}
        is_near = any(_apart(invoice, day) <= rules.by_hand_days for day in days)
        is_alike = not {to_cents(amount) for amount in amounts}.isdisjoint((invoice.amount_net, invoice.amount_total))
        if is_near and is_alike and not names & cleared:
            return Held(Hold.MAYBE_BILLED_BY_HAND, _told(invoice, contact, currency))
    return None


def _apart(invoice: UnlinkedInvoice, day: date) -> int:
    return abs((invoice.issued_on - day).days)


def _told(invoice: UnlinkedInvoice, contact: Contact, currency: str) -> str:
    name = invoice.invoice_number or invoice.xero_invoice_id
    return (
        f"Invoice {name} of {invoice.issued_on} to {contact.contact_name} (net {invoice.amount_net:,.2f}, total "
        f"{invoice.amount_total:,.2f} {currency}) belongs to no deal and may bill this one already. If it does, put "
        f"its id {invoice.xero_invoice_id} into Xero_Invoice_ID__c of the opportunity: a stored id counts as link. If "
        "it does not, name it in billing.not_by_hand."
    )
