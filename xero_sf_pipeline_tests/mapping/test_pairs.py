"""Mapped fields of every two records that belong together, compared and planned on tables."""

from __future__ import annotations

import json
from typing import Any

from xero_sf_pipeline.policy import Policy, parse_policy
from xero_sf_pipeline_tests.parties.office import TENANT, Office, account_id

ACCOUNT = account_id(1)


def mapped(*mappings: dict[str, Any], **sections: Any) -> Policy:
    return parse_policy({"mappings": list(mappings), **sections})


def raw(office: Office, table: str, **row: Any) -> None:
    """Put what Xero's API said of one record; names with a capital are its fields."""
    payload = {name: value for name, value in row.items() if name[0].isupper()}
    columns = {name: value for name, value in row.items() if not name[0].isupper()}
    (key,) = columns
    office.books.run(f"delete from raw_xero.{table} where {key} = $key", {"key": columns[key]})
    office.books.put(f"raw_xero.{table}", tenant_id=TENANT, is_deleted=False, payload=json.dumps(payload), **columns)


def raw_contact(office: Office, key: str, **payload: Any) -> None:
    raw(office, "contacts", xero_contact_id=key.partition(":")[2], **payload)


def test_mapped_fields_are_planned_like_details_even_without_them() -> None:
    office = Office(
        mapped(
            {"salesforce": "Account.Code__c", "xero": "Contact.CompanyNumber", "direction": "both", "rule": "newest_wins"},
            {"salesforce": "Account.Currency__c", "xero": "Contact.DefaultCurrency", "map": {"GBP": "Sterling"}},
            {"salesforce": "Account.Is_Customer__c", "xero": "Contact.IsCustomer", "rule": "xero_wins"},
        )
    )  # fmt: skip
    key = office.pair(account={"mapped_fields": json.dumps({"Is_Customer__c": False}), "phone": "020 7946 0018"})
    raw_contact(office, key, CompanyNumber="123", DefaultCurrency="GBP", IsCustomer=True)
    assert office.planned() == [
        (
            "account.update",
            ACCOUNT,
            {"Code__c": "123", "Currency__c": "Sterling", "Is_Customer__c": True},
            {"Code__c": None, "Currency__c": None, "Is_Customer__c": False},
        )
    ]
    office.change_account(
        ACCOUNT,
        mapped_fields=json.dumps({"Code__c": "123", "Is_Customer__c": True, "Currency__c": "Sterling"}),
    )
    assert office.planned() == []
    office.later()
    office.change_account(
        ACCOUNT, mapped_fields=json.dumps({"Code__c": "456", "Is_Customer__c": True, "Currency__c": "Sterling"})
    )
    assert office.planned() == [("xero_contact.update", key, {"CompanyNumber": "456"}, {"CompanyNumber": "123"})]


def test_a_one_way_mapping_says_nothing_of_a_value_that_only_the_other_side_has() -> None:
    office = Office(mapped({"salesforce": "Account.Code__c", "xero": "Contact.CompanyNumber"}))
    key = office.pair(account={"mapped_fields": json.dumps({"Code__c": "9"})})
    raw_contact(office, key)
    assert office.planned() == []
    assert office.exclusions() == []
    raw_contact(office, key, CompanyNumber="8")
    assert office.planned() == []
    assert office.exclusions() == [(f"{key}/Account.Code__c", "values_differ")]
