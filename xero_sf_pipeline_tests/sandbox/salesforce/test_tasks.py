"""Tasks and the custom fields that they share with events."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce

from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline_tests.sandbox.salesforce.conftest import START
from xero_sf_pipeline_tests.sandbox.salesforce.packages import field, package

ALERT_KEY = field(
    "Alert_Key__c",
    "Text",
    "<length>120</length><externalId>true</externalId><unique>true</unique><caseSensitive>false</caseSensitive>",
)


@pytest.fixture
def account(org: SalesforceState) -> str:
    org.install_package(package({"Activity": [ALERT_KEY]}, grants=["Task.Alert_Key__c"]))
    return org.insert("Account", {"Name": "Hall & Sons"})


def collection(sf: Salesforce, method: str, *records: dict[str, Any], path: str = "") -> list[dict[str, Any]]:
    body = {"allOrNone": False, "records": [{"attributes": {"type": "Task"}, **one} for one in records]}
    found: list[dict[str, Any]] = sf.restful(f"composite/sobjects{path}", method=method, json=body)
    return found


def codes(results: list[dict[str, Any]]) -> list[str]:
    return [one["errors"][0]["statusCode"] if one["errors"] else "" for one in results]


def test_tasks_go_through_collections_and_each_bad_one_fails_alone(
    org: SalesforceState, sf: Salesforce, account: str
) -> None:
    (somebody,) = org.rows("User")
    copied = {name: value for name, value in somebody.items() if name not in ("Id", "FederationIdentifier")}
    gone = org.insert("User", {**copied, "Username": "gone@example.com", "IsActive": False})
    good = {"Subject": "Overdue", "WhatId": account, "ActivityDate": "2026-03-20", "Priority": "High"}

    results = collection(
        sf,
        "POST",
        good,
        {**good, "OwnerId": gone},
        {**good, "WhatId": org.user_id},
        {**good, "WhatId": "001000000000999AAA"},
        {**good, "Subject": "x" * 256},
        {**good, "Status": None},
        {**good, "AccountId": account},
        {**good, "IsClosed": True},
    )

    assert codes(results) == [
        "",
        "INACTIVE_OWNER_OR_USER",
        "MALFORMED_ID",
        "INVALID_CROSS_REFERENCE_KEY",
        "STRING_TOO_LONG",
        "REQUIRED_FIELD_MISSING",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
    ]
    (task,) = org.rows("Task")
    shown = ("Status", "IsClosed", "IsHighPriority", "ActivityDate", "AccountId", "OwnerId", "CompletedDateTime")
    assert [task[name] for name in shown] == [
        "Not Started", False, True, date(2026, 3, 20), account, org.user_id, None,
    ]  # fmt: skip


def test_a_task_is_closed_by_its_status_and_opened_again(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce, account: str
) -> None:
    task = sf.Task.create({"Subject": "Overdue", "WhatId": account})["id"]
    running.clock.advance(timedelta(hours=2))

    assert codes(collection(sf, "PATCH", {"id": task, "Status": "Completed", "Description": "paid"})) == [""]
    (row,) = org.rows("Task")
    assert (row["IsClosed"], row["CompletedDateTime"]) == (True, START + timedelta(hours=2))

    running.clock.advance(timedelta(hours=1))
    sf.Task.update(task, {"Subject": "Overdue, paid"})
    assert org.rows("Task")[0]["CompletedDateTime"] == START + timedelta(hours=2)
    sf.Task.update(task, {"Status": "In Progress"})
    (row,) = org.rows("Task")
    assert (row["IsClosed"], row["CompletedDateTime"]) == (False, None)


def test_which_statuses_close_a_task_is_a_table_of_the_org(org: SalesforceState, sf: Salesforce, account: str) -> None:
    org.insert("TaskStatus", {"MasterLabel": "No longer needed", "SortOrder": 9, "IsClosed": True})

    closed = sf.query("SELECT MasterLabel FROM TaskStatus WHERE IsClosed = true ORDER BY SortOrder")["records"]
    assert [row["MasterLabel"] for row in closed] == ["Completed", "No longer needed"]
    sf.Task.create({"Subject": "x", "WhatId": account, "Status": "no longer needed"})
    assert [row["IsClosed"] for row in org.rows("Task")] == [True]


def test_a_field_of_activities_is_seen_on_tasks_by_describe_by_soql_and_as_an_upsert_key(
    org: SalesforceState, sf: Salesforce, account: str
) -> None:
    (described,) = [one for one in sf.Task.describe()["fields"] if one["name"] == "Alert_Key__c"]
    assert (described["externalId"], described["unique"], described["length"]) == (True, True, 120)

    path = "/Task/Alert_Key__c"
    body = {"Alert_Key__c": f"{account}:overdue:2026-03-16", "Subject": "Overdue", "WhatId": account}
    first = collection(sf, "PATCH", body, path=path)
    again = collection(sf, "PATCH", {**body, "Subject": "Overdue since March"}, path=path)

    assert [one["created"] for one in (*first, *again)] == [True, False]
    assert first[0]["id"] == again[0]["id"]
    found = sf.query(f"SELECT Subject, What.Name FROM Task WHERE Alert_Key__c = '{account}:OVERDUE:2026-03-16'")
    assert [(one["Subject"], one["What"]["Name"]) for one in found["records"]] == [
        ("Overdue since March", "Hall & Sons")
    ]
    assert codes(collection(sf, "POST", body)) == ["DUPLICATE_VALUE"]


def test_a_task_of_somebody_else_cannot_be_closed_when_activities_are_private(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce, account: str
) -> None:
    """Private is how orgs come: closing needs the owner, or Controlled by Parent (docs/connect.md, step 3)."""
    (somebody,) = org.rows("User")
    copied = {name: value for name, value in somebody.items() if name not in ("Id", "FederationIdentifier")}
    owner = org.insert("User", {**copied, "Username": "owner@example.com"})
    url = f"{running.url}/__sandbox__/salesforce/activity-sharing"
    assert requests.post(url, json={"access": "private"}, timeout=10).status_code == 200

    theirs = sf.Task.create({"Subject": "theirs", "WhatId": account, "OwnerId": owner})["id"]
    ours = sf.Task.create({"Subject": "ours", "WhatId": account})["id"]
    closing = [{"id": one, "Status": "Completed"} for one in (theirs, ours)]
    assert codes(collection(sf, "PATCH", *closing)) == ["INSUFFICIENT_ACCESS_OR_READONLY", ""]

    assert requests.post(url, json={"access": "parent"}, timeout=10).status_code == 200
    assert codes(collection(sf, "PATCH", *closing)) == ["", ""]
    assert requests.post(url, json={"access": "all"}, timeout=10).status_code == 400


def test_a_custom_field_cannot_be_deployed_to_tasks_nor_granted_on_activities(org: SalesforceState) -> None:
    with pytest.raises(ValueError, match="bad value for restricted picklist field: Task"):
        org.install_package(package({"Task": [ALERT_KEY]}))
    with pytest.raises(ValueError, match=r"no CustomField named Activity\.Alert_Key__c found"):
        org.install_package(package({"Activity": [ALERT_KEY]}, grants=["Activity.Alert_Key__c"]))


def test_a_task_goes_with_the_record_that_it_is_about(org: SalesforceState, sf: Salesforce, account: str) -> None:
    winner = org.insert("Account", {"Name": "Hall"})
    sf.Task.create({"Subject": "moved", "WhatId": account})
    org.merge_accounts(winner, [account])
    assert [(row["WhatId"], row["AccountId"]) for row in org.rows("Task")] == [(winner, winner)]

    sf.Account.delete(winner)
    assert org.rows("Task") == []
    assert [row["IsDeleted"] for row in org.rows("Task", include_deleted=True)] == [True]
