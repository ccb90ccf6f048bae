"""Bulk API 2.0: every page is read, pages are whole, jobs survive an ended session."""

from __future__ import annotations

from pathlib import Path

import pytest

from xero_sf_pipeline.clients.salesforce import BulkJob, RowResult
from xero_sf_pipeline.errors import (
    Conflict,
    MalformedResponse,
    OutcomeUnknown,
    PermanentApiError,
    RateLimited,
    TransientApiError,
)
from xero_sf_pipeline_tests.clients.scripted_server import Reply, Request, reply_json
from xero_sf_pipeline_tests.clients.test_salesforce_client import DATA, EXPIRED, Connect, FakeSalesforce, connect

__all__ = ["connect"]

JOB = {"id": "750a", "operation": "query", "object": "Account", "apiVersion": 66.0}


def state(name: str, processed: int = 0, **more: object) -> Reply:
    return reply_json({**JOB, "state": name, "numberRecordsProcessed": processed, **more})


def csv_page(text: str, rows: int, locator: str = "null") -> Reply:
    headers = {"sforce-locator": locator, "SFORCE-NumberOfRecords": str(rows), "Content-Type": "text/csv"}
    return Reply(200, text.encode(), headers)


def test_every_page_is_read_until_the_locator_is_the_word_null(
    connect: Connect, tmp_path: Path, sleeps: list[float]
) -> None:
    fake = FakeSalesforce(
        [
            state("UploadComplete"),
            state("InProgress"),
            state("InProgress"),
            state("JobComplete", 3),
            csv_page('"Id","Name"\n"001a","A"\n', 1, "MTAw"),
            csv_page('"Id","Name"\n"001b","B"\n', 1, "MjAw"),
            csv_page('"Id","Name"\n"001c","C ""x"", \u2028 D\nE"\n', 1),
        ]
    )
    with connect(fake) as org:
        files = org.client.bulk_query("select Id, Name from Account", tmp_path / "spool", include_deleted=True)
    assert [file.name for file in files] == ["750a-00001.csv", "750a-00002.csv", "750a-00003.csv"]
    assert [file.read_bytes() for file in files] == [
        b'"Id","Name"\n"001a","A"\n',
        b'"Id","Name"\n"001b","B"\n',
        '"Id","Name"\n"001c","C ""x"", \u2028 D\nE"\n'.encode(),
    ]
    assert sorted(path.name for path in (tmp_path / "spool").iterdir()) == [file.name for file in files]
    create, *polls, first, second, third = org.sent()
    assert (create.method, create.path) == ("POST", f"{DATA}/jobs/query")
    assert (create.json()["operation"], create.json()["query"]) == ("queryAll", "select Id, Name from Account")
    assert [poll.path for poll in polls] == [f"{DATA}/jobs/query/750a"] * 3
    assert [page.query.get("locator") for page in (first, second, third)] == [None, "MTAw", "MjAw"]
    assert sleeps == [0.5, 0.75, 1.125]


@pytest.mark.parametrize("body", ['"Id"\n', ""])
def test_an_empty_result_is_one_page_without_rows(connect: Connect, tmp_path: Path, body: str) -> None:
    fake = FakeSalesforce([state("UploadComplete"), state("JobComplete", 0), csv_page(body, 0)])
    with connect(fake) as org:
        (file,) = org.client.bulk_query("select Id from Account", tmp_path)
    assert file.read_text() == body


def test_a_session_that_ends_anywhere_does_not_lose_the_job(connect: Connect, tmp_path: Path) -> None:
    fake = FakeSalesforce(
        [
            state("UploadComplete"),
            EXPIRED,
            state("JobComplete", 2),
            csv_page('"Id"\n"001a"\n', 1, "MTAw"),
            EXPIRED,
            csv_page('"Id"\n"001b"\n', 1),
        ]
    )
    with connect(fake) as org:
        assert len(org.client.bulk_query("select Id from Account", tmp_path)) == 2
    assert fake.logins == 3
    assert [request.method for request in org.sent()].count("POST") == 1


def test_a_download_that_breaks_is_repeated_from_its_locator_and_leaves_no_half_file(
    connect: Connect, tmp_path: Path
) -> None:
    text = '"Id"\n' + '"001000000000001AAA"\n' * 2000
    whole = csv_page(text, 2000, "MTAw")
    broken = Reply(200, whole.body, whole.headers, cut="midway")
    fake = FakeSalesforce(
        [state("UploadComplete"), state("JobComplete", 2001), whole, broken, csv_page('"Id"\n"001b"\n', 1)]
    )
    with connect(fake) as org:
        files = org.client.bulk_query("select Id from Account", tmp_path)
    assert [request.query.get("locator") for request in org.sent()[-3:]] == [None, "MTAw", "MTAw"]
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".csv") == [file.name for file in files]
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".partial")] == []


