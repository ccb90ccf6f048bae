"""Composite calls: references, halting, rollback, graphs."""

from __future__ import annotations

from typing import Any

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest

from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState

BASE = "/services/data/v66.0/sobjects"


def part(name: str, body: dict[str, Any] | None, url: str, method: str = "POST") -> dict[str, Any]:
    return {"method": method, "url": url, "referenceId": name, "body": body}


def send(sf: Salesforce, parts: list[dict[str, Any]], **more: Any) -> list[dict[str, Any]]:
    answer = sf.restful("composite", method="POST", json={"compositeRequest": parts, **more})
    found: list[dict[str, Any]] = answer["compositeResponse"]
    return found


def test_a_later_part_uses_the_id_of_an_earlier_one_and_all_count_as_one_call(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    used = org.limits.requests.used
    answers = send(
        sf,
        [
            part("a1", {"Name": "Acme"}, f"{BASE}/Account"),
            part("c1", {"LastName": "Smith", "AccountId": "@{a1.id}"}, f"{BASE}/Contact"),
            part("g1", None, f"{BASE}/Account/@{{a1.id}}", "GET"),
            part("q1", None, "/services/data/v66.0/query?q=SELECT+Name+FROM+Account", "GET"),
        ],
    )
    assert [(one["referenceId"], one["httpStatusCode"]) for one in answers] == [
        ("a1", 201),
        ("c1", 201),
        ("g1", 200),
        ("q1", 200),
    ]
    account = answers[0]["body"]["id"]
    assert answers[0]["httpHeaders"] == {"Location": f"{BASE}/Account/{account}"}
    assert answers[2]["body"]["Id"] == account
    assert answers[3]["body"]["records"][0]["Name"] == "Acme"
    assert [row["AccountId"] for row in org.rows("Contact")] == [account]
    assert org.limits.requests.used == used + 1


def test_what_depends_on_a_failed_part_is_halted_and_the_rest_goes_on(org: SalesforceState, sf: Salesforce) -> None:
    answers = send(
        sf,
        [
            part("a1", {"Site": "x"}, f"{BASE}/Account"),
            part("c1", {"LastName": "Smith", "AccountId": "@{a1.id}"}, f"{BASE}/Contact"),
            part("a2", {"Name": "ok"}, f"{BASE}/Account"),
        ],
    )
    assert [one["httpStatusCode"] for one in answers] == [400, 400, 201]
    assert answers[0]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert answers[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert [row["Name"] for row in org.rows("Account")] == ["ok"]


def test_all_or_none_takes_the_earlier_parts_back(org: SalesforceState, sf: Salesforce) -> None:
    answers = send(
        sf,
        [part("a1", {"Name": "Acme"}, f"{BASE}/Account"), part("a2", {"Site": "x"}, f"{BASE}/Account")],
        allOrNone=True,
    )
    assert [one["body"][0]["errorCode"] for one in answers] == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    assert org.rows("Account") == []


def test_a_graph_stands_or_falls_by_itself(org: SalesforceState, sf: Salesforce) -> None:
    good = {"graphId": "1", "compositeRequest": [part("a", {"Name": "ok"}, f"{BASE}/Account")]}
    bad = {
        "graphId": "2",
        "compositeRequest": [
            part("a", {"Name": "gone"}, f"{BASE}/Account"),
            part("c", {"AccountId": "@{a.id}"}, f"{BASE}/Contact"),
        ],
    }
    graphs = sf.restful("composite/graph", method="POST", json={"graphs": [good, bad]})["graphs"]
    assert [(one["graphId"], one["isSuccessful"]) for one in graphs] == [("1", True), ("2", False)]
    assert [row["Name"] for row in org.rows("Account")] == ["ok"]


def test_limits_of_a_composite_call(sf: Salesforce) -> None:
    query = "/services/data/v66.0/query?q=SELECT+Id+FROM+Account"
    for parts in (
        [part(f"a{i}", {"Name": "x"}, f"{BASE}/Account") for i in range(26)],
        [part(f"q{i}", None, query, "GET") for i in range(6)],
        [part("same", {"Name": "x"}, f"{BASE}/Account")] * 2,
    ):
        with pytest.raises(SalesforceMalformedRequest):
            send(sf, parts)
