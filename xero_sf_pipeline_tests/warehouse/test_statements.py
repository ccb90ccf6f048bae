"""Statements that are parsed once: the same object for everybody, bound anew by whoever executes it."""

from __future__ import annotations

import duckdb

from xero_sf_pipeline.warehouse.statements import parsed


def test_a_statement_parsed_by_a_closed_connection_is_executed_by_another() -> None:
    with duckdb.connect(":memory:") as first:
        statement = parsed(first, "core", "users")

    with duckdb.connect(":memory:") as second:
        second.execute("create schema core; create schema raw_salesforce")
        second.execute("create table raw_salesforce.users_current (sf_user_id varchar, user_name varchar, "
                       "email varchar, is_active boolean, is_deleted boolean)")  # fmt: skip
        second.execute("insert into raw_salesforce.users_current values ('u1', 'Ana', 'a@example.com', true, false)")
        assert parsed(second, "core", "users") is statement
        for _ in range(2):
            second.execute(statement)
            assert second.execute("select sf_user_id from core.users").fetchall() == [("u1",)]
