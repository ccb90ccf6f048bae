"""Bulk API 2.0 queries with the real client."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceOperationError,
    SalesforceResourceNotFound,
)

from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline_tests.sandbox.salesforce.conftest import connect

QUERY = "SELECT Id, Name FROM Account ORDER BY Name"


def _finished(sf: Salesforce, query: str = QUERY) -> str:
    client = sf.bulk2.Account._client
    job: str = client.create_job("query", query)["id"]
    client.wait_for_job(job, True, 0.01)
    return job


def test_every_page_repeats_the_header_and_the_last_locator_is_the_word_null(
    org: SalesforceState, sf: Salesforce
) -> None:
    ids = [org.insert("Account", {"Name": name}) for name in "abcde"]
    job = _finished(sf)
    pages, locator = [], ""
    while True:
        url = f"{sf.bulk2_url}query/{job}/results"
        answer = sf.session.get(
            url,
            params={"maxRecords": 2, **({"locator": locator} if locator else {})},
            headers={"Authorization": f"Bearer {sf.session_id}"},
        )
        pages.append((answer.text, answer.headers["Sforce-NumberOfRecords"]))
        locator = answer.headers["Sforce-Locator"]
        if locator == "null":
            break
    assert pages == [
        (f'"Id","Name"\n"{ids[0]}","a"\n"{ids[1]}","b"\n', "2"),
        (f'"Id","Name"\n"{ids[2]}","c"\n"{ids[3]}","d"\n', "2"),
        (f'"Id","Name"\n"{ids[4]}","e"\n', "1"),
    ]
    assert "".join(sf.bulk2.Account.query(QUERY, max_records=2, wait=0.01)).count('"Id","Name"') == 3


def test_a_result_without_rows_is_a_header_or_nothing(org: SalesforceState, sf: Salesforce) -> None:
    assert list(sf.bulk2.Account.query(QUERY, wait=0.01)) == ['"Id","Name"\n']
    org.jobs.empty_result_has_header = False
    assert list(sf.bulk2.Account.query(QUERY, wait=0.01)) == [""]


def test_values_have_the_bulk_forms(org: SalesforceState, sf: Salesforce) -> None:
    parent = org.insert("Account", {"Name": 'The "Group"\nLtd, "é"'})
    org.insert("Account", {"Name": "child", "ParentId": parent, "AnnualRevenue": 99_213_206, "NumberOfEmployees": 7})
    query = (
        "SELECT Name, Parent.Name, AnnualRevenue, NumberOfEmployees, BillingLatitude, IsDeleted, CreatedDate"
        " FROM Account ORDER BY CreatedDate, Name DESC"
    )
    (page,) = sf.bulk2.Account.query(query, wait=0.01)
    assert list(csv.reader(io.StringIO(page, newline=""))) == [
        ["Name", "Parent.Name", "AnnualRevenue", "NumberOfEmployees", "BillingLatitude", "IsDeleted", "CreatedDate"],
        ['The "Group"\nLtd, "é"', "", "", "", "", "false", "2026-03-16T09:00:00.000Z"],
        ["child", 'The "Group"\nLtd, "é"', "9.9213206E7", "7", "", "false", "2026-03-16T09:00:00.000Z"],
    ]


def test_the_result_is_the_org_at_the_time_of_the_job_and_can_be_read_again(
    org: SalesforceState, sf: Salesforce
) -> None:
    identity = org.insert("Account", {"Name": "before"})
    job = _finished(sf)
    org.update("Account", identity, {"Name": "after"})
    client = sf.bulk2.Account._client
    first = client.get_query_results(job)
    assert first["records"] == f'"Id","Name"\n"{identity}","before"\n'
    assert client.get_query_results(job) == first


def test_query_all_includes_the_bin(org: SalesforceState, sf: Salesforce) -> None:
    org.delete("Account", org.insert("Account", {"Name": "gone"}))
    assert list(sf.bulk2.Account.query_all("SELECT Name, IsDeleted FROM Account", wait=0.01)) == [
        '"Name","IsDeleted"\n"gone","true"\n'
    ]
    assert list(sf.bulk2.Account.query("SELECT Name, IsDeleted FROM Account", wait=0.01)) == ['"Name","IsDeleted"\n']


def test_download_writes_pages_to_files(org: SalesforceState, sf: Salesforce, tmp_path: Path) -> None:
    org.load_rows("Account", ({"Name": f"{i:03d}"} for i in range(250)))
    pages = sf.bulk2.Account.download(QUERY, str(tmp_path), max_records=100, wait=0.01)
    assert [page["number_of_records"] for page in pages] == [100, 100, 50]
    lines = [line for page in pages for line in Path(page["file"]).read_text().splitlines()[1:]]
    assert [line.split(",")[1] for line in lines] == [f'"{i:03d}"' for i in range(250)]


def test_pages_are_compressed_when_the_client_accepts_it(org: SalesforceState, sf: Salesforce) -> None:
    org.load_rows("Account", ({"Name": "same name"} for _ in range(500)))
    url = f"{sf.bulk2_url}query/{_finished(sf)}/results"
    headers = {"Authorization": f"Bearer {sf.session_id}"}
    assert sf.session.get(url, headers=headers).headers["Content-Encoding"] == "gzip"
    plain = sf.session.get(url, headers={**headers, "Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers


def test_a_job_takes_as_many_polls_as_it_is_told(running: RunningSandbox, sf: Salesforce) -> None:
    running.faults.arm(Fault("salesforce", "bulk_in_progress", method="POST", argument={"polls": 2}))
    client = sf.bulk2.Account._client
    job = client.create_job("query", QUERY)
    assert (job["state"], job["apiVersion"], "jobType" in job) == ("UploadComplete", 66.0, False)
    assert [client.get_job(job["id"], True)["state"] for _ in range(4)] == [
        "InProgress",
        "InProgress",
        "JobComplete",
        "JobComplete",
    ]


def test_a_job_can_take_its_time_on_the_sandbox_clock(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    org.jobs.seconds = 60
    client = sf.bulk2.Account._client
    job = client.create_job("query", QUERY)["id"]
    assert client.get_job(job, True)["state"] == "InProgress"
    with pytest.raises(SalesforceMalformedRequest):
        client.get_query_results(job)
    running.clock.advance(timedelta(seconds=60))
    assert client.get_job(job, True)["state"] == "JobComplete"


def test_a_failed_job_says_why(running: RunningSandbox, sf: Salesforce) -> None:
    running.faults.arm(Fault("salesforce", "bulk_fail", argument={"message": "InternalServerError : Retries exceeded"}))
    with pytest.raises(SalesforceOperationError, match="Retries exceeded"):
        list(sf.bulk2.Account.query(QUERY, wait=0.01))


def test_results_need_the_version_of_the_job(running: RunningSandbox, sf: Salesforce) -> None:
    job = _finished(sf)
    other = connect(running.url, "65.0")
    with other.session, pytest.raises(SalesforceGeneralError) as refused:
        other.bulk2.Account._client.get_query_results(job)
    assert refused.value.status == 409


def test_jobs_are_aborted_deleted_listed_and_forgotten_after_seven_days(
    running: RunningSandbox, sf: Salesforce
) -> None:
    client = sf.bulk2.Account._client
    kept, aborted = client.create_job("query", QUERY)["id"], client.create_job("query", QUERY)["id"]
    assert client.abort_job(aborted, True)["state"] == "Aborted"
    url = f"{sf.bulk2_url}query/{aborted}"
    answer = sf.session.delete(url, headers={"Authorization": f"Bearer {sf.session_id}"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert [job["id"] for job in sf.restful("jobs/query")["records"]] == [kept]
    running.clock.advance(timedelta(days=8))
    other = connect(running.url)
    with other.session, pytest.raises(SalesforceResourceNotFound):
        other.bulk2.Account._client.get_job(kept, True)


def test_pages_can_be_read_side_by_side(org: SalesforceState, sf: Salesforce) -> None:
    org.insert("Account", {"Name": "a"})
    job = _finished(sf)
    body = sf.restful(f"jobs/query/{job}/resultPages")
    assert body["done"] is True
    (page,) = body["resultPages"]
    answer = sf.session.get(
        f"https://{sf.sf_instance}{page['resultUrl']}", headers={"Authorization": f"Bearer {sf.session_id}"}
    )
    assert (answer.status_code, answer.text.count("\n")) == (200, 2)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT BillingAddress FROM Account", "INVALID_FIELD"),
        ("SELECT COUNT() FROM Account", "MALFORMED_QUERY"),
        ("SELECT Type, COUNT(Id) FROM Account GROUP BY Type", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account OFFSET 5", "MALFORMED_QUERY"),
        ("SELECT Id FROM CaseStatus", "INVALIDENTITY"),
        ("SELECT Nope FROM Account", "INVALID_FIELD"),
    ],
)
def test_what_the_bulk_api_does_not_do_is_refused_at_once(sf: Salesforce, query: str, code: str) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.bulk2.Account._client.create_job("query", query)
    assert refused.value.content[0]["errorCode"] == code


def test_the_daily_number_of_query_jobs_is_limited(org: SalesforceState, sf: Salesforce) -> None:
    org.limits.query_jobs.maximum = 1
    _finished(sf)
    with pytest.raises(SalesforceMalformedRequest) as refused:
        _finished(sf)
    assert refused.value.content[0]["message"] == "Max bulk v2 query jobs (1) per 24 hrs has been reached"


def test_an_unknown_locator_is_refused(sf: Salesforce) -> None:
    job = _finished(sf)
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.bulk2.Account._client.get_query_results(job, "bm9uc2Vuc2U")
    assert refused.value.content[0]["errorCode"] == "INVALID_QUERY_LOCATOR"
    assert requests.codes.bad_request == refused.value.status


def test_a_repeated_job_shows_the_org_as_it_is_now(org: SalesforceState, sf: Salesforce) -> None:
    def names(job: str) -> list[str]:
        page = sf.bulk2.Account._client.get_query_results(job)["records"]
        return [row["Name"] for row in csv.DictReader(io.StringIO(page))]

    kept = org.insert("Account", {"Name": "a"})
    first, again = _finished(sf), _finished(sf)
    assert names(again) == ["a"]
    deleted = sf.session.delete(f"{sf.bulk2_url}query/{first}", headers={"Authorization": f"Bearer {sf.session_id}"})
    assert deleted.status_code == 204
    assert names(again) == ["a"]
    sf.Account.update(kept, {"Name": "b"})
    assert (names(again), names(_finished(sf))) == (["a"], ["b"])


def test_a_parents_field_is_one_column_and_a_missing_parent_is_empty(org: SalesforceState, sf: Salesforce) -> None:
    kind = org.insert(
        "RecordType", {"Name": "Services", "DeveloperName": "Services", "SobjectType": "Opportunity", "IsActive": True}
    )
    deal = {"StageName": "Prospecting", "CloseDate": date(2026, 5, 1)}
    org.insert("Opportunity", {**deal, "Name": "one", "RecordTypeId": kind})
    org.insert("Opportunity", {**deal, "Name": "two"})
    soql = "SELECT Name, RecordType.DeveloperName FROM Opportunity"

    (page,) = sf.bulk2.Opportunity.query(soql, wait=0.01)
    nested = sf.query(f"{soql} WHERE RecordType.DeveloperName = 'Services'")["records"]

    assert page == '"Name","RecordType.DeveloperName"\n"one","Services"\n"two",""\n'
    assert [(one["Name"], one["RecordType"]["DeveloperName"]) for one in nested] == [("one", "Services")]
