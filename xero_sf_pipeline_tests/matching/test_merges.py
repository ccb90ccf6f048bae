"""Merges in Xero and in Salesforce are followed."""

from __future__ import annotations

from xero_sf_pipeline_tests.matching.desk import (
    ACME,
    ACME_CONTACT,
    UNRELATED,
    Desk,
    account,
    contact,
    decided,
    stored_link,
)

LOSER = contact(
    "c0",
    "Acme Old Name",
    contact_status="ARCHIVED",
    merged_to_xero_contact_id="c1",
    resolved_contact_key="t:c1",
)
WINNER = contact("c1", "Quite Another Name")


def test_a_merged_contact_goes_where_its_winner_goes() -> None:
    desk = Desk([LOSER, ACME_CONTACT], [ACME])
    assert desk.brief("contact_key", "outcome", "sf_account_id", "method", "reason", "is_primary") == [
        ("t:c0", "linked", "A1", "merge", "merged_contact", False),
        ("t:c1", "linked", "A1", "email_domain_name", "clear_match", True),
    ]
    assert desk.rows("select explanation from matching.links where contact_key = 't:c0'") == [
        {
            "explanation": 'Linked to "Acme Engineering Limited" because the contact was merged in Xero into '
            '"ACME Eng. Ltd", which is linked to it.'
        }
    ]


def test_a_merged_contact_of_an_unlinked_winner_is_left_alone() -> None:
    desk = Desk([LOSER, WINNER], [UNRELATED])
    assert desk.brief("contact_key", "outcome", "reason") == [
        ("t:c0", "ignore", "merged_contact"),
        ("t:c1", "create", "no_match"),
    ]


def test_the_stored_link_of_the_loser_follows_the_winner() -> None:
    desk = Desk([LOSER, WINNER], [UNRELATED], links=[stored_link("c0", "A9")])
    assert desk.brief("contact_key", "outcome", "sf_account_id", "method", "is_primary") == [
        ("t:c0", "linked", "A9", "merge", False),
        ("t:c1", "linked", "A9", "merge", True),
    ]


def test_the_external_key_of_the_loser_follows_the_winner_who_becomes_primary() -> None:
    desk = Desk([LOSER, WINNER], [UNRELATED | {"xero_contact_id": "c0"}])
    assert desk.brief("contact_key", "sf_account_id", "method", "is_primary") == [
        ("t:c0", "A9", "merge", False),
        ("t:c1", "A9", "merge", True),
    ]


def test_the_winners_own_link_outranks_that_of_the_loser() -> None:
    desk = Desk([LOSER, WINNER], [ACME, UNRELATED], links=[stored_link("c0", "A1"), stored_link("c1", "A9")])
    assert desk.brief("contact_key", "sf_account_id", "method", "rival_sf_account_id") == [
        ("t:c0", "A9", "merge", None),
        ("t:c1", "A9", "stored_link", "A1"),
    ]


def test_decisions_about_the_loser_follow_the_winner() -> None:
    desk = Desk([LOSER, ACME_CONTACT], [ACME], decisions=[decided(1, "c0", "rejected", "A1")])
    assert desk.brief("contact_key", "outcome") == [("t:c0", "ignore"), ("t:c1", "create")]


def test_of_the_decisions_of_both_contacts_the_newest_wins() -> None:
    decisions = [decided(1, "c1", "confirmed", "A1"), decided(2, "c0", "confirmed", "A9")]
    desk = Desk([LOSER, WINNER], [ACME, UNRELATED], decisions=decisions)
    assert desk.brief("contact_key", "sf_account_id", "method") == [("t:c0", "A9", "merge"), ("t:c1", "A9", "human")]


def test_a_winner_that_was_never_read_leaves_the_contact_on_its_own() -> None:
    desk = Desk([LOSER], [ACME])
    assert desk.brief("contact_key", "outcome", "reason") == [("t:c0", "ignore", "archived")]


def gone(key: str, master: str | None) -> dict[str, object]:
    return account(key, "Acme (duplicate)", is_deleted=True, master_sf_account_id=master)


def test_a_stored_link_to_a_merged_account_follows_the_master_however_often() -> None:
    accounts = [gone("A2", "A3"), gone("A3", "A9"), UNRELATED]
    desk = Desk([WINNER], accounts, links=[stored_link("c1", "A2")])
    (row,) = desk.links()
    assert (row["outcome"], row["sf_account_id"], row["method"], row["reason"]) == (
        "linked",
        "A9",
        "merge",
        "followed_merge",
    )
    assert row["explanation"] == 'Linked to "Zenith Bakery" because the stored link was followed through a merge.'


def test_a_stored_link_to_a_deleted_account_without_master_goes_to_review() -> None:
    desk = Desk([WINNER], [gone("A2", None)], links=[stored_link("c1", "A2")])
    assert desk.link() == {
        "contact_key": "t:c1",
        "outcome": "review",
        "sf_account_id": None,
        "method": None,
        "score": None,
        "margin": None,
        "rival_sf_account_id": None,
        "reason": "link_target_deleted",
        "explanation": "The stored link leads to account A2, which was deleted in Salesforce.",
        "is_primary": False,
        "decided_by": None,
        "decided_at": None,
    }


def test_the_review_of_a_deleted_target_proposes_the_best_other_account() -> None:
    desk = Desk([ACME_CONTACT], [gone("A2", None), ACME], links=[stored_link("c1", "A2")])
    assert desk.brief("outcome", "reason", "sf_account_id") == [("review", "link_target_deleted", "A1")]


def test_a_circle_of_masters_ends_in_review() -> None:
    desk = Desk([WINNER], [gone("A2", "A3"), gone("A3", "A2")], links=[stored_link("c1", "A2")])
    assert desk.brief("outcome", "reason") == [("review", "link_target_deleted")]


def test_a_confirmed_account_that_was_merged_is_followed_to_its_master() -> None:
    desk = Desk([WINNER], [gone("A2", "A9"), UNRELATED], decisions=[decided(1, "c1", "confirmed", "A2")])
    assert desk.brief("outcome", "sf_account_id", "method") == [("linked", "A9", "human")]


def test_a_rejected_account_stays_rejected_as_part_of_its_master() -> None:
    desk = Desk([ACME_CONTACT], [gone("A2", "A1"), ACME], decisions=[decided(1, "c1", "rejected", "A2")])
    assert desk.brief("outcome", "sf_account_id") == [("create", None)]


def test_a_direct_link_names_the_method_although_another_reaches_the_account_through_a_merge() -> None:
    links = [stored_link("c1", "A9"), stored_link("c1", "A2") | {"sf_xero_contact_id": "x-2"}]
    for given in (links, links[::-1]):
        desk = Desk([WINNER], [gone("A2", "A9"), UNRELATED], links=given)
        assert desk.brief("outcome", "sf_account_id", "method") == [("linked", "A9", "stored_link")]
