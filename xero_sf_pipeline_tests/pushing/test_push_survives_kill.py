"""kill -9 at every moment of a push, then a push again: each write is applied exactly once.

The plan has all that a push can carry: creates with dependents, an update behind a fresh read, and more cases than the
bulk threshold.
"""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.pushing.push import push
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline_tests.pushing.conftest import PUSHED_AT
from xero_sf_pipeline_tests.pushing.fake_salesforce import FakeSalesforce
from xero_sf_pipeline_tests.pushing.killed_push import SMALL
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


@pytest.fixture
def killed(tmp_path: Path) -> tuple[Path, int, int]:
    """Push on copies of one prepared state, killed at step 1, 2, 3 ...; the folder, its steps, the plan's writes."""
    prepared, work = tmp_path / "prepared", tmp_path / "work"
    prepared.mkdir()
    work.mkdir()
    write_count = prepare(prepared)
    command = [sys.executable, "-m", "xero_sf_pipeline_tests.pushing.killed_push", str(prepared), str(work)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, ended.stderr
    ends = [tuple(line.split()) for line in ended.stdout.splitlines()]
    steps = len(ends) - 1
    assert ends == [("0", "0"), *((str(step), "-9") for step in range(1, steps + 1))], ended.stderr
    return work, steps, write_count


def test_after_a_kill_at_any_step_the_next_push_leaves_each_write_applied_exactly_once(
    killed: tuple[Path, int, int],
) -> None:
    work, steps, write_count = killed
    assert steps > 25
    expected = FakeSalesforce(work / "0" / "org.pickle").org
    for step in range(1, steps + 1):
        directory = work / str(step)
        after_kill = FakeSalesforce(directory / "org.pickle")
        warehouse = Warehouse(directory / "warehouse.duckdb", lock_wait_seconds=5)

        push(warehouse, after_kill, FixedClock(PUSHED_AT), run_id="after", actor="tester", pacing=SMALL)

        assert sum(after_kill.org.applied.values()) == write_count, f"step {step}"
        assert set(after_kill.org.applied.values()) == {1}, f"step {step}"
        assert after_kill.org.records == expected.records, f"step {step}"
        assert newest_states(warehouse) == [("confirmed", write_count)], f"step {step}"


def newest_states(warehouse: Warehouse) -> list[tuple[str, int]]:
    with warehouse.transaction() as connection:
        return connection.execute("select state, count(*) from ledger.current group by state").fetchall()
