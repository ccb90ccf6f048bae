"""Details of a linked contact and its account: what is written where, and what is left to a person."""

from __future__ import annotations

from typing import Any

import pytest

from xero_sf_pipeline_tests.parties.office import NOW, TENANT, Office, account_id, address, phone, rules

ACCOUNT = account_id(1)
LONDON = address("1 High St", "Floor 2", city="London", postal_code="N1 1AA", country="UK")
FULL_CONTACT = {
    "phones": [phone("7946 0018", "020", "44")],
    "addresses": [LONDON],
    "website": "https://acme.example",
    "account_number": "A1",
}


def test_an_empty_account_is_filled_in_one_write_and_then_both_sides_agree() -> None:
    office = Office()
    key = office.pair(xero=FULL_CONTACT)
    assert office.planned() == [
        (
            "account.update",
            ACCOUNT,
            {
                "AccountNumber": "A1", "BillingCity": "London", "BillingCountry": "United Kingdom",
                "BillingPostalCode": "N1 1AA", "BillingStreet": "1 High St\nFloor 2", "Phone": "+442079460018",
                "Website": "https://acme.example",
            },
            dict.fromkeys(
                ["AccountNumber", "BillingCity", "BillingCountry", "BillingPostalCode", "BillingStreet", "Phone", "Website"]
            ),
        )
    ]  # fmt: skip
    assert office.exclusions() == []
    office.push()
    assert office.planned() == []
    agreed = office.books.rows("select field, agreed_value from mapping.agreed_values where xero_key = $key order by 1", {"key": key})  # fmt: skip
    assert [(row["field"], row["agreed_value"]) for row in agreed] == [
        ("account_number", "a1"),
        ("billing_address", "1 high st floor 2|london||n11aa|GB"),
        ("name", "acme ltd"),
        ("phone", "+442079460018"),
        ("tax_number", None),
        ("website", "acme.example"),
    ]


