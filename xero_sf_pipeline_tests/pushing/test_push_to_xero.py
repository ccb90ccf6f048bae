"""The push to Xero through the real client against the sandbox, over real HTTP, without and with faults."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.report import KindCount, PlannedCall, SystemCalls
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline_tests.pushing.plans import (
    account_create,
    invoice_create,
    invoice_update,
    xero_contact_create,
    xero_write,
)
from xero_sf_pipeline_tests.pushing.xero_office import (
    ACME,
    BETA,
    CURSOR,
    NOW,
    OTHER_TENANT,
    TENANT,
    Office,
    open_office,
    served_office,
)

DEAL = "0065g00000ABCDEAA2"
SF_ACCOUNT = "0015g00000ABCDEAA2"


@pytest.fixture(scope="module")
def served() -> Iterator[RunningSandbox]:
    with served_office() as running:
        yield running


@pytest.fixture
def office(served: RunningSandbox, warehouse: Warehouse, tmp_path: Path) -> Iterator[Office]:
    with open_office(served, warehouse, tmp_path) as opened:
        yield opened


def key(number: int) -> str:
    return f"{DEAL}/{number}"


def invoices(count: int, **other: Any) -> list[Any]:
    other.setdefault("tenant", TENANT)
    return [invoice_create(key(number), ACME, amount=f"{number}.5", **other) for number in range(1, count + 1)]


# Without faults


def test_fifty_invoices_are_one_look_up_and_one_call_and_pushing_again_costs_none(office: Office) -> None:
    office.plan(*invoices(50))
    report = office.push()
    assert (report.confirmed_count, report.is_clean) == (50, True)
    assert office.calls() == {"GET Invoices": 1, "PUT Invoices": 1}
    assert report.calls_by_system == (SystemCalls("xero", 1, 1),)
    assert report.call_counts == {"xero changed Invoice": 1, "xero create Invoice": 1}
    assert office.invoices().keys() == {key(number) for number in range(1, 51)}
    assert office.logins() == {"xero": 1}
    office.running.log.clear()
    assert office.push("run-2").counts == (KindCount("invoice.create", "not_sent:already_confirmed", 50),)
    assert office.calls() == {}


def test_a_batch_holds_fifty_and_one_look_up_serves_all_batches(office: Office) -> None:
    office.plan(*invoices(101))
    assert office.push().confirmed_count == 101
    assert office.calls() == {"GET Invoices": 1, "PUT Invoices": 3}


def test_prices_keep_four_decimals_and_money_arrives_as_planned(office: Office) -> None:
    lines = [
        {"Description": "Hours", "Quantity": Decimal("1.25"), "UnitAmount": Decimal("0.3333"), "AccountCode": "200"}
    ]
    office.plan(invoice_create(key(1), ACME, payload={"LineItems": lines}, tenant=TENANT))
    assert office.push().is_clean
    (line,) = office.invoices()[key(1)]["LineItems"]
    assert (Decimal(str(line["UnitAmount"])), Decimal(str(line["Quantity"]))) == (Decimal("0.3333"), Decimal("1.25"))


def test_a_contact_is_made_before_the_invoice_that_names_it_and_its_id_is_put_in(office: Office) -> None:
    contact = xero_contact_create(SF_ACCOUNT, "Newcomer Ltd", tenant=TENANT)
    invoice = invoice_create(key(1), {"$write": contact.write_id}, depends_on=(contact.write_id,), tenant=TENANT)
    office.plan(invoice, contact)
    assert office.push().is_clean
    made = office.contacts()[SF_ACCOUNT]
    assert office.invoices()[key(1)]["Contact"]["ContactID"] == made["ContactID"]
    assert office.calls() == {"GET Contacts": 1, "PUT Contacts": 1, "GET Invoices": 1, "PUT Invoices": 1}


def test_an_id_that_an_earlier_push_has_learnt_is_put_in_by_a_later_one(office: Office) -> None:
    contact = xero_contact_create(SF_ACCOUNT, "Newcomer Ltd", tenant=TENANT)
    invoice = invoice_create(key(1), {"$write": contact.write_id}, tenant=TENANT)  # depends_on forgotten
    office.plan(invoice, contact)
    first = office.push(only={"xero_contact.create"})
    assert KindCount("invoice.create", "not_sent:other_kind", 1) in first.counts
    assert office.push("run-2").is_clean
    assert office.invoices()[key(1)]["Contact"]["ContactID"] == office.contacts()[SF_ACCOUNT]["ContactID"]


def test_what_hangs_on_a_refused_contact_is_blocked(office: Office) -> None:
    contact = xero_contact_create(SF_ACCOUNT, "beta  PTY", tenant=TENANT)
    invoice = invoice_create(key(1), {"$write": contact.write_id}, depends_on=(contact.write_id,), tenant=TENANT)
    office.plan(invoice, contact)
    report = office.push()
    assert report.counts == (
        KindCount("invoice.create", "not_sent:blocked", 1),
        KindCount("xero_contact.create", "rejected", 1),
    )
    (refusal,) = report.refused
    assert (refusal.error_class, refusal.error_code, refusal.target_system) == ("duplicate", "NOT_UNIQUE", "xero")
    assert office.invoices() == {}


def test_a_chain_over_both_systems_goes_in_the_order_of_its_needs(office: Office) -> None:
    account = account_create("c-77")
    contact = xero_contact_create(SF_ACCOUNT, "Newcomer Ltd", depends_on=(account.write_id,), tenant=TENANT)
    invoice = invoice_create(key(1), {"$write": contact.write_id}, tenant=TENANT)
    org = office.running.sandbox.salesforce
    deal = org.insert("Opportunity", {"Name": "Deal", "StageName": "Closed Won", "CloseDate": "2026-11-01"})
    back = type(account)(
        "opportunity.update",
        "Opportunity",
        deal,
        {"Xero_Invoice_ID__c": {"$write": invoice.write_id}, "Xero_Invoice_Status__c": "Draft"},
        {"Xero_Invoice_ID__c": None},
        target_key_field="Id",
        target_id=deal,
        action="update",
    )
    office.plan(back, invoice, contact, account)
    report = office.push()
    assert report.is_clean, report
    assert [(calls.system, calls.write_calls) for calls in report.calls_by_system] == [("salesforce", 2), ("xero", 2)]
    (row,) = org.rows("Opportunity")
    assert row["Xero_Invoice_ID__c"] == office.invoices()[key(1)]["InvoiceID"]


def test_a_dry_run_tells_the_calls_to_both_systems_and_makes_none(office: Office) -> None:
    office.plan(account_create("c-1"), *invoices(60), xero_contact_create(SF_ACCOUNT, "Newcomer Ltd", tenant=TENANT))
    report = office.push(dry_run=True)
    assert report.planned_calls == (
        PlannedCall("salesforce", "Account", "upsert", 1, 1),
        PlannedCall("xero", "Contact", "changed", 1, 1),
        PlannedCall("xero", "Contact", "create", 1, 1),
        PlannedCall("xero", "Invoice", "changed", 60, 1),
        PlannedCall("xero", "Invoice", "create", 60, 2),
    )
    assert (office.calls(), office.logins()) == ({}, {})


def test_only_salesforce_is_asked_when_nothing_goes_to_xero(office: Office) -> None:
    office.plan(account_create("c-1"))
    assert office.push().is_clean
    assert office.logins() == {"salesforce": 1}


# Never a second record


def test_an_invoice_that_is_there_since_the_last_read_is_found_by_its_reference(office: Office) -> None:
    (planned,) = invoices(1)
    office.plan(planned)
    office.push()
    forget(office)
    report = office.push("run-2")
    assert report.confirmed_count == 1
    assert office.states(planned.write_id) == ["confirmed"]
    assert len(office.invoices()) == 1


def test_a_purchase_order_may_follow_the_reference(office: Office) -> None:
    office.plan(invoice_create(key(1), ACME, payload={"Reference": f"{key(1)} PO-1234"}, tenant=TENANT))
    assert office.push().is_clean
    forget(office)
    assert office.push("run-2").confirmed_count == 1
    assert len(office.invoices()) == 1


def test_an_invoice_of_our_reference_that_is_not_as_planned_is_left_to_a_person(office: Office) -> None:
    office.plan(*invoices(1))
    office.push()
    forget(office)
    office.plan(invoice_create(key(1), BETA, tenant=TENANT))
    report = office.push("run-2")
    (refusal,) = report.refused
    assert (refusal.state, refusal.error_class) == ("drifted", "conflict")
    assert "differs in Contact" in str(refusal.message)
    assert office.invoices()[key(1)]["Contact"]["ContactID"] == ACME


def test_a_plan_that_is_older_than_the_mirror_still_finds_what_it_did_not_know(office: Office) -> None:
    (planned,) = invoices(1)
    office.plan(planned)
    by_hand = {"Type": "ACCREC", "Reference": key(1), "Contact": {"ContactID": BETA}}
    office.xero.client(TENANT).create("Invoice", [by_hand], idempotency_key="by-hand")
    office.clock.advance(timedelta(hours=3))
    office.know_until(office.clock.now(), TENANT)
    assert [row.state for row in office.push().refused] == ["drifted"]
    assert len(office.invoices()) == 1


def test_an_invoice_that_was_deleted_in_xero_is_not_made_again_by_the_same_plan(office: Office) -> None:
    office.plan(*invoices(1))
    office.push()
    made = office.invoices()[key(1)]
    office.xero.client(TENANT).update(
        "Invoice", [{"InvoiceID": made["InvoiceID"], "Status": "DELETED"}], idempotency_key="x"
    )
    forget(office)
    report = office.push("run-2")
    assert "is deleted" in str(report.refused[0].message)
    assert len(office.invoices()) == 1


def test_a_namesake_that_appeared_since_the_last_read_is_neither_doubled_nor_overwritten(office: Office) -> None:
    office.xero.client(TENANT).create("Contact", [{"Name": "Newcomer  LTD"}], idempotency_key="by-hand")
    office.running.log.clear()
    office.plan(xero_contact_create(SF_ACCOUNT, "Newcomer Ltd", tenant=TENANT))
    report = office.push()
    (refusal,) = report.refused
    assert refusal.state == "drifted"
    assert "xero-sf matches" in str(refusal.message)
    assert office.contacts() == {}
    assert office.calls() == {"GET Contacts": 1}


def test_a_body_that_would_not_carry_its_own_key_is_not_sent(office: Office) -> None:
    office.plan(invoice_create(key(1), ACME, payload={"Reference": "PO-1 first"}, tenant=TENANT), *invoices(2)[1:])
    report = office.push()
    assert [(row.error_code, row.error_class) for row in report.refused] == [("OWN_KEY_MISSING", "mapping")]
    assert office.invoices().keys() == {key(2)}


def test_a_number_that_cannot_be_sent_exactly_refuses_its_write_only(office: Office) -> None:
    lines = [{"Description": "x", "Quantity": 1, "UnitAmount": Decimal("9007199254740993.07"), "AccountCode": "200"}]
    office.plan(invoice_create(key(1), ACME, payload={"LineItems": lines}, tenant=TENANT), *invoices(2)[1:])
    report = office.push()
    assert [(row.error_code, row.error_class) for row in report.refused] == [("UNSENDABLE_VALUE", "mapping")]
    assert office.invoices().keys() == {key(2)}


def test_a_batch_above_the_size_of_a_call_is_cut_before_it_is_sent(office: Office) -> None:
    texts = {"LineItems": [{"Description": "é" * 3000, "Quantity": 1, "UnitAmount": 1, "AccountCode": "200"}]}
    office.plan(*(invoice_create(key(number), ACME, payload=texts, tenant=TENANT) for number in range(1, 5)))
    report = office.push(pacing=Pacing(xero_bytes=40_000))
    assert report.confirmed_count == 4
    assert office.calls()["PUT Invoices"] == 2


def forget(office: Office) -> None:
    """Lose the ledger, as when another machine takes over: what protects then is what stands in Xero itself."""
    with office.warehouse.transaction() as connection:
        connection.execute("delete from ledger.attempts")


# Faults


@pytest.mark.parametrize("effect", ["drop_before", "drop_after", "drop_midway"])
def test_a_connection_cut_at_any_moment_is_asked_again_with_the_same_key_and_makes_one_record(
    office: Office, effect: str
) -> None:
    office.arm(effect, "PUT", "/Invoices")
    writes = invoices(3)
    office.plan(*writes)
    assert office.push().confirmed_count == 3
    assert len(office.invoices()) == 3
    assert office.calls() == {"GET Invoices": 1, "PUT Invoices": 2}
    states = office.attempts(writes[0].write_id)
    assert [state for state, _ in states] == ["intent", "unknown", "confirmed"]
    assert states[0][1] == states[2][1]
    assert str(states[0][1]).startswith(TENANT)


@pytest.mark.parametrize("effect", ["drop_before", "drop_after"])
def test_two_lost_answers_leave_it_open_until_it_cannot_arrive_any_more(office: Office, effect: str) -> None:
    office.arm(effect, "PUT", "/Invoices", times=2)
    (planned,) = invoices(1)
    office.plan(planned)
    first = office.push()
    if effect == "drop_after":  # the look-up finds it
        assert first.confirmed_count == 1
        assert len(office.invoices()) == 1
        return
    assert [row.state for row in first.refused] == ["unknown"]
    office.clock.advance(timedelta(minutes=2))
    soon = office.push("run-2")
    assert [(row.reason, row.write_id) for row in soon.not_sent] == [("unsettled", planned.write_id)]
    assert not soon.is_clean
    assert office.invoices() == {}
    office.clock.advance(timedelta(minutes=5))
    assert office.push("run-3").confirmed_count == 1
    assert len(office.invoices()) == 1
    keys = {attempt_key for _, attempt_key in office.attempts(planned.write_id) if attempt_key}
    assert len(keys) == 2


@pytest.mark.parametrize("commit", [True, False])
def test_after_a_server_error_the_books_are_asked_before_anything_is_sent_again(office: Office, commit: bool) -> None:
    office.arm("server_error", "PUT", "/Invoices", argument={"commit": commit})
    (planned,) = invoices(1)
    office.plan(planned)
    report = office.push()
    assert office.calls() == {"GET Invoices": 2, "PUT Invoices": 1}
    if commit:
        assert (report.confirmed_count, office.states(planned.write_id)) == (1, ["intent", "unknown", "confirmed"])
    else:
        assert office.states(planned.write_id) == ["intent", "unknown", "rejected"]
        assert [(row.error_class, row.error_code) for row in report.refused] == [("transient", "NOT_APPLIED")]
        assert office.push("run-2").confirmed_count == 1
        keys = {attempt_key for _, attempt_key in office.attempts(planned.write_id) if attempt_key}
        assert len(keys) == 2
    assert len(office.invoices()) == 1


def test_what_was_sent_before_a_sync_moved_the_cursor_is_still_looked_for_from_when_it_was_sent(office: Office) -> None:
    office.arm("drop_after", "PUT", "/Invoices", times=2)
    office.arm("unavailable", "GET", "/Invoices", after=1, times=None, argument={"text": 2})
    (planned,) = invoices(1)
    office.plan(planned)
    first = office.push()
    assert "cannot be asked" in str(first.stopped_because)
    office.running.faults.clear()
    office.clock.advance(timedelta(hours=8))
    office.know_until(office.clock.now(), TENANT)
    office.plan(planned)
    second = office.push("run-2")
    assert second.recovered == (KindCount("invoice.create", "confirmed", 1),)
    assert len(office.invoices()) == 1


def test_one_bad_element_in_the_middle_stops_none_of_its_neighbours(office: Office) -> None:
    writes = invoices(3)
    writes[1] = invoice_create(key(2), "c0000000-0000-4000-8000-00000000dead", tenant=TENANT)
    office.plan(*writes)
    report = office.push()
    assert report.counts == (KindCount("invoice.create", "confirmed", 2), KindCount("invoice.create", "rejected", 1))
    (refusal,) = report.refused
    assert (refusal.write_id, refusal.error_class) == (writes[1].write_id, "conflict")
    assert office.push("run-2").not_sent[0].reason == "parked"
    assert office.calls()["PUT Invoices"] == 1


def test_a_warning_counts_as_confirmed_and_is_told_to_a_person_until_it_is_dismissed(office: Office) -> None:
    from xero_sf_pipeline.pushing import dead_letters

    lines = [{"Description": "x", "Quantity": 1, "UnitAmount": 5, "AccountCode": "476"}]
    planned = invoice_create(key(1), ACME, payload={"LineItems": lines}, tenant=TENANT)
    office.plan(planned)
    report = office.push()
    assert report.confirmed_count == 1
    (warning,) = report.warnings
    assert "'476' has been removed" in str(warning.message)
    with office.warehouse.transaction() as connection:
        (letter,) = dead_letters.list_errors(connection)
        assert (letter.state, letter.error_class, letter.is_parked) == ("confirmed", "mapping", False)
        assert "errors dismiss" in letter.remedy
        dead_letters.dismiss(
            connection, planned.write_id, actor="ann", reason="corrected", clock=office.clock, run_id="by-hand"
        )
        assert dead_letters.list_errors(connection) == []
    assert office.push("run-2").counts == (KindCount("invoice.create", "not_sent:already_confirmed", 1),)


def test_a_body_that_xero_cannot_read_costs_its_element_only(office: Office) -> None:
    unreadable = {"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": "JSON for post data was invalid"}
    office.arm("status", "PUT", "/Invoices", argument={"status": 400, "body": str(unreadable).replace("'", '"')})
    office.plan(*invoices(4))
    assert office.push().confirmed_count == 4
    assert office.calls()["PUT Invoices"] == 3


def test_an_envelope_of_400_may_have_saved_the_good_ones_so_they_are_looked_up(office: Office) -> None:
    (first, second) = invoices(2)
    made = office.xero.client(TENANT)
    office.plan(first, second)
    made.create(
        "Invoice", [{"Reference": key(1), "Type": "ACCREC", "Contact": {"ContactID": ACME}}], idempotency_key="a"
    )
    office.know_until(office.clock.now() + timedelta(hours=2), TENANT)  # the first look-up does not see it
    envelope = (
        '{"ErrorNumber":10,"Type":"ValidationException","Message":"A validation exception occurred","Elements":[]}'
    )
    office.arm("status", "PUT", "/Invoices", argument={"status": 400, "body": envelope})
    report = office.push()
    assert report.confirmed_count == 2
    assert office.states(first.write_id) == ["intent", "unknown", "confirmed"]
    assert len(office.invoices()) == 2


def test_a_short_limit_is_waited_out(office: Office) -> None:
    office.arm("rate_limit", "PUT", argument={"problem": "minute", "retry_after": 7})
    office.plan(*invoices(2))
    assert office.push().confirmed_count == 2
    assert 7 in office.slept


def test_a_token_that_ends_between_two_calls_is_renewed_unnoticed(office: Office) -> None:
    office.arm("expired_token", "PUT")
    office.plan(*invoices(2))
    assert office.push().confirmed_count == 2
    assert len(office.invoices()) == 2


@pytest.mark.parametrize(
    ("effect", "argument"),
    [
        ("rate_limit", {"problem": "day", "retry_after": 66975}),
        ("unavailable", {"text": 2}),
        ("expired_token", {}),
        (
            "status",
            {"status": 401, "body": "{}", "headers": {"WWW-Authenticate": "insufficent_scope"}},
        ),
    ],
)
def test_what_stops_xero_stops_neither_salesforce_nor_parks_anything(
    office: Office, effect: str, argument: dict[str, Any]
) -> None:
    office.arm(effect, "PUT", "/Invoices", times=None, argument=argument)
    office.plan(account_create("c-1"), *invoices(60), account_create("c-2"))
    report = office.push()
    assert KindCount("account.create", "confirmed", 2) in report.counts
    assert KindCount("invoice.create", "not_sent:stopped", 60) in report.counts
    assert report.stopped_because
    office.running.faults.clear()
    office.clock.advance(timedelta(minutes=2))
    again = office.push("run-2")
    if effect == "rate_limit":  # the day's limit is remembered, and costs no call
        assert (again.confirmed_count, again.write_calls) == (0, 0)
        assert again.not_sent[0].reason == "stopped"
    else:
        assert again.confirmed_count == len(office.invoices()) == 60


def test_one_tenant_that_is_disconnected_does_not_stop_the_other(office: Office) -> None:
    office.running.sandbox.xero.disconnect(TENANT)
    here, there = invoices(2), invoices(3, tenant=OTHER_TENANT)
    office.plan(*here, *there)
    report = office.push()
    assert report.counts == (
        KindCount("invoice.create", "confirmed", 3),
        KindCount("invoice.create", "not_sent:stopped", 2),
    )
    assert len(office.invoices(OTHER_TENANT)) == 3
    assert "connect it again" in str(report.remedy)


def test_a_tenant_that_cannot_be_asked_about_open_writes_gets_no_new_ones_and_the_other_does(office: Office) -> None:
    office.arm("drop_before", "PUT", "/Invoices", times=2)
    (lost,) = invoices(1)
    office.plan(lost)
    office.push()
    office.running.sandbox.xero.disconnect(TENANT)
    office.clock.advance(timedelta(minutes=10))
    office.plan(lost, invoice_create(key(9), ACME, tenant=TENANT), *invoices(2, tenant=OTHER_TENANT))
    report = office.push("run-2")
    assert report.confirmed_count == 2
    assert {row.reason for row in report.not_sent} <= {"stopped", "unsettled"}
    assert office.invoices() == {}


def test_a_person_who_stops_pushing_stops_it_for_both_systems_before_the_next_call(office: Office) -> None:
    stop_file = office.warehouse.path.with_name("push.stop")
    office.plan(*invoices(101), *invoices(2, tenant=OTHER_TENANT))
    report = office.push(progress=lambda step: stop_file.touch())
    assert report.counts == (
        KindCount("invoice.create", "confirmed", 50),
        KindCount("invoice.create", "not_sent:stopped", 53),
    )
    assert "A person stopped pushing" in str(report.stopped_because)
    assert office.calls() == {"GET Invoices": 1, "PUT Invoices": 1}
    stop_file.unlink()
    assert office.push("run-2").confirmed_count == 53


def test_a_process_that_is_killed_while_xero_is_at_work_leaves_one_record_and_the_next_pushes_find_it(
    served: RunningSandbox, tmp_path: Path
) -> None:
    on_disk = Warehouse(tmp_path / "warehouse.duckdb")
    with open_office(served, on_disk, tmp_path) as office:
        writes = invoices(3)
        office.plan(*writes)
        office.arm("slow", "PUT", "/Invoices", argument={"seconds": 1.0})
        command = [sys.executable, "-m", "xero_sf_pipeline_tests.pushing.push_from_outside", served.url, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            deadline = time.monotonic() + 120
            while served.faults.as_list():
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline, "the request never came"
                time.sleep(0.02)
            process.kill()
            assert process.wait() == -signal.SIGKILL
        assert {office.states(write.write_id)[-1] for write in writes} == {"intent"}
        at_once = office.push("run-2")  # Xero may still be at work, or has just finished
        assert {row.reason for row in at_once.not_sent} <= {"unsettled"}
        office.clock.advance(timedelta(minutes=7))
        office.push("run-3")
        assert {office.states(write.write_id)[-1] for write in writes} == {"confirmed"}
        assert len(office.invoices()) == 3


# Changes of records that are there


def a_draft(office: Office) -> dict[str, Any]:
    office.plan(*invoices(1))
    assert office.push().confirmed_count == 1
    office.running.log.clear()
    return office.invoices()[key(1)]


def test_a_draft_is_changed_after_one_fresh_read_that_finds_what_was_planned_from(office: Office) -> None:
    draft = a_draft(office)
    office.plan(
        invoice_update(key(1), draft["InvoiceID"], {"DueDate": "2026-05-01"}, {"DueDate": "2026-04-15"}, tenant=TENANT)
    )
    assert office.push("run-2").is_clean
    assert office.calls() == {"GET Invoices": 1, "POST Invoices": 1}
    changed = office.invoices()[key(1)]
    assert (changed["DueDateString"], len(changed["LineItems"])) == ("2026-05-01T00:00:00", 1)


def test_a_change_of_what_a_person_moved_meanwhile_is_refused_as_drifted(office: Office) -> None:
    draft = a_draft(office)
    office.plan(
        invoice_update(
            key(1),
            draft["InvoiceID"],
            {"LineItems": [{"Description": "Licence", "Quantity": 2, "UnitAmount": 4, "AccountCode": "200"}]},
            {"LineItems": [{"Description": "Licence", "Quantity": 1, "UnitAmount": Decimal("9.99")}]},
            tenant=TENANT,
        )
    )
    (refusal,) = office.push("run-2").refused
    assert (refusal.state, refusal.error_class) == ("drifted", "conflict")
    assert "LineItems" in str(refusal.message)
    assert "POST Invoices" not in office.calls()


@pytest.mark.parametrize(("effect", "posts"), [("drop_before", 2), ("drop_after", 2), ("server_error", 2)])
def test_a_change_whose_answer_is_lost_is_made_once_more_and_ends_as_planned(
    office: Office, effect: str, posts: int
) -> None:
    draft = a_draft(office)
    office.arm(effect, "POST", "/Invoices")
    update = {"Reference": f"{key(1)} PO-9"}
    office.plan(invoice_update(key(1), draft["InvoiceID"], update, {"Reference": key(1)}, tenant=TENANT))
    assert office.push("run-2").confirmed_count == 1
    assert office.calls()["POST Invoices"] == posts
    assert list(office.invoices()) == [f"{key(1)} PO-9"]


def test_changes_are_read_forty_at_a_time_and_sent_fifty_at_a_time(office: Office) -> None:
    office.plan(*invoices(81))
    office.push()
    drafts = office.invoices()
    office.running.log.clear()
    office.plan(
        *(
            invoice_update(
                reference, draft["InvoiceID"], {"DueDate": "2026-05-01"}, {"DueDate": "2026-04-15"}, tenant=TENANT
            )
            for reference, draft in drafts.items()
        )
    )
    assert office.push("run-2").confirmed_count == 81
    assert office.calls() == {"GET Invoices": 3, "POST Invoices": 2}


def test_items_and_contacts_are_made_and_changed_by_their_own_keys(office: Office) -> None:
    item = xero_write(
        "item.create", "Item", "SEAT", {"Name": "Seat", "SalesDetails": {"UnitPrice": Decimal("9.1234")}}, tenant=TENANT
    )
    contact = xero_write(
        "xero_contact.update", "Contact", BETA, {"EmailAddress": "new@beta.example"}, before={"EmailAddress": ""},
        target_key_field="ContactID", target_id=BETA, action="update", tenant=TENANT,
    )  # fmt: skip
    widget = xero_write(
        "item.update", "Item", "WIDGET", {"Name": "Big widget"}, before={"Name": "Widget"},
        target_id="17e00000-0000-4000-8000-000000000001", action="update", tenant=TENANT,
    )  # fmt: skip
    office.plan(item, contact, widget)
    report = office.push()
    assert report.is_clean, report
    items = {row["Code"]: row for row in office.books.select(TENANT, "Items")}
    assert Decimal(str(items["SEAT"]["SalesDetails"]["UnitPrice"])) == Decimal("9.1234")
    assert items["WIDGET"]["Name"] == "Big widget"
    assert office.books.get(TENANT, "Contacts", BETA)["EmailAddress"] == "new@beta.example"
    assert office.calls() == {
        "GET Items": 2,
        "PUT Items": 1,
        "POST Items": 1,
        "GET Contacts": 1,
        "POST Contacts": 1,
    }


def test_the_report_is_plain_data(office: Office) -> None:
    office.plan(*invoices(1))
    told = asdict(office.push())
    assert told["calls_by_system"] == ({"system": "xero", "write_calls": 1, "read_calls": 1},)
    assert CURSOR < NOW
