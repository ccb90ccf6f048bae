from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.planning.approvals import Decision, read_decisions, record_decision
from xero_sf_pipeline.policy import parse_policy
from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books, money
from xero_sf_pipeline_tests.planning.desk import Desk

ACCOUNT = "001000000000001AAA"
KEY = f"{TENANT}:i-INV-1"


def desk_with_overdue_invoice(policy: dict[str, Any] | None = None, count: int = 1) -> Desk:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    for number in range(1, count + 1):
        books.add_invoice(f"INV-{number}", contact, "100.00", date(2026, 3, 1))
    return Desk(books, parse_policy(policy))


def approvals(desk: Desk, **options: Any) -> list[tuple[str, str]]:
    desk.plan(**options)
    return [(row["target_key"].removeprefix(f"{TENANT}:"), row["approval"]) for row in desk.writes()]


def test_a_confirmed_write_is_not_planned_again_before_it_is_read_back() -> None:
    desk = desk_with_overdue_invoice()
    desk.plan()
    desk.push()
    desk.books.run("update core.invoices set amount_due = 40")
    desk.plan()
    desk.push(read_back=False)
    assert desk.plan().write_count == 0
    assert desk.exclusions() == [(KEY, "awaiting_read_back")]
    desk.pass_days(2)
    assert desk.plan().write_count == 1


def test_a_confirmed_change_that_a_person_undid_is_planned_again_at_once() -> None:
    desk = desk_with_overdue_invoice()
    desk.plan()
    desk.push()
    desk.books.run("update core.invoices set amount_due = 40")
    desk.plan()
    desk.push()
    desk.now += timedelta(minutes=5)
    desk.books.run("update core.cases set amount_due = 100, updated_at = $now", {"now": desk.now})
    assert approvals(desk) == [("i-INV-1", "auto")]


@pytest.mark.parametrize("error_class", ["validation", "mapping", "conflict", "duplicate", "auth"])
def test_a_write_that_was_refused_for_good_is_parked_until_the_record_changes(error_class: str) -> None:
    desk = desk_with_overdue_invoice()
    desk.plan()
    (write,) = desk.writes()
    desk.attempt(write, "rejected", error_class=error_class, error_code="SOME_CODE", message="Say why", http_status=200)
    assert desk.plan().write_count == 0
    assert desk.books.rows(
        "select subject_key, kind, reason, explanation, amount, currency_code from plan.exclusions"
    ) == [
        {
            "subject_key": KEY,
            "kind": "case.open",
            "reason": "parked",
            "explanation": "Parked: Salesforce refused it (SOME_CODE: Say why). It is sent again when the record or the "
            f"policy changes, or after `xero-sf errors retry`. It was: {write['explanation']}",
            "amount": money("100"),
            "currency_code": "GBP",
        }
    ]
    desk.pass_days(3)
    assert desk.plan().write_count == 0, "a new day alone is no new data"
    desk.books.run("update core.invoices set amount_due = 90")
    assert desk.plan().write_count == 1


@pytest.mark.parametrize(("error_class", "http_status"), [("auth", 401), ("limit", 403), ("limit", 429)])
def test_a_call_that_was_refused_as_a_whole_parks_none_of_its_writes(error_class: str, http_status: int) -> None:
    desk = desk_with_overdue_invoice()
    desk.plan()
    for _ in range(9):
        desk.attempt(desk.writes()[0], "rejected", error_class=error_class, http_status=http_status)
    assert desk.plan().write_count == 1


def test_a_parked_write_comes_back_when_the_policy_changes_its_words() -> None:
    desk = desk_with_overdue_invoice()
    desk.plan()
    desk.attempt(desk.writes()[0], "rejected", error_class="validation")
    desk.policy = parse_policy({"cases": {"texts": {"description": "{invoice_number} {days_overdue}"}}})
    assert desk.plan().write_count == 1


def test_a_person_can_ask_for_a_parked_write_again() -> None:
    desk = desk_with_overdue_invoice()
    desk.plan()
    (write,) = desk.writes()
    desk.attempt(write, "rejected", error_class="validation")
    desk.attempt(write, "retry_requested", actor="Kim")
    desk.plan()
    assert [row["write_id"] for row in desk.writes()] == [write["write_id"]]


