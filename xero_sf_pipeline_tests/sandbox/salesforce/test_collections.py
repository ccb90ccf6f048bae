"""sObject Collections with partial success."""

from __future__ import annotations

from typing import Any

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest

from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline_tests.sandbox.salesforce.packages import linked_org

pytestmark = pytest.mark.usefixtures("linked")
ROLLED_BACK = {
    "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "message": "Record rolled back because not all records were valid and the request was using AllOrNone header",
    "fields": [],
}
MISSING = {"statusCode": "REQUIRED_FIELD_MISSING", "message": "Required fields are missing: [Name]", "fields": ["Name"]}


@pytest.fixture
def linked(org: SalesforceState) -> None:
    org.install_package(linked_org())


def send(sf: Salesforce, method: str, records: list[dict[str, Any]], path: str = "", **more: Any) -> list[Any]:
    typed = [{"attributes": {"type": "Account"}, **record} for record in records]
    answer: list[Any] = sf.restful(f"composite/sobjects{path}", method=method, json={"records": typed, **more})
    return answer


def test_one_bad_row_fails_alone_and_results_keep_the_order(org: SalesforceState, sf: Salesforce) -> None:
    first, second, third = send(sf, "POST", [{"Name": "a"}, {"Site": "x"}, {"Name": "c"}], allOrNone=False)
    assert second == {"success": False, "errors": [MISSING]}
    rows = org.rows("Account")
    assert [(row["Id"], row["Name"]) for row in rows] == [(first["id"], "a"), (third["id"], "c")]


def test_all_or_none_takes_everything_back(org: SalesforceState, sf: Salesforce) -> None:
    assert send(sf, "POST", [{"Name": "a"}, {"Site": "x"}], allOrNone=True) == [
        {"success": False, "errors": [ROLLED_BACK]},
        {"success": False, "errors": [MISSING]},
    ]
    assert org.rows("Account") == []


def test_updates_name_records_by_id_and_stale_ids_fail(org: SalesforceState, sf: Salesforce) -> None:
    kept, gone, twice = (org.insert("Account", {"Name": name}) for name in ("kept", "gone", "twice"))
    org.delete("Account", gone)
    ids = [kept, gone, "001Sb0000000zzzIAA", twice, twice]
    results = send(sf, "PATCH", [{"id": identity, "Name": "new"} for identity in ids])
    assert [one["success"] for one in results] == [True, False, False, False, False]
    assert [(one["errors"][0]["statusCode"], one["errors"][0]["message"]) for one in results[1:]] == [
        ("ENTITY_IS_DELETED", "entity is deleted"),
        ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
        ("DUPLICATE_VALUE", f"duplicate id in list: {twice}"),
        ("DUPLICATE_VALUE", f"duplicate id in list: {twice}"),
    ]
    assert [row["Name"] for row in org.rows("Account")] == ["new", "twice"]


def test_upsert_tells_what_it_created(org: SalesforceState, sf: Salesforce) -> None:
    known = org.insert("Account", {"Name": "old", "Xero_Contact_ID__c": "k1"})
    rows = [{"Xero_Contact_ID__c": "K1", "Name": "a"}, {"Xero_Contact_ID__c": "k2", "Name": "b"}, {"Name": "c"}]
    updated, created, failed = send(sf, "PATCH", rows, path="/Account/Xero_Contact_ID__c")
    assert updated == {"id": known, "success": True, "errors": [], "created": False}
    assert (created["success"], created["created"]) == (True, True)
    assert failed["errors"] == [
        {"statusCode": "MISSING_ARGUMENT", "message": "Xero_Contact_ID__c not specified", "fields": []}
    ]


def test_the_same_key_twice_in_one_call_fails_both_rows(org: SalesforceState, sf: Salesforce) -> None:
    rows = [{"Xero_Contact_ID__c": "k", "Name": "a"}, {"Xero_Contact_ID__c": "K", "Name": "b"}]
    results = send(sf, "PATCH", rows, path="/Account/Xero_Contact_ID__c")
    assert [one["errors"][0]["statusCode"] for one in results] == ["DUPLICATE_VALUE", "DUPLICATE_VALUE"]
    assert org.rows("Account") == []


