"""Which evidence links, which only proposes: one small hand-written case per rule."""

from __future__ import annotations

import pytest

from xero_sf_pipeline_tests.matching.desk import ACME, ACME_CONTACT, UNRELATED, Desk, account, contact, stored_link

PLACE = {"street": "12 High Street", "city": "Leeds", "postal_code": "LS1 4AB"}


def test_the_whole_link_row_tells_what_was_found_and_why() -> None:
    assert Desk([ACME_CONTACT], [ACME, UNRELATED]).link() == {
        "contact_key": "t:c1",
        "outcome": "linked",
        "sf_account_id": "A1",
        "method": "email_domain_name",
        "score": 42.94,
        "margin": None,
        "rival_sf_account_id": None,
        "reason": "clear_match",
        "explanation": 'Linked to "Acme Engineering Limited" because of equal name, same telephone number, same e-mail '
        "domain acme-eng.co.uk, same postcode LS1 4AB, same street address, same legal form (score 42.9).",
        "is_primary": True,
        "decided_by": None,
        "decided_at": None,
    }


def test_the_whole_candidate_row_keeps_every_term_of_the_score() -> None:
    desk = Desk([ACME_CONTACT], [ACME, UNRELATED])
    desk.match()
    (row,) = desk.rows("select * from matching.candidates")
    terms = row.pop("terms")
    assert row == {
        "contact_key": "t:c1",
        "sf_account_id": "A1",
        "blocking_rule": "email_domain",
        "score": 42.94,
        "probability": pytest.approx(1.0),
        "candidate_rank": 1,
    }
    assert terms == [
        term("prior", -9.97, None, None, "any account, before looking"),
        term("name", 15.47, "ACME Eng. Ltd", "Acme Engineering Limited", "equal name"),
        term("legal_form", 0.5, "ltd", "ltd", "same legal form"),
        term("email_domain", 9.97, "acme-eng.co.uk", "acme-eng.co.uk", "same e-mail domain acme-eng.co.uk"),
        term("phone", 9.97, "020 7946 0958", "+44 20 7946 0958", "same telephone number"),
        term("postcode", 9.0, "LS1 4AB", "LS1 4AB", "same postcode LS1 4AB"),
        term("street", 8.0, "12 High St", "12 High Street", "same street address"),
    ]


def term(
    name: str, points: float, contact_value: str | None, account_value: str | None, note: str
) -> dict[str, object]:
    return {
        "term": name,
        "points": points,
        "contact_value": contact_value,
        "account_value": account_value,
        "note": note,
    }


@pytest.mark.parametrize(
    ("method", "contact_values", "account_values"),
    [
        ("account_number", {"account_number": "ACM-001"}, {"account_number": "acm001"}),
        ("tax_number", {"tax_number": "GB 123 4567 89"}, {"account_number": "GB123456789"}),
        ("tax_number", {"company_number": "09876543"}, {"account_number": "09876543"}),
        ("email_domain_name", {"email": "ap@acme-eng.co.uk"}, {"email_domains": ["acme-eng.co.uk"]}),
        ("email_domain_name", {"email": "ap@mail.acme-eng.co.uk"}, {"website": "https://www.acme-eng.co.uk/contact"}),
        ("name_postcode", PLACE, PLACE),
        ("fuzzy", {"phone": "(020) 7946 0958"}, {"phone": "+44 20 79460958"}),
    ],
)
def test_each_method_links_with_a_similar_name(
    method: str, contact_values: dict[str, object], account_values: dict[str, object]
) -> None:
    desk = Desk(
        [contact("c1", "Acme Enginering Ltd", **contact_values)],
        [account("A1", "Acme Engineering Limited", **account_values), UNRELATED],
    )
    assert desk.brief("outcome", "sf_account_id", "method", "reason") == [("linked", "A1", method, "clear_match")]


def test_an_address_of_a_person_of_the_account_links_even_at_a_free_mail_provider() -> None:
    desk = Desk(
        [contact("c1", "Charles Martin", email="charles.martin@gmail.com")],
        [account("A1", "Martin, Charles"), UNRELATED],
        people=[
            {
                "sf_contact_id": "P1",
                "sf_account_id": "A1",
                "full_name": "Charles Martin",
                "email": "Charles.Martin@gmail.com",
                "phone": None,
            }
        ],
    )
    assert desk.brief("outcome", "sf_account_id", "method") == [("linked", "A1", "email_domain_name")]


def test_a_free_mail_domain_is_no_evidence() -> None:
    desk = Desk(
        [contact("c1", "Acme Ltd", email="acme@gmail.com")],
        [account("A1", "Acme Services Ltd", email_domains=["gmail.com"])],
    )
    desk.match()
    terms = desk.rows("select unnest(terms).term as term from matching.candidates")
    assert "email_domain" not in {row["term"] for row in terms}


def test_an_equal_name_alone_is_proposed_not_linked() -> None:
    desk = Desk([contact("c1", "Acme Engineering Ltd")], [account("A1", "Acme Engineering Ltd"), UNRELATED])
    assert desk.brief("outcome", "sf_account_id", "reason", "explanation") == [
        (
            "review",
            "A1",
            "middling_score",
            '"Acme Engineering Ltd" may be the account because of equal name, same legal form (score 6.0).',
        )
    ]


def test_namesakes_in_other_cities_are_not_linked() -> None:
    desk = Desk(
        [contact("c1", "Acme Engineering Ltd", street="1 Low Road", city="Bristol", postal_code="BS1 1AA")],
        [account("A1", "Acme Engineering Ltd", **PLACE)],
    )
    assert desk.brief("outcome", "reason", "sf_account_id") == [("review", "middling_score", "A1")]


def test_an_equal_number_does_not_link_names_that_contradict_it() -> None:
    desk = Desk(
        [contact("c1", "Acme Engineering", account_number="CUST-1001", phone="020 7946 0958", **PLACE)],
        [account("A1", "Riverside Dental Practice", account_number="CUST1001", phone="020 7946 0958", **PLACE)],
    )
    (row,) = desk.links()
    assert (row["outcome"], row["reason"], row["sf_account_id"]) == ("review", "name_contradicts", "A1")


def test_one_name_inside_the_other_links_when_two_other_facts_agree() -> None:
    desk = Desk(
        [contact("c1", "Mifune Japan Center", phone="415/922-0337", **PLACE)],
        [account("A1", "Mifune", phone="415-922-0337", **PLACE)],
    )
    assert desk.brief("outcome", "sf_account_id") == [("linked", "A1")]


def test_duplicate_accounts_go_to_review_with_the_rival_named() -> None:
    desk = Desk([ACME_CONTACT], [ACME, ACME | {"sf_account_id": "A2"}, UNRELATED])
    (row,) = desk.links()
    assert (row["outcome"], row["reason"], row["sf_account_id"]) == ("review", "near_tie", "A1")
    assert (row["rival_sf_account_id"], row["margin"]) == ("A2", 0.0)
    assert row["explanation"].startswith('"Acme Engineering Limited" (A1) fits because of equal name, ')
    assert row["explanation"].endswith(', but "Acme Engineering Limited" (A2) fits just as well.')


def test_a_near_tie_says_how_far_the_rival_is_behind() -> None:
    desk = Desk([ACME_CONTACT], [ACME, ACME | {"sf_account_id": "A2", "account_name": "Acme Engineering PLC"}])
    (row,) = desk.links()
    assert (row["outcome"], row["reason"], row["margin"]) == ("review", "near_tie", 2.0)
    assert row["explanation"].endswith(
        ', but "Acme Engineering PLC" (A2) fits almost as well (only 2.0 points behind).'
    )


def test_branches_of_one_domain_go_to_the_account_of_their_town() -> None:
    shared = {"email_domains": ["acme-eng.co.uk"]}
    desk = Desk(
        [
            contact("c1", "Acme Engineering (Leeds)", email="a@acme-eng.co.uk", city="Leeds", postal_code="LS1 4AB"),
            contact("c2", "Acme Engineering York", email="york@acme-eng.co.uk", city="York", postal_code="YO1 7HH"),
        ],
        [
            account("A1", "Acme Engineering Ltd", city="Leeds", postal_code="LS1 4AB", **shared),
            account("A2", "Acme Engineering Ltd - York", city="York", postal_code="YO1 7HH", **shared),
        ],
    )
    assert desk.brief("contact_key", "outcome", "sf_account_id") == [
        ("t:c1", "linked", "A1"),
        ("t:c2", "linked", "A2"),
    ]


def test_a_rare_shared_word_is_worth_more_than_a_common_one() -> None:
    common = [account(f"B{number:02d}", f"Plumbing Number{number}x") for number in range(20)]
    desk = Desk(
        [contact("c1", "Kowalski Roofing"), contact("c2", "Tanner Plumbing")],
        [account("A1", "Kowalski Timber"), account("A2", "Marsh Plumbing"), *common],
    )
    desk.match()
    points = {
        (row["contact_key"], row["sf_account_id"]): row["points"]
        for row in desk.rows(
            "select contact_key, sf_account_id, list_filter(terms, lambda t: t.term = 'name')[1].points as points "
            "from matching.candidates"
        )
    }
    assert points[("t:c1", "A1")] == 9.97
    assert points.get(("t:c2", "A2"), 0) < 6


def test_a_stored_link_outranks_a_better_score() -> None:
    desk = Desk([ACME_CONTACT], [ACME, UNRELATED], links=[stored_link("c1", "A9")])
    (row,) = desk.links()
    assert (row["outcome"], row["sf_account_id"], row["method"], row["rival_sf_account_id"]) == (
        "linked",
        "A9",
        "stored_link",
        "A1",
    )


def test_the_external_key_of_the_account_links() -> None:
    desk = Desk([contact("c1", "Acme")], [UNRELATED | {"xero_contact_id": "C1"}])
    (row,) = desk.links()
    assert (row["outcome"], row["sf_account_id"], row["method"], row["is_primary"]) == (
        "linked",
        "A9",
        "external_key",
        True,
    )
    assert row["explanation"] == 'Linked to "Zenith Bakery" because one of them carries the other\'s id.'


def test_a_contact_that_carries_the_accounts_id_as_its_number_was_made_for_that_account() -> None:
    desk = Desk([contact("c1", "Acme", contact_number="A9")], [UNRELATED])
    (row,) = desk.links()
    assert (row["outcome"], row["sf_account_id"], row["method"]) == ("linked", "A9", "external_key")


def test_a_stored_link_outranks_the_external_key_of_another_account_which_is_named_as_rival() -> None:
    desk = Desk(
        [ACME_CONTACT],
        [ACME, UNRELATED | {"xero_contact_id": "c1"}],
        links=[stored_link("c1", "A1"), stored_link("c1", "A9", by_key=True)],
    )
    (row,) = desk.links()
    assert (row["sf_account_id"], row["method"], row["rival_sf_account_id"]) == ("A1", "stored_link", "A9")
    # The unique key still stands on A9: naming the contact on A1 too would be refused by Salesforce.
    assert row["is_primary"] is False


def test_two_stored_links_to_different_accounts_go_to_review() -> None:
    links = [stored_link("c1", "A1"), stored_link("c1", "A9") | {"sf_xero_contact_id": "x-2"}]
    desk = Desk([ACME_CONTACT], [ACME, UNRELATED], links=links)
    (row,) = desk.links()
    assert (row["outcome"], row["reason"], row["sf_account_id"], row["rival_sf_account_id"]) == (
        "review",
        "conflicting_links",
        "A1",
        "A9",
    )
