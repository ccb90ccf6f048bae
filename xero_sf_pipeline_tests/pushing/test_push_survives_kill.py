"""kill -9 at every moment of a push, then a push again: each write is applied exactly once.

The plan has all that a push can carry: creates with dependents, an update behind a fresh read, and more cases than the
bulk threshold.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.pushing.push import push
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline_tests.pushing.conftest import PUSHED_AT
from xero_sf_pipeline_tests.pushing.fake_salesforce import FakeSalesforce
from xero_sf_pipeline_tests.pushing.killed_push import SMALL
from xero_sf_pipeline_tests.pushing.kills import killed_at_every_step, newest_states
from xero_sf_pipeline_tests.pushing.plans import (
    TENANT,
    account_create,
    case_open,
    case_update,
    contact_link,
    write_plan,
)


def prepare(directory: Path) -> int:
    """Store an org and a plan; return the number of writes."""
    org = FakeSalesforce(directory / "org.pickle")
    linked = org.add("Account", Name="Known Ltd")
    overdue = org.add("Case", Xero_Invoice_Key__c=f"{TENANT}:inv-000900", Xero_Amount_Due__c=Decimal(100))
    org._save()
    account = account_create("c-1")
    by_key = {"Xero_Contact_ID__c": "c-1"}
    plan = [
        account,
        contact_link("c-1", {"Account__r": by_key}, depends_on=(account.write_id,)),
        contact_link("c-2", {"Account__c": linked}),
        case_update(900, overdue, "50", "100"),
        *(case_open(n, payload={"Account": by_key}, depends_on=(account.write_id,)) for n in range(5)),
    ]
    write_plan(Warehouse(directory / "warehouse.duckdb"), plan)
    return len(plan)


def test_after_a_kill_at_any_step_the_next_push_leaves_each_write_applied_exactly_once(tmp_path: Path) -> None:
    kills = killed_at_every_step("killed_push", prepare, tmp_path)
    assert kills.step_count > 25
    expected = FakeSalesforce(kills.unharmed.org).org
    for left in kills:
        after_kill, warehouse = FakeSalesforce(left.org), left.warehouse

        push(warehouse, after_kill, FixedClock(PUSHED_AT), run_id="after", actor="tester", pacing=SMALL)

        assert sum(after_kill.org.applied.values()) == kills.write_count, left
        assert set(after_kill.org.applied.values()) == {1}, left
        assert after_kill.org.records == expected.records, left
        assert newest_states(warehouse) == [("confirmed", kills.write_count)], left
