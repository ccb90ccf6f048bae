"""What a push without trouble does."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from xero_sf_pipeline.errors import PlanHeld, PushDisabled
from xero_sf_pipeline.pushing.report import KindCount, PlannedCall, StayedBehind
from xero_sf_pipeline_tests.pushing.plans import (
    PLANNED_AT,
    TENANT,
    account_create,
    account_link,
    case_open,
    case_update,
    contact_link,
    write_plan,
)


def test_parents_are_sent_before_the_children_that_name_them(warehouse, salesforce, run_push, states):
    account = account_create("c-1")
    link = contact_link("c-1", {"Account__r": {"Xero_Contact_ID__c": "c-1"}}, depends_on=(account.write_id,))
    case = case_open(1, payload={"Account": {"Xero_Contact_ID__c": "c-1"}}, depends_on=(account.write_id,))
    write_plan(warehouse, [case, link, account])

    report = run_push()

    account_id = salesforce.by_key("Account")["c-1"]["Id"]
    assert [(operation, name) for operation, name, _ in salesforce.org.calls] == [
        ("upsert", "Account"),
        ("upsert", "Xero_Contact__c"),
        ("upsert", "Case"),
    ]
    assert salesforce.by_key("Xero_Contact__c")[f"{TENANT}:c-1"]["Account__c"] == account_id
    assert salesforce.by_key("Case")[f"{TENANT}:inv-000001"]["AccountId"] == account_id
    assert states(case.write_id) == ["intent", "confirmed"]
    assert report.counts == (
        KindCount("account.create", "confirmed", 1),
        KindCount("account.link", "confirmed", 1),
        KindCount("case.open", "confirmed", 1),
    )
    assert report.is_clean
    assert (report.write_calls, report.read_calls) == (3, 0)


def test_pushing_the_same_plan_again_calls_nothing_and_adds_nothing(warehouse, salesforce, run_push, states):
    case = case_open(1)
    write_plan(warehouse, [case])
    run_push()
    calls_before = len(salesforce.org.calls)

    again = run_push("run-2")

    assert len(salesforce.org.calls) == calls_before
    assert states(case.write_id) == ["intent", "confirmed"]
    assert again.counts == (KindCount("case.open", "not_sent:already_confirmed", 1),)
    assert again.not_sent == ()


def test_money_reaches_the_target_as_the_exact_decimal_that_was_planned(warehouse, salesforce, run_push):
    write_plan(warehouse, [case_open(1, amount="9007199254740993.07")])
    run_push()
    case = salesforce.by_key("Case")[f"{TENANT}:inv-000001"]
    assert case["Xero_Amount_Due__c"] == Decimal("9007199254740993.07")
    assert isinstance(case["Xero_Amount_Due__c"], Decimal)


def test_an_update_goes_out_after_one_fresh_read_that_finds_what_was_planned_from(warehouse, salesforce, run_push):
    key = f"{TENANT}:inv-000001"
    case_id = salesforce.add("Case", Xero_Invoice_Key__c=key, Xero_Amount_Due__c=Decimal("120.50"), Status="Working")
    write_plan(warehouse, [case_update(1, case_id, "70.50", "120.5")])

    report = run_push()

    assert salesforce.org.records["Case"][case_id] == {
        "Id": case_id,
        "Xero_Invoice_Key__c": key,
        "Xero_Amount_Due__c": Decimal("70.50"),
        "Status": "Working",
    }
    assert salesforce.call_counts() == {"retrieve Case": 1, "upsert Case": 1}
    assert report.call_counts == {"retrieve Case": 1, "upsert Case": 1}


def test_the_primary_contact_is_put_on_an_account_by_its_id(warehouse, salesforce, run_push):
    account_id = salesforce.add("Account", Name="Acme")
    write_plan(warehouse, [account_link(account_id, "c-1")])
    run_push()
    assert salesforce.org.records["Account"][account_id]["Xero_Contact_ID__c"] == "c-1"
    assert salesforce.call_counts() == {"retrieve Account": 1, "update Account": 1}


@pytest.mark.parametrize(("count", "calls"), [(1, 1), (200, 1), (201, 2), (400, 2), (2000, 10)])
def test_up_to_2000_records_of_an_object_cost_one_call_per_200(warehouse, salesforce, run_push, count, calls):
    write_plan(warehouse, [case_open(number) for number in range(count)])
    report = run_push()
    assert salesforce.call_counts() == {"upsert Case": calls}
    assert (report.write_calls, report.read_calls, report.confirmed_count) == (calls, 0, count)


def test_above_2000_records_one_bulk_job_carries_the_object(warehouse, salesforce, run_push):
    parent = account_create("c-1")
    cases = [
        case_open(number, payload={"Account": {"Xero_Contact_ID__c": "c-1"}}, depends_on=(parent.write_id,))
        for number in range(2001)
    ]
    write_plan(warehouse, [parent, *cases])

    report = run_push()

    assert salesforce.call_counts() == {
        "upsert Account": 1,
        "create_ingest_job Case": 1,
        "upload Case": 1,
        "job ": 1,
        "ingest_results ": 1,
    }
    assert report.confirmed_count == 2002
    account_id = salesforce.by_key("Account")["c-1"]["Id"]
    assert {case["AccountId"] for case in salesforce.by_key("Case").values()} == {account_id}
    assert len(salesforce.by_key("Case")) == 2001


def test_two_writes_on_one_record_never_travel_in_one_call(warehouse, salesforce, run_push):
    key = f"{TENANT}:inv-000001"
    case_id = salesforce.add("Case", Xero_Invoice_Key__c=key, Xero_Amount_Due__c=Decimal("120"), Priority="Low")
    update = case_update(1, case_id, "70", "120")
    escalate = case_update(1, case_id, "0", "0")
    escalate = type(update)("case.escalate", "Case", key, {"Priority": "High"}, {"Priority": "Low"}, target_id=case_id)
    write_plan(warehouse, [update, escalate])

    report = run_push()

    assert report.confirmed_count == 2
    record = salesforce.org.records["Case"][case_id]
    assert (record["Xero_Amount_Due__c"], record["Priority"]) == (Decimal("70"), "High")
    assert salesforce.call_counts() == {"retrieve Case": 2, "upsert Case": 2}


def test_rows_are_sorted_by_the_parent_that_salesforce_locks(warehouse, salesforce, run_push):
    one, two = salesforce.add("Account", Name="One"), salesforce.add("Account", Name="Two")
    write_plan(warehouse, [case_open(n, account_id=two if n % 2 else one) for n in range(6)])
    run_push()
    parents = [case["AccountId"] for case in salesforce.org.records["Case"].values()]
    assert parents == [one, one, one, two, two, two]


def test_only_the_kinds_asked_for_go_and_their_dependents_are_blocked(warehouse, salesforce, run_push, states):
    account = account_create("c-1")
    case = case_open(1, payload={"Account": {"Xero_Contact_ID__c": "c-1"}}, depends_on=(account.write_id,))
    other = case_open(2)
    write_plan(warehouse, [account, case, other])

    report = run_push(only={"case.open"})

    assert report.counts == (
        KindCount("account.create", "not_sent:other_kind", 1),
        KindCount("case.open", "confirmed", 1),
        KindCount("case.open", "not_sent:blocked", 1),
    )
    assert states(case.write_id) == []
    assert not report.is_clean


def test_a_dependency_that_an_earlier_push_confirmed_lets_its_dependents_go(warehouse, salesforce, run_push):
    account = account_create("c-1")
    case = case_open(1, payload={"Account": {"Xero_Contact_ID__c": "c-1"}}, depends_on=(account.write_id,))
    write_plan(warehouse, [account, case])
    run_push(only={"account.create"})
    report = run_push("run-2", only={"case.open"})
    assert KindCount("case.open", "confirmed", 1) in report.counts


def test_writes_that_a_person_has_not_approved_stay(warehouse, salesforce, run_push):
    waiting, refused, approved = (
        case_open(1, approval="needs_approval"),
        case_open(2, approval="rejected"),
        case_open(3, approval="approved"),
    )
    write_plan(warehouse, [waiting, refused, approved])

    report = run_push()

    assert set(salesforce.by_key("Case")) == {approved.target_key}
    assert report.not_sent == (
        StayedBehind(waiting.write_id, "case.open", "Case", waiting.target_key, "needs_approval",
                     "A person has to approve this write."),
        StayedBehind(refused.write_id, "case.open", "Case", refused.target_key, "approval_rejected",
                     "A person rejected this write."),
    )  # fmt: skip


def test_a_held_plan_sends_nothing_and_says_why(warehouse, salesforce, run_push):
    write_plan(warehouse, [case_open(1)], held_reason="412 case.open writes, the limit is 200")
    with pytest.raises(PlanHeld, match=r"412 case\.open writes"):
        run_push()
    assert salesforce.org.calls == []


def test_a_push_that_is_switched_off_sends_nothing(warehouse, salesforce, run_push):
    write_plan(warehouse, [case_open(1)])
    with pytest.raises(PushDisabled, match="XERO_SF_PUSH_ENABLED"):
        run_push(is_enabled=False)
    assert salesforce.org.calls == []


def test_a_limit_takes_parents_first_and_names_what_stayed(warehouse, salesforce, run_push):
    write_plan(warehouse, [case_open(1), case_open(2), account_create("c-1")])
    report = run_push(limit=2)
    assert report.counts == (
        KindCount("account.create", "confirmed", 1),
        KindCount("case.open", "confirmed", 1),
        KindCount("case.open", "not_sent:over_limit", 1),
    )


def test_a_small_limit_is_not_used_up_by_writes_that_are_blocked(warehouse, salesforce, run_push):
    parked = account_create("c-1")
    salesforce.row_faults = {"c-1": [("DUPLICATES_DETECTED", "Use one of these records?")]}
    blocked = [
        case_open(n, payload={"Account": {"Xero_Contact_ID__c": "c-1"}}, depends_on=(parked.write_id,))
        for n in range(3)
    ]
    write_plan(warehouse, [parked, *blocked, case_open(9)])
    run_push(limit=1)
    report = run_push("run-2", limit=1)
    assert set(salesforce.by_key("Case")) == {f"{TENANT}:inv-000009"}
    assert KindCount("case.open", "not_sent:blocked", 3) in report.counts


def test_a_dry_run_counts_the_calls_and_touches_neither_target_nor_ledger(warehouse, salesforce, run_push, states):
    account = account_create("c-1")
    cases = [
        case_open(n, payload={"Account": {"Xero_Contact_ID__c": "c-1"}}, depends_on=(account.write_id,))
        for n in range(401)
    ]
    update = case_update(900, "500000000000001AAA", "1", "2")
    write_plan(warehouse, [account, *cases, update])

    report = run_push(dry_run=True, is_enabled=False)

    assert report.planned_calls == (
        PlannedCall("salesforce", "Account", "upsert", 1, 1),
        PlannedCall("salesforce", "Case", "retrieve", 1, 1),
        PlannedCall("salesforce", "Case", "upsert", 402, 3),
    )
    assert report.counts == (
        KindCount("account.create", "would_send", 1),
        KindCount("case.open", "would_send", 401),
        KindCount("case.update", "would_send", 1),
    )
    assert salesforce.org.calls == []
    assert states(account.write_id) == []


def test_a_dry_run_of_a_large_plan_announces_a_bulk_job(warehouse, run_push):
    write_plan(warehouse, [case_open(n) for n in range(2001)])
    assert run_push(dry_run=True).planned_calls == (PlannedCall("salesforce", "Case", "bulk_upsert", 2001, 1),)


def test_a_push_before_any_plan_reports_that_there_is_none(warehouse, run_push):
    write_plan(warehouse, [])
    assert run_push().counts == ()


def test_progress_counts_every_write_once(warehouse, salesforce, run_push):
    salesforce.row_faults = {f"{TENANT}:inv-000001": [("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access")]}
    write_plan(warehouse, [case_open(n) for n in range(250)])
    seen = []
    run_push(progress=seen.append)
    assert [(step.target_object, step.done_count, step.total_count) for step in seen] == [
        ("Case", 200, 250),
        ("Case", 250, 250),
        ("Case", 250, 250),
    ]


def test_the_same_intention_is_sent_again_when_the_target_moved_back(warehouse, salesforce, clock, run_push, states):
    """A payment came, was deleted and came again: the third write has the id of the first one."""
    key = f"{TENANT}:inv-000001"
    case_id = salesforce.add("Case", Xero_Invoice_Key__c=key, Xero_Amount_Due__c=Decimal(100))
    paid, unpaid = case_update(1, case_id, "50", "100"), case_update(1, case_id, "100", "50")
    for number, write in enumerate((paid, unpaid, paid)):
        write_plan(warehouse, [write], plan_id=f"plan-{number}", planned_at=PLANNED_AT + timedelta(hours=number))
        clock.instant = PLANNED_AT + timedelta(hours=number, minutes=5)
        assert run_push(f"run-{number}").confirmed_count == 1
    assert salesforce.org.records["Case"][case_id]["Xero_Amount_Due__c"] == Decimal(50)
    assert states(paid.write_id) == ["intent", "confirmed", "intent", "confirmed"]
