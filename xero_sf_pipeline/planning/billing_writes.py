"""The Xero documents that billing writes: new invoices, changed drafts, and proposals about approved ones.

Belongs here: payloads, what they replace, and the sentence. Does not belong here: when which is due (`billing.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.planning.billing_claim import Claim, MirroredInvoice
from xero_sf_pipeline.planning.billing_lines import EditedByBoth, Line, amount_of, amounts_by_codes, exact, merged_lines
from xero_sf_pipeline.planning.kinds import XERO, Reason, WriteKind
from xero_sf_pipeline.planning.writes import PlannedWrite

if TYPE_CHECKING:
    from xero_sf_pipeline.planning.mapped_fields import MappedFields

Row = Mapping[str, Any]


@dataclass(frozen=True)
class BilledContact:
    """Whom an invoice names: a known contact, or the write that creates it. `named` keeps the write id stable."""

    value: Mapping[str, Any]
    named: Mapping[str, Any]
    depends_on: tuple[str, ...] = ()


def new_invoice(claim: Claim, contact: BilledContact, revision: int, mapped: Mapping[str, Any]) -> PlannedWrite:
    """Return the invoice of an instalment that has none, with the fields that mappings give it.

    Made late it is dated the day that it is made; what makes it the same invoice tomorrow, and keeps an approval, are
    the planned days.
    """
    row = claim.row
    payload: dict[str, Any] = {
        "Type": "ACCREC",
        "Status": row["invoice_status"],
        "Contact": dict(contact.value),
        "Date": _iso(row["issue_on"]),
        "DueDate": _iso(row["due_on"]),
        "Reference": str(row["reference"]).replace(claim.reference(1), claim.reference(revision), 1),
        "CurrencyCode": row["currency_code"],
        "LineAmountTypes": row["line_amount_types"],
        "LineItems": claim.lines,
        **mapped,
    }
    if row["currency_rate"] is not None:
        payload["CurrencyRate"] = exact(row["currency_rate"])
    again = "" if revision == 1 else f" The invoice before was deleted in Xero; this is revision {revision}."
    return _write(
        claim,
        kind=WriteKind.INVOICE_CREATE,
        target_object="Invoice",
        key_field="Reference",
        key=claim.target_key(revision),
        payload=payload,
        identity=payload
        | {
            "Contact": dict(contact.named),
            "Date": _iso(row["bill_on"]),
            "DueDate": _iso(row["planned_due_on"]),
        },
        reason=Reason.DEAL_WON,
        told=f"{claim.deal} was won.{again} {row['explanation']} {row['needs_approval_because'] or ''}".rstrip(),
        amount=row["amount_total"],
        depends_on=contact.depends_on,
        approvals_needed=row["approvals_needed"],
    )


def changed_draft(
    claim: Claim, invoice: MirroredInvoice, contact: BilledContact | None, mapped: MappedFields, *, keeps_dates: bool
) -> tuple[PlannedWrite, list[Line]] | None:
    """Return the update that lets a draft follow the deal, and the lines that the deal wants; None when none is due.

    Args:
        keeps_dates: whatever day was planned, the draft is dated as it is.

    Raises:
        EditedByBoth: finance changed what the deal changed too.
    """
    was, row = invoice.was, claim.row
    if was is None:
        return None
    wanted: dict[str, Any] = {
        "CurrencyCode": row["currency_code"],
        "LineAmountTypes": row["line_amount_types"],
        "Reference": str(row["reference"]).replace(claim.reference(1), claim.reference(invoice.revision), 1),
    }
    if not keeps_dates:
        wanted |= {"Date": _iso(row["bill_on"]), "DueDate": _iso(row["planned_due_on"])}
    shown = {
        "Date": _iso(invoice.row["issued_on"]),
        "DueDate": _iso(invoice.row["due_on"]),
        "CurrencyCode": invoice.row["currency_code"],
        "LineAmountTypes": invoice.row["line_amount_types"],
        "Reference": (invoice.row["reference"] or "").strip(),
    }
    payload = {name: value for name, value in wanted.items() if _is_to_change(name, was.fields, shown, wanted)}
    before: dict[str, Any] = {name: shown[name] for name in payload}
    moved = _moved_contact(claim, invoice, contact)
    if moved is not None:
        payload["Contact"], before["Contact"] = (
            dict(moved.value),
            {"ContactID": _contact_id(invoice.row["contact_key"])},
        )
    lines = merged_lines(was.lines, invoice.shown, claim.lines)
    if lines is not None:
        payload["LineItems"], before["LineItems"] = lines, invoice.shown
    if not payload:
        return None
    return _draft_update(claim, invoice, payload, before, was.lines, claim.lines, moved, mapped), claim.lines


def changed_revision(
    claim: Claim, invoice: MirroredInvoice, wanted: list[Line], mapped: MappedFields
) -> tuple[PlannedWrite, list[Line]] | None:
    """Return the update of a draft that bills only the difference to what is approved already.

    Raises:
        EditedByBoth: finance changed what the deal changed too.
    """
    if invoice.was is None:
        return None
    lines = merged_lines(invoice.was.lines, invoice.shown, wanted)
    if lines is None:
        return None
    update = _draft_update(
        claim, invoice, {"LineItems": lines}, {"LineItems": invoice.shown}, invoice.was.lines, wanted, None, mapped
    )
    return update, wanted


def difference(
    billed: Sequence[Sequence[Line]], credited: Sequence[Line], wanted: Sequence[Line], said: str
) -> list[Line]:
    """Return one line per account, tax and tracking for what the deal wants beyond what is billed and not credited.

    Negative where less is wanted than is billed.
    """
    left = amounts_by_codes(wanted)
    for lines in billed:
        for codes, amount in amounts_by_codes(lines).items():
            left[codes] = left.get(codes, Decimal("0.00")) - amount
    for codes, amount in amounts_by_codes(credited).items():
        left[codes] = left.get(codes, Decimal("0.00")) + amount
    return [_difference_line(codes, amount, said) for codes, amount in left.items() if amount != 0]


def further_invoice(claim: Claim, base: MirroredInvoice, lines: list[Line], revision: int) -> PlannedWrite:
    """Return the proposal of a draft about what a deal grew by since its invoice was approved."""
    row, amount = claim.row, amount_of(lines)
    payload = {
        "Type": "ACCREC",
        "Status": "DRAFT",
        "Contact": {"ContactID": _contact_id(base.row["resolved_contact_key"] or base.row["contact_key"])},
        "Reference": str(row["reference"]).replace(claim.reference(1), claim.reference(revision), 1),
        "CurrencyCode": base.row["currency_code"],
        "LineAmountTypes": base.row["line_amount_types"] or row["line_amount_types"],
        "LineItems": lines,
    }
    return _write(
        claim,
        kind=WriteKind.INVOICE_CREATE,
        target_object="Invoice",
        key_field="Reference",
        key=claim.target_key(revision),
        payload=payload,
        reason=Reason.DEAL_GREW,
        told=f"{claim.deal} grew by {amount:,.2f} {base.row['currency_code']} after invoice {base.name} was approved. "
        f"Proposed: a draft of the difference (revision {revision}). An approved invoice is never changed; a person "
        f"must approve this one.",
        amount=amount,
        approvals_needed=max(1, row["approvals_needed"]),
    )


def credit_note(claim: Claim, base: MirroredInvoice, lines: list[Line]) -> PlannedWrite:
    """Return the proposal of a draft credit note about what a deal shrank by since its invoice was approved."""
    row, amount = claim.row, -amount_of(lines)
    reference = f"{claim.reference(1)}/c{claim.sent.credit_note_count + 1}"
    credited = [line | {"UnitAmount": -line["UnitAmount"]} for line in lines]
    payload = {
        "Type": "ACCRECCREDIT",
        "Status": "DRAFT",
        "Contact": {"ContactID": _contact_id(base.row["resolved_contact_key"] or base.row["contact_key"])},
        "Reference": reference,
        "CurrencyCode": base.row["currency_code"],
        "LineAmountTypes": base.row["line_amount_types"] or row["line_amount_types"],
        "LineItems": credited,
    }
    return _write(
        claim,
        kind=WriteKind.CREDIT_NOTE_CREATE,
        target_object="CreditNote",
        key_field="Reference",
        key=f"{row['tenant_id']}:{reference}",
        payload=payload,
        reason=Reason.DEAL_SHRANK,
        told=f"{claim.deal} shrank by {amount:,.2f} {base.row['currency_code']} after invoice {base.name} was "
        "approved. Proposed: a draft credit note of the difference, to be allocated in Xero. A person must approve it.",
        amount=amount,
        approvals_needed=max(1, row["approvals_needed"]),
    )


def _draft_update(
    claim: Claim,
    invoice: MirroredInvoice,
    payload: dict[str, Any],
    before: dict[str, Any],
    billed: list[Line],
    wanted: list[Line],
    contact: BilledContact | None,
    mapped: MappedFields,
) -> PlannedWrite:
    part = mapped.take_xero_change("Invoice", str(invoice.row["invoice_key"]))
    if part is not None:  # one write per draft: two would overtake each other
        payload, before = payload | dict(part.payload), before | dict(part.before)
    row = claim.row
    was, now = amount_of(billed), amount_of(wanted)
    money = f" Lines: {was:,.2f} -> {now:,.2f} {row['currency_code']}." if was != now else ""
    identity = payload | {"Contact": dict(contact.named)} if contact is not None else payload
    return _write(
        claim,
        kind=WriteKind.INVOICE_UPDATE,
        target_object="Invoice",
        key_field="Reference",
        key=claim.target_key(invoice.revision),
        target_id=str(invoice.row["xero_invoice_id"]),
        payload=payload,
        before={"Status": invoice.row["invoice_status"], **before},
        identity=identity,
        reason=Reason.DEAL_CHANGED,
        told=f"{claim.deal} changed; its draft {invoice.name} follows in {', '.join(sorted(payload))}.{money} "
        f"What finance edited stays. {row['explanation']} {row['needs_approval_because'] or ''}".rstrip(),
        amount=row["amount_total"],
        depends_on=contact.depends_on if contact is not None else (),
        approvals_needed=row["approvals_needed"],
        target_updated_us=invoice.row["updated_us"],
    )


def _write(
    claim: Claim,
    *,
    kind: WriteKind,
    target_object: str,
    key_field: str,
    key: str,
    payload: Mapping[str, Any],
    reason: Reason,
    told: str,
    amount: Decimal | None,
    approvals_needed: int,
    before: Mapping[str, Any] | None = None,
    identity: Mapping[str, Any] | None = None,
    target_id: str | None = None,
    depends_on: tuple[str, ...] = (),
    target_updated_us: int | None = None,
) -> PlannedWrite:
    return PlannedWrite(
        kind=kind.value,
        target_system=XERO,
        target_object=target_object,
        action="update" if target_id else "upsert",
        target_key_field=key_field,
        target_key=key,
        target_id=target_id,
        tenant_id=claim.row["tenant_id"],
        source_table="billing.schedule",
        source_id=claim.row["our_reference"],
        payload=payload,
        before=before or {},
        identity=identity,
        reason=reason.value,
        explanation=f"{kind.value}/{reason.value}: {told}",
        amount=amount,
        currency_code=claim.row["currency_code"],
        depends_on=depends_on,
        target_updated_us=target_updated_us,
        approvals_needed=approvals_needed,
    )


def _is_to_change(name: str, was: Row, shown: Row, wanted: Row) -> bool:
    """Whether the deal changed a field since we sent it; raises when finance did too, to something else."""
    if name not in was or wanted[name] is None or wanted[name] in (was[name], shown[name]):
        return False
    if shown[name] != was[name]:
        raise EditedByBoth(f"{name} was changed to {shown[name]} in Xero and to {wanted[name]} by the deal")
    return True


def _moved_contact(claim: Claim, invoice: MirroredInvoice, contact: BilledContact | None) -> BilledContact | None:
    wanted, shown = claim.row["contact_key"], invoice.row["contact_key"]
    if contact is None or wanted is None or wanted in (shown, invoice.row["resolved_contact_key"]):
        return None
    sent = invoice.was.fields.get("Contact") if invoice.was else None
    sent_id = sent.get("ContactID") if isinstance(sent, Mapping) else None
    if isinstance(sent_id, str) and sent_id != _contact_id(shown):
        if sent_id == _contact_id(wanted):
            return None
        raise EditedByBoth("the contact was changed in Xero, and the deal moved to another account")
    return contact


def _difference_line(codes: tuple[Any, ...], amount: Decimal, said: str) -> Line:
    account_code, tax_type, options = codes
    line: Line = {"Description": said, "Quantity": Decimal(1), "UnitAmount": exact(amount)}
    if account_code is not None:
        line["AccountCode"] = account_code
    if tax_type is not None:
        line["TaxType"] = tax_type
    if options:
        line["Tracking"] = [{"TrackingCategoryID": one, "TrackingOptionID": two} for one, two in options]
    return line


def _contact_id(contact_key: str | None) -> str | None:
    return contact_key.partition(":")[2] if contact_key else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
