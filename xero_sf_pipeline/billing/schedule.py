"""Which invoices a won deal should have, with every reason: a pure function of the deal, the books and the policy.

Belongs here: putting organisation, contact, plan, lines, tax and terms together. Does not belong here: which of these
invoices exist, or whether their day has come (`planning/billing.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from xero_sf_pipeline.billing.by_hand import billed_by_hand
from xero_sf_pipeline.billing.conditions import deal_rule
from xero_sf_pipeline.billing.facts import Contact, Deal, Organisation
from xero_sf_pipeline.billing.instalments import Instalment, instalments
from xero_sf_pipeline.billing.lines import InvoiceLine, deal_lines, instalment_lines
from xero_sf_pipeline.billing.money import split_lines
from xero_sf_pipeline.billing.parties import billed_contact, billing_organisation
from xero_sf_pipeline.billing.reasons import Held, Hold
from xero_sf_pipeline.billing.terms import PaymentTerm, due_date, payment_term
from xero_sf_pipeline.policy.billing import BillDate
from xero_sf_pipeline.policy.fields import DEFAULT_CURRENCY

if TYPE_CHECKING:
    from xero_sf_pipeline.policy.billing import BillingRules, PlanRule

DRAFT, AUTHORISED = "DRAFT", "AUTHORISED"
REFERENCE_MAX = 255
"""Length of Invoice.Reference."""


@dataclass(frozen=True, slots=True)
class ScheduledInvoice:
    """A row of billing.schedule with its lines. Amounts in currency_code; a held deal has one row without amounts."""

    sf_opportunity_id: str
    tenant_id: str | None
    period_number: int
    our_reference: str
    reference: str
    contact_key: str | None = None
    needs_contact: bool = False
    bill_on: date | None = None
    due_on: date | None = None
    amount_share: Decimal | None = None
    amount_net: Decimal | None = None
    amount_tax: Decimal | None = None
    amount_total: Decimal | None = None
    currency_code: str | None = None
    currency_rate: Decimal | None = None
    line_amount_types: str | None = None
    invoice_status: str | None = None
    rule: str | None = None
    hold_reason: str | None = None
    explanation: str = ""
    approvals_needed: int = 0
    needs_approval_because: str | None = None
    issue_on: date | None = None
    """The date that the invoice gets when it is made today. due_on counts from it, planned_due_on from bill_on."""
    planned_due_on: date | None = None
    lines: tuple[InvoiceLine, ...] = ()
    revision: int = 1


_LINE_AMOUNT_TYPES = {"exclusive": "Exclusive", "inclusive": "Inclusive", "no_tax": "NoTax"}


def schedule(deal: Deal, organisations: Mapping[str, Organisation], rules: BillingRules) -> list[ScheduledInvoice]:
    """Return the invoices that the deal should have; one held row when a reason stops the whole deal."""
    tenant_id: str | None = None
    contact_key: str | None = None
    try:
        organisation, routed_by = billing_organisation(deal, organisations, rules)
        tenant_id = organisation.tenant_id
        if deal.is_quote_invoiced:
            raise Held(
                Hold.QUOTE_INVOICED,
                "The deal came from a Xero quote that is invoiced already, and its invoice was not found.",
            )
        contact = billed_contact(deal, organisation, rules)
        contact_key = contact.contact_key if contact else None
        currency = _currency(deal, organisation)
        lines = deal_lines(deal, organisation, contact, rules)
        note = _require_amount(deal, lines, rules, currency)
        plan = deal_rule(rules.plans, deal, (organisation.tenant_id, organisation.organisation_name))
        if plan is None:
            raise Held(Hold.PLAN_MISSING, "No plan of billing.plans has conditions that this deal fulfils.")
        parts = instalments(deal, plan, sum((line.amount_line for line in lines), Decimal(0)))
    except Held as held:
        return [
            ScheduledInvoice(
                sf_opportunity_id=deal.sf_opportunity_id,
                tenant_id=tenant_id,
                period_number=1,
                our_reference=our_reference(deal, 1),
                reference=our_reference(deal, 1),
                contact_key=contact_key,
                amount_share=deal.amount,
                currency_code=deal.currency_code,
                hold_reason=held.reason.value,
                explanation=held.sentence,
            )
        ]
    by_line = [lines]
    if len(parts) > 1:
        split = split_lines([line.amount_line for line in lines], [part.amount for part in parts])
        by_line = [
            instalment_lines(lines, amounts, part.words, rules.amounts.value)
            for part, amounts in zip(parts, split, strict=True)
        ]
    whole = sum((line.amount_line for line in lines), Decimal(0))
    said = f"{note}Billed by {organisation.organisation_name}: {routed_by}."
    return [
        _invoice(deal, organisation, contact, rules, plan, part, len(parts), tuple(shown), whole, currency, said)
        for part, shown in zip(parts, by_line, strict=True)
    ]


def our_reference(deal: Deal, period_number: int) -> str:
    """The key of an invoice in Xero: `<opportunity>/<period>`."""
    return f"{deal.sf_opportunity_id}/{period_number}"


def _invoice(
    deal: Deal,
    organisation: Organisation,
    contact: Contact | None,
    rules: BillingRules,
    plan: PlanRule,
    part: Instalment,
    count: int,
    lines: tuple[InvoiceLine, ...],
    whole: Decimal,
    currency: str,
    said: str,
) -> ScheduledInvoice:
    key = our_reference(deal, part.period_number)
    purchase_order = deal.fields.get(rules.purchase_order_field or "") or ""
    reference = rules.reference.replace("{key}", key).replace("{purchase_order}", purchase_order).strip()
    amount = sum((line.amount_line for line in lines), Decimal(0))
    tax = sum((line.amount_tax for line in lines), Decimal(0))
    net, total = (amount - tax, amount) if rules.amounts.value == "inclusive" else (amount, amount + tax)
    names = (organisation.tenant_id, organisation.organisation_name)
    issue_on = _issue_on(organisation, part, rules)
    is_locked = _is_locked(organisation, issue_on)
    authorised_by = None if is_locked else deal_rule(rules.authorise, deal, names)
    term = _term(organisation, contact, rules)
    hold = billed_by_hand(deal, organisation, contact, part, (amount, whole), currency, rules) if amount > 0 else None
    hold = hold or _hold(organisation, issue_on, amount, reference, rules)
    needed, because = _approvals(total, currency, rules)
    rate = _rate(currency, organisation, rules)
    when = "without a date yet" if part.bill_on is None else f"on {part.bill_on}"
    if issue_on != part.bill_on:
        when += ", dated the day on which it is made (billing.date)"
    status = f"AUTHORISED by rule `{authorised_by.name}`" if authorised_by else DRAFT
    explanation = (
        f"Plan `{plan.name}`: invoice {part.period_number} of {count} ({part.words}), {when}; "
        f"net {net:,.2f} + tax {tax:,.2f} = {total:,.2f} {currency}, due by {term.words}, {status}. {said} "
        + " ".join(f"Line {line.line_number}: {line.rule}." for line in lines)
        + (f" Rate {rate.normalize():f} by billing.rates." if rate is not None else "")
    )
    return ScheduledInvoice(
        sf_opportunity_id=deal.sf_opportunity_id,
        tenant_id=organisation.tenant_id,
        period_number=part.period_number,
        our_reference=key,
        reference=reference,
        contact_key=contact.contact_key if contact else None,
        needs_contact=contact is None,
        bill_on=part.bill_on,
        due_on=None if issue_on is None else due_date(issue_on, term),
        amount_share=amount,
        amount_net=net,
        amount_tax=tax,
        amount_total=total,
        currency_code=currency,
        currency_rate=rate,
        line_amount_types=_LINE_AMOUNT_TYPES[rules.amounts.value],
        invoice_status=AUTHORISED if authorised_by else DRAFT,
        rule=plan.name,
        hold_reason=hold.reason.value if hold else None,
        explanation=f"{hold.sentence} {explanation}" if hold else explanation,
        approvals_needed=needed,
        needs_approval_because=because,
        issue_on=issue_on,
        planned_due_on=None if part.bill_on is None else due_date(part.bill_on, term),
        lines=lines,
    )


def _currency(deal: Deal, organisation: Organisation) -> str:
    if deal.currency_code is None or deal.currency_code not in organisation.currencies:
        raise Held(
            Hold.CURRENCY_UNKNOWN,
            f"The deal is in {deal.currency_code or 'no stated currency'}; {organisation.organisation_name} has not "
            "added that currency.",
        )
    return deal.currency_code


def _require_amount(deal: Deal, lines: list[InvoiceLine], rules: BillingRules, currency: str) -> str:
    """Compare the lines with the opportunity's amount and return what to say of a difference that is tolerated."""
    total = sum((line.amount_line for line in lines), Decimal(0))
    if total <= 0 or (deal.amount is not None and deal.amount <= 0):
        raise Held(Hold.AMOUNT_NOT_POSITIVE, f"The deal's amount is {total:,.2f} {currency}: there is nothing to bill.")
    difference = total - (total if deal.amount is None else deal.amount)
    tolerated = rules.tolerance.get(currency, rules.tolerance.get(DEFAULT_CURRENCY, Decimal(0)))
    if abs(difference) > tolerated:
        raise Held(
            Hold.LINES_DIFFER_FROM_AMOUNT,
            f"The lines add up to {total:,.2f} {currency}, the opportunity says {deal.amount:,.2f}: a difference of "
            f"{difference:,.2f} (billing.tolerance).",
        )
    return f"The lines differ from the opportunity's amount by {difference:,.4f} {currency}. " if difference else ""