def test_an_empty_contact_is_filled_entry_by_entry() -> None:
    office = Office()
    key = office.pair(
        xero={"phones": [phone("555", kind="FAX")], "addresses": [address(kind="POBOX", attention_to="Ann")]},
        account={
            "phone": "(09) 555 1234", "street": "1 High St", "city": "Auckland", "country": "Aotearoa New Zealand",
            "account_number": "A1", "website": "acme.example",
        },
    )  # fmt: skip
    assert office.planned() == [
        (
            "xero_contact.update",
            key,
            {
                "AccountNumber": "A1",
                "Addresses": [
                    {
                        "AddressType": "POBOX", "AddressLine1": "1 High St", "AddressLine2": "", "AddressLine3": "",
                        "AddressLine4": "", "City": "Auckland", "Region": "", "PostalCode": "",
                        "Country": "New Zealand", "AttentionTo": "Ann",
                    }
                ],
                "Phones": [
                    {"PhoneType": "DEFAULT", "PhoneNumber": "5551234", "PhoneAreaCode": "9", "PhoneCountryCode": "64"}
                ],
            },
            {
                "AccountNumber": None,
                "Addresses": [
                    {
                        "AddressType": "POBOX", "AddressLine1": "", "AddressLine2": "", "AddressLine3": "",
                        "AddressLine4": "", "City": "", "Region": "", "PostalCode": "", "Country": "",
                        "AttentionTo": "Ann",
                    }
                ],
                "Phones": [
                    {"PhoneType": "DEFAULT", "PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}
                ],
            },
        )
    ]  # fmt: skip
    (write,) = office.writes()
    assert (write["target_system"], write["target_object"], write["action"]) == ("xero", "Contact", "update")
    assert (write["target_key_field"], write["target_id"]) == ("ContactID", "c-1")
    office.push()
    assert office.planned() == []


def test_another_spelling_is_no_difference() -> None:
    office = Office(
        rules(fields=dict.fromkeys(["name", "phone", "billing_address", "account_number", "tax_number"], "review"))
    )
    office.pair(
        "ACME  Ltd",
        xero=FULL_CONTACT | {"tax_number": "GB 123 456"},
        account={
            "account_name": "Acme Ltd", "phone": "020 7946 0018", "website": "www.acme.example/", "street": "1 high st\r\nfloor 2",
            "city": "LONDON", "postal_code": "N11AA", "country": "England", "account_number": "a1", "tax_number": "123456",
        },
    )  # fmt: skip
    assert office.planned() == []
    assert office.exclusions() == []


def test_nothing_is_compared_or_planned_while_the_section_is_off() -> None:
    office = Office(rules(enabled=False))
    office.pair(xero=FULL_CONTACT)
    assert office.planned() == []
    assert office.exclusions() == []
    assert office.books.value("select count(*) from mapping.agreed_values") == 0


def outcome_of(rule: str, *, agreed: str | None, xero: str | None, account: str | None) -> str:
    """What becomes of account numbers that once were `agreed` and then changed to the given ones."""
    office = Office(rules(fields={"account_number": rule}))
    key = office.pair(xero={"account_number": agreed}, account={"account_number": agreed})
    office.compare()
    office.later()
    if xero != agreed:
        office.change_contact(key, account_number=xero)
    office.later()
    if account != agreed:
        office.change_account(ACCOUNT, account_number=account)
    found = [
        "to Xero" if kind.startswith("xero") else "to Salesforce"
        for kind, _, payload, _ in office.planned()
        if "AccountNumber" in payload
    ]
    found += [reason for subject, reason in office.exclusions() if subject == f"{key}/account_number"]
    return ", ".join(found) or "nothing"


@pytest.mark.parametrize(
    ("rule", "agreed", "xero", "account", "outcome"),
    [
        ("xero_wins", "A", "B", "A", "to Salesforce"),
        ("xero_wins", "A", "A", "C", "to Salesforce"),
        ("xero_wins", "A", "B", "C", "to Salesforce"),
        ("xero_wins", "A", None, "A", "value_cleared"),
        ("xero_wins", None, None, "C", "nothing"),
        ("salesforce_wins", "A", "A", "C", "to Xero"),
        ("salesforce_wins", "A", "B", "C", "to Xero"),
        ("salesforce_wins", "A", "B", None, "value_cleared"),
        ("salesforce_wins", None, "B", None, "nothing"),
        ("newest_wins", "A", "B", "A", "to Salesforce"),
        ("newest_wins", "A", "A", "C", "to Xero"),
        ("newest_wins", "A", "B", "C", "to Xero"),
        ("newest_wins", "A", None, "A", "value_cleared"),
        ("newest_wins", None, "B", None, "to Salesforce"),
        ("fill_empty", None, "B", None, "to Salesforce"),
        ("fill_empty", None, None, "C", "to Xero"),
        ("fill_empty", "A", "B", "A", "values_differ"),
        ("fill_empty", "A", "B", "C", "conflict"),
        ("fill_empty", "A", "A", None, "value_cleared"),
        ("review", "A", "B", "A", "review"),
        ("review", "A", "B", "C", "conflict"),
        ("review", None, "B", None, "review"),
        ("off", "A", "B", "C", "nothing"),
    ],
)
def test_the_rule_of_a_field_says_which_side_wins(
    rule: str, agreed: str | None, xero: str | None, account: str | None, outcome: str
) -> None:
    assert outcome_of(rule, agreed=agreed, xero=xero, account=account) == outcome


def test_the_newer_of_two_changes_is_told_by_the_field_and_not_by_other_changes_of_the_record() -> None:
    office = Office(rules(fields={"account_number": "newest_wins"}))
    key = office.pair(xero={"account_number": "A"}, account={"account_number": "A"})
    office.compare()
    office.later()
    office.change_account(ACCOUNT, account_number="C")
    office.compare()
    office.later()
    office.change_contact(key, account_number="B")
    office.compare()
    office.later()
    office.change_account(ACCOUNT)  # a payment status was written: the record is newer, this field is not
    assert office.planned() == [("account.update", ACCOUNT, {"AccountNumber": "B"}, {"AccountNumber": "C"})]


def test_values_that_never_agreed_have_no_newer_one() -> None:
    office = Office(rules(fields={"account_number": "newest_wins"}))
    key = office.pair(xero={"account_number": "B"}, account={"account_number": "C"})
    assert office.planned() == []
    assert office.exclusions() == [(f"{key}/account_number", "never_agreed")]


def test_an_agreement_with_another_account_is_void() -> None:
    office = Office(rules(fields={"account_number": "newest_wins"}))
    key = office.pair(xero={"account_number": "A"}, account={"account_number": "A"})
    office.compare()
    office.books.add_account("001000000000009AAA", "Acme Ltd", account_number="C", xero_contact_id="c-1")
    office.books.run("update matching.links set sf_account_id = '001000000000009AAA'")
    office.books.run("update core.accounts set xero_contact_id = null where sf_account_id = '001000000000001AAA'")
    office.books.run("update core.xero_contacts set sf_account_id = '001000000000009AAA'")
    assert office.planned() == []
    assert office.exclusions() == [(f"{key}/account_number", "never_agreed")]


@pytest.mark.parametrize(
    ("xero", "account", "reasons"),
    [
        ({"phones": [phone("ask for Ann")]}, {}, {"phone": "phone_invalid"}),
        ({}, {"phone": "ask for Ann"}, {"phone": "phone_invalid"}),
        ({"account_number": "9" * 41}, {}, {"account_number": "value_too_long"}),
        ({"website": "https://" + "w" * 260}, {}, {"website": "value_too_long"}),
        ({}, {"street": "1 St", "country": "Area 51"}, {"billing_address": "country_unknown"}),
        ({"addresses": [address("x" * 256, city="London")]}, {}, {"billing_address": "value_too_long"}),
    ],
)
def test_what_the_other_side_cannot_hold_is_told_and_not_cut(
    xero: dict[str, Any], account: dict[str, Any], reasons: dict[str, str]
) -> None:
    office = Office()
    key = office.pair(xero=xero, account=account)
    assert office.planned() == []
    assert office.exclusions() == [(f"{key}/{field}", reason) for field, reason in reasons.items()]


def with_picklists(**xero_address: Any) -> Office:
    office = Office(rules(fields={"billing_address": "xero_wins"}))
    office.pair(
        xero={"addresses": [address("1 Main St", **xero_address)]},
        account={"street": "2 Main St", "country": "United States", "country_code": "US", "region": "Texas", "region_code": "TX"},
    )  # fmt: skip
    return office


def test_an_org_with_picklists_gets_codes() -> None:
    ((_, _, payload, before),) = with_picklists(city="Perth", region="Western Australia", country="Australia").planned()
    assert payload == {"BillingStreet": "1 Main St", "BillingCity": "Perth", "BillingCountryCode": "AU", "BillingStateCode": "WA"}  # fmt: skip
    assert before == {"BillingStreet": "2 Main St", "BillingCity": None, "BillingCountryCode": "US", "BillingStateCode": "TX"}  # fmt: skip


def test_a_country_without_states_in_the_picklist_gets_none() -> None:
    office = with_picklists(city="Leeds", region="West Yorkshire", country="UK")
    ((_, _, payload, _),) = office.planned()
    assert payload == {"BillingStreet": "1 Main St", "BillingCity": "Leeds", "BillingCountryCode": "GB", "BillingStateCode": None}  # fmt: skip
    office.push()
    assert office.planned() == []


@pytest.mark.parametrize(
    ("place", "reason"),
    [({"country": "Narnia"}, "country_unknown"), ({"country": "US", "region": "Kent"}, "region_unknown")],
)
def test_a_value_that_a_picklist_does_not_have_is_left_out(place: dict[str, Any], reason: str) -> None:
    office = with_picklists(city="X", **place)
    assert office.planned() == []
    assert [found for _, found in office.exclusions()] == [reason]


def test_a_xero_name_follows_only_when_it_stays_unique() -> None:
    office = Office(rules(fields={"name": "salesforce_wins"}))
    key = office.pair("Acme", account={"account_name": "Acme Holdings"})
    other = office.pair("Bolt", account={"account_name": "ACME  holdings "})
    taken = office.pair("Core", account={"account_name": "Delta"})
    office.books.add_contact("delta", xero_contact_id="c-9")
    free = office.pair("Echo", account={"account_name": "Echo Ltd"})
    assert office.planned() == [("xero_contact.update", free, {"Name": "Echo Ltd"}, {"Name": "Echo"})]
    assert office.exclusions() == [(f"{one}/name", "name_not_unique") for one in sorted([key, other, taken])]


def test_an_archived_namesake_does_not_stand_in_the_way() -> None:
    office = Office(rules(fields={"name": "salesforce_wins"}))
    key = office.pair("Acme", account={"account_name": "Delta"})
    office.books.add_contact("Delta", xero_contact_id="c-9", contact_status="ARCHIVED")
    assert office.planned() == [("xero_contact.update", key, {"Name": "Delta"}, {"Name": "Acme"})]


def test_contacts_and_accounts_that_are_gone_are_named_and_not_written() -> None:
    office = Office()
    archived = office.pair("Acme", xero={"contact_status": "ARCHIVED", "account_number": "A"})
    merged = office.pair("Bolt", xero={"contact_status": "ARCHIVED", "resolved_contact_key": f"{TENANT}:c-1"})
    deleted = office.pair("Core", account={"is_deleted": True})
    lost = office.pair("Dune", account={"is_deleted": True, "master_sf_account_id": account_id(1)})
    office.plan()
    found = [one for one in office.exclusions() if one[1].startswith(("contact_", "account_"))]
    assert found == [
        (archived, "contact_archived"), (merged, "contact_merged"), (deleted, "account_deleted"),
        (lost, "account_merged"),
    ]  # fmt: skip
    assert [one for one in office.writes() if one["kind"] in ("account.update", "xero_contact.update")] == []


def test_a_value_that_something_changes_back_each_time_is_given_to_a_person() -> None:
    office = Office(rules(fields={"account_number": "xero_wins"}))
    key = office.pair(xero={"account_number": "A"}, account={"account_number": "B"})
    for _ in range(3):
        assert [kind for kind, *_ in office.planned()] == ["account.update"]
        office.push()
        office.change_account(ACCOUNT, account_number="B")
        office.later()
    assert office.planned() == []
    assert office.exclusions() == [(f"{key}/account_number", "overwritten_again")]


def test_one_write_carries_all_details_of_a_record_and_explains_each() -> None:
    office = Office(rules(fields={"name": "xero_wins", "account_number": "xero_wins"}))
    office.pair("Acme", xero={"account_number": "A"}, account={"account_name": "Akme"})
    office.plan()
    (write,) = office.writes()
    assert write["payload"] == {"Name": "Acme", "AccountNumber": "A"}
    assert write["explanation"] == (
        'account.update/detail_missing: account number of Acme is nothing in Salesforce and "A" in Xero (xero_wins). '
        'account.update/detail_differs: name of Acme is "Akme" in Salesforce and "Acme" in Xero (xero_wins).'
    )
    assert office.now == NOW


def test_details_are_a_part_of_the_whole_plan_and_wait_for_their_reading_back() -> None:
    office = Office()
    office.pair(xero={"account_number": "A"})
    office.pair(account={"account_number": "B"})
    office.plan_everything()
    assert [(row["kind"], row["approval"]) for row in office.writes("plan.writes")] == [
        ("account.update", "auto"),
        ("xero_contact.update", "auto"),
    ]
    for write in office.writes("plan.writes"):
        office.confirm(write)
    report = office.plan_everything()
    assert (report.write_count, report.exclusions_by_reason) == (0, {"awaiting_read_back": 2})
