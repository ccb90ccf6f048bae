"""Bulk jobs: files, results, and what is left of one after trouble. Thresholds are lowered to keep them small."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xero_sf_pipeline.errors import OutcomeUnknown, TransientApiError
from xero_sf_pipeline.pushing.report import KindCount
from xero_sf_pipeline_tests.pushing.fake_salesforce import CallFault
from xero_sf_pipeline_tests.pushing.plans import TENANT, account_link, case_open, case_update, write_plan

SMALL = {"bulk_above": 3, "collection_size": 2}
LOST = OutcomeUnknown("the connection was cut", system="salesforce", code="dropped")
DOWN = TransientApiError("no connection could be made", system="salesforce", code="not_connected")


def key(number: int) -> str:
    return f"{TENANT}:inv-{number:06d}"


def test_the_file_of_a_job_quotes_every_value_and_tells_null_from_unchanged(warehouse, salesforce, run_push):
    cases = [case_open(number) for number in range(3)]
    cases.append(case_open(3, payload={"Subject": 'said "pay, now"\nplease', "Priority": None}))
    write_plan(warehouse, cases)

    report = run_push(pacing=SMALL)

    head, *rows = salesforce.org.uploads[0].decode().split("\n", 2)
    assert head == ('"Priority","Status","Subject","Xero_Amount_Due__c","Xero_Due_Date__c","Xero_Invoice_Key__c"')
    assert rows[0] == f'"","New","Invoice INV-0 is overdue","120.50","2026-03-01","{key(0)}"'
    assert rows[1].endswith(f'"#N/A","New","said ""pay, now""\nplease","120.50","2026-03-01","{key(3)}"\n')
    assert report.bytes_sent == len(salesforce.org.uploads[0])
    assert salesforce.by_key("Case")[key(3)]["Subject"] == 'said "pay, now"\nplease'


def test_results_are_joined_by_key_because_their_order_is_another(warehouse, salesforce, run_push, states):
    cases = [case_open(number) for number in range(4)]
    salesforce.row_faults = {key(2): [("REQUIRED_FIELD_MISSING", "Required fields are missing: [Origin]")] * 2}
    write_plan(warehouse, cases)

    report = run_push(pacing=SMALL)

    assert [(row.target_key, row.error_class) for row in report.refused] == [(key(2), "validation")]
    assert states(cases[2].write_id) == ["intent", "sent", "rejected"]
    assert states(cases[0].write_id) == ["intent", "sent", "confirmed"]


def test_updates_by_id_go_as_an_update_job_and_are_joined_by_id(warehouse, salesforce, run_push):
    accounts = [salesforce.add("Account", Name=str(number)) for number in range(4)]
    write_plan(warehouse, [account_link(account, f"c-{number}") for number, account in enumerate(accounts)])
    report = run_push(pacing=SMALL)
    assert report.confirmed_count == 4
    assert [(job.operation, job.key_field) for job in salesforce.org.jobs.values()] == [("update", None)]
    assert set(salesforce.by_key("Account")) == {"c-0", "c-1", "c-2", "c-3"}


def test_rows_that_the_job_never_reached_are_sent_again(warehouse, salesforce, run_push, states):
    cases = [case_open(number) for number in range(4)]
    salesforce.unprocessed_keys = {key(1)}
    write_plan(warehouse, cases)
    report = run_push(pacing=SMALL)
    assert report.confirmed_count == 4
    assert states(cases[1].write_id) == ["intent", "sent", "rejected", "intent", "confirmed"]
    assert set(salesforce.org.applied.values()) == {1}


def test_a_job_that_failed_for_its_content_parks_its_rows(warehouse, salesforce, run_push):
    salesforce.job_failure = "InvalidBatch : Field name not found : Xero_Stage__c"
    write_plan(warehouse, [case_open(number) for number in range(4)])
    report = run_push(pacing=SMALL)
    assert {(row.error_code, row.error_class) for row in report.refused} == {("InvalidBatch", "mapping")}
    assert run_push("run-2", pacing=SMALL).counts == (KindCount("case.open", "not_sent:parked", 4),)


def test_polling_starts_at_half_a_second_and_backs_off(warehouse, salesforce, run_push, slept):
    salesforce.polls_before_done = 3
    write_plan(warehouse, [case_open(number) for number in range(4)])
    run_push(pacing=SMALL)
    assert slept == [0.5, 0.75, 1.125]


def test_a_job_that_outlasts_the_push_keeps_its_rows_and_newer_writes_on_them_back(
    warehouse, salesforce, clock, run_push, states
):
    cases = [case_open(number) for number in range(4)]
    salesforce.polls_before_done = 50
    write_plan(warehouse, cases)
    patience = {**SMALL, "job_wait_seconds": 2}

    first = run_push(pacing=patience)
    assert first.counts == (KindCount("case.open", "not_sent:job_running", 4),)
    replanned = case_open(0, amount="99.00")
    write_plan(warehouse, [replanned], plan_id="plan-2", planned_at=clock.now())
    second = run_push("run-2", pacing=patience)
    assert second.counts == (KindCount("case.open", "not_sent:job_running", 1),)

    salesforce.org.jobs[next(iter(salesforce.org.jobs))].polls_left = 0
    third = run_push("run-3", pacing=patience)
    assert third.recovered == (KindCount("case.open", "confirmed", 4),)
    assert third.counts == (KindCount("case.open", "drifted", 1),)
    assert len(salesforce.org.jobs) == 1


@pytest.mark.parametrize("after_commit", [True, False])
def test_a_lost_answer_to_the_upload_is_settled_by_asking_the_job(warehouse, salesforce, run_push, after_commit):
    salesforce.call_faults = [CallFault("upload", LOST, after_commit=after_commit)]
    write_plan(warehouse, [case_open(number) for number in range(4)])
    assert run_push(pacing=SMALL).confirmed_count == 4
    assert set(salesforce.org.applied.values()) == {1}
    assert "find_by_key Case" not in salesforce.call_counts()


def test_a_lost_answer_to_the_creation_of_a_job_leaves_only_an_empty_job(warehouse, salesforce, run_push):
    salesforce.call_faults = [CallFault("create_ingest_job", LOST, after_commit=True)]
    write_plan(warehouse, [case_open(number) for number in range(4)])
    assert run_push(pacing=SMALL).confirmed_count == 4
    assert [job.state for job in salesforce.org.jobs.values()] == ["Open", "JobComplete"]
    assert set(salesforce.org.applied.values()) == {1}


def test_a_job_that_cannot_be_asked_is_asked_by_the_next_push(warehouse, salesforce, run_push, states):
    cases = [case_open(number) for number in range(4)]
    salesforce.call_faults = [CallFault("ingest_results", DOWN)]
    write_plan(warehouse, cases)
    stopped = run_push(pacing=SMALL)
    assert "cannot be asked what became of its rows" in (stopped.stopped_because or "")
    assert states(cases[0].write_id) == ["intent", "sent"]
    assert run_push("run-2", pacing=SMALL).recovered == (KindCount("case.open", "confirmed", 4),)
    assert set(salesforce.org.applied.values()) == {1}


def test_a_job_that_salesforce_has_forgotten_is_replaced_by_looking_records_up(warehouse, salesforce, run_push):
    salesforce.call_faults = [CallFault("job", DOWN)]
    write_plan(warehouse, [case_open(number) for number in range(4)])
    run_push(pacing=SMALL)
    salesforce.org.jobs.clear()
    assert run_push("run-2", pacing=SMALL).recovered == (KindCount("case.open", "confirmed", 4),)
    assert salesforce.call_counts()["find_by_key Case"] == 1


def test_a_file_too_large_for_one_job_is_split(warehouse, salesforce, run_push):
    write_plan(warehouse, [case_open(number) for number in range(8)])
    assert run_push(pacing={**SMALL, "bulk_bytes": 700}).confirmed_count == 8
    assert len(salesforce.org.uploads) > 1
    assert all(len(upload) <= 700 for upload in salesforce.org.uploads)


def test_updates_in_bulk_are_read_afresh_first_and_sorted_by_parent(warehouse, salesforce, run_push):
    cases = [
        salesforce.add(
            "Case", Xero_Invoice_Key__c=key(n), Xero_Amount_Due__c=Decimal(10), AccountId=f"001{9 - n:012d}AAA"
        )
        for n in range(5)
    ]
    write_plan(warehouse, [case_update(n, case, "5", "10") for n, case in enumerate(cases)])
    run_push(pacing=SMALL)
    assert salesforce.call_counts()["retrieve Case"] == 1
    sent_keys = [line.split(",")[1].strip('"') for line in salesforce.org.uploads[0].decode().splitlines()[1:]]
    assert sent_keys == [key(n) for n in reversed(range(5))]
