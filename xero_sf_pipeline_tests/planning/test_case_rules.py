from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.policy import parse_policy
from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books, money
from xero_sf_pipeline_tests.planning.desk import Desk, changed_from

ACCOUNT = "001000000000001AAA"
CASE = "500000000000001AAA"
DUE_ON = date(2026, 3, 10)
KEY = f"{TENANT}:i-INV-1"


def desk_with_invoice(policy: dict[str, Any] | None = None, total: str = "100.00", **changes: Any) -> Desk:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("INV-1", contact, total, DUE_ON, **changes)
    return Desk(books, parse_policy(policy))


def add_case(desk: Desk, due: str = "100.00", **changes: Any) -> None:
    desk.books.add_case(CASE, KEY, **({"due": due, "sf_account_id": ACCOUNT, "due_on": DUE_ON} | changes))


def planned(desk: Desk) -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    desk.plan()
    rows = desk.writes()
    for row in rows:
        row["payload"].pop("Description", None)
    return [(row["kind"], row["reason"], row["payload"], changed_from(row)) for row in rows]


def coverage(desk: Desk) -> list[tuple[str, str]]:
    rows = desk.books.rows("select invoice_key, coverage from plan.invoice_coverage order by all")
    return [(row["invoice_key"], row["coverage"]) for row in rows]


def test_a_case_that_agrees_with_its_invoice_needs_nothing() -> None:
    desk = desk_with_invoice()
    add_case(desk)
    assert planned(desk) == []
    assert coverage(desk) == [(KEY, "case")]


def test_a_part_payment_and_a_stage_reached_at_once_are_one_escalation_that_carries_both() -> None:
    desk = desk_with_invoice(due="40.00")
    add_case(desk)
    desk.pass_days(24)
    assert planned(desk) == [
        (
            "case.escalate",
            "stage_reached",
            {"Xero_Amount_Due__c": Decimal("40.00"), "Xero_Stage__c": "Overdue 30 days"},
            {"Xero_Amount_Due__c": Decimal("100.00"), "Xero_Stage__c": "Overdue"},
        )
    ]


def test_an_escalation_sets_the_priority_and_owner_of_its_step() -> None:
    ladder = [
        {"from_days": 1, "stage": "Overdue", "priority": "Medium"},
        {"from_days": 5, "stage": "Late", "priority": "High", "owner_id": "00G000000000001AAA"},
    ]
    desk = desk_with_invoice({"cases": {"ladder": ladder}})
    add_case(desk, priority="Low")
    assert planned(desk) == [
        (
            "case.escalate",
            "stage_reached",
            {"Xero_Stage__c": "Late", "Priority": "High", "OwnerId": "00G000000000001AAA"},
            {"Xero_Stage__c": "Overdue", "Priority": "Low", "OwnerId": "005000000000001AAA"},
        )
    ]


def test_priority_status_and_owner_that_a_person_chose_are_left_alone_between_stages() -> None:
    desk = desk_with_invoice()
    add_case(desk, priority="Low", case_status="Working", owner_sf_user_id="005000000000009AAA")
    assert planned(desk) == []


def test_a_due_date_moved_within_the_past_updates_and_lowers_the_stage() -> None:
    desk = desk_with_invoice()
    add_case(desk, due_on=date(2026, 1, 1), stage="Overdue 60 days")
    assert planned(desk) == [
        (
            "case.update",
            "due_date_changed",
            {"Xero_Due_Date__c": "2026-03-10", "Xero_Stage__c": "Overdue"},
            {"Xero_Due_Date__c": "2026-01-01", "Xero_Stage__c": "Overdue 60 days"},
        )
    ]


@pytest.mark.parametrize(
    ("change", "reason", "resolution", "amount"),
    [
        (
            "invoice_status = 'VOIDED', amount_due = 0",
            "invoice_voided",
            "The invoice was voided in Xero; nothing is owed.",
            "0.00",
        ),
        ("is_deleted = true", "invoice_deleted", "The invoice was deleted in Xero; nothing is owed.", "0.00"),
        (
            "invoice_status = 'PAID', amount_due = 0, amount_credited = 100",
            "invoice_credited",
            "Settled by credit, not by payment: credit note 100.00 GBP on 2026-03-12.",
            "0.00",
        ),
        (
            "due_on = date '2026-04-01'",
            "not_overdue",
            "Not overdue any more: due on 2026-04-01, 100.00 GBP unpaid.",
            None,
        ),
    ],
)
def test_a_case_closes_with_the_right_words(change: str, reason: str, resolution: str, amount: str | None) -> None:
    desk = desk_with_invoice()
    add_case(desk)
    if "credited" in change:
        credit = desk.books.add_credit("1", f"{TENANT}:c-Acme", "100", "0")
        desk.books.apply_credit(credit, KEY, "100", date(2026, 3, 12))
    desk.books.run(f"update core.invoices set {change}")
    payload: dict[str, Any] = {"Status": "Closed", "Xero_Resolution__c": resolution}
    before: dict[str, Any] = {"Status": "New", "Xero_Resolution__c": None}
    if amount is not None:
        payload["Xero_Amount_Due__c"], before["Xero_Amount_Due__c"] = Decimal(amount), Decimal("100.00")
    assert planned(desk) == [("case.close", reason, payload, before)]


