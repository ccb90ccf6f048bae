"""Any number of won deals with two product lines each, built when they are read: what billing is measured with.

Belongs here: deals that differ in customer, size and day and in nothing else. Does not belong here: deals with a story
(`stories`) or those that chance gives an account (`salesforce_business`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from xero_sf_pipeline.sandbox.company.ids import SalesforceIds, mixed, stream
from xero_sf_pipeline.sandbox.company.organisations import ITEMS
from xero_sf_pipeline.sandbox.company.salesforce_business import NO_CODE, STAMPS, DealSource, SalesforceBusiness
from xero_sf_pipeline.sandbox.company.spec import CompanySpec, Row, Rows

LINES_PER_DEAL: Final = 2
_FIRST_POSITION: Final = 50_000_000
"""Ids far above those of all other deals, so that neither moves the other's."""
_SOLD: Final = tuple(n for n, item in enumerate(ITEMS) if item.code not in NO_CODE and item.price % 100 == 0)
_CLOSED_WITHIN_DAYS: Final = 90


class BulkDeals:
    """`spec.won_deals` won deals, spread evenly over the customers that have an account."""

    def __init__(self, spec: CompanySpec, business: SalesforceBusiness, customers: Sequence[DealSource]) -> None:
        self._spec = spec
        self._business = business
        self._customers = customers
        self._key = stream(spec.seed, "bulk-deals").getrandbits(128)
        self._line_ids = SalesforceIds(spec.seed, "00k")
        self._product_ids = SalesforceIds(spec.seed, "01t")
        self._entry_ids = SalesforceIds(spec.seed, "01u")

    def opportunities(self) -> Rows:
        """The deals; their amount is the sum of their lines."""
        return Rows(self._spec.won_deals if self._customers else 0, self._opportunity)

    def lines(self) -> Rows:
        """The lines of all deals, deal by deal."""
        return Rows(LINES_PER_DEAL * len(self.opportunities()), self._line)

    def _opportunity(self, n: int) -> Row:
        dice = mixed(self._key, n)
        source = self._customers[n % len(self._customers)]
        close = self._spec.as_of - timedelta(days=1 + dice % _CLOSED_WITHIN_DAYS)
        row = self._business.deal(
            _FIRST_POSITION + n, source, f"{source.name} - order {n + 1}", "Closed Won", 100, close
        )
        cents = sum(self._sold(n * LINES_PER_DEAL + m)[2] for m in range(LINES_PER_DEAL))
        return row | {
            "Amount": cents / 100,
            "ExpectedRevenue": cents / 100,
            "HasOpportunityLineItem": True,
            "Pricebook2Id": self._business.standard_pricebook_id,
        }

    def _line(self, m: int) -> Row:
        deal = self._opportunity(m // LINES_PER_DEAL)
        at, quantity, cents = self._sold(m)
        item = ITEMS[at]
        return {
            "Id": self._line_ids(_FIRST_POSITION + m),
            "OpportunityId": deal["Id"],
            "PricebookEntryId": self._entry_ids(at),
            "Product2Id": self._product_ids(at),
            "ProductCode": item.code,
            "Name": f"{deal['Name']} {item.name}"[:376],
            "Quantity": quantity,
            "UnitPrice": item.price / 10_000,
            "TotalPrice": cents / 100,
            "Discount": None,
            "Description": item.name,
            "IsDeleted": False,
        } | {key: deal[key] for key in STAMPS}

    def _sold(self, m: int) -> tuple[int, int, int]:
        """(position of the item, quantity, cents) of a line."""
        dice = mixed(self._key, -m - 1)
        at, quantity = _SOLD[dice % len(_SOLD)], 1 + (dice >> 40) % 20
        return at, quantity, ITEMS[at].price // 100 * quantity
