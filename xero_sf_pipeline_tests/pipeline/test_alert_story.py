"""Alerts on habits, exposure and renewals, and money that is no plain payment, over both served APIs.

One firm; every cause has a customer of its own, whose history was in Xero before the story begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.planning.planner import PlanReport
from xero_sf_pipeline.sandbox.xero.dates import ms_text
from xero_sf_pipeline_tests.pipeline.quote_to_cash import Firm, firm
from xero_sf_pipeline_tests.pipeline.works import TODAY

POLICY = """
version: 1
currency: {salesforce: GBP}
payment_status: {enabled: true}
alerts:
  enabled: true
  overdue_beyond_limit: {enabled: false}
  credit_note_issued: {enabled: false}
automation: {case.open: "off", case.update: "off", case.escalate: "off", case.close: "off", case.reopen: "off"}
"""
LATER = TODAY + timedelta(days=10)
"""The day on which all three causes come up; none holds on TODAY."""
MONTH = timedelta(days=30)
FAR = TODAY + timedelta(days=90)


@dataclass(frozen=True)
class Town:
    """The firm, its customers' accounts by name, and the invoices that the story turns on."""

    firm: Firm
    accounts: dict[str, str]
    contacts: dict[str, str]
    invoices: dict[str, str]

    def sync(self) -> PlanReport:
        """One run over what the story changes and what must be fresh."""
        self.firm.works.extract(
            xero=("contacts", "invoices", "credit_notes", "payments", "overpayments", "prepayments"),
            salesforce=("accounts", "cases", "opportunities", "xero_invoices", "tasks"),
        )
        return self.firm.works.derive_and_plan()

    def tasks_planned(self) -> dict[str, int]:
        """One run; how many tasks it wants to make and to close."""
        return {kind: count for kind, count in self.sync().writes_by_kind.items() if kind.startswith("task.")}

    def push(self) -> None:
        report = self.firm.works.push()
        assert (report.refused, report.not_sent) == ((), ())

    def tasks(self, name: str) -> list[dict[str, Any]]:
        """The tasks of a customer's account, the oldest first."""
        found = self.firm.works.org("Task", WhatId=self.accounts[name])
        return sorted(found, key=lambda task: str(task["Xero_Alert_Key__c"]))

    def state_of_tasks(self) -> dict[str, list[tuple[str, bool]]]:
        """By customer: the day in the key of each task, and whether it is closed."""
        return {
            name: [(task["Xero_Alert_Key__c"].split(":")[2], task["IsClosed"]) for task in found]
            for name in self.accounts
            if (found := self.tasks(name))
        }

    def document(self, number: str) -> tuple[Any, ...]:
        row = self.firm.one("Xero_Invoice__c", Name=number)
        return tuple(row[name] for name in ("Type__c", "Status__c", "Due__c", "Paid__c", "Credited__c"))


def bill(firm: Firm, contact: str, number: str, amount: str, issued_on: date, due_on: date) -> str:
    """An invoice that was in the books before the story."""
    line = {"Description": "Service", "Quantity": 1, "UnitAmount": Decimal(amount), "AccountCode": "200",
            "TaxType": "NONE"}  # fmt: skip
    document = {
        "Type": "ACCREC", "Status": "AUTHORISED", "Contact": {"ContactID": contact}, "InvoiceNumber": number,
        "Date": issued_on.isoformat(), "DueDate": due_on.isoformat(), "LineAmountTypes": "NoTax", "LineItems": [line],
    }  # fmt: skip
    return str(firm.works.xero_mutation("write", kind="Invoices", document=document)["InvoiceID"])