def test_a_case_that_a_person_closed_stays_closed_until_the_balance_grows() -> None:
    desk = desk_with_invoice()
    add_case(desk, is_closed=True, case_status="Closed")
    assert planned(desk) == []
    assert desk.exclusions() == [(KEY, "closed_by_person")]
    assert coverage(desk) == [(KEY, "case")]

    desk.books.run("update core.invoices set amount_total = 150, amount_due = 150")
    assert planned(desk) == [
        (
            "case.reopen",
            "balance_grew",
            {"Status": "New", "Xero_Amount_Due__c": Decimal("150.00")},
            {"Status": "Closed", "Xero_Amount_Due__c": Decimal("100.00")},
        )
    ]


def test_the_policy_can_keep_a_closed_case_closed_even_when_the_balance_grows() -> None:
    desk = desk_with_invoice({"cases": {"reopen_when_balance_grows": False}})
    add_case(desk, due="50.00", is_closed=True, case_status="Closed")
    assert planned(desk) == []
    assert desk.exclusions() == [(KEY, "closed_by_person")]


@pytest.mark.parametrize("change", [{"case_type": "Question"}, {"subject": "Wrong VAT number on our invoice"}])
def test_a_case_that_a_person_made_something_else_is_left_alone_and_reported(change: dict[str, str]) -> None:
    desk = desk_with_invoice(due="10.00")
    add_case(desk, **change)
    assert planned(desk) == []
    assert desk.exclusions() == [(KEY, "case_taken_over")]
    assert coverage(desk) == [(KEY, "case")]

    desk.books.run("update core.invoices set amount_due = 0, invoice_status = 'PAID'")
    assert planned(desk) == []
    assert desk.exclusions() == [(CASE, "case_taken_over")]


def test_a_case_whose_subject_and_type_we_gave_is_ours_after_the_policy_changed() -> None:
    desk = desk_with_invoice()
    desk.plan()
    desk.push()
    desk.policy = parse_policy({"cases": {"subject_prefix": "Unpaid", "type": "Dunning"}})
    desk.books.run("update core.invoices set amount_due = 10")
    assert [kind for kind, *_ in planned(desk)] == ["case.update"]


def test_a_case_whose_key_a_person_cleared_is_not_opened_a_second_time() -> None:
    desk = desk_with_invoice()
    desk.plan()
    desk.push()
    desk.books.run("update core.cases set invoice_key = null")
    desk.pass_days(5)
    assert planned(desk) == []
    assert desk.exclusions() == [(KEY, "case_taken_over")]
    assert coverage(desk) == [(KEY, "exclusion")]


@pytest.mark.parametrize("keeps_key", [True, False])
def test_a_deleted_case_comes_back_only_when_the_policy_says_so(keeps_key: bool) -> None:
    desk = desk_with_invoice()
    desk.plan()
    desk.push()
    desk.books.run("update core.cases set is_deleted = true" + ("" if keeps_key else ", invoice_key = null"))
    desk.pass_days(5)
    assert planned(desk) == []
    assert desk.exclusions() == [(KEY, "case_deleted")]

    desk.policy = parse_policy({"cases": {"recreate_deleted": True}})
    ((kind, reason, *_),) = planned(desk)
    assert (kind, reason) == ("case.open", "case_deleted")
    desk.push()
    assert planned(desk) == []


def test_a_case_that_vanished_without_a_trace_counts_as_deleted_after_the_read_back_time() -> None:
    desk = desk_with_invoice()
    desk.plan()
    desk.push(read_back=False)
    assert planned(desk) == []
    assert desk.exclusions() == [(KEY, "awaiting_read_back")]
    desk.pass_days(2)
    assert planned(desk) == []
    assert desk.exclusions() == [(KEY, "case_deleted")]


def test_a_case_that_a_person_opened_again_after_we_closed_it_is_left_open() -> None:
    desk = desk_with_invoice(due="0.00", invoice_status="PAID")
    add_case(desk, due="0.00", resolution="Paid in full.")
    assert planned(desk) == []
    assert desk.exclusions() == [(CASE, "reopened_by_person")]


