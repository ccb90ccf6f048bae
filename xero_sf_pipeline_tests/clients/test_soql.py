"""Names and values cannot change the meaning of a query, and no query outgrows a URI."""

from __future__ import annotations

import re
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_sf_pipeline.clients import soql


@pytest.mark.parametrize("text", ["Id from User", "Name'", "1abc", "", "a..b", "Name,Id", "count()"])
def test_a_name_that_is_no_api_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="API name"):
        soql.name(text)


def test_values_are_quoted() -> None:
    assert soql.in_list(["O'Brien", 'back\\slash "and" quote']) == r"""('O\'Brien','back\\slash \"and\" quote')"""


def test_a_query_is_put_together_from_names() -> None:
    assert soql.select(["Id", "Account.Name"], "Case", "IsClosed = false") == (
        "select Id, Account.Name from Case where IsClosed = false"
    )
    assert soql.select(["count()"], "Account") == "select count() from Account"


def test_a_child_subquery_is_refused_and_a_semi_join_is_not() -> None:
    with pytest.raises(ValueError, match="child subqueries"):
        soql.refuse_child_subquery("SELECT Id, (SELECT Id FROM Contacts) FROM Account")
    soql.refuse_child_subquery("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact)")


@given(st.lists(st.text(min_size=1, max_size=80), unique=True, max_size=60))
def test_chunks_hold_every_key_once_and_fit_into_a_uri(keys: list[str]) -> None:
    queries = list(soql.key_queries("Account", "Xero_Contact_ID__c", keys, ["Name"], longest=2000))
    head = "select Id, Xero_Contact_ID__c, Name from Account where Xero_Contact_ID__c in "
    assert all(query.startswith(head) for query in queries)
    literals = [found for query in queries for found in re.findall(r"'(?:\\.|[^'\\])*'", query[len(head) :], re.DOTALL)]
    assert literals == [soql.in_list([key])[1:-1] for key in keys]
    assert all(len(quote_plus(query)) <= 2000 for query in queries)
