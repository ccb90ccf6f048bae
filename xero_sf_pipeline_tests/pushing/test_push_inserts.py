"""Records that no external id names (products, prices): inserted once, over real HTTP, whatever is lost."""

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
from xero_sf_pipeline_tests.pushing.plans import PlannedRow
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


def products(office: Office) -> list[dict[str, Any]]:
    """The products of these tests; a new org has none."""
    return list(office.running.sandbox.salesforce.rows("Product2"))


def product_create(code: str) -> PlannedRow:
    payload = {"Name": f"Product {code}", "ProductCode": code, "IsActive": True}
    return PlannedRow("product.create", "Product2", code, payload, target_key_field="ProductCode")


def arm(office: Office, effect: str, **options: Any) -> None:
    office.running.faults.arm(Fault("salesforce", effect, "POST", INSERT, **options))


def test_products_are_looked_up_by_their_code_and_inserted_200_a_call(office: Office) -> None:
    office.plan(*(product_create(f"P-{number}") for number in range(250)))
    planned = office.push(dry_run=True).planned_calls
    assert planned == (
        PlannedCall("salesforce", "Product2", "find_by_key", 250, 1),
        PlannedCall("salesforce", "Product2", "insert", 250, 2),
    )
    report = office.push()
    assert (report.confirmed_count, report.call_counts) == (250, {"find_by_key Product2": 1, "insert Product2": 2})
    assert len({row["ProductCode"] for row in products(office)}) == len(products(office)) == 250
    assert office.push("run-2").counts == (KindCount("product.create", "not_sent:already_confirmed", 250),)


def test_a_product_that_is_there_already_is_not_made_again(office: Office) -> None:
    planned = product_create("SEAT")
    office.plan(planned)
    office.push()
    with office.warehouse.transaction() as connection:
        connection.execute("delete from ledger.attempts")
    assert office.push("run-2").confirmed_count == 1
    assert office.states(planned.write_id) == ["confirmed"]
    assert len(products(office)) == 1


def test_a_lost_answer_to_an_insert_is_settled_by_looking_the_product_up(office: Office) -> None:
    arm(office, "drop_after")
    office.plan(product_create("SEAT"))
    assert office.push().confirmed_count == 1
    assert len(products(office)) == 1


def test_an_insert_that_is_not_there_after_a_lost_answer_waits_until_it_cannot_arrive_any_more(office: Office) -> None:
    arm(office, "drop_before")
    planned = product_create("SEAT")
    office.plan(planned)
    assert [row.state for row in office.push().refused] == ["unknown"]
    assert [row.reason for row in office.push("run-2").not_sent] == ["unsettled"]
    office.clock.advance(timedelta(minutes=6))
    assert office.push("run-3").confirmed_count == 1
    assert len(products(office)) == 1
    assert office.states(planned.write_id) == ["intent", "unknown", "rejected", "intent", "confirmed"]


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
