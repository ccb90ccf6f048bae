"""Payment facts and alerts over both served APIs: what Salesforce shows after people worked in Xero."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from xero_sf_pipeline_tests.pipeline.works import TODAY, Works, serving, works_of
from xero_sf_pipeline_tests.pipeline.xero_office import XeroOffice

POLICY = """
version: 1
payment_status: {enabled: true}
alerts: {enabled: true}
automation: {case.open: "off", case.update: "off", case.escalate: "off", case.close: "off", case.reopen: "off"}
"""


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """A company whose payment facts are all in Salesforce."""
    folder: Path = tmp_path_factory.mktemp("payment_status")
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    with serving() as running, works_of(running, folder) as works:
        for _ in range(2):  # the accounts that the first run creates get their facts in the second
            works.sync()
            report = works.push()
            assert (report.refused, report.not_sent) == ((), ())
        yield works


@pytest.fixture(scope="module")
def office(works: Works) -> XeroOffice:
    return XeroOffice(works.running.url, works.tenant_id)


def sync(works: Works) -> list[str]:
    """One run over what the story changes; the kinds that are planned."""
    works.extract(
        xero=("contacts", "invoices", "payments"), salesforce=("accounts", "xero_contacts", "xero_invoices", "tasks")
    )
    works.derive_and_plan()
    return sorted({kind for kind, _ in works.planned()})


def push(works: Works) -> None:
    report = works.push()
    assert (report.refused, report.not_sent) == ((), ())


def document(works: Works, number: str) -> tuple[Any, ...]:
    (row,) = works.org("Xero_Invoice__c", Name=number)
    return tuple(row[name] for name in ("Status__c", "Due__c", "Paid__c", "Credited__c", "Last_Payment_On__c"))


def test_every_document_is_there_once_and_accounts_hold_what_was_derived(works: Works) -> None:
    assert sync(works) == []
    wanted = works.warehouse("select document_key from receivables.invoice_status where sf_account_id is not null")
    keys = sorted(row["Key__c"] for row in works.org("Xero_Invoice__c"))
    assert keys == sorted(row["document_key"] for row in wanted)
    assert len(keys) > 10
    told = works.warehouse(
        "select a.sf_account_id from receivables.account_status s join core.accounts a using (sf_account_id) "
        "where s.claim_count > 0 and (s.payment_status, s.amount_outstanding, s.amount_overdue) "
        "is distinct from (a.payment_status, a.amount_outstanding, a.amount_overdue)"
    )
    assert told == []


def test_payments_a_deleted_payment_and_a_void_reach_salesforce(works: Works, office: XeroOffice) -> None:
    charles = office.add_contact("Charles Martin", email_address="charles@martin.example")
    dora = office.add_contact("Dora Late", email_address="dora@late.example")
    open_invoice = office.bill(charles, "CM-1", "1200.00", issued_on=TODAY, due_on=TODAY + timedelta(14))
    late_invoice = office.bill(dora, "DL-1", "4000.00", issued_on=date(2025, 12, 1), due_on=date(2025, 12, 31))
    works.pass_time(minutes=1)
    # The documents go along with the accounts that are made for them; the accounts' totals need the accounts' ids.
    assert sync(works) == ["account.create", "account.link", "xero_invoice.upsert"]
    push(works)
    (account,) = works.org("Account", Name="Charles Martin")
    (invoice,) = works.org("Xero_Invoice__c", Name="CM-1")
    assert invoice["Account__c"] == account["Id"]
    assert sync(works) == ["account.update", "task.create"]
    push(works)
    assert document(works, "CM-1") == ("Awaiting payment", Decimal("1200.00"), Decimal("0.00"), Decimal("0.00"), None)
    (account,) = works.org("Account", Name="Dora Late")
    assert (account["Xero_Payment_Status__c"], account["Xero_Overdue__c"]) == ("Overdue", Decimal("4000.00"))
    (task,) = works.org("Task", WhatId=account["Id"])
    assert (task["Subject"], task["IsClosed"], task["OwnerId"]) == (
        "Long overdue: Dora Late",
        False,
        account["OwnerId"],
    )

    works.pass_time(minutes=1)
    payment = office.receive(open_invoice, "500.00", TODAY)
    office.receive(late_invoice, "4000.00", TODAY)
    assert sync(works) == ["account.update", "task.close", "xero_invoice.upsert"]
    push(works)
    assert document(works, "CM-1")[:3] == ("Part paid", Decimal("700.00"), Decimal("500.00"))
    assert document(works, "DL-1")[:3] == ("Paid", Decimal("0.00"), Decimal("4000.00"))
    (task,) = works.org("Task", WhatId=account["Id"])
    assert task["IsClosed"] is True

    works.pass_time(minutes=1)
    office.delete_payment(payment)
    office.void(open_invoice)
    assert sync(works) == ["account.update", "xero_invoice.upsert"]
    push(works)
    assert document(works, "CM-1")[:3] == ("Voided", Decimal("0.00"), Decimal("0.00"))
    (account,) = works.org("Account", Name="Charles Martin")
    assert (account["Xero_Payment_Status__c"], account["Xero_Outstanding__c"]) == ("No invoices", Decimal("0.00"))
    assert sync(works) == []
