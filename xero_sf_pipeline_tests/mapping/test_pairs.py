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


def test_a_number_without_a_prefix_is_one_of_the_country_that_the_contact_is_in() -> None:
    office = Office(
        mapped({"salesforce": "Account.Night_Phone__c", "xero": "Contact.CompanyNumber", "transform": "phone_e164"})
    )
    key = office.pair(account={"country": "New Zealand"})
    raw_contact(office, key, CompanyNumber="09 379 0001")
    ((_, _, payload, _),) = office.planned()
    assert payload == {"Night_Phone__c": "+6493790001"}


OPPORTUNITY = "006000000000001AAA"


def deal(office: Office, status: str = "DRAFT", *, is_ours: bool = True, **invoice: Any) -> str:
    """A won opportunity with one invoice of ours, an hour old on both sides."""
    key = f"{TENANT}:i-1"
    office.books.put(
        "core.opportunities",
        sf_opportunity_id=OPPORTUNITY,
        opportunity_name="Fit-out",
        is_won=True,
        updated_at=office.now,
    )
    office.books.put(
        "core.invoices", invoice_key=key, tenant_id=TENANT, xero_invoice_id="i-1", invoice_number="INV-1",
        invoice_status=status, invoice_type="ACCREC", is_deleted=False, issued_on=office.now.date(), updated_at=office.now,
    )  # fmt: skip
    office.books.put(
        "billing.invoice_links", sf_opportunity_id=OPPORTUNITY, tenant_id=TENANT, invoice_key=key, period_number=1,
        revision=1, link_source="ledger", is_ours=is_ours,
    )  # fmt: skip
    raw(office, "invoices", xero_invoice_id="i-1", **invoice)
    return key


def holds(office: Office, table: str, key_column: str, key: str, **fields: Any) -> None:
    office.change(table, key_column, key, mapped_fields=json.dumps(fields))


LINK = {"salesforce": "Opportunity.Proof_Link__c", "xero": "Invoice.Url", "direction": "both", "rule": "newest_wins"}
TAX = {"salesforce": "Opportunity.Tax_Total__c", "xero": "Invoice.TotalTax", "rule": "xero_wins"}


def test_a_deal_and_its_draft_follow_each_other() -> None:
    office = Office(mapped(LINK, TAX))
    key = deal(office, TotalTax=20.5, Url=None)
    holds(office, "core.opportunities", "sf_opportunity_id", OPPORTUNITY, Proof_Link__c="https://example.org/1")
    assert office.planned() == [
        ("opportunity.update", OPPORTUNITY, {"Tax_Total__c": 20.5}, {"Tax_Total__c": None}),
        ("invoice.update", key, {"Url": "https://example.org/1"}, {"Url": None}),
    ]
    raw(office, "invoices", xero_invoice_id="i-1", TotalTax=20.5, Url="https://example.org/1")
    holds(
        office, "core.opportunities", "sf_opportunity_id", OPPORTUNITY, Proof_Link__c="https://example.org/1",
        Tax_Total__c=20.5,
    )  # fmt: skip
    assert office.planned() == []
    office.later()
    raw(office, "invoices", xero_invoice_id="i-1", TotalTax=20.5, Url="https://example.org/2")
    office.change("core.invoices", "invoice_key", key)
    assert office.planned() == [
        (
            "opportunity.update",
            OPPORTUNITY,
            {"Proof_Link__c": "https://example.org/2"},
            {"Proof_Link__c": "https://example.org/1"},
        )
    ]


def test_an_approved_invoice_takes_no_mapped_value_and_a_person_is_told() -> None:
    office = Office(mapped(LINK | {"direction": "to_xero", "rule": "salesforce_wins"}))
    key = deal(office, "AUTHORISED", Url="https://example.org/1")
    holds(office, "core.opportunities", "sf_opportunity_id", OPPORTUNITY, Proof_Link__c="https://example.org/2")
    assert office.planned() == []
    assert office.exclusions() == [(f"{key}/Opportunity.Proof_Link__c", "invoice_approved")]


def test_an_invoice_that_we_did_not_make_takes_no_mapped_value() -> None:
    office = Office(mapped(LINK | {"direction": "to_xero", "rule": "salesforce_wins"}))
    key = deal(office, is_ours=False, Url="https://example.org/1")
    holds(office, "core.opportunities", "sf_opportunity_id", OPPORTUNITY, Proof_Link__c="https://example.org/2")
    assert office.planned() == []
    assert office.exclusions() == [(f"{key}/Opportunity.Proof_Link__c", "invoice_not_ours")]


def test_an_opportunity_takes_values_from_the_quote_it_was_made_of() -> None:
    office = Office(mapped({"salesforce": "Opportunity.Quote_Summary__c", "xero": "Quote.Summary", "cut": 10}))
    office.books.put(
        "core.opportunities", sf_opportunity_id=OPPORTUNITY, opportunity_name="Fit-out", xero_quote_id=f"{TENANT}:q-1",
        updated_at=office.now,
    )  # fmt: skip
    office.books.put(
        "core.quotes", quote_key=f"{TENANT}:q-1", tenant_id=TENANT, xero_quote_id="q-1", quote_number="QU-1",
        is_deleted=False, updated_at=office.now,
    )  # fmt: skip
    raw(office, "quotes", xero_quote_id="q-1", Summary="Desks and chairs")
    assert office.planned() == [
        ("opportunity.update", OPPORTUNITY, {"Quote_Summary__c": "Desks and"}, {"Quote_Summary__c": None})
    ]


