"""Laws of planning: whatever the books hold and whatever happens next, these stay true."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xero_sf_pipeline.policy import parse_policy
from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books
from xero_sf_pipeline_tests.planning.desk import Desk

OTHER_TENANT = "20000000-0000-4000-8000-000000000002"

contacts = st.lists(
    st.tuples(st.sampled_from(["linked", "create", "review", "ignore", "none", "link_missing"]), st.booleans()),
    min_size=1,
    max_size=5,
)
invoices = st.lists(
    st.fixed_dictionaries(
        {
            "contact": st.integers(0, 4),
            "total": st.integers(1, 500_000),
            "paid": st.integers(0, 100),
            "due_in": st.integers(-120, 20),
            "currency_code": st.sampled_from(["GBP", "GBP", "EUR"]),
            "status": st.sampled_from(["AUTHORISED", "AUTHORISED", "AUTHORISED", "DRAFT", "VOIDED"]),
            "reference": st.sampled_from([None, None, None, "disputed"]),
        }
    ),
    max_size=8,
)
events = st.lists(
    st.sampled_from(
        ["days_pass", "pay_half", "pay_all", "owe_again", "void", "person_closes", "person_reopens", "person_renames",
         "person_deletes", "confirm_matches", "retype"]
    ),
    max_size=2,
)  # fmt: skip
policies = st.fixed_dictionaries(
    {
        "cases": st.fixed_dictionaries(
            {
                "per": st.sampled_from(["invoice", "account"]),
                "unmatched_invoices": st.sampled_from(["hold", "open_without_account"]),
                "recreate_deleted": st.booleans(),
            }
        ),
        "overdue": st.fixed_dictionaries(
            {"grace_days": st.sampled_from([0, 10]), "minimum_amount": st.sampled_from([{"default": 1}, {"GBP": 500}])}
        ),
        "accounts": st.fixed_dictionaries(
            {"create": st.fixed_dictionaries({"when": st.sampled_from(["customer", "overdue", "never"])})}
        ),
    }
)


def open_books(contact_rows: list[tuple[str, bool]], invoice_rows: list[dict[str, Any]]) -> Books:
    books = Books()
    books.add_organisation(OTHER_TENANT, "Pacific/Auckland", "Southwind Ltd")
    keys = []
    for number, (outcome, is_other) in enumerate(contact_rows):
        tenant = OTHER_TENANT if is_other else TENANT
        account, name = f"001{number:012d}AAA", f"Customer {number}"
        if outcome == "linked":
            keys.append(books.add_linked_contact(name, account, tenant_id=tenant))
            continue
        keys.append(books.add_contact(name, tenant_id=tenant))
        if outcome == "link_missing":
            books.add_account(account, name)
            books.link(keys[-1], "linked", account)
        elif outcome != "none":
            books.link(keys[-1], outcome)
    for number, row in enumerate(invoice_rows):
        total, paid = row["total"], row["total"] * row["paid"] // 100
        status = "PAID" if paid == total and row["status"] == "AUTHORISED" else row["status"]
        key = books.add_invoice(
            f"INV-{number}", keys[row["contact"] % len(keys)], f"{total / 100:.2f}",
            NOW.date() + timedelta(row["due_in"]), due=f"{(total - paid) / 100:.2f}", invoice_status=status,
            currency_code=row["currency_code"], reference=row["reference"], issued_on=NOW.date() - timedelta(150),
        )  # fmt: skip
        if paid:
            books.add_payment(str(number), key, f"{paid / 100:.2f}", NOW.date() - timedelta(130))
    return books


def happen(desk: Desk, event: str) -> None:
    books = desk.books
    desk.now += timedelta(hours=1)
    match event:
        case "days_pass":
            desk.pass_days(31)
        case "pay_half":
            books.run("update core.invoices set amount_due = round(amount_due / 2, 2) where amount_due > 1")
        case "pay_all":
            books.run(
                "update core.invoices set amount_due = 0, invoice_status = 'PAID' where invoice_status = 'AUTHORISED'"
            )
        case "owe_again":
            books.run(
                "update core.invoices set amount_due = amount_total, invoice_status = 'AUTHORISED' "
                "where invoice_status = 'PAID'"
            )
        case "void":
            books.run(
                "update core.invoices set amount_due = 0, invoice_status = 'VOIDED' where invoice_number = 'INV-0'"
            )
        case "confirm_matches":
            books.run("update matching.links set outcome = 'create' where outcome = 'review'")
        case _:
            changes = {
                "person_closes": "is_closed = true, case_status = 'Closed'",
                "person_reopens": "is_closed = false, case_status = 'New'",
                "person_renames": "subject = 'Another matter'",
                "person_deletes": "is_deleted = true",
                "retype": "case_type = 'Question'",
            }
            books.run(f"update core.cases set {changes[event]}, updated_at = $now", {"now": desk.now})


def check_one_plan(desk: Desk) -> None:
    report = desk.plan()
    first = desk.books.rows("select * exclude (planned_at, plan_id) from plan.writes order by write_id")
    targets = Counter((row["target_object"], row["target_key"]) for row in first)
    assert max(targets.values(), default=0) <= 1, "one write per record"
    ids = {row["write_id"] for row in first}
    assert len(ids) == len(first)
    assert all(parent in ids for row in first for parent in row["depends_on"])
    assert report.unexplained_invoice_count == 0, "no overdue invoice is lost"
    overdue = desk.books.rows("select invoice_key from plan.invoice_coverage order by all")
    expected = desk.books.rows(
        "select invoice_key from core.invoices i join core.organisations o using (tenant_id) "
        "where invoice_type = 'ACCREC' and invoice_status = 'AUTHORISED' and amount_due > 0 "
        "and due_on < (select max(as_of_on) from receivables.balances b where b.tenant_id = i.tenant_id) order by all"
    )
    assert overdue == expected, "each of them is there exactly once"
    assert (
        desk.books.rows("from plan.writes semi join (from ledger.current where state = 'confirmed') using (write_id)")
        == []
    )
    desk.plan()
    assert desk.books.rows("select * exclude (planned_at, plan_id) from plan.writes order by write_id") == first


def check_second_plan_is_empty(desk: Desk) -> None:
    for _ in range(2):  # cases per account wait for the account to be there, which takes one more round
        desk.push()
        desk.plan()
    assert desk.writes() == []


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(contact_rows=contacts, invoice_rows=invoices, story=events, rules=policies)
def test_plans_are_repeatable_complete_and_empty_after_a_push(
    contact_rows: list[tuple[str, bool]], invoice_rows: list[dict[str, Any]], story: list[str], rules: dict[str, Any]
) -> None:
    desk = Desk(open_books(contact_rows, invoice_rows), parse_policy(rules))
    check_one_plan(desk)
    check_second_plan_is_empty(desk)
    for event in story:
        happen(desk, event)
        check_one_plan(desk)
        check_second_plan_is_empty(desk)
