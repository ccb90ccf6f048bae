"""Tasks are upserted by their alert key, over real HTTP: one task whatever is lost, and a closed one stays closed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xero_sf_pipeline.pushing.report import KindCount, PlannedCall
from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline_tests.pushing.plans import PlannedRow, task_create
from xero_sf_pipeline_tests.pushing.xero_office import Office, open_office, served_office

UPSERT = r"/composite/sobjects/Task/Xero_Alert_Key__c$"
LOOK_UP = r"/query"


@pytest.fixture(scope="module")
def served() -> Iterator[RunningSandbox]:
    with served_office() as running:
        yield running


@pytest.fixture
def office(served: RunningSandbox, warehouse: Warehouse, tmp_path: Path) -> Iterator[Office]:
    with open_office(served, warehouse, tmp_path) as opened:
        yield opened


@pytest.fixture
def account(office: Office) -> str:
    return str(office.running.sandbox.salesforce.insert("Account", {"Name": "Acme"}))


def tasks(office: Office) -> list[dict[str, Any]]:
    return list(office.running.sandbox.salesforce.rows("Task"))


def arm(office: Office, effect: str, method: str = "PATCH", path: str = UPSERT, **options: Any) -> None:
    office.running.faults.arm(Fault("salesforce", effect, method, path, **options))


def test_tasks_are_made_200_a_call_without_a_look_up(office: Office, account: str) -> None:
    office.plan(*(task_create(account, f"reason-{number}") for number in range(250)))
    assert office.push(dry_run=True).planned_calls == (PlannedCall("salesforce", "Task", "upsert", 250, 2),)
    report = office.push()
    assert (report.confirmed_count, report.call_counts) == (250, {"upsert Task": 2})
    made = {row["Xero_Alert_Key__c"] for row in tasks(office)}
    assert made == {f"{account}:reason-{number}:2026-03-16" for number in range(250)}
    assert (len(tasks(office)), {row["WhatId"] for row in tasks(office)}) == (250, {account})
    assert office.push("run-2").counts == (KindCount("task.create", "not_sent:already_confirmed", 250),)


@pytest.mark.parametrize("effect", ["drop_before", "drop_after"])
def test_a_lost_call_makes_one_task_in_the_same_push(office: Office, account: str, effect: str) -> None:
    arm(office, effect)
    office.plan(task_create(account, "overdue"))
    assert office.push().confirmed_count == 1
    assert len(tasks(office)) == 1


@pytest.mark.parametrize("change", [{"Status": "Completed"}, {"Subject": "Done by phone"}])
def test_a_task_that_a_person_changed_before_its_lost_answer_was_looked_up_stays_as_it_is(
    office: Office, account: str, change: dict[str, Any]
) -> None:
    arm(office, "drop_after")
    arm(office, "status", "GET", LOOK_UP, times=None, argument={"status": 503})
    planned = task_create(account, "overdue")
    office.plan(planned)
    assert office.push().stopped_because is not None
    office.running.faults.clear()
    (task,) = tasks(office)
    office.running.sandbox.salesforce.update("Task", task["Id"], change)

    office.push("run-2")
    assert office.states(planned.write_id)[-1] == "drifted"
    (task,) = tasks(office)
    assert change.items() <= task.items()


def test_a_task_that_a_person_deleted_is_not_made_again_by_the_same_plan(office: Office, account: str) -> None:
    office.plan(task_create(account, "overdue"))
    office.push()
    office.running.sandbox.salesforce.delete("Task", tasks(office)[0]["Id"])
    assert office.push("run-2").confirmed_count == 0
    assert tasks(office) == []


def test_a_task_is_closed_by_its_id(office: Office, account: str) -> None:
    office.plan(task_create(account, "overdue"))
    office.push()
    (task,) = tasks(office)
    close = PlannedRow(
        "task.close", "Task", task["Id"], {"Status": "Completed"}, {"Status": "Not Started", "IsClosed": False},
        target_key_field="Id", target_id=task["Id"], action="update",
    )  # fmt: skip
    office.plan(close)
    report = office.push("run-2")
    assert (report.is_clean, report.call_counts) == (True, {"retrieve Task": 1, "update Task": 1})
    assert tasks(office)[0]["Status"] == "Completed"
