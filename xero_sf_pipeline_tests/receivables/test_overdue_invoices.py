from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.policy import Policy, parse_policy
from xero_sf_pipeline.receivables import derive
from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books, money

TODAY = date(2026, 3, 16)


def overdue(
    books: Books, columns: str, policy: Policy | None = None, as_of_on: date | None = None
) -> list[tuple[Any, ...]]:
    derive(books.connection, policy or Policy(), NOW, as_of_on)
    rows = books.rows(
        f"select {columns} from receivables.overdue_invoices where as_of_on = $d order by all", {"d": as_of_on or TODAY}
    )
    return [tuple(row.values()) for row in rows]


def test_an_overdue_invoice_is_one_whole_row() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", "001000000000001AAA")
    key = books.add_invoice("INV-1", contact, "120.00", date(2026, 2, 10), due="70.00")
    books.add_credit("1", contact, "30", "20")
    derive(books.connection, Policy(), NOW)
    assert books.rows("from receivables.overdue_invoices") == [
        {
            "as_of_on": TODAY,
            "tenant_id": TENANT,
            "invoice_key": key,
            "xero_invoice_id": "i-INV-1",
            "invoice_number": "INV-1",
            "contact_key": contact,
            "sf_account_id": "001000000000001AAA",
            "currency_code": "GBP",
            "amount_total": money("120"),
            "amount_due": money("70"),
            "amount_unallocated_credit": money("20"),
            "amount_due_net": money("50"),
            "issued_on": date(2026, 1, 5),
            "due_on": date(2026, 2, 10),
            "days_overdue": 34,
            "ageing_bucket": "31_60",
            "exclusion": None,
            "xero_url": "https://go.xero.com/app/!a1/invoicing/view/i-INV-1",
        }
    ]


def test_due_today_is_not_overdue_and_drafts_bills_voids_and_paid_ones_never_are() -> None:
    books = Books()
    contact = books.add_contact("Acme")
    past = date(2026, 3, 1)
    books.add_invoice("YESTERDAY", contact, "10", date(2026, 3, 15))
    books.add_invoice("TODAY", contact, "10", TODAY)
    books.add_invoice("BILL", contact, "10", past, invoice_type="ACCPAY")
    books.add_invoice("DELETED", contact, "10", past, is_deleted=True)
    books.add_invoice("PAID", contact, "10", past, due="0.00", invoice_status="PAID")
    for status in ("DRAFT", "SUBMITTED", "VOIDED"):
        books.add_invoice(status, contact, "10", past, invoice_status=status)
    assert overdue(books, "invoice_number, days_overdue") == [("YESTERDAY", 1)]


def test_the_day_is_the_organisations_own() -> None:
    books = Books(time_zone="Pacific/Auckland")
    other = "20000000-0000-4000-8000-000000000002"
    books.add_organisation(other, "America/Los_Angeles", "Southwind Inc")
    for tenant in (TENANT, other):
        books.add_invoice("INV-1", books.add_contact("Acme", tenant_id=tenant), "10", date(2026, 3, 16))
    evening = datetime(2026, 3, 16, 20, 0, tzinfo=UTC)
    report = derive(books.connection, Policy(), evening)
    assert [(day.tenant_id, day.as_of_on, day.starts_at) for day in report.days] == [
        (TENANT, date(2026, 3, 17), datetime(2026, 3, 16, 11, 0, tzinfo=UTC)),
        (other, date(2026, 3, 16), datetime(2026, 3, 16, 7, 0, tzinfo=UTC)),
    ]
    assert books.rows("select tenant_id, as_of_on, days_overdue from receivables.overdue_invoices") == [
        {"tenant_id": TENANT, "as_of_on": date(2026, 3, 17), "days_overdue": 1}
    ]


def test_a_time_zone_that_is_no_iana_name_is_a_clear_error() -> None:
    books = Books(time_zone="NEWZEALANDSTANDARDTIME")
    with pytest.raises(ConfigError, match="is not an IANA name"):
        derive(books.connection, Policy(), NOW)


