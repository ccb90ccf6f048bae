"""Which cases of quote to cash a company shows, and which records show them.

Belongs here: the list of cases and the pointer from a case to its records. Does not belong here: making the records
(`deal_stories`, `quote_stories`, `payment_stories`, `party_stories`, `second_organisation`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StoryKind(StrEnum):
    """One case; every story is about customers of its own."""

    # won deals
    DEAL_WITHOUT_PRODUCTS = "deal_without_products"
    DEAL_WITH_PRODUCTS = "deal_with_products"
    DEAL_WITH_DISCOUNTS = "deal_with_discounts"  # line discounts of two decimals, one of 100 %
    DEAL_WITH_FINE_PRICES = "deal_with_fine_prices"  # 0.0085 a page: UnitPrice shows 0.01, TotalPrice is right
    DEAL_WITH_MANY_LINES = "deal_with_many_lines"
    DEAL_MONTHLY = "deal_monthly"  # Type Subscription, a term of twelve months
    DEAL_IN_PERCENTAGES = "deal_in_percentages"  # Type Project - Staged, an amount that no three shares divide
    DEAL_IN_MILESTONES = "deal_in_milestones"  # Type Project, a date for each stage, past and to come
    DEAL_LARGE = "deal_large"
    DEAL_TO_EXPORT = "deal_to_export"  # a customer abroad: its contact says zero rated
    DEAL_BILLED_BY_REFERENCE = "deal_billed_by_reference"  # the invoice bears our reference
    DEAL_BILLED_BY_HAND = "deal_billed_by_hand"  # same customer and amount, but only a purchase order number
    DEAL_REOPENED_AFTER_BILLING = "deal_reopened_after_billing"  # draft invoice there, stage back in negotiation
    DEAL_GREW_AFTER_DRAFT = "deal_grew_after_draft"
    DEAL_GREW_AFTER_APPROVAL = "deal_grew_after_approval"
    DEAL_INVOICE_VOIDED = "deal_invoice_voided"
    DEAL_OF_ZERO = "deal_of_zero"
    DEAL_NEGATIVE = "deal_negative"
    DEAL_UNKNOWN_ITEM = "deal_unknown_item"
    DEAL_WITHOUT_CONTACT = "deal_without_contact"
    DEAL_NAME_TAKEN = "deal_name_taken"  # no contact, and another company's contact has the name
    DEAL_ARCHIVED_CONTACT = "deal_archived_contact"
    DEAL_TWO_CONTACTS = "deal_two_contacts"
    DEAL_DUPLICATE_ACCOUNT = "deal_duplicate_account"  # the contact could belong to either of two accounts
    DEAL_LOCKED_PERIOD = "deal_locked_period"
    DEAL_UNKNOWN_CURRENCY = "deal_unknown_currency"  # only in a multi-currency org: Xero has not added it
    DEAL_IN_FOREIGN_CURRENCY = "deal_in_foreign_currency"  # only in a multi-currency org: Xero has added it

    # quotes
    QUOTE_DRAFT = "quote_draft"
    QUOTE_SENT = "quote_sent"
    QUOTE_ACCEPTED = "quote_accepted"
    QUOTE_DECLINED = "quote_declined"
    QUOTE_EXPIRED = "quote_expired"  # still SENT, expiry date past
    QUOTE_DELETED = "quote_deleted"
    QUOTE_INVOICED = "quote_invoiced"  # the invoice has the quote's number as its reference
    QUOTE_OF_UNKNOWN_PRODUCTS = "quote_of_unknown_products"
    QUOTE_IN_FOREIGN_CURRENCY = "quote_in_foreign_currency"
    QUOTE_WITHOUT_ACCOUNT = "quote_without_account"
    QUOTE_WITH_WON_DEAL = "quote_with_won_deal"  # the quote refers to a won deal by its id, and is invoiced

    # money
    MONEY_PART_PAID = "money_part_paid"
    MONEY_PAID_BY_CREDIT = "money_paid_by_credit"
    MONEY_WRITTEN_OFF = "money_written_off"  # credit note on bad debts
    MONEY_CREDIT_REFUNDED = "money_credit_refunded"
    MONEY_OVERPAID = "money_overpaid"
    MONEY_ROUNDING_LINE = "money_rounding_line"
    MONEY_PAYMENT_DELETED = "money_payment_deleted"
    MONEY_VOIDED = "money_voided"
    MONEY_PREPAID = "money_prepaid"

    # health
    HEALTH_WORSENING_PAYER = "health_worsening_payer"
    HEALTH_STEADY_LATE_PAYER = "health_steady_late_payer"
    HEALTH_GROWING_EXPOSURE = "health_growing_exposure"
    HEALTH_CREDIT_NOTES = "health_credit_notes"
    HEALTH_UNALLOCATED_CREDIT = "health_unallocated_credit"
    HEALTH_RENEWAL_CLOSING = "health_renewal_closing"

    # parties
    PARTY_EMAIL_ONLY_IN_XERO = "party_email_only_in_xero"
    PARTY_EMAIL_ONLY_IN_SALESFORCE = "party_email_only_in_salesforce"
    PARTY_EMAILS_DIFFER = "party_emails_differ"
    PARTY_PHONE_ONLY_IN_XERO = "party_phone_only_in_xero"
    PARTY_PHONE_ONLY_IN_SALESFORCE = "party_phone_only_in_salesforce"
    PARTY_PHONES_DIFFER = "party_phones_differ"
    PARTY_ADDRESS_ONLY_IN_XERO = "party_address_only_in_xero"
    PARTY_ADDRESS_ONLY_IN_SALESFORCE = "party_address_only_in_salesforce"
    PARTY_ADDRESSES_DIFFER = "party_addresses_differ"
    PARTY_LONG_ADDRESS = "party_long_address"  # six street lines in Salesforce, Xero has four
    PARTY_TAX_NUMBER_ONLY_IN_XERO = "party_tax_number_only_in_xero"
    PARTY_TAX_NUMBER_ONLY_IN_SALESFORCE = "party_tax_number_only_in_salesforce"
    PARTY_TAX_NUMBERS_DIFFER = "party_tax_numbers_differ"
    PARTY_RENAMED_IN_SALESFORCE = "party_renamed_in_salesforce"
    PARTY_MANY_PEOPLE = "party_many_people"  # five contact persons in Xero, others in Salesforce

    # a second organisation
    ELSEWHERE_SHARED_CUSTOMER = "elsewhere_shared_customer"  # one account owes in both organisations
    ELSEWHERE_DEAL = "elsewhere_deal"  # a won deal that the second organisation bills
    ELSEWHERE_QUOTE = "elsewhere_quote"


@dataclass(frozen=True, kw_only=True)
class Story:
    """The records of one case. Ids of documents are in the order in which they were made; dates tell the rest."""

    kind: StoryKind
    tenant_id: str
    contact_ids: tuple[str, ...] = ()
    account_ids: tuple[str, ...] = ()
    opportunity_ids: tuple[str, ...] = ()
    quote_ids: tuple[str, ...] = ()
    invoice_ids: tuple[str, ...] = ()
    credit_ids: tuple[str, ...] = ()
