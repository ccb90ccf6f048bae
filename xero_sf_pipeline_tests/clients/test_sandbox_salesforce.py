"""The Salesforce client against the sandbox over real HTTP: reads, writes, bulk, deployment, faults."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clients.salesforce import RowResult, SalesforceClient
from xero_sf_pipeline.errors import (
    AuthenticationFailed,
    MissingPermission,
    NotFound,
    OutcomeUnknown,
    PermanentApiError,
    RateLimited,
)
from xero_sf_pipeline.salesforce_metadata.package import build_package
from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline_tests.clients.sandbox_org import sandbox_settings, small_sandbox


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningSandbox]:
    with small_sandbox(accounts=60) as running:
        running.sandbox.salesforce.install_package(build_package())
        yield running


@pytest.fixture
def sandbox(shared: RunningSandbox) -> Iterator[RunningSandbox]:
    yield shared
    shared.faults.clear()
    shared.log.clear()
    shared.sandbox.salesforce.queries.page_rows = shared.sandbox.salesforce.jobs.page_rows = None


@pytest.fixture
def client(sandbox: RunningSandbox, tmp_path: Path, governor: Governor) -> Iterator[SalesforceClient]:
    settings = sandbox_settings(sandbox, tmp_path)
    quick = Retry(sleep=lambda seconds: None)
    with SalesforceClient(settings, sandbox.clock, governor, retry=quick) as opened:
        yield opened


def many_accounts(client: SalesforceClient, prefix: str, count: int) -> None:
    for start in range(0, count, 200):
        rows = [
            {"Xero_Contact_ID__c": f"{prefix}-{n:05d}", "Name": f'{prefix} {n}, "quoted"\nsecond line'}
            for n in range(start, min(start + 200, count))
        ]
        assert all(result.success for result in client.upsert("Account", "Xero_Contact_ID__c", rows))


def test_rest_pages_and_bulk_pages_hold_the_same_rows(
    client: SalesforceClient, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    many_accounts(client, "walk", 230)
    org = sandbox.sandbox.salesforce
    org.queries.page_rows, org.jobs.page_rows = 200, 100  # fewer than asked for, as the server is free to return
    query = "select Id, Name from Account where Xero_Contact_ID__c like 'walk-%'"
    pages = [msgspec.json.decode(body)["records"] for body in client.query_pages(query)]
    assert [len(page) for page in pages] == [200, 30]
    rest = {row["Id"]: row["Name"] for page in pages for row in page}
    bulk: dict[str, str] = {}
    files = client.bulk_query(query, tmp_path / "bulk")
    assert len(files) == 3
    for file in files:
        header, *rows = csv.reader(io.StringIO(file.read_text(encoding="utf-8"), newline=""))
        assert header == ["Id", "Name"]
        bulk |= {row[0]: row[1] for row in rows}
    assert bulk == rest
    assert client.count("Account", "Xero_Contact_ID__c like 'walk-%'") == 230


def test_bulk_pages_are_read_to_the_last_one(
    client: SalesforceClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xero_sf_pipeline.clients.salesforce_bulk.ROWS_PER_PAGE", 25)
    total = client.count("Account")
    files = client.bulk_query("select Id from Account", tmp_path / "bulk")
    assert len(files) == -(-total // 25)
    assert [file.read_text().splitlines()[0] for file in files] == ['"Id"'] * len(files)
    assert sum(len(file.read_text().splitlines()) - 1 for file in files) == total


def test_deleted_records_come_only_when_asked_for(client: SalesforceClient, tmp_path: Path) -> None:
    query = "select Id, IsDeleted from Account"
    live, all_rows = (
        [
            row
            for body in client.query_pages(query, include_deleted=deleted)
            for row in msgspec.json.decode(body)["records"]
        ]
        for deleted in (False, True)
    )
    assert {row["IsDeleted"] for row in live} == {False}
    assert {row["IsDeleted"] for row in all_rows} == {False, True}
    (file,) = client.bulk_query(query, tmp_path / "bulk", include_deleted=True)
    assert len(file.read_text().splitlines()) - 1 == len(all_rows)


def test_a_session_that_ends_in_the_middle_of_a_walk_does_not_end_the_walk(
    client: SalesforceClient, sandbox: RunningSandbox
) -> None:
    many_accounts(client, "mid", 201)
    sandbox.sandbox.salesforce.queries.page_rows = 200
    walk = client.query_pages("select Id from Account where Xero_Contact_ID__c like 'mid-%'")
    first = next(walk)
    sandbox.sandbox.mutate("salesforce", {"action": "expire_sessions"})
    (second,) = list(walk)
    assert [len(msgspec.json.decode(body)["records"]) for body in (first, second)] == [200, 1]


def test_a_session_ends_after_two_hours_and_nobody_notices(client: SalesforceClient, sandbox: RunningSandbox) -> None:
    client.count("Account")
    sandbox.clock.advance(timedelta(hours=3))
    client.count("Account")
    assert [entry.status for entry in sandbox.log.as_list() if "query" in entry.path] == [200, 401, 200]


def test_a_session_that_is_refused_for_good_costs_four_calls(client: SalesforceClient, sandbox: RunningSandbox) -> None:
    sandbox.faults.arm(Fault("salesforce", "expired_token", times=None))
    with pytest.raises(AuthenticationFailed):
        client.limits()
    assert len(sandbox.log.as_list()) == 4


def test_wrong_credentials_fail_once(sandbox: RunningSandbox, tmp_path: Path, governor: Governor) -> None:
    settings = sandbox_settings(sandbox, tmp_path, salesforce_client_secret="wrong")
    with (
        SalesforceClient(settings, sandbox.clock, governor) as client,
        pytest.raises(AuthenticationFailed, match="SALESFORCE_CLIENT_SECRET"),
    ):
        client.limits()
    assert len(sandbox.log.as_list()) == 1


@pytest.mark.parametrize("effect", ["drop_before", "drop_after", "drop_midway", "status"])
def test_a_read_survives_one_fault(client: SalesforceClient, sandbox: RunningSandbox, effect: str) -> None:
    client.org_id()
    argument = {"status": 503, "body": "<html>busy</html>", "content_type": "text/html"}
    sandbox.faults.arm(Fault("salesforce", effect, "GET", "/query", argument=argument))
    assert client.count("Account") > 0


def test_an_upsert_creates_then_updates_and_a_bad_row_does_not_stop_the_others(
    client: SalesforceClient, sandbox: RunningSandbox
) -> None:
    rows = [
        {"Xero_Contact_ID__c": "one-a", "Name": "A"},
        {"Xero_Contact_ID__c": "one-b", "Name": None},
        {"Xero_Contact_ID__c": "one-c", "Name": "C"},
    ]
    first = client.upsert("Account", "Xero_Contact_ID__c", rows)
    assert [(result.key, result.success, result.created, result.code) for result in first] == [
        ("one-a", True, True, None),
        ("one-b", False, None, "REQUIRED_FIELD_MISSING"),
        ("one-c", True, True, None),
    ]
    again = client.upsert("Account", "Xero_Contact_ID__c", [{"Xero_Contact_ID__c": "ONE-A", "Name": "A2"}])
    assert again == [RowResult("ONE-A", first[0].id, True, False)]
    found = client.find_by_key("Account", "Xero_Contact_ID__c", ["one-a", "one-b"], ["Name"])
    assert found == {"one-a": [{"Id": first[0].id, "Xero_Contact_ID__c": "one-a", "Name": "A2"}], "one-b": []}


def test_money_comes_back_as_it_was_sent_and_owners_stay(client: SalesforceClient) -> None:
    key = "t:money"
    case = {"Xero_Invoice_Key__c": key, "Subject": "x", "Xero_Amount_Due__c": Decimal("12345678.90")}
    (created,) = client.upsert("Case", "Xero_Invoice_Key__c", [case])
    assert created.success, created
    assert created.id is not None
    found = client.retrieve("Case", [created.id], ["Xero_Amount_Due__c"])
    assert found[created.id]["Xero_Amount_Due__c"] == Decimal("12345678.90")
    (updated,) = client.update("Case", [{"Id": created.id, "Xero_Amount_Due__c": Decimal("0.10")}])
    assert updated == RowResult(created.id, created.id, True, None)
    ((record,),) = client.find_by_key("Case", "Xero_Invoice_Key__c", [key], ["Xero_Amount_Due__c"]).values()
    assert str(record["Xero_Amount_Due__c"]) == "0.1"


def test_an_upsert_whose_answer_is_lost_happened_and_is_sent_once(
    client: SalesforceClient, sandbox: RunningSandbox
) -> None:
    client.org_id()
    sandbox.faults.arm(Fault("salesforce", "drop_after", "PATCH", "/composite"))
    with pytest.raises(OutcomeUnknown):
        client.upsert("Account", "Xero_Contact_ID__c", [{"Xero_Contact_ID__c": "lost-a", "Name": "A"}])
    assert [entry.method for entry in sandbox.log.as_list()].count("PATCH") == 1
    assert len(client.find_by_key("Account", "Xero_Contact_ID__c", ["lost-a"], [])["lost-a"]) == 1


def test_an_upsert_that_never_arrived_is_unknown_too(client: SalesforceClient, sandbox: RunningSandbox) -> None:
    client.org_id()
    sandbox.faults.arm(Fault("salesforce", "drop_before", "PATCH", "/composite"))
    with pytest.raises(OutcomeUnknown):
        client.upsert("Account", "Xero_Contact_ID__c", [{"Xero_Contact_ID__c": "gone-a", "Name": "A"}])
    assert client.find_by_key("Account", "Xero_Contact_ID__c", ["gone-a"], []) == {"gone-a": []}


def test_locked_rows_are_results_and_not_failures_of_the_call(
    client: SalesforceClient, sandbox: RunningSandbox
) -> None:
    sandbox.faults.arm(Fault("salesforce", "lock_rows", "PATCH", argument={"rows": [1]}))
    rows = [{"Xero_Contact_ID__c": f"lock-{n}", "Name": "A"} for n in range(3)]
    results = client.upsert("Account", "Xero_Contact_ID__c", rows)
    assert [result.code for result in results] == [None, "UNABLE_TO_LOCK_ROW", None]


def test_the_orgs_limit_stops_later_calls_without_asking(client: SalesforceClient, sandbox: RunningSandbox) -> None:
    sandbox.faults.arm(Fault("salesforce", "request_limit", times=None))
    for _ in range(3):
        with pytest.raises(RateLimited) as refused:
            client.count("Account")
        assert refused.value.limit == "daily_requests"
    assert [entry.status for entry in sandbox.log.as_list()] == [200, 403]


def test_a_key_lookup_of_a_thousand_keys_fits_into_every_uri(client: SalesforceClient) -> None:
    keys = [f"{'b' * 36}:{n:036d}" for n in range(1000)]
    client.upsert("Case", "Xero_Invoice_Key__c", [{"Xero_Invoice_Key__c": keys[999], "Subject": "x"}])
    found = client.find_by_key("Case", "Xero_Invoice_Key__c", keys, ["Subject"])
    assert {key: len(records) for key, records in found.items() if records} == {keys[999]: 1}
    assert len(found) == 1000


def test_a_bulk_upsert_tells_every_row_by_its_key(client: SalesforceClient, sandbox: RunningSandbox) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["Xero_Contact_ID__c", "Name", "Description"])
    writer.writerows([f"bulk-{n}", f"Bulk {n}", 'line\r\n"two", three\u2028'] for n in range(3))
    writer.writerow(["bulk-3", "x" * 300, ""])
    job_id = client.create_ingest_job("Account", "upsert", "Xero_Contact_ID__c")
    assert client.job(job_id).state == "Open"
    client.upload(job_id, text.getvalue().encode())
    job = client.wait_for_job(job_id)
    assert (job.state, job.processed, job.failed, job.key_field) == ("JobComplete", 4, 1, "Xero_Contact_ID__c")
    results = {result.key: (result.success, result.created, result.code) for result in client.ingest_results(job_id)}
    assert results == {
        "bulk-0": (True, True, None),
        "bulk-1": (True, True, None),
        "bulk-2": (True, True, None),
        "bulk-3": (False, None, "STRING_TOO_LONG"),
    }
    ((record,),) = client.find_by_key("Account", "Xero_Contact_ID__c", ["bulk-1"], ["Description"]).values()
    assert record["Description"].splitlines()[0] == "line"


def test_a_lost_answer_to_an_upload_is_settled_by_asking_the_job(
    client: SalesforceClient, sandbox: RunningSandbox
) -> None:
    job_id = client.create_ingest_job("Account", "upsert", "Xero_Contact_ID__c")
    sandbox.faults.arm(Fault("salesforce", "drop_after", "PATCH", "/jobs/ingest"))
    with pytest.raises(OutcomeUnknown):
        client.upload(job_id, b"Xero_Contact_ID__c,Name\nup-1,Up\n")
    assert client.job(job_id).state != "Open"
    assert client.wait_for_job(job_id).processed == 1


def test_the_org_describes_itself(client: SalesforceClient, sandbox: RunningSandbox) -> None:
    case = client.describe("Case")
    key = case.fields["Xero_Invoice_Key__c"]
    assert (key.is_external_id, key.is_unique, key.type) == (True, True, "string")
    assert "Xero_Stage__c" in case.fields
    with pytest.raises(NotFound):
        client.describe("No_Such__c")
    assert client.org_id() == sandbox.sandbox.salesforce.organization_id
    assert client.limits()["DailyApiRequests"]["Max"] == 100_000


def test_a_field_that_the_user_may_not_see_is_a_missing_permission(client: SalesforceClient) -> None:
    with pytest.raises(MissingPermission, match="preflight"):
        list(client.query_pages("select Nothing__c from Account"))


def test_a_compound_field_in_bulk_is_a_defect_of_the_query_and_no_missing_permission(
    client: SalesforceClient, tmp_path: Path
) -> None:
    with pytest.raises(PermanentApiError, match="compound data") as refused:
        client.bulk_query("select Id, BillingAddress from Account", tmp_path)
    assert type(refused.value) is PermanentApiError


def test_metadata_is_deployed_and_its_permission_set_given(tmp_path: Path, governor: Governor) -> None:
    with small_sandbox() as fresh:
        client = SalesforceClient(
            sandbox_settings(fresh, tmp_path), fresh.clock, governor, retry=Retry(sleep=lambda seconds: None)
        )
        with client:
            assert "Xero_Invoice_Key__c" not in client.describe("Case").fields
            result = client.deploy(build_package())
            assert (result.state, result.failed, result.problems) == ("Succeeded", 0, ())
            names = [row["Name"] for row in fresh.sandbox.salesforce.rows("PermissionSet")]
            given = [client.assign_permission_set(name) for name in names if name.startswith("Xero")]
            assert given
            assert all(given)
            assert "Xero_Invoice_Key__c" in client.describe("Case").fields
            assert client.assign_permission_set(next(name for name in names if name.startswith("Xero"))) is False


def test_calls_and_bytes_tie_with_the_servers_own_log(
    client: SalesforceClient, sandbox: RunningSandbox, governor: Governor, tmp_path: Path
) -> None:
    client.count("Account")
    sandbox.log.clear()
    before = governor.meter.used("salesforce")
    list(client.query_pages("select Id, Name from Account"))
    client.upsert("Account", "Xero_Contact_ID__c", [{"Xero_Contact_ID__c": "meter-a", "Name": "A"}])
    client.bulk_query("select Id, Name from Account", tmp_path / "bulk")
    cost = governor.meter.used("salesforce") - before
    entries = sandbox.log.as_list()
    assert cost.calls == len(entries)
    assert cost.bytes_in == sum(entry.bytes_out for entry in entries)
    assert cost.bytes_out == sum(entry.bytes_in for entry in entries)
