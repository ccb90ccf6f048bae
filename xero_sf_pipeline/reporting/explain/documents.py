"""Explains what Xero's documents say: invoices, credits, payments, and the contacts that they are made out to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xero_sf_pipeline.reporting.explain.evidence import Evidence, Row, compared
from xero_sf_pipeline.reporting.explain.model import Comparison, Explanation, Figure, Part, Subject

OVERDUE_RULES = {
    "overdue.grace_days": "days after the due date in which nothing happens",
    "overdue.minimum_amount": "smaller amounts are not chased",
    "overdue.net_unallocated_credit": "unallocated credit covers the oldest overdue invoices first",
    "overdue.respect_expected_payment_date": "an expected payment date of today or later counts as promised",
    "overdue.disputed": "not chased, because a person said so",
}
STATUS_RULES = {
    "payment_status.enabled": "whether payment facts are sent to Salesforce at all",
    "payment_status.invoices": "whether invoices and credit notes are records there",
    "automation.xero_invoice.upsert": "how far these writes go by themselves",
}
_CODES = (("item", "item_code"), ("account", "account_code"), ("tax", "tax_type"))


def explain_invoice(evidence: Evidence, subject: Subject) -> Explanation:
    """Total from its lines, due from total less payments less credits, and what Salesforce shows of it."""
    invoice = evidence.row("invoice", subject)
    settlements = evidence.rows("invoice_settlements", key=subject.key)
    versions = evidence.rows("invoice_versions", key=subject.key)
    source = versions[0] if versions else {}
    currency = invoice["currency_code"]
    total = Part(
        "total",
        invoice["amount_total"],
        "raw_xero.invoices",
        subject.key,
        source.get("known_from"),
        source.get("run_id"),
    )
    paid = [_settlement(row) for row in settlements if row["settlement_kind"] == "payment"]
    credited = [_settlement(row) for row in settlements if row["settlement_kind"] == "credit"]
    is_live = invoice["invoice_status"] in ("AUTHORISED", "PAID")
    figures = (
        Figure("total", invoice["amount_total"], currency, _lines(evidence, invoice), "lines with their tax"),
        Figure("paid", invoice["amount_paid"], currency, tuple(paid), "payments, as Xero has them now"),
        Figure("credited", invoice["amount_credited"], currency, tuple(credited), "credits applied to it"),
        Figure(
            "due",
            invoice["amount_due"],
            currency,
            (total, *(_taken_off(part) for part in (*paid, *credited))) if is_live else (),
            "total less payments less credits"
            if is_live
            else f"as Xero states it for a document that is {invoice['invoice_status'].lower()}",
        ),
    )
    if not is_live and invoice["amount_due"]:
        figures = (*figures[:-1], _as_stated(figures[-1], subject, source))
    return evidence.explain(
        subject,
        {
            "invoice": invoice["invoice_number"],
            "status in Xero": invoice["invoice_status"],
            "status for Salesforce": invoice["document_status"],
            "organisation": invoice["organisation_name"],
            "customer": invoice["contact_name"],
            "account": _account(invoice),
            "why this account": invoice["match_explanation"],
            "matched by": _matched_by(invoice),
            "reference": invoice["reference"],
            "issued on": invoice["issued_on"],
            "due on": invoice["due_on"],
            "fully paid on": invoice["fully_paid_on"],
            "overdue": _overdue(invoice),
            "in Xero": invoice["xero_url"],
        },
        versions="invoice_versions",
        entity="invoices",
        tenant_id=invoice["tenant_id"],
        keys=[invoice["sf_xero_invoice_id"], invoice["xero_invoice_id"]],
        figures=figures,
        comparisons=_mirror(invoice),
        rules=evidence.rules(OVERDUE_RULES | STATUS_RULES),
    )


def explain_credit(evidence: Evidence, subject: Subject) -> Explanation:
    """Remaining from total less what was applied or refunded."""
    credit = evidence.row("credit", subject)
    uses = tuple(
        Part(f"{row['use']} on {row['used_on']}", -row["amount"], row["source_table"], row["record_key"])
        for row in evidence.rows("credit_uses", key=subject.key)
    )
    total = Part("total", credit["amount_total"], "core.credits", subject.key)
    return evidence.explain(
        subject,
        {
            "credit": credit["credit_note_number"],
            "kind": credit["credit_kind"].replace("_", " "),
            "status in Xero": credit["credit_status"],
            "customer": credit["contact_name"],
            "account": _account(credit),
            "why this account": credit["match_explanation"],
            "issued on": credit["issued_on"],
        },
        versions="credit_versions",
        entity="credit_notes",
        tenant_id=credit["tenant_id"],
        keys=[credit["xero_credit_id"]],
        figures=(
            Figure("remaining", credit["amount_remaining"], credit["currency_code"], (total, *uses), "total less uses"),
        ),
        rules=evidence.rules(STATUS_RULES),
    )


def explain_payment(evidence: Evidence, subject: Subject) -> Explanation:
    """What a payment is for, and every version of it that was read."""
    payment = evidence.row("payment", subject)
    versions = evidence.rows("payment_versions", key=subject.key)
    source = versions[0] if versions else {}
    part = Part(
        f"{payment['document_kind']} {payment['document_number']}".replace("_", " "),
        payment["amount_paid"],
        "raw_xero.payments",
        subject.key,
        source.get("known_from"),
        source.get("run_id"),
    )
    return evidence.explain(
        subject,
        {
            "paid on": payment["paid_on"],
            "status in Xero": "deleted" if payment["is_deleted"] else payment["payment_status"],
            "pays": f"{payment['document_kind']} {payment['document_number']}".replace("_", " "),
            "kind": payment["payment_type"],
        },
        versions="payment_versions",
        entity="payments",
        tenant_id=payment["tenant_id"],
        keys=[],
        figures=(Figure("paid", payment["amount_paid"], payment["currency_code"], (part,), "as Xero states it"),),
    )


def explain_contact(evidence: Evidence, subject: Subject) -> Explanation:
    """Which account a contact is and why, and what it owes, each currency by itself."""
    contact = evidence.row("contact", subject)
    open_parts: dict[str, list[Part]] = {}
    for row in evidence.rows("contact_documents", key=subject.key):
        open_parts.setdefault(row["currency_code"], []).append(
            Part(
                f"{row['invoice_number']}, due {row['due_on']}",
                row["amount_due"],
                "raw_xero.invoices",
                row["invoice_key"],
                row["known_from"],
                row["run_id"],
            )
        )
    return evidence.explain(
        subject,
        {
            "contact": contact["contact_name"],
            "organisation": contact["organisation_name"],
            "status in Xero": contact["contact_status"],
            "match": contact["outcome"],
            "account": _account(contact),
            "why this account": contact["match_explanation"],
            "matched by": _matched_by(contact),
            "score": contact["score"],
            "margin": contact["margin"],
            "merged into": contact["resolved_contact_key"] if contact["resolved_contact_key"] != subject.key else None,
        },
        versions="contact_versions",
        entity="contacts",
        tenant_id=contact["tenant_id"],
        keys=[contact["xero_contact_id"]],
        figures=tuple(
            Figure(f"open in {currency}", sum((part.amount for part in parts), Decimal(0)), currency, tuple(parts))
            for currency, parts in open_parts.items()
        ),
        notes=("Every term of the match: `xero-sf matches show`.",),
    )


def _lines(evidence: Evidence, invoice: Row) -> tuple[Part, ...]:
    """The lines; their tax is a part of its own unless the amounts include it."""
    rows = evidence.rows("invoice_lines", key=invoice["invoice_key"])
    parts = []
    for row in rows:
        codes = ", ".join(f"{word} {row[column]}" for word, column in _CODES if row[column])
        source_id = f"{invoice['invoice_key']} line {row['line_number']}"
        label = (row["description"] or f"line {row['line_number']}").splitlines()[0]
        parts.append(Part(label, row["amount_line"] or Decimal(0), "core.invoice_lines", source_id, note=codes))
        if row["amount_tax"] and str(invoice["line_amount_types"]).lower() != "inclusive":
            parts.append(Part(f"tax on line {row['line_number']}", row["amount_tax"], "core.invoice_lines", source_id))
    return tuple(parts)


def _settlement(row: Row) -> Part:
    label = f"{row['settlement_kind']} of {row['settled_on']}" + (f", {row['note']}" if row["note"] else "")
    return Part(label, row["amount"], row["source_table"], row["record_key"], row["known_from"], row["run_id"])


def _taken_off(part: Part) -> Part:
    return Part(part.label, -part.amount, part.source_table, part.source_id, part.known_from, part.run_id, part.note)


def _as_stated(figure: Figure, subject: Subject, source: Row) -> Figure:
    assert figure.value is not None
    read = (source.get("known_from"), source.get("run_id"))
    part = Part("as Xero states it", figure.value, "raw_xero.invoices", subject.key, *read)
    return Figure(figure.name, figure.value, figure.currency_code, (part,), figure.note)


def _mirror(invoice: Row) -> tuple[Comparison, ...]:
    """The record in Salesforce beside what it should show; nothing when there is no record."""
    if invoice["sf_xero_invoice_id"] is None:
        return ()
    pairs: list[tuple[str, Any, Any]] = [
        ("Xero_Invoice__c.Total__c", invoice["amount_total"], invoice["sf_amount_total"]),
        ("Xero_Invoice__c.Due__c", invoice["amount_due"], invoice["sf_amount_due"]),
        ("Xero_Invoice__c.Paid__c", invoice["amount_paid"], invoice["sf_amount_paid"]),
        ("Xero_Invoice__c.Credited__c", invoice["amount_credited"], invoice["sf_amount_credited"]),
    ]
    if invoice["document_status"]:
        pairs.append(("Xero_Invoice__c.Status__c", invoice["document_status"], invoice["sf_document_status"]))
    return tuple(compared(name, expected, shown) for name, expected, shown in pairs)


def _account(row: Row) -> str | None:
    if row.get("sf_account_id") is None:
        return f"none ({row['outcome']})" if row.get("outcome") else "none"
    return f"{row['account_name']} ({row['sf_account_id']})"


def _matched_by(row: Row) -> str | None:
    method = str(row["method"] or "").replace("_", " ")
    return f"{method}, decided by {row['decided_by']}" if row.get("decided_by") else method or None


def _overdue(invoice: Row) -> str | None:
    if invoice["days_overdue"] is None:
        return None
    why = f"; not acted on: {invoice['exclusion'].replace('_', ' ')}" if invoice["exclusion"] else ""
    return f"{invoice['days_overdue']} days as of {invoice['overdue_as_of_on']}{why}"
