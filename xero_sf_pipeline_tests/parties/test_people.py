"""Persons of a Xero contact and the people of its account."""

from __future__ import annotations

from typing import Any

import pytest

from xero_sf_pipeline_tests.parties.office import Office, account_id, rules

ACCOUNT = account_id(1)
ANN = {"first_name": "Ann", "last_name": "Lee", "contact_email": "Ann@acme.example"}


def contact_person(first: str | None, last: str | None, email: str | None) -> dict[str, Any]:
    return {"first_name": first, "last_name": last, "email": email}


def test_persons_that_the_account_lacks_become_its_contacts_once() -> None:
    office = Office()
    key = office.pair(
        xero=ANN | {"contact_persons": [contact_person("Bob", "Ray", "bob@acme.example"), contact_person("Ann", "Lee", "ann@ACME.example")]}
    )  # fmt: skip
    assert office.planned() == [
        ("contact.upsert", f"{key}:bob@acme.example",
         {"AccountId": ACCOUNT, "FirstName": "Bob", "LastName": "Ray", "Email": "bob@acme.example"}, {}),
        ("contact.upsert", f"{key}:primary",
         {"AccountId": ACCOUNT, "FirstName": "Ann", "LastName": "Lee", "Email": "ann@acme.example"}, {}),
    ]  # fmt: skip
    office.push()
    assert office.planned() == []
    assert office.exclusions() == []


def test_a_person_with_that_address_is_the_one() -> None:
    office = Office()
    office.pair(xero=ANN)
    office.person(ACCOUNT, "Lee-Smith", "ann@acme.example")
    assert office.planned() == []


def test_a_contact_without_an_address_is_known_by_the_persons_name() -> None:
    office = Office()
    key = office.pair(xero={"first_name": "Ann", "last_name": "Lee"})
    office.person(ACCOUNT, "LEE", first_name="ann")
    assert office.planned() == []
    office.books.run("delete from core.people")
    assert [target for _, target, *_ in office.planned()] == [f"{key}:primary"]


@pytest.mark.parametrize(
    ("xero", "reason"),
    [
        ({"contact_email": "info@acme.example"}, "person_without_name"),
        ({"contact_email": "ann at acme", "last_name": "Lee"}, "value_invalid"),
        ({"contact_email": "a@acme.example", "last_name": "L" * 81}, "value_too_long"),
    ],
)
def test_a_person_that_salesforce_would_refuse_is_told(xero: dict[str, Any], reason: str) -> None:
    office = Office()
    key = office.pair(xero=xero)
    assert office.planned() == []
    assert office.exclusions() == [(f"{key}:primary", reason)]


def test_a_person_of_another_account_is_not_made_twice() -> None:
    office = Office()
    key = office.pair(xero=ANN)
    office.person("001000000000009AAA", "Lee", "ann@acme.example")
    assert office.planned() == []
    assert office.exclusions() == [(f"{key}:primary", "person_on_other_account")]


def test_people_can_be_left_out() -> None:
    office = Office(rules(people="off"))
    office.pair(xero=ANN)
    assert office.planned() == []


def test_an_address_that_changed_in_xero_changes_at_the_same_person() -> None:
    office = Office(rules(fields={"email": "xero_wins"}))
    key = office.pair(xero=ANN)
    person = office.person(ACCOUNT, "Lee", "ann@acme.example")
    office.plan()
    office.later()
    office.change_contact(key, contact_email="ann.lee@acme.example")
    assert office.planned() == [
        ("contact.upsert", person, {"Email": "ann.lee@acme.example"}, {"Email": "ann@acme.example"})
    ]
    office.push()
    assert office.planned() == []


def test_an_address_that_changed_at_our_person_goes_to_xero() -> None:
    office = Office(rules(fields={"email": "newest_wins"}))
    key = office.pair(xero=ANN)
    office.plan()
    office.push()
    office.plan()
    office.books.run("update core.people set email = 'new@acme.example', updated_at = $now", {"now": office.now})
    assert office.planned() == [
        ("xero_contact.update", key, {"EmailAddress": "new@acme.example"}, {"EmailAddress": "Ann@acme.example"})
    ]
    office.push()
    assert office.planned() == []


def test_the_only_address_of_an_account_fills_xeros() -> None:
    office = Office()
    key = office.pair()
    office.person(ACCOUNT, "Lee", "ann@acme.example")
    assert office.planned() == [
        ("xero_contact.update", key, {"EmailAddress": "ann@acme.example"}, {"EmailAddress": None})
    ]
    office.person(ACCOUNT, "Ray", "bob@acme.example")
    assert office.planned() == []


def test_a_person_is_made_together_with_the_account_and_named_alike_when_it_is_there() -> None:
    office = Office()
    key = office.books.add_contact("Bolt", xero_contact_id="c-9", **ANN)
    office.books.link(key, "create")
    office.plan_everything()
    writes = {row["kind"]: row for row in office.writes("plan.writes")}
    person = writes["contact.upsert"]
    assert person["payload"] == {
        "Account": {"Xero_Contact_ID__c": "c-9"}, "FirstName": "Ann", "LastName": "Lee", "Email": "ann@acme.example",
    }  # fmt: skip
    assert person["depends_on"] == [writes["account.create"]["write_id"]]
    office.confirm(writes["account.create"] | {"target_id": account_id(9)})
    office.books.add_account(account_id(9), "Bolt", xero_contact_id="c-9")
    office.books.run(
        "update matching.links set outcome = 'linked', sf_account_id = $id, is_primary = true", {"id": account_id(9)}
    )
    office.plan_everything()
    (again,) = [row for row in office.writes("plan.writes") if row["kind"] == "contact.upsert"]
    assert again["payload"]["AccountId"] == account_id(9)
    assert again["write_id"] == person["write_id"]


def test_a_person_of_a_contact_that_gets_no_account_is_not_spoken_of() -> None:
    office = Office()
    key = office.books.add_contact("Bolt", contact_email="info@bolt.example")
    office.books.link(key, "create")
    assert office.planned() == []
    assert office.exclusions() == []
