"""What queries mean: conditions, parents, dates, order, and the words of refusals."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused
from xero_sf_pipeline.sandbox.salesforce.soql.date_literals import COUNTED_LITERALS, PLAIN_LITERALS, days_of
from xero_sf_pipeline.sandbox.salesforce.soql.parser import parse
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState

NOW = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)


@pytest.fixture
def org() -> SalesforceState:
    """Four accounts; two have a parent, one is deleted."""
    state = SalesforceState(":memory:", FixedClock(NOW))
    parent = state.insert("Account", {"Name": "Zürich Group", "AnnualRevenue": 25_000_000, "Type": "Prospect"})
    state.insert("Account", {"Name": "acme ltd", "ParentId": parent, "AnnualRevenue": 100, "BillingCity": "London"})
    state.insert("Account", {"Name": "Acme_100%", "ParentId": parent, "Type": "Other"})
    state.delete("Account", state.insert("Account", {"Name": "Gone"}))
    return state


def names(state: SalesforceState, where: str, **options: Any) -> list[str]:
    body = state.queries.first_page(
        f"SELECT Name FROM Account WHERE {where} ORDER BY Name", "66.0", include_deleted=options.get("all", False)
    )
    return [record["Name"] for record in body["records"]]


def refusal(state: SalesforceState, query: str) -> tuple[str, str]:
    with pytest.raises(RequestRefused) as refused:
        state.queries.first_page(query, "66.0", include_deleted=False)
    assert refused.value.status == 400
    return refused.value.code, refused.value.message


ACME, PERCENT, ZURICH = "acme ltd", "Acme_100%", "Zürich Group"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Name = 'ACME LTD'", [ACME]),
        ("Name = 'ZÜRICH group'", [ZURICH]),
        ("Name != 'acme ltd'", [PERCENT, ZURICH]),
        ("Type != 'Other'", [ACME, ZURICH]),  # a null is not equal to anything
        ("Type = null", [ACME]),
        ("Type = ''", [ACME]),
        ("Type IN ('prospect', 'OTHER')", [PERCENT, ZURICH]),
        ("Type NOT IN ('Prospect')", [ACME, PERCENT]),
        ("(NOT Type = 'Prospect') AND Name LIKE 'a%'", [ACME, PERCENT]),
        ("NOT (Type = 'Prospect' OR Type = 'Other')", [ACME]),
        ("Name LIKE 'ACME%'", [ACME, PERCENT]),
        ("Name LIKE '%\\_100\\%'", [PERCENT]),
        ("Name LIKE 'zü%'", [ZURICH]),
        ("Name LIKE 'acme_ltd'", [ACME]),
        ("AnnualRevenue > 100", [ZURICH]),
        ("AnnualRevenue >= 99.5 AND AnnualRevenue < 2.5E7", [ACME]),
        ("AnnualRevenue <= 100", [ACME]),
        ("Parent.Name = 'Zürich Group'", [ACME, PERCENT]),
        ("Parent.Name != 'x' AND Parent.Id = null", [ZURICH]),
        ("Owner.Name = 'xero integration' AND Owner.IsActive = true", [ACME, PERCENT, ZURICH]),
        ("CreatedDate = TODAY", [ACME, PERCENT, ZURICH]),
        ("CreatedDate < TODAY", []),
        ("CreatedDate > YESTERDAY AND CreatedDate = LAST_N_DAYS:1", [ACME, PERCENT, ZURICH]),
        ("SystemModstamp >= 2026-03-16T09:00:00Z", [ACME, PERCENT, ZURICH]),
        ("SystemModstamp > 2026-03-16T10:30:00+01:00", []),
        ("IsDeleted = false", [ACME, PERCENT, ZURICH]),
        ("IsDeleted = null", [ACME, PERCENT, ZURICH]),
        ("ParentId IN (SELECT Id FROM Account WHERE Type = 'Prospect')", [ACME, PERCENT]),
        ("Id NOT IN (SELECT ParentId FROM Account)", [ACME, PERCENT]),
        ("Name = 'acme ltd' OR (Type = 'Other' AND Name LIKE 'Acme%')", [ACME, PERCENT]),
        ("Name = '\\u0061cme ltd'", [ACME]),
    ],
)
def test_a_condition_finds_exactly(org: SalesforceState, where: str, expected: list[str]) -> None:
    assert names(org, where) == expected


def test_query_all_also_finds_what_is_in_the_bin(org: SalesforceState) -> None:
    assert names(org, "IsDeleted = true", all=True) == ["Gone"]
    assert names(org, "IsDeleted = true") == []


def test_ids_of_both_lengths_find_the_record_and_case_matters_in_the_short_one(org: SalesforceState) -> None:
    identity = org.insert("Account", {"Name": "By id", "Id": "001Sb00000000AbIAI"})
    assert names(org, f"Id = '{identity}'") == ["By id"]
    assert names(org, f"Id = '{identity[:15]}'") == ["By id"]
    assert names(org, f"Id = '{identity[:15].lower()}'") == []


def test_nulls_sort_first_unless_told_otherwise(org: SalesforceState) -> None:
    def ordered(terms: str) -> list[Any]:
        body = org.queries.first_page(f"SELECT Name FROM Account ORDER BY {terms}", "66.0", include_deleted=False)
        return [record["Name"] for record in body["records"]]

    assert ordered("AnnualRevenue") == [PERCENT, ACME, ZURICH]
    assert ordered("AnnualRevenue DESC") == [PERCENT, ZURICH, ACME]
    assert ordered("AnnualRevenue DESC NULLS LAST, Name") == [ZURICH, ACME, PERCENT]
    assert ordered("Name LIMIT 1 OFFSET 1") == [PERCENT]


def test_parents_nest_nulls_stay_null_and_names_come_back_as_the_org_spells_them(org: SalesforceState) -> None:
    query = "select name, PARENT.name, billingaddress, annualrevenue from account where Name = 'acme ltd'"
    (record,) = org.queries.first_page(query, "66.0", include_deleted=False)["records"]
    (parent,) = org.queries.first_page(
        "SELECT Id, Parent.Name FROM Account WHERE Parent.Id = null", "66.0", include_deleted=False
    )["records"]
    identity = record["attributes"]["url"].rsplit("/", 1)[1]
    assert {key: value for key, value in record.items() if key != "AnnualRevenue"} == {
        "attributes": {"type": "Account", "url": f"/services/data/v66.0/sobjects/Account/{identity}"},
        "Name": "acme ltd",
        "Parent": {
            "attributes": {"type": "Account", "url": f"/services/data/v66.0/sobjects/Account/{parent['Id']}"},
            "Name": "Zürich Group",
        },
        "BillingAddress": {
            "city": "London",
            "country": None,
            "geocodeAccuracy": None,
            "latitude": None,
            "longitude": None,
            "postalCode": None,
            "state": None,
            "street": None,
        },
    }
    assert parent["Parent"] is None


def test_aggregates_come_as_aggregate_results(org: SalesforceState) -> None:
    query = "SELECT Type, COUNT(Id) n, SUM(AnnualRevenue) FROM Account GROUP BY Type ORDER BY Type NULLS LAST"
    body = org.queries.first_page(query, "66.0", include_deleted=False)
    shown = [
        (record["Type"], record["n"], None if record["expr0"] is None else bytes(record["expr0"]))
        for record in body["records"]
    ]
    assert shown == [("Other", 1, None), ("Prospect", 1, b"2.5E7"), (None, 1, b"100.0")]
    assert body["records"][0]["attributes"] == {"type": "AggregateResult"}


def test_count_alone_answers_with_a_total_and_no_records(org: SalesforceState) -> None:
    body = org.queries.first_page("SELECT COUNT() FROM Account", "66.0", include_deleted=False)
    assert body == {"totalSize": 3, "done": True, "records": []}


def test_an_unknown_field_is_named_with_a_caret_under_it(org: SalesforceState) -> None:
    assert refusal(org, "SELECT Id, Foo FROM Account") == (
        "INVALID_FIELD",
        "\nSELECT Id, Foo FROM Account\n           ^\nERROR at Row:1:Column:12\n"
        "No such column 'Foo' on entity 'Account'. If you are attempting to use a custom field, be sure to append the "
        "'__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.",
    )


@pytest.mark.parametrize(
    ("query", "code", "part"),
    [
        ("SELECT Id FROM Accont", "INVALID_TYPE", "sObject type 'Accont' is not supported."),
        ("SELECT Id FROM Xero_Contact__c", "INVALID_TYPE", "sObject type 'Xero_Contact__c' is not supported."),
        ("SELECT Foo__r.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Foo__r' in field path."),
        ("SELECT Id FRM Account", "MALFORMED_QUERY", "unexpected token: 'FRM'"),
        ("SELECT Id, FROM Account", "MALFORMED_QUERY", "unexpected token: 'FROM'"),
        ("SELECT Id, Id FROM Account", "MALFORMED_QUERY", "duplicate field selected: Id"),
        ("SELECT * FROM Account", "MALFORMED_QUERY", "unexpected token: '*'"),
        ("SELECT Id FROM Account WHERE Name = 'a", "MALFORMED_QUERY", "unterminated string"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Site = 'b' OR Site = 'c'", "MALFORMED_QUERY", "'OR'"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND NOT Site = 'b'", "MALFORMED_QUERY", "'NOT'"),
        ("SELECT Id FROM Account WHERE Name = 'a\\z'", "MALFORMED_QUERY", "Illegal character sequence '\\z'"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD", "must be of type string and should be enclosed"),
        ("SELECT Id FROM Account WHERE AnnualRevenue = '5'", "INVALID_FIELD", "must be of type double and should not"),
        ("SELECT Id FROM Account WHERE CreatedDate = '2026-01-01'", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Account WHERE CreatedDate = 2026-01-01", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Opportunity WHERE CloseDate > 2026-01-01T00:00:00Z", "INVALID_FIELD", "must be of type date"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered in a query call"),
        ("SELECT Id FROM Account WHERE BillingAddress = 'x'", "INVALID_FIELD", "can not be filtered in a query call"),
        ("SELECT Id FROM Account ORDER BY Description", "INVALID_FIELD", "can not be sorted in a query call"),
        ("SELECT Id FROM Account WHERE Id = 'nonsense'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: nonsense"),
        ("SELECT Id FROM Account WHERE ParentId LIKE '001%'", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator"),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
        ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name"),
        ("SELECT SUM(Name) FROM Account", "MALFORMED_QUERY", "does not support aggregate operator SUM"),
        ("SELECT Id FROM Account WHERE Name = '" + "x" * 4001 + "'", "MALFORMED_QUERY", "4000 characters"),
        ("SELECT Id FROM Account WHERE Name IN (" + "'x'," * 30_000 + "'x')", "MALFORMED_QUERY", "100000 characters"),
    ],
)
def test_a_wrong_query_is_refused(org: SalesforceState, query: str, code: str, part: str) -> None:
    found_code, message = refusal(org, query)
    assert found_code == code
    assert part in message


def test_a_polymorphic_owner_can_be_a_queue(org: SalesforceState) -> None:
    queue = org.insert("Group", {"Name": "Collections", "Type": "Queue"})
    org.insert("Case", {"Subject": "a", "OwnerId": queue})
    org.insert("Case", {"Subject": "b"})
    body = org.queries.first_page(
        "SELECT Subject, Owner.Name, Owner.Type FROM Case WHERE Owner.Name != null ORDER BY Subject",
        "66.0",
        include_deleted=False,
    )
    owners = [(r["Subject"], r["Owner"]["Name"], r["Owner"]["Type"], r["Owner"]["attributes"]) for r in body["records"]]
    assert owners == [
        ("a", "Collections", "Queue", {"type": "Name", "url": f"/services/data/v66.0/sobjects/Group/{queue}"}),
        (
            "b",
            "Xero Integration",
            "User",
            {"type": "Name", "url": f"/services/data/v66.0/sobjects/User/{org.user_id}"},
        ),
    ]


def test_relative_dates_follow_the_users_day_and_not_utc() -> None:
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # already 2 July in London
    state = SalesforceState(":memory:", FixedClock(late))
    state.insert("Account", {"Name": "late"})
    state.insert("Account", {"Name": "early"}, stamp=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
    assert names(state, "CreatedDate = TODAY") == ["late"]
    assert names(state, "CreatedDate = YESTERDAY") == ["early"]


@pytest.mark.parametrize(
    ("literal", "count", "first", "after"),
    [
        ("LAST_WEEK", None, date(2026, 3, 8), date(2026, 3, 15)),
        ("THIS_MONTH", None, date(2026, 3, 1), date(2026, 4, 1)),
        ("LAST_QUARTER", None, date(2025, 10, 1), date(2026, 1, 1)),
        ("NEXT_YEAR", None, date(2027, 1, 1), date(2028, 1, 1)),
        ("LAST_N_DAYS", 3, date(2026, 3, 13), date(2026, 3, 17)),
        ("NEXT_N_DAYS", 3, date(2026, 3, 17), date(2026, 3, 20)),
        ("N_DAYS_AGO", 3, date(2026, 3, 13), date(2026, 3, 14)),
        ("LAST_N_MONTHS", 2, date(2026, 1, 1), date(2026, 3, 1)),
        ("LAST_90_DAYS", None, date(2025, 12, 16), date(2026, 3, 17)),
        ("N_YEARS_AGO", 1, date(2025, 1, 1), date(2026, 1, 1)),
    ],
)
def test_a_date_literal_names_these_days(literal: str, count: int | None, first: date, after: date) -> None:
    assert days_of(literal, count, date(2026, 3, 16)) == (first, after)


@given(
    st.sampled_from(sorted(PLAIN_LITERALS | COUNTED_LITERALS)),
    st.integers(1, 200),
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
)
def test_every_date_literal_is_a_range_of_at_least_a_day(literal: str, count: int, today: date) -> None:
    start, end = days_of(literal, count if literal in COUNTED_LITERALS else None, today)
    assert end - start >= timedelta(days=1)


@given(st.text(max_size=40))
def test_any_text_finds_itself_when_it_is_escaped(text: str) -> None:
    escaped = text
    for letter, escape in (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r")):
        escaped = escaped.replace(letter, escape)
    where = parse(f"SELECT Id FROM Account WHERE Name = '{escaped}'").where
    assert where is not None
    assert where.values[0].text == text  # type: ignore[union-attr]


@given(st.text("SELECT idFROM account'()=,\\%_ 1:-", max_size=60))
def test_any_other_text_is_refused_in_salesforces_words_and_never_crashes(text: str) -> None:
    codes = {"MALFORMED_QUERY", "NUMBER_OUTSIDE_VALID_RANGE"}
    try:
        parse(text)
        code = "MALFORMED_QUERY"
    except RequestRefused as refused:
        code = refused.code
    assert code in codes
