"""Field values: exact parsing, bulk cells, sameness."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_sf_pipeline.pushing.payloads import bulk_cell, bulk_csv, differing_fields, flatten, parse_exact, same_value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_an_amount_survives_the_payload_text_to_the_last_digit(amount: Decimal) -> None:
    value = parse_exact(f'{{"amount": {format(amount, "f")}}}')["amount"]
    assert isinstance(value, Decimal)
    assert (value, bulk_cell(value)) == (amount, format(amount, "f"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, ""),
        (None, "  "),
        (Decimal("10.5"), Decimal("10.50")),
        (Decimal("10.5"), "10.50"),
        (10, Decimal("10.00")),
        (99213206, Decimal("9.9213206E7")),
        (0.1, Decimal("0.1")),
        (True, "true"),
        ("2026-03-01", date(2026, 3, 1)),
        ("2026-03-01T10:00:00.000+0000", "2026-03-01T10:00:00Z"),
        ("2026-03-01T12:00:00+02:00", datetime(2026, 3, 1, 10, 0, tzinfo=UTC)),
        ("001000000000001", "001000000000001AAA"),
        ("one\r\ntwo ", "one\ntwo"),
    ],
)
def test_values_that_salesforce_stores_alike_are_the_same(one: Any, other: Any) -> None:
    assert same_value(one, other)
    assert same_value(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, 0),
        (None, False),
        (Decimal("10.51"), Decimal("10.5")),
        (Decimal(1), "one"),
        (True, False),
        (True, "yes"),
        ("New", "new"),
        ("2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"),
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00 not a time"),
        ("001000000000001AAA", "001000000000002AAA"),
        ("001000000000001", "001000000000002AAA"),
    ],
)
def test_values_that_differ_are_not_the_same(one: Any, other: Any) -> None:
    assert not same_value(one, other)
    assert not same_value(other, one)


def test_a_parent_by_external_key_becomes_a_dotted_field_and_is_compared_through_the_parent() -> None:
    meant = flatten({"Status": "New", "Account": {"Xero_Contact_ID__c": "c-1"}})
    assert meant == {"Status": "New", "Account.Xero_Contact_ID__c": "c-1"}
    assert differing_fields(meant, {"Status": "New", "Account": {"Xero_Contact_ID__c": "c-1"}}, meant) == []
    assert differing_fields(meant, {"Status": "Old", "Account": None}, meant) == [
        "Account.Xero_Contact_ID__c",
        "Status",
    ]


cell_text = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1).filter(lambda t: t != "#N/A")


@given(st.lists(st.dictionaries(st.sampled_from(["A", "B", "C"]), st.none() | cell_text, min_size=1), min_size=1))
def test_a_bulk_file_reads_back_as_what_was_written(records: list[dict[str, str | None]]) -> None:
    rows = list(csv.DictReader(io.StringIO(bulk_csv(records).decode("utf-8"), newline="")))
    read = [{column: None if cell == "#N/A" else cell for column, cell in row.items() if cell != ""} for row in rows]
    assert read == records


def test_the_cells_of_a_bulk_file_are_written_as_salesforce_reads_them() -> None:
    values = [None, "", True, False, Decimal("1E+3"), 7, date(2026, 3, 1), "x"]
    assert [bulk_cell(value) for value in values] == ["#N/A", "#N/A", "true", "false", "1000", "7", "2026-03-01", "x"]


def test_nothing_parses_as_an_empty_payload() -> None:
    assert [parse_exact(text) for text in (None, "", "null", json.dumps([1]))] == [{}, {}, {}, {}]