def _hold(
    organisation: Organisation, issue_on: date | None, amount: Decimal, reference: str, rules: BillingRules
) -> Held | None:
    if amount <= 0:
        return Held(Hold.AMOUNT_NOT_POSITIVE, f"The invoice would be about {amount:,.2f}.")
    if _is_locked(organisation, issue_on) and rules.in_locked_period.value == "hold":
        return Held(
            Hold.PERIOD_LOCKED,
            f"{issue_on} lies in a period that {organisation.organisation_name} locked up to "
            f"{organisation.locked_until}.",
        )
    if len(reference) > REFERENCE_MAX:
        return Held(
            Hold.REFERENCE_TOO_LONG, f"The reference has {len(reference)} characters, {REFERENCE_MAX} are allowed."
        )
    return None


def _issue_on(organisation: Organisation, part: Instalment, rules: BillingRules) -> date | None:
    """The invoice's date: the planned day; when that is over, today, so that nothing is overdue when it is made."""
    if part.bill_on is None or organisation.today is None or rules.date is BillDate.PLANNED:
        return part.bill_on
    return max(part.bill_on, organisation.today)


def _is_locked(organisation: Organisation, issue_on: date | None) -> bool:
    locked = organisation.locked_until
    return issue_on is not None and locked is not None and issue_on <= locked


