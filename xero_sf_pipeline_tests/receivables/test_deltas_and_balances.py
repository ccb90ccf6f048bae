from __future__ import annotations

from datetime import date, datetime
from typing import Any

from xero_sf_pipeline.policy import Policy
from xero_sf_pipeline.receivables import derive
from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books, money
from xero_sf_pipeline_tests.receivables.history import at, read_credit_note, read_invoice, read_payment

KEY = f"{TENANT}:i-INV-1"


def deltas(books: Books, day: int) -> list[tuple[Any, ...]]:
    derive(books.connection, Policy(), NOW, date(2026, 3, day))
    rows = books.rows(
        "select delta_kind, source_key, amount_delta, amount_due_before, amount_due_after, business_on, known_at "
        "from receivables.payment_deltas where as_of_on = $d order by known_at, source_key",
        {"d": date(2026, 3, day)},
    )
    return [
        (
            row["delta_kind"],
            row["source_key"].split(":")[1],
            *list(row.values())[2:5],
            row["business_on"],
            row["known_at"],
        )
        for row in rows
    ]


def test_new_changed_and_deleted_payments_show_the_amount_due_before_and_after() -> None:
    books = Books()
    read_invoice(books, "INV-1", "100", at(1))
    read_payment(books, "1", "INV-1", "30", date(2026, 3, 9), at(10))
    read_payment(books, "2", "INV-1", "20", date(2026, 3, 9), at(10))
    read_payment(books, "1", "INV-1", "25", date(2026, 3, 9), at(11))
    read_payment(books, "2", "INV-1", "20", date(2026, 3, 9), at(12), payment_status="DELETED", is_deleted=True)
    read_payment(books, "2", "INV-1", "20", date(2026, 3, 9), at(13), payment_status="DELETED", reference="seen again")
    assert deltas(books, 10) == [
        ("payment_new", "p-1", money("-30"), money("100"), money("70"), date(2026, 3, 9), at(10)),
        ("payment_new", "p-2", money("-20"), money("70"), money("50"), date(2026, 3, 9), at(10)),
    ]
    assert deltas(books, 11) == [
        ("payment_changed", "p-1", money("5"), money("50"), money("55"), date(2026, 3, 9), at(11)),
    ]
    assert deltas(books, 12) == [
        ("payment_deleted", "p-2", money("20"), money("55"), money("75"), date(2026, 3, 9), at(12)),
    ]
    assert deltas(books, 13) == []


def test_a_whole_delta_row_names_its_source_and_is_written_once() -> None:
    books = Books()
    read_invoice(books, "INV-1", "100", at(10))
    read_payment(books, "1", "INV-1", "30", date(2026, 3, 9), at(10))
    for _ in range(2):
        derive(books.connection, Policy(), NOW, date(2026, 3, 10))
    assert books.rows("from receivables.payment_deltas") == [
        {
            "as_of_on": date(2026, 3, 10),
            "delta_key": f"{TENANT}:p-1/i-INV-1@{int(at(10).timestamp() * 1_000_000)}",
            "tenant_id": TENANT,
            "invoice_key": KEY,
            "delta_kind": "payment_new",
            "source_key": f"{TENANT}:p-1",
            "amount_delta": money("-30"),
            "amount_due_before": money("100"),
            "amount_due_after": money("70"),
            "currency_code": "GBP",
            "business_on": date(2026, 3, 9),
            "known_at": at(10),
        }
    ]


def test_allocations_of_credit_are_followed_from_version_to_version() -> None:
    books = Books()
    read_invoice(books, "INV-1", "100", at(1))
    read_invoice(books, "INV-2", "100", at(1))
    read_credit_note(books, "1", {}, at(9))
    read_credit_note(books, "1", {"INV-1": "40"}, at(10))
    read_credit_note(books, "1", {"INV-1": "10", "INV-2": "30"}, at(11))
    read_credit_note(books, "1", {"INV-2": "30"}, at(12))
    read_credit_note(books, "1", {"INV-2": "30"}, at(13), credit_status="VOIDED")
    days = {day: [(row[0], row[2], row[4]) for row in deltas(books, day)] for day in range(9, 14)}
    assert days == {
        9: [],
        10: [("credit_new", money("-40"), money("60"))],
        11: [("credit_changed", money("30"), money("90")), ("credit_new", money("-30"), money("70"))],
        12: [("credit_deleted", money("10"), money("100"))],
        13: [("credit_deleted", money("30"), money("100"))],
    }


def test_a_delta_belongs_to_the_organisations_day_on_which_it_became_known() -> None:
    books = Books(time_zone="Pacific/Auckland")
    read_invoice(books, "INV-1", "100", at(1))
    read_payment(books, "1", "INV-1", "30", date(2026, 3, 1), at(10, 12))
    assert deltas(books, 10) == []
    assert [row[0] for row in deltas(books, 11)] == ["payment_new"]


