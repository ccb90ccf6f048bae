"""The Xero entities that are mirrored, and how each is asked for.

Source: the accounting contract and the paging rules of developer.xero.com. Does not belong here: columns (they are in
`sql/raw_xero`), HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from xero_sf_pipeline.clients.xero_entities import XERO_ENTITIES, XeroEntity
from xero_sf_pipeline.warehouse.history import HistoryTable

_DOCUMENT_STATUSES = frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"})


@dataclass(frozen=True)
class XeroSource:
    """One mirrored entity.

    Attributes:
        name: our name, the table in `raw_xero`.
        entity: the collection in the API.
        is_polled: asked at every poll with If-Modified-Since; the others are read once a day and at a sweep.
        vanishes: what is deleted leaves no trace, so that a poll reads everything once a day and compares.
        amount_field: the field that the control total sums.
        known_values: column -> values that the contract lists; anything else is reported as drift, never refused.
        model: the client library's model, whose attributes are the known fields.
    """

    name: str
    entity: XeroEntity
    table: HistoryTable
    is_polled: bool
    model: str
    amount_field: str | None = None
    known_values: tuple[tuple[str, frozenset[str]], ...] = ()
    vanishes: bool = False


def _table(name: str, key: str, required: tuple[str, ...] = (), amount: str | None = None) -> HistoryTable:
    return HistoryTable("raw_xero", name, "tenant_id", key, required, amount)


_MONEY = ("updated_at", "amount_total")

ORGANISATION = XeroSource(
    "organisation", XERO_ENTITIES["organisation"], _table("organisation", "xero_organisation_id"), False,
    "Organisation",
)  # fmt: skip
CONTACTS = XeroSource(
    "contacts", XERO_ENTITIES["contacts"], _table("contacts", "xero_contact_id", ("contact_name", "updated_at")), True,
    "Contact", known_values=(("contact_status", frozenset({"ACTIVE", "ARCHIVED", "GDPRREQUEST"})),),
)  # fmt: skip
INVOICES = XeroSource(
    "invoices", XERO_ENTITIES["invoices"],
    _table("invoices", "xero_invoice_id", (*_MONEY, "invoice_status", "invoice_type", "amount_due"), "amount_total"),
    True, "Invoice", "Total",
    known_values=(("invoice_status", _DOCUMENT_STATUSES), ("invoice_type", frozenset({"ACCREC", "ACCPAY"}))),
)  # fmt: skip
CREDIT_NOTES = XeroSource(
    "credit_notes", XERO_ENTITIES["credit_notes"],
    _table("credit_notes", "xero_credit_note_id", (*_MONEY, "credit_status", "credit_type"), "amount_total"),
    True, "CreditNote", "Total",
    known_values=(("credit_status", _DOCUMENT_STATUSES), ("credit_type", frozenset({"ACCRECCREDIT", "ACCPAYCREDIT"}))),
)  # fmt: skip
PAYMENTS = XeroSource(
    "payments", XERO_ENTITIES["payments"],
    _table("payments", "xero_payment_id", ("updated_at", "amount_paid", "payment_status"), "amount_paid"),
    True, "Payment", "Amount",
    known_values=(
        ("payment_status", frozenset({"AUTHORISED", "DELETED"})),
        ("payment_type", frozenset({
            "ACCRECPAYMENT", "ACCPAYPAYMENT", "ARCREDITPAYMENT", "APCREDITPAYMENT", "AROVERPAYMENTPAYMENT",
            "APOVERPAYMENTPAYMENT", "ARPREPAYMENTPAYMENT", "APPREPAYMENTPAYMENT",
        })),
    ),
)  # fmt: skip
OVERPAYMENTS = XeroSource(
    "overpayments", XERO_ENTITIES["overpayments"],
    _table("overpayments", "xero_overpayment_id", (*_MONEY, "credit_status"), "amount_total"), True, "Overpayment",
    "Total", known_values=(("credit_status", frozenset({"AUTHORISED", "PAID", "VOIDED"})),),
)  # fmt: skip
PREPAYMENTS = XeroSource(
    "prepayments", XERO_ENTITIES["prepayments"],
    _table("prepayments", "xero_prepayment_id", (*_MONEY, "credit_status"), "amount_total"), True, "Prepayment",
    "Total", known_values=(("credit_status", frozenset({"AUTHORISED", "PAID", "VOIDED"})),),
)  # fmt: skip
QUOTES = XeroSource(
    "quotes", XERO_ENTITIES["quotes"], _table("quotes", "xero_quote_id", (*_MONEY, "quote_status"), "amount_total"),
    True, "Quote", "Total",
    known_values=(
        ("quote_status", frozenset({"DRAFT", "SENT", "DECLINED", "ACCEPTED", "INVOICED", "DELETED"})),
        ("line_amount_types", frozenset({"EXCLUSIVE", "INCLUSIVE", "NOTAX"})),
    ),
)  # fmt: skip
ITEMS = XeroSource(
    "items", XERO_ENTITIES["items"], _table("items", "xero_item_id", ("item_code", "updated_at")), True, "Item",
    vanishes=True,
)  # fmt: skip
ACCOUNTS = XeroSource(
    "accounts", XERO_ENTITIES["accounts"], _table("accounts", "xero_account_id"), False, "Account",
    known_values=(("account_status", frozenset({"ACTIVE", "ARCHIVED", "DELETED"})),),
)  # fmt: skip
TAX_RATES = XeroSource("tax_rates", XERO_ENTITIES["tax_rates"], _table("tax_rates", "tax_type"), False, "TaxRate")
TRACKING_CATEGORIES = XeroSource(
    "tracking_categories", XERO_ENTITIES["tracking_categories"],
    _table("tracking_categories", "xero_tracking_category_id"), False, "TrackingCategory",
    known_values=(("category_status", frozenset({"ACTIVE", "ARCHIVED", "DELETED"})),),
)  # fmt: skip
CURRENCIES = XeroSource(
    "currencies", XERO_ENTITIES["currencies"], _table("currencies", "currency_code"), False, "Currency"
)

XERO_SOURCES: tuple[XeroSource, ...] = (
    ORGANISATION, CONTACTS, INVOICES, CREDIT_NOTES, PAYMENTS, OVERPAYMENTS, PREPAYMENTS, QUOTES, ITEMS, ACCOUNTS,
    TAX_RATES, TRACKING_CATEGORIES, CURRENCIES,
)  # fmt: skip
BY_NAME = {source.name: source for source in XERO_SOURCES}


@cache
def known_fields(model: str) -> frozenset[str]:
    """The fields of a model as this version's client library, generated from the contract, knows them."""
    from xero_python.accounting import models  # slow to import: only when a walk is loaded

    return frozenset(getattr(models, model).attribute_map.values())
