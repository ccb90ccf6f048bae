"""A run of matching: what it leaves behind when a step fails, and how it measures itself where the answer is known."""

from __future__ import annotations

import duckdb
import pytest

from xero_sf_pipeline.matching import KnownPairs
from xero_sf_pipeline_tests.matching.desk import ACME, ACME_CONTACT, UNRELATED, Desk, contact, decided, stored_link


def broken_desk() -> Desk:
    """A desk whose list of people fails while it is read, after some steps have made their tables."""
    desk = Desk([ACME_CONTACT], [ACME])
    desk.connection.execute(
        "drop table core.people; create view core.people as "
        "select 'P1' as sf_contact_id, 'A1' as sf_account_id, error('page 7 is unreadable')::varchar as full_name, "
        "'p@acme.com' as email, null::varchar as phone"
    )
    return desk


def test_a_failed_step_tells_its_own_error_although_the_transaction_is_aborted() -> None:
    desk = broken_desk()
    desk.connection.execute("begin")
    with pytest.raises(duckdb.Error, match="page 7 is unreadable"):
        desk.match()
    with pytest.raises(duckdb.TransactionException):
        desk.connection.execute("select 1")
    desk.connection.execute("rollback")
    assert desk.rows("select table_name from duckdb_tables() where temporary") == []


def test_a_failed_step_outside_a_transaction_leaves_no_temporary_table() -> None:
    desk = broken_desk()
    with pytest.raises(duckdb.Error, match="page 7 is unreadable"):
        desk.match()
    assert desk.rows("select table_name from duckdb_tables() where temporary") == []


def test_the_score_is_measured_against_people_and_stored_links() -> None:
    contacts = [
        ACME_CONTACT,  # stored where the score would link too
        ACME_CONTACT | contact("c2", "ACME Eng. Ltd"),  # a person sent it elsewhere: the score would be wrong
        contact("c3", "Somebody Else"),  # linked by hand; nothing leads there
        ACME_CONTACT | contact("c4", "ACME Eng. Ltd"),  # a person wants a new account: the score would be wrong
        contact("c5", "Unknown"),  # no answer is known
    ]
    desk = Desk(
        contacts,
        [ACME, UNRELATED],
        links=[stored_link("c1", "A1"), stored_link("c3", "A9")],
        decisions=[decided(1, "c2", "confirmed", "A9"), decided(2, "c4", "create_new")],
    )
    report = desk.match()
    assert report.known == KnownPairs(contact_count=4, pair_count=3, decided_count=2, right_count=1, wrong_count=2)
    metrics = report.metrics()
    assert [metrics[name] for name in ("known_count", "known_from_person_count", "precision", "recall")] == [
        4,
        2,
        0.3333,
        0.3333,
    ]


def test_without_a_known_answer_no_precision_is_claimed() -> None:
    report = Desk([ACME_CONTACT], [ACME]).match()
    assert (report.known.precision, report.known.recall) == (None, None)
    assert not {"known_count", "precision", "recall"} & set(report.metrics())
