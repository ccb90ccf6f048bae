"""Bulk API 2.0 uploads with the real client."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceOperationError

from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline_tests.sandbox.salesforce.packages import linked_org

pytestmark = pytest.mark.usefixtures("linked")


@pytest.fixture
def linked(org: SalesforceState) -> None:
    org.install_package(linked_org())


def send(sf: Salesforce, operation: str, text: str, object_name: str = "Account", key: str | None = None) -> str:
    """Upload CSV text, wait, and return the job's id."""
    client = getattr(sf.bulk2, object_name)._client
    job: str = client.create_job(operation, external_id_field=key)["id"]
    client.upload_job_data(job, text)
    client.close_job(job)
    client.wait_for_job(job, False, 0.01)
    return job


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_an_upsert_by_external_id_tells_created_from_updated_and_gives_the_failures_back(
    org: SalesforceState, sf: Salesforce
) -> None:
    known = org.insert("Account", {"Name": "old", "Xero_Contact_ID__c": "k1", "Site": "s", "Phone": "1"})
    text = 'Xero_Contact_ID__c,Name,Site,Phone\nK1,new,,#N/A\nk2,second,"a ""b""\nc",2\nk3,,,\n,x,,\n'
    job = send(sf, "upsert", text, key="Xero_Contact_ID__c")
    info = sf.bulk2.Account._client.get_job(job, False)
    assert (info["state"], info["numberRecordsProcessed"], info["numberRecordsFailed"]) == ("JobComplete", 4, 2)
    rows = {row["Xero_Contact_ID__c"]: row for row in org.rows("Account")}
    assert [(r["Name"], r["Site"], r["Phone"]) for r in rows.values()] == [
        ("new", "s", None),
        ("second", 'a "b"\nc', "2"),
    ]
    done = rows_of(sf.bulk2.Account.get_successful_records(job))
    assert done[0] == ["sf__Id", "sf__Created", "Xero_Contact_ID__c", "Name", "Site", "Phone"]
    assert sorted(done[1:]) == sorted(
        [
            [known, "false", "K1", "new", "", "#N/A"],
            [rows["k2"]["Id"], "true", "k2", "second", 'a "b"\nc', "2"],
        ]
    )
    failed = rows_of(sf.bulk2.Account.get_failed_records(job))
    assert failed[0] == ["sf__Id", "sf__Error", "Xero_Contact_ID__c", "Name", "Site", "Phone"]
    assert sorted(failed[1:]) == [
        ["", "MISSING_ARGUMENT:Xero_Contact_ID__c not specified:--", "", "x", "", ""],
        ["", "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --", "k3", "", "", ""],
    ]
    assert rows_of(sf.bulk2.Account.get_unprocessed_records(job)) == [["Xero_Contact_ID__c", "Name", "Site", "Phone"]]


def test_a_save_cuts_outer_blanks_off_and_leaves_lines_alone(org: SalesforceState, sf: Salesforce) -> None:
    known = org.insert("Account", {"Name": "old", "Site": "s"})
    send(sf, "update", f'Id,Name,Site\n{known}," two\n  lines\n","  "\n')
    assert [(row["Name"], row["Site"]) for row in org.rows("Account")] == [("two\n  lines", None)]


def test_an_assignment_rule_runs_only_when_the_job_names_one(org: SalesforceState, sf: Salesforce) -> None:
    queue = org.insert("Group", {"Name": "Collections", "Type": "Queue"})
    org.rules.case_assignment_owner = queue
    send(sf, "insert", "Subject\nours\n", "Case")
    job = sf.restful(
        "jobs/ingest",
        method="POST",
        json={"object": "Case", "operation": "insert", "assignmentRuleId": "01Q000000000001AAA"},
    )["id"]
    client = sf.bulk2.Case._client
    client.upload_job_data(job, "Subject\nassigned\n")
    client.close_job(job)
    assert [(row["Subject"], row["OwnerId"]) for row in org.rows("Case")] == [
        ("ours", org.user_id),
        ("assigned", queue),
    ]