def always_on_time(firm: Firm, contact: str) -> str:
    """Seven invoices paid a day late, and the one that will not be; it is six days late on TODAY."""
    for n in range(7):
        due_on = TODAY - MONTH * (8 - n)
        paid = bill(firm, contact, f"HABIT-{n}", "400.00", due_on - MONTH, due_on)
        firm.works.xero_mutation("pay", invoice_id=paid, date=(due_on + timedelta(days=1)).isoformat())
    return bill(firm, contact, "HABIT-OPEN", "400.00", TODAY - MONTH, TODAY - timedelta(days=6))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A firm on a day on which no cause holds, its books mirrored in Salesforce."""
    with firm(tmp_path_factory.mktemp("alerts"), policy=POLICY) as started:
        customers = {name: started.customer(name) for name in ("Punctual", "Steady", "Renewing", "Settling")}
        contacts = {name: contact for name, (contact, _) in customers.items()}
        accounts = {name: account for name, (_, account) in customers.items()}
        owed = bill(started, contacts["Renewing"], "RENEW-1", "300.00", TODAY - MONTH, TODAY - timedelta(days=3))
        invoices = {"Punctual": always_on_time(started, contacts["Punctual"]), "Renewing": owed}
        bill(started, contacts["Steady"], "LEVEL-1", "1000.00", TODAY - MONTH * 7, FAR)
        for number in ("SET-1", "SET-2"):
            invoices[number] = bill(started, contacts["Settling"], number, "600.00", TODAY, FAR)
        started.sales.add_deal(
            accounts["Renewing"], "Renewing care plan", close_on=TODAY + timedelta(days=35),
            Type="Existing Customer - Upgrade",
        )  # fmt: skip
        started.works.extract()
        report = started.works.derive_and_plan()
        assert report.writes_by_kind["xero_invoice.upsert"] == 12
        town = Town(started, accounts, contacts, invoices)
        town.push()
        yield town


def credit_from_the_bank(town: Town, kind: str, amount: str, today: date) -> str:
    """An overpayment or prepayment as Xero makes it when money of the bank's statement is booked."""
    singular = kind.removesuffix("s")
    identity = {
        "Overpayments": "0a000000-0000-4000-8000-00000000a001",
        "Prepayments": "0a000000-0000-4000-8000-00000000a002",
    }[kind]
    line = {"Description": "From the bank", "Quantity": 1, "UnitAmount": Decimal(amount), "AccountCode": "610",
            "TaxType": "NONE", "TaxAmount": 0, "LineAmount": Decimal(amount)}  # fmt: skip
    document = {
        f"{singular}ID": identity, "ID": identity, "Type": f"RECEIVE-{singular.upper()}",
        "Contact": {"ContactID": town.contacts["Settling"], "Name": "Settling"}, "Status": "AUTHORISED",
        "DateString": f"{today}T00:00:00", "Date": ms_text(today), "LineAmountTypes": "NoTax", "LineItems": [line],
        "SubTotal": Decimal(amount), "TotalTax": 0, "Total": Decimal(amount), "RemainingCredit": Decimal(amount),
        "AppliedAmount": 0, "CurrencyCode": "GBP", "CurrencyRate": 1, "Allocations": [], "Payments": [],
        "HasAttachments": False,
    }  # fmt: skip
    return str(town.firm.works.xero_mutation("insert", kind=kind, document=document, bump=True))


def test_a_refund_a_write_off_an_overpayment_and_a_prepayment_reach_salesforce(town: Town) -> None:
    office, works = town.firm.office, town.firm.works
    today = works.running.clock.now().date()
    contact, first, second = town.contacts["Settling"], town.invoices["SET-1"], town.invoices["SET-2"]
    office.credit(contact, "WRITE-OFF", "600.00", on=today, invoice_id=first)
    office.refund("credit_note", office.credit(contact, "GOODWILL", "200.00", on=today), "200.00", today)
    over = credit_from_the_bank(town, "Overpayments", "300.00", today)
    advance = credit_from_the_bank(town, "Prepayments", "400.00", today)
    office.set_off("overpayment", over, second, "100.00", today)
    office.refund("overpayment", over, "50.00", today)
    office.set_off("prepayment", advance, second, "400.00", today)
    works.pass_time(minutes=1)
    town.sync()
    town.push()

    nothing = Decimal("0.00")
    assert town.document("SET-1") == ("Invoice", "Paid", nothing, nothing, Decimal("600.00"))
    assert town.document("SET-2") == ("Invoice", "Part paid", Decimal("100.00"), nothing, Decimal("500.00"))
    assert town.document("WRITE-OFF") == ("Credit note", "Paid", nothing, nothing, Decimal("600.00"))
    assert town.document("GOODWILL") == ("Credit note", "Paid", nothing, Decimal("200.00"), nothing)
    account = town.firm.one("Account", Id=town.accounts["Settling"])
    shown = ("Xero_Payment_Status__c", "Xero_Outstanding__c", "Xero_Open_Invoices__c", "Xero_Unallocated_Credit__c")
    assert tuple(account[name] for name in shown) == ("Outstanding", Decimal("100.00"), 1, Decimal("150.00"))
    assert town.firm.works.org("Xero_Invoice__c", Account__c=town.accounts["Settling"], Status__c="Unknown") == []


