"""What is said of an account: all its contacts of all organisations, in one currency, by stored rates."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.policy import Policy, parse_policy
from xero_sf_pipeline.receivables import derive
from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books, money

OTHER = "20000000-0000-4000-8000-000000000002"
ACCOUNT = "001000000000001AAA"
TODAY = NOW.date()
DUE = date(2026, 3, 10)
LATER = date(2026, 4, 10)


def account(books: Books, policy: Policy | None = None) -> dict[str, Any]:
    derive(books.connection, policy or Policy(), NOW)
    (row,) = books.rows("from receivables.account_status")
    return row


def amounts(row: dict[str, Any]) -> list[str]:
    named = [row[name] for name in ("amount_outstanding", "amount_overdue", "amount_unallocated_credit")]
    assert all(amount is None or amount == round(amount, 2) for amount in named)
    return ["none" if amount is None else f"{amount:.2f}" for amount in named]


def rates(books: Books) -> list[tuple[Any, ...]]:
    rows = books.rows("from receivables.exchange_rates order by all")
    return [(r["from_currency_code"], r["to_currency_code"], r["rate_on"], str(r["rate"].normalize()), r["rate_source"])
            for r in rows]  # fmt: skip


def paid_invoice(books: Books, number: int, contact: str, late: int, paid_on: date, **changes: Any) -> None:
    key = books.add_invoice(
        f"PAID-{number}", contact, "100", paid_on - timedelta(late), due="0", invoice_status="PAID",
        amount_paid=money("100"), fully_paid_on=paid_on, **changes,
    )  # fmt: skip
    books.add_payment(f"paid-{number}", key, "100", paid_on)


def second_organisation(books: Books, base_currency: str) -> str:
    """Another organisation, and a contact of it on the same account."""
    books.add_organisation(OTHER, "Pacific/Auckland", "Southwind Ltd")
    books.run("update core.organisations set base_currency_code = $c where tenant_id = $t",
              {"c": base_currency, "t": OTHER})  # fmt: skip
    contact = books.add_contact("Acme NZ", tenant_id=OTHER)
    books.link(contact, "linked", ACCOUNT, is_primary=False)
    return contact


def test_an_account_is_one_whole_row() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("INV-1", contact, "120", DUE, due="70.50")
    books.add_invoice("INV-2", contact, "30", LATER)
    books.add_invoice("INV-3", contact, "999", DUE, invoice_status="DRAFT")
    books.add_credit("1", contact, "50", "12.34")
    paid_invoice(books, 1, contact, 4, date(2026, 3, 1))
    assert account(books) == {
        "sf_account_id": ACCOUNT,
        "payment_status": "Overdue",
        "currency_code": "GBP",
        "amount_outstanding": Decimal("100.50"),
        "amount_overdue": Decimal("70.50"),
        "amount_unallocated_credit": Decimal("12.34"),
        "open_invoice_count": 2,
        "overdue_invoice_count": 1,
        "claim_count": 3,
        "oldest_due_on": DUE,
        "average_days_late": Decimal("4.0"),
        "days_late_count": 1,
        "missing_rates": [],
        "tenant_ids": [TENANT],
        "contact_count": 1,
        "as_of_at": NOW,
    }


def test_the_status_is_the_worst_that_holds() -> None:
    said = []
    for add in (
        lambda books, contact: None,
        lambda books, contact: books.add_invoice("D", contact, "1", DUE, invoice_status="DRAFT"),
        lambda books, contact: paid_invoice(books, 1, contact, 0, DUE),
        lambda books, contact: books.add_invoice("A", contact, "1", TODAY),
        lambda books, contact: books.add_invoice("A", contact, "1", DUE),
    ):
        books = Books()
        add(books, books.add_linked_contact("Acme", ACCOUNT))
        said.append(account(books)["payment_status"])
    assert said == ["No invoices", "No invoices", "Paid", "Outstanding", "Overdue"]


def test_average_days_late_is_the_median_of_what_was_paid_in_cash_in_the_window() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    for number, late in enumerate((-2, 3, 6, 400)):
        paid_invoice(books, number, contact, late, TODAY - timedelta(number + 1))
    paid_invoice(books, 9, contact, 77, TODAY - timedelta(365))  # just outside
    books.add_invoice("CREDITED", contact, "100", DUE - timedelta(99), due="0", invoice_status="PAID",
                      amount_credited=money("100"), fully_paid_on=TODAY)  # fmt: skip
    row = account(books)
    assert (row["average_days_late"], row["days_late_count"]) == (Decimal("4.5"), 4)
    mean = parse_policy({"payment_status": {"average_days_late": "mean"}})
    assert account(books, mean)["average_days_late"] == Decimal("101.8")


def test_contacts_of_several_organisations_add_up_and_the_oldest_reading_counts() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    other = second_organisation(books, "GBP")
    for tenant, hours in ((TENANT, 1), (OTHER, 5)):
        books.put("ops.extracts", extract_id=tenant, source="xero", tenant_id=tenant, entity="invoices", mode="poll",
                  finished_at=NOW - timedelta(hours=hours))  # fmt: skip
    books.add_invoice("INV-1", contact, "100.05", DUE)
    books.add_invoice("INV-2", other, "10.05", LATER)
    row = account(books)
    assert amounts(row) == ["110.10", "100.05", "0.00"]
    assert (row["tenant_ids"], row["contact_count"]) == ([TENANT, OTHER], 2)
    assert row["as_of_at"] == NOW - timedelta(hours=5)


def test_a_foreign_document_is_converted_by_its_own_rate_of_xero() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    for number, day, rate in (("1", 5, "1.170000"), ("2", 20, "1.250000")):
        books.add_invoice(f"INV-{number}", contact, "117", DUE, currency_code="EUR", currency_rate=Decimal(rate),
                          issued_on=date(2026, 1, day))  # fmt: skip
    row = account(books)
    assert amounts(row) == ["193.60", "193.60", "0.00"]  # 117 / 1.17 + 117 / 1.25
    assert rates(books) == [
        ("EUR", "GBP", date(2026, 1, 5), "1.17", "xero"),
        ("EUR", "GBP", date(2026, 1, 20), "1.25", "xero"),
    ]


def test_amounts_are_rounded_once_for_the_account_halves_away_from_zero() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    for number in range(3):
        books.add_invoice(f"INV-{number}", contact, "0.01", DUE, currency_code="EUR", currency_rate=Decimal("2"))
    assert amounts(account(books))[0] == "0.02"  # 3 x 0.005 = 0.015; rounded one by one it would be 0.03


def test_a_document_without_a_rate_takes_the_newest_one_before_its_date() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    for number, day, rate in (("1", 5, "2"), ("2", 20, "4"), ("3", 25, None)):
        books.add_invoice(f"INV-{number}", contact, "8", DUE, currency_code="EUR",
                          currency_rate=rate and Decimal(rate), issued_on=date(2026, 1, day))  # fmt: skip
    assert amounts(account(books))[0] == "8.00"  # 4 + 2 + 2


def test_fixed_rates_of_the_policy_come_first() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("INV-1", contact, "100", DUE, currency_code="EUR", currency_rate=Decimal("1.17"))
    policy = parse_policy({"currency": {"salesforce": "GBP", "rates": {"EUR": 1.25}}})
    assert amounts(account(books, policy))[0] == "80.00"
    assert rates(books) == [("EUR", "GBP", TODAY, "1.25", "policy")]


def currency_types(books: Books, **conversion_rates: str) -> None:
    for code, rate in conversion_rates.items():
        books.put("core.currency_types", currency_code=code, conversion_rate=Decimal(rate), is_corporate=rate == "1",
                  is_active=True, decimal_places=2, updated_at=NOW - timedelta(days=30))  # fmt: skip


def test_an_org_with_several_currencies_uses_its_own_rates_and_the_accounts_currency() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.run("update core.accounts set currency_code = 'USD'")
    currency_types(books, GBP="1", EUR="1.2", USD="1.5")
    books.add_invoice("INV-1", contact, "120", DUE, currency_code="EUR", currency_rate=Decimal("1.17"))
    books.add_invoice("INV-2", contact, "10", DUE)
    row = account(books)
    assert (row["currency_code"], amounts(row)[0]) == ("USD", "165.00")  # 120 / 1.2 * 1.5 + 10 * 1.5
    month_ago = TODAY - timedelta(days=30)
    assert rates(books) == [
        ("EUR", "GBP", month_ago, "1.2", "salesforce"),
        ("USD", "GBP", month_ago, "1.5", "salesforce"),
    ]


def test_another_base_currency_is_converted_over_the_rate_between_the_two() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    other = second_organisation(books, "NZD")
    books.add_invoice("INV-1", contact, "100", DUE)
    books.add_invoice("INV-2", other, "210", DUE, currency_code="NZD")
    books.add_invoice("INV-3", other, "50", DUE, currency_code="GBP", currency_rate=Decimal("0.500000"))
    books.add_invoice("INV-4", other, "40", DUE, currency_code="AUD", currency_rate=Decimal("0.800000"))
    row = account(books, parse_policy({"currency": {"salesforce": "GBP"}}))
    # 2 NZD make 1 GBP by INV-3, and 0.8 AUD make 1 NZD: 1.6 AUD make 1 GBP.
    assert amounts(row)[0] == "280.00"  # 100 + 105 + 50 + 25
    assert rates(books) == [("NZD", "GBP", date(2026, 1, 5), "2", "xero")]


def test_without_a_rate_no_amount_is_told_and_the_currency_is_named() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("INV-1", contact, "100", DUE)
    books.add_invoice("INV-2", contact, "100", DUE, currency_code="JPY")
    row = account(books)
    assert amounts(row) == ["none", "none", "none"]
    assert (row["payment_status"], row["open_invoice_count"], row["missing_rates"]) == ("Overdue", 2, ["JPY"])


def test_without_a_salesforce_currency_only_equal_currencies_can_be_told() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    second_organisation(books, "NZD")
    books.add_invoice("INV-1", contact, "100", DUE)
    row = account(books)
    assert (row["currency_code"], amounts(row)[0], row["missing_rates"]) == (None, "none", ["GBP"])


@pytest.mark.parametrize(
    ("amount", "rate", "expected"),
    [("117", "1.17", "100.00000000"), ("-100", "3", "-33.33333333"), ("1", "0", None), ("0.0001", "2", "0.00005000"),
     ("99999999999999.9999", "0.937053", "106717549594313.23511050")],
)  # fmt: skip
def test_conversion_is_exact(amount: str, rate: str, expected: str | None) -> None:
    books = Books()
    derive(books.connection, Policy(), NOW)
    converted = books.value(f"select receivables.converted({amount}::decimal(18, 4), {rate}::decimal(18, 6))")
    assert converted == (expected and Decimal(expected))
