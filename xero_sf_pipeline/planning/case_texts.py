"""The words on a case: subject, description, resolution.

Belongs here: values for the policy's templates, and how a settlement reads. Does not belong here: which fields a write
carries (`cases.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.planning.kinds import Reason
from xero_sf_pipeline.planning.templates import TextTemplate, cut, one_line

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import CaseRules

Row = Mapping[str, Any]
Values = Mapping[str, str]

SUBJECT_MAX = 255
DESCRIPTION_MAX = 32_000
RESOLUTION_MAX = 255
_INVOICES_SHOWN = 100
_DAILY_FIELDS = frozenset({"days_overdue", "as_of_on"})
_WITHOUT_DAY = dict.fromkeys(_DAILY_FIELDS, "")

_NO_LONGER_CHASED = {
    "covered_by_credit": "Covered by unallocated credit: {credit} of {due}.",
    "below_minimum": "Below the minimum amount that is chased: {due} unpaid.",
    "grace_period": "Within the days of grace: {due} unpaid, due on {due_on}.",
    "promised": "Payment is promised: {due} unpaid.",
    "disputed": "The invoice is disputed: {due} unpaid.",
}


def cents(amount: Decimal) -> Decimal:
    """Return an amount with two decimals, halves away from zero: as DuckDB rounds, so that text and field agree."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def amount_text(amount: Decimal | None) -> str:
    """Return an amount with two decimals and thousands separators, as 1,234.50."""
    return "" if amount is None else f"{cents(amount):,.2f}"


def date_text(value: object) -> str:
    return "" if value is None else str(value)


class CaseTexts:
    """The policy's templates, taken apart once."""

    def __init__(self, rules: CaseRules) -> None:
        self._prefix = rules.subject_prefix
        texts = rules.texts
        self._subjects = (TextTemplate.parse(texts.subject), TextTemplate.parse(texts.account_subject))
        self._descriptions = (TextTemplate.parse(texts.description), TextTemplate.parse(texts.account_description))
        self._closing = TextTemplate.parse(texts.closing_description)

    def subject(self, row: Row, values: Values) -> tuple[str, str]:
        """Return the subject, and the same without the words that change every day."""
        template = self._subjects[row["is_account_case"]]
        shown, lasting = _both(template, values)
        subject = cut(one_line(f"{self._prefix} {shown}"), SUBJECT_MAX)
        return subject, subject if lasting is shown else cut(one_line(f"{self._prefix} {lasting}"), SUBJECT_MAX)

    def description(self, row: Row, values: Values) -> tuple[str, str]:
        """Return the description, and the same without the words that change every day."""
        shown, lasting = _both(self._descriptions[row["is_account_case"]], values)
        return cut(shown, DESCRIPTION_MAX), cut(lasting, DESCRIPTION_MAX)

    def closing_description(self, row: Row, values: Values, resolution: str) -> tuple[str, str]:
        """Return the description of a case that is being closed, with the evidence; twice, as above."""
        closing = {**values, "resolution": resolution, "evidence": evidence_text(row["settlements"])}
        shown, lasting = _both(self._closing, closing)
        return cut(shown, DESCRIPTION_MAX), cut(lasting, DESCRIPTION_MAX)


def _both(template: TextTemplate, values: Values) -> tuple[str, str]:
    shown = template.fill(values)
    if template.fields.isdisjoint(_DAILY_FIELDS):
        return shown, shown
    return shown, template.fill({**values, **_WITHOUT_DAY})


def template_values(row: Row) -> dict[str, str]:
    """Return a text for every field that a template may name. Amounts are in the row's currency."""
    invoices = row["invoices"] or ()
    lines = [
        f"{one_line(line['invoice_number'] or '') or 'without number'}: "
        f"{amount_text(line['amount_due'])} {row['currency_code']}, "
        f"due {date_text(line['due_on'])}, {line['xero_url'] or ''}"
        for line in invoices[:_INVOICES_SHOWN]
    ]
    if len(invoices) > _INVOICES_SHOWN:
        lines.append(f"... and {len(invoices) - _INVOICES_SHOWN} more")
    contact = one_line(row["name_of_contact"] or "")
    return {
        "invoice_number": one_line(row["invoice_number"] or row["number_of_invoice"] or "") or "without number",
        "reference": one_line(row["reference"] or row["reference_of_invoice"] or ""),
        "contact_name": contact,
        "account_name": one_line(row["account_name"] or "") or contact,
        "organisation_name": row["name_of_organisation"] or "",
        "currency_code": row["currency_code"] or "",
        "amount_total": amount_text(row["amount_total"] if row["has_claim"] else row["invoice_amount_total"]),
        "amount_due": amount_text(row["amount_due"] if row["has_claim"] else row["invoice_amount_due"]),
        "amount_unallocated_credit": amount_text(row["amount_unallocated_credit"] or Decimal(0)),
        "amount_due_net": amount_text(row["amount_due_net"] if row["has_claim"] else row["invoice_amount_due"]),
        "issued_on": date_text(row["issued_on"] or row["invoice_issued_on"]),
        "due_on": date_text(row["due_on"] or row["invoice_due_on"]),
        "days_overdue": str(row["days_overdue"] or 0),
        "as_of_on": date_text(row["day_of_plan"]),
        "stage": row["wanted_stage"] or row["case_stage"] or "",
        "link": row["xero_url"] or row["url_of_invoice"] or "",
        "invoice_count": str(row["invoice_count"] or 0),
        "invoices": "\n".join(lines),
        "resolution": row["resolution"] or "",
        "evidence": "",
    }


def evidence_text(settlements: list[Row] | None) -> str:
    """Return one line per payment or credit that settled an invoice, oldest first."""
    return "\n".join(
        f"{item['settlement']}: {amount_text(item['amount'])} {item['currency_code'] or ''} "
        f"on {date_text(item['settled_on'])}"
        for item in settlements or ()
    )


def resolution_text(row: Row) -> str:
    """Return why a case is closed, in one line of at most 255 characters."""
    return cut(one_line(_resolution(row)), RESOLUTION_MAX)


def _resolution(row: Row) -> str:
    currency = row["currency_code"] or ""
    parts = "; ".join(
        f"{item['settlement'].lower()} {amount_text(item['amount'])} {item['currency_code'] or currency} on "
        f"{date_text(item['settled_on'])}"
        for item in row["settlements"] or ()
    )
    evidence = parts or f"{amount_text(row['invoice_amount_total'])} {currency}"
    match row["reason"]:
        case Reason.INVOICE_PAID:
            return f"Paid in full: {evidence}."
        case Reason.INVOICE_CREDITED:
            return f"Settled by credit, not by payment: {evidence}."
        case Reason.INVOICE_VOIDED:
            return "The invoice was voided in Xero; nothing is owed."
        case Reason.INVOICE_DELETED:
            return "The invoice was deleted in Xero; nothing is owed."
        case Reason.CASES_PER_INVOICE:
            return "Cases are kept per invoice now (cases.per); each overdue invoice has its own."
        case Reason.NO_LONGER_CHASED:
            return _NO_LONGER_CHASED[row["chase_exclusion"]].format(
                credit=f"{amount_text(row['amount_unallocated_credit'])} {currency}",
                due=f"{amount_text(row['amount_due'])} {currency}",
                due_on=date_text(row["due_on"]),
            )
    if row["is_account_case"]:
        return "No overdue invoices are left on this account."
    unpaid = f"{amount_text(row['invoice_amount_due'])} {currency} unpaid"
    return f"Not overdue any more: due on {date_text(row['invoice_due_on'])}, {unpaid}."
