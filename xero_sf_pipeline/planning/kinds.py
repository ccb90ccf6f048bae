"""The vocabulary of a plan: kinds of writes, reasons to write, reasons not to, states of approval.

Belongs here: enumerations and the fixed names of targets. Does not belong here: rules.
"""

from __future__ import annotations

from enum import StrEnum

SALESFORCE = "salesforce"
XERO = "xero"


class WriteKind(StrEnum):
    """What a write does. Automation and guards are set per kind; the plan lists writes in this order."""

    ACCOUNT_CREATE = "account.create"
    ACCOUNT_LINK = "account.link"
    XERO_CONTACT_CREATE = "xero_contact.create"
    XERO_CONTACT_UPDATE = "xero_contact.update"
    CONTACT_UPSERT = "contact.upsert"
    ITEM_CREATE = "item.create"
    ITEM_UPDATE = "item.update"
    PRODUCT_CREATE = "product.create"
    PRODUCT_UPDATE = "product.update"
    PRICE_UPSERT = "price.upsert"
    OPPORTUNITY_CREATE = "opportunity.create"
    INVOICE_CREATE = "invoice.create"
    INVOICE_UPDATE = "invoice.update"
    CREDIT_NOTE_CREATE = "credit_note.create"
    XERO_INVOICE_UPSERT = "xero_invoice.upsert"
    ACCOUNT_UPDATE = "account.update"
    OPPORTUNITY_UPDATE = "opportunity.update"
    CASE_OPEN = "case.open"
    CASE_UPDATE = "case.update"
    CASE_ESCALATE = "case.escalate"
    CASE_CLOSE = "case.close"
    CASE_REOPEN = "case.reopen"
    TASK_CREATE = "task.create"
    TASK_CLOSE = "task.close"


class Reason(StrEnum):
    """Why a write is planned."""

    CUSTOMER_WITHOUT_ACCOUNT = "customer_without_account"
    CONTACT_ID_MISSING = "contact_id_missing"
    LINK_MISSING = "link_missing"
    LINK_MOVED = "link_moved"
    INVOICE_OVERDUE = "invoice_overdue"
    CASE_DELETED = "case_deleted"
    AMOUNT_CHANGED = "amount_changed"
    DUE_DATE_CHANGED = "due_date_changed"
    ACCOUNT_FOUND = "account_found"
    ACCOUNT_MOVED = "account_moved"
    STAGE_REACHED = "stage_reached"
    STAGE_LOWERED = "stage_lowered"
    STAGE_RENAMED = "stage_renamed"
    RESOLUTION_OUTDATED = "resolution_outdated"
    OWED_AGAIN = "owed_again"
    BALANCE_GREW = "balance_grew"
    INVOICE_PAID = "invoice_paid"
    INVOICE_CREDITED = "invoice_credited"
    INVOICE_VOIDED = "invoice_voided"
    INVOICE_DELETED = "invoice_deleted"
    NOT_OVERDUE = "not_overdue"
    NO_LONGER_CHASED = "no_longer_chased"
    CASES_PER_INVOICE = "cases_per_invoice"


class ExclusionReason(StrEnum):
    """Why something that was considered is not written."""

    UNMATCHED = "unmatched"
    MATCH_IN_REVIEW = "match_in_review"
    CONTACT_IGNORED = "contact_ignored"
    CONTACT_NOT_CUSTOMER = "contact_not_customer"
    CONTACT_ARCHIVED = "contact_archived"
    CONTACT_WITHOUT_NAME = "contact_without_name"
    ACCOUNT_EXISTS = "account_exists"
    ACCOUNT_DELETED = "account_deleted"
    ACCOUNT_NAMES_OTHER_CONTACT = "account_names_other_contact"
    CONTACT_ON_OTHER_ACCOUNT = "contact_on_other_account"
    AWAITING_ACCOUNT = "awaiting_account"
    VALUE_LEFT_OUT = "value_left_out"
    CASE_TAKEN_OVER = "case_taken_over"
    CASE_DELETED = "case_deleted"
    CLOSED_BY_PERSON = "closed_by_person"
    REOPENED_BY_PERSON = "reopened_by_person"
    INVOICE_UNKNOWN = "invoice_unknown"
    AWAITING_READ_BACK = "awaiting_read_back"
    SOURCE_STALE = "source_stale"
    PARKED = "parked"
    DISMISSED = "dismissed"
    SWITCHED_OFF = "switched_off"
    DISPUTED = "disputed"
    PROMISED = "promised"
    COVERED_BY_CREDIT = "covered_by_credit"
    GRACE_PERIOD = "grace_period"
    BELOW_MINIMUM = "below_minimum"


class Approval(StrEnum):
    """Whether a write may be sent."""

    AUTO = "auto"
    NEEDS_APPROVAL = "needs_approval"
    APPROVED = "approved"
    REJECTED = "rejected"
