"""Quotes of one organisation and opportunities of one org, planned and pushed against hand-written tables.

Belongs here: rows, and what a write does to the mirrored opportunity. Does not belong here: assertions.
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from xero_sf_pipeline.planning.desk import PlanDesk
from xero_sf_pipeline.planning.field_updates import create_field_updates, merge_field_updates
from xero_sf_pipeline.planning.parameters import create_parameters
from xero_sf_pipeline.planning.quote_links import QuoteLinksReport, derive_quote_links
from xero_sf_pipeline.planning.quotes import plan_quotes
from xero_sf_pipeline.policy import Policy, parse_policy
from xero_sf_pipeline.warehouse.statements import sql
from xero_sf_pipeline_tests.planning.core_tables import NOW, OWNER, TENANT, Books, money

ACCOUNT = "001000000000001AAA"
COLUMNS = {
    "Name": "opportunity_name", "AccountId": "sf_account_id", "StageName": "stage_name", "CloseDate": "close_on",
    "Amount": "amount", "OwnerId": "owner_sf_user_id", "CurrencyIsoCode": "currency_code",
    "Pricebook2Id": "sf_pricebook_id",
}  # fmt: skip
CLOSED = {"Closed Won", "Closed Lost"}
BOOK = "01s000000000001AAA"
OTHER_BOOK = "01s000000000002AAA"


def rules(**quotes: Any) -> Policy:
    return parse_policy({"quotes": {"enabled": True, **quotes}})


class Sales:
    """One linked contact, its quotes and its account's opportunities, and a clock that is set by hand."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.books = Books()
        self.policy = policy or rules()
        self.now: datetime = NOW
        self.contact = self.books.add_linked_contact("Acme", ACCOUNT)
        self.count = 0
        self.coming: dict[str, str | None] = {}
        for book in (BOOK, OTHER_BOOK):
            self.books.put(
                "raw_salesforce.pricebooks", org_id="o", sf_pricebook_id=book, is_active=True,
                is_standard=book == BOOK, is_deleted=False,
            )  # fmt: skip

    def quote(self, number: str = "QU-1", status: str = "SENT", total: str = "120.00", **more: Any) -> str:
        self.count += 1
        key = f"{TENANT}:q-{self.count}"
        row: dict[str, Any] = {
            "quote_key": key, "tenant_id": TENANT, "xero_quote_id": f"q-{self.count}", "contact_key": self.contact,
            "quote_number": number, "quote_status": status, "quoted_on": date(2026, 3, 1),
            "expires_on": date(2026, 3, 31), "currency_code": "GBP", "amount_subtotal": money("100.00"),
            "amount_tax": money("20.00"), "amount_total": money(total), "is_deleted": False, "updated_at": NOW,
        }  # fmt: skip
        self.books.put("core.quotes", **(row | more))
        return key

    def lines(self, quote_key: str, *lines: tuple[str | None, str, str], **more: Any) -> None:
        """Give a quote its lines, each an item code, a quantity and an amount, and their sum as its subtotal."""
        self.books.run("delete from core.quote_lines where quote_key = $key", {"key": quote_key})
        for n, (code, quantity, amount) in enumerate(lines, start=1):
            row = {
                "quote_key": quote_key, "line_number": n, "item_code": code, "description": f"{code} as agreed",
                "quantity": money(quantity), "amount_line": money(amount), "amount_tax": money("0.00"),
            }  # fmt: skip
            self.books.put("core.quote_lines", **(row | more))
        self.change_quote(quote_key, amount_subtotal=sum((money(amount) for _, _, amount in lines), money("0")))

    def product(self, code: str, *, book: str = BOOK, currency: str | None = None, **more: Any) -> str:
        """Put an active product with an active price on sale and return the price entry's id."""
        self.count += 1
        product, entry = f"01t{self.count:012d}AAA", f"01u{self.count:012d}AAA"
        row = {"sf_product_id": product, "product_code": code, "product_name": code, "is_active": True}
        self.books.put("core.products", **(row | more))
        self.books.put(
            "core.prices", sf_pricebook_entry_id=entry, sf_pricebook_id=book, is_standard=book == BOOK,
            sf_product_id=product, currency_code=currency, amount_unit=money("10.00"), is_active=True,
        )  # fmt: skip
        return entry

    def shown_lines(self) -> list[tuple[str | None, Decimal, Decimal]]:
        rows = self.books.rows(
            "select xero_line_key, quantity::decimal(18, 2) as q, amount_total::decimal(18, 2) as a "
            "from core.opportunity_lines order by sf_opportunity_line_id"
        )
        return [((row["xero_line_key"] or "").partition(":")[2] or None, row["q"], row["a"]) for row in rows]

    def hand_line(self, opportunity: str, amount: str) -> None:
        """A salesperson adds a product."""
        self.count += 1
        self.books.put(
            "core.opportunity_lines", sf_opportunity_line_id=f"00k{self.count:012d}AAA", sf_opportunity_id=opportunity,
            product_code="EXTRA", quantity=money("1"), amount_total=money(amount), updated_at=self.now,
        )  # fmt: skip
        self.roll_up()

    def change_line(self, key: str, **changes: Any) -> None:
        self.books.run("update core.opportunity_lines set " + ", ".join(f"{name} = ${name}" for name in changes)
                       + " where xero_line_key = $key_", changes | {"key_": f"{TENANT}:{key}"})  # fmt: skip
        self.roll_up()

    def roll_up(self) -> None:
        """What Salesforce does with the amount of an opportunity that has lines."""
        self.books.run(
            "update core.opportunities o set amount = l.amount, has_lines = true from (select sf_opportunity_id, "
            "sum(amount_total) as amount from core.opportunity_lines group by all) l "
            "where l.sf_opportunity_id = o.sf_opportunity_id"
        )

    def invoice(self, number: str, total: str = "120.00", **more: Any) -> str:
        return self.books.add_invoice(
            number, more.pop("contact_key", self.contact), total, date(2026, 4, 30), issued_on=date(2026, 3, 10), **more
        )

    def opportunity(self, quote_key: str | None, stage: str = "Proposal/Price Quote", **more: Any) -> str:
        self.count += 1
        sf_id = f"006{self.count:012d}AAA"
        row: dict[str, Any] = {
            "sf_opportunity_id": sf_id, "sf_account_id": ACCOUNT, "opportunity_name": "Quote QU-1, Acme",
            "stage_name": stage, "is_won": stage == "Closed Won", "is_closed": stage in CLOSED,
            "close_on": date(2026, 3, 31), "amount": money("100.00"), "has_lines": False, "xero_quote_id": quote_key,
            "updated_at": NOW,
        }  # fmt: skip
        self.books.put("core.opportunities", **(row | more))
        return sf_id

    def change(self, table: str, key_column: str, key: str, **changes: Any) -> None:
        sets = ", ".join(f"{column} = ${column}" for column in changes)
        self.books.run(f"update {table} set {sets} where {key_column} = $key_", changes | {"key_": key})

    def change_quote(self, key: str, **changes: Any) -> None:
        self.change("core.quotes", "quote_key", key, **changes)

    def change_opportunity(self, key: str, **changes: Any) -> None:
        if "stage_name" in changes:
            changes["is_closed"] = changes["stage_name"] in CLOSED
        self.change("core.opportunities", "sf_opportunity_id", key, **({"updated_at": self.now} | changes))

    def link(self) -> QuoteLinksReport:
        return derive_quote_links(self.books.connection, self.policy)

    def links(self) -> list[tuple[str, str | None, str, str]]:
        self.link()
        rows = self.books.rows("select quote_key, invoice_key, outcome, rule from quotes.invoice_links order by all")
        return [
            (row["quote_key"].partition(":")[2], (row["invoice_key"] or ":").partition(":")[2] or None, row["outcome"], row["rule"])
            for row in rows
        ]  # fmt: skip

    def plan(self) -> list[dict[str, Any]]:
        """Link and plan this flow alone."""
        self.link()
        connection = self.books.connection
        connection.execute("delete from plan.exclusions")
        create_parameters(connection, self.policy, self.now, {})
        create_field_updates(connection)
        connection.execute(sql("plan", "confirmed_targets"))
        connection.execute(sql("plan", "created_accounts"))
        connection.execute("create or replace temp table accounts_coming (contact_key varchar, write_id varchar)")
        for contact_key, write_id in self.coming.items():
            connection.execute("insert into accounts_coming values (?, ?)", [contact_key, write_id])
        plan_quotes(PlanDesk(connection, self.policy, self.now, "plan-1"))
        merge_field_updates(connection)
        rows = self.books.rows("from candidate_writes order by kind, target_key")
        for row in rows:
            row["payload"] = json.loads(row["payload"], parse_float=Decimal)
            row["before"] = json.loads(row["before"], parse_float=Decimal)
        return rows

    def planned(self) -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
        return [(row["kind"], row["target_key"], row["payload"], row["before"]) for row in self.plan()]

    def exclusions(self) -> list[tuple[str, str]]:
        rows = self.books.rows("select subject_key, reason from plan.exclusions order by all")
        return [(row["subject_key"].partition(":")[2], row["reason"]) for row in rows]

    def push(self) -> None:
        """Confirm what was planned, and show its effect."""
        rows = self.books.rows("from candidate_writes order by write_id")
        self.now += timedelta(hours=1)
        # opportunities first: a line names its own
        for row in sorted(rows, key=lambda row: str(row["target_object"])):
            payload = json.loads(row["payload"], parse_float=Decimal)
            if row["target_object"] == "OpportunityLineItem":
                self._push_line(row["target_key"], payload)
            else:
                changes = {COLUMNS[field]: value for field, value in payload.items()}
                if row["target_key_field"] == "Id":
                    self.change_opportunity(row["target_key"], **changes)
                else:
                    self.opportunity(row["target_key"], changes.pop("stage_name"), **changes)
            self.confirm(row)
        self.roll_up()
        self.now += timedelta(hours=1)

    def confirm(self, row: dict[str, Any], state: str = "confirmed") -> None:
        """Note an attempt at a candidate in the ledger."""
        self.count += 1
        self.books.put(
            "ledger.attempts", attempt_id=f"t{self.count}", write_id=row["write_id"], state=state,
            kind=row["kind"], target_system="salesforce", target_object=row["target_object"],
            target_key=row["target_key"], payload=row["payload"], attempted_at=self.now,
        )  # fmt: skip

    def _push_line(self, key: str, payload: dict[str, Any]) -> None:
        values = {
            "quantity": payload["Quantity"], "amount_total": payload["TotalPrice"], "updated_at": self.now,
            **({"description": payload["Description"]} if "Description" in payload else {}),
        }  # fmt: skip
        if "Opportunity" not in payload:
            self.change("core.opportunity_lines", "xero_line_key", key, **values)
            return
        assert set(payload) <= {"Opportunity", "PricebookEntryId", "Quantity", "TotalPrice", "Description"}
        self.count += 1
        parent = self.books.rows(
            "select sf_opportunity_id from core.opportunities where xero_quote_id = $key",
            {"key": payload["Opportunity"]["Xero_Quote_ID__c"]},
        )
        self.books.put(
            "core.opportunity_lines", sf_opportunity_line_id=f"00k{self.count:012d}AAA", xero_line_key=key,
            sf_opportunity_id=parent[0]["sf_opportunity_id"], product_code=key.split(":")[2],
            sf_pricebook_entry_id=payload["PricebookEntryId"], **values,
        )  # fmt: skip


__all__ = ["ACCOUNT", "BOOK", "NOW", "OTHER_BOOK", "OWNER", "TENANT", "Sales", "money", "rules"]
