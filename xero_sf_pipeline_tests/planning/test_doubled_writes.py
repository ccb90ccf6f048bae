"""A mistake in a flow never sends two writes for one record: the plan waits for a person."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xero_sf_pipeline.planning import planner
from xero_sf_pipeline.planning.desk import PlanDesk
from xero_sf_pipeline.planning.writes import PlannedWrite, load_candidates
from xero_sf_pipeline_tests.planning.core_tables import TENANT, Books
from xero_sf_pipeline_tests.planning.desk import Desk


def price(amount: str) -> PlannedWrite:
    return PlannedWrite(
        kind="price.upsert",
        target_object="PricebookEntry",
        action="upsert",
        target_key_field="ProductCode",
        target_key="DESK-1",
        target_id=None,
        tenant_id=TENANT,
        source_table="core.items",
        source_id="i-1",
        payload={"UnitPrice": Decimal(amount)},
        before={},
        reason="price_differs",
        explanation="A price.",
    )


@pytest.mark.parametrize("second", ["10.00", "12.00"])
def test_two_writes_of_one_kind_on_one_record_hold_the_plan(second: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two organisations sold the same product, and its price was planned once for each of them."""

    def flow(desk: PlanDesk) -> None:
        load_candidates(desk.connection, [price("10.00"), price(second)])

    monkeypatch.setattr(planner, "FLOWS", (flow,))
    report = Desk(Books()).plan()
    assert report.held_reason == (
        "1 records have more than one write of price.upsert, for example DESK-1: report this mistake of the program"
    )
    assert dict(report.writes_by_approval) == {"needs_approval": report.write_count}


def test_one_write_for_each_record_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "FLOWS", (lambda desk: load_candidates(desk.connection, [price("10.00")]) and None,))
    assert Desk(Books()).plan().held_reason is None
