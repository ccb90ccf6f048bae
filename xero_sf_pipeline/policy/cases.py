"""How cases for overdue invoices look and live."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from xero_sf_pipeline.policy.fields import PicklistValue, RecordTypeId, Section, Template, UserOrQueueId

SUBJECT_MAX = 255
"""Length of Case.Subject (Salesforce object reference)."""


class CasesPer(StrEnum):
    """What one case stands for."""

    INVOICE = "invoice"
    ACCOUNT = "account"


class UnmatchedInvoices(StrEnum):
    """What happens to an overdue invoice whose contact has no account."""

    HOLD = "hold"
    OPEN_WITHOUT_ACCOUNT = "open_without_account"


class OwnerRule(StrEnum):
    """Who owns a new case."""

    ACCOUNT_OWNER = "account_owner"
    FIXED = "fixed"
    SALESFORCE_DEFAULT = "salesforce_default"


class WhenExcluded(StrEnum):
    """What happens to an open case whose invoice is no longer chased."""

    KEEP = "keep"
    CLOSE = "close"


class LadderStep(Section):
    """From so many days after the due date, a case has this stage."""

    from_days: Annotated[int, Field(ge=1, le=3650)]
    stage: Annotated[str, Field(min_length=1, max_length=40)]
    priority: PicklistValue = "High"
    owner_id: UserOrQueueId | None = None


class OwnerRules(Section):
    """Who owns a new case."""

    rule: OwnerRule = OwnerRule.ACCOUNT_OWNER
    user_or_queue_id: UserOrQueueId | None = None

    @model_validator(mode="after")
    def _fixed_owner_is_named(self) -> Self:
        if self.rule is OwnerRule.FIXED and self.user_or_queue_id is None:
            raise ValueError("rule `fixed` needs user_or_queue_id")
        return self


class ExcludedCases(Section):
    """What happens to an open case, by the reason its invoice is no longer chased."""

    disputed: WhenExcluded = WhenExcluded.KEEP
    promised: WhenExcluded = WhenExcluded.KEEP
    covered_by_credit: WhenExcluded = WhenExcluded.CLOSE
    below_minimum: WhenExcluded = WhenExcluded.CLOSE
    grace_period: WhenExcluded = WhenExcluded.CLOSE


class CaseTexts(Section):
    """What people read on a case. Fields in braces are filled in; see docs in data/policy.yaml."""

    subject: Template = "invoice {invoice_number}, {contact_name}"
    account_subject: Template = "invoices of {account_name} in {currency_code}"
    description: Template = (
        "Invoice {invoice_number} of {contact_name} is overdue.\n"
        "Amount due: {amount_due} {currency_code} of {amount_total} {currency_code}\n"
        "Issued: {issued_on}\n"
        "Due: {due_on}\n"
        "Days overdue: {days_overdue} (as of {as_of_on})\n"
        "Unallocated credit: {amount_unallocated_credit} {currency_code}\n"
        "Stage: {stage}\n"
        "Xero: {link}"
    )
    account_description: Template = (
        "{invoice_count} invoices of {account_name} are overdue.\n"
        "Amount due: {amount_due} {currency_code}\n"
        "Oldest due date: {due_on}\n"
        "Days overdue: {days_overdue} (as of {as_of_on})\n"
        "Unallocated credit: {amount_unallocated_credit} {currency_code}\n"
        "Stage: {stage}\n\n{invoices}"
    )
    closing_description: Template = (
        "{resolution}\n\nInvoice: {invoice_number} of {contact_name}\n{evidence}\nXero: {link}"
    )
    refresh_description: bool = True


class CaseRules(Section):
    """How cases look and live."""

    per: CasesPer = CasesPer.INVOICE
    unmatched_invoices: UnmatchedInvoices = UnmatchedInvoices.HOLD
    subject_prefix: Annotated[str, Field(min_length=3, max_length=80)] = "Overdue"
    type: PicklistValue | None = "Overdue invoice"
    origin: PicklistValue | None = "Xero"
    record_type_id: RecordTypeId | None = None
    opened_status: PicklistValue = "New"
    closed_status: PicklistValue = "Closed"
    reopened_status: PicklistValue = "New"
    owner: OwnerRules = OwnerRules()
    ladder: Annotated[tuple[LadderStep, ...], Field(min_length=1)] = (
        LadderStep(from_days=1, stage="Overdue"),
        LadderStep(from_days=30, stage="Overdue 30 days"),
        LadderStep(from_days=60, stage="Overdue 60 days"),
    )
    when_excluded: ExcludedCases = ExcludedCases()
    reopen_when_balance_grows: bool = True
    recreate_deleted: bool = False
    texts: CaseTexts = CaseTexts()

    @model_validator(mode="after")
    def _ladder_climbs(self) -> Self:
        days = [step.from_days for step in self.ladder]
        if days != sorted(set(days)):
            raise ValueError(f"ladder: from_days must rise from step to step, found {days}")
        if days[0] != 1:
            raise ValueError(f"ladder: the first step must start from_days 1, found {days[0]}")
        stages = [step.stage for step in self.ladder]
        if len(set(stages)) != len(stages):
            raise ValueError("ladder: every step needs a stage name of its own")
        return self