def test_a_case_about_an_invoice_that_is_not_mirrored_is_never_closed() -> None:
    desk = desk_with_invoice()
    add_case(desk)
    desk.books.run("update core.cases set invoice_key = 'another-tenant:i-9'")
    assert [kind for kind, *_ in planned(desk)] == ["case.open"]
    assert desk.exclusions() == [(CASE, "invoice_unknown")]


@pytest.mark.parametrize(
    ("policy", "changes", "exclusion"),
    [
        ({"overdue": {"grace_days": 6}}, {}, "grace_period"),
        ({"overdue": {"minimum_amount": {"GBP": 200}}}, {}, "below_minimum"),
        (None, {"reference": "po 5 disputed by customer"}, "disputed"),
        ({"overdue": {"disputed": {"contacts": [f"{TENANT}:c-Acme"]}}}, {}, "disputed"),
        ({"overdue": {"disputed": {"invoices": ["INV-1"]}}}, {}, "disputed"),
        (None, {"expected_payment_on": date(2026, 3, 16)}, "promised"),
    ],
)
def test_an_invoice_that_is_not_chased_has_a_stated_exclusion(
    policy: dict[str, Any] | None, changes: dict[str, Any], exclusion: str
) -> None:
    desk = desk_with_invoice(policy, **changes)
    assert planned(desk) == []
    assert desk.exclusions() == [(KEY, exclusion)]
    assert coverage(desk) == [(KEY, "exclusion")]


def test_an_open_case_of_a_promised_invoice_keeps_its_stage_but_follows_the_amount() -> None:
    desk = desk_with_invoice(due="60.00", expected_payment_on=date(2026, 5, 1))
    add_case(desk)
    desk.pass_days(30)
    assert planned(desk) == [
        (
            "case.update",
            "amount_changed",
            {"Xero_Amount_Due__c": Decimal("60.00")},
            {"Xero_Amount_Due__c": Decimal("100.00")},
        )
    ]


def test_an_open_case_below_the_minimum_is_closed_and_reopened_when_it_is_chased_again() -> None:
    desk = desk_with_invoice({"overdue": {"minimum_amount": {"default": 50}}}, due="20.00")
    add_case(desk)
    resolution = "Below the minimum amount that is chased: 20.00 GBP unpaid."
    assert planned(desk) == [
        (
            "case.close",
            "no_longer_chased",
            {"Status": "Closed", "Xero_Resolution__c": resolution, "Xero_Amount_Due__c": Decimal("20.00")},
            {"Status": "New", "Xero_Resolution__c": None, "Xero_Amount_Due__c": Decimal("100.00")},
        )
    ]
    desk.push()
    desk.policy = parse_policy(None)
    assert [(kind, reason) for kind, reason, *_ in planned(desk)] == [("case.reopen", "owed_again")]


@pytest.mark.parametrize(
    ("outcome", "reason", "covered"),
    [
        ("review", "match_in_review", "match_review"),
        ("ignore", "contact_ignored", "exclusion"),
        (None, "unmatched", "exclusion"),
    ],
)
def test_an_overdue_invoice_without_an_account_is_held_and_reported(
    outcome: str | None, reason: str, covered: str
) -> None:
    books = Books()
    contact = books.add_contact("Unknown Ltd")
    if outcome:
        books.link(contact, outcome)
    key = books.add_invoice("INV-1", contact, "100.00", DUE_ON)
    desk = Desk(books)
    assert planned(desk) == []
    assert desk.exclusions() == [(key, reason)]
    assert coverage(desk) == [(key, covered)]


def test_a_case_opened_without_an_account_gets_it_when_the_match_is_made() -> None:
    books = Books()
    contact = books.add_contact("Unknown Ltd")
    books.add_invoice("INV-1", contact, "100.00", DUE_ON)
    desk = Desk(books, parse_policy({"cases": {"unmatched_invoices": "open_without_account"}}))
    ((kind, _, payload, _),) = planned(desk)
    assert (kind, payload.get("AccountId"), payload.get("Account")) == ("case.open", None, None)
    desk.push()
    books.add_account(ACCOUNT, "Unknown", xero_contact_id="c-Unknown Ltd")
    books.link(contact, "linked", ACCOUNT)
    assert ("case.update", "account_found", {"AccountId": ACCOUNT}, {"AccountId": None}) in planned(desk)


