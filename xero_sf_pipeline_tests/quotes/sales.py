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
}  # fmt: skip
CLOSED = {"Closed Won", "Closed Lost"}


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
        connection.execute(
            "create or replace temp table accounts_coming as select null::varchar as contact_key, null::varchar as write_id limit 0"
        )  # fmt: skip
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
        for row in rows:
            payload = json.loads(row["payload"], parse_float=Decimal)
            changes = {COLUMNS[field]: value for field, value in payload.items()}
            if row["target_key_field"] == "Id":
                self.change_opportunity(row["target_key"], **changes)
            else:
                self.opportunity(row["target_key"], changes.pop("stage_name"), **changes)
            self.count += 1
            self.books.put(
                "ledger.attempts", attempt_id=f"t{self.count}", write_id=row["write_id"], state="confirmed",
                kind=row["kind"], target_system="salesforce", target_object="Opportunity",
                target_key=row["target_key"], payload=row["payload"], attempted_at=self.now,
            )  # fmt: skip
        self.now += timedelta(hours=1)


__all__ = ["ACCOUNT", "NOW", "OWNER", "TENANT", "Sales", "money", "rules"]
