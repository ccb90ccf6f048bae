"""Edits in Xero and Salesforce while a case is open: merges, moved dates, changed modes, days around midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.policy import parse_policy
from xero_sf_pipeline.receivables import derive
from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books
from xero_sf_pipeline_tests.planning.desk import Desk

ACCOUNT = "001000000000001AAA"
KEY = f"{TENANT}:i-INV-1"


def desk_with_open_case(policy: dict[str, Any] | None = None) -> Desk:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("INV-1", contact, "100.00", date(2026, 3, 10))
    desk = Desk(books, parse_policy(policy))
    desk.plan()
    desk.push()
    desk.pass_days(1)
    return desk


def planned(desk: Desk) -> list[tuple[str, str, str]]:
    desk.plan()
    return [(row["kind"], row["reason"], row["target_key"]) for row in desk.writes()]


def test_switching_from_cases_per_account_to_cases_per_invoice_says_so_and_settles() -> None:
    desk = desk_with_open_case({"cases": {"per": "account"}})
    account_key = f"{TENANT}:account:{ACCOUNT}:GBP"
    desk.policy = parse_policy(None)
    assert planned(desk) == [
        ("case.open", "invoice_overdue", KEY),
        ("case.close", "cases_per_invoice", account_key),
    ]
    (closing,) = [row["payload"] for row in desk.writes() if row["kind"] == "case.close"]
    assert closing["Xero_Resolution__c"] == (
        "Cases are kept per invoice now (cases.per); each overdue invoice has its own."
    )
    desk.push()
    assert planned(desk) == []


def test_the_case_of_a_contact_merged_in_xero_follows_to_the_account_of_the_contact_that_stays() -> None:
    desk = desk_with_open_case()
    other = desk.books.add_linked_contact("Acme Group", "001000000000002AAA")
    desk.books.run(
        "update core.contacts set resolved_contact_key = $other, contact_status = 'ARCHIVED' where contact_name = 'Acme'",
        {"other": other},
    )
    ((kind, reason, key),) = planned(desk)
    assert (kind, reason, key.rpartition(":")[2]) == ("case.update", "account_moved", "i-INV-1")
    desk.push()
    assert planned(desk) == []


def test_an_account_deleted_in_salesforce_leaves_the_open_case_alone_and_the_invoice_explained() -> None:
    desk = desk_with_open_case()
    desk.books.run("update core.accounts set is_deleted = true")
    desk.books.run("update matching.links set outcome = 'review', sf_account_id = null")
    desk.books.run("update core.cases set sf_account_id = null")
    assert planned(desk) == []
    assert desk.books.rows("select coverage from plan.invoice_coverage") == [{"coverage": "case"}]


def test_an_invoice_edited_upwards_updates_its_case_and_a_later_due_date_closes_then_reopens_it() -> None:
    desk = desk_with_open_case()
    desk.books.run("update core.invoices set amount_total = 130, amount_due = 130")
    assert planned(desk) == [("case.update", "amount_changed", KEY)]
    desk.push()
    desk.books.run("update core.invoices set due_on = date '2026-03-25'")
    assert planned(desk) == [("case.close", "not_overdue", KEY)]
    desk.push()
    desk.pass_days(10)
    assert planned(desk) == [("case.reopen", "owed_again", KEY)]
    desk.push()
    assert planned(desk) == []


def test_an_archived_contact_with_an_overdue_invoice_and_no_account_is_explained() -> None:
    books = Books()
    contact = books.add_contact("Gone Ltd", contact_status="ARCHIVED")
    books.link(contact, "create")
    invoice = books.add_invoice("INV-1", contact, "100.00", date(2026, 3, 10))
    desk = Desk(books)
    assert planned(desk) == []
    assert desk.exclusions() == [(contact, "contact_archived"), (invoice, "unmatched")]


def test_a_payment_deleted_and_made_again_reopens_and_closes_with_ids_of_their_own() -> None:
    desk = desk_with_open_case()
    seen: list[str] = []
    for due, status, kind in 2 * [("0", "PAID", "case.close"), ("100", "AUTHORISED", "case.reopen")]:
        desk.books.run(f"update core.invoices set amount_due = {due}, invoice_status = '{status}'")
        assert [row[0] for row in planned(desk)] == [kind]
        seen += [row["write_id"] for row in desk.writes()]
        desk.push()
        assert planned(desk) == []
        desk.pass_days(0)
    assert len(set(seen)) == 4


@pytest.mark.parametrize(
    ("zone", "before_midnight"),
    [
        ("Pacific/Auckland", datetime(2026, 3, 16, 10, 59, 59, tzinfo=UTC)),  # UTC+13, summer time
        ("Pacific/Honolulu", datetime(2026, 3, 17, 9, 59, 59, tzinfo=UTC)),  # UTC-10
        ("Europe/London", datetime(2026, 3, 29, 22, 59, 59, tzinfo=UTC)),  # the day that loses an hour
        ("America/New_York", datetime(2026, 11, 2, 4, 59, 59, tzinfo=UTC)),  # the day that gains one
    ],
)
def test_an_invoice_becomes_overdue_at_midnight_of_its_organisation(zone: str, before_midnight: datetime) -> None:
    books = Books(zone)
    contact = books.add_linked_contact("Acme", ACCOUNT)
    desk = Desk(books, now=before_midnight)
    derive(books.connection, desk.policy, desk.now)
    today = books.value("select max(as_of_on) from receivables.balances")
    books.add_invoice("INV-1", contact, "100.00", today)
    assert planned(desk) == []
    desk.now += timedelta(seconds=1)
    assert planned(desk) == [("case.open", "invoice_overdue", KEY)]
    assert desk.writes()[0]["payload"]["Xero_Due_Date__c"] == str(today)


def test_past_days_give_the_same_rows_in_whatever_order_they_are_derived() -> None:
    books = Books()
    contact = books.add_contact("Acme")
    for number, total in enumerate(("100.00", "0.01", "33.3333")):
        key = books.add_invoice(f"INV-{number}", contact, total, date(2026, 2, 1 + number))
        part = str((Decimal(total) / 4).quantize(Decimal("0.0001")))
        for day in (date(2026, 2, 20), date(2026, 2, 20), date(2026, 4, 1)):
            books.add_payment(f"{number}-{len(books.rows('from core.payments'))}", key, part, day)
    credit = books.add_credit("1", contact, "5", "5", issued_on=date(2026, 2, 15))
    assert credit
    desk = Desk(books)
    days = [date(2026, 2, 10) + timedelta(offset) for offset in range(0, 12, 3)]

    def tables(order: list[date]) -> list[list[dict[str, Any]]]:
        for day in order:
            derive(books.connection, desk.policy, NOW, day)
        return [
            books.rows(f"from receivables.{name} order by all")
            for name in ("overdue_invoices", "ageing", "balances", "payment_deltas")
        ]

    assert tables(days) == tables(days[::-1]) == tables(days[2:] + days[:2])


def test_half_a_cent_is_rounded_alike_in_the_field_the_text_and_when_the_case_closes() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("INV-1", contact, "10.1250", date(2026, 3, 10))
    desk = Desk(books)
    desk.plan()
    (payload,) = [row["payload"] for row in desk.writes()]
    assert payload["Xero_Amount_Due__c"] == Decimal("10.13")
    assert "Amount due: 10.13 GBP of 10.13 GBP" in payload["Description"]
    desk.push()
    books.run("update core.invoices set due_on = date '2026-05-01'")
    desk.plan()
    (payload,) = [row["payload"] for row in desk.writes()]
    assert "Xero_Amount_Due__c" not in payload
    assert payload["Xero_Resolution__c"] == "Not overdue any more: due on 2026-05-01, 10.13 GBP unpaid."


def test_a_person_who_closes_a_case_and_types_a_resolution_has_closed_it() -> None:
    desk = desk_with_open_case()
    (case,) = [row["sf_case_id"] for row in desk.books.rows("from core.cases")]
    desk.change_case(case, case_status="Closed", is_closed=True, resolution="They pay on Friday.", updated_at=desk.now)
    assert planned(desk) == []
    assert desk.exclusions() == [(KEY, "closed_by_person")]

    desk.books.run("update core.invoices set amount_due = 150, amount_total = 150")
    assert planned(desk) == [("case.reopen", "balance_grew", KEY)]
    assert "Xero_Resolution__c" not in desk.writes()[0]["payload"], "a person's words are left alone"
