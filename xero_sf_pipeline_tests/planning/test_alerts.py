"""One task per account and cause, with its evidence; gone when the cause is gone, and never flapping."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.policy import Policy, parse_policy
from xero_sf_pipeline_tests.planning.core_tables import NOW, OWNER, Books, money
from xero_sf_pipeline_tests.planning.desk import Desk

ACCOUNT = "001000000000001AAA"
FALLBACK = "005000000000009AAA"
TODAY = NOW.date()
CAUSES = (
    "overdue_beyond_limit", "credit_note_issued", "payment_habit_broken", "exposure_growing", "renewal_closing_soon"
)  # fmt: skip


def alert_policy(*causes: str, **changes: Any) -> Policy:
    """Alerts of the named causes only, and no cases."""
    kinds = ("case.open", "case.update", "case.escalate", "case.close", "case.reopen")
    switches: dict[str, Any] = {cause: {"enabled": cause in causes} for cause in CAUSES}
    for cause in causes:
        switches[cause] |= changes.pop(cause, {})
    return parse_policy({"alerts": {"enabled": True, **switches, **changes}, "automation": dict.fromkeys(kinds, "off")})


def evidence(books: Books, policy: Policy) -> list[tuple[str, str, str]]:
    Desk(books, policy).plan()
    rows = books.rows("select sf_account_id, state, evidence from receivables.alert_causes order by all")
    return [(row["sf_account_id"], row["state"], row["evidence"]) for row in rows]


def planned(desk: Desk) -> list[tuple[str, str]]:
    desk.plan()
    return [(write["kind"], write["target_key"]) for write in desk.writes()]


def exclusions(desk: Desk) -> list[tuple[str, str]]:
    return [(key, reason) for key, reason in desk.exclusions() if reason != "switched_off"]


def long_overdue_books(amount: str = "2000.00") -> Books:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("INV-1", contact, amount, TODAY - timedelta(61))
    return books


def owes(books: Books, amount: str) -> None:
    books.run("update core.invoices set amount_due = $amount", {"amount": amount})


def test_long_overdue_money_makes_one_task_with_the_evidence() -> None:
    books = long_overdue_books()
    desk = Desk(books, alert_policy("overdue_beyond_limit"))
    desk.plan()
    (write,) = desk.writes()
    key = f"{ACCOUNT}:overdue_beyond_limit:2026-03-16"
    assert (write["kind"], write["action"], write["target_key_field"], write["target_key"], write["amount"]) == (
        "task.create",
        "upsert",
        "Xero_Alert_Key__c",
        key,
        None,
    )
    assert write["payload"] == {
        "Subject": "Long overdue: Acme (SF)",
        "Status": "Not Started",
        "Priority": "High",
        "WhatId": ACCOUNT,
        "OwnerId": OWNER,
        "Description": "1 invoice overdue for more than 60 days, together 2000.00 GBP. The oldest, INV-1, was due on "
        "2026-01-14, 61 days ago.\n\nXero: https://go.xero.com/app/!a1/invoicing/view/i-INV-1",
        "ActivityDate": "2026-03-19",
    }
    write_id = write["write_id"]
    desk.pass_days(1)
    desk.plan()
    assert [w["write_id"] for w in desk.writes()] == [write_id]  # the days in the text are no part of its identity
    desk.push()
    assert planned(desk) == []


def test_the_task_is_closed_when_the_cause_is_gone() -> None:
    books = long_overdue_books()
    desk = Desk(books, alert_policy("overdue_beyond_limit"))
    desk.plan()
    desk.push()
    owes(books, "0")
    desk.plan()
    (write,) = desk.writes()
    task = books.value("select sf_task_id from core.tasks")
    assert (write["kind"], write["action"], write["target_id"], write["payload"], write["before"]) == (
        "task.close",
        "update",
        task,
        {"Status": "Completed"},
        {"Status": "Not Started", "IsClosed": False},
    )
    desk.push()
    assert planned(desk) == []


def test_a_cause_just_below_its_limit_keeps_its_task_and_makes_none() -> None:
    books = long_overdue_books("999.00")
    desk = Desk(books, alert_policy("overdue_beyond_limit"))
    assert planned(desk) == []
    assert books.value("select state from receivables.alert_causes") == "held"
    owes(books, "1000")
    desk.plan()
    desk.push()
    for amount in ("850", "1000", "800"):
        owes(books, amount)
        assert (amount, planned(desk)) == (amount, [])
    owes(books, "799.99")
    assert [kind for kind, _ in planned(desk)] == ["task.close"]


def test_a_task_that_a_person_closed_comes_back_only_after_the_cause_was_gone() -> None:
    books = long_overdue_books()
    desk = Desk(books, alert_policy("overdue_beyond_limit"))
    desk.plan()
    desk.push()
    key = books.value("select alert_key from core.tasks")
    books.run("update core.tasks set is_closed = true, task_status = 'Completed'")
    desk.pass_days(1)
    assert planned(desk) == []
    assert exclusions(desk) == [(key, "closed_by_person")]

    owes(books, "0")
    desk.pass_days(1)
    assert (planned(desk), exclusions(desk)) == ([], [])
    owes(books, "2000")
    desk.pass_days(1)
    assert planned(desk) == [("task.create", f"{ACCOUNT}:overdue_beyond_limit:2026-03-19")]


def test_a_deleted_task_stays_away_too() -> None:
    books = long_overdue_books()
    desk = Desk(books, alert_policy("overdue_beyond_limit"))
    desk.plan()
    desk.push()
    books.run("update core.tasks set is_deleted = true")
    assert planned(desk) == []
    assert [reason for _, reason in exclusions(desk)] == ["task_deleted"]


def test_a_cause_that_comes_back_while_its_task_is_open_goes_on_with_it() -> None:
    books = long_overdue_books()
    desk = Desk(books, alert_policy("overdue_beyond_limit"))
    desk.plan()
    desk.push()
    owes(books, "0")
    assert [kind for kind, _ in planned(desk)] == ["task.close"]  # planned, not pushed
    owes(books, "2000")
    desk.pass_days(1)
    assert planned(desk) == []
    assert books.value("select count(*) from receivables.alerts") == 1


def test_a_cause_that_went_and_came_within_a_day_waits_for_the_next() -> None:
    books = long_overdue_books()
    desk = Desk(books, alert_policy("overdue_beyond_limit"))
    desk.plan()
    desk.push()
    owes(books, "0")
    desk.plan()
    desk.push()
    owes(books, "2000")
    assert planned(desk) == []
    desk.pass_days(1)
    assert planned(desk) == [("task.create", f"{ACCOUNT}:overdue_beyond_limit:2026-03-17")]


def test_after_the_loss_of_a_warehouse_an_open_task_is_taken_over() -> None:
    books = long_overdue_books()
    key = f"{ACCOUNT}:overdue_beyond_limit:2026-02-01"
    books.put("core.tasks", sf_task_id="00T1", alert_key=key, is_closed=False, is_deleted=False, updated_at=NOW)
    desk = Desk(books, alert_policy("overdue_beyond_limit"))
    assert planned(desk) == []
    assert books.rows("select alert_key, opened_on from receivables.alerts") == [
        {"alert_key": key, "opened_on": date(2026, 2, 1)}
    ]


@pytest.mark.parametrize(("fallback", "owner"), [(None, None), (FALLBACK, FALLBACK)])
def test_an_inactive_owner_is_replaced_by_the_policys_user_or_listed(fallback: str | None, owner: str | None) -> None:
    books = long_overdue_books()
    books.run("update core.users set is_active = false")
    desk = Desk(books, alert_policy("overdue_beyond_limit", owner_id=fallback))
    desk.plan()
    assert [write["payload"]["OwnerId"] for write in desk.writes()] == ([owner] if owner else [])
    assert [reason for _, reason in exclusions(desk)] == ([] if owner else ["owner_inactive"])


def test_credit_notes_of_the_last_days_are_told_and_forgotten_later() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_credit("1", contact, "300", "300", issued_on=date(2026, 3, 10), credit_note_number="CN-1")
    books.add_credit("2", contact, "250", "0", issued_on=date(2026, 3, 12), credit_note_number="CN-2")
    books.add_credit("3", contact, "900", "0", issued_on=date(2026, 3, 12), credit_status="VOIDED")
    policy = alert_policy("credit_note_issued")
    assert evidence(books, policy) == [
        (
            ACCOUNT,
            "raised",
            "2 credit notes in the last 30 days, together 550.00 GBP: CN-2 of 2026-03-12 over 250.00, "
            "CN-1 of 2026-03-10 over 300.00.",
        )
    ]
    desk = Desk(books, policy)
    desk.push()
    desk.pass_days(20)
    assert planned(desk) == []
    assert books.value("select state from receivables.alert_causes") == "held"
    desk.pass_days(7)
    assert [kind for kind, _ in planned(desk)] == ["task.close"]


def habit_books(days_late: tuple[int, ...], overdue_days: int) -> Books:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    for number, late in enumerate(days_late):
        due = date(2025, 10, 1) + timedelta(number)
        key = books.add_invoice(f"OLD-{number}", contact, "100", due, due="0", invoice_status="PAID",
                                amount_paid=money("100"), fully_paid_on=due + timedelta(late))  # fmt: skip
        books.add_payment(str(number), key, "100", due + timedelta(late))
    books.add_invoice("INV-1", contact, "400", TODAY - timedelta(overdue_days))
    return books


def test_a_habit_is_the_customers_own_median_and_one_odd_payment_does_not_move_it() -> None:
    policy = alert_policy("payment_habit_broken")
    usual = (3, 5, 5, 6, 7, 200)
    # Median 5.5, deviations 2.5 0.5 0.5 0.5 1.5 194.5, so the spread is the least, 4 days: the limit is 17.5 days.
    assert evidence(habit_books(usual, 17), policy) == [
        (
            ACCOUNT,
            "held",
            "Usually pays 6 days after the due date (the middle of 6 paid invoices, spread 4.0 days). "
            "Invoice INV-1 over 400.00 GBP is unpaid 17 days after it.",
        )
    ]
    assert [state for _, state, _ in evidence(habit_books(usual, 18), policy)] == ["raised"]
    assert evidence(habit_books(usual, 15), policy) == []


def test_a_habit_needs_enough_paid_invoices() -> None:
    assert evidence(habit_books((5, 5, 5, 5, 5), 300), alert_policy("payment_habit_broken")) == []


def exposure_books(now_amount: str, usual: str = "1000") -> Books:
    """Owes `usual` since long ago, each month's invoice paid by the next, and `now_amount` of late."""
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("BASE", contact, usual, TODAY + timedelta(30), issued_on=TODAY - timedelta(200))
    books.add_invoice("NEW", contact, now_amount, TODAY + timedelta(30), issued_on=TODAY - timedelta(3))
    return books


