"""Fields that the policy maps: what is refused, how values are read and written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.mapping.values import PairedRecords, compare_mapped, merged, nested, salesforce_value, xero_value
from xero_sf_pipeline.policy import Policy, parse_policy
from xero_sf_pipeline.policy.mappings import FieldMapping, Transform


def mapping(**more: Any) -> FieldMapping:
    return FieldMapping.model_validate({"salesforce": "Account.Code__c", "xero": "Contact.CompanyNumber"} | more)


def mapped(*mappings: dict[str, Any]) -> Policy:
    return parse_policy({"mappings": list(mappings)})


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        ({"salesforce": "Account.Phone"}, "belongs to another flow"),
        ({"salesforce": "Account.Xero_Overdue__c"}, "belongs to another flow"),
        (
            {"salesforce": "Opportunity.Code__c"},
            "Opportunity and Xero's Contact do not belong together; there are Account and",
        ),
        ({"salesforce": "Code__c"}, "pattern"),
        ({"xero": "Contact.Colour"}, "Contact.Colour is no field of Xero's Contact"),
        (
            {"xero": "Contact.CompanyNummer"},
            "there are, for example, CompanyNumber",
        ),
        ({"salesforce": "Product2.ProductCode", "xero": "Item.Name"}, "belongs to another flow"),
        ({"salesforce": "Xero_Invoice__c.Due__c", "xero": "Invoice.Total"}, "belongs to another flow"),
        (
            {"salesforce": "Xero_Invoice__c.Mine__c", "xero": "Invoice.Total", "rule": "fill_empty"},
            "can only be xero_wins",
        ),
        (
            {"salesforce": "Opportunity.Code__c", "xero": "Quote.Title", "direction": "both"},
            "is not written from Opportunity",
        ),
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
    with pytest.raises(ConfigError) as caught:
        mapped(one | {"direction": "both"}, one | {"salesforce": "Account.Other__c", "direction": "both"})
    assert caught.value.problems == ["mappings: Contact.CompanyNumber: mapped twice to Xero"]


def test_our_copy_of_a_document_takes_one_field_from_invoices_and_from_credit_notes() -> None:
    policy = mapped(
        {"salesforce": "Xero_Invoice__c.Theme__c", "xero": "Invoice.BrandingThemeID"},
        {"salesforce": "Xero_Invoice__c.Theme__c", "xero": "CreditNote.BrandingThemeID"},
    )
    assert [(one.effective_rule.value, one.pair.source) for one in policy.mappings] == [
        ("xero_wins", "xero_invoices")
    ] * 2


@pytest.mark.parametrize(
    ("path", "reads_as"),
    [
        ("Contact.CompanyNumber", "text"), ("Contact.IsCustomer", "boolean"), ("Contact.UpdatedDateUTC", "instant"),
        ("Contact.Balances.AccountsReceivable.Outstanding", "decimal"),
    ],
)  # fmt: skip
def test_without_a_transform_the_kind_of_xeros_field_decides(path: str, reads_as: str) -> None:
    assert mapping(xero=path).reads_as.value == reads_as


@pytest.mark.parametrize(
    ("rules", "xero", "salesforce"),
    [
        ({}, " A  1 ", "A 1"),
        ({"transform": "upper"}, "nz", "NZ"),
        ({"transform": "lower"}, "NZ", "nz"),
        ({"transform": "decimal"}, "1,250.50", "1250.5"),
        ({"transform": "decimal"}, "2.345", "2.35"),
        ({"transform": "decimal"}, "-0.001", "0"),
        ({"transform": "decimal", "decimals": 4}, "2.34565", "2.3457"),
        ({"transform": "decimal"}, "many", None),
        ({"transform": "decimal"}, "NaN", None),
        ({"transform": "instant"}, "/Date(1772323200123+0000)/", "2026-03-01T00:00:00Z"),
        ({"transform": "instant"}, "2026-03-01T10:00:00.000+0200", "2026-03-01T08:00:00Z"),
        ({"transform": "instant"}, "2026-03-01T10:00:00", "2026-03-01T10:00:00Z"),
        ({"transform": "instant"}, "soon", None),
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
    transform=st.sampled_from([one.value for one in Transform]),
    xero=st.sampled_from([None, "A", "a b", "12.505", "true", "2026-03-01", "020 7946 0018", "UK", "x" * 60]),
    salesforce=st.sampled_from([None, "B", "A B", "12.5", "false", "2026-03-02", "+442079460018", "GB", "y" * 60]),
)  # fmt: skip
def test_whatever_is_written_makes_both_sides_equal(transform: str, xero: str | None, salesforce: str | None) -> None:
    both = mapping(direction="both", transform=transform)
    compared = compare_mapped(both, paired(xero, salesforce))
    if compared.to_salesforce.payload is not None:
        again = compare_mapped(both, paired(xero, compared.to_salesforce.payload["Code__c"]))
        assert again.xero_value == again.sf_value
    if compared.to_xero.payload is not None:
        again = compare_mapped(both, paired(compared.to_xero.payload["CompanyNumber"], salesforce))
        assert again.xero_value == again.sf_value


def paired(xero: Any, salesforce: Any) -> PairedRecords:
    return PairedRecords({"CompanyNumber": xero}, {"Code__c": salesforce}, "001", "GB")


def test_a_field_inside_a_field_is_sent_with_the_rest_of_it() -> None:
    price = FieldMapping.model_validate(
        {"salesforce": "Product2.Cost__c", "xero": "Item.PurchaseDetails.UnitPrice", "direction": "both"}
    )
    item = {"Code": "A1", "PurchaseDetails": {"UnitPrice": Decimal("3.00"), "AccountCode": "310"}}
    compared = compare_mapped(price, PairedRecords(item, {"Cost__c": Decimal("4.5")}, "01t"))
    assert compared.to_xero.payload == {
        "Code": "A1",
        "PurchaseDetails": {"UnitPrice": Decimal("4.5"), "AccountCode": "310"},
    }
    assert compared.to_xero.before == item
    assert compared.to_salesforce.payload == {"Cost__c": Decimal("3")}


def test_objects_inside_objects_are_joined() -> None:
    one = merged({"A": {"x": 1, "y": 2}, "B": 1}, nested("A.y", 3))
    assert merged(one, {"B": {"z": 1}}) == {"A": {"x": 1, "y": 3}, "B": {"z": 1}}


def test_our_copy_of_a_document_is_emptied_when_xero_has_no_value_any_more() -> None:
    copy = FieldMapping.model_validate({"salesforce": "Xero_Invoice__c.Link__c", "xero": "Invoice.Url"})
    compared = compare_mapped(copy, PairedRecords({}, {"Link__c": "https://example.org"}, "a01"))
    assert (compared.to_salesforce.payload, compared.to_salesforce.before) == (
        {"Link__c": None}, {"Link__c": "https://example.org"},
    )  # fmt: skip