def test_results_do_not_come_in_the_order_of_the_input(sf: Salesforce) -> None:
    names = [f"{i:04d}" for i in range(300)]
    job = send(sf, "insert", "Name\n" + "\n".join(names) + "\n")
    found = [row[2] for row in rows_of(sf.bulk2.Account.get_successful_records(job))[1:]]
    assert found != names
    assert sorted(found) == names


def test_parents_are_named_by_external_id_columns(org: SalesforceState, sf: Salesforce) -> None:
    account = org.insert("Account", {"Name": "a", "Xero_Contact_ID__c": "k1"})
    send(sf, "insert", "LastName,Account.Xero_Contact_ID__c\nSmith,K1\n", "Contact")
    send(sf, "upsert", "Key__c,Account__r.Xero_Contact_ID__c\nt:1,k1\n", "Link__c", "Key__c")
    user = "xero.integration@sandbox.example"
    job = send(
        sf, "insert", f"Subject,Account.Xero_Contact_ID__c,User:Owner.Username\nok,k1,{user}\nno,k9,{user}\n", "Case"
    )
    assert [row["AccountId"] for row in org.rows("Contact")] == [account]
    assert [row["Account__c"] for row in org.rows("Link__c")] == [account]
    assert [(row["Subject"], row["AccountId"]) for row in org.rows("Case")] == [("ok", account)]
    ((_, error, *_),) = rows_of(sf.bulk2.Case.get_failed_records(job))[1:]
    assert error == (
        "INVALID_FIELD:Foreign key external ID: k9 not found for field Xero_Contact_ID__c in entity Account"
        ":Xero_Contact_ID__c --"
    )


def test_a_file_may_name_some_parents_by_id_and_some_by_external_id_but_none_by_both(
    org: SalesforceState, sf: Salesforce
) -> None:
    account = org.insert("Account", {"Name": "a", "Xero_Contact_ID__c": "k1"})
    text = f"Key__c,Account__r.Xero_Contact_ID__c,Account__c\nt:1,k1,\nt:2,,{account}\nt:3,k1,{account}\n"
    job = send(sf, "upsert", text, "Link__c", "Key__c")
    assert [(row["Key__c"], row["Account__c"]) for row in org.rows("Link__c")] == [("t:1", account), ("t:2", account)]
    ((_, error, *_),) = rows_of(sf.bulk2.Link__c.get_failed_records(job))[1:]
    assert error == (
        "INVALID_FIELD:Cannot specify both an external ID reference Account__r and a salesforce id, Account__c"
        ":Account__c --"
    )


@pytest.mark.parametrize(
    ("object_name", "operation", "text", "message"),
    [
        ("Account", "insert", "Name,Nope\na,b\n", "InvalidBatch : Field name not found : Nope"),
        ("Contact", "insert", "LastName,Account:Account.Xero_Contact_ID__c\na,b\n", "InvalidBatch : Field name not"),
        ("Case", "insert", "Subject,Owner.Username\na,b\n", "InvalidBatch : Field name not found : Owner.Username"),
        ("Account", "update", "Name\na\n", "InvalidBatch : Field name not found : Id"),
        ("Account", "insert", "Name,Site\na\n", "ClientInputError : Row 2 has 1 columns"),
        ("Account", "insert", "Name\r\na\r\n", "ClientInputError : LineEnding is invalid on user data"),
        ("Account", "insert", 'Name\n"a" \n', "ClientInputError : Failed to parse CSV"),
    ],
)
def test_an_upload_that_cannot_be_read_fails_as_a_whole(
    org: SalesforceState, sf: Salesforce, object_name: str, operation: str, text: str, message: str
) -> None:
    with pytest.raises(SalesforceOperationError) as failed:
        send(sf, operation, text, object_name)
    assert message in str(failed.value)
    assert org.rows(object_name) == []


