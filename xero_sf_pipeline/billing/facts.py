"""A won deal and its lines as the rules see them: rows of the two statements in `sql/billing`, typed.

Belongs here: the shapes. Does not belong here: any rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class DealLine:
    """A line of an opportunity; amounts in the deal's currency, the discount in percent."""

    line_number: int
    product_code: str | None
    product_name: str | None
    family: str | None
    line_name: str | None
    description: str | None
    quantity: Decimal | None
    amount_unit: Decimal | None
    amount_total: Decimal | None
    discount_rate: Decimal | None
    service_on: date | None


@dataclass(frozen=True, slots=True)
class Deal:
    """A won opportunity that the policy bills, with its account. Money in currency_code."""

    sf_opportunity_id: str
    opportunity_name: str
    sf_account_id: str | None
    account_name: str | None
    is_account_deleted: bool
    account_countries: tuple[str, ...]
    close_on: date | None
    amount: Decimal | None
    currency_code: str | None
    record_type: str | None
    opportunity_type: str | None
    fields: Mapping[str, str | None]
    is_quote_invoiced: bool
    linked_tenant_id: str | None
    lines: tuple[DealLine, ...] = ()
    billed_periods: tuple[int, ...] = ()
    """Instalments that have a live invoice, or one that the mirror does not show yet."""
    is_billed_otherwise: bool = False
    """A live invoice that is not ours bills the whole deal."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of an organisation's price list, as far as a sale needs it."""

    item_code: str
    item_name: str | None
    description: str | None
    is_sold: bool
    sales_account_code: str | None
    sales_tax_type: str | None


@dataclass(frozen=True, slots=True)
class TrackingOption:
    """An option of a tracking category."""

    xero_tracking_category_id: str
    category_name: str
    xero_tracking_option_id: str
    option_name: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Contact:
    """A Xero contact that an account is linked with."""

    contact_key: str
    xero_contact_id: str
    contact_name: str | None
    is_active: bool
    is_primary: bool
    sales_tax_type: str | None
    sales_due_day: int | None
    sales_due_type: str | None
    sales_account_code: str | None = None


@dataclass(frozen=True, slots=True)
class UnlinkedInvoice:
    """A live sales invoice that belongs to no opportunity. Amounts in its currency: before tax, and with it."""

    invoice_key: str
    xero_invoice_id: str
    invoice_number: str | None
    issued_on: date
    amount_net: Decimal
    amount_total: Decimal


@dataclass(slots=True)
class Organisation:
    """An organisation and what its invoices may name. `contacts` by account; `contacts_in_review` are accounts."""

    tenant_id: str
    organisation_name: str
    base_currency_code: str | None
    period_lock_on: date | None
    end_of_year_lock_on: date | None
    sales_due_day: int | None
    sales_due_type: str | None
    currencies: set[str] = field(default_factory=set)
    accounts: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """account_code -> status, tax type"""
    tax_rates: dict[str, tuple[str, Decimal]] = field(default_factory=dict)
    """tax_type -> status, effective rate in percent"""
    items: dict[str, Item] = field(default_factory=dict)
    tracking: dict[tuple[str, str], TrackingOption] = field(default_factory=dict)
    """(category, option), both in lower case"""
    contacts: dict[str, list[Contact]] = field(default_factory=dict)
    accounts_in_review: set[str] = field(default_factory=set)
    accounts_with_namesake: dict[str, str] = field(default_factory=dict)
    """sf_account_id -> the active contact that has the account's name already"""
    accounts_with_archived_namesake: dict[str, str] = field(default_factory=dict)
    """sf_account_id -> the archived contact, linked with nobody, that has the account's name or number"""
    unlinked_invoices: dict[tuple[str, str], list[UnlinkedInvoice]] = field(default_factory=dict)
    """By contact_key and currency."""
    today: date | None = None
    """The day that it is there; None only where no date matters."""

    @property
    def locked_until(self) -> date | None:
        days = [day for day in (self.period_lock_on, self.end_of_year_lock_on) if day is not None]
        return max(days, default=None)
