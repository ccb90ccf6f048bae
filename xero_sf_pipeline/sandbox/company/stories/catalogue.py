"""Items and products that only stories need: in one system alone, or described differently in the two.

Belongs here: catalogue entries without counterpart. Does not belong here: the price list that both systems share
(`organisations.ITEMS`). Prices are cents of the organisation's base currency, as the org's.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from xero_sf_pipeline.sandbox.company.dates import ms_instant
from xero_sf_pipeline.sandbox.company.ids import XeroIds
from xero_sf_pipeline.sandbox.company.organisations import Settings
from xero_sf_pipeline.sandbox.company.spec import CompanySpec, Row


class OwnProduct(NamedTuple):
    """A product in Salesforce."""

    code: str
    name: str
    family: str
    price: int


OWN_PRODUCTS: Final = (
    OwnProduct("ACOU-HEX", "Acoustic panel, hexagonal", "Furniture", 8_900),  # no item
    OwnProduct("MOVE-DAY", "Relocation crew, day", "Services", 92_000),  # no item
    OwnProduct("", "Colour consultation", "Services", 15_000),  # no code
    OwnProduct("MON-32", "Monitor 32 inch", "Technology", 30_900),  # another name, description and price in Xero
)
_OWN_ITEMS: Final = (
    # code, name, sales price, purchase price, sales account
    ("MON-32", "Monitor 32in curved", 31_549, 19_000, "200"),
    ("WHITEB-90", "Whiteboard 90 x 120 cm", 7_450, 4_100, "200"),  # no product
    ("PALLET-EUR", "Euro pallet, one way", None, 1_150, ""),  # bought, never sold
)


def own_items(spec: CompanySpec, settings: Settings) -> list[Row]:
    """The items of the stories, in read shape."""
    ids = XeroIds(spec.seed, settings.organisation_index, "story", "item")
    rows: list[Row] = []
    for n, (code, name, sold_for, bought_for, account) in enumerate(_OWN_ITEMS):
        sale: Row = {}
        if sold_for is not None:
            sale = {"UnitPrice": sold_for / 100, "AccountCode": account, "TaxType": settings.profile.output_tax}
        rows.append(
            {
                "ItemID": ids(n),
                "Code": code,
                "Name": name,
                "Description": name if sale else "",
                "PurchaseDescription": name,
                "UpdatedDateUTC": ms_instant(settings.born_ms + 86_400_000 * (200 + n)),
                "PurchaseDetails": {
                    "UnitPrice": bought_for / 100,
                    "AccountCode": "310",
                    "TaxType": settings.profile.input_tax,
                },
                "SalesDetails": sale,
                "IsTrackedAsInventory": False,
                "IsSold": bool(sale),
                "IsPurchased": True,
            }
        )
    return rows
