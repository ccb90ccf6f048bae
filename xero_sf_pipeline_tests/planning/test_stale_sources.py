"""A plan is never made from half of the facts: what was not read, or not derived, is not written from."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from xero_sf_pipeline.planning.approvals import Decision, record_decision
from xero_sf_pipeline.planning.planner import make_plan
from xero_sf_pipeline.receivables import derive
from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books
from xero_sf_pipeline_tests.planning.desk import Desk

OTHER_TENANT = "20000000-0000-4000-8000-000000000002"
ACCOUNT = "001000000000001AAA"
DUE_ON = date(2026, 3, 10)


def read(books: Books, source: str, tenant_id: str, *entities: str, at: datetime = NOW, mode: str = "poll") -> None:
    for entity in entities:
        books.put(
            "ops.extracts", extract_id=f"{source}/{tenant_id}/{entity}/{mode}/{at}", source=source,
            tenant_id=tenant_id, entity=entity, mode=mode, finished_at=at,
        )  # fmt: skip


def two_organisations() -> Desk:
    books = Books()
    books.add_organisation(OTHER_TENANT, "Europe/London", "Southwind Ltd")
    for number, tenant in ((1, TENANT), (2, OTHER_TENANT)):
        contact = books.add_linked_contact(f"Acme {number}", f"00100000000000{number}AAA", tenant_id=tenant)
        books.add_invoice(f"INV-{number}", contact, "100.00", DUE_ON)
    return Desk(books)


def keys(desk: Desk) -> list[str]:
    return sorted(row["target_key"] for row in desk.writes())


def test_before_salesforce_was_ever_read_the_plan_is_held() -> None:
    books = Books()
    contact = books.add_contact("Acme")
    books.link(contact, "create")
    read(books, "xero", TENANT, "invoices", "contacts")
    desk = Desk(books)
    report = desk.plan()
    why = "were never read (guards.max_mirror_age_hours): run `xero-sf sync`"
    assert report.held_reason == f"Salesforce accounts {why}; Salesforce cases {why}"
    assert dict(report.writes_by_approval) == {"needs_approval": 2}

    read(books, "salesforce", "00D", "accounts", "cases")
    assert desk.plan().held_reason is None


def test_a_salesforce_mirror_older_than_the_policy_allows_holds_the_plan() -> None:
    desk = two_organisations()
    for tenant in (TENANT, OTHER_TENANT):
        read(desk.books, "xero", tenant, "invoices", "contacts")
    read(desk.books, "salesforce", "00D", "accounts")
    read(desk.books, "salesforce", "00D", "cases", at=NOW - timedelta(hours=25))
    read(desk.books, "salesforce", "00D", "cases", mode="range")
    assert desk.plan().held_reason == (
        "Salesforce cases were last read at 2026-03-15 08:00 UTC (guards.max_mirror_age_hours): run `xero-sf sync`"
    )


def test_an_organisation_that_was_not_read_lately_waits_and_the_other_goes_on() -> None:
    desk = two_organisations()
    read(desk.books, "salesforce", "00D", "accounts", "cases")
    read(desk.books, "xero", TENANT, "invoices", "contacts")
    read(desk.books, "xero", OTHER_TENANT, "contacts")
    read(desk.books, "xero", OTHER_TENANT, "invoices", at=NOW - timedelta(hours=30))
    report = desk.plan()
    assert (report.is_held, report.unexplained_invoice_count) == (False, 0)
    assert keys(desk) == [f"{TENANT}:i-INV-1"]
    ((subject, reason, explanation),) = [
        (row["subject_key"], row["reason"], row["explanation"]) for row in desk.books.rows("from plan.exclusions")
    ]
    assert (subject, reason) == (f"{OTHER_TENANT}:i-INV-2", "source_stale")
    assert explanation.startswith(
        "Waits: Xero's invoices were last read at 2026-03-15 03:00 UTC (guards.max_mirror_age_hours); "
        "run `xero-sf sync`. It would be: case.open/invoice_overdue: "
    )


def test_what_depends_on_an_account_of_a_stale_organisation_waits_with_it() -> None:
    books = Books()
    contact = books.add_contact("Acme")
    books.link(contact, "create")
    invoice = books.add_invoice("INV-1", contact, "100.00", DUE_ON)
    read(books, "salesforce", "00D", "accounts", "cases")
    desk = Desk(books)
    assert desk.plan().write_count == 0
    assert desk.exclusions() == sorted(
        [(contact, "source_stale"), (contact, "source_stale"), (invoice, "source_stale")]
    )


def test_nothing_is_planned_from_receivables_that_were_not_derived_today() -> None:
    desk = two_organisations()
    desk.books.add_case("500000000000001AAA", f"{TENANT}:i-INV-1", due="100.00", due_on=DUE_ON, sf_account_id=ACCOUNT)
    assert make_plan(desk.books.connection, desk.policy, NOW, "run").write_count == 0, "no open case is closed"
    derive(desk.books.connection, desk.policy, NOW)
    tomorrow = NOW + timedelta(days=1)
    assert make_plan(desk.books.connection, desk.policy, tomorrow, "run").write_count == 0
    (explanation,) = {row["explanation"].split(";")[0] for row in desk.books.rows("from plan.exclusions")}
    assert explanation == "Waits: receivables are of 2026-03-16, and today is 2026-03-17"
    assert make_plan(desk.books.connection, desk.policy, NOW, "run").write_count == 1


def test_an_invoice_paid_after_receivables_were_derived_gets_no_case() -> None:
    desk = two_organisations()
    derive(desk.books.connection, desk.policy, NOW)
    desk.books.run("update core.invoices set amount_due = 0, invoice_status = 'PAID' where invoice_number = 'INV-1'")
    make_plan(desk.books.connection, desk.policy, NOW, "run")
    assert keys(desk) == [f"{OTHER_TENANT}:i-INV-2"]


def test_when_the_last_invoice_of_an_organisation_is_voided_its_case_closes() -> None:
    desk = two_organisations()
    desk.plan()
    desk.push()
    desk.pass_days(1)
    desk.books.run("update core.invoices set amount_due = 0, invoice_status = 'VOIDED' where invoice_number = 'INV-1'")
    desk.plan()
    assert [(row["kind"], row["reason"], row["target_key"]) for row in desk.writes()] == [
        ("case.close", "invoice_voided", f"{TENANT}:i-INV-1")
    ]
    assert desk.books.rows(
        "select currency_code, amount_opening, amount_closing from receivables.balances "
        "where tenant_id = $tenant and as_of_on = date '2026-03-17'",
        {"tenant": TENANT},
    ) == [{"currency_code": "GBP", "amount_opening": 0, "amount_closing": 0}]


def test_the_last_plan_made_is_the_newest_even_when_the_clock_was_set_back() -> None:
    desk = two_organisations()
    desk.plan()
    desk.now -= timedelta(hours=3)
    desk.books.run("update core.invoices set amount_due = 0, invoice_status = 'PAID' where invoice_number = 'INV-1'")
    newest = desk.plan().plan_id
    assert desk.books.rows("select plan_id, write_count from plan.runs order by planned_at desc limit 1") == [
        {"plan_id": newest, "write_count": 1}
    ]
    assert {row["plan_id"] for row in desk.writes()} == {newest}


def test_an_account_whose_creation_a_person_rejected_is_not_waited_for(tmp_path: Path) -> None:
    books = Books()
    contact = books.add_contact("Acme")
    books.link(contact, "create")
    invoice = books.add_invoice("INV-1", contact, "100.00", DUE_ON)
    desk = Desk(books)
    desk.plan()
    (create,) = [row["write_id"] for row in desk.writes() if row["kind"] == "account.create"]
    record_decision(tmp_path / "a.jsonl", [create], Decision.REJECTED, decided_by="Kim", decided_at=NOW)
    desk.plan(approvals_path=tmp_path / "a.jsonl")
    assert [(row["kind"], row["approval"]) for row in desk.writes()] == [("account.create", "rejected")]
    assert desk.exclusions() == [(invoice, "unmatched")]


def test_an_organisation_whose_first_walk_broke_off_waits_until_it_is_known_itself() -> None:
    """Its contacts were read and then the day's calls were used up: accounts were planned from contacts alone."""
    books = Books()
    unknown = books.add_contact("Acme", tenant_id=OTHER_TENANT)
    books.link(unknown, "create")
    read(books, "xero", OTHER_TENANT, "contacts")
    read(books, "salesforce", "00D", "accounts", "cases")
    desk = Desk(books)
    assert desk.plan().write_count == 0
    waiting = books.rows("select distinct reason, split_part(explanation, ';', 1) as why from plan.exclusions")
    assert waiting == [
        {
            "reason": "source_stale",
            "why": "Waits: Xero's organisation was never read, so neither its day nor its currency is known",
        }
    ]
