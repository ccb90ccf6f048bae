"""Quotes of stories, in the read shape of Xero's list.

Belongs here: a quote's numbers, dates and totals. Does not belong here: which quotes a story needs. Nothing in a quote
names the invoice that was made from it.
"""

from __future__ import annotations

from typing import Final

from xero_sf_pipeline.sandbox.company.dates import day_string, local_opening_ms, midnight_ms, ms_date, ms_instant
from xero_sf_pipeline.sandbox.company.documents import Line
from xero_sf_pipeline.sandbox.company.ids import XeroIds
from xero_sf_pipeline.sandbox.company.money import BASE_RATE, rate_on
from xero_sf_pipeline.sandbox.company.organisations import ITEMS, Settings
from xero_sf_pipeline.sandbox.company.spec import CompanySpec, Row
from xero_sf_pipeline.sandbox.company.stories.customers import Customer, Customers

_LINES_PER_QUOTE: Final = 32
_TERMS: Final = "Prices hold until the expiry date. Delivery within three weeks of acceptance."


class QuoteBook:
    """All quotes of the stories of one organisation."""

    def __init__(self, spec: CompanySpec, settings: Settings, customers: Customers) -> None:
        self._settings = settings
        self._customers = customers
        self._as_of = spec.as_of.toordinal()
        self._latest_ms = midnight_ms(spec.as_of) - 3_600_000
        self._ids = XeroIds(spec.seed, settings.organisation_index, "story", "quote")
        self._line_ids = XeroIds(spec.seed, settings.organisation_index, "story", "quote-line")
        self.rows: list[Row] = []

    @property
    def next_number(self) -> str:
        """The number that the next quote gets."""
        return f"QU-{len(self.rows) + 1:04d}"

    def quote(
        self,
        customer: Customer,
        days_ago: int,
        lines: list[Line],
        *,
        status: str = "SENT",
        valid_days: int = 30,
        answered_days_ago: int | None = None,
        title: str = "Workplace furniture",
        currency: str = "",
        reference: str = "",
    ) -> Row:
        """Make a quote; its last change is the day it was answered, or the day of its issue."""
        n = len(self.rows)
        issued, expires = self._as_of - days_ago, self._as_of - days_ago + valid_days
        changed = issued if answered_days_ago is None else self._as_of - answered_days_ago
        currency = currency or self._settings.profile.currency
        opening = local_opening_ms(changed, self._settings.profile.zone) + 60_000 * (17 * n % 480)
        subtotal, tax = sum(line.amount for line in lines), sum(line.tax for line in lines)
        full = sum((line.quantity * line.unit_price + 5_000) // 10_000 for line in lines)
        contact = customer.contacts[0]
        row: Row = {
            "QuoteID": self._ids(n),
            "QuoteNumber": self.next_number,
            "Reference": reference,
            "Terms": _TERMS,
            "Contact": {"ContactID": self._customers.contact_ids(contact.position), "Name": contact.name},
            "LineItems": [self._line(n, m, line) for m, line in enumerate(lines)],
            "Date": ms_date(issued),
            "DateString": day_string(issued),
            "ExpiryDate": ms_date(expires),
            "ExpiryDateString": day_string(expires),
            "Status": status,
            "CurrencyRate": rate_on(self._settings.profile.currency, currency, issued) / BASE_RATE,
            "CurrencyCode": currency,
            "SubTotal": subtotal / 100,
            "TotalTax": tax / 100,
            "Total": (subtotal + tax) / 100,
            "TotalDiscount": (full - subtotal) / 100,
            "Title": title,
            "Summary": f"{title} for {customer.name}",
            "UpdatedDateUTC": ms_instant(min(opening, self._latest_ms + n)),
            "LineAmountTypes": "EXCLUSIVE",
        }
        self.rows.append(row)
        return row

    def _line(self, n: int, m: int, line: Line) -> Row:
        row: Row = {
            "LineItemID": self._line_ids(n * _LINES_PER_QUOTE + m),
            "AccountCode": line.account,
            "AccountID": self._settings.account_ids[line.account],
            "Description": line.description,
            "UnitAmount": line.unit_price / 10_000,
            "LineAmount": line.amount / 100,
            "Quantity": line.quantity / 100,
            "TaxType": line.tax_type,
            "TaxAmount": line.tax / 100,
            "Tracking": [],
        }
        if line.item >= 0:
            item = ITEMS[line.item]
            row["ItemCode"] = item.code
            row["Item"] = {"ItemID": self._settings.item_ids[line.item], "Name": item.name, "Code": item.code}
        if line.discount:
            row["DiscountRate"] = line.discount / 10_000
        return row
