"""Opportunities and their product lines in stories.

Belongs here: records of Opportunity, OpportunityLineItem, and the products and price book entries that only stories
need. Does not belong here: which deal a story needs. Amounts are in the org's currency, net of tax.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from xero_sf_pipeline.sandbox.company.ids import SalesforceIds
from xero_sf_pipeline.sandbox.company.organisations import ITEMS
from xero_sf_pipeline.sandbox.company.salesforce_business import STAMPS, DealSource, SalesforceBusiness
from xero_sf_pipeline.sandbox.company.salesforce_shapes import AccountShapes
from xero_sf_pipeline.sandbox.company.spec import CompanySpec, Row
from xero_sf_pipeline.sandbox.company.stories.bookkeeping import ITEM_AT
from xero_sf_pipeline.sandbox.company.stories.catalogue import OWN_PRODUCTS
from xero_sf_pipeline.sandbox.company.stories.customers import Customer

WON: Final = ("Closed Won", 100)
NEGOTIATION: Final = ("Negotiation/Review", 90)
PROPOSAL: Final = ("Proposal/Price Quote", 75)


@dataclass(frozen=True)
class Sold:
    """One product line. `total` overrides what price, quantity and discount (in percent) come to, all in units."""

    code: str
    quantity: float
    price: float | None = None
    discount: float | None = None
    service_in_days: int | None = None
    total: float | None = None
    text: str | None = None


class Deals:
    """All deals of the stories."""

    def __init__(self, spec: CompanySpec, business: SalesforceBusiness, shapes: AccountShapes) -> None:
        self._spec = spec
        self._business = business
        self._shapes = shapes
        self._account_ids = SalesforceIds(spec.seed, "001")
        self._line_ids = SalesforceIds(spec.seed, "00k")
        self._product_ids = SalesforceIds(spec.seed, "01t")
        self._entry_ids = SalesforceIds(spec.seed, "01u")
        self.opportunities: list[Row] = []
        self.lines: list[Row] = []

    def deal(
        self,
        customer: Customer,
        name: str,
        *,
        stage: tuple[str, int] = WON,
        closes_in: int = -10,
        amount: float | None = None,
        sold: tuple[Sold, ...] = (),
        kind: str = "Existing Customer - Upgrade",
        description: str | None = None,
        currency: str | None = None,
        own_fields: Row | None = None,
    ) -> str:
        """Make a deal and return its id. With lines the amount is their sum, as in Salesforce.

        `own_fields` are values of the org's own custom fields (`own_fields`).
        """
        owner = self._shapes.owner(customer.slot)
        source = DealSource(self._account_ids(customer.slot), customer.accounts[0].name, owner, ())
        close: date = self._spec.as_of + timedelta(days=closes_in)
        row = self._business.deal(-1 - len(self.opportunities), source, f"{customer.name} - {name}", *stage, close)
        row |= {"Type": kind, "Description": description, "Amount": amount, **(own_fields or {})}
        if currency is not None:
            row["CurrencyIsoCode"] = currency
        if sold:
            row |= {"HasOpportunityLineItem": True, "Pricebook2Id": self._business.standard_pricebook_id}
            lines = [self._line(row, n, line) for n, line in enumerate(sold)]
            row["Amount"] = sum(round(line["TotalPrice"] * 100) for line in lines) / 100
            self.lines += lines
        row["ExpectedRevenue"] = None if row["Amount"] is None else round(row["Amount"] * row["Probability"]) / 100
        self.opportunities.append(row)
        return str(row["Id"])

    def products(self) -> list[Row]:
        """The products that only stories need."""
        return [self._business.product(-1 - n, one.name, one.code, one.family) for n, one in enumerate(OWN_PRODUCTS)]

    def pricebook_entries(self) -> list[Row]:
        """The standard prices of those products."""
        return [
            self._business.pricebook_entry(-1 - n, product, OWN_PRODUCTS[n].price)
            for n, product in enumerate(self.products())
        ]

    def _line(self, deal: Row, n: int, sold: Sold) -> Row:
        at, name, list_price = self._product(sold.code)
        price = list_price if sold.price is None else sold.price
        discounted = round(sold.quantity * price * (100 - (sold.discount or 0)) + 1e-9) / 100
        serves = sold.service_in_days
        return {
            "Id": self._line_ids(-1 - len(self.lines) - n),
            "OpportunityId": deal["Id"],
            "PricebookEntryId": self._entry_ids(at),
            "Product2Id": self._product_ids(at),
            "ProductCode": sold.code or None,
            "Name": f"{deal['Name']} {name}"[:376],
            "Quantity": sold.quantity,
            "UnitPrice": price,
            "TotalPrice": discounted if sold.total is None else sold.total,
            "Discount": sold.discount,
            "ServiceDate": None if serves is None else self._spec.as_of + timedelta(days=serves),
            "SortOrder": n + 1,
            "Description": sold.text or name,
            "IsDeleted": False,
        } | {key: deal[key] for key in STAMPS}

    def _product(self, code: str) -> tuple[int, str, float]:
        if code in ITEM_AT:
            item = ITEMS[ITEM_AT[code]]
            return ITEM_AT[code], item.name, item.price // 100 / 100
        at, own = next((n, one) for n, one in enumerate(OWN_PRODUCTS) if one.code == code)
        return -1 - at, own.name, own.price / 100
