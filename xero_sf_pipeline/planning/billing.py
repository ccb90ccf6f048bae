"""The flow of won deals: invoices, what becomes of them when a deal changes, and what a deal shows of them.

Decides for every instalment of `billing.schedule`. None exists: it is created when its day has come. It is a draft:
it follows the deal, except in what finance edited. It is approved: a person gets a proposal. Finance deleted it: it
stays deleted. Belongs here: these decisions. Does not belong here: what should be billed (`billing`), payloads
(`billing_writes.py`), sending.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from xero_sf_pipeline.billing.reasons import Hold
from xero_sf_pipeline.planning import billing_writes as documents
from xero_sf_pipeline.planning.billing_claim import Claim, MirroredInvoice
from xero_sf_pipeline.planning.billing_fields import invoice_on_opportunity
from xero_sf_pipeline.planning.billing_lines import EditedByBoth, Line, amount_of
from xero_sf_pipeline.planning.billing_writes import BilledContact
from xero_sf_pipeline.planning.desk import PlanDesk
from xero_sf_pipeline.planning.exclusions import Exclusion, load_exclusions
from xero_sf_pipeline.planning.field_updates import load_field_updates
from xero_sf_pipeline.planning.identity import canonical_json
from xero_sf_pipeline.planning.kinds import ExclusionReason, WriteKind
from xero_sf_pipeline.planning.new_contacts import contacts_coming, plan_new_contacts
from xero_sf_pipeline.planning.writes import PlannedWrite, load_candidates, rows_of
from xero_sf_pipeline.policy.billing import BillDate, LockedPeriod
from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.policy.billing import BillingRules


@dataclass(frozen=True)
class Update:
    """A change of a draft, with the lines that the deal wants when they are not the ones that are sent."""

    write: PlannedWrite
    wanted: list[Line]


Outcome = PlannedWrite | Update | Exclusion


def plan_billing(desk: PlanDesk) -> None:
    """Plan contacts, invoices and what opportunities show of them. Nothing while `billing.enabled` is off."""
    rules = desk.policy.billing
    if not rules.enabled:
        return
    days = {"lead_days": rules.lead_days}
    plan_new_contacts(desk)
    contacts = contacts_coming(desk)
    desk.connection.execute(sql("plan", "billing_claims"), days)
    exclusions: list[Exclusion] = []
    wanted: list[tuple[str, str]] = []
    rows = rows_of(desk.connection, "from billing_claims order by sf_opportunity_id, period_number")
    outcomes = (outcome for row in rows for outcome in _outcomes(Claim(row), desk, contacts))
    load_candidates(desk.connection, _writes(outcomes, exclusions, wanted))
    load_exclusions(desk.connection, desk.plan_id, exclusions)
    _keep_wanted(desk, wanted)
    desk.connection.execute(sql("plan", "billing_exclusions"), {"plan_id": desk.plan_id})
    if rules.write_back:
        desk.connection.execute(sql("plan", "billed_opportunities"))
        load_field_updates(
            desk.connection, map(invoice_on_opportunity, rows_of(desk.connection, "from billed_opportunities"))
        )
    for table in ("billing_claims", "billing_contacts", "billing_contacts_coming", "billed_opportunities"):
        desk.connection.execute(f"drop table if exists temp.{table}")


def _writes(
    outcomes: Iterable[Outcome], exclusions: list[Exclusion], wanted: list[tuple[str, str]]
) -> Iterator[PlannedWrite]:
    for outcome in outcomes:
        if isinstance(outcome, Exclusion):
            exclusions.append(outcome)
        elif isinstance(outcome, Update):
            wanted.append((outcome.write.write_id, canonical_json(outcome.wanted)))
            yield outcome.write
        else:
            yield outcome


def _outcomes(claim: Claim, desk: PlanDesk, contacts: Mapping[tuple[str, str], BilledContact | str]) -> list[Outcome]:
    """Decide about one instalment, a hold last: what is billed already is not held, unless it would change."""
    row = claim.row
    if row["billed_otherwise"] is not None and not row["is_billed_by_us"]:
        return []
    if row["hold_reason"] is None:
        return _decide(claim, desk, contacts)
    if claim.is_held_whole:
        is_as_billed = row["is_billed_by_us"] and row["deal_billed"] == row["amount_share"]
        return [] if is_as_billed else [_held(claim)]
    if claim.invoices:
        found = _decide(claim, desk, contacts)
        # A lock was looked at with the draft's own date already.
        free = (Exclusion, Update) if row["hold_reason"] == Hold.PERIOD_LOCKED else Exclusion
        is_to_change = any(not isinstance(outcome, free) for outcome in found)
        return [_held(claim)] if is_to_change else found
    return [_held(claim)] if claim.is_due(desk.policy.billing.lead_days) else []


def _decide(claim: Claim, desk: PlanDesk, contacts: Mapping[tuple[str, str], BilledContact | str]) -> list[Outcome]:
    contact = _contact(claim, contacts)
    if not claim.invoices:
        return [_new(claim, contact, 1, desk)]
    unseen = [invoice for invoice in claim.invoices if not invoice.is_known]
    if unseen:
        return [_unseen(claim, unseen[0], desk)]
    live = [invoice for invoice in claim.invoices if not invoice.is_gone]
    newest = max(invoice.revision for invoice in claim.invoices)
    if not live:
        if desk.policy.billing.recreate_deleted and claim.is_due(desk.policy.billing.lead_days):
            return [_new(claim, contact, newest + 1, desk)]
        return [_deleted(claim)]
    single, copies = _without_copies(live)
    found: list[Outcome] = [_copied(claim, copy) for copy in copies]
    if single is None:
        return found
    try:
        return [*found, *_reconciled(claim, single, newest, contact, desk)]
    except EditedByBoth as edited:
        return [*found, _edited(claim, single[-1], str(edited))]


def _reconciled(
    claim: Claim, live: list[MirroredInvoice], newest: int, contact: BilledContact | str, desk: PlanDesk
) -> list[Outcome]:
    rules = desk.policy.billing
    known = contact if isinstance(contact, BilledContact) else None
    draft = live[-1] if live[-1].is_open else None
    if draft is not None and len(live) == 1:
        if draft.was is None:
            billed = amount_of(draft.shown)
            return [] if billed == claim.amount else [_edited(claim, draft, "it was not made by this product")]
        keeps_dates = rules.date is BillDate.NOT_BEFORE_TODAY and not claim.is_planned_ahead
        changed = documents.changed_draft(claim, draft, known, desk.mapped, keeps_dates=keeps_dates)
        return _update(claim, draft, changed, rules)
    fixed = [invoice for invoice in live if invoice is not draft]
    base = fixed[0]
    said = f"Change of {claim.deal} after invoice {base.name}"
    lines = documents.difference([invoice.billed for invoice in fixed], claim.sent.credited, claim.lines, said)
    amount = amount_of(lines)
    if draft is not None:
        if amount <= 0:
            return [_edited(claim, draft, "the deal does not want it any more: delete the draft in Xero")]
        return _update(claim, draft, documents.changed_revision(claim, draft, lines, desk.mapped), rules)
    if amount > 0:
        return [documents.further_invoice(claim, base, lines, newest + 1)]
    return [documents.credit_note(claim, base, lines)] if amount < 0 else []


def _update(
    claim: Claim, draft: MirroredInvoice, found: tuple[PlannedWrite, list[Line]] | None, rules: BillingRules
) -> list[Outcome]:
    if found is None:
        return []
    sent_on = found[0].payload.get("Date")
    dated_on = draft.row["issued_on"] if sent_on is None else date.fromisoformat(sent_on)
    if rules.in_locked_period is LockedPeriod.HOLD and claim.is_locked(dated_on):
        told = f"Draft {draft.name} of {claim.deal} does not follow its deal: {dated_on} lies in a locked period."
        return [_exclusion(claim, Hold.PERIOD_LOCKED, told, kind=WriteKind.INVOICE_UPDATE)]
    return [Update(*found)]


def _new(claim: Claim, contact: BilledContact | str, revision: int, desk: PlanDesk) -> Outcome:
    if isinstance(contact, str):
        return _exclusion(
            claim, ExclusionReason.AWAITING_CONTACT, f"The invoice of {claim.deal} waits for its contact: {contact}."
        )
    mapped = desk.mapped.new_in_xero("Opportunity", "Invoice", claim.row["sf_opportunity_id"])
    return documents.new_invoice(claim, contact, revision, mapped)


def _contact(claim: Claim, contacts: Mapping[tuple[str, str], BilledContact | str]) -> BilledContact | str:
    row = claim.row
    if row["xero_contact_id"] is not None:
        own = row["contact_number"]
        is_ours = own is not None and own == row["sf_account_id"]
        named = {"ContactNumber": own} if is_ours else {"ContactID": row["xero_contact_id"]}
        return BilledContact({"ContactID": row["xero_contact_id"]}, named)
    return contacts.get((row["tenant_id"], row["sf_account_id"]), "it is not planned")


def _without_copies(live: list[MirroredInvoice]) -> tuple[list[MirroredInvoice] | None, list[MirroredInvoice]]:
    """One invoice per revision: ours. None when several carry one reference and none of them, or more, is ours."""
    kept: list[MirroredInvoice] = []
    copies: list[MirroredInvoice] = []
    for revision in sorted({invoice.revision for invoice in live}):
        same = [invoice for invoice in live if invoice.revision == revision]
        ours = [invoice for invoice in same if invoice.row["is_ours"]]
        if len(same) > 1 and len(ours) != 1:
            return None, same
        chosen = ours[0] if len(same) > 1 else same[0]
        kept.append(chosen)
        copies += [invoice for invoice in same if invoice is not chosen]
    return kept, copies


def _held(claim: Claim) -> Exclusion:
    return _exclusion(claim, claim.row["hold_reason"], f"{claim.deal} is not billed: {claim.row['explanation']}")


def _unseen(claim: Claim, invoice: MirroredInvoice, desk: PlanDesk) -> Exclusion:
    confirmed_at = invoice.was.confirmed_at if invoice.was is not None else None
    waits = timedelta(hours=desk.policy.pushing.read_back_hours)
    if confirmed_at is not None and confirmed_at > desk.now - waits:
        told = (
            f"The invoice of {claim.deal} was created at {confirmed_at:%Y-%m-%d %H:%M} UTC; the next read will show it."
        )
        return _exclusion(claim, ExclusionReason.AWAITING_READ_BACK, told)
    told = f"Xero created the invoice of {claim.deal} and does not show it any more. It is not created again."
    return _exclusion(claim, ExclusionReason.INVOICE_UNKNOWN, told)


def _deleted(claim: Claim) -> Exclusion:
    last = claim.invoices[-1]
    told = (
        f"Invoice {last.name} of {claim.deal} was {str(last.row['invoice_status'] or 'deleted').lower()} in Xero. "
        "It is not created again (billing.recreate_deleted is off)."
    )
    return _exclusion(claim, ExclusionReason.INVOICE_DELETED_BY_PERSON, told)


def _copied(claim: Claim, copy: MirroredInvoice) -> Exclusion:
    told = (
        f"Invoice {copy.name} carries the reference of the invoice of {claim.deal}, too. "
        "Change the reference of the copy in Xero, or delete it."
    )
    return _exclusion(claim, ExclusionReason.REFERENCE_ON_SEVERAL_INVOICES, told)


def _edited(claim: Claim, invoice: MirroredInvoice, what: str) -> Exclusion:
    told = f"Invoice {invoice.name} of {claim.deal} is left as finance has it: {what}."
    return _exclusion(claim, ExclusionReason.INVOICE_EDITED_IN_XERO, told, kind=WriteKind.INVOICE_UPDATE)


def _exclusion(claim: Claim, reason: str, explanation: str, *, kind: WriteKind = WriteKind.INVOICE_CREATE) -> Exclusion:
    row = claim.row
    amount = row["amount_total"] if row["amount_total"] is not None else row["amount_share"]
    return Exclusion(
        "billing.schedule",
        str(row["our_reference"]),
        kind.value,
        str(reason),
        explanation,
        amount=amount,
        currency_code=row["currency_code"],
    )


def _keep_wanted(desk: PlanDesk, wanted: list[tuple[str, str]]) -> None:
    """Remember what the deal wanted by write: a confirmed payload holds finance's edits as well."""
    desk.connection.execute(
        "insert into billing.wanted select unnest($ids::varchar[]), unnest($lines::varchar[])::json, $now::timestamptz "
        "on conflict do nothing",
        {"ids": [write_id for write_id, _ in wanted], "lines": [lines for _, lines in wanted], "now": desk.now},
    )
