"""What a push does when rows are refused, calls fail or records have moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from xero_sf_pipeline.errors import (
    AuthenticationFailed,
    CircuitOpen,
    MissingPermission,
    OutcomeUnknown,
    RateLimited,
    TransientApiError,
    WarehouseBusy,
)
from xero_sf_pipeline.policy import PushRules
from xero_sf_pipeline.pushing.lease import push_lease
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.push import push
from xero_sf_pipeline.pushing.report import KindCount, Refusal
from xero_sf_pipeline_tests.pushing.fake_salesforce import CallFault
from xero_sf_pipeline_tests.pushing.plans import (
    PLANNED_AT,
    TENANT,
    account_create,
    account_link,
    case_open,
    case_update,
    write_plan,
)

LOCKED = ("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
RULE = ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "A case needs an owner")
LOST = OutcomeUnknown("no answer came within the read timeout", system="salesforce", code="timeout")
DAY = RateLimited(
    "TotalRequests Limit exceeded.", system="salesforce", limit="daily_requests", remedy="Later runs go on."
)


def key(number: int) -> str:
    return f"{TENANT}:inv-{number:06d}"


def test_one_refused_row_is_parked_and_its_neighbours_go_through(warehouse, salesforce, run_push, states):
    good, bad = case_open(1), case_open(2)
    salesforce.row_faults = {key(2): [RULE] * 9}
    write_plan(warehouse, [good, bad])

    report = run_push()

    assert set(salesforce.by_key("Case")) == {key(1)}
    assert states(bad.write_id) == ["intent", "rejected"]
    assert report.refused == (
        Refusal(bad.write_id, "case.open", "salesforce", "Case", key(2), "rejected", "validation", *RULE),
    )
    calls_before = len(salesforce.org.calls)
    again = run_push("run-2")
    assert again.not_sent[0].reason == "parked"
    assert len(salesforce.org.calls) == calls_before


def test_a_dependent_of_a_refused_write_is_blocked_and_never_sent(warehouse, salesforce, run_push, states):
    account = account_create("c-1")
    case = case_open(1, payload={"Account": {"Xero_Contact_ID__c": "c-1"}}, depends_on=(account.write_id,))
    salesforce.row_faults = {"c-1": [("DUPLICATES_DETECTED", "Use one of these records?")]}
    write_plan(warehouse, [account, case])

    report = run_push()

    assert report.counts == (
        KindCount("account.create", "rejected", 1),
        KindCount("case.open", "not_sent:blocked", 1),
    )
    assert report.refused[0].error_class == "duplicate"
    assert states(case.write_id) == []
    assert salesforce.by_key("Case") == {}


def test_a_locked_row_is_sent_again_alone_after_a_pause(warehouse, salesforce, run_push, states, slept):
    first, locked = case_open(1), case_open(2)
    salesforce.row_faults = {key(2): [LOCKED, LOCKED]}
    write_plan(warehouse, [first, locked])

    report = run_push()

    assert report.confirmed_count == 2
    assert states(locked.write_id) == ["intent", "rejected", "intent", "rejected", "intent", "confirmed"]
    assert [count for _, _, count in salesforce.org.calls] == [2, 1, 1]
    assert 0.5 <= slept[0] <= 1 <= slept[1] <= 2


def test_a_lock_inside_a_trigger_error_counts_as_a_lock(warehouse, salesforce, run_push):
    wrapped = ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "CaseTrigger: execution of BeforeInsert: UNABLE_TO_LOCK_ROW")
    salesforce.row_faults = {key(1): [wrapped]}
    write_plan(warehouse, [case_open(1)])
    assert run_push().confirmed_count == 1


def test_a_row_that_stays_locked_is_parked_after_five_pushes(warehouse, salesforce, run_push, states):
    case = case_open(1)
    salesforce.row_faults = {key(1): [LOCKED] * 99}
    write_plan(warehouse, [case])
    for number in range(5):
        assert run_push(f"run-{number}").counts == (KindCount("case.open", "rejected", 1),)
    calls_before = len(salesforce.org.calls)

    sixth = run_push("run-5")

    assert sixth.not_sent[0].reason == "parked"
    assert len(salesforce.org.calls) == calls_before
    assert states(case.write_id) == ["intent", "rejected"] * 20


def test_the_policy_sets_batch_size_threshold_and_cap(warehouse, salesforce, clock):
    pacing = Pacing.of(PushRules(batch_size=150, bulk_above=400, max_attempts=1))
    assert (pacing.collection_size, pacing.bulk_above, pacing.max_pushes) == (150, 400, 1)
    pacing = replace(pacing, sleep=lambda seconds: None)
    salesforce.row_faults = {key(1): [LOCKED] * 99}
    write_plan(warehouse, [case_open(number) for number in range(151)])
    push(warehouse, salesforce, clock, run_id="run-1", actor="tester", pacing=pacing)
    assert [count for _, _, count in salesforce.org.calls] == [150, 1, 1, 1, 1]
    second = push(warehouse, salesforce, clock, run_id="run-2", actor="tester", pacing=pacing)
    assert [row.reason for row in second.not_sent] == ["parked"]


@pytest.mark.parametrize("after_commit", [True, False])
def test_a_lost_answer_is_settled_by_looking_the_records_up_and_nothing_is_written_twice(
    warehouse, salesforce, run_push, states, after_commit
):
    cases = [case_open(number) for number in range(3)]
    salesforce.call_faults = [CallFault("upsert", LOST, after_commit=after_commit)]
    write_plan(warehouse, cases)

    report = run_push()

    assert report.confirmed_count == 3
    assert dict(salesforce.org.applied) == {("Case", key(number)): 1 for number in range(3)}
    expected = (
        ["intent", "unknown", "confirmed"] if after_commit else ["intent", "unknown", "rejected", "intent", "confirmed"]
    )
    assert states(cases[0].write_id) == expected


def test_when_the_look_up_fails_too_the_push_stops_and_the_next_one_settles_it(warehouse, salesforce, run_push, states):
    case, later = case_open(1), [case_open(number) for number in range(2, 300)]
    down = TransientApiError("no connection could be made", system="salesforce", code="not_connected")
    salesforce.call_faults = [CallFault("upsert", LOST, after_commit=True), CallFault("find_by_key", down)]
    write_plan(warehouse, [case, *later])

    stopped = run_push()

    assert "cannot be asked what became of 200 writes" in (stopped.stopped_because or "")
    assert stopped.counts == (KindCount("case.open", "not_sent:stopped", 299),)
    assert states(case.write_id) == ["intent", "unknown"]
    resumed = run_push("run-2")
    assert resumed.recovered == (KindCount("case.open", "confirmed", 200),)
    assert KindCount("case.open", "confirmed", 99) in resumed.counts
    assert set(salesforce.org.applied.values()) == {1}


def test_a_used_up_day_stops_the_push_quickly_and_the_rest_stays_planned(
    warehouse, salesforce, run_push, states, slept
):
    cases = [case_open(number) for number in range(250)]
    salesforce.call_faults = [CallFault("upsert", DAY)]
    write_plan(warehouse, cases)

    report = run_push()

    assert report.stopped_because == "TotalRequests Limit exceeded."
    assert report.remedy == "Later runs go on."
    assert report.counts == (KindCount("case.open", "not_sent:stopped", 250),)
    assert (len(salesforce.org.calls), slept) == (1, [])
    assert run_push("run-2").confirmed_count == 250


def test_a_limit_that_passes_in_seconds_is_waited_for(warehouse, salesforce, run_push, slept):
    busy = RateLimited("ConcurrentRequests", system="salesforce", limit="concurrent", retry_after_seconds=7)
    salesforce.call_faults = [CallFault("upsert", busy)]
    write_plan(warehouse, [case_open(1)])
    assert run_push().confirmed_count == 1
    assert slept[0] == 7


@pytest.mark.parametrize(
    "error",
    [
        AuthenticationFailed("invalid_client", system="salesforce", status=401, remedy="Check the secret."),
        MissingPermission("no access to Case", system="salesforce", status=403, remedy="Grant it."),
        CircuitOpen("calls are paused", system="salesforce"),
    ],
)
def test_a_call_turned_away_at_the_door_stops_the_push_and_parks_nothing(warehouse, salesforce, run_push, error):
    salesforce.call_faults = [CallFault("upsert", error)]
    write_plan(warehouse, [case_open(number) for number in range(250)])
    stopped = run_push()
    assert stopped.stopped_because == error.args[0]
    assert len(salesforce.org.calls) == 1
    assert run_push("run-2").confirmed_count == 250


def test_one_value_that_makes_salesforce_refuse_the_whole_call_costs_a_few_calls_and_only_its_row(
    warehouse, salesforce, run_push, states
):
    bad = case_open(77, payload={"Xero_Due_Date__c": "soon"})
    salesforce.poison_keys = {"soon"}
    write_plan(warehouse, [*(case_open(number) for number in range(77)), bad, *(case_open(n) for n in range(78, 200))])

    report = run_push()

    assert report.counts == (KindCount("case.open", "confirmed", 199), KindCount("case.open", "rejected", 1))
    assert report.refused[0].error_class == "mapping"
    assert report.write_calls <= 1 + 2 * 8
    assert states(bad.write_id) == ["intent", "rejected"]


def test_a_call_that_is_wrong_throughout_is_not_taken_apart_forever(warehouse, salesforce, run_push):
    salesforce.poison_keys = {"New"}
    write_plan(warehouse, [case_open(number) for number in range(200)])
    report = run_push()
    assert report.counts == (KindCount("case.open", "rejected", 200),)
    assert report.write_calls <= 21


def test_an_update_of_a_record_that_moved_since_is_refused_as_drifted(warehouse, salesforce, clock, run_push, states):
    case_id = salesforce.add("Case", Xero_Invoice_Key__c=key(1), Xero_Amount_Due__c=Decimal(99))
    write = case_update(1, case_id, "50", "120")
    write_plan(warehouse, [write])

    report = run_push()

    assert salesforce.org.records["Case"][case_id]["Xero_Amount_Due__c"] == Decimal(99)
    assert states(write.write_id) == ["drifted"]
    assert report.refused[0].message == "The record moved since it was planned: Xero_Amount_Due__c; nothing was sent."
    assert run_push("run-2").not_sent[0].reason == "drifted"
    clock.advance(timedelta(hours=2))
    replanned = case_update(1, case_id, "50", "99")
    write_plan(warehouse, [replanned], plan_id="plan-2", planned_at=clock.now() - timedelta(minutes=1))
    assert run_push("run-3").confirmed_count == 1


def test_an_update_whose_values_are_there_already_is_confirmed_without_sending(warehouse, salesforce, run_push, states):
    case_id = salesforce.add("Case", Xero_Invoice_Key__c=key(1), Xero_Amount_Due__c=Decimal("50.00"))
    write = case_update(1, case_id, "50", "120")
    write_plan(warehouse, [write])
    assert run_push().confirmed_count == 1
    assert salesforce.call_counts() == {"retrieve Case": 1}
    assert states(write.write_id) == ["confirmed"]


@pytest.mark.parametrize("how", ["deleted", "key taken away"])
def test_an_update_never_creates_a_record_in_place_of_the_one_it_was_planned_for(warehouse, salesforce, run_push, how):
    case_id = salesforce.add("Case", Xero_Invoice_Key__c=key(1), Xero_Amount_Due__c=Decimal(120))
    if how == "deleted":
        del salesforce.org.records["Case"][case_id]
    else:
        salesforce.org.records["Case"][case_id]["Xero_Invoice_Key__c"] = None
    write_plan(warehouse, [case_update(1, case_id, "50", "120")])
    report = run_push()
    assert report.counts == (KindCount("case.update", "drifted", 1),)
    assert salesforce.by_key("Case") == {}


def test_a_record_that_vanishes_between_read_and_write_is_reported_not_confirmed(warehouse, salesforce, run_push):
    case_id = salesforce.add("Case", Xero_Invoice_Key__c=key(1), Xero_Amount_Due__c=Decimal(120))

    class VanishingCase(type(salesforce)):
        def retrieve(self, object_name, ids, fields):
            found = super().retrieve(object_name, ids, fields)
            del self.org.records["Case"][case_id]
            return found

    salesforce.__class__ = VanishingCase
    write_plan(warehouse, [case_update(1, case_id, "50", "120")])
    report = run_push()
    assert (report.refused[0].error_code, report.refused[0].error_class) == ("RECREATED", "conflict")


def test_the_race_of_two_upserts_on_one_new_key_is_looked_up_and_confirmed(warehouse, salesforce, run_push, states):
    case = case_open(1)
    salesforce.add("Case", Xero_Invoice_Key__c=key(1), **case.payload)
    taken = ("DUPLICATE_VALUE", "duplicate value found: Xero_Invoice_Key__c duplicates value on record with id: 500")
    salesforce.row_faults = {key(1): [taken]}
    write_plan(warehouse, [case])
    assert run_push().confirmed_count == 1
    assert states(case.write_id) == ["intent", "rejected", "confirmed"]
    assert salesforce.org.applied == {}


def test_a_contact_id_that_another_account_carries_is_a_conflict_that_names_it(warehouse, salesforce, run_push):
    holder = salesforce.add("Account", Xero_Contact_ID__c="c-1")
    account = salesforce.add("Account", Name="Acme")
    write_plan(warehouse, [account_link(account, "c-1")])
    report = run_push()
    assert report.refused == (
        Refusal(account_link(account, "c-1").write_id, "account.link", "salesforce", "Account", account,
                "rejected", "conflict", "DUPLICATE_VALUE", f"The key is held by record {holder}, which is not as planned."),
    )  # fmt: skip


def test_a_create_planned_from_an_old_snapshot_does_not_overwrite_what_a_person_changed(
    warehouse, salesforce, clock, run_push, states
):
    """Push A opened the case; plan B, read before A, opens it again with other words; a person worked on it since."""
    write_plan(warehouse, [case_open(1)])
    run_push()
    record = salesforce.by_key("Case")[key(1)]
    record["Status"] = "Working"
    stale = case_open(1, amount="130.00")
    write_plan(warehouse, [stale], plan_id="plan-2", planned_at=PLANNED_AT + timedelta(hours=1))
    clock.advance(timedelta(hours=2))

    report = run_push("run-2")

    assert report.counts == (KindCount("case.open", "drifted", 1),)
    assert (record["Status"], record["Xero_Amount_Due__c"]) == ("Working", Decimal("120.50"))


def test_a_second_push_at_the_same_time_ends_with_the_name_of_the_first(warehouse, salesforce, clock, run_push):
    write_plan(warehouse, [case_open(1)])
    with (
        push_lease(warehouse.path, clock, run_id="nightly", actor="schedule"),
        pytest.raises(WarehouseBusy, match=r"Another push is under way \(run nightly by schedule, process \d+"),
    ):
        run_push()
    assert salesforce.org.calls == []
    assert run_push().confirmed_count == 1
