"""Loading a generated company into an org."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.sandbox.company import CompanySpec, generate
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline_tests.sandbox.salesforce.conftest import START


def empty() -> SalesforceState:
    return SalesforceState(":memory:", FixedClock(START))


def shown(value: Any) -> Any:
    """What an org shows of a generated value: empty text as null, numbers exactly as they were written."""
    return None if value == "" else Decimal(repr(value)) if isinstance(value, float) else value


def test_a_company_is_in_the_org_as_it_was_generated() -> None:
    company = generate(CompanySpec(as_of=date(2026, 3, 16), contacts=60, accounts=50, invoices=200))
    seed, org = company.salesforce, empty()
    org.load(seed)
    for name, expected in (
        ("Organization", [seed.organization]),
        ("Account", seed.accounts),
        ("Contact", seed.contacts),
        ("Opportunity", seed.opportunities),
        ("OpportunityLineItem", seed.opportunity_line_items),
        ("Case", seed.cases),
        ("Product2", seed.products),
        ("Pricebook2", seed.pricebooks),
        ("PricebookEntry", seed.pricebook_entries),
    ):
        loaded = {row["Id"]: row for row in org.rows(name, include_deleted=True)}
        assert len(loaded) == len(expected)
        for row in expected:
            assert {key: loaded[row["Id"]][key] for key in row} == {key: shown(value) for key, value in row.items()}
    live = {row["Id"] for row in org.rows("Account")}
    assert {row.account_id for row in company.truth if row.account_id is not None} <= live
    assert org.user_id in {row["Id"] for row in org.rows("User")}


def test_what_a_seed_leaves_out_gets_the_value_of_a_save() -> None:
    org = empty()
    org.load_rows("Account", [{"Name": "a"}, {"Id": "0015g000zVvwVSZAQ2", "Name": "b", "AnnualRevenue": "1.5"}])
    rows = org.rows("Account")
    assert [(row["Name"], row["OwnerId"], row["SystemModstamp"], row["IsDeleted"]) for row in rows] == [
        ("a", org.user_id, START, False),
        ("b", org.user_id, START, False),
    ]
    assert rows[1]["AnnualRevenue"] == Decimal(2)  # the field has no decimals
    org.load_rows("Case", [{"Subject": "x", "Status": "Closed"}, {"Subject": "y", "CaseNumber": "00001000"}])
    org.load_rows("Contact", [{"FirstName": "Ann", "LastName": "Smith"}])
    assert [(row["CaseNumber"], row["IsClosed"], row["ClosedDate"]) for row in org.rows("Case")] == [
        ("00000001", True, START),
        ("00001000", False, None),
    ]
    assert [row["Name"] for row in org.rows("Contact")] == ["Ann Smith"]


def test_numbers_go_on_behind_those_of_the_seed() -> None:
    org = empty()
    org.load_rows("Case", [{"Subject": "x", "CaseNumber": "00001007"}])
    org.insert("Case", {"Subject": "y"})
    assert [row["CaseNumber"] for row in org.rows("Case")] == ["00001007", "00001008"]


def test_rows_deleted_in_the_seed_are_in_the_bin_and_in_the_deleted_log() -> None:
    org = empty()
    at = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
    org.load_rows("Account", [{"Id": "0015g000zVvwVSZAQ2", "Name": "a", "IsDeleted": True, "SystemModstamp": at}])
    assert org.rows("Account") == []
    logged = org.storage.read("select object, id, deleted_at from _deleted")
    assert logged == [("Account", "0015g000zVvwVSZAQ2", "2026-03-10T08:00:00.000Z")]


def test_an_unknown_field_or_a_naive_time_stops_the_load_and_leaves_nothing() -> None:
    org = empty()
    with pytest.raises(KeyError, match="Nope"):
        org.load_rows("Account", [{"Name": "a"}, {"Name": "b", "Nope": 1}])
    with pytest.raises(ValueError, match="aware datetime"):
        org.load_rows("Account", [{"Name": "a", "SystemModstamp": "2026-03-10T08:00:00"}])
    assert org.rows("Account") == []
