"""Every won deal and every invoice is in one row, with why they differ; nothing is added up across currencies."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from xero_sf_pipeline_tests.reporting.office import ACME, DEAL, NOW, TENANT, Office, money

BILLING = {"billing": {"enabled": True, "from_close_date": date(2026, 1, 1), "default_organisation": "Northwind Ltd"}}
ELSEWHERE = "006000000000002AAA"


def office_with(amount: str = "100.00", **deal: Any) -> tuple[Office, str]:
    office = Office(**BILLING)
    contact = office.add_customer()
    office.add_deal(amount, **deal)
    return office, contact


def told(office: Office) -> list[tuple[str, str, Any]]:
    """Key, reason and what is booked and not billed, of every row."""
    office.reconcile()
    rows = office.rows("select row_key, reason, amount_difference from reporting.booked_billed_paid order by all")
    return [(row["row_key"], row["reason"], row["amount_difference"]) for row in rows]


def test_a_deal_that_is_billed_and_half_paid_is_one_whole_row() -> None:
    office, contact = office_with()
    key = office.add_invoice(
        "INV-1", contact, "120.00", paid="50.00", credited="10.00", amount_subtotal=money("100"), amount_tax=money("20")
    )
    office.link_invoice(key)
    office.reconcile()

    assert office.rows("select * from reporting.booked_billed_paid") == [
        {
            "as_of_at": NOW, "row_key": DEAL, "row_kind": "deal", "sf_opportunity_id": DEAL,
            "opportunity_name": "Acme, first year", "tenant_id": TENANT, "sf_account_id": ACME,
            "party_name": "Acme Ltd", "booked_on": date(2026, 2, 10), "billed_on": date(2026, 2, 1),
            "currency_code": "GBP", "amount_booked": money("100"), "amount_scheduled": money("0"),
            "amount_drafted": money("0"), "amount_billed_net": money("100"), "amount_billed": money("120"),
            "amount_paid": money("50"), "amount_credited": money("10"), "amount_due": money("60"),
            "amount_difference": money("0"), "invoice_count": 1, "invoice_numbers": ["INV-1"], "reason": "billed",
            "explanation": "Billed in full.",
        }
    ]  # fmt: skip


def test_several_invoices_of_a_deal_are_added_up_and_a_voided_one_is_not() -> None:
    office, contact = office_with()
    for number, total, status in (("A", "60.00", "PAID"), ("B", "40.00", "AUTHORISED"), ("C", "99.00", "VOIDED")):
        office.link_invoice(office.add_invoice(number, contact, total, status=status), period=ord(number))

    assert told(office) == [(DEAL, "billed", money("0"))]
    assert office.rows("select invoice_count, invoice_numbers from reporting.booked_billed_paid") == [
        {"invoice_count": 2, "invoice_numbers": ["A", "B"]}
    ]


def test_an_invoice_of_no_deal_and_one_of_a_lost_deal_stand_for_themselves() -> None:
    office, contact = office_with()
    office.add_deal("5.00", ELSEWHERE, is_won=False)
    office.add_invoice("INV-1", contact, "70.00")
    office.link_invoice(office.add_invoice("INV-2", contact, "5.00"), ELSEWHERE)
    office.link_invoice(office.add_invoice("INV-3", contact, "100.00"))

    assert told(office) == [
        (DEAL, "billed", money("0")),
        (f"{TENANT}:i-INV-1", "invoice_without_deal", money("-70")),
        (f"{TENANT}:i-INV-2", "invoice_without_deal", money("-5")),
    ]


def _draft(office: Office, contact: str) -> None:
    office.link_invoice(office.add_invoice("D", contact, "100.00", status="DRAFT"))


def _scheduled(office: Office, contact: str) -> None:
    office.schedule("100.00", date(2026, 4, 1))


def _held(office: Office, contact: str) -> None:
    office.schedule("100.00", date(2026, 3, 1), hold_reason="unknown_item", explanation="Item X is not in Xero.")


def _planned(office: Office, contact: str, **changes: Any) -> str:
    office.schedule("100.00", date(2026, 3, 1))
    return office.plan(f"{TENANT}:{DEAL}/1", {}, kind="invoice.create", target_system="xero", target_object="Invoice", source_id=DEAL, **changes)  # fmt: skip


def _waiting(office: Office, contact: str) -> None:
    _planned(office, contact, approval="needs_approval")


def _sent(office: Office, contact: str) -> None:
    office.attempt(_planned(office, contact), "confirmed")


def _refused(office: Office, contact: str) -> None:
    office.attempt(_planned(office, contact), "rejected", message="No such account code")


def _excluded(office: Office, contact: str) -> None:
    office.exclude(DEAL, "contact_ambiguous", kind="invoice.create", explanation="Two contacts.")


def _parked(office: Office, contact: str) -> None:
    office.exclude(f"{DEAL}/1", "parked", kind="invoice.create")


def _too_little(office: Office, contact: str) -> None:
    office.link_invoice(office.add_invoice("L", contact, "90.00"))


def _too_much(office: Office, contact: str) -> None:
    office.link_invoice(office.add_invoice("M", contact, "110.00"))


def _nothing(office: Office, contact: str) -> None:
    return


def _before_the_start(office: Office, contact: str) -> None:
    office.run("update core.opportunities set close_on = '2025-12-31'")


@pytest.mark.parametrize(
    ("cause", "reason", "difference", "words"),
    [
        (_draft, "draft_in_xero", "100", "draft"),
        (_scheduled, "not_due_yet", "100", "2026-04-01"),
        (_held, "held", "100", "Item X is not in Xero."),
        (_planned, "pending", "100", "The amounts changed."),
        (_waiting, "needs_approval", "100", "The amounts changed."),
        (_sent, "waiting_for_read_back", "100", "next read"),
        (_refused, "rejected", "100", "No such account code"),
        (_excluded, "held", "100", "Two contacts."),
        (_parked, "rejected", "100", "Because."),
        (_too_little, "amount_differs", "10", "less"),
        (_too_much, "amount_differs", "-10", "more"),
        (_nothing, "filtered", "100", "billing.only"),
        (_before_the_start, "filtered", "100", "billing.from_close_date"),
    ],
    ids=lambda part: getattr(part, "__name__", "").strip("_"),
)
def test_a_deal_that_is_not_billed_in_full_says_why(cause: Any, reason: str, difference: str, words: str) -> None:
    office, contact = office_with()
    cause(office, contact)

    assert told(office) == [(DEAL, reason, money(difference))]
    assert words in office.rows("select explanation from reporting.booked_billed_paid")[0]["explanation"]


def test_a_part_that_is_billed_leaves_the_rest_of_the_plan() -> None:
    office, contact = office_with()
    office.schedule("60.00", date(2026, 2, 1), period=1)
    office.schedule("40.00", date(2026, 4, 1), period=2)
    office.link_invoice(office.add_invoice("A", contact, "60.00"), period=1)

    assert told(office) == [(DEAL, "not_due_yet", money("40"))]
    assert office.rows("select amount_scheduled from reporting.booked_billed_paid") == [
        {"amount_scheduled": money("40")}
    ]


def test_a_bill_in_another_currency_is_a_row_of_its_own_and_never_added_up() -> None:
    office, contact = office_with()
    office.link_invoice(office.add_invoice("E", contact, "100.00", currency="EUR"))
    office.reconcile()

    assert office.rows(
        "select currency_code, amount_booked, amount_billed, reason from reporting.booked_billed_paid order by all"
    ) == [
        {"currency_code": "EUR", "amount_booked": money("0"), "amount_billed": money("100"), "reason": "currency_differs"},
        {"currency_code": "GBP", "amount_booked": money("100"), "amount_billed": money("0"), "reason": "filtered"},
    ]  # fmt: skip


def test_a_deal_that_names_no_currency_is_in_the_one_that_the_org_has() -> None:
    office, _ = office_with(currency_code=None)
    office.reconcile()
    assert office.rows("select currency_code from reporting.booked_billed_paid") == [{"currency_code": "GBP"}]


def test_deals_that_include_tax_are_compared_with_what_the_customer_owes() -> None:
    office = Office(billing={**BILLING["billing"], "amounts": "inclusive"})
    contact = office.add_customer()
    office.add_deal("120.00")
    key = office.add_invoice("I", contact, "120.00", amount_subtotal=money("100"), amount_tax=money("20"))
    office.link_invoice(key)

    assert told(office) == [(DEAL, "billed", money("0"))]


def test_without_billing_the_rows_say_that_it_is_off() -> None:
    office = Office(billing={"enabled": False})
    office.add_customer()
    office.add_deal("100.00")

    assert told(office) == [(DEAL, "filtered", money("100"))]
    assert "billing.enabled" in office.rows("select explanation from reporting.booked_billed_paid")[0]["explanation"]


def test_each_amount_stands_in_the_month_of_its_own_date() -> None:
    office, contact = office_with()
    key = office.add_invoice("A", contact, "100.00", paid="40.00", credited="10.00", issued_on=date(2026, 3, 1))
    office.link_invoice(key)
    office.put(
        "core.payments", payment_key="p", document_key=key, document_kind="invoice", payment_status="AUTHORISED",
        paid_on=date(2026, 4, 2), amount_paid=money("40"), is_deleted=False,
    )  # fmt: skip
    office.put(
        "core.payments", payment_key="q", document_key=key, document_kind="invoice", payment_status="DELETED",
        paid_on=date(2026, 4, 2), amount_paid=money("99"), is_deleted=True,
    )  # fmt: skip
    office.put(
        "core.credit_applications", application_key="c", credit_key="n", invoice_key=key, applied_on=date(2026, 4, 3),
        amount_applied=money("10"), is_deleted=False,
    )  # fmt: skip
    office.reconcile()

    zero = money("0")
    assert office.rows("select * from reporting.booked_billed_paid_months order by month_on") == [
        {
            "month_on": date(2026, month, 1), "currency_code": "GBP", "amount_booked": booked,
            "amount_billed_net": billed, "amount_billed": billed, "amount_paid": paid, "amount_credited": credited,
            "deal_count": deals, "invoice_count": invoices,
        }
        for month, booked, billed, paid, credited, deals, invoices in (
            (2, money("100"), zero, zero, zero, 1, 0),
            (3, zero, money("100"), zero, zero, 0, 1),
            (4, zero, zero, money("40"), money("10"), 0, 0),
        )
    ]  # fmt: skip