def test_bills_and_refunds_are_no_deltas() -> None:
    books = Books()
    read_invoice(books, "INV-1", "100", at(1))
    read_payment(books, "1", "INV-1", "30", date(2026, 3, 1), at(10), payment_type="ACCPAYPAYMENT")
    read_payment(
        books, "2", "N-1", "30", date(2026, 3, 1), at(10), payment_type="ARCREDITPAYMENT", document_kind="credit_note"
    )
    read_credit_note(books, "1", {"INV-1": "40"}, at(10), credit_type="ACCPAYCREDIT")
    assert deltas(books, 10) == []


def balances(books: Books, as_of_on: date | None = None, now: datetime = NOW) -> list[tuple[Any, ...]]:
    derive(books.connection, Policy(), now, as_of_on)
    rows = books.rows(
        "select * exclude (as_of_on, tenant_id) from receivables.balances where as_of_on = $d order by currency_code",
        {"d": as_of_on or now.date()},
    )
    return [tuple(row.values()) for row in rows]


def test_opening_and_movements_make_the_closing_balance_per_currency() -> None:
    books = Books()
    contact = books.add_contact("Acme")
    old = books.add_invoice("OLD", contact, "100", date(2026, 2, 1), due="20")
    books.add_invoice("NEW", contact, "50", date(2026, 4, 1), issued_on=NOW.date())
    books.add_invoice("EUR", contact, "9", date(2026, 4, 1), currency_code="EUR")
    books.add_payment("1", old, "40", date(2026, 3, 1))
    books.add_payment("2", old, "30", NOW.date())
    books.apply_credit(books.add_credit("1", contact, "10", "0"), old, "10", NOW.date())
    assert balances(books) == [
        ("EUR", money("9"), money("0"), money("0"), money("0"), money("9"), money("0")),
        ("GBP", money("60"), money("50"), money("30"), money("10"), money("70"), money("0")),
    ]


def test_a_payment_that_was_never_read_shows_as_a_difference() -> None:
    books = Books()
    key = books.add_invoice("INV-1", books.add_contact("Acme"), "100", date(2026, 2, 1), due="60")
    assert balances(books)[0][-1] == money("40")
    assert derive(books.connection, Policy(), NOW).differences == ((TENANT, "GBP", money("40")),)
    books.add_payment("1", key, "40", date(2026, 3, 1))
    assert balances(books)[0][-1] == money("0")


def test_documents_dated_in_the_future_tie_today_and_again_on_their_own_day() -> None:
    books = Books()
    key = books.add_invoice("INV-1", books.add_contact("Acme"), "100", date(2026, 4, 1), due="60")
    books.add_payment("1", key, "40", date(2026, 3, 20))
    assert balances(books) == [("GBP", money("100"), money("0"), money("40"), money("0"), money("60"), money("0"))]
    later = NOW.replace(day=20)
    assert balances(books, now=later) == [
        ("GBP", money("100"), money("0"), money("40"), money("0"), money("60"), money("0"))
    ]


def test_a_payment_dated_before_its_invoice_ties_on_every_day() -> None:
    books = Books()
    key = books.add_invoice(
        "INV-1", books.add_contact("Acme"), "100", date(2026, 4, 1), due="60", issued_on=date(2026, 3, 10)
    )
    books.add_payment("1", key, "40", date(2026, 3, 5))
    assert balances(books, date(2026, 3, 7)) == [("GBP", *[money("0")] * 6)]
    assert balances(books, date(2026, 3, 10)) == [
        ("GBP", money("0"), money("100"), money("40"), money("0"), money("60"), money("0"))
    ]
    assert balances(books)[0][-1] == money("0")


def as_known(books: Books, day: date, instant: datetime) -> list[tuple[Any, ...]]:
    rows = books.rows(
        "select invoice_number, amount_due, days_overdue from receivables.overdue_as_known($day::date, $at::timestamptz) order by all",
        {"day": day, "at": instant},
    )
    return [tuple(row.values()) for row in rows]


def test_overdue_as_of_a_day_as_known_at_an_instant_is_a_query() -> None:
    books = Books()
    derive(books.connection, Policy(), NOW)
    read_invoice(books, "INV-1", "100", at(1))
    read_payment(books, "1", "INV-1", "30", date(2026, 2, 20), at(10))
    read_payment(books, "1", "INV-1", "30", date(2026, 2, 20), at(12), is_deleted=True)
    read_credit_note(books, "1", {"INV-1": "5"}, at(12))
    read_invoice(books, "INV-1", "100", at(14), invoice_status="VOIDED")
    march_5, february_10 = date(2026, 3, 5), date(2026, 2, 10)
    assert as_known(books, march_5, at(1, 5)) == []
    assert as_known(books, march_5, at(9)) == [("INV-1", money("100"), 28)]
    assert as_known(books, march_5, at(10)) == [("INV-1", money("70"), 28)]
    assert as_known(books, february_10, at(10)) == [("INV-1", money("100"), 5)]
    assert as_known(books, march_5, at(12)) == [("INV-1", money("95"), 28)]
    assert as_known(books, march_5, at(14)) == []
    assert as_known(books, date(2026, 2, 5), at(10)) == []
