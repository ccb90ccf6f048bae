"""A small company on all sides at once: Xero's answers, the canonical tables, Salesforce as read, plan and ledger.

Each `add_*` writes whole rows with believable defaults and returns the key. Amounts are text ("120.00"). Belongs here:
hand-made rows. Does not belong here: expectations.
"""

# ruff: noqa: C408 - rows read best as name=value
from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from duckdb import DuckDBPyConnection

from xero_sf_pipeline import core
from xero_sf_pipeline.policy import Policy, parse_policy
from xero_sf_pipeline.reporting.reconcile import ReconcileReport, reconcile
from xero_sf_pipeline.warehouse.statements import sql
from xero_sf_pipeline_tests.warehouse.copies import new_warehouse

TENANT = "10000000-0000-4000-8000-000000000001"
ACME, BOLT = "001000000000001AAA", "001000000000002AAA"
DEAL = "006000000000001AAA"
NOW = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
EARLIER = datetime(2026, 3, 16, 8, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 16, 8, 30, tzinfo=UTC)

SENDING = {"payment_status": {"enabled": True}}


def _build_core(connection: DuckDBPyConnection) -> None:
    core.build(connection)


def money(text: str | Decimal | None) -> Decimal | None:
    return None if text is None else Decimal(text).quantize(Decimal("0.0001"))


