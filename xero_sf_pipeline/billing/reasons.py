"""Why an invoice that a won deal should have is held back. Each stands in billing.schedule.hold_reason."""

from __future__ import annotations

from enum import StrEnum


class Hold(StrEnum):
    """A reason not to bill. All are found before any call, and all are for a person."""

    CLOSE_DATE_MISSING = "close_date_missing"
    SERVICE_DATE_MISSING = "service_date_missing"
    TERM_MISSING = "term_missing"
    MILESTONES_DO_NOT_ADD_UP = "milestones_do_not_add_up"
    PLAN_MISSING = "plan_missing"
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    LINES_DIFFER_FROM_AMOUNT = "lines_differ_from_amount"
    ACCOUNT_MISSING = "account_missing"
    ORGANISATION_UNKNOWN = "organisation_unknown"
    ORGANISATION_AMBIGUOUS = "organisation_ambiguous"
    MATCH_IN_REVIEW = "match_in_review"
    SEVERAL_CONTACTS = "several_contacts"
    CONTACT_ARCHIVED = "contact_archived"
    CONTACT_MISSING = "contact_missing"
    CONTACT_NAME_TAKEN = "contact_name_taken"
    CURRENCY_UNKNOWN = "currency_unknown"
    ITEM_UNKNOWN = "item_unknown"
    LEDGER_ACCOUNT_MISSING = "ledger_account_missing"
    LEDGER_ACCOUNT_UNKNOWN = "ledger_account_unknown"
    LEDGER_ACCOUNT_ARCHIVED = "ledger_account_archived"
    TAX_TYPE_MISSING = "tax_type_missing"
    TAX_TYPE_UNKNOWN = "tax_type_unknown"
    TRACKING_UNKNOWN = "tracking_unknown"
    TRACKING_TOO_MANY = "tracking_too_many"
    PERIOD_LOCKED = "period_locked"
    QUOTE_INVOICED = "quote_invoiced"
    MAYBE_BILLED_BY_HAND = "maybe_billed_by_hand"
    REFERENCE_TOO_LONG = "reference_too_long"
    LINE_INCOMPLETE = "line_incomplete"


class Held(Exception):
    """Carries a hold up to the deal that it stops. Caught in `schedule.py`; never leaves the package."""

    def __init__(self, reason: Hold, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence
