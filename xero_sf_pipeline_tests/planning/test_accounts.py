from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from xero_sf_pipeline.policy import parse_policy
from xero_sf_pipeline_tests.planning.core_tables import TENANT, Books
from xero_sf_pipeline_tests.planning.desk import Desk

ACCOUNT = "001000000000001AAA"
OTHER = "001000000000002AAA"


def writes(desk: Desk) -> list[tuple[str, str, str, dict[str, Any], dict[str, Any]]]:
    desk.plan()
    return [
        (row["kind"], row["target_object"], row["target_key"], row["payload"], row["before"]) for row in desk.writes()
    ]


def test_a_linked_contact_is_tied_by_its_id_on_the_account_and_by_a_stored_link() -> None:
    books = Books()
    contact = books.add_contact("Acme")
    books.add_account(ACCOUNT, "Acme Inc")
    books.link(contact, "linked", ACCOUNT, method="fuzzy")
    desk = Desk(books)
    link = "https://go.xero.com/app/!a1/contacts/contact/c-Acme"
    assert writes(desk) == [
        (
            "account.link",
            "Account",
            ACCOUNT,
            {"Xero_Contact_ID__c": "c-Acme", "Xero_Link__c": link},
            {"Xero_Contact_ID__c": None},
        ),
        (
            "account.link",
            "Xero_Contact__c",
            contact,
            {"Account__c": ACCOUNT, "Name": "Acme", "Xero_Link__c": link},
            {},
        ),
    ]
    desk.push()
    assert writes(desk) == []


def test_only_the_primary_contact_names_itself_on_the_account() -> None:
    books = Books()
    books.add_account(ACCOUNT, "Acme Inc")
    for name, is_primary in (("Acme North", True), ("Acme South", False)):
        books.link(books.add_contact(name), "linked", ACCOUNT, is_primary=is_primary)
    assert [(target, key) for _, target, key, _, _ in writes(Desk(books))] == [
        ("Account", ACCOUNT),
        ("Xero_Contact__c", f"{TENANT}:c-Acme North"),
        ("Xero_Contact__c", f"{TENANT}:c-Acme South"),
    ]


def test_a_match_that_moved_moves_the_stored_link_but_never_an_id_on_an_account() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_account(OTHER, "Acme Group", xero_contact_id="c-someone-else")
    books.run("update matching.links set sf_account_id = $a", {"a": OTHER})
    desk = Desk(books)
    assert writes(desk) == [
        ("account.link", "Xero_Contact__c", contact, {"Account__c": OTHER}, {"Account__c": ACCOUNT}),
    ]
    assert desk.exclusions() == [(OTHER, "account_names_other_contact")]


def test_an_id_that_sits_on_another_account_is_reported_and_not_sent_to_be_refused() -> None:
    books = Books()
    books.add_linked_contact("Acme", ACCOUNT)
    books.add_account(OTHER, "Acme Group")
    books.run("update matching.links set sf_account_id = $a", {"a": OTHER})
    desk = Desk(books)
    assert [target for _, target, *_ in writes(desk)] == ["Xero_Contact__c"]
    assert desk.exclusions() == [(OTHER, "contact_on_other_account")]


def test_a_new_account_carries_what_fits_and_reports_what_does_not() -> None:
    books = Books()
    contact = books.add_contact(
        "Long & Co\n" + "x" * 300, phone="0" * 41, website="https://long.example", street="1 High St\nUnit 2",
        city="c" * 41, region="r" * 81, postal_code="p" * 21, country="United Kingdom", account_number="LC-1",
    )  # fmt: skip
    books.link(contact, "create")
    desk = Desk(books)
    payload = writes(desk)[0][3]
    assert {field: payload[field] for field in payload if field not in ("Xero_Link__c", "Name")} == {
        "Type": "Customer",
        "Website": "https://long.example",
        "AccountNumber": "LC-1",
        "BillingStreet": "1 High St\nUnit 2",
        "BillingCity": "c" * 39 + "…",
        "BillingState": "r" * 79 + "…",
        "BillingCountry": "United Kingdom",
    }
    assert payload["Name"] == "Long & Co " + "x" * 244 + "…"
    assert books.rows("select kind, reason, explanation from plan.exclusions order by explanation desc") == [
        {
            "kind": "account.create",
            "reason": "value_left_out",
            "explanation": f"The account for Long & Co {'x' * 300} is planned without {field}.",
        }
        for field in (
            "Phone: 41 characters, 40 are allowed",
            "BillingPostalCode: 21 characters, 20 are allowed",
        )
    ]


@pytest.mark.parametrize(
    ("contact", "link", "policy", "reason"),
    [
        ({"contact_status": "ARCHIVED"}, {}, None, "contact_archived"),
        ({"contact_name": "  "}, {}, None, "contact_without_name"),
        ({"is_customer": False, "has_sales_documents": False}, {}, None, "contact_not_customer"),
        ({}, {}, {"accounts": {"create": {"when": "never"}}}, "switched_off"),
        ({}, {}, {"automation": {"account.create": "off"}}, "switched_off"),
    ],
)
def test_an_account_that_is_not_created_is_a_stated_exclusion_and_so_is_its_overdue_invoice(
    contact: dict[str, Any], link: dict[str, Any], policy: dict[str, Any] | None, reason: str
) -> None:
    books = Books()
    key = books.add_contact("Acme", **contact)
    books.link(key, "create", **link)
    invoice = books.add_invoice("INV-1", key, "100.00", date(2026, 3, 1))
    desk = Desk(books, parse_policy(policy))
    assert writes(desk) == []
    assert desk.exclusions() == [(key, reason), (invoice, "unmatched")]


def test_a_person_who_decides_to_create_an_account_needs_no_customer() -> None:
    books = Books()
    key = books.add_contact("Acme", is_customer=False, has_sales_documents=False)
    books.link(key, "create", method="human", decided_by="Kim")
    desk = Desk(books)
    assert [kind for kind, *_ in writes(desk)] == ["account.create", "account.link"]
    assert "by decision of Kim" in desk.writes()[0]["explanation"]


def test_accounts_can_wait_until_something_is_overdue() -> None:
    books = Books()
    early, late = books.add_contact("Early"), books.add_contact("Late")
    books.link(early, "create")
    books.link(late, "create")
    books.add_invoice("INV-1", late, "100.00", date(2026, 3, 1))
    desk = Desk(books, parse_policy({"accounts": {"create": {"when": "overdue"}}}))
    assert [row[2] for row in writes(desk) if row[0] == "account.create"] == ["c-Late"]


def test_an_account_that_exists_under_the_contact_id_is_never_overwritten_by_a_creation() -> None:
    books = Books()
    key = books.add_contact("Acme")
    books.link(key, "create")
    books.add_account(ACCOUNT, "Acme Inc", xero_contact_id="c-Acme")
    desk = Desk(books)
    assert writes(desk) == []
    assert desk.exclusions() == [(key, "account_exists")]


def test_an_account_that_a_person_deleted_is_created_again_only_by_policy() -> None:
    books = Books()
    key = books.add_contact("Acme")
    books.link(key, "create")
    books.add_account(ACCOUNT, "Acme Inc", xero_contact_id="c-Acme", is_deleted=True)
    desk = Desk(books)
    assert writes(desk) == []
    assert desk.exclusions() == [(key, "account_deleted")]
    desk.policy = parse_policy({"accounts": {"create": {"recreate_deleted": True}}})
    assert [kind for kind, *_ in writes(desk)] == ["account.create", "account.link"]


def test_a_merged_contact_gets_no_account_of_its_own() -> None:
    books = Books()
    winner = books.add_linked_contact("Winner", ACCOUNT)
    loser = books.add_contact("Loser", contact_status="ARCHIVED", resolved_contact_key=winner)
    books.link(loser, "create")
    desk = Desk(books)
    assert writes(desk) == []
    assert desk.exclusions() == []


def test_a_created_account_that_was_not_read_back_is_named_by_its_key_without_waiting_for_it() -> None:
    books = Books()
    key = books.add_contact("Acme")
    books.link(key, "create")
    desk = Desk(books)
    desk.plan()
    desk.push(read_back=False)
    books.add_invoice("INV-1", key, "100.00", date(2026, 3, 1))
    ((kind, _, _, payload, _),) = writes(desk)
    assert (kind, payload["Account"]) == ("case.open", {"Xero_Contact_ID__c": "c-Acme"})
    assert desk.writes()[0]["depends_on"] == []
    assert desk.exclusions() == [(key, "awaiting_read_back"), (key, "awaiting_read_back")]