@pytest.mark.parametrize(
    ("pages", "processed", "words"),
    [
        ([csv_page('"Id"\n"001a"\n', 1)], 2, "hold 1 rows, the job counted 2"),
        ([csv_page('"Id"\n"001a"\n', 1, "X"), csv_page('"Id"\n"001b"\n', 1, "X")], 9, "read already"),
        ([csv_page('"Id"\n"001a"\n', 1, "X"), csv_page('"001b"\n"001c"\n', 2)], 3, "header row"),
        ([Reply(200, b'"Id"\n', {"Sforce-Locator": "null"})], 0, "contract"),
    ],
)
def test_a_result_that_is_not_whole_is_an_error(
    connect: Connect, tmp_path: Path, pages: list[Reply], processed: int, words: str
) -> None:
    fake = FakeSalesforce([state("UploadComplete"), state("JobComplete", processed), *pages])
    with connect(fake) as org, pytest.raises(MalformedResponse, match=words):
        org.client.bulk_query("select Id from Account", tmp_path)


@pytest.mark.parametrize("name", ["Failed", "Aborted"])
def test_a_job_that_failed_says_why(connect: Connect, tmp_path: Path, name: str) -> None:
    fake = FakeSalesforce([state("UploadComplete"), state(name, errorMessage="InvalidBatch : No such column")])
    with connect(fake) as org, pytest.raises(PermanentApiError, match="No such column"):
        org.client.bulk_query("select Id from Account", tmp_path)


def test_a_job_that_does_not_end_is_left_to_go_on(connect: Connect, sleeps: list[float]) -> None:
    fake = FakeSalesforce([reply_json({**JOB, "state": "InProgress"})])
    with connect(fake) as org, pytest.raises(TransientApiError, match="still InProgress"):
        org.client.wait_for_job("750a", timeout_seconds=60)
    assert max(sleeps) == 10.0
    assert len(org.sent()) == len(sleeps)


def test_the_daily_limit_of_bulk_jobs_is_a_limit(connect: Connect, tmp_path: Path) -> None:
    message = "Max bulk v2 query jobs (10000) per 24 hrs has been reached"
    fake = FakeSalesforce([reply_json([{"errorCode": "API_ERROR", "message": message}], 400)])
    with connect(fake) as org, pytest.raises(RateLimited) as refused:
        org.client.bulk_query("select Id from Account", tmp_path)
    assert refused.value.limit == "daily_bulk"


def test_results_of_another_api_version_are_a_conflict(connect: Connect, tmp_path: Path) -> None:
    version = reply_json([{"errorCode": "API_ERROR", "message": "version mismatch"}], 409)
    fake = FakeSalesforce([state("UploadComplete"), state("JobComplete", 1), version])
    with connect(fake) as org, pytest.raises(Conflict):
        org.client.bulk_query("select Id from Account", tmp_path)


def test_a_job_can_be_resumed_by_its_id(connect: Connect, tmp_path: Path) -> None:
    fake = FakeSalesforce([state("JobComplete", 1), csv_page('"Id"\n"001a"\n', 1)])
    with connect(fake) as org:
        assert len(org.client.bulk_results("750a", tmp_path)) == 1
    assert [request.method for request in org.sent()] == ["GET", "GET"]


# Ingest

INGEST = {
    "id": "750b",
    "operation": "upsert",
    "object": "Case",
    "externalIdFieldName": "Xero_Invoice_Key__c",
    "state": "JobComplete",
    "numberRecordsProcessed": 3,
    "numberRecordsFailed": 2,
}


