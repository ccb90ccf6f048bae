"""REST and Bulk 2.0 read the same rows; fields and objects that are out of sight are told by name."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xero_sf_pipeline.clients import salesforce_bulk
from xero_sf_pipeline.errors import MalformedResponse, MissingPermission
from xero_sf_pipeline.extraction import salesforce_extract
from xero_sf_pipeline.extraction.salesforce_objects import (
    ACCOUNTS,
    CURRENCY_TYPES,
    SALESFORCE_SOURCES,
    staging_select,
)
from xero_sf_pipeline_tests.extraction.conftest import NewMirror
from xero_sf_pipeline_tests.extraction.mirror import Mirror
from xero_sf_pipeline_tests.pipeline.works import serving, works_of

ODD_TEXTS = (
    "Id", "# not a comment", "'; drop table accounts; --", 'He said "no", twice', '"', '""', "a,b;c\td|e",
    "first\nsecond\r\nthird", "\\n \\ \\\"", "🧾 été", "\u202eפברואר", "null", "NaN", "0012", "9.9E7", "true", "#N/A",
)  # fmt: skip
"""Texts that a reader could take for something else; outer blanks do not live in Salesforce."""


@pytest.fixture
def org(mirror: Mirror) -> Any:
    return mirror.running.sandbox.salesforce


@pytest.fixture
def bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is read in bulk, three rows a page."""
    monkeypatch.setattr(salesforce_extract, "BULK_FROM_ROWS", 0)
    monkeypatch.setattr(salesforce_bulk, "ROWS_PER_PAGE", 3)


def content(mirror: Mirror, table: str) -> list[dict[str, Any]]:
    """Whole current rows but for who read them when."""
    return mirror.rows(
        f"select * exclude (known_from, run_id) from raw_salesforce.{table} where known_to is null order by all"
    )


def fill(org: Any) -> None:
    owner = org.user_id
    account = ""
    for text in ODD_TEXTS:
        account = org.insert("Account", {"Name": f"x{text}x", "BillingStreet": text, "AccountNumber": text[:40]})
    for amount in ("99213206.00", "16147805824.39", "0.10", "-1.00", "0.00", None):
        row = {"Name": f"Deal {amount}", "StageName": "Prospecting", "CloseDate": date(2026, 3, 1), "OwnerId": owner}
        org.insert("Opportunity", row | {"AccountId": account, "Amount": None if amount is None else Decimal(amount)})
    org.delete("Account", org.insert("Account", {"Name": "Binned"}))


