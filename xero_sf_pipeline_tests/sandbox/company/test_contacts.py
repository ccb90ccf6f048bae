"""Xero contacts in the shape of the paged list, with the names and flags that Xero guarantees."""

from __future__ import annotations

import pytest

from xero_sf_pipeline.sandbox.company import Company, CompanySpec, generate
from xero_sf_pipeline_tests.sandbox.company.reading import as_json


@pytest.mark.parametrize("organisation", [0, 1])
def test_active_contacts_have_unique_names_whatever_case_and_spaces(large_company: Company, organisation: int) -> None:
    rows = list(large_company.xero[organisation].contacts)
    names = [" ".join(row["Name"].casefold().split()) for row in rows if row["ContactStatus"] == "ACTIVE"]
    assert len(set(names)) == len(names)
    assert all(0 < len(row["Name"]) <= 255 for row in rows)


def test_account_and_contact_numbers_are_unique(large_company: Company) -> None:
    for one in large_company.xero:
        for field in ("AccountNumber", "ContactNumber"):
            values = [row[field] for row in one.contacts if field in row]
            assert values
            assert len(set(values)) == len(values)
            assert max(map(len, values)) <= 50


def test_a_contact_always_shows_four_phones_and_two_addresses(demo_company: Company) -> None:
    for row in demo_company.xero[0].contacts:
        assert [phone["PhoneType"] for phone in row["Phones"]] == ["DDI", "DEFAULT", "FAX", "MOBILE"]
        assert [address["AddressType"] for address in row["Addresses"]] == ["POBOX", "STREET"]
        assert all(
            address["Country"].replace(" ", "").isalpha() or not address["Country"] for address in row["Addresses"]
        )


def test_customers_and_suppliers_are_known_by_their_documents(demo_company: Company) -> None:
    one = demo_company.xero[0]
    sold_to = {doc["Contact"]["ContactID"] for doc in one.invoices if doc["Type"] == "ACCREC"}
    bought_from = {doc["Contact"]["ContactID"] for doc in one.invoices if doc["Type"] == "ACCPAY"}
    for row in one.contacts:
        assert row["IsCustomer"] is (row["ContactID"] in sold_to)
        assert row["IsSupplier"] is (row["ContactID"] in bought_from)
    assert bought_from - sold_to
    assert sold_to - bought_from


def test_a_merged_contact_is_archived_and_names_an_active_winner(large_company: Company) -> None:
    rows = {row["ContactID"]: row for row in large_company.xero[0].contacts}
    merged = [row for row in rows.values() if "MergedToContactID" in row]
    assert merged
    used = {doc["Contact"]["ContactID"] for doc in large_company.xero[0].invoices}
    for row in merged:
        assert row["ContactStatus"] == "ARCHIVED"
        assert rows[row["MergedToContactID"]]["ContactStatus"] == "ACTIVE"
        assert row["ContactID"] not in used


def test_balances_in_base_currency_tie_with_the_documents(demo_company: Company) -> None:
    from decimal import ROUND_HALF_UP, Decimal

    one = demo_company.xero[0]
    cent = Decimal("0.01")
    overdue: dict[str, Decimal] = {}
    for doc in as_json(one.invoices):
        is_late = doc["DueDateString"][:10] < demo_company.spec.as_of.isoformat()
        if doc["Type"] == "ACCREC" and doc["Status"] == "AUTHORISED" and is_late:
            amount = (doc["AmountDue"] / doc["CurrencyRate"]).quantize(cent, ROUND_HALF_UP)
            overdue[doc["Contact"]["ContactID"]] = overdue.get(doc["Contact"]["ContactID"], Decimal(0)) + amount
    stated = {
        row["ContactID"]: row["Balances"]["AccountsReceivable"]["Overdue"]
        for row in as_json(one.contacts)
        if "Balances" in row and row["Balances"]["AccountsReceivable"]["Overdue"]
    }
    assert stated == overdue


def test_without_mess_names_differ_by_legal_form_at_most() -> None:
    company = generate(CompanySpec(seed=3, contacts=400, invoices=0, accounts=400, messy=False))
    assert {str(row.variety) for row in company.truth} <= {"exact", "legal_form", "none", "supplier"}
    assert not any(row["IsDeleted"] for row in company.salesforce.accounts)
    assert {row["ContactStatus"] for row in company.xero[0].contacts} == {"ACTIVE"}
