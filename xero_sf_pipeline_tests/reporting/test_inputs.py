"""The views that reports read: all that the statements name, none too many, and the same shape whatever is there."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

import xero_sf_pipeline
from xero_sf_pipeline.reporting.inputs import INPUTS, define_inputs
from xero_sf_pipeline.warehouse.catalogue import table_columns

SQL = Path(xero_sf_pipeline.__file__).parent / "sql"


def test_statements_read_exactly_the_inputs_that_are_defined() -> None:
    texts = [path.read_text(encoding="utf-8") for folder in ("reporting", "explain") for path in (SQL / folder).glob("*.sql")]  # fmt: skip
    named = {name for text in texts for name in re.findall(r"\bseen_(\w+)", text)}
    assert named == {table.replace(".", "_") for table in INPUTS}


def test_every_input_is_a_table_of_the_warehouse() -> None:
    assert set(table_columns()) >= INPUTS


def test_on_an_empty_database_every_input_is_there_without_rows() -> None:
    with duckdb.connect(":memory:") as connection:
        assert define_inputs(connection) == frozenset()
        for table in sorted(INPUTS):
            result = connection.execute(f"select * from seen_{table.replace('.', '_')}")
            assert [column[0] for column in result.description] == [name for name, _ in table_columns()[table]]
            assert result.fetchall() == []


def test_a_column_that_an_older_table_lacks_is_null() -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute("create schema core")
        connection.execute("create table core.accounts as select 'a' as sf_account_id, 'unknown to us' as other")
        assert define_inputs(connection) == {"core.accounts"}
        rows = connection.execute("select sf_account_id, amount_overdue from seen_core_accounts").fetchall()
        assert rows == [("a", None)]
