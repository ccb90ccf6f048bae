"""`xero-sf errors`: list, show, retry and dismiss what did not go through."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from xero_sf_pipeline.errors import Conflict, NotFound, OutcomeUnknown, RateLimited, TransientApiError
from xero_sf_pipeline.pushing import dead_letters
from xero_sf_pipeline.pushing.dead_letters import DeadLetter
from xero_sf_pipeline.pushing.ledger import State
from xero_sf_pipeline.pushing.report import KindCount
from xero_sf_pipeline_tests.pushing.conftest import PUSHED_AT
from xero_sf_pipeline_tests.pushing.fake_salesforce import CallFault
from xero_sf_pipeline_tests.pushing.plans import PLANNED_AT, TENANT, case_open, case_update, write_plan

RULE = ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "A case needs an owner")
KEY = f"{TENANT}:inv-000001"


@pytest.fixture
def parked(warehouse, salesforce, run_push):
    case = case_open(1)
    salesforce.row_faults = {KEY: [RULE]}
    write_plan(warehouse, [case, case_open(2)])
    run_push()
    return case


def listed(warehouse):
    with warehouse.transaction() as connection:
        return dead_letters.list_errors(connection)


def decide(warehouse, clock, what, write_id, reason="checked with sales"):
    with warehouse.transaction() as connection:
        return what(connection, write_id, actor="anna", reason=reason, clock=clock, run_id="cli-1")


def test_a_parked_write_is_listed_with_message_class_and_remedy(warehouse, parked):
    assert listed(warehouse) == [
        DeadLetter(
            write_id=parked.write_id,
            kind="case.open",
            state=State.REJECTED,
            is_parked=True,
            target_system="salesforce",
            target_object="Case",
            target_key_field="Xero_Invoice_Key__c",
            target_key=KEY,
            remote_id=None,
            error_class="validation",
            error_code=RULE[0],
            http_status=200,
            message=RULE[1],
            remedy="Change the data in Xero or the rule in Salesforce, then `xero-sf errors retry`.",
            attempt_count=1,
            first_attempted_at=PUSHED_AT,
            last_attempted_at=PUSHED_AT,
            is_planned=True,
            explanation="test case.open",
            amount=None,
            currency_code=None,
        )
    ]


def test_showing_a_write_gives_payload_before_and_every_attempt(warehouse, salesforce, run_push):
    case_id = salesforce.add("Case", Xero_Invoice_Key__c=KEY, Xero_Amount_Due__c=Decimal("10.10"))
    write = case_update(1, case_id, "5.05", "10.10")
    salesforce.row_faults = {KEY: [RULE]}
    write_plan(warehouse, [write])
    run_push()

    with warehouse.transaction() as connection:
        shown = dead_letters.show_error(connection, write.write_id[:8])

    assert shown.write_id == write.write_id
    assert shown.payload == {"Xero_Amount_Due__c": Decimal("5.05")}
    assert shown.before == {"Xero_Amount_Due__c": Decimal("10.10")}
    assert [(a["state"], a["error_code"], a["actor"], a["run_id"]) for a in shown.attempts] == [
        ("intent", None, "tester", "run-1"),
        ("rejected", RULE[0], "tester", "run-1"),
    ]
    assert shown.letter is not None
    assert shown.letter.is_parked


def test_a_retry_goes_out_with_the_next_push_and_leaves_the_list(
    warehouse, salesforce, clock, run_push, parked, states
):
    assert decide(warehouse, clock, dead_letters.retry, parked.write_id[:6]) == parked.write_id
    assert run_push("run-2").counts == (
        KindCount("case.open", "confirmed", 1),
        KindCount("case.open", "not_sent:already_confirmed", 1),
    )
    assert states(parked.write_id) == ["intent", "rejected", "retry_requested", "intent", "confirmed"]
    assert listed(warehouse) == []


def test_a_dismissed_write_is_not_sent_and_says_whose_reason_it_was(warehouse, salesforce, clock, run_push, parked):
    decide(warehouse, clock, dead_letters.dismiss, parked.write_id, reason="paid in cash")
    report = run_push("run-2")
    assert [(row.reason, row.explanation) for row in report.not_sent] == [("dismissed", "paid in cash")]
    assert listed(warehouse) == []
    assert KEY not in salesforce.by_key("Case")


def test_a_dismissal_can_be_taken_back(warehouse, salesforce, clock, run_push, parked):
    decide(warehouse, clock, dead_letters.dismiss, parked.write_id)
    decide(warehouse, clock, dead_letters.retry, parked.write_id)
    assert run_push("run-2").confirmed_count == 1


def test_a_retry_gives_a_write_that_failed_in_five_pushes_five_more(warehouse, salesforce, clock, run_push):
    case = case_open(1)
    salesforce.row_faults = {KEY: [("UNABLE_TO_LOCK_ROW", "locked")] * 21}
    write_plan(warehouse, [case])
    for number in range(6):
        run_push(f"run-{number}")
    (letter,) = listed(warehouse)
    assert (letter.is_parked, letter.attempt_count) == (True, 20)
    assert letter.remedy == "It failed in every push so far: look at the message, then `xero-sf errors retry`."
    decide(warehouse, clock, dead_letters.retry, case.write_id)
    assert run_push("run-7").confirmed_count == 1


def test_a_confirmed_write_can_be_neither_retried_nor_dismissed(warehouse, clock, parked):
    confirmed = case_open(2).write_id
    for decision in (dead_letters.retry, dead_letters.dismiss):
        with pytest.raises(Conflict, match="is confirmed"):
            decide(warehouse, clock, decision, confirmed)


def test_an_id_that_names_no_write_or_two_is_an_error(warehouse, parked):
    with warehouse.transaction() as connection:
        with pytest.raises(NotFound, match="is not in the ledger"):
            dead_letters.show_error(connection, "zz")
        with pytest.raises(NotFound, match="starts more than one write"):
            dead_letters.show_error(connection, "")


def test_a_write_without_an_outcome_is_listed_until_the_next_push_settles_it(warehouse, salesforce, run_push):
    lost = OutcomeUnknown("no answer", system="salesforce", code="timeout")
    down = TransientApiError("no connection", system="salesforce", code="not_connected")
    salesforce.call_faults = [CallFault("upsert", lost, after_commit=True), CallFault("find_by_key", down)]
    write_plan(warehouse, [case_open(1)])
    run_push()
    (letter,) = listed(warehouse)
    assert (letter.state, letter.is_parked, letter.message) == (State.UNKNOWN, False, "no answer")
    assert letter.remedy == "The next push looks the record up and settles it."
    run_push("run-2")
    assert listed(warehouse) == []


def test_a_limit_is_listed_as_passing_not_as_parked(warehouse, salesforce, run_push):
    day = RateLimited("TotalRequests Limit exceeded.", system="salesforce", limit="daily_requests")
    salesforce.call_faults = [CallFault("upsert", day)]
    write_plan(warehouse, [case_open(1)])
    run_push()
    (letter,) = listed(warehouse)
    assert (letter.error_class, letter.is_parked) == ("limit", False)


def test_a_failure_that_a_later_write_on_the_record_made_obsolete_leaves_the_list(
    warehouse, salesforce, clock, run_push, parked
):
    clock.advance(timedelta(hours=2))
    corrected = case_open(1, payload={"OwnerId": "005000000000001AAA"})
    write_plan(warehouse, [corrected], plan_id="plan-2", planned_at=PLANNED_AT + timedelta(hours=2))
    assert [letter.is_planned for letter in listed(warehouse)] == [False]
    run_push("run-2")
    assert listed(warehouse) == []