def test_passing_failures_are_tried_up_to_the_cap_and_a_limit_never_counts() -> None:
    desk = desk_with_overdue_invoice({"pushing": {"max_attempts": 2}})
    desk.plan()
    (write,) = desk.writes()
    for error_class, still_planned in (("transient", 1), ("limit", 1), ("limit", 1), ("transient", 0)):
        desk.attempt(write, "rejected", error_class=error_class)
        assert desk.plan().write_count == still_planned
    assert desk.exclusions() == [(KEY, "parked")]
    desk.attempt(write, "retry_requested")
    desk.attempt(write, "rejected", error_class="transient")
    assert desk.plan().write_count == 1, "a person's retry starts the count anew"


@pytest.mark.parametrize("state", ["intent", "sent", "unknown"])
def test_a_write_whose_outcome_is_open_stays_in_the_plan_for_the_push_to_settle(state: str) -> None:
    desk = desk_with_overdue_invoice()
    desk.plan()
    desk.attempt(desk.writes()[0], state)
    assert desk.plan().write_count == 1


def test_a_dismissed_write_stays_away_until_its_record_changes() -> None:
    desk = desk_with_overdue_invoice()
    desk.plan()
    desk.attempt(desk.writes()[0], "dismissed", actor="Kim")
    assert desk.plan().write_count == 0
    assert desk.exclusions() == [(KEY, "dismissed")]


def test_a_drifted_write_waits_until_the_mirror_shows_what_drifted() -> None:
    desk = desk_with_overdue_invoice()
    desk.plan()
    desk.push()
    desk.books.run("update core.invoices set amount_due = 40")
    desk.plan()
    desk.attempt(desk.writes()[0], "drifted")
    assert desk.plan().write_count == 0
    desk.books.run("update core.cases set amount_due = 70")
    assert desk.plan().write_count == 1


def test_a_case_is_not_opened_on_an_account_whose_creation_is_parked() -> None:
    books = Books()
    contact = books.add_contact("Acme")
    books.link(contact, "create")
    invoice = books.add_invoice("INV-1", contact, "100.00", date(2026, 3, 1))
    desk = Desk(books)
    desk.plan()
    create = next(row for row in desk.writes() if row["kind"] == "account.create")
    desk.attempt(create, "rejected", error_class="duplicate")
    assert desk.plan().write_count == 0
    assert desk.exclusions() == [(contact, "parked"), (invoice, "unmatched")]


def test_automation_decides_per_kind_whether_a_person_is_asked(tmp_path: Path) -> None:
    desk = desk_with_overdue_invoice({"automation": {"case.open": "needs_approval"}})
    path = tmp_path / "decisions" / "approvals.jsonl"
    assert approvals(desk, approvals_path=path) == [("i-INV-1", "needs_approval")]
    write_id = desk.writes()[0]["write_id"]
    for decision, expected in (
        (Decision.APPROVED, "approved"),
        (Decision.REJECTED, "rejected"),
        (Decision.WITHDRAWN, "needs_approval"),
    ):
        record_decision(path, [write_id], decision, decided_by="Kim", decided_at=NOW)
        assert approvals(desk, approvals_path=path) == [("i-INV-1", expected)]


def test_an_approval_holds_overnight_but_not_for_another_amount(tmp_path: Path) -> None:
    desk = desk_with_overdue_invoice({"automation": {"case.open": "needs_approval"}})
    path = tmp_path / "approvals.jsonl"
    desk.plan()
    record_decision(path, [desk.writes()[0]["write_id"]], Decision.APPROVED, decided_by="Kim", decided_at=NOW)
    desk.pass_days(1)
    assert approvals(desk, approvals_path=path) == [("i-INV-1", "approved")]
    desk.books.run("update core.invoices set amount_due = 99")
    assert approvals(desk, approvals_path=path) == [("i-INV-1", "needs_approval")]