def test_an_ingest_job_is_made_before_its_data_is_sent(connect: Connect) -> None:
    fake = FakeSalesforce(
        [reply_json({**INGEST, "state": "Open"}), Reply(201), reply_json({**INGEST, "state": "UploadComplete"})]
    )
    csv = b'Xero_Invoice_Key__c,Subject\n"t:1","line one\r\nline two"\n'
    with connect(fake) as org:
        job_id = org.client.create_ingest_job("Case", "upsert", "Xero_Invoice_Key__c")
        org.client.upload(job_id, csv)
    create, upload, close = org.sent()
    assert job_id == "750b"
    assert create.json() == {
        "operation": "upsert",
        "columnDelimiter": "COMMA",
        "lineEnding": "LF",
        "externalIdFieldName": "Xero_Invoice_Key__c",
        "object": "Case",
        "contentType": "CSV",
    }
    assert (upload.method, upload.path, upload.body) == ("PUT", f"{DATA}/jobs/ingest/750b/batches", csv)
    assert upload.headers["content-type"] == "text/csv; charset=UTF-8"
    assert (close.method, close.path, close.json()) == (
        "PATCH",
        f"{DATA}/jobs/ingest/750b",
        {"state": "UploadComplete"},
    )


def test_a_lost_answer_to_an_upload_is_unknown_and_the_job_tells(connect: Connect) -> None:
    fake = FakeSalesforce([Reply(cut="before"), reply_json(INGEST)])
    with connect(fake) as org:
        with pytest.raises(OutcomeUnknown):
            org.client.upload("750b", b"Id\n1\n")
        job = org.client.job("750b")
    assert job == BulkJob("750b", "Case", "upsert", "JobComplete", "Xero_Invoice_Key__c", 3, 2, None)
    assert job.is_finished
    assert [request.method for request in org.sent()] == ["PUT", "GET"]  # the job was neither aborted nor re-sent


def test_all_three_result_files_are_read_by_key_with_newlines_and_colons_in_fields(connect: Connect) -> None:
    successful = '"sf__Id","sf__Created","Xero_Invoice_Key__c","Subject"\n"500a","true","t:1","one\ntwo \u2028 three"\n'
    failed = (
        '"sf__Id","sf__Error","Xero_Invoice_Key__c"\n'
        '"","INVALID_FIELD:Foreign key external ID: x not found for field K__c:K__c, Other__c --","t:2"\n'
        '"500c","UNABLE_TO_LOCK_ROW:unable to obtain exclusive access: 001a:--","t:3"\n'
        '"","something else","t:4"\n'
    )
    unprocessed = '"Xero_Invoice_Key__c","Subject"\n"t:5","x"\n'
    texts = {"successfulResults": successful, "failedResults": failed, "unprocessedRecords": unprocessed}

    def script(request: Request) -> Reply:
        for name, text in texts.items():
            if request.path.rstrip("/").endswith(name):
                return Reply(200, text.encode(), {"Content-Type": "text/csv"})
        return fake(request)

    fake = FakeSalesforce([reply_json(INGEST)])
    with connect(script) as org:
        rows = org.client.ingest_results("750b")
    assert rows == [
        RowResult("t:1", "500a", True, True),
        RowResult(
            "t:2", None, False, None, "INVALID_FIELD", "Foreign key external ID: x not found for field K__c",
            ("K__c", "Other__c"),
        ),
        RowResult("t:3", "500c", False, None, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access: 001a", ()),
        RowResult("t:4", None, False, None, "UNKNOWN", "something else", ()),
        RowResult("t:5", None, False, None, "UNPROCESSED", "The job stopped before this row.", ()),
    ]  # fmt: skip


def test_results_of_an_update_job_are_keyed_by_id(connect: Connect) -> None:
    texts = {"successfulResults": '"sf__Id","sf__Created","Id"\n"500a","false","500a"\n'}

    def script(request: Request) -> Reply:
        if "Re" in request.path.rsplit("/", 2)[-2]:
            return Reply(200, texts.get(request.path.rstrip("/").rsplit("/", 1)[-1], "").encode())
        return fake(request)

    fake = FakeSalesforce([reply_json({**INGEST, "operation": "update", "externalIdFieldName": None})])
    with connect(script) as org:
        assert org.client.ingest_results("750b") == [RowResult("500a", "500a", True, False)]


def test_results_of_a_running_job_are_not_read(connect: Connect) -> None:
    fake = FakeSalesforce([reply_json({**INGEST, "state": "InProgress"})])
    with connect(fake) as org, pytest.raises(TransientApiError, match="still InProgress"):
        org.client.ingest_results("750b")


def test_an_upload_above_the_limit_is_never_sent(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xero_sf_pipeline.clients.salesforce_bulk.LARGEST_UPLOAD_BYTES", 10)
    with connect(FakeSalesforce([Reply(201)])) as org, pytest.raises(ValueError, match="at most 10 bytes"):
        org.client.upload("750b", b"x" * 11)
    assert org.server.requests == []