def test_unallocated_credit_covers_the_oldest_invoices_of_its_contact_and_currency_first() -> None:
    books = Books()
    acme, other = books.add_contact("Acme"), books.add_contact("Other")
    books.add_invoice("A", acme, "50", date(2026, 1, 10))
    books.add_invoice("B", acme, "50", date(2026, 2, 10))
    books.add_invoice("C", acme, "50", date(2026, 3, 10))
    books.add_invoice("E", acme, "50", date(2026, 1, 1), currency_code="EUR")
    books.add_invoice("O", other, "50", date(2026, 1, 1))
    books.add_credit("note", acme, "40", "40")
    books.add_credit("over", acme, "30", "30", credit_kind="overpayment", credit_type="RECEIVE-OVERPAYMENT")
    books.add_credit("pre", acme, "5", "5", credit_kind="prepayment", credit_type="RECEIVE-PREPAYMENT")
    books.add_credit("bill", acme, "99", "99", credit_type="ACCPAYCREDIT")
    books.add_credit("void", acme, "99", "99", credit_status="VOIDED")
    columns = "invoice_number, amount_unallocated_credit, amount_due_net, exclusion"
    assert overdue(books, columns) == [
        ("A", money("50"), money("0"), "covered_by_credit"),
        ("B", money("25"), money("25"), None),
        ("C", money("0"), money("50"), None),
        ("E", money("0"), money("50"), None),
        ("O", money("0"), money("50"), None),
    ]
    off = parse_policy({"overdue": {"net_unallocated_credit": False}})
    assert {row[1:] for row in overdue(books, columns, off)} == {(money("0"), money("50"), None)}


def test_the_minimum_is_per_currency_and_of_what_is_left_after_credit() -> None:
    books = Books()
    contact = books.add_contact("Acme")
    books.add_invoice("GBP", contact, "100", date(2026, 3, 1))
    books.add_invoice("EUR", contact, "100", date(2026, 3, 1), currency_code="EUR")
    books.add_invoice("USD", contact, "100", date(2026, 3, 1), currency_code="USD")
    books.add_credit("1", contact, "1", "1")
    policy = parse_policy({"overdue": {"minimum_amount": {"GBP": 100, "EUR": 100, "default": 200}}})
    assert overdue(books, "invoice_number, exclusion", policy) == [
        ("EUR", None), ("GBP", "below_minimum"), ("USD", "below_minimum")
    ]  # fmt: skip


def test_days_of_grace_are_counted_from_the_due_date() -> None:
    books = Books()
    contact = books.add_contact("Acme")
    books.add_invoice("SEVEN", contact, "100", date(2026, 3, 9))
    books.add_invoice("EIGHT", contact, "100", date(2026, 3, 8))
    policy = parse_policy({"overdue": {"grace_days": 7}})
    assert overdue(books, "invoice_number, exclusion", policy) == [("EIGHT", None), ("SEVEN", "grace_period")]


def test_a_past_day_is_rebuilt_from_the_dates_of_payments_and_credits() -> None:
    books = Books()
    contact = books.add_contact("Acme")
    key = books.add_invoice("INV-1", contact, "100", date(2026, 2, 1), due="0.00", invoice_status="PAID")
    books.add_payment("1", key, "30", date(2026, 2, 10))
    books.add_payment("2", key, "50", date(2026, 2, 20))
    books.add_payment("gone", key, "99", date(2026, 2, 5), payment_status="DELETED")
    credit = books.add_credit("1", contact, "20", "0")
    books.apply_credit(credit, key, "20", date(2026, 2, 15))
    columns = "days_overdue, amount_due, amount_unallocated_credit"
    assert overdue(books, columns, as_of_on=date(2026, 2, 1)) == []
    assert overdue(books, columns, as_of_on=date(2026, 2, 9)) == [(8, money("100"), money("20"))]
    assert overdue(books, columns, as_of_on=date(2026, 2, 10)) == [(9, money("70"), money("20"))]
    assert overdue(books, columns, as_of_on=date(2026, 2, 15)) == [(14, money("50"), money("0"))]
    assert overdue(books, columns, as_of_on=date(2026, 2, 20)) == []
    assert overdue(books, columns) == []


