"""Records that no external id names (tasks, products, prices): inserted once, over real HTTP, whatever is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from xero_sf_pipeline.pushing.report import KindCount, PlannedCall
from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline_tests.pushing.plans import PlannedRow, task_create
from xero_sf_pipeline_tests.pushing.xero_office import Office, open_office, served_office

INSERT = r"/composite/sobjects$"


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


def arm(office: Office, effect: str, **options: Any) -> None:
    office.running.faults.arm(Fault("salesforce", effect, "POST", INSERT, **options))


def test_tasks_are_looked_up_by_their_alert_key_and_inserted_200_a_call(office: Office, account: str) -> None:
    office.plan(*(task_create(account, f"reason-{number}") for number in range(250)))
    planned = office.push(dry_run=True).planned_calls
    assert planned == (
        PlannedCall("salesforce", "Task", "find_by_key", 250, 1),
        PlannedCall("salesforce", "Task", "insert", 250, 2),
    )
    report = office.push()
    assert (report.confirmed_count, report.call_counts) == (250, {"find_by_key Task": 1, "insert Task": 2})
    made = {row["Xero_Alert_Key__c"]: row for row in tasks(office)}
    assert len(made) == len(tasks(office)) == 250
    assert {row["WhatId"] for row in made.values()} == {account}
    assert office.push("run-2").counts == (KindCount("task.create", "not_sent:already_confirmed", 250),)


def test_a_task_that_is_there_already_is_not_made_again(office: Office, account: str) -> None:
    planned = task_create(account, "overdue")
    office.plan(planned)
    office.push()
    with office.warehouse.transaction() as connection:
        connection.execute("delete from ledger.attempts")
    assert office.push("run-2").confirmed_count == 1
    assert office.states(planned.write_id) == ["confirmed"]
    assert len(tasks(office)) == 1


def test_a_lost_answer_to_an_insert_is_settled_by_looking_the_task_up(office: Office, account: str) -> None:
    arm(office, "drop_after")
    office.plan(task_create(account, "overdue"))
    assert office.push().confirmed_count == 1
    assert len(tasks(office)) == 1


def test_an_insert_that_is_not_there_after_a_lost_answer_waits_until_it_cannot_arrive_any_more(
    office: Office, account: str
) -> None:
    arm(office, "drop_before")
    planned = task_create(account, "overdue")
    office.plan(planned)
    assert [row.state for row in office.push().refused] == ["unknown"]
    assert [row.reason for row in office.push("run-2").not_sent] == ["unsettled"]
    office.clock.advance(timedelta(minutes=6))
    assert office.push("run-3").confirmed_count == 1
    assert len(tasks(office)) == 1
    assert office.states(planned.write_id) == ["intent", "unknown", "rejected", "intent", "confirmed"]


def test_a_task_is_closed_by_its_id(office: Office, account: str) -> None:
    office.plan(task_create(account, "overdue"))
    office.push()
    (task,) = tasks(office)
    close = PlannedRow(
        "task.close", "Task", task["Xero_Alert_Key__c"], {"Status": "Completed"}, {"Status": "Not Started"},
        target_key_field="Xero_Alert_Key__c", target_id=task["Id"], action="update",
    )  # fmt: skip
    office.plan(close)
    report = office.push("run-2")
    assert (report.is_clean, report.call_counts) == (True, {"retrieve Task": 1, "update Task": 1})
    assert tasks(office)[0]["Status"] == "Completed"


def test_a_product_is_inserted_before_its_price_which_names_it_by_its_new_id(office: Office) -> None:
    org = office.running.sandbox.salesforce
    (book,) = [row for row in org.rows("Pricebook2") if row["IsStandard"]]
    product = PlannedRow(
        "product.create", "Product2", "SEAT", {"Name": "Seat", "ProductCode": "SEAT", "IsActive": True},
        target_key_field="ProductCode",
    )  # fmt: skip
    price = PlannedRow(
        "price.upsert", "PricebookEntry", "SEAT",
        {
            "Pricebook2Id": book["Id"],
            "Product2Id": {"$write": product.write_id},
            "UnitPrice": Decimal("9.5"),
            "IsActive": True,
        },
        target_key_field="ProductCode",
        depends_on=(product.write_id,),
    )  # fmt: skip
    office.plan(price, product)
    report = office.push()
    assert report.is_clean, report
    (made,) = [row for row in org.rows("Product2") if row["ProductCode"] == "SEAT"]
    (entry,) = [row for row in org.rows("PricebookEntry") if row["Product2Id"] == made["Id"]]
    assert (entry["Pricebook2Id"], Decimal(str(entry["UnitPrice"]))) == (book["Id"], Decimal("9.5"))
    with office.warehouse.transaction() as connection:
        connection.execute("delete from ledger.attempts")
    assert office.push("run-2").confirmed_count == 2
    assert len([row for row in org.rows("PricebookEntry") if row["Product2Id"] == made["Id"]]) == 1