def _term(organisation: Organisation, contact: Contact | None, rules: BillingRules) -> PaymentTerm:
    own = payment_term(contact.sales_due_day, contact.sales_due_type, "the contact's terms") if contact else None
    house = payment_term(organisation.sales_due_day, organisation.sales_due_type, "the organisation's terms")
    return own or house or PaymentTerm(rules.payment_days, "DAYSAFTERBILLDATE", "billing.payment_days")


def _rate(currency: str, organisation: Organisation, rules: BillingRules) -> Decimal | None:
    if currency == organisation.base_currency_code:
        return None
    names = (None, organisation.tenant_id, organisation.organisation_name)
    fitting = [rate for rate in rules.rates if rate.currency == currency and rate.organisation in names]
    fitting.sort(key=lambda rate: rate.organisation is None)
    return fitting[0].rate if fitting else None


def _approvals(total: Decimal, currency: str, rules: BillingRules) -> tuple[int, str | None]:
    """How many different people must agree, and why; (0, None) when nobody must."""
    for limits, people, name in (
        (rules.approval.four_eyes_above, 2, "four_eyes_above"),
        (rules.approval.above, 1, "above"),
    ):
        limit = limits.get(currency, limits.get(DEFAULT_CURRENCY))
        if limit is not None and total > limit:
            who = "Two people must" if people == 2 else "A person must"
            return people, f"{who} approve: the total is above {limit:,.2f} {currency} (billing.approval.{name})."
    return 0, None