def test_refunded_credit_no_longer_covers_anything_on_a_past_day() -> None:
    books = Books()
    contact = books.add_contact("Acme")
    books.add_invoice("INV-1", contact, "100", date(2026, 2, 1))
    credit = books.add_credit("1", contact, "20", "0")
    books.add_payment("refund", credit, "20", date(2026, 2, 20), payment_type="ARCREDITPAYMENT")
    columns = "amount_due_net"
    assert overdue(books, columns, as_of_on=date(2026, 2, 19)) == [(money("80"),)]
    assert overdue(books, columns, as_of_on=date(2026, 2, 20)) == [(money("100"),)]


def test_deriving_a_day_again_replaces_its_rows_and_leaves_other_days_alone() -> None:
    books = Books()
    contact = books.add_contact("Acme")
    books.add_invoice("INV-1", contact, "100", date(2026, 2, 1))
    everything = "select * exclude (as_of_on) from receivables.overdue_invoices order by all"
    for _ in range(2):
        derive(books.connection, Policy(), NOW)
        derive(books.connection, Policy(), NOW, date(2026, 3, 1))
    assert len(books.rows(everything)) == 2
    assert books.value("select count(*) from receivables.balances") == 2
    assert books.value("select count(*) from receivables.ageing") == 2


def test_a_merged_contact_owes_through_the_contact_it_was_merged_into() -> None:
    books = Books()
    winner = books.add_linked_contact("Winner", "001000000000001AAA")
    loser = books.add_contact("Loser", resolved_contact_key=winner)
    books.add_invoice("INV-1", loser, "100", date(2026, 2, 1))
    assert overdue(books, "contact_key, sf_account_id") == [(winner, "001000000000001AAA")]


def test_ageing_has_every_bucket_and_never_adds_currencies() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", "001000000000001AAA")
    for number, due_on in enumerate(
        (date(2026, 3, 16), date(2026, 3, 15), date(2026, 2, 14), date(2026, 2, 13), date(2026, 1, 15), date(2026, 1, 14),
         date(2025, 12, 16), date(2025, 12, 15))
    ):  # fmt: skip
        books.add_invoice(f"G{number}", contact, str(10**number), due_on, issued_on=date(2025, 12, 1))
    books.add_invoice("E", contact, "7", date(2026, 3, 1), currency_code="EUR")
    derive(books.connection, Policy(), NOW)
    row = {"as_of_on": TODAY, "tenant_id": TENANT, "contact_key": contact, "sf_account_id": "001000000000001AAA"}
    nothing = money("0")
    assert books.rows("from receivables.ageing order by currency_code") == [
        {
            **row, "currency_code": "EUR", "amount_current": nothing, "amount_1_30": money("7"), "amount_31_60": nothing,
            "amount_61_90": nothing, "amount_over_90": nothing, "amount_due": money("7"), "invoice_count": 1,
        },
        {
            **row, "currency_code": "GBP", "amount_current": money("1"), "amount_1_30": money("110"),
            "amount_31_60": money("11000"), "amount_61_90": money("1100000"), "amount_over_90": money("10000000"),
            "amount_due": money("11111111"), "invoice_count": 8,
        },
    ]  # fmt: skip


def test_the_report_counts_what_was_written() -> None:
    books = Books()
    contact = books.add_contact("Acme")
    books.add_invoice("INV-1", contact, "100", date(2026, 2, 1))
    report = derive(books.connection, Policy(), NOW)
    assert dict(report.row_counts) == {
        "overdue_invoices": 1, "ageing": 1, "payment_deltas": 0, "balances": 1,
        "exchange_rates": 0, "invoice_status": 1, "account_status": 0, "alert_causes": 0, "alerts": 0,
    }  # fmt: skip
    assert dict(report.overdue_amounts) == {"GBP": Decimal("100.0000")}
    assert report.differences == ()
