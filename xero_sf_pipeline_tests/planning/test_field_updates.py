"""Parts that several flows have in one record become one write."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from xero_sf_pipeline.planning.field_updates import (
    FieldUpdate,
    create_field_updates,
    load_field_updates,
    merge_field_updates,
)
from xero_sf_pipeline.planning.writes import create_candidates


def part(field: str, value: Any, before: Any, **more: Any) -> FieldUpdate:
    return FieldUpdate(
        kind="account.update",
        target_object="Account",
        target_key=more.pop("key", "001A"),
        tenant_id="t1",
        source_table="receivables.account_status",
        source_id="001A",
        payload={field: value},
        before={field: before},
        reason="amount_changed",
        explanation=f"{field} changed.",
        **more,
    )


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    create_candidates(connection)
    create_field_updates(connection)
    return connection


def merged(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    rows = connection.execute(
        "select target_key, payload, before, explanation, amount, currency_code, depends_on, target_updated_us "
        "from candidate_writes order by target_key"
    ).fetchall()
    return [
        (key, json.loads(payload, parse_float=Decimal), json.loads(before), *rest)
        for key, payload, before, *rest in rows
    ]


def test_parts_of_one_record_become_one_write_and_other_records_keep_theirs(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    load_field_updates(connection, [part("Xero_Overdue__c", Decimal("10.55"), None, target_updated_us=5)])
    load_field_updates(
        connection,
        [
            part("Phone", "+441", "1", depends_on=("w9",), target_updated_us=7),
            part("Phone", "+442", None, key="001B", amount=Decimal("3.5"), currency_code="GBP"),
        ],
    )
    assert merge_field_updates(connection) == 2
    assert merged(connection) == [
        (
            "001A",
            {"Phone": "+441", "Xero_Overdue__c": Decimal("10.55")},
            {"Phone": "1", "Xero_Overdue__c": None},
            "Xero_Overdue__c changed. Phone changed.",
            None,
            None,
            ["w9"],
            7,
        ),
        ("001B", {"Phone": "+442"}, {"Phone": None}, "Phone changed.", Decimal("3.5000"), "GBP", [], None),
    ]


def test_two_flows_that_want_different_values_in_one_field_are_a_mistake(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    load_field_updates(connection, [part("Phone", "1", None), part("Phone", "2", None)])
    with pytest.raises(ValueError, match=r"different values in Account\.Phone of 001A"):
        merge_field_updates(connection)


def test_a_value_that_changes_by_itself_does_not_change_the_write_id(connection: duckdb.DuckDBPyConnection) -> None:
    def write_id(instant: str) -> str:
        connection.execute("delete from candidate_writes")
        create_field_updates(connection)
        load_field_updates(
            connection, [part("Phone", "1", None), part("Xero_As_Of__c", instant, None, identity={"Xero_As_Of__c": ""})]
        )
        merge_field_updates(connection)
        ((found,),) = connection.execute("select write_id from candidate_writes").fetchall()
        return str(found)

    assert write_id("2026-03-16T09:00:00Z") == write_id("2026-03-17T09:00:00Z")
