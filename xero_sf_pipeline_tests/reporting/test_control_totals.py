"""Xero = the tables = Salesforce, to the cent: each difference has a reason, and what has none breaks the check."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xero_sf_pipeline_tests.reporting.office import (
    ACME,
    BOLT,
    EARLIER,
    LATER,
    NOW,
    SENDING,
    TENANT,
    Office,
    money,
)


def differences(office: Office) -> list[tuple[str, str, str, Decimal]]:
    """Measure, side, reason and amount of every difference."""
    rows = office.rows(
        "select measure, side, reason, amount_difference from reporting.control_differences order by all"
    )
    return [(row["measure"], row["side"], row["reason"], row["amount_difference"]) for row in rows]


def agreeing() -> tuple[Office, str]:
    """One invoice that all sides agree on."""
    office = Office()
    key = office.add_invoice("INV-1", office.add_customer(), "100.00", paid="40.00")
    office.mirror(key, "100.00", due="60.00", paid="40.00")
    return office, key


def test_three_sides_that_agree_have_totals_and_no_difference() -> None:
    office, _ = agreeing()
    report = office.reconcile()

    assert report.differences == {}
    assert office.offenders() == []
    assert office.rows("select * from reporting.control_totals order by measure") == [
        {
            "as_of_at": NOW, "tenant_id": TENANT, "sf_account_id": ACME, "currency_code": "GBP", "measure": measure,
            "amount_xero": money(amount), "amount_warehouse": money(amount), "amount_salesforce": money(amount),
            "amount_difference": money("0"), "amount_explained": money("0"), "amount_unexplained": money("0"),
            "record_count": 1, "difference_count": 0,
        }
        for measure, amount in (
            ("invoice_credited", "0"), ("invoice_due", "60"), ("invoice_paid", "40"), ("invoice_total", "100"),
        )
    ]  # fmt: skip


def test_a_cent_in_salesforce_that_nobody_can_explain_is_named() -> None:
    office, key = agreeing()
    office.run("update core.xero_invoices set amount_due = amount_due + 0.01")
    office.reconcile()

    assert office.offenders() == [
        {
            "record_key": "INV-1", "sf_account_id": ACME, "currency_code": "GBP", "measure": "invoice_due",
            "side": "salesforce", "amount_expected": money("60"), "amount_found": money("60.01"),
            "amount_difference": money("-0.01"),
        }
    ]  # fmt: skip
    assert key.endswith("INV-1")


def test_a_cent_lost_between_xeros_answer_and_the_tables_is_named() -> None:
    office, _ = agreeing()
    office.run("update core.invoices set amount_due = 59.99")
    office.reconcile()

    assert {row["side"]: row["amount_difference"] for row in office.offenders()} == {
        "salesforce": money("-0.01"),
        "xero": money("0.01"),
    }


def test_an_invoice_that_salesforce_lacks_is_unexplained_unless_something_says_why() -> None:
    office, _ = agreeing()
    office.run("delete from core.xero_invoices")
    office.reconcile()

    assert {(row["measure"], row["amount_difference"]) for row in office.offenders()} == {
        ("invoice_due", money("60")), ("invoice_paid", money("40")), ("invoice_total", money("100")),
    }  # fmt: skip


def test_a_record_that_no_document_of_ours_stands_behind_is_unexplained() -> None:
    office, _ = agreeing()
    office.mirror(f"{TENANT}:i-ghost", "5.00", due="5.00")
    office.reconcile()

    assert {row["amount_difference"] for row in office.offenders()} == {money("-5")}


def test_a_walk_that_read_and_stored_different_sums_is_unexplained_and_with_quarantine_it_is_not() -> None:
    office, _ = agreeing()
    office.add_walk("xero", "payments", amount="10.00", stored="9.99")
    office.reconcile()
    assert [(row["measure"], row["amount_difference"]) for row in office.offenders()] == [
        ("read_payments", money("0.01"))
    ]

    office.run("update ops.extracts set quarantined_count = 1 where entity = 'payments'")
    office.reconcile()
    assert office.offenders() == []
    assert differences(office) == [("read_payments", "xero", "quarantined", money("0.01"))]


def test_totals_whose_differences_do_not_add_up_are_named() -> None:
    office, _ = agreeing()
    office.run("update core.xero_invoices set amount_due = 0")
    office.exclude(f"{TENANT}:i-INV-1", "parked")
    office.reconcile()
    assert office.offenders() == []

    office.run("delete from reporting.control_differences")
    office.run("update reporting.control_totals set amount_explained = 0 where measure = 'invoice_due'")
    assert [(row["record_key"], row["side"]) for row in office.offenders()] == [("total", "sum of differences")]


def _pending(office: Office, key: str) -> None:
    office.plan(key, {"Due__c": 60})


def _pending_wrong(office: Office, key: str) -> None:
    office.plan(key, {"Due__c": 59})


def _needs_approval(office: Office, key: str) -> None:
    office.plan(key, {"Due__c": 60}, approval="needs_approval")


def _read_back(office: Office, key: str) -> None:
    office.attempt("w-1", "confirmed", target_key=key, payload='{"Due__c": 60}')


def _no_answer(office: Office, key: str) -> None:
    office.attempt(office.plan(key, {"Due__c": 60}), "sent", target_key=key)


def _refused(office: Office, key: str) -> None:
    office.attempt(office.plan(key, {"Due__c": 60}), "rejected", target_key=key, message="no")


def _parked(office: Office, key: str) -> None:
    office.exclude(key, "parked")


def _stale(office: Office, key: str) -> None:
    office.exclude(key, "source_stale")


def _off(office: Office, key: str) -> None:
    office.exclude(key, "switched_off")


def _edited(office: Office, key: str) -> None:
    office.attempt("w-1", "confirmed", target_key=key, payload='{"Due__c": 60}', attempted_at=EARLIER.replace(hour=7))


def _core_moved_on(office: Office, key: str) -> None:
    office.run("update ops.derivations set built_at = $at", {"at": NOW})


@pytest.mark.parametrize(
    ("cause", "reason", "unexplained"),
    [
        (_pending, "pending_write", "0"),
        (_needs_approval, "pending_write", "0"),
        (_read_back, "waiting_for_read_back", "0"),
        (_no_answer, "outcome_unknown", "0"),
        (_refused, "rejected", "0"),
        (_parked, "rejected", "0"),
        (_stale, "stale", "0"),
        (_off, "excluded_by_policy", "0"),
        (_edited, "changed_in_salesforce", "0"),
        (_core_moved_on, "stale", "0"),
    ],
    ids=lambda part: getattr(part, "__name__", "").strip("_"),
)
def test_a_difference_with_a_known_cause_is_a_row_with_its_reason(
    cause: Callable[[Office, str], Any], reason: str, unexplained: str
) -> None:
    office, key = agreeing()
    office.run("update core.xero_invoices set amount_due = 75")
    cause(office, key)
    office.reconcile()

    assert differences(office) == [("invoice_due", "salesforce", reason, money("-15"))]
    assert office.offenders() == []


def test_a_planned_write_explains_only_what_it_will_mend() -> None:
    office, key = agreeing()
    office.run("update core.xero_invoices set amount_due = 75")
    _pending_wrong(office, key)
    office.reconcile()

    assert differences(office) == [
        ("invoice_due", "salesforce", "pending_write", money("-16")),
        ("invoice_due", "salesforce", "unexplained", money("1")),
    ]
    assert [row["amount_difference"] for row in office.offenders()] == [money("1")]


def test_writes_under_way_are_laid_over_each_other_in_order() -> None:
    office, key = agreeing()
    office.run("update core.xero_invoices set amount_due = 75, amount_paid = 25")
    office.attempt("w-1", "confirmed", target_key=key, payload='{"Due__c": 70, "Paid__c": 30}')
    office.attempt("w-2", "confirmed", target_key=key, payload='{"Due__c": 65}')
    office.plan(key, {"Due__c": 60, "Paid__c": 40})
    office.reconcile()

    assert differences(office) == [
        ("invoice_due", "salesforce", "pending_write", money("-15")),
        ("invoice_paid", "salesforce", "pending_write", money("15")),
    ]


def test_a_record_on_the_wrong_account_shows_on_both_accounts() -> None:
    office, key = agreeing()
    office.add_customer("Bolt", BOLT)
    office.run("update core.xero_invoices set sf_account_id = $id", {"id": BOLT})
    office.plan(key, {"Account__c": ACME})
    office.reconcile()

    rows = office.rows(
        "select sf_account_id, reason, amount_difference from reporting.control_differences "
        "where measure = 'invoice_total' order by all"
    )
    assert [tuple(row.values()) for row in rows] == [
        (ACME, "pending_write", money("100")),
        (BOLT, "pending_write", money("-100")),
    ]
    assert office.offenders() == []


def test_a_customer_without_an_account_is_unmatched() -> None:
    office = Office()
    office.add_invoice("INV-2", office.add_customer("Nobody", BOLT, outcome="review"), "12.00")
    office.reconcile()

    assert differences(office) == [
        ("invoice_due", "salesforce", "unmatched", money("12")),
        ("invoice_total", "salesforce", "unmatched", money("12")),
    ]


def test_drafts_and_voided_documents_are_no_claims_on_any_side() -> None:
    office = Office()
    customer = office.add_customer()
    for number, status, shown in (("D", "DRAFT", "Draft"), ("V", "VOIDED", "Voided")):
        key = office.add_invoice(number, customer, "50.00", status=status)
        office.mirror(key, "50.00", due="50.00", document_status=shown)
    office.reconcile()

    assert office.rows("select * from reporting.control_totals") == []


def test_an_invoice_voided_in_xero_differs_until_salesforce_shows_it_as_voided() -> None:
    office, key = agreeing()
    office.run("update core.invoices set invoice_status = 'VOIDED'")
    office.run('update raw_xero.invoices set payload = json_merge_patch(payload, \'{"Status": "VOIDED"}\')')
    office.reconcile()
    assert len(office.offenders()) == 3

    office.plan(key, {"Status__c": "Voided"})
    office.reconcile()
    assert office.offenders() == []


def test_credit_notes_tie_by_total_and_remaining_credit() -> None:
    office = Office()
    key = office.add_credit_note("CN-1", office.add_customer(), "30.00", "10.00")
    office.mirror(key, "30.00", due="10.00", document_type="Credit note")
    office.reconcile()

    assert office.offenders() == []
    assert [row["measure"] for row in office.rows("select measure from reporting.control_totals order by 1")] == [
        "credit_note_remaining",
        "credit_note_total",
    ]


def test_a_record_whose_newest_answer_cannot_be_read_is_a_difference_against_xero() -> None:
    office, _ = agreeing()
    office.put(
        "ops.quarantine", source="xero", tenant_id=TENANT, entity="invoices", record_id="i-INV-1", problem="no date",
        payload='{"Type": "ACCREC", "Status": "AUTHORISED", "CurrencyCode": "GBP", "Total": 90, "AmountDue": 50, '
        '"AmountPaid": 40, "AmountCredited": 0, "InvoiceNumber": "INV-1"}', first_seen_at=LATER, last_seen_at=LATER,
    )  # fmt: skip
    office.reconcile()

    assert differences(office) == [
        ("invoice_due", "xero", "quarantined", money("-10")),
        ("invoice_total", "xero", "quarantined", money("-10")),
    ]
    assert office.offenders() == []


def test_a_flow_that_is_off_or_never_read_is_said_instead_of_failing() -> None:
    office = Office(payment_status={"enabled": False})
    office.add_invoice("INV-1", office.add_customer(), "10.00")
    office.reconcile()
    assert {reason for _, _, reason, _ in differences(office)} == {"excluded_by_policy"}

    office = Office(**SENDING)
    office.add_invoice("INV-1", office.add_customer(), "10.00")
    office.run("delete from ops.extracts where entity = 'xero_invoices'")
    office.reconcile()
    assert {reason for _, _, reason, _ in differences(office)} == {"not_set_up"}


def with_account_status(**changes: Any) -> Office:
    office = Office()
    office.add_customer()
    office.run("update core.accounts set amount_outstanding = 60, amount_overdue = 0, amount_unallocated_credit = 0")
    row = {
        "sf_account_id": ACME, "currency_code": "GBP", "amount_outstanding": money("60"), "amount_overdue": money("0"),
        "amount_unallocated_credit": money("0"), "missing_rates": [],
    }  # fmt: skip
    office.put("receivables.account_status", **(row | changes))
    return office


def test_the_totals_on_the_account_tie_with_what_receivables_say() -> None:
    office = with_account_status()
    office.reconcile()
    assert office.offenders() == []

    office.run("update core.accounts set amount_outstanding = 61")
    office.reconcile()
    assert [(row["record_key"], row["measure"], row["amount_difference"]) for row in office.offenders()] == [
        ("Acme Ltd", "account_outstanding", money("-1"))
    ]

    # The account is linked in the same plan, by another write that carries no money.
    office.plan(ACME, {"Xero_Contact_ID__c": "c-1"}, target_object="Account", kind="account.link", write_id="w-0")
    office.plan(ACME, {"Xero_Outstanding__c": 60}, target_object="Account", kind="account.update")
    office.reconcile()
    assert differences(office) == [("account_outstanding", "salesforce", "pending_write", money("-1"))]


def test_an_account_without_a_rate_says_which_currency_is_missing() -> None:
    office = with_account_status(amount_outstanding=None, missing_rates=["SEK"])
    office.reconcile()

    rows = office.rows("select reason, explanation from reporting.control_differences")
    assert rows == [
        {
            "reason": "no_exchange_rate",
            "explanation": "No rate into the Salesforce currency for SEK (currency.rates).",
        }
    ]


CENTS = st.integers(min_value=0, max_value=10_000).map(lambda cents: str(Decimal(cents) / 100))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(CENTS, CENTS, CENTS, st.sampled_from(["none", "parked", "planned", "sent"])), max_size=6),
)
def test_differences_always_add_up_to_the_totals_whatever_the_amounts(
    documents: list[tuple[str, str, str, str]],
) -> None:
    office = Office()
    customer = office.add_customer()
    for number, (total, due, planned, cause) in enumerate(documents):
        key = office.add_invoice(f"I{number}", customer, total)
        office.mirror(key, total, due=due)
        if cause == "parked":
            office.exclude(key, "parked")
        elif cause != "none":
            write = office.plan(key, {"Due__c": float(planned)}, write_id=f"w{number}")
            if cause == "sent":
                office.attempt(write, "sent", target_key=key)
    office.reconcile()

    assert [row for row in office.offenders() if row["side"] == "sum of differences"] == []
    for row in office.rows("select * from reporting.control_totals"):
        assert row["amount_difference"] == row["amount_explained"] + row["amount_unexplained"]