def test_updates_and_deletes_go_by_id(org: SalesforceState, sf: Salesforce) -> None:
    ids = [org.insert("Account", {"Name": name}) for name in "ab"]
    assert sf.bulk2.Account.update(records=[{"Id": ids[0], "Name": "new"}], wait=0.01)[0]["numberRecordsFailed"] == 0
    assert sf.bulk2.Account.delete(records=[{"Id": ids[1]}], wait=0.01)[0]["numberRecordsFailed"] == 0
    rows = org.rows("Account", include_deleted=True)
    assert [(row["Name"], row["IsDeleted"]) for row in rows] == [("new", False), ("b", True)]
    assert sf.bulk2.Account.delete(records=[{"Id": ids[1]}], wait=0.01)[0]["numberRecordsFailed"] == 1
    assert sf.bulk2.Account.hard_delete(records=[{"Id": ids[1]}], wait=0.01)[0]["numberRecordsFailed"] == 0
    assert [row["Id"] for row in org.rows("Account", include_deleted=True)] == [ids[0]]


def test_a_job_that_fails_midway_keeps_what_it_saved_and_lists_the_rest(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    running.faults.arm(
        Fault("salesforce", "bulk_fail", method="PATCH", argument={"after_rows": 2, "message": "TooManyLockFailure"})
    )
    client = sf.bulk2.Account._client
    job = client.create_job("insert")["id"]
    client.upload_job_data(job, "Name\na\nb\nc\n")
    client.close_job(job)
    with pytest.raises(SalesforceOperationError, match="TooManyLockFailure"):
        client.wait_for_job(job, False, 0.01)
    assert [row["Name"] for row in org.rows("Account")] == ["a", "b"]
    assert rows_of(sf.bulk2.Account.get_unprocessed_records(job)) == [["Name"], ["c"]]


def test_lock_errors_hit_single_rows(running: RunningSandbox, sf: Salesforce) -> None:
    running.faults.arm(Fault("salesforce", "lock_rows", method="PATCH", argument={"rows": [0, 250]}))
    job = send(sf, "insert", "Name\n" + "\n".join(f"n{i}" for i in range(300)) + "\n")
    failed = rows_of(sf.bulk2.Account.get_failed_records(job))[1:]
    assert sorted(row[2] for row in failed) == ["n0", "n250"]
    assert {row[1].split(":")[0] for row in failed} == {"UNABLE_TO_LOCK_ROW"}


def test_a_field_without_write_permission_fails_every_row(org: SalesforceState, sf: Salesforce) -> None:
    org.permissions.hide("Account", "Site", only_writing=True)
    job = send(sf, "insert", "Name,Site\na,s\n")
    ((_, error, *_),) = rows_of(sf.bulk2.Account.get_failed_records(job))[1:]
    assert error.startswith("INVALID_FIELD_FOR_INSERT_UPDATE:Unable to create/update fields: Site.")


def test_a_job_takes_one_upload_and_reports_its_place(sf: Salesforce) -> None:
    client = sf.bulk2.Account._client
    job = client.create_job("insert")
    assert (job["state"], job["contentUrl"]) == ("Open", f"services/data/v66.0/jobs/ingest/{job['id']}/batches")
    client.upload_job_data(job["id"], "Name\na\n")
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.upload_job_data(job["id"], "Name\na\n")
    assert "Found multiple contents for job" in refused.value.content[0]["message"]
    assert client.abort_job(job["id"], False)["state"] == "Aborted"


@pytest.mark.parametrize(
    "options",
    [
        {"object_name": "CaseStatus", "operation": "insert"},
        {"object_name": "Account", "operation": "upsert", "external_id_field": "Name"},
    ],
)
def test_an_impossible_job_is_refused_when_it_is_created(sf: Salesforce, options: dict[str, Any]) -> None:
    client = getattr(sf.bulk2, options.pop("object_name"))._client
    with pytest.raises(SalesforceMalformedRequest):
        client.create_job(**options)