def test_a_rejection_outlives_the_creation_of_the_account_that_the_write_belongs_to(tmp_path: Path) -> None:
    books = Books()
    contact = books.add_contact("Acme")
    books.link(contact, "create")
    invoice = books.add_invoice("INV-1", contact, "100.00", date(2026, 3, 1))
    desk = Desk(books, parse_policy({"cases": {"owner": {"rule": "account_owner"}}}))
    path = tmp_path / "approvals.jsonl"
    desk.plan(approvals_path=path)
    rejected = {row["target_key"]: row["write_id"] for row in desk.writes() if row["kind"] != "account.create"}
    record_decision(path, list(rejected.values()), Decision.REJECTED, decided_by="Kim", decided_at=NOW)
    (create,) = [row for row in desk.writes() if row["kind"] == "account.create"]
    desk.attempt(create, "confirmed", remote_id=desk._apply(create))
    books.put("core.users", sf_user_id="005A", user_name="Kim", is_active=True)
    books.run("update core.accounts set owner_sf_user_id = '005A'")

    desk.plan(approvals_path=path)

    left = {row["target_key"]: (row["write_id"], row["approval"]) for row in desk.writes()}
    assert left == {key: (write_id, "rejected") for key, write_id in rejected.items()}
    (case,) = [row for row in desk.writes() if row["target_key"] == invoice]
    assert case["payload"]["AccountId"].startswith("001")
    assert "Account" not in case["payload"]


def test_a_kind_that_is_off_is_a_stated_exclusion() -> None:
    desk = desk_with_overdue_invoice({"automation": {"case.open": "off"}})
    assert desk.plan().write_count == 0
    assert desk.exclusions() == [(KEY, "switched_off")]


@pytest.mark.parametrize(
    ("guards", "reason"),
    [
        ({"max_writes": {"case.open": 2}}, "3 writes of case.open, guards.max_writes allows 2"),
        ({"max_amount": {"GBP": 250}}, "the writes are about 300.00 GBP, guards.max_amount allows 250.00"),
        (
            {"share": {"above_count": 2, "max_share": {"case.open": 0.5}}},
            "case.open touches 3 of 3 records, guards.share.max_share allows 50%",
        ),
    ],
)
def test_a_tripped_guard_holds_the_whole_plan_until_its_writes_are_decided(
    guards: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    desk = desk_with_overdue_invoice({"guards": guards}, count=3)
    path = tmp_path / "approvals.jsonl"
    report = desk.plan(approvals_path=path)
    assert (report.is_held, report.held_reason, dict(report.writes_by_approval)) == (
        True,
        reason,
        {"needs_approval": 3},
    )
    assert desk.books.rows("select write_count, is_held, held_reason from plan.runs") == [
        {"write_count": 3, "is_held": True, "held_reason": reason}
    ]
    record_decision(path, [desk.writes()[0]["write_id"]], Decision.APPROVED, decided_by="Kim", decided_at=NOW)
    report = desk.plan(approvals_path=path)
    assert (report.is_held, dict(report.writes_by_approval)) == (False, {"approved": 1, "auto": 2})


def test_a_plan_much_larger_than_recent_ones_is_held_and_a_held_one_sets_no_example() -> None:
    guards = {"growth": {"above_count": 2, "times_recent_maximum": 2}}
    desk = desk_with_overdue_invoice({"guards": guards})
    assert desk.plan().is_held is False
    contact = f"{TENANT}:c-Acme"
    for number in range(2, 5):
        desk.books.add_invoice(f"INV-{number}", contact, "100.00", date(2026, 3, 1))
    for _ in range(2):
        desk.pass_days(1)
        assert desk.plan().held_reason == "4 writes, guards.growth allows 2 times the recent maximum of 1"


def test_the_approvals_file_is_never_half_read(tmp_path: Path) -> None:
    path = tmp_path / "approvals.jsonl"
    record_decision(path, ["a"], Decision.REJECTED, decided_by="Kim", decided_at=NOW)
    path.write_text(path.read_text() + "not json\n" + '{"write_id": "b"}\n')
    with pytest.raises(ConfigError) as caught:
        read_decisions(path)
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["line 2", "line 3"]
