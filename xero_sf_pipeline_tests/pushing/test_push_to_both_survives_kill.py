"""kill -9 at every moment of a push to both systems, then a push again: each record is made exactly once.

The plan chains both systems: a contact and its invoices made in Xero, what flows back to the opportunity, and a task that
no external id protects.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.pushing.push import push
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline_tests.pushing.fake_salesforce import FakeSalesforce
from xero_sf_pipeline_tests.pushing.fake_xero import FakeXero
from xero_sf_pipeline_tests.pushing.killed_push_to_both import KILLED_AT, SMALL
from xero_sf_pipeline_tests.pushing.plans import (
    TENANT,
    PlannedRow,
    invoice_create,
    task_create,
    write_plan,
    xero_contact_create,
)

DEAL = "0065g00000ABCDEAA2"


def prepare(directory: Path) -> int:
    """Store an org, books and a plan; return the number of writes."""
    org = FakeSalesforce(directory / "org.pickle")
    deal = org.add("Opportunity", Name="Deal", Xero_Invoice_ID__c=None)
    org._save()
    xero = FakeXero(FixedClock(KILLED_AT - timedelta(days=2)), directory / "books.pickle")
    xero.save()
    contact = xero_contact_create("0015g00000ABCDEAA2", "New Ltd")
    bills = [invoice_create(f"{DEAL}/{n}", {"$write": contact.write_id}) for n in (1, 2)]
    back = PlannedRow(
        "opportunity.update", "Opportunity", deal,
        {"Xero_Invoice_ID__c": {"$write": bills[0].write_id}}, {"Xero_Invoice_ID__c": None},
        target_key_field="Id", target_id=deal, action="update",
    )  # fmt: skip
    plan = [contact, *bills, back, task_create("0015g00000ABCDEAA2", "overdue")]
    warehouse = Warehouse(directory / "warehouse.duckdb")
    write_plan(warehouse, plan)
    with warehouse.transaction() as connection:
        for entity in ("contacts", "invoices"):
            connection.execute(
                "insert into ops.cursors values ('xero', ?, ?, ?, ?, 'sync')",
                [TENANT, entity, KILLED_AT - timedelta(hours=1), KILLED_AT],
            )
    return len(plan)


@pytest.fixture
def killed(tmp_path: Path) -> tuple[Path, int, int]:
    """Push on copies of one prepared state, killed at step 1, 2, 3 ...; the folder, its steps, the plan's writes."""
    prepared, work = tmp_path / "prepared", tmp_path / "work"
    prepared.mkdir()
    work.mkdir()
    write_count = prepare(prepared)
    command = [sys.executable, "-m", "xero_sf_pipeline_tests.pushing.killed_push_to_both", str(prepared), str(work)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, ended.stderr
    ends = [tuple(line.split()) for line in ended.stdout.splitlines()]
    steps = len(ends) - 1
    assert ends == [("0", "0"), *((str(step), "-9") for step in range(1, steps + 1))], ended.stderr
    return work, steps, write_count


def test_after_a_kill_at_any_step_the_next_pushes_leave_each_record_made_exactly_once(
    killed: tuple[Path, int, int],
) -> None:
    work, steps, write_count = killed
    assert steps > 25
    for step in range(1, steps + 1):
        directory = work / str(step)
        org = FakeSalesforce(directory / "org.pickle")
        clock = FixedClock(KILLED_AT + timedelta(seconds=5))
        xero = FakeXero(clock, directory / "books.pickle")
        warehouse = Warehouse(directory / "warehouse.duckdb", lock_wait_seconds=5)

        push(warehouse, org, clock, run_id="at once", actor="tester", xero=xero.tenant, pacing=SMALL)
        clock.advance(timedelta(minutes=7))
        push(warehouse, org, clock, run_id="later", actor="tester", xero=xero.tenant, pacing=SMALL)

        assert set(org.org.applied.values()) == {1}, f"step {step}"
        assert len(org.org.applied) == 2, f"step {step}"
        contacts, invoices = xero.by_key("Contact", TENANT), xero.by_key("Invoice", TENANT)
        assert [len(records) for records in (*contacts.values(), *invoices.values())] == [1] * 3, f"step {step}"
        ((customer,),) = contacts.values()
        named = {record["Contact"]["ContactID"] for (record,) in invoices.values()}
        assert named == {customer["ContactID"]}, f"step {step}"
        (deal,) = org.org.records["Opportunity"].values()
        assert deal["Xero_Invoice_ID__c"] == invoices[f"{DEAL}/1"][0]["InvoiceID"], f"step {step}"
        assert newest_states(warehouse) == [("confirmed", write_count)], f"step {step}"


def newest_states(warehouse: Warehouse) -> list[tuple[str, int]]:
    with warehouse.transaction() as connection:
        return connection.execute("select state, count(*) from ledger.current group by state").fetchall()