PRODUCT = "01t000000000001AAA"
COST = {"salesforce": "Product2.Purchase_Price__c", "xero": "Item.PurchaseDetails.UnitPrice"}
SALES_ACCOUNT = {"salesforce": "Product2.Sales_Account__c", "xero": "Item.PurchaseDetails.AccountCode"}


def item(office: Office, *, code: str = "A1", **payload: Any) -> str:
    office.books.put(
        "core.items", item_key=f"{TENANT}:t-{code}", tenant_id=TENANT, xero_item_id=f"t-{code}", item_code=code,
        is_sold=True, updated_at=office.now,
    )  # fmt: skip
    raw(office, "items", xero_item_id=f"t-{code}", Code=code, **payload)
    return f"{TENANT}:t-{code}"


def product(office: Office, code: str = "a1 ", **fields: Any) -> None:
    office.books.put(
        "core.products", sf_product_id=PRODUCT, product_name="Desk", product_code=code, is_active=True,
        mapped_fields=json.dumps(fields), updated_at=office.now,
    )  # fmt: skip


def test_a_product_takes_values_from_its_item() -> None:
    office = Office(mapped(COST))
    item(office, PurchaseDetails={"UnitPrice": 12.345, "AccountCode": "310"})
    product(office)
    assert office.planned() == [("product.update", PRODUCT, {"Purchase_Price__c": 12.35}, {"Purchase_Price__c": None})]
    holds(office, "core.products", "sf_product_id", PRODUCT, Purchase_Price__c=12.35)
    assert office.planned() == []


def test_several_fields_of_an_item_go_in_one_write_with_the_rest_of_their_object() -> None:
    to_xero = {"direction": "to_xero", "rule": "salesforce_wins"}
    office = Office(mapped(COST | to_xero, SALES_ACCOUNT | to_xero))
    key = item(office, PurchaseDetails={"UnitPrice": 1.5, "AccountCode": "310", "TaxType": "INPUT2"})
    product(office, Purchase_Price__c=2, Sales_Account__c="320")
    assert office.planned() == [
        (
            "item.update",
            key,
            {"Code": "A1", "PurchaseDetails": {"UnitPrice": 2, "AccountCode": "320", "TaxType": "INPUT2"}},
            {"Code": "A1", "PurchaseDetails": {"UnitPrice": 1.5, "AccountCode": "310", "TaxType": "INPUT2"}},
        )
    ]


def test_of_two_active_products_with_a_code_none_takes_or_gives_values() -> None:
    office = Office(mapped(COST))
    item(office, PurchaseDetails={"UnitPrice": 2})
    product(office)
    office.books.put(
        "core.products", sf_product_id="01t000000000002AAA", product_code="A1", is_active=True, updated_at=office.now
    )
    assert office.planned() == []


def test_a_contact_person_and_the_person_of_that_address_are_one() -> None:
    office = Office(mapped({"salesforce": "Contact.In_Xero_Mails__c", "xero": "ContactPerson.IncludeInEmails"}))
    key = office.pair()
    person = office.person(ACCOUNT, "Able", "Ann@Example.org")
    office.person(ACCOUNT, "Baker", "bob@example.org")
    raw_contact(
        office, key, ContactPersons=[{"EmailAddress": "ann@example.org", "IncludeInEmails": True}, {"FirstName": "No"}]
    )
    assert office.planned() == [("contact.upsert", person, {"In_Xero_Mails__c": True}, {"In_Xero_Mails__c": None})]


def test_two_terms_that_xero_takes_only_together_are_sent_together_or_not_at_all() -> None:
    day = {
        "salesforce": "Account.Terms_Days__c",
        "xero": "Contact.PaymentTerms.Sales.Day",
        "direction": "to_xero",
        "decimals": 0,
    }
    kind = {"salesforce": "Account.Terms__c", "xero": "Contact.PaymentTerms.Sales.Type", "direction": "to_xero"}
    alone, both = Office(mapped(day)), Office(mapped(day, kind))
    for office in (alone, both):
        key = office.pair(account={"mapped_fields": json.dumps({"Terms_Days__c": 20, "Terms__c": "OFFOLLOWINGMONTH"})})
        raw_contact(office, key)
    assert alone.planned() == []
    assert alone.exclusions() == [(f"{key}/Account.Terms_Days__c", "value_incomplete")]
    ((kind_of_write, _, payload, _),) = both.planned()
    assert (kind_of_write, payload) == (
        "xero_contact.update", {"PaymentTerms": {"Sales": {"Day": 20, "Type": "OFFOLLOWINGMONTH"}}},
    )  # fmt: skip