def test_two_hundred_rows_are_the_limit(sf: Salesforce) -> None:
    assert len(send(sf, "POST", [{"Name": str(i)} for i in range(200)])) == 200
    with pytest.raises(SalesforceMalformedRequest) as refused:
        send(sf, "POST", [{"Name": str(i)} for i in range(201)])
    assert refused.value.content[0]["errorCode"] == "EXCEEDED_ID_LIMIT"


def test_an_unknown_field_in_one_row_fails_the_whole_call(org: SalesforceState, sf: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        send(sf, "POST", [{"Name": "a"}, {"Name": "b", "Nope__c": 1}])
    assert refused.value.content == [
        {"message": "No such column 'Nope__c' on sobject of type Account", "errorCode": "INVALID_FIELD"}
    ]
    assert org.rows("Account") == []


def test_more_than_ten_changes_of_type_are_refused(sf: Salesforce) -> None:
    mixed = [{"attributes": {"type": name}, "Name": "x", "LastName": "x"} for name in ("Account", "Contact") * 6]
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.restful("composite/sobjects", method="POST", json={"records": mixed})
    assert refused.value.content[0]["errorCode"] == "LIMIT_EXCEEDED"


def test_locked_rows_fail_and_the_same_rows_go_through_the_next_time(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    running.faults.arm(Fault("salesforce", "lock_rows", argument={"rows": [1]}))
    rows = [{"Name": "a"}, {"Name": "b"}]
    locked = send(sf, "POST", rows)
    assert [one["success"] for one in locked] == [True, False]
    assert locked[1]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    assert send(sf, "POST", rows[1:])[0]["success"]
    assert [row["Name"] for row in org.rows("Account")] == ["a", "b"]


def test_any_other_row_error_can_be_played(running: RunningSandbox, sf: Salesforce) -> None:
    argument = {"code": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "message": "trigger failed", "count": 1}
    running.faults.arm(Fault("salesforce", "row_error", argument=argument))
    assert [one.get("errors") for one in send(sf, "POST", [{"Name": "a"}, {"Name": "b"}])] == [
        [{"statusCode": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "message": "trigger failed", "fields": []}],
        [],
    ]


def test_rows_are_deleted_and_retrieved_by_ids(org: SalesforceState, sf: Salesforce) -> None:
    ids = [org.insert("Account", {"Name": name}) for name in "ab"]
    read = sf.restful("composite/sobjects/Account", method="POST", json={"ids": [*ids, "x"], "fields": ["Name"]})
    assert [None if row is None else (row["Id"], row["Name"]) for row in read] == [(ids[0], "a"), (ids[1], "b"), None]
    results = sf.restful("composite/sobjects", method="DELETE", params={"ids": f"{ids[0]},{ids[0]}"})
    assert [one["success"] for one in results] == [True, False]
    assert results[1]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"
    results = sf.restful(
        "composite/sobjects", method="DELETE", params={"ids": f"{ids[1]},{ids[0]}", "allOrNone": "true"}
    )
    assert results[0]["errors"] == [ROLLED_BACK]
    assert [row["Id"] for row in org.rows("Account")] == [ids[1]]


def test_parents_by_external_id_work_in_collections_too(org: SalesforceState, sf: Salesforce) -> None:
    account = org.insert("Account", {"Name": "a", "Xero_Contact_ID__c": "k"})
    body = [
        {"attributes": {"type": "Case"}, "Subject": "ok", "Account": {"Xero_Contact_ID__c": "k"}},
        {"attributes": {"type": "Case"}, "Subject": "no", "Account": {"Xero_Contact_ID__c": "z"}},
    ]
    results = sf.restful("composite/sobjects", method="POST", json={"records": body})
    assert [one["success"] for one in results] == [True, False]
    assert results[1]["errors"][0]["statusCode"] == "INVALID_FIELD"
    assert [(row["Subject"], row["AccountId"]) for row in org.rows("Case")] == [("ok", account)]
