"""Explains what Salesforce shows: accounts, opportunities, cases, and the records that carry no amounts."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from xero_sf_pipeline.reporting.explain.evidence import Evidence, Row, compared
from xero_sf_pipeline.reporting.explain.model import Comparison, Explanation, Figure, Part, Subject

_EIGHT_PLACES = Decimal("0.00000001")
"""Conversions are exact to eight places and rounded once per account, as in `sql/receivables/account_status.sql`."""

_TEN_PLACES = Decimal("0.0000000001")

ACCOUNT_RULES = {
    "payment_status.enabled": "whether payment facts are sent to Salesforce at all",
    "payment_status.accounts": "whether the account carries them",
    "payment_status.freshness_hours": "older facts are shown as Unknown",
    "currency.salesforce": "the currency of totals; none: the org's own",
    "currency.rates": "fixed rates, which outrank all others",
    "automation.account.update": "how far these writes go by themselves",
}
DEAL_RULES = {
    "billing.enabled": "whether won deals are billed at all",
    "billing.from_close_date": "deals closed before are not billed",
    "billing.only": "which won deals are billed",
    "billing.amounts": "whether a deal's amount includes tax",
    "billing.plans": "into which invoices a deal is split",
    "automation.invoice.create": "how far these writes go by themselves",
}
CASE_RULES = {
    "cases.per": "one case per invoice or per account",
    "cases.unmatched_invoices": "what happens without an account",
    "cases.ladder": "the stage and priority by days overdue",
    "automation.case.open": "how far these writes go by themselves",
}


def explain_account(evidence: Evidence, subject: Subject) -> Explanation:
    """Outstanding, overdue and unallocated credit from open documents, each at its rate, and what the account shows."""
    account = evidence.row("account", subject)
    contacts = evidence.rows("account_contacts", key=subject.key)
    documents = evidence.rows("account_documents", key=subject.key)
    figures = _account_totals(account, documents) if account["has_status"] else _open_by_currency(documents)
    notes = []
    if not account["has_status"]:
        notes.append("Payment status is not set up or not derived yet: amounts are shown by currency, without a rate.")
    if account["missing_rates"]:
        notes.append(f"No rate for {', '.join(account['missing_rates'])}: the totals stay empty (currency.rates).")
    return evidence.explain(
        subject,
        {
            "account": account["account_name"],
            "deleted in Salesforce": account["is_deleted"] or None,
            "payment status": account["own_payment_status"],
            "shown in Salesforce": account["payment_status"],
            "Xero contacts": len(contacts),
            "facts as of": account["own_as_of_at"],
        },
        versions="account_versions",
        entity="accounts",
        keys=[account["xero_contact_id"]],
        figures=figures,
        comparisons=_account_fields(account),
        tables={"Linked Xero contacts": contacts} if contacts else {},
        rules=evidence.rules(ACCOUNT_RULES),
        notes=tuple(notes),
    )


def explain_opportunity(evidence: Evidence, subject: Subject) -> Explanation:
    """Booked from its lines, billed and paid from its invoices, and why they differ."""
    deal = evidence.row("opportunity", subject)
    invoices = evidence.rows("opportunity_invoices", key=subject.key)
    outcome = evidence.rows("opportunity_outcome", key=subject.key)
    schedule = evidence.rows("opportunity_schedule", key=subject.key)
    lines = evidence.rows("opportunity_lines", key=subject.key)
    booked = tuple(
        Part(
            row["line_name"] or row["product_code"] or "line",
            row["amount_total"],
            "core.opportunity_lines",
            subject.key,
        )
        for row in lines
        if row["amount_total"] is not None
    ) or (Part("the opportunity's own amount", deal["amount"] or Decimal(0), "core.opportunities", subject.key),)
    figures = [Figure("booked", deal["amount"], deal["deal_currency_code"], booked, "Opportunity.Amount")]
    for row in outcome:
        live = [
            one for one in invoices if one["currency_code"] == row["currency_code"]
            and one["invoice_status"] in ("AUTHORISED", "PAID") and not one["is_deleted"]
        ]  # fmt: skip
        for name, column in (("billed", "amount_total"), ("paid", "amount_paid"), ("due", "amount_due")):
            value = row["amount_billed"] if name == "billed" else row[f"amount_{name}"]
            figures.append(Figure(name, value, row["currency_code"], tuple(_invoice_part(one, column) for one in live)))
    tables = {"Booked against billed": outcome, "The invoices that it should have": schedule}
    return evidence.explain(
        subject,
        {
            "opportunity": deal["opportunity_name"],
            "account": f"{deal['account_name']} ({deal['sf_account_id']})",
            "stage": deal["stage_name"],
            "won": deal["is_won"],
            "close date": deal["close_on"],
            "reason": outcome[0]["explanation"] if outcome else None,
            "linked by": ", ".join(sorted({one["link_source"] for one in invoices if one["link_source"]})),
        },
        versions="opportunity_versions",
        entity="opportunities",
        keys=[*(row["our_reference"] for row in schedule), *_targets(invoices, schedule)],
        figures=tuple(figures),
        tables={name: rows for name, rows in tables.items() if rows},
        rules=evidence.rules(DEAL_RULES),
        notes=() if outcome or not deal["is_won"] else ("The reconciliation has not run on this snapshot.",),
    )


def explain_case(evidence: Evidence, subject: Subject) -> Explanation:
    """The amount on a case from the overdue invoices that it stands for."""
    case = evidence.row("case", subject)
    invoices = evidence.rows("case_invoices", key=case["invoice_key"]) if case["invoice_key"] else []
    parts = tuple(
        Part(
            f"{row['invoice_number']}, {row['days_overdue']} days overdue",
            row["amount_due"],
            "receivables.overdue_invoices",
            row["invoice_key"],
            row["known_from"],
            row["run_id"],
        )
        for row in invoices
    )
    note = "" if parts else "Nothing is overdue any more, or the case names no invoice of ours."
    return evidence.explain(
        subject,
        {
            "case": case["case_number"],
            "subject": case["subject"],
            "account": f"{case['account_name']} ({case['sf_account_id']})" if case["sf_account_id"] else None,
            "status": case["case_status"],
            "stage": case["stage"],
            "resolution": case["resolution"],
            "stands for": case["invoice_key"],
        },
        versions="case_versions",
        entity="cases",
        keys=[case["invoice_key"]],
        figures=(Figure("due", case["amount_due"], case["currency_code"], parts, note),),
        rules=evidence.rules(CASE_RULES),
    )


def explain_record(evidence: Evidence, subject: Subject) -> Explanation:
    """A task, person, quote or organisation: what it is, and what was planned and sent about it."""
    rows = evidence.rows("record", kind=subject.kind, key=subject.key)
    facts: dict[str, Any] = {fact["name"]: fact["value"] for row in rows for fact in row["facts"]}
    return evidence.explain(subject, facts)


def _account_totals(account: Row, documents: list[Row]) -> tuple[Figure, ...]:
    """The three totals. A document without a rate is no part; the totals are then empty and say so."""
    currency = account["own_currency_code"]

    def parts(chosen: list[Row]) -> tuple[Part, ...]:
        return tuple(part for row in chosen if (part := _converted(row, currency, account["own_rate"])) is not None)

    invoices = [row for row in documents if row["document_kind"] == "invoice"]
    overdue = [row for row in invoices if row["as_of_on"] and row["due_on"] and row["due_on"] < row["as_of_on"]]
    open_credits = [row for row in documents if row["document_kind"] != "invoice"]
    return (
        Figure("outstanding", account["own_outstanding"], currency, parts(invoices), "open sales invoices", True),
        Figure("overdue", account["own_overdue"], currency, parts(overdue), "those that are past their due date", True),
        Figure(
            "unallocated credit", account["own_unallocated_credit"], currency, parts(open_credits), "open credits", True
        ),
    )


def _converted(row: Row, currency: str | None, own_rate: Decimal | None) -> Part | None:
    amount: Decimal = row["amount_due"]
    label = f"{row['document_number'] or row['document_key']}" + (f", due {row['due_on']}" if row["due_on"] else "")
    note = ""
    if row["currency_code"] != currency:
        rate: Decimal | None = row["exchange_rate"]
        if not rate:
            return None
        if own_rate:
            rate = (rate / own_rate).quantize(_TEN_PLACES, ROUND_HALF_UP)
        converted = (amount / rate).quantize(_EIGHT_PLACES, ROUND_HALF_UP)
        note = f"{amount:,.2f} {row['currency_code']} at {rate.normalize():f} ({row['rate_source']})"
        amount = converted
    table = "raw_xero.invoices" if row["document_kind"] == "invoice" else "core.credits"
    return Part(label, amount, table, row["document_key"], row["known_from"], row["run_id"], note)


def _open_by_currency(documents: list[Row]) -> tuple[Figure, ...]:
    by_currency: dict[str, list[Part]] = {}
    for row in documents:
        if row["document_kind"] == "invoice":
            part = _converted(row, row["currency_code"], None)
            assert part is not None
            by_currency.setdefault(row["currency_code"], []).append(part)
    return tuple(
        Figure(f"open in {currency}", sum((part.amount for part in parts), Decimal(0)), currency, tuple(parts))
        for currency, parts in sorted(by_currency.items())
    )


def _account_fields(account: Row) -> tuple[Comparison, ...]:
    if not account["has_status"]:
        return ()
    return (
        compared("Account.Xero_Payment_Status__c", account["own_payment_status"], account["payment_status"]),
        compared("Account.Xero_Outstanding__c", account["own_outstanding"], account["amount_outstanding"]),
        compared("Account.Xero_Overdue__c", account["own_overdue"], account["amount_overdue"]),
        compared(
            "Account.Xero_Unallocated_Credit__c",
            account["own_unallocated_credit"],
            account["amount_unallocated_credit"],
        ),
    )


def _invoice_part(row: Row, column: str) -> Part:
    label = f"{row['invoice_number'] or row['invoice_key']}, {row['invoice_status'].lower()}"
    return Part(label, row[column], "raw_xero.invoices", row["invoice_key"], row["known_from"], row["run_id"])


def _targets(invoices: list[Row], schedule: list[Row]) -> list[str]:
    """Keys under which writes about the deal's invoices go to Xero: `<tenant>:<our reference>`."""
    tenants = sorted({str(row["invoice_key"]).split(":")[0] for row in invoices})
    return [f"{tenant}:{row['our_reference']}" for tenant in tenants for row in schedule]