class Office:
    """One warehouse in memory with the real tables."""

    def __init__(self, **policy: Any) -> None:
        self.connection = new_warehouse(_build_core)
        self.policy: Policy = parse_policy({"version": 1, **(policy or SENDING)})
        self.put("core.organisations", tenant_id=TENANT, organisation_name="Northwind Ltd", base_currency_code="GBP", time_zone="Europe/London")  # fmt: skip
        for source, entity in (("xero", "invoices"), ("salesforce", "accounts"), ("salesforce", "xero_invoices")):
            self.add_walk(source, entity)
        self.put("ops.derivations", stage="core", input_hash="x", built_at=EARLIER, run_id="run-1")
        self.put("plan.runs", plan_id="plan-1", planned_at=LATER, is_held=False, write_count=0, policy_hash="h")

    def put(self, table: str, **row: Any) -> None:
        columns = ", ".join(row)
        places = ", ".join(f"${column}" for column in row)
        self.connection.execute(f"insert into {table} ({columns}) values ({places})", row)

    def rows(self, query: str, parameters: Any = None) -> list[dict[str, Any]]:
        result = self.connection.execute(query, parameters)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def run(self, statement: str, parameters: Any = None) -> None:
        self.connection.execute(statement, parameters)

    def reconcile(self) -> ReconcileReport:
        return reconcile(self.connection, self.policy, NOW)

    def offenders(self) -> list[dict[str, Any]]:
        return self.rows(sql("checks", "control_totals_tie"))

    def add_walk(
        self, source: str, entity: str, *, amount: str | None = None, stored: str | None = None, **more: Any
    ) -> str:
        row = dict(
            extract_id=f"{source}-{entity}", source=source, entity=entity, mode="poll",
            tenant_id=TENANT if source == "xero" else "org", source_started_at=EARLIER, started_at=EARLIER,
            finished_at=EARLIER, distinct_row_count=1, quarantined_count=0, amount_read=money(amount),
            amount_stored=money(stored if stored is not None else amount), run_id="run-1",
        )  # fmt: skip
        self.put("ops.extracts", **(row | more))
        return str((row | more)["extract_id"])

    def add_customer(self, name: str = "Acme", sf_account_id: str = ACME, outcome: str = "linked") -> str:
        key = f"{TENANT}:c-{name}"
        self.put("core.contacts", contact_key=key, tenant_id=TENANT, xero_contact_id=f"c-{name}", contact_name=name, resolved_contact_key=key, contact_status="ACTIVE")  # fmt: skip
        linked = sf_account_id if outcome == "linked" else None
        self.put("matching.links", contact_key=key, outcome=outcome, sf_account_id=linked, method="account_number",
                 explanation=f"{name} is {outcome}", is_primary=True)  # fmt: skip
        if not self.rows("select 1 from core.accounts where sf_account_id = $id", {"id": sf_account_id}):
            self.put("core.accounts", sf_account_id=sf_account_id, account_name=f"{name} Ltd", is_deleted=False, updated_at=EARLIER)  # fmt: skip
        return key

    def add_invoice(
        self, number: str, contact_key: str, total: str, *, paid: str = "0", credited: str = "0",
        status: str = "AUTHORISED", currency: str = "GBP", **changes: Any,
    ) -> str:  # fmt: skip
        """An invoice as Xero stated it and as the canonical tables hold it."""
        key = f"{TENANT}:i-{number}"
        due = Decimal(total) - Decimal(paid) - Decimal(credited)
        row = dict(
            invoice_key=key, tenant_id=TENANT, xero_invoice_id=f"i-{number}", contact_key=contact_key,
            invoice_number=number, invoice_type="ACCREC", invoice_status=status, issued_on=date(2026, 2, 1),
            due_on=date(2026, 3, 1), currency_code=currency, amount_subtotal=money(total), amount_tax=money("0"),
            amount_total=money(total), amount_due=money(due), amount_paid=money(paid), amount_credited=money(credited),
            is_deleted=False, updated_at=EARLIER,
        ) | changes  # fmt: skip
        self.put("core.invoices", **row)
        payload = {
            "Type": "ACCREC", "Status": status, "Contact": {"ContactID": contact_key.split(":")[1]},
            "CurrencyCode": currency, "InvoiceNumber": number, "Total": float(total), "AmountDue": float(due),
            "AmountPaid": float(paid), "AmountCredited": float(credited),
        }  # fmt: skip
        self.put(
            "raw_xero.invoices", tenant_id=TENANT, xero_invoice_id=f"i-{number}", invoice_number=number,
            invoice_type="ACCREC", invoice_status=status, xero_contact_id=contact_key.split(":")[1],
            currency_code=currency, amount_total=money(total), amount_due=money(due), amount_paid=money(paid),
            amount_credited=money(credited), payload=json.dumps(payload), payload_hash="h", known_from=EARLIER,
            updated_at=EARLIER, is_deleted=False, run_id="run-1",
        )  # fmt: skip
        return key

    def add_credit_note(self, number: str, contact_key: str, total: str, remaining: str) -> str:
        key = f"{TENANT}:n-{number}"
        self.put(
            "core.credits", credit_key=key, tenant_id=TENANT, credit_kind="credit_note", xero_credit_id=f"n-{number}",
            contact_key=contact_key, credit_note_number=number, credit_type="ACCRECCREDIT", credit_status="AUTHORISED",
            issued_on=date(2026, 2, 3), currency_code="GBP", amount_total=money(total),
            amount_remaining=money(remaining), is_deleted=False,
        )  # fmt: skip
        payload = {
            "Type": "ACCRECCREDIT", "Status": "AUTHORISED", "Contact": {"ContactID": contact_key.split(":")[1]},
            "CurrencyCode": "GBP", "CreditNoteNumber": number, "Total": float(total), "RemainingCredit": float(remaining),
        }  # fmt: skip
        self.put(
            "raw_xero.credit_notes", tenant_id=TENANT, xero_credit_note_id=f"n-{number}", credit_note_number=number,
            credit_type="ACCRECCREDIT", credit_status="AUTHORISED", xero_contact_id=contact_key.split(":")[1],
            currency_code="GBP", amount_total=money(total), amount_remaining=money(remaining),
            payload=json.dumps(payload), payload_hash="h", known_from=EARLIER, updated_at=EARLIER, is_deleted=False,
            run_id="run-1",
        )  # fmt: skip
        return key

    def mirror(self, key: str, total: str, *, due: str, paid: str = "0", credited: str = "0", **changes: Any) -> str:
        """The Xero_Invoice__c record of a document, as Salesforce showed it."""
        row = dict(
            document_key=key, sf_xero_invoice_id=f"a01{key[-6:]}", document_number=key.split("-")[-1],
            sf_account_id=ACME, document_type="Invoice", document_status="Awaiting payment", currency_code="GBP",
            amount_total=money(total), amount_due=money(due), amount_paid=money(paid), amount_credited=money(credited),
            updated_at=EARLIER,
        )  # fmt: skip
        self.put("core.xero_invoices", **(row | changes))
        return str(row["sf_xero_invoice_id"])

    def plan(self, key: str, payload: dict[str, Any], **changes: Any) -> str:
        """A planned write on the mirror record of a document."""
        row = dict(
            write_id=f"w-{key[-8:]}", plan_id="plan-1", kind="xero_invoice.upsert", target_system="salesforce",
            target_object="Xero_Invoice__c", action="upsert", target_key_field="Key__c", target_key=key,
            tenant_id=TENANT, source_table="receivables.invoice_status", source_id=key, payload=json.dumps(payload),
            before="{}", reason="amount_changed", explanation="The amounts changed.", approval="auto", planned_at=LATER,
        )  # fmt: skip
        self.put("plan.writes", **(row | changes))
        return str((row | changes)["write_id"])

    def attempt(self, write_id: str, state: str, **changes: Any) -> None:
        """A line of the ledger on a write of the mirror record."""
        row = dict(
            attempt_id=f"a-{write_id}-{state}", write_id=write_id, state=state, kind="xero_invoice.upsert",
            target_system="salesforce", target_object="Xero_Invoice__c", target_key_field="Key__c", payload="{}",
            run_id="run-2", attempted_at=LATER, actor="tester",
        )  # fmt: skip
        self.put("ledger.attempts", **(row | changes))

    def exclude(self, key: str, reason: str, kind: str = "xero_invoice.upsert", explanation: str = "Because.") -> None:
        self.put("plan.exclusions", plan_id="plan-1", subject_table="t", subject_key=key, kind=kind, reason=reason, explanation=explanation)  # fmt: skip

    def add_deal(self, amount: str, sf_opportunity_id: str = DEAL, **changes: Any) -> str:
        row = dict(
            sf_opportunity_id=sf_opportunity_id, sf_account_id=ACME, opportunity_name="Acme, first year",
            stage_name="Closed Won", is_won=True, is_closed=True, close_on=date(2026, 2, 10), amount=money(amount),
            currency_code="GBP",
        )  # fmt: skip
        self.put("core.opportunities", **(row | changes))
        return sf_opportunity_id

    def link_invoice(self, invoice_key: str, sf_opportunity_id: str = DEAL, period: int = 1, revision: int = 1) -> None:
        self.run(
            "create table if not exists billing.invoice_links (sf_opportunity_id varchar, tenant_id varchar, "
            "invoice_key varchar, period_number integer, revision integer, link_source varchar)"
        )
        self.put("billing.invoice_links", sf_opportunity_id=sf_opportunity_id, tenant_id=TENANT, invoice_key=invoice_key, period_number=period, revision=revision, link_source="reference")  # fmt: skip

    def schedule(self, share: str, bill_on: date, period: int = 1, **changes: Any) -> None:
        self.run(
            "create table if not exists billing.schedule (sf_opportunity_id varchar, tenant_id varchar, "
            "period_number integer, revision integer, our_reference varchar, bill_on date, due_on date, "
            "amount_share decimal(18, 4), amount_net decimal(18, 4), currency_code varchar, rule varchar, "
            "hold_reason varchar, explanation varchar)"
        )
        row = dict(
            sf_opportunity_id=DEAL, tenant_id=TENANT, period_number=period, revision=1,
            our_reference=f"{DEAL}/{period}", bill_on=bill_on, amount_share=money(share), currency_code="GBP",
        )  # fmt: skip
        self.put("billing.schedule", **(row | changes))