def test_a_case_follows_its_contact_to_the_account_that_a_person_matched_instead() -> None:
    other = "001000000000009AAA"
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_account(other, "Acme Holdings")
    books.add_invoice("INV-1", contact, "100.00", DUE_ON)
    desk = Desk(books)
    planned(desk)
    desk.push()
    books.run("update matching.links set sf_account_id = $other, method = 'human'", {"other": other})
    assert ("case.update", "account_moved", {"AccountId": other}, {"AccountId": ACCOUNT}) in planned(desk)
    desk.push()
    assert planned(desk) == []


def test_a_case_that_a_person_moved_to_another_account_stays_there() -> None:
    elsewhere = "001000000000009AAA"
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_account(elsewhere, "Acme Holdings")
    books.add_invoice("INV-1", contact, "100.00", DUE_ON)
    desk = Desk(books)
    planned(desk)
    desk.push()
    books.run("update core.cases set sf_account_id = $elsewhere", {"elsewhere": elsewhere})
    assert planned(desk) == []


@pytest.mark.parametrize(
    ("owner", "is_active", "expected"),
    [
        ({}, True, "005000000000001AAA"),
        ({"user_or_queue_id": "00G000000000002AAA"}, False, "00G000000000002AAA"),
        ({}, False, None),
        ({"rule": "fixed", "user_or_queue_id": "00G000000000002AAA"}, True, "00G000000000002AAA"),
        ({"rule": "salesforce_default"}, True, None),
    ],
)
def test_the_owner_of_a_new_case_follows_the_rule_and_is_never_inactive(
    owner: dict[str, Any], is_active: bool, expected: str | None
) -> None:
    desk = desk_with_invoice({"cases": {"owner": owner}})
    desk.books.run("update core.users set is_active = $a", {"a": is_active})
    ((_, _, payload, _),) = planned(desk)
    assert payload.get("OwnerId") == expected


def test_one_case_per_account_adds_up_one_currency_only_and_closes_when_nothing_is_overdue() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("INV-1", contact, "100.00", DUE_ON)
    books.add_invoice("INV-2", contact, "50.00", DUE_ON + timedelta(2))
    books.add_invoice("INV-3", contact, "70.00", DUE_ON, currency_code="EUR")
    desk = Desk(books, parse_policy({"cases": {"per": "account"}}))
    desk.plan()
    gbp_key = f"{TENANT}:account:{ACCOUNT}:GBP"
    rows = {row["target_key"]: row["payload"] for row in desk.writes()}
    assert sorted(rows) == [f"{TENANT}:account:{ACCOUNT}:EUR", gbp_key]
    assert rows[gbp_key]["Xero_Amount_Due__c"] == Decimal("150.00")
    assert rows[gbp_key]["Xero_Due_Date__c"] == "2026-03-10"
    assert rows[gbp_key]["Subject"] == "Overdue invoices of Acme (SF) in GBP"
    assert rows[gbp_key]["Description"].endswith(
        "INV-1: 100.00 GBP, due 2026-03-10, https://go.xero.com/app/!a1/invoicing/view/i-INV-1\n"
        "INV-2: 50.00 GBP, due 2026-03-12, https://go.xero.com/app/!a1/invoicing/view/i-INV-2"
    )
    assert {state for _, state in coverage(desk)} == {"case_planned"}
    desk.push()
    assert planned(desk) == []
    assert {state for _, state in coverage(desk)} == {"case"}

    books.run("update core.invoices set amount_due = 0, invoice_status = 'PAID' where currency_code = 'GBP'")
    assert planned(desk) == [
        (
            "case.close",
            "not_overdue",
            {
                "Status": "Closed",
                "Xero_Amount_Due__c": Decimal("0.00"),
                "Xero_Resolution__c": "No overdue invoices are left on this account.",
            },
            {"Status": "New", "Xero_Amount_Due__c": Decimal("150.00"), "Xero_Resolution__c": None},
        )
    ]


def test_an_invoice_with_an_open_case_of_its_own_keeps_it_when_cases_become_one_per_account() -> None:
    desk = desk_with_invoice({"cases": {"per": "account"}})
    add_case(desk)
    desk.books.add_invoice("INV-2", f"{TENANT}:c-Acme", "50.00", DUE_ON)
    ((kind, _, payload, _),) = planned(desk)
    assert (kind, payload["Xero_Amount_Due__c"]) == ("case.open", Decimal("50.00"))


def test_in_account_mode_an_invoice_waits_for_the_account_that_is_being_created() -> None:
    books = Books()
    contact = books.add_contact("New Ltd")
    books.link(contact, "create")
    key = books.add_invoice("INV-1", contact, "100.00", DUE_ON)
    desk = Desk(books, parse_policy({"cases": {"per": "account"}}))
    assert [kind for kind, *_ in planned(desk)] == ["account.create", "account.link"]
    assert desk.exclusions() == [(key, "awaiting_account")]
    desk.push()
    assert [kind for kind, *_ in planned(desk)] == ["case.open"]