@pytest.mark.usefixtures("bulk")
def test_rest_and_bulk_give_the_same_rows_payloads_and_hashes(
    new_mirror: NewMirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_bulk, by_rest = new_mirror(), new_mirror()
    fill(by_bulk.running.sandbox.salesforce)
    sandbox = by_bulk.running.sandbox.salesforce
    sandbox.insert("Task", {"Subject": "Ours", "OwnerId": sandbox.user_id, "Xero_Alert_Key__c": "k:1"})
    for source in SALESFORCE_SOURCES:
        if source is CURRENCY_TYPES:  # this org has one currency
            continue
        in_bulk = by_bulk.poll(f"salesforce.{source.name}")
        with monkeypatch.context() as patched:
            patched.setattr(salesforce_extract, "BULK_FROM_ROWS", 10_000)
            in_pages = by_rest.poll(f"salesforce.{source.name}")
        assert content(by_bulk, source.name) == content(by_rest, source.name)
        assert (in_bulk.ties, in_pages.ties, in_bulk.counts) == (True, True, in_pages.counts)
        expected = sandbox.rows(source.object_name, include_deleted=True)
        if source.only_with is not None:
            expected = [row for row in expected if row[source.only_with] is not None]
        assert in_bulk.counts.stored == len(expected) == in_bulk.expected_rows
        assert in_bulk.pages == max(1, -(-len(expected) // 3))
    streets = by_bulk.values("select street from raw_salesforce.accounts_current where account_name like 'x%x'")
    assert sorted(streets) == sorted(ODD_TEXTS)
    sums = by_bulk.values("select sum(amount) from raw_salesforce.opportunities_current")
    assert sums == [sum(row["Amount"] or 0 for row in by_bulk.running.sandbox.salesforce.rows("Opportunity"))]


@pytest.mark.usefixtures("bulk")
def test_a_poll_after_a_bulk_read_finds_nothing_new(mirror: Mirror) -> None:
    mirror.poll("salesforce.accounts")
    assert mirror.poll("salesforce.accounts").counts.new_versions == 0


@pytest.mark.usefixtures("bulk")
def test_a_bulk_answer_of_a_header_and_no_rows_is_an_empty_object(mirror: Mirror, org: Any) -> None:
    assert org.rows("Xero_Contact__c", include_deleted=True) == []
    report = mirror.poll("salesforce.xero_contacts")
    assert (report.counts.distinct, report.pages, report.watermark_at, report.ties) == (0, 1, None, True)
    assert content(mirror, "xero_contacts") == []


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.tuples(TEXTS, TEXTS), max_size=5), is_upper=st.booleans(), more=st.booleans())
def test_any_text_survives_the_csv_whatever_the_case_of_the_header(
    rows: list[tuple[str, str]], is_upper: bool, more: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Salesforce knows no empty text: empty is null."""
    folder = tmp_path_factory.mktemp("csv")
    names = ("Id", "Name", "BillingStreet", "SystemModstamp", "IsDeleted")
    header = [name.upper() if is_upper else name for name in names]
    pages = [rows[:2], rows[2:]] if more else [rows]
    files = []
    for number, part in enumerate(pages):
        path = folder / f"{number}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerow(header)
            for text, other in part:
                writer.writerow(["001", text, other, "2026-01-01T00:00:00.000Z", "false"])
        files.append(str(path))
    select = staging_select(ACCOUNTS, frozenset(names), is_csv=True)
    with duckdb.connect(":memory:") as connection:
        connection.execute("set timezone = 'UTC'")
        read = connection.execute(f"select account_name, street from ({select})", {"files": files}).fetchall()
    assert sorted(read, key=str) == sorted([(text or None, other or None) for text, other in rows], key=str)


def test_an_answer_with_fewer_records_than_stated_is_read_again(mirror: Mirror, org: Any) -> None:
    mirror.answer(r"/query(All)?/?$", _without_records(2), system="salesforce")
    report = mirror.poll("salesforce.accounts")
    assert report.counts.stored == len(org.rows("Account", include_deleted=True))


def test_an_answer_that_stays_short_is_an_error_and_stores_nothing(mirror: Mirror) -> None:
    mirror.poll("salesforce.accounts")
    cursor, known = mirror.cursor("accounts"), content(mirror, "accounts")
    mirror.answer(r"/query(All)?/?$", _without_records(2), system="salesforce", times=None)
    with pytest.raises(MalformedResponse, match="states 2 records of Account"):
        mirror.sweep("salesforce.accounts")
    assert (mirror.cursor("accounts"), content(mirror, "accounts")) == (cursor, known)


def _without_records(stated: int) -> str:
    return json.dumps({"totalSize": stated, "done": True, "records": []})


@pytest.mark.parametrize("body", ["<html/>", '{"totalSize": 1, "done": true', '{"done": true}', "[]"])
def test_an_answer_that_is_no_query_page_stores_nothing(mirror: Mirror, body: str) -> None:
    mirror.answer(r"/query(All)?/?$", body, system="salesforce", times=None)
    with pytest.raises(MalformedResponse):
        mirror.poll("salesforce.accounts")
    assert (mirror.cursor("accounts"), content(mirror, "accounts")) == (None, [])


def test_a_needed_field_out_of_sight_is_named_with_its_remedy(mirror: Mirror, org: Any) -> None:
    mirror.poll("salesforce.accounts")
    known = content(mirror, "accounts")
    org.permissions.hide("Account", "CreatedDate")
    try:
        with pytest.raises(MissingPermission, match=r"cannot read Account\.CreatedDate\.") as raised:
            mirror.poll("salesforce.accounts")
        assert "permission set Xero_Sync" in raised.value.remedy
        assert content(mirror, "accounts") == known
    finally:
        org.permissions.show("Account", "CreatedDate")
    mirror.poll("salesforce.accounts")


@pytest.mark.parametrize("name", ["AccountNumber", "Xero_Contact_ID__c"])
def test_a_field_that_was_read_before_and_vanishes_does_not_become_null(mirror: Mirror, org: Any, name: str) -> None:
    """Taken for empty, a hidden account number would unlink the account at its next change."""
    identity = org.insert("Account", {"Name": f"With number {name}", "AccountNumber": "A-1", name: "A-1"})
    mirror.poll("salesforce.accounts")
    org.permissions.hide("Account", name)
    try:
        org.update("Account", identity, {"Phone": "123"})
        mirror.running.clock.advance(timedelta(seconds=1))
        with pytest.raises(MissingPermission, match=rf"cannot read Account\.{name}\."):
            mirror.poll("salesforce.accounts")
        kept = "select account_number from raw_salesforce.accounts_current where sf_account_id = $id"
        assert mirror.values(kept, id=identity) == ["A-1"]
    finally:
        org.permissions.show("Account", name)
    mirror.poll("salesforce.accounts")
    assert mirror.values(
        "select phone from raw_salesforce.accounts_current where sf_account_id = $id", id=identity
    ) == ["123"]


def test_a_sweep_accepts_that_a_standard_field_is_gone_and_says_so(mirror: Mirror, org: Any) -> None:
    mirror.poll("salesforce.accounts")
    org.permissions.hide("Account", "Website")
    try:
        mirror.salesforce().forget_descriptions()
        mirror.sweep("salesforce.accounts")
        assert mirror.values("select distinct website from raw_salesforce.accounts_current") == [None]
        assert mirror.values("select drift_kind, field from ops.drift") == [("vanished_field", "Website")]
        assert mirror.poll("salesforce.accounts").mode == "poll"
    finally:
        org.permissions.show("Account", "Website")


def test_a_field_that_comes_into_sight_is_read_for_records_that_did_not_change(mirror: Mirror, org: Any) -> None:
    identity = org.insert("Account", {"Name": "Numbered", "AccountNumber": "A-77"})
    number = "select account_number from raw_salesforce.accounts_current where sf_account_id = $id"
    org.permissions.hide("Account", "AccountNumber")
    try:
        mirror.poll("salesforce.accounts")
        assert mirror.values(number, id=identity) == [None]
    finally:
        org.permissions.show("Account", "AccountNumber")
    mirror.running.clock.advance(timedelta(days=1))  # a description lives a day
    report = mirror.poll("salesforce.accounts")
    assert (report.mode, mirror.values(number, id=identity)) == ("full", ["A-77"])
    unnumbered = sum(row["AccountNumber"] is None for row in org.rows("Account", include_deleted=True))
    assert report.counts.new_versions == report.counts.distinct - unnumbered
    assert mirror.poll("salesforce.accounts").mode == "poll"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """An org without our package."""
    with serving(with_package=False) as running, works_of(running, tmp_path_factory.mktemp("bare")) as works:
        yield works


def test_before_the_deployment_our_object_is_passed_over_and_right_after_it_is_read(bare: Any) -> None:
    from xero_sf_pipeline.salesforce_metadata import build_package

    with bare.pipeline() as pipeline:
        assert pipeline.extract_salesforce("xero_contacts") is None
        assert pipeline.extract_salesforce("accounts") is not None
        org = bare.running.sandbox.salesforce
        org.install_package(build_package())
        account = org.rows("Account")[0]["Id"]
        org.update("Account", account, {"Xero_Contact_ID__c": "c-1"})
        org.insert("Xero_Contact__c", {"Key__c": "t:c-1", "Name": "One", "Account__c": account})
        found = pipeline.extract_salesforce("xero_contacts")
        assert found is not None
        assert found.counts.stored == 1
        accounts = pipeline.extract_salesforce("accounts")
        assert accounts is not None
        assert (accounts.mode, accounts.counts.new_versions) == ("full", 1)


def test_the_file_of_a_page_is_gone_when_the_walk_is_stored(mirror: Mirror) -> None:
    mirror.poll("salesforce.accounts")
    left: list[Path] = [path for path in (mirror.folder / "spool").iterdir() if path.is_dir()]
    assert left == []
