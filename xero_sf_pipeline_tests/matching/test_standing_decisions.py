"""What people decided outranks everything, and newest wins."""

from __future__ import annotations

from datetime import timedelta

import pytest

from xero_sf_pipeline_tests.matching.desk import (
    ACME,
    ACME_CONTACT,
    NOW,
    UNRELATED,
    Desk,
    Row,
    decided,
    stored_link,
)

SCORED = ("linked", "A1", "email_domain_name")


def test_a_confirmed_pair_outranks_stored_link_and_score() -> None:
    desk = Desk(
        [ACME_CONTACT],
        [ACME, UNRELATED],
        links=[stored_link("c1", "A1")],
        decisions=[decided(1, "c1", "confirmed", "A9")],
    )
    (row,) = desk.links()
    assert {
        name: row[name] for name in ("outcome", "sf_account_id", "method", "reason", "explanation", "decided_by")
    } == {
        "outcome": "linked",
        "sf_account_id": "A9",
        "method": "human",
        "reason": "confirmed_by_person",
        "explanation": 'Linked to "Zenith Bakery" because ana confirmed it.',
        "decided_by": "ana",
    }
    assert row["decided_at"] == NOW + timedelta(minutes=1)


def test_a_rejected_pair_is_no_candidate_any_more() -> None:
    desk = Desk([ACME_CONTACT], [ACME], decisions=[decided(1, "c1", "rejected", "A1")])
    assert desk.brief("outcome", "sf_account_id") == [("create", None)]
    assert desk.rows("select * from matching.candidates") == []


def test_a_rejected_pair_is_not_brought_back_by_a_stored_link() -> None:
    desk = Desk([ACME_CONTACT], [ACME], links=[stored_link("c1", "A1")], decisions=[decided(1, "c1", "rejected", "A1")])
    assert desk.brief("outcome", "sf_account_id") == [("create", None)]


def test_a_person_may_ask_for_a_new_account_although_one_fits() -> None:
    desk = Desk([ACME_CONTACT], [ACME], decisions=[decided(1, "c1", "create_new")])
    assert desk.brief("outcome", "method", "reason", "decided_by") == [("create", "human", "create_by_person", "ana")]


def test_the_new_account_is_not_created_again_once_it_is_linked() -> None:
    desk = Desk(
        [ACME_CONTACT], [ACME, UNRELATED], links=[stored_link("c1", "A9")], decisions=[decided(1, "c1", "create_new")]
    )
    assert desk.brief("outcome", "sf_account_id", "method") == [("linked", "A9", "stored_link")]


def test_an_ignored_contact_is_left_alone_although_it_is_linked() -> None:
    desk = Desk([ACME_CONTACT], [ACME], links=[stored_link("c1", "A1")], decisions=[decided(1, "c1", "ignored")])
    assert desk.brief("outcome", "sf_account_id", "method", "reason") == [
        ("ignore", None, "human", "ignored_by_person")
    ]


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ([decided(1, "c1", "confirmed", "A9"), decided(2, "c1", "confirmed", "A1")], ("linked", "A1", "human")),
        ([decided(1, "c1", "confirmed", "A9"), decided(2, "c1", "ignored")], ("ignore", None, "human")),
        ([decided(1, "c1", "ignored"), decided(2, "c1", "confirmed", "A9")], ("linked", "A9", "human")),
        ([decided(1, "c1", "rejected", "A1"), decided(2, "c1", "confirmed", "A1")], ("linked", "A1", "human")),
        ([decided(1, "c1", "confirmed", "A1"), decided(2, "c1", "rejected", "A1")], ("create", None, None)),
        (
            [decided(1, "c1", "confirmed", "A9"), decided(2, "c1", "withdrawn", "A9")],
            SCORED,
        ),
        (
            [decided(1, "c1", "rejected", "A1"), decided(2, "c1", "withdrawn", "A1")],
            SCORED,
        ),
        ([decided(1, "c1", "rejected", "A1"), decided(2, "c1", "withdrawn", "A9")], ("create", None, None)),
        ([decided(1, "c1", "ignored"), decided(2, "c1", "withdrawn")], SCORED),
        ([decided(1, "c1", "rejected", "A1"), decided(2, "c1", "withdrawn")], SCORED),
        (
            [decided(1, "c1", "confirmed", "A9"), decided(2, "c1", "ignored"), decided(3, "c1", "withdrawn")],
            SCORED,
        ),
        (
            [decided(1, "c1", "withdrawn"), decided(2, "c1", "ignored")],
            ("ignore", None, "human"),
        ),
    ],
)
def test_the_newest_decision_wins_and_withdrawn_takes_back(
    decisions: list[Row], expected: tuple[str, str | None, str | None]
) -> None:
    for given in (decisions, decisions[::-1]):
        desk = Desk([ACME_CONTACT], [ACME, UNRELATED], decisions=given)
        assert desk.brief("outcome", "sf_account_id", "method") == [expected]


def test_a_decision_about_a_contact_that_is_gone_changes_nothing() -> None:
    desk = Desk([ACME_CONTACT], [ACME], decisions=[decided(1, "gone", "ignored")])
    assert desk.brief("contact_key", "outcome") == [("t:c1", "linked")]
