"""`xero-sf report` and `xero-sf explain` on what was published: files, words, JSON, and messages for wrong keys."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from xero_sf_pipeline_tests.cli.conftest import Desk, Terminal

_ANY = "select invoice_key, invoice_number, amount_due from core.invoices where invoice_type = 'ACCREC' and invoice_status = 'AUTHORISED' and invoice_number is not null order by invoice_key limit 1"


def test_a_report_is_written_where_it_was_asked_for(synced: Desk, terminal: Terminal, tmp_path: Path) -> None:
    out = tmp_path / "march.html"
    shown = terminal.run("report", "--out", str(out), desk=synced)

    assert (shown.code, shown.err) == (0, "")
    assert str(out) in shown.out
    page = out.read_text(encoding="utf-8")
    assert page.lstrip().startswith("<!doctype html>")
    assert "What customers owe" in page
    assert terminal.run("report", "--out", str(out), "--json", desk=synced).json == {
        "file": str(out), "bytes": out.stat().st_size,
    }  # fmt: skip


def test_a_report_to_a_folder_that_is_not_there_is_one_message(
    synced: Desk, terminal: Terminal, tmp_path: Path
) -> None:
    shown = terminal.run("report", "--out", str(tmp_path / "none" / "r.html"), desk=synced)
    assert (shown.code, shown.out) == (1, "")
    assert "There is no folder" in shown.err


def test_an_invoice_is_explained_in_words_and_as_json_alike(synced: Desk, terminal: Terminal) -> None:
    (row,) = terminal.run("sql", _ANY, "--json", desk=synced).json
    document = terminal.run("explain", row["invoice_key"], "--json", desk=synced).json
    shown = terminal.run("explain", f"invoice:{row['invoice_number']}", desk=synced)

    due = next(figure for figure in document["figures"] if figure["name"] == "due")
    assert (due["value"], due["adds_up"]) == (row["amount_due"], True)
    assert sum(Decimal(part["amount"]) for part in due["parts"]) == Decimal(row["amount_due"])
    assert document["versions"]
    assert document["walks"]
    assert shown.code == 0
    assert f"\ndue: {Decimal(row['amount_due']):,.2f} " in shown.out
    assert "adds up" in shown.out
    assert "overdue.grace_days" in shown.out
    assert document["facts"]["customer"] in shown.out


def test_every_figure_of_the_companys_invoices_adds_up(synced: Desk, terminal: Terminal) -> None:
    keys = terminal.run("sql", "select invoice_key from core.invoices where invoice_type = 'ACCREC' and invoice_status in ('AUTHORISED', 'PAID') order by md5(invoice_key) limit 6", "--json", desk=synced).json  # fmt: skip
    for row in keys:
        figures = terminal.run("explain", row["invoice_key"], "--json", desk=synced).json["figures"]
        assert [figure["name"] for figure in figures if not figure["adds_up"]] == [], row


@pytest.mark.parametrize("kind", ["case.open", "account.create", "account.link"])
def test_a_planned_write_is_explained_by_the_first_characters_of_its_id(
    kind: str, synced: Desk, terminal: Terminal
) -> None:
    planned = terminal.run("plan", "--show", "--only", kind, "--json", desk=synced).json["writes"][0]
    shown = terminal.run("explain", planned["write_id"][:12], desk=synced)

    assert shown.code == 0
    assert planned["explanation"] in shown.out
    assert f"automation.{kind}" in shown.out
    for field in planned["payload"]:
        assert field in shown.out


def test_a_key_of_several_things_lists_them_and_ends_with_an_error(synced: Desk, terminal: Terminal) -> None:
    rows = terminal.run(
        "sql",
        "select contact_name from core.contacts join core.accounts on lower(account_name) = lower(contact_name) order by 1 limit 1",
        "--json",
        desk=synced,
    ).json
    name = rows[0]["contact_name"]
    shown = terminal.run("explain", name, desk=synced)
    listed = terminal.run("explain", name, "--json", desk=synced)

    assert (shown.code, listed.code) == (1, 1)
    assert "could be" in shown.out
    assert "as KIND:KEY" in shown.err
    for choice in listed.json["could_be"]:
        assert f"{choice['kind']}:{choice['key']}" in shown.out
        assert terminal.run("explain", f"{choice['kind']}:{choice['key']}", desk=synced).code == 0


@pytest.mark.parametrize(
    ("key", "code", "told"),
    [("no such thing at all", 1, "Nothing in the snapshot is called"), (" ", 2, "is empty")],
)
def test_a_wrong_key_is_one_message(key: str, code: int, told: str, synced: Desk, terminal: Terminal) -> None:
    shown = terminal.run("explain", key, desk=synced, columns=200)
    assert (shown.code, shown.out) == (code, "")
    assert told in shown.err
    assert "Traceback" not in shown.err
