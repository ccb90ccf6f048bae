"""Commands that read the newest snapshot: facts complete at any width, JSON exact, no word guessed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
import pytest

from xero_sf_pipeline.cli import output
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline_tests.cli.conftest import Desk, Prepared, Terminal

LISTS = (
    ("plan", "--show", "--json"),
    ("matches", "list", "--all", "--json"),
    ("errors", "list", "--json"),
    ("status", "--json"),
    ("sql", "select * from core.invoices limit 3", "--json"),
)


def test_a_first_sync_reads_both_systems_and_prints_the_plan_without_writing(prepared: Prepared) -> None:
    assert prepared.deployed.code == 0, prepared.deployed
    assert prepared.synced.code == 0, prepared.synced
    assert "Plan: " in prepared.synced.out
    assert "account.create, for example: " in prepared.synced.out
    assert prepared.synced.err == ""


@pytest.mark.parametrize("command", LISTS, ids=lambda words: " ".join(words[:2]))
def test_json_is_one_document_and_nothing_else(command: tuple[str, ...], synced: Desk, terminal: Terminal) -> None:
    shown = terminal.run(*command, desk=synced)

    assert (shown.code, shown.err) == (0, "")
    assert isinstance(shown.json, (list, dict))


def test_amounts_in_json_are_exact_decimal_text(synced: Desk, terminal: Terminal) -> None:
    with_amount = [row for row in terminal.run("plan", "--show", "--json", desk=synced).json["writes"] if row["amount"]]

    assert with_amount
    for row in with_amount:
        assert isinstance(row["amount"], str)
        assert Decimal(row["amount"]) == Decimal(str(row["payload"]["Xero_Amount_Due__c"]))


def test_plan_shows_every_field_of_a_write_and_why(synced: Desk, terminal: Terminal) -> None:
    planned = terminal.run("plan", "--show", "--json", desk=synced).json["writes"]
    case = next(row for row in planned if row["kind"] == "case.open")

    shown = terminal.run("plan", "--show", "--only", "case.open", "--limit", "1", desk=synced)

    assert shown.code == 0
    assert f"why: {case['explanation']}" in shown.out
    assert case["write_id"][:12] in shown.out
    for name in case["payload"]:
        assert f"  {name}: " in shown.out
    assert "account.create" not in shown.out


def test_no_fact_is_cut_in_a_pipe_however_narrow(synced: Desk, terminal: Terminal) -> None:
    rows = terminal.run("matches", "list", "--all", "--json", desk=synced).json

    shown = terminal.run("matches", "list", "--all", desk=synced, columns=40)

    for row in rows:
        assert row["explanation"] in shown.out
        assert row["contact_key"].partition(":")[2][:8] in shown.out


def test_matches_show_has_every_term_the_rival_and_the_margin(synced: Desk, terminal: Terminal) -> None:
    rivals = terminal.run(
        "sql",
        "select contact_key from matching.links where rival_sf_account_id is not null order by contact_key limit 1",
        "--json",
        desk=synced,
    ).json
    key = rivals[0]["contact_key"]
    detail = terminal.run("matches", "show", key, "--json", desk=synced).json

    shown = terminal.run("matches", "show", key.partition(":")[2][:8], desk=synced)

    assert shown.code == 0
    assert f"margin {detail['link']['margin']:.2f}" in shown.out
    assert f"rival {detail['link']['rival_name']} ({detail['link']['rival_sf_account_id']})" in shown.out
    for candidate in detail["candidates"]:
        assert candidate["sf_account_id"] in shown.out
        assert abs(sum(term["points"] for term in candidate["terms"]) - candidate["score"]) < 1e-6
        for term in candidate["terms"]:
            assert term["term"] in shown.out
            assert term["note"] in shown.out


def test_status_tells_freshness_backlog_budget_and_whether_pushing_is_on(synced: Desk, terminal: Terminal) -> None:
    shown = terminal.run("status", desk=synced)

    assert shown.code == 0
    for fact in ("Freshness, Xero: ", "Freshness, Salesforce", "writes planned", "remaining", "Pushing is off"):
        assert fact in shown.out


def test_sql_reads_the_snapshot_while_a_writer_holds_the_warehouse(synced: Desk) -> None:
    with Warehouse(synced.data / "warehouse.duckdb").transaction():
        shown = synced.run("sql", "select count(*) as invoices from core.invoices", "--json")

    assert shown.code == 0, shown.err
    assert shown.json == [{"invoices": 120}]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("select * from core.invoicez", "information_schema.tables"),
        ("selec 1", "syntax error"),
        ("delete from core.invoices", "A snapshot can only be read."),
    ],
)
def test_sql_that_duckdb_refuses_is_one_message(statement: str, told: str, synced: Desk, terminal: Terminal) -> None:
    shown = terminal.run("sql", statement, desk=synced)

    assert (shown.code, shown.out) == (1, "")
    assert told in shown.err
    assert "Traceback" not in shown.err


def test_sql_of_nothing_is_no_error_of_ours(synced: Desk, terminal: Terminal) -> None:
    assert terminal.run("sql", " ", desk=synced).code == 2
    assert terminal.run("sql", "/* nothing */", desk=synced).out == "No rows.\n"


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        (("plan", "--show", "--only", "case.opn"), 2, "case.opn is not a kind"),
        (("push", "--only", "case.opn"), 2, "case.opn is not a kind"),
        (("plan", "approve", "--kind", "case.opn"), 2, "case.opn is not a kind"),
        (("plan", "approve", ""), 1, "No write of the newest plan starts with ''"),
        (("plan", "reject", "zzzz"), 1, "No write of the newest plan starts with 'zzzz'"),
        (("plan", "approve"), 1, "No write of the newest plan was named"),
        (("matches", "show", "nobody"), 1, "No contact is called 'nobody'"),
        (("matches", "confirm", "nobody", "001", "--reason", "x"), 1, "No contact is called 'nobody'"),
        (("matches", "ignore", "nobody"), 2, "--reason"),
        (("matches", "list", "--outcome", "foo"), 2, "'foo' is not one of"),
        (("errors", "show", "zzzz"), 1, "'zzzz' is not in the ledger"),
        (("errors", "retry", "zzzz"), 1, "'zzzz' is not in the ledger"),
        (("errors", "dismiss", "zzzz"), 1, "'zzzz' is not in the ledger"),
        (("push",), 1, "Pushing is switched off; nothing was sent."),
        (("nonsense",), 2, "No such command 'nonsense'"),
        (("--env-file", "missing.env", "status"), 3, "There is no settings file missing.env."),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)
def test_a_wrong_word_is_one_message_and_an_exit_code(
    command: tuple[str, ...], code: int, told: str, synced: Desk, terminal: Terminal
) -> None:
    shown = terminal.run(*command, desk=synced, columns=200)

    assert (shown.code, shown.out) == (code, "")
    assert told in shown.err
    assert "Traceback" not in shown.err
    assert not (synced.data / "decisions").exists()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "yes"),
        (Decimal("1234.5000"), "1,234.50"),
        (Decimal("0.1234"), "0.1234"),
        (0.000125, "0.000125"),
        ({"amount": Decimal("1.50"), "of": None}, '{"amount": "1.50", "of": null}'),
        ([1, Decimal("2.00")], "1, 2.00"),
    ],
)
def test_values_are_written_without_losing_anything(value: Any, shown: str) -> None:
    assert output.text(value) == shown


def test_snapshots_are_ordinary_files_that_other_programs_can_read(synced: Desk) -> None:
    with duckdb.connect(str(synced.data / "snapshots" / "latest.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from core.invoices").fetchall() == [(120,)]