def test_a_cause_makes_a_task_its_end_closes_it_and_its_return_makes_another(town: Town) -> None:
    office, works = town.firm.office, town.firm.works
    assert town.state_of_tasks() == {}

    # Ten days on: later than the customer's own habit, ten times the usual debt, a renewal near with money overdue.
    works.pass_time(days=10)
    growth = office.bill(town.contacts["Steady"], "LEVEL-2", "9000.00", issued_on=LATER, due_on=FAR)
    works.pass_time(minutes=1)
    assert town.tasks_planned() == {"task.create": 3}
    town.push()
    first = str(LATER)
    assert town.state_of_tasks() == {name: [(first, False)] for name in ("Punctual", "Steady", "Renewing")}
    told = {}
    for name in ("Punctual", "Steady", "Renewing"):
        (task,) = town.tasks(name)
        assert task["OwnerId"] == town.firm.one("Account", Id=town.accounts[name])["OwnerId"]
        assert task["ActivityDate"] == LATER + timedelta(days=3)
        told[task["Subject"]] = task["Description"].partition("\n")[0]
    assert told == {
        "Pays later than usual: Punctual": "Usually pays 1 days after the due date (the middle of 7 paid invoices, "
        "spread 4.0 days). Invoice HABIT-OPEN over 400.00 GBP is unpaid 16 days after it.",
        "Owes more than usual: Steady": "Owes 10000.00 GBP; at 6 earlier points, 30 days apart, it was usually 1000.00 "
        "(the middle; spread 0.00).",
        "Renewal closes while invoices are overdue: Renewing": "Opportunity Renewing care plan is to close on "
        "2026-04-20, and 1 invoice over 300.00 GBP is overdue, the oldest since 2026-03-13.",
    }

    # Two customers pay. A person closes the task of the third, whose debt stands: it stays closed.
    payments = [office.receive(town.invoices[n], a, LATER) for n, a in (("Punctual", "400"), ("Renewing", "300"))]
    town.firm.sales.change("Task", town.tasks("Steady")[0]["Id"], Status="Completed")
    works.pass_time(days=1)
    assert town.tasks_planned() == {"task.close": 2}
    left_out = works.warehouse("select subject_key, reason from plan.exclusions where kind = 'task.create'")
    key = f"{town.accounts['Steady']}:exposure_growing:{first}"
    assert left_out == [{"subject_key": key, "reason": "closed_by_person"}]
    town.push()
    assert town.state_of_tasks() == {name: [(first, True)] for name in ("Punctual", "Steady", "Renewing")}

    # Both payments bounce: other tasks. The third customer pays, and then owes as much again.
    for payment in payments:
        office.delete_payment(payment)
    bounced = office.receive(growth, "9000.00", LATER + timedelta(days=1))
    works.pass_time(days=1)
    assert town.tasks_planned() == {"task.create": 2}
    town.push()
    again = str(LATER + timedelta(days=2))
    assert town.state_of_tasks() == {
        "Punctual": [(first, True), (again, False)],
        "Renewing": [(first, True), (again, False)],
        "Steady": [(first, True)],
    }
    office.delete_payment(bounced)
    works.pass_time(days=1)
    assert town.tasks_planned() == {"task.create": 1}
    town.push()
    assert town.state_of_tasks()["Steady"] == [(first, True), (str(LATER + timedelta(days=3)), False)]

    works.pass_time(minutes=1)
    assert town.sync().writes_by_kind == {}  # nothing of the money of the story before either