def test_texts_are_cut_visibly_to_what_salesforce_allows() -> None:
    books = Books()
    contact = books.add_linked_contact("A" * 300, ACCOUNT)
    books.add_invoice("INV-1", contact, "100.00", DUE_ON)
    policy = {"cases": {"texts": {"description": "{contact_name} " * 200}}}
    desk = Desk(books, parse_policy(policy))
    desk.plan()
    ((subject, description),) = [(row["payload"]["Subject"], row["payload"]["Description"]) for row in desk.writes()]
    assert (len(subject), subject[-2:], len(description), description[-2:]) == (255, "A…", 32_000, "A…")


def test_braces_in_a_name_are_words_and_not_a_template() -> None:
    books = Books()
    contact = books.add_linked_contact("{amount_due} & Sons\n", ACCOUNT)
    books.add_invoice("INV-1", contact, "100.00", DUE_ON)
    desk = Desk(books)
    ((_, _, payload, _),) = planned(desk)
    assert payload["Subject"] == "Overdue invoice INV-1, {amount_due} & Sons"


def test_bills_drafts_and_future_invoices_never_get_a_case() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("BILL", contact, "100.00", DUE_ON, invoice_type="ACCPAY")
    books.add_invoice("DRAFT", contact, "100.00", DUE_ON, invoice_status="DRAFT")
    books.add_invoice("SUBMITTED", contact, "100.00", DUE_ON, invoice_status="SUBMITTED")
    books.add_invoice("TODAY", contact, "100.00", NOW.date())
    desk = Desk(books)
    assert planned(desk) == []
    assert coverage(desk) == []


def test_amounts_of_a_case_are_compared_in_cents() -> None:
    desk = desk_with_invoice(total="100.0040")
    add_case(desk, due="100.00")
    assert planned(desk) == []
    assert money("100.004") != money("100.00")


def test_a_write_to_a_case_names_what_makes_the_case_ours_so_that_the_push_can_check_it_again() -> None:
    desk = desk_with_invoice(due="40.00")
    add_case(desk)
    desk.plan()
    ((payload, before),) = [(row["payload"], row["before"]) for row in desk.writes()]
    assert set(payload) == {"Description", "Xero_Amount_Due__c"}
    assert before == {
        "Xero_Amount_Due__c": Decimal("100.00"),
        "IsClosed": False,
        "Subject": "Overdue invoice INV-1, Acme",
        "Type": "Overdue invoice",
    }


def test_lengths_are_counted_as_salesforce_counts_them_and_no_character_is_cut_in_half() -> None:
    books = Books()
    contact = books.add_linked_contact("\N{SAUROPOD}" * 150, ACCOUNT)
    books.add_invoice("INV-1", contact, "100.00", DUE_ON)
    desk = Desk(books)
    desk.plan()
    (subject,) = [row["payload"]["Subject"] for row in desk.writes()]
    assert len(subject.encode("utf-16-le")) // 2 in (254, 255)
    assert set(subject.removeprefix("Overdue invoice INV-1, ")) == {"\N{SAUROPOD}", "…"}


def test_control_characters_in_a_name_reach_neither_salesforce_nor_the_terminal() -> None:
    books = Books()
    contact = books.add_linked_contact("Ac\x1b[31mme\x00\x0b Ltd", ACCOUNT)
    books.add_invoice("INV-1", contact, "100.00", DUE_ON, reference="a\x07b")
    desk = Desk(books, parse_policy({"cases": {"texts": {"description": "{contact_name}\n{reference}"}}}))
    desk.plan()
    ((payload, explanation),) = [(row["payload"], row["explanation"]) for row in desk.writes()]
    assert payload["Description"] == "Ac [31mme Ltd\na b"
    assert explanation.isprintable()


def test_of_several_reasons_not_to_chase_an_account_the_one_that_keeps_its_case_counts() -> None:
    desk = desk_with_invoice(
        {"cases": {"per": "account"}, "overdue": {"minimum_amount": {"GBP": 60}, "disputed": {"invoices": ["INV-2"]}}},
        total="50.00",
    )
    desk.books.add_invoice("INV-2", f"{TENANT}:c-Acme", "70.00", DUE_ON)
    key = f"{TENANT}:account:{ACCOUNT}:GBP"
    desk.books.add_case(CASE, key, due="120.00", sf_account_id=ACCOUNT, due_on=DUE_ON)
    assert planned(desk) == []
