"""Laws of settling that hold after any sequence of payments, allocations and their deletion."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from xero_sf_pipeline.sandbox.clock import SandboxClock
from xero_sf_pipeline.sandbox.xero.answers import ValidationError
from xero_sf_pipeline.sandbox.xero.books import Books
from xero_sf_pipeline.sandbox.xero.settling import allocate, create_payment, delete_allocation, delete_payment
from xero_sf_pipeline.sandbox.xero.state import XeroState
from xero_sf_pipeline_tests.sandbox.xero.books_of_a_small_shop import BANK, NOW, OVERPAYMENT, TENANT, SmallShop, invoice

FIRST = "1a000000-0000-4000-8000-000000000001"
AMOUNTS = st.decimals(min_value="0.01", max_value="120", places=2)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), AMOUNTS),
        st.tuples(st.just("allocate"), AMOUNTS),
        st.tuples(st.just("unpay"), st.integers(0, 3)),
        st.tuples(st.just("deallocate"), st.integers(0, 3)),
    ),
    max_size=12,
)


def take(books: Books, step: str, value: Any) -> None:
    document = books.get("Invoices", FIRST)
    credit = books.get("Overpayments", OVERPAYMENT)
    assert document is not None
    assert credit is not None
    if step == "pay":
        create_payment(books, {"Invoice": {"InvoiceID": FIRST}, "Account": {"AccountID": BANK}, "Amount": value})
    elif step == "allocate":
        allocate(books, "Overpayments", credit, {"Invoice": {"InvoiceID": FIRST}, "Amount": value})
    elif step == "unpay" and value < len(document["Payments"]):
        payment = books.get("Payments", document["Payments"][value]["PaymentID"])
        assert payment is not None
        delete_payment(books, payment, {"Status": "DELETED"})
    elif step == "deallocate" and value < len(credit["Allocations"]):
        delete_allocation(books, "Overpayments", credit, credit["Allocations"][value]["AllocationID"])


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_what_is_open_paid_and_credited_always_adds_up(steps: list[tuple[str, Any]]) -> None:
    state = XeroState(":memory:", SandboxClock(NOW, frozen=True))
    state.load(SmallShop(invoices=[invoice(1)]))
    for step, value in steps:
        try:
            with state.store.transaction():
                take(Books(state, TENANT), step, value)
        except ValidationError:
            continue  # refused steps must leave everything as it was
    books = Books(state, TENANT)
    document, credit = books.get("Invoices", FIRST), books.get("Overpayments", OVERPAYMENT)
    assert document is not None
    assert credit is not None
    payments = [p for p in state.store.select(TENANT, "Payments") if p["Status"] == "AUTHORISED"]
    paid = sum((Decimal(p["Amount"]) for p in payments), Decimal(0))
    applied = sum((Decimal(entry["Amount"]) for entry in credit["Allocations"]), Decimal(0))
    assert (document["AmountPaid"], document["AmountCredited"]) == (paid, applied)
    assert document["AmountDue"] == Decimal(document["Total"]) - paid - applied >= 0
    assert credit["RemainingCredit"] == Decimal(50) - applied >= 0
    assert (document["Status"] == "PAID") is (document["AmountDue"] == 0)
    assert (credit["Status"] == "PAID") is (credit["RemainingCredit"] == 0)
    assert ("FullyPaidOnDate" in document) is (document["Status"] == "PAID")
    assert sorted(entry["PaymentID"] for entry in document["Payments"]) == sorted(p["PaymentID"] for p in payments)
    state.close()
