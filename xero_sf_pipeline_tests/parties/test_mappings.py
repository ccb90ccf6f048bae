"""Fields that the policy maps: what is refused, how values are read, and that both sides come to rest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.parties.mapping import compare_mapped, salesforce_value, xero_value
from xero_sf_pipeline.policy import Policy, parse_policy
from xero_sf_pipeline.policy.mappings import FieldMapping
from xero_sf_pipeline_tests.parties.office import TENANT, Office, account_id

ACCOUNT = account_id(1)


def mapping(**more: Any) -> FieldMapping:
    return FieldMapping.model_validate({"salesforce": "Account.Code__c", "xero": "Contact.CompanyNumber"} | more)


def mapped(*mappings: dict[str, Any]) -> Policy:
    return parse_policy({"mappings": list(mappings)})


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        ({"salesforce": "Account.Phone"}, "belongs to another flow"),
        ({"salesforce": "Account.Xero_Overdue__c"}, "belongs to another flow"),
        ({"salesforce": "Opportunity.Name"}, "pattern"),
        ({"xero": "Contact.Colour"}, "is no field of a Xero contact"),
        ({"xero": "Contact.IsCustomer", "direction": "both"}, "can only be read"),
        ({"direction": "both", "cut": 10}, "cannot go back"),
        ({"direction": "to_xero", "map": {"A": "x", "B": "x"}}, "cannot be read backwards"),
        ({"rule": "salesforce_wins"}, "never writes in direction to_salesforce"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(wrong: dict[str, Any], part: str) -> None:
    with pytest.raises(ConfigError) as caught:
        mapped({"salesforce": "Account.Code__c", "xero": "Contact.CompanyNumber"} | wrong)
    assert part in caught.value.problems[0]


def test_a_field_is_mapped_once() -> None:
    one = {"salesforce": "Account.Code__c", "xero": "Contact.CompanyNumber"}
    with pytest.raises(ConfigError) as caught:
        mapped(one, one | {"xero": "Contact.FirstName"})
    assert caught.value.problems == ["mappings: Account.Code__c: mapped twice to Salesforce"]


@pytest.mark.parametrize(
    ("rules", "xero", "salesforce"),
    [
        ({}, " A  1 ", "A 1"),
        ({"transform": "upper"}, "nz", "NZ"),
        ({"transform": "lower"}, "NZ", "nz"),
        ({"transform": "decimal"}, "1,250.50", "1250.5"),
        ({"transform": "decimal"}, "many", None),
        ({"transform": "date"}, "/Date(1772323200000+0000)/", "2026-03-01"),
        ({"transform": "date"}, "2026-03-01T10:00:00", "2026-03-01"),
        ({"transform": "date"}, "soon", None),
        ({"transform": "boolean"}, "True", "true"),
        ({"transform": "boolean"}, "maybe", None),
        ({"transform": "phone_e164"}, "020 7946 0018", "+442079460018"),
        ({"transform": "country_code"}, "Aotearoa New Zealand", "NZ"),
        ({"map": {"DAYS": "Days"}}, "DAYS", "Days"),
        ({"map": {"DAYS": "Days"}}, "WEEKS", "WEEKS"),
        ({"cut": 3}, "abcdef", "abc"),
        ({}, None, None),
    ],
)
def test_a_value_is_read_as_its_transform_says(rules: dict[str, Any], xero: str | None, salesforce: str | None) -> None:
    text = " ".join(xero.split()) if xero else None
    assert salesforce_value(mapping(**rules), text, "GB") == salesforce


def test_a_map_is_read_backwards() -> None:
    both = mapping(direction="both", map={"OUTPUT2": "Standard"})
    assert (xero_value(both, "Standard"), xero_value(both, "Other"), xero_value(both, None)) == (
        "OUTPUT2", "Other", None,
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    transform=st.sampled_from(["text", "upper", "lower", "decimal", "date", "boolean", "phone_e164", "country_code"]),
    xero=st.sampled_from([None, "A", "a b", "12.50", "true", "2026-03-01", "020 7946 0018", "UK", "x" * 60]),
    salesforce=st.sampled_from([None, "B", "A B", "12.5", "false", "2026-03-02", "+442079460018", "GB", "y" * 60]),
)  # fmt: skip
def test_whatever_is_written_makes_both_sides_equal(transform: str, xero: str | None, salesforce: str | None) -> None:
    both = mapping(direction="both", transform=transform)
    compared = compare_mapped(both, xero, salesforce, ACCOUNT, "GB")
    if compared.to_salesforce.payload is not None:
        (value,) = compared.to_salesforce.payload.values()
        written = {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
        again = compare_mapped(both, xero, written, ACCOUNT, "GB")
        assert again.xero_value == again.sf_value
    if compared.to_xero.payload is not None:
        (value,) = compared.to_xero.payload.values()
        again = compare_mapped(both, value, salesforce, ACCOUNT, "GB")
        assert again.xero_value == again.sf_value


def raw_contact(office: Office, key: str, **payload: Any) -> None:
    office.books.run("delete from raw_xero.contacts")
    office.books.put(
        "raw_xero.contacts", tenant_id=TENANT, xero_contact_id=key.partition(":")[2], is_deleted=False,
        payload=json.dumps(payload),
    )  # fmt: skip


def test_mapped_fields_are_planned_like_details_even_without_them() -> None:
    office = Office(
        mapped(
            {"salesforce": "Account.Code__c", "xero": "Contact.CompanyNumber", "direction": "both", "rule": "newest_wins"},
            {"salesforce": "Account.Industry", "xero": "Contact.DefaultCurrency", "map": {"GBP": "Sterling"}},
            {"salesforce": "Account.Is_Customer__c", "xero": "Contact.IsCustomer", "transform": "boolean", "rule": "xero_wins"},
        )
    )  # fmt: skip
    key = office.pair(account={"mapped_fields": json.dumps({"Is_Customer__c": "false"}), "phone": "020 7946 0018"})
    raw_contact(office, key, CompanyNumber="123", DefaultCurrency="GBP", IsCustomer=True)
    assert office.planned() == [
        (
            "account.update",
            ACCOUNT,
            {"Code__c": "123", "Industry": "Sterling", "Is_Customer__c": True},
            {"Code__c": None, "Industry": None, "Is_Customer__c": False},
        )
    ]
    office.change_account(
        ACCOUNT, industry="Sterling", mapped_fields=json.dumps({"Code__c": "123", "Is_Customer__c": "true"})
    )
    assert office.planned() == []
    office.later()
    office.change_account(ACCOUNT, mapped_fields=json.dumps({"Code__c": "456", "Is_Customer__c": "true"}))
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
