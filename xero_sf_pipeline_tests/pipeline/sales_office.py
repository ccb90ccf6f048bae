"""What people do in Salesforce, through simple-salesforce: accounts, deals and their products.

Every action logs in anew, so that the clock may have jumped before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from simple_salesforce import Salesforce

from xero_sf_pipeline_tests.sandbox.salesforce.conftest import connect


@dataclass(frozen=True)
class SalesOffice:
    """The people of one org."""

    url: str

    def add_account(self, name: str, **fields: Any) -> str:
        """Create an account and return its id."""
        with self._org() as org:
            return str(org.Account.create({"Name": name, **fields})["id"])

    def add_deal(self, account_id: str, name: str, *, close_on: date, **fields: Any) -> str:
        """Open a deal and return its id."""
        row = {
            "AccountId": account_id,
            "Name": name,
            "StageName": "Negotiation/Review",
            "CloseDate": close_on.isoformat(),
        }
        with self._org() as org:
            return str(org.Opportunity.create(row | fields)["id"])

    def sell(self, deal_id: str, product_code: str, quantity: float, price: float, **fields: Any) -> str:
        """Add a product from the standard price book to a deal and return the line's id."""
        wanted = f"select Id from PricebookEntry where Product2.ProductCode = '{product_code}' and IsActive = true"
        with self._org() as org:
            entry = org.query(wanted)["records"][0]["Id"]
            row = {"OpportunityId": deal_id, "PricebookEntryId": entry, "Quantity": quantity, "UnitPrice": price}
            return str(org.OpportunityLineItem.create(row | fields)["id"])

    def change(self, object_name: str, record_id: str, **fields: Any) -> None:
        """Change fields of a record."""
        with self._org() as org:
            getattr(org, object_name).update(record_id, fields)

    def win(self, deal_id: str) -> None:
        """Move a deal to the won stage."""
        self.change("Opportunity", deal_id, StageName="Closed Won")

    @contextmanager
    def _org(self) -> Iterator[Salesforce]:
        org = connect(self.url)
        try:
            yield org
        finally:
            org.session.close()
