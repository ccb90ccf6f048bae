"""kill -9 at every moment of a push to both systems, then a push again: each record is made exactly once.

The plan chains both systems: a contact and its invoices made in Xero, what flows back to the opportunity, and a product
that no external id protects.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.pushing.push import push
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline_tests.pushing.fake_salesforce import FakeSalesforce
from xero_sf_pipeline_tests.pushing.fake_xero import FakeXero
from xero_sf_pipeline_tests.pushing.killed_push import KILLED_AT
from xero_sf_pipeline_tests.pushing.killed_push_to_both import SMALL
from xero_sf_pipeline_tests.pushing.kills import killed_at_every_step, newest_states
from xero_sf_pipeline_tests.pushing.plans import (
    TENANT,
    PlannedRow,
    invoice_create,
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
    product = PlannedRow(
        "product.create", "Product2", "SEAT", {"Name": "Seat", "ProductCode": "SEAT"}, target_key_field="ProductCode"
    )
    plan = [contact, *bills, back, product]
    warehouse = Warehouse(directory / "warehouse.duckdb")
    write_plan(warehouse, plan)
    with warehouse.transaction() as connection:
        for entity in ("contacts", "invoices"):
            connection.execute(
                "insert into ops.cursors values ('xero', ?, ?, ?, ?, 'sync')",
                [TENANT, entity, KILLED_AT - timedelta(hours=1), KILLED_AT],
            )
    return len(plan)


def test_after_a_kill_at_any_step_the_next_pushes_leave_each_record_made_exactly_once(tmp_path: Path) -> None:
    kills = killed_at_every_step("killed_push_to_both", prepare, tmp_path)
    assert kills.step_count > 25
    for left in kills:
        clock = FixedClock(KILLED_AT + timedelta(seconds=5))
        org, xero, warehouse = FakeSalesforce(left.org), FakeXero(clock, left.books), left.warehouse

        push(warehouse, org, clock, run_id="at once", actor="tester", xero=xero.tenant, pacing=SMALL)
        clock.advance(timedelta(minutes=7))
        push(warehouse, org, clock, run_id="later", actor="tester", xero=xero.tenant, pacing=SMALL)

        assert set(org.org.applied.values()) == {1}, left
        assert len(org.org.applied) == 2, left
        contacts, invoices = xero.by_key("Contact", TENANT), xero.by_key("Invoice", TENANT)
        assert [len(records) for records in (*contacts.values(), *invoices.values())] == [1] * 3, left
        ((customer,),) = contacts.values()
        named = {record["Contact"]["ContactID"] for (record,) in invoices.values()}
        assert named == {customer["ContactID"]}, left
        (deal,) = org.org.records["Opportunity"].values()
        assert deal["Xero_Invoice_ID__c"] == invoices[f"{DEAL}/1"][0]["InvoiceID"], left
        assert newest_states(warehouse) == [("confirmed", kills.write_count)], left
