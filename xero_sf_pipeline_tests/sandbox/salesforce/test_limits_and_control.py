"""The org's limits, API versions, faults of the whole API, and the remote control."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceGeneralError,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.salesforce.ids import checksum, make_id, to_eighteen
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline_tests.sandbox.salesforce.conftest import connect
from xero_sf_pipeline_tests.sandbox.salesforce.packages import linked_org


def control(running: RunningSandbox, method: str, path: str, body: Any = None) -> requests.Response:
    url = f"{running.url}/__sandbox__/salesforce/{path}"
    return requests.request(method, url, json=body, timeout=10)


def test_every_call_counts_and_the_header_says_so(org: SalesforceState, sf: Salesforce) -> None:
    sf.limits()
    assert (sf.api_usage["api-usage"].used, sf.api_usage["api-usage"].total) == (1, 100_000)
    answer = sf.limits()
    assert answer["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_998}
    url = f"https://{sf.sf_instance}/services/data/"
    assert sf.session.get(url).json()[-1] == {
        "label": "Summer '26",
        "url": "/services/data/v67.0",
        "version": "67.0",
    }
    assert org.limits.requests.used == 2  # the list of versions is free


def test_a_used_up_day_refuses_until_calls_fall_out_of_the_last_24_hours(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    org.limits.requests.maximum = 2
    sf.limits()
    sf.limits()
    with pytest.raises(SalesforceRefusedRequest) as refused:
        sf.limits()
    assert refused.value.content == [
        {"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}
    ]
    running.clock.advance(timedelta(hours=24))
    assert sf.limits()["DailyApiRequests"]["Remaining"] == 1


def test_a_limit_can_be_played_without_using_it_up(running: RunningSandbox, sf: Salesforce) -> None:
    running.faults.arm(Fault("salesforce", "request_limit", argument={"kind": "ConcurrentRequests"}))
    with pytest.raises(SalesforceRefusedRequest) as refused:
        sf.limits()
    assert refused.value.content[0]["message"] == "ConcurrentRequests Limit exceeded."
    assert "DailyApiRequests" in sf.limits()


def test_a_page_that_is_not_json_comes_through_as_it_is(running: RunningSandbox, sf: Salesforce) -> None:
    argument = {"status": 503, "body": "<html>Service Unavailable</html>", "content_type": "text/html"}
    running.faults.arm(Fault("salesforce", "status", argument=argument))
    with pytest.raises(SalesforceGeneralError) as refused:
        sf.limits()
    assert (refused.value.status, refused.value.content) == (503, "<html>Service Unavailable</html>")


def test_a_connection_that_drops_after_the_commit_has_written_its_record(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    running.faults.arm(Fault("salesforce", "drop_after", method="POST"))
    with pytest.raises(requests.ConnectionError):
        sf.Account.create({"Name": "written"})
    running.faults.arm(Fault("salesforce", "drop_before", method="POST"))
    with pytest.raises(requests.ConnectionError):
        sf.Account.create({"Name": "not written"})
    assert [row["Name"] for row in org.rows("Account")] == ["written"]


@pytest.mark.parametrize(("version", "status"), [("30.0", 410), ("68.0", 404), ("66.5", 404)])
def test_versions_out_of_range_are_refused(running: RunningSandbox, version: str, status: int) -> None:
    answer = requests.get(f"{running.url}/services/data/v{version}/limits", timeout=10)
    assert answer.status_code == status


def test_unknown_resources_and_methods_are_refused(sf: Salesforce) -> None:
    with pytest.raises(SalesforceResourceNotFound) as refused:
        sf.restful("nothing/here")
    assert refused.value.content == [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]
    with pytest.raises(SalesforceGeneralError) as wrong:
        sf.restful("limits", method="POST")
    assert wrong.value.status == 405


@pytest.mark.parametrize("content_type", ["text/xml", "text/plain; charset=UTF-8", None])
def test_a_body_that_does_not_say_it_is_json_is_refused(
    org: SalesforceState, sf: Salesforce, content_type: str | None
) -> None:
    headers = {"Authorization": f"Bearer {sf.session_id}", "Content-Type": content_type}
    url = f"{sf.base_url}sobjects/Account"
    answer = sf.session.post(url, data=b'{"Name": "x"}', headers=headers)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert org.rows("Account") == []


def test_record_counts_leave_empty_objects_out(org: SalesforceState, sf: Salesforce) -> None:
    org.insert("Account", {"Name": "a"})
    counts = sf.restful("limits/recordCount", params={"sObjects": "Account,Contact,Nope"})
    assert counts == {"sObjects": [{"count": 1, "name": "Account"}]}


def test_rules_and_permissions_are_set_by_remote_control(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    rule = {"object": "Case", "when": "Subject = 'bad'", "message": "no"}
    assert control(running, "POST", "validation-rules", rule).status_code == 200
    duplicate = {"object": "Account", "fields": ["Name"], "action": "block", "message": "Known!"}
    assert control(running, "POST", "duplicate-rules", duplicate).status_code == 200
    assert control(running, "POST", "case-assignment", {"owner": org.user_id}).status_code == 200
    assert control(running, "GET", "rules").json() == {
        "validation": [{**rule, "field": None, "name": "rule"}],
        "duplicates": [{**duplicate, "name": "Standard_Duplicate_Rule"}],
        "case_assignment_owner": org.user_id,
        "private_activities": False,
    }
    control(running, "DELETE", "rules")
    assert control(running, "GET", "rules").json()["validation"] == []
    control(running, "POST", "field-permissions", {"object": "Account", "field": "Site", "access": "hidden"})
    assert "Site" not in {one["name"] for one in sf.Account.describe()["fields"]}
    control(running, "POST", "field-permissions", {"object": "Account", "field": "Site", "access": "edit"})
    assert "Site" in {one["name"] for one in sf.Account.describe()["fields"]}
    control(running, "POST", "profile", {"grants": "nothing"})
    assert "Account" not in {one["name"] for one in sf.describe()["sobjects"]}
    control(running, "POST", "profile", {"grants": "standard"})
    assert "Account" in {one["name"] for one in sf.describe()["sobjects"]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("validation-rules", {"object": "Case", "when": "Nope = 1", "message": "x"}),
        ("validation-rules", {"object": "Nope", "when": "Id = null", "message": "x"}),
        ("duplicate-rules", {"object": "Account", "fields": ["Nope"]}),
        ("field-permissions", {"object": "Account", "field": "Site", "access": "sometimes"}),
        ("profile", {"grants": "everything"}),
        ("currencies", {"corporate": "pounds", "rates": {}}),
        ("package", {"path": "/does/not/exist.zip"}),
    ],
)
def test_a_wrong_control_call_is_told_so(running: RunningSandbox, path: str, body: dict[str, Any]) -> None:
    answer = control(running, "POST", path, body)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_limits_jobs_and_packages_are_set_by_remote_control(
    running: RunningSandbox, org: SalesforceState, tmp_path: Path
) -> None:
    assert control(running, "POST", "limits", {"daily_requests": 10, "used_requests": 4}).json()[
        "DailyApiRequests"
    ] == {"Max": 10, "Remaining": 6}
    assert control(running, "POST", "bulk", {"polls": 3, "seconds": 1}).json() == {
        "polls": 3,
        "seconds": 1.0,
        "empty_result_has_header": True,
    }
    path = tmp_path / "package.zip"
    path.write_bytes(linked_org())
    deployed = control(running, "POST", "package", {"path": str(path)}).json()["deployed"]
    assert deployed == ["Link__c", "Account.Xero_Contact_ID__c", "Link__c.Key__c", "Link__c.Account__c", "P"]
    org.insert("Account", {"Name": "a"})
    assert [row["Name"] for row in control(running, "GET", "rows?object=Account").json()] == ["a"]


def test_other_peoples_changes_are_made_by_remote_control(running: RunningSandbox, org: SalesforceState) -> None:
    def change(**body: Any) -> Any:
        answer = requests.post(f"{running.url}/__sandbox__/salesforce/mutate", json=body, timeout=10)
        return answer.json() if answer.status_code == 200 else answer.status_code

    first = change(action="insert", object="Account", row={"Name": "a"})
    second = change(action="insert", object="Account", row={"Name": "b"})
    change(changes=[{"action": "update", "object": "Account", "id": first, "row": {"Name": "c"}}])
    change(action="merge_accounts", master=first, losers=[second])
    rows = org.rows("Account", include_deleted=True)
    assert [(row["Name"], row["MasterRecordId"]) for row in rows] == [("c", None), ("b", first)]
    assert change(action="insert", object="Account", row={}) == 400
    assert change(action="unknown") == 400


def test_two_clients_write_at_once_without_loss(running: RunningSandbox, org: SalesforceState) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def work(number: int) -> None:
        client = connect(running.url)
        with client.session:
            for i in range(10):
                client.Account.create({"Name": f"{number}-{i}"})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert len({row["Id"] for row in org.rows("Account")}) == 40


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=15, max_size=15))
def test_the_long_form_of_an_id_survives_the_loss_of_its_letter_case(fifteen: str) -> None:
    whole = fifteen + checksum(fifteen)
    assert to_eighteen(fifteen) == whole
    assert to_eighteen(fifteen.swapcase() + checksum(fifteen)) == whole


def test_known_ids_have_their_known_checksum() -> None:
    assert checksum("001A0000006Vm9u") == "IAC"
    assert make_id("001", 62) == "001Sb0000000010IAA"
    assert [to_eighteen(text) for text in ("", "001", "001A0000006Vm9!", 7)] == [None, None, None, None]