def test_exposure_far_above_the_accounts_own_level_is_told() -> None:
    policy = alert_policy("exposure_growing")
    assert evidence(exposure_books("5000"), policy) == [
        (
            ACCOUNT,
            "raised",
            "Owes 6000.00 GBP; at 6 earlier points, 30 days apart, it was usually 1000.00 (the middle; spread 0.00).",
        )
    ]
    assert [state for _, state, _ in evidence(exposure_books("4500"), policy)] == ["held"]
    assert evidence(exposure_books("3999"), policy) == []
    assert evidence(exposure_books("5000", usual="20000"), policy) == []  # less than 1.5 times its level


def test_exposure_of_a_new_account_is_no_growth() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("NEW", contact, "90000", TODAY + timedelta(30), issued_on=TODAY - timedelta(70))
    assert evidence(books, alert_policy("exposure_growing")) == []


def test_a_renewal_that_closes_soon_while_something_is_overdue_is_told() -> None:
    books = long_overdue_books()
    for number, (close_on, kind, is_closed) in enumerate(
        [
            (TODAY + timedelta(20), "Renewal", False),
            (TODAY + timedelta(10), "Renewal", True),
            (TODAY + timedelta(5), "New Customer", False),
            (TODAY + timedelta(31), "Renewal", False),
        ]
    ):
        books.put("core.opportunities", sf_opportunity_id=f"006{number}", sf_account_id=ACCOUNT,
                  opportunity_name=f"Deal {number}", is_closed=is_closed, is_won=False, close_on=close_on,
                  opportunity_type=kind, updated_at=NOW)  # fmt: skip
    assert evidence(books, alert_policy("renewal_closing_soon")) == [
        (
            ACCOUNT,
            "raised",
            "Opportunity Deal 0 is to close on 2026-04-05, and 1 invoice over 2000.00 GBP is overdue, the oldest since "
            "2026-01-14.",
        )
    ]
    owes(books, "0")
    assert evidence(books, alert_policy("renewal_closing_soon")) == []


def test_limits_are_per_currency_and_amounts_of_two_are_never_added() -> None:
    books = long_overdue_books("900.00")
    contact = books.value("select contact_key from core.contacts")
    books.add_invoice("INV-2", contact, "900.00", TODAY - timedelta(70), currency_code="EUR")
    policy = alert_policy("overdue_beyond_limit", overdue_beyond_limit={"minimum_amount": {"GBP": 1000, "EUR": 500}})
    ((account, state, _),) = evidence(books, policy)
    assert (account, state, books.value("select currency_code from receivables.alert_causes")) == (
        ACCOUNT,
        "raised",
        "EUR",
    )
    assert books.value("select amount from receivables.alert_causes") == Decimal("900.0000")


def test_alerts_that_are_switched_off_leave_tasks_alone() -> None:
    books = long_overdue_books()
    desk = Desk(books, alert_policy("overdue_beyond_limit"))
    desk.plan()
    desk.push()
    owes(books, "0")
    off = Desk(books, parse_policy({"alerts": {"enabled": False}, "automation": {"case.open": "off"}}))
    assert (planned(off), exclusions(off)) == ([], [])
    one_off = Desk(books, alert_policy())
    assert [kind for kind, _ in planned(one_off)] == ["task.close"]
