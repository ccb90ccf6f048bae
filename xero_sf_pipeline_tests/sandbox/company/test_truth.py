"""The truth about matches refers to existing records, covers every variety and is fair to a careful matcher."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest

from xero_sf_pipeline.sandbox.company import Company, MatchTruth, Variety
from xero_sf_pipeline.sandbox.company.parties import comparable

FREEMAIL_OR_SHARED = (Variety.FREEMAIL, Variety.SHARED_DOMAIN)


@pytest.fixture(scope="module")
def accounts(large_company: Company) -> dict[str, dict[str, Any]]:
    return {row["Id"]: row for row in large_company.salesforce.accounts}


@pytest.fixture(scope="module")
def contacts(large_company: Company) -> dict[str, dict[str, Any]]:
    return {row["ContactID"]: row for one in large_company.xero for row in one.contacts}


def test_every_contact_has_exactly_one_truth(large_company: Company, contacts: dict[str, dict[str, Any]]) -> None:
    assert Counter(row.contact_id for row in large_company.truth) == dict.fromkeys(contacts, 1)
    tenants = {one.tenant_id: {row["ContactID"] for row in one.contacts} for one in large_company.xero}
    assert all(row.contact_id in tenants[row.tenant_id] for row in large_company.truth)


def test_a_true_account_exists_and_is_alive(large_company: Company, accounts: dict[str, dict[str, Any]]) -> None:
    for row in large_company.truth:
        for account_id in row.acceptable_account_ids:
            assert accounts[account_id]["IsDeleted"] is False
        assert (row.account_id is None) is (row.acceptable_account_ids == ())
        assert row.account_id is None or row.account_id == row.acceptable_account_ids[0]
        assert row.is_ambiguous is (len(row.acceptable_account_ids) > 1)


def test_every_variety_occurs(large_company: Company) -> None:
    assert {row.variety for row in large_company.truth} == set(Variety)


def test_between_half_and_nine_tenths_of_the_customers_have_an_account(large_company: Company) -> None:
    first = [row for row in large_company.truth if row.tenant_id == large_company.xero[0].tenant_id]
    linked = sum(row.account_id is not None for row in first)
    assert 0.5 <= linked / len(first) <= 0.9


def test_some_accounts_have_no_contact_at_all(large_company: Company, accounts: dict[str, dict[str, Any]]) -> None:
    known = {account_id for row in large_company.truth for account_id in row.acceptable_account_ids}
    assert len(accounts.keys() - known) > 100


def test_customers_of_both_organisations_share_an_account(large_company: Company) -> None:
    tenants = defaultdict(set)
    for row in large_company.truth:
        if row.account_id:
            tenants[row.account_id].add(row.tenant_id)
    assert sum(len(found) == 2 for found in tenants.values()) > 50


def test_a_contact_without_account_never_has_a_live_namesake_unless_the_truth_says_so(
    large_company: Company, accounts: dict[str, dict[str, Any]], contacts: dict[str, dict[str, Any]]
) -> None:
    live = {row["Name"].casefold() for row in accounts.values() if not row["IsDeleted"]}
    for row in large_company.truth:
        if row.account_id is None and row.variety is not Variety.NAMESAKE:
            assert contacts[row.contact_id]["Name"].casefold() not in live


def test_a_namesake_lives_in_another_town_and_the_contact_shows_its_own(
    large_company: Company, accounts: dict[str, dict[str, Any]], contacts: dict[str, dict[str, Any]]
) -> None:
    towns = defaultdict(set)
    for row in accounts.values():
        if row["BillingCity"]:
            towns[comparable(row["Name"])].add(row["BillingCity"].casefold())
    checked = 0
    for row in large_company.truth:
        if row.variety is Variety.NAMESAKE:
            contact = contacts[row.contact_id]
            town = next(address["City"] for address in contact["Addresses"] if address["City"]).casefold()
            for other in towns.get(comparable(contact["Name"]), ()):
                assert other != town
                checked += 1
    assert checked > 5


def test_a_true_pair_shares_a_fact_besides_its_name_unless_its_name_is_unique(
    large_company: Company, accounts: dict[str, dict[str, Any]], contacts: dict[str, dict[str, Any]]
) -> None:
    domains = defaultdict(set)
    for row in large_company.salesforce.contacts:
        domains[row["AccountId"]].add(row["Email"].lower().partition("@")[2])
    emails = {row["Email"].lower() for row in large_company.salesforce.contacts}
    for row in large_company.truth:
        if row.account_id is None or row.variety in (Variety.NAME_ONLY, Variety.MERGED_CONTACT):
            continue
        contact, account = contacts[row.contact_id], accounts[row.account_id]
        assert shared_facts(contact, account, domains[row.account_id], emails), row


def shared_facts(contact: dict[str, Any], account: dict[str, Any], domains: set[str], emails: set[str]) -> set[str]:
    facts = set()
    web = (account["Website"] or "").lower()
    mine = {contact["EmailAddress"].lower().partition("@")[2], contact.get("Website", "").removeprefix("https://www.")}
    if (
        any(domain and (domain in web or domain in domains) for domain in mine)
        or contact["EmailAddress"].lower() in emails
    ):
        facts.add("domain")
    if contact.get("AccountNumber") and contact.get("AccountNumber") == account["AccountNumber"]:
        facts.add("number")
    for phone in contact["Phones"]:
        digits = "".join(filter(str.isdigit, phone["PhoneAreaCode"] + phone["PhoneNumber"]))[-6:]
        if digits and digits in "".join(filter(str.isdigit, account["Phone"] or "")):
            facts.add("phone")
    for address in contact["Addresses"]:
        code = address["PostalCode"].replace(" ", "").lower()
        if code and code == (account["BillingPostalCode"] or "").replace(" ", "").lower():
            facts.add("address")
    return facts


def test_a_name_that_stands_alone_belongs_to_one_account_only(
    large_company: Company, accounts: dict[str, dict[str, Any]], contacts: dict[str, dict[str, Any]]
) -> None:
    rows = [row for row in large_company.truth if row.variety is Variety.NAME_ONLY]
    assert rows
    for row in rows:
        contact = contacts[row.contact_id]
        core = comparable(contact["Name"])[:14]
        bearers = [a for a in accounts.values() if comparable(a["Name"]).startswith(core) and not a["IsDeleted"]]
        assert row.account_id in [account["Id"] for account in bearers]
        assert contact["EmailAddress"] == ""
        assert all(phone["PhoneNumber"] == "" for phone in contact["Phones"])


def test_exact_means_the_same_text_and_a_typo_does_not(
    large_company: Company, accounts: dict[str, dict[str, Any]], contacts: dict[str, dict[str, Any]]
) -> None:
    same: dict[Variety, list[bool]] = defaultdict(list)
    for row in large_company.truth:
        if row.account_id:
            same[row.variety].append(contacts[row.contact_id]["Name"] == accounts[row.account_id]["Name"])
    assert all(same[Variety.EXACT])
    for variety in (Variety.TYPO, Variety.LEGAL_FORM, Variety.RENAMED, Variety.ABBREVIATION, Variety.TRADING_AS):
        assert not any(same[variety])


def test_duplicate_accounts_are_indistinguishable(large_company: Company, accounts: dict[str, dict[str, Any]]) -> None:
    ambiguous: list[MatchTruth] = [row for row in large_company.truth if row.is_ambiguous]
    assert ambiguous
    for row in ambiguous:
        first, second = (accounts[account_id] for account_id in row.acceptable_account_ids)
        for field in ("Name", "BillingStreet", "BillingCity", "BillingPostalCode", "Phone", "Website", "AccountNumber"):
            assert first[field] == second[field]


def test_a_merged_account_names_its_winner_and_a_deleted_one_names_nobody(
    large_company: Company, accounts: dict[str, dict[str, Any]]
) -> None:
    losers = [row for row in accounts.values() if row["MasterRecordId"]]
    assert losers
    for row in losers:
        assert row["IsDeleted"] is True
        assert accounts[row["MasterRecordId"]]["IsDeleted"] is False
    assert any(row["IsDeleted"] and not row["MasterRecordId"] for row in accounts.values())


def test_the_branches_of_a_group_have_a_parent_and_postcodes_of_their_own(
    large_company: Company, accounts: dict[str, dict[str, Any]]
) -> None:
    children = [row for row in accounts.values() if row["ParentId"]]
    assert children
    for row in children:
        assert row["BillingPostalCode"] != accounts[row["ParentId"]]["BillingPostalCode"]
