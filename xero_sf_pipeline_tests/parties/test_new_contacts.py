"""Contacts in Xero for accounts of the types that the policy names."""

from __future__ import annotations

from typing import Any

from xero_sf_pipeline.planning.desk import PlanDesk
from xero_sf_pipeline.planning.parameters import create_parameters
from xero_sf_pipeline.planning.parties_new_contacts import plan_contacts_of_types
from xero_sf_pipeline.warehouse.statements import sql
from xero_sf_pipeline_tests.parties.office import TENANT, Office, account_id, rules


def planned(office: Office) -> list[tuple[str, dict[str, Any]]]:
    connection = office.books.connection
    connection.execute("delete from plan.exclusions")
    create_parameters(connection, office.policy, office.now, {})
    connection.execute(sql("plan", "confirmed_targets"))
    plan_contacts_of_types(PlanDesk(connection, office.policy, office.now, "plan-1"))
    return [(row["target_key"], row["payload"]) for row in office.writes()]


def test_an_account_of_a_named_type_gets_a_contact_with_its_person_and_address() -> None:
    office = Office(rules(create_xero_contacts=["Customer"]))
    office.books.add_account(account_id(5), "Bolt", account_type="Customer", street="1 High St", country="UK")
    office.books.add_account(account_id(6), "Core", account_type="Prospect")
    office.books.add_account(account_id(7), "Dune", account_type="Customer", is_deleted=True)
    office.person(account_id(5), "Lee", "ann@bolt.example")
    ((key, payload),) = planned(office)
    assert key == f"{TENANT}:{account_id(5)}"
    assert payload["Name"] == "Bolt"
    assert payload["EmailAddress"] == "ann@bolt.example"
    assert payload["Addresses"][0]["AddressLine1"] == "1 High St"


def test_an_account_that_may_have_a_contact_already_is_left_to_a_person() -> None:
    office = Office(rules(create_xero_contacts=["Customer"]))
    linked = office.pair("Acme", account={"account_type": "Customer"})
    for number, name in ((5, "Bolt"), (6, "Core "), (7, "Twin"), (8, "twin"), (9, "Numbered")):
        office.books.add_account(account_id(number), name, account_type="Customer")
    office.books.add_contact("core")
    office.books.add_contact("Other", contact_number=account_id(9))
    reviewed = office.books.add_contact("Bolt & Co")
    office.books.link(reviewed, "review")
    office.books.put("matching.candidates", contact_key=reviewed, sf_account_id=account_id(5), candidate_rank=1)
    assert planned(office) == []
    assert office.exclusions() == [
        (account_id(5), "match_in_review"), (account_id(6), "name_not_unique"), (account_id(7), "name_not_unique"),
        (account_id(8), "name_not_unique"), (account_id(9), "match_in_review"),
    ]  # fmt: skip
    assert linked


def test_with_several_organisations_it_is_not_clear_where() -> None:
    office = Office(rules(create_xero_contacts=["Customer"]))
    office.books.add_organisation("20000000-0000-4000-8000-000000000002", "UTC")
    office.books.add_account(account_id(5), "Bolt", account_type="Customer")
    assert planned(office) == []
    assert office.exclusions() == [(account_id(5), "organisation_unclear")]
