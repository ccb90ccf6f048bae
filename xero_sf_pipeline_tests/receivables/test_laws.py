"""Laws of receivables: money adds up on every day, however the documents are dated."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xero_sf_pipeline.policy import Policy
from xero_sf_pipeline.receivables import derive
from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books, money
from xero_sf_pipeline_tests.receivables.history import at, read_credit_note, read_invoice, read_payment

TODAY = NOW.date()
day_offsets = st.integers(-100, 30)
settlements = st.lists(st.tuples(st.sampled_from(["payment", "credit"]), st.integers(1, 40), day_offsets), max_size=4)
documents = st.lists(
    st.tuples(st.integers(1, 1_000_000), day_offsets, st.integers(0, 60), settlements, st.sampled_from(["GBP", "EUR"])),
    max_size=5,
)


def write_documents(books: Books, rows: list[tuple[Any, ...]]) -> None:
    contact = books.add_contact("Acme")
    for number, (cents, issued, terms, settled, currency) in enumerate(rows):
        total = Decimal(cents) / 100
        parts = [(kind, (total * share / 200).quantize(Decimal("0.01")), offset) for kind, share, offset in settled]
        due = total - sum((amount for _, amount, _ in parts), Decimal(0))
        issued_on = TODAY + timedelta(issued)
        key = books.add_invoice(
            f"INV-{number}", contact, str(total), issued_on + timedelta(terms), due=str(due), issued_on=issued_on,
            currency_code=currency, invoice_status="AUTHORISED" if due else "PAID",
        )  # fmt: skip
        for part, (kind, amount, offset) in enumerate(parts):
            settled_on = TODAY + timedelta(offset)
            if kind == "payment":
                books.add_payment(f"{number}-{part}", key, str(amount), settled_on, currency_code=currency)
            else:
                credit = books.add_credit(f"{number}-{part}", contact, str(amount), "0", currency_code=currency)
                books.apply_credit(credit, key, str(amount), settled_on, application_key=f"{number}-{part}")


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=documents, days_back=st.lists(st.integers(0, 110), min_size=1, max_size=3))
def test_balances_tie_buckets_add_up_and_each_day_opens_as_the_day_before_closed(
    rows: list[tuple[Any, ...]], days_back: list[int]
) -> None:
    books = Books()
    write_documents(books, rows)
    for back in days_back:
        day = TODAY - timedelta(back)
        assert derive(books.connection, Policy(), NOW, day).differences == ()
        derive(books.connection, Policy(), NOW, day - timedelta(1))
        assert books.rows(
            "select currency_code from receivables.ageing "
            "where amount_current + amount_1_30 + amount_31_60 + amount_61_90 + amount_over_90 <> amount_due"
        ) == []  # fmt: skip
        closing = books.rows(
            "select currency_code, amount_closing as amount from receivables.balances where as_of_on = $day "
            "and amount_closing <> 0 order by 1",
            {"day": day},
        )
        aged = books.rows(
            "select currency_code, sum(amount_due) as amount from receivables.ageing where as_of_on = $day "
            "group by 1 having sum(amount_due) <> 0 order by 1",
            {"day": day},
        )
        assert aged == closing
        assert books.rows(
            "select b.currency_code from receivables.balances a join receivables.balances b "
            "on b.currency_code = a.currency_code and b.as_of_on = a.as_of_on + 1 "
            "where a.as_of_on = $day and a.amount_closing <> b.amount_opening",
            {"day": day - timedelta(1)},
        ) == []  # fmt: skip


versions = st.lists(
    st.tuples(st.sampled_from(["payment", "credit"]), st.integers(1, 2), st.integers(0, 50), st.booleans()), max_size=10
)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=versions)
def test_deltas_lead_from_the_total_to_the_amount_due_without_a_gap(story: list[tuple[str, int, int, bool]]) -> None:
    books = Books()
    read_invoice(books, "INV-1", "500", at(1))
    standing: dict[tuple[str, int], Decimal] = {}
    for step, (kind, number, amount, is_deleted) in enumerate(story):
        known_at = at(2) + timedelta(hours=5 * step)
        if kind == "payment":
            read_payment(books, str(number), "INV-1", str(amount), date(2026, 3, 1), known_at, is_deleted=is_deleted)
        else:
            read_credit_note(books, str(number), {"INV-1": str(amount)}, known_at, is_deleted=is_deleted)
        standing[(kind, number)] = money(0 if is_deleted else str(amount))
    for day in range(1, 6):
        derive(books.connection, Policy(), NOW, date(2026, 3, day))
    rows = books.rows("select * from receivables.payment_deltas order by known_at, source_key")
    due = money("500")
    for row in rows:
        assert row["amount_due_before"] == due
        assert row["amount_due_before"] + row["amount_delta"] == row["amount_due_after"]
        due = row["amount_due_after"]
    assert due == money("500") - sum(standing.values(), Decimal(0))
    assert {row["invoice_key"] for row in rows} <= {f"{TENANT}:i-INV-1"}
    assert len({row["delta_key"] for row in rows}) == len(rows)
