"""What becomes of contacts without a match, and which contact an account names."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from xero_sf_pipeline.matching import MatchingPolicy
from xero_sf_pipeline_tests.matching.desk import ACME, ACME_CONTACT, NOW, UNRELATED, Desk, account, contact, stored_link


def test_a_customer_without_a_likely_account_is_created() -> None:
    assert Desk([contact("c1", "Charles Martin")], [UNRELATED]).link() == {
        "contact_key": "t:c1",
        "outcome": "create",
        "sf_account_id": None,
        "method": None,
        "score": None,
        "margin": None,
        "rival_sf_account_id": None,
        "reason": "no_match",
        "explanation": "A new account is proposed because no existing account is likely enough.",
        "is_primary": False,
        "decided_by": None,
        "decided_at": None,
    }


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"contact_status": "ARCHIVED"}, "archived"),
        ({"contact_status": "GDPRREQUEST"}, "archived"),
        ({"is_customer": False, "has_sales_documents": False, "is_supplier": True}, "supplier_only"),
    ],
)
def test_archived_contacts_and_mere_suppliers_are_ignored_however_well_they_match(
    values: dict[str, object], reason: str
) -> None:
    assert Desk([ACME_CONTACT | values], [ACME]).brief("outcome", "reason", "sf_account_id") == [
        ("ignore", reason, None)
    ]


def test_an_archived_contact_that_is_linked_stays_linked() -> None:
    desk = Desk([ACME_CONTACT | {"contact_status": "ARCHIVED"}], [ACME], links=[stored_link("c1", "A1")])
    assert desk.brief("outcome", "sf_account_id", "method") == [("linked", "A1", "stored_link")]


def test_a_supplier_that_is_also_a_customer_is_matched() -> None:
    assert Desk([ACME_CONTACT | {"is_supplier": True}], [ACME]).brief("outcome") == [("linked",)]


def test_a_contact_that_is_neither_customer_nor_supplier_is_linked_but_never_created() -> None:
    nobody = {"is_customer": False, "has_sales_documents": False}
    desk = Desk([ACME_CONTACT | nobody, contact("c2", "Charles Martin", **nobody)], [ACME])
    assert desk.brief("contact_key", "outcome", "reason") == [
        ("t:c1", "linked", "clear_match"),
        ("t:c2", "ignore", "not_a_customer"),
    ]


def test_deleted_accounts_are_never_candidates() -> None:
    assert Desk([ACME_CONTACT], [ACME | {"is_deleted": True}]).brief("outcome") == [("create",)]


def test_many_contacts_share_an_account_and_one_of_them_is_primary() -> None:
    second = ACME_CONTACT | {
        "contact_key": "u:c2",
        "tenant_id": "u",
        "xero_contact_id": "c2",
        "resolved_contact_key": "u:c2",
    }
    desk = Desk([ACME_CONTACT, second], [ACME])
    assert desk.brief("contact_key", "sf_account_id", "is_primary") == [("t:c1", "A1", True), ("u:c2", "A1", False)]


def test_the_contact_that_the_account_names_already_stays_primary() -> None:
    second = contact("c2", "Acme Enginering", phone="020 7946 0958", city="Leeds")
    desk = Desk([ACME_CONTACT, second], [ACME | {"xero_contact_id": "c2"}])
    assert desk.brief("contact_key", "sf_account_id", "is_primary") == [("t:c1", "A1", False), ("t:c2", "A1", True)]


def test_an_account_that_names_an_unknown_contact_gets_no_primary() -> None:
    desk = Desk([ACME_CONTACT], [ACME | {"xero_contact_id": "of-another-organisation"}])
    assert desk.brief("sf_account_id", "is_primary") == [("A1", False)]


def test_the_report_counts_and_holds_no_names() -> None:
    contacts = [ACME_CONTACT, contact("c2", "Charles Martin"), contact("c3", "Zenith Bakery Ltd")]
    report = Desk(contacts, [ACME, UNRELATED]).match()
    assert report.metrics() == {
        "matched_at": NOW.isoformat(),
        "contact_count": 3,
        "account_count": 2,
        "pair_count": 2,
        "candidate_count": 2,
        "review_share": 0.3333,
        "linked_count": 1,
        "review_count": 1,
        "create_count": 1,
        "ignore_count": 0,
        "linked_by_email_domain_name_count": 1,
        "reason_clear_match_count": 1,
        "reason_middling_score_count": 1,
        "reason_no_match_count": 1,
    }


def test_no_contacts_and_no_accounts_give_empty_tables() -> None:
    desk = Desk()
    report = desk.match()
    assert (report.contact_count, report.review_share, desk.links()) == (0, 0.0, [])


def test_no_temporary_table_is_left_behind() -> None:
    desk = Desk([ACME_CONTACT], [ACME])
    desk.match()
    assert desk.rows("select table_name from duckdb_tables() where temporary") == []


def test_a_name_without_letters_is_created_not_lost() -> None:
    desk = Desk([contact("c1", "???"), contact("c2", "株式会社サンプル", phone="+81 3 1234 5678")],
                [account("A1", "株式会社サンプル", phone="03-1234-5678")])  # fmt: skip
    assert desk.brief("contact_key", "outcome") == [("t:c1", "create"), ("t:c2", "linked")]


def test_a_review_threshold_above_the_link_threshold_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"review_points \(9\.0\) is above matching\.link_points \(7\.0\)"):
        MatchingPolicy(review_points=9)
