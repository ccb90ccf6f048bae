"""The story that the product is for, over HTTP, from a new contact to a payment taken back.

The sandbox's clock is the pipeline's clock; people in Xero work through Xero's own client.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.planning.planner import PlanReport
from xero_sf_pipeline_tests.pipeline.works import TODAY, Works, serving, works_of
from xero_sf_pipeline_tests.pipeline.xero_office import XeroOffice

OURS = ("Account", "Case", "Xero_Contact__c")


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """A company whose books and org agree already."""
    with serving() as running, works_of(running, tmp_path_factory.mktemp("story")) as works:
        works.sync()
        assert works.push().is_clean
        yield works


@pytest.fixture(scope="module")
def office(works: Works) -> XeroOffice:
    return XeroOffice(works.running.url, works.tenant_id)


def sync(works: Works) -> PlanReport:
    """One run over what people and we change in the story; all else was read by the fixture and stands still."""
    works.extract(xero=("contacts", "invoices", "payments"), salesforce=("accounts", "cases", "xero_contacts"))
    return works.derive_and_plan()


def run(works: Works) -> list[tuple[str, str]]:
    """One run with its push; return what was written. A second run right after finds and writes nothing."""
    sync(works)
    planned = works.planned()
    report = works.push()
    assert (report.confirmed_count, report.refused, report.not_sent) == (len(planned), (), ())
    org = {name: works.org(name, include_deleted=True) for name in OURS}
    works.running.log.clear()
    second = sync(works)
    again = works.push()
    assert (second.write_count, second.unexplained_invoice_count, again.counts) == (0, 0, ())
    assert works.writes_sent() == []
    assert {name: works.org(name, include_deleted=True) for name in OURS} == org
    return planned


def case_facts(works: Works, key: str) -> dict[str, Any]:
    """The live case of an invoice key: there must be exactly one."""
    (case,) = works.org("Case", Xero_Invoice_Key__c=key)
    return case


def of(case: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(case[name] for name in names)


FACTS = ("Status", "Priority", "Xero_Stage__c", "Xero_Amount_Due__c", "Xero_Resolution__c")


def mine(planned: list[tuple[str, str]], *keys: str) -> list[tuple[str, str]]:
    """The part of a plan that is about these keys."""
    return [(kind, key) for kind, key in planned if key in keys]


def test_the_acted_story_of_charles_martin(works: Works, office: XeroOffice) -> None:
    due_on = TODAY

    # A new contact gets an account. His invoice is due today, so there is no case yet.
    contact = office.add_contact("Charles Martin", email_address="charles@martin.example")
    invoice = office.bill(contact, "INV-CM-1", "1200.00", issued_on=TODAY - timedelta(days=14), due_on=due_on)
    contact_key, key = f"{works.tenant_id}:{contact}", f"{works.tenant_id}:{invoice}"
    link = f"https://go.xero.com/app/!h4PwK/invoicing/view/{invoice}"
    assert run(works) == [("account.create", contact), ("account.link", contact_key)]
    (account,) = works.org("Account", Name="Charles Martin")
    assert of(account, "Xero_Contact_ID__c", "Type") == (contact, "Customer")
    (stored_link,) = works.org("Xero_Contact__c", Key__c=contact_key)
    assert of(stored_link, "Account__c", "Name") == (account["Id"], "Charles Martin")
    assert works.org("Case", Xero_Invoice_Key__c=key) == []

    # The clock moves a day: exactly one high-priority case on his account.
    works.pass_time(days=1)
    assert mine(run(works), key) == [("case.open", key)]
    case = case_facts(works, key)
    assert of(case, "AccountId", "Subject", *FACTS) == (
        account["Id"], "Overdue invoice INV-CM-1, Charles Martin", "New", "High", "Overdue", Decimal("1200.00"), None
    )  # fmt: skip
    assert of(case, "Xero_Currency__c", "Xero_Due_Date__c", "Xero_Link__c", "Origin", "Type") == (
        "GBP", due_on, link, "Xero", "Overdue invoice"
    )  # fmt: skip
    assert case["Description"] == (
        "Invoice INV-CM-1 of Charles Martin is overdue.\nAmount due: 1,200.00 GBP of 1,200.00 GBP\nIssued: 2026-03-02\n"
        "Due: 2026-03-16\nDays overdue: 1 (as of 2026-03-17)\nUnallocated credit: 0.00 GBP\nStage: Overdue\n"
        f"Xero: {link}"
    )

    # A part payment updates the same case.
    works.pass_time(days=1)
    first_payment = office.receive(invoice, "500.00", date(2026, 3, 18))
    assert mine(run(works), key) == [("case.update", key)]
    updated = case_facts(works, key)
    assert of(updated, "Id", *FACTS) == (case["Id"], "New", "High", "Overdue", Decimal("700.00"), None)
    assert "Amount due: 700.00 GBP of 1,200.00 GBP\n" in updated["Description"]

    # 29 days are not 30. Reaching 30 and 60 days escalates the same case.
    works.pass_time(days=27)
    assert mine(run(works), key) == []
    for days, stage in ((30, "Overdue 30 days"), (60, "Overdue 60 days")):
        works.running.clock.set(works.running.clock.now() + (due_on + timedelta(days=days) - _today(works)))
        assert mine(run(works), key) == [("case.escalate", key)]
        escalated = case_facts(works, key)
        assert of(escalated, "Id", *FACTS) == (case["Id"], "New", "High", stage, Decimal("700.00"), None)
        assert f"Days overdue: {days} (as of {_today(works)})" in escalated["Description"]

    # Full payment closes it with the evidence.
    works.pass_time(days=1)
    second_payment = office.receive(invoice, "700.00", date(2026, 5, 16))
    assert mine(run(works), key) == [("case.close", key)]
    closed = case_facts(works, key)
    evidence = "Paid in full: payment 500.00 GBP on 2026-03-18; payment 700.00 GBP on 2026-05-16."
    assert of(closed, "Id", "IsClosed", *FACTS) == (
        case["Id"], True, "Closed", "High", "Overdue 60 days", Decimal("0.00"), evidence
    )  # fmt: skip
    assert first_payment != second_payment

    # Deleting the payment in Xero reopens the same case.
    works.pass_time(days=1)
    office.delete_payment(second_payment)
    assert mine(run(works), key) == [("case.reopen", key)]
    reopened = case_facts(works, key)
    assert of(reopened, "Id", "IsClosed", *FACTS) == (
        case["Id"], False, "New", "High", "Overdue 60 days", Decimal("700.00"), None
    )  # fmt: skip

    # Every step of it is in the ledger, once.
    steps = works.warehouse(
        "select kind, count(*) as times from ledger.current where target_key = $key and state = 'confirmed' group by 1"
        " order by min(attempt_number)",
        {"key": key},
    )
    assert [(row["kind"], row["times"]) for row in steps] == [
        ("case.open", 1), ("case.update", 1), ("case.escalate", 2), ("case.close", 1), ("case.reopen", 1)
    ]  # fmt: skip


def _today(works: Works) -> date:
    return works.running.clock.now().date()
