"""The law of the whole: whatever people edit and whatever fails, planning and pushing come to rest.

At rest the next plan is empty, there is one record per key, and every write that did not go through is still listed.
Receivables, planning and pushing are the real ones; Salesforce is in memory and is read back into the core tables.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.planning.planner import PlanReport, make_plan
from xero_sf_pipeline.policy import Policy, parse_policy
from xero_sf_pipeline.pushing import dead_letters
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.push import push
from xero_sf_pipeline.receivables import derive
from xero_sf_pipeline_tests.planning.core_tables import NOW, OWNER, TENANT, Books
from xero_sf_pipeline_tests.pushing.fake_salesforce import OWN_KEYS, FakeSalesforce
from xero_sf_pipeline_tests.pushing.memory_warehouse import MemoryWarehouse
from xero_sf_pipeline_tests.pushing.test_push_laws import ROW_ERRORS, call_faults


class Company:
    """Xero's books, a Salesforce org, and the pipeline between them."""

    def __init__(self, folder: Path, rules: dict[str, Any]) -> None:
        self.books = Books()
        self.warehouse = MemoryWarehouse(folder / "warehouse.duckdb", self.books.connection)
        self.org = FakeSalesforce()
        self.clock = FixedClock(NOW)
        self.policy: Policy = parse_policy(rules)
        self._runs = 0

    def read_salesforce(self) -> None:
        """Mirror the org and match by the keys that it holds, as extraction, core and matching do."""
        books, records, now = self.books, self.org.org.records, self.clock.now()
        for table in ("accounts", "xero_contacts", "cases"):
            books.run(f"delete from core.{table}")
        for record in records["Account"].values():
            books.add_account(
                record["Id"], record["Name"], xero_contact_id=record.get("Xero_Contact_ID__c"), updated_at=now
            )
        for record in records["Xero_Contact__c"].values():
            books.put(
                "core.xero_contacts", contact_key=record["Key__c"], sf_xero_contact_id=record["Id"],
                sf_account_id=record.get("Account__c"), updated_at=now,
            )  # fmt: skip
        for record in records["Case"].values():
            books.put(
                "core.cases", sf_case_id=record["Id"], case_number=record["Id"][-6:],
                invoice_key=record.get("Xero_Invoice_Key__c"), subject=record.get("Subject"),
                case_status=record.get("Status"), priority=record.get("Priority"), case_type=record.get("Type"),
                owner_sf_user_id=record.get("OwnerId") or OWNER, sf_account_id=record.get("AccountId"),
                is_closed=record.get("Status") == "Closed", amount_due=record.get("Xero_Amount_Due__c"),
                currency_code=record.get("Xero_Currency__c"), due_on=record.get("Xero_Due_Date__c"),
                stage=record.get("Xero_Stage__c"), resolution=record.get("Xero_Resolution__c"),
                is_deleted=bool(record.get("IsDeleted")), updated_at=now,
            )  # fmt: skip
        books.run(
            "update matching.links set outcome = 'linked', sf_account_id = a.sf_account_id, is_primary = true "
            "from core.contacts c join core.accounts a on a.xero_contact_id = c.xero_contact_id "
            "where links.contact_key = c.contact_key and outcome = 'create'"
        )

    def plan(self) -> PlanReport:
        derive(self.books.connection, self.policy, self.clock.now())
        return make_plan(self.books.connection, self.policy, self.clock.now(), f"run-{self._runs}")

    def push(self) -> None:
        self._runs += 1
        self.clock.advance(timedelta(minutes=5))
        pacing = Pacing(collection_size=2, bulk_above=4, max_pushes=2, sleep=lambda seconds: None)
        push(self.warehouse, self.org, self.clock, run_id=f"run-{self._runs}", actor="law", pacing=pacing)
        self.clock.advance(timedelta(minutes=5))


documents = st.lists(
    st.tuples(st.integers(0, 2), st.integers(150, 90_000), st.integers(-70, 5), st.sampled_from(["GBP", "EUR"])),
    min_size=1,
    max_size=5,
)
EDITS = [
    "days_pass", "pay_half", "pay_all", "owe_again", "owe_more", "due_later", "void_first", "person_closes",
    "person_reopens", "person_renames", "person_deletes", "person_clears_key", "person_edits_amount",
]  # fmt: skip
steps = st.lists(
    st.tuples(
        st.sampled_from(EDITS),
        st.lists(call_faults(), max_size=2),
        st.lists(st.sampled_from(ROW_ERRORS), max_size=2),
        st.booleans(),
    ),
    max_size=3,
)


def edit(company: Company, what: str) -> None:
    books, cases = company.books, list(company.org.org.records["Case"].values())
    in_xero = {
        "pay_half": "amount_due = round(amount_due / 2, 2) where amount_due > 1",
        "pay_all": "amount_due = 0, invoice_status = 'PAID' where invoice_status = 'AUTHORISED'",
        "owe_again": "amount_due = amount_total, invoice_status = 'AUTHORISED' where invoice_status = 'PAID'",
        "owe_more": "amount_total = amount_total + 7, amount_due = amount_due + 7 where invoice_status = 'AUTHORISED'",
        "due_later": "due_on = due_on + 40",
        "void_first": "amount_due = 0, invoice_status = 'VOIDED' where invoice_number = 'INV-0'",
    }
    by_person: dict[str, dict[str, Any]] = {
        "person_closes": {"Status": "Closed"},
        "person_reopens": {"Status": "Working"},
        "person_renames": {"Subject": "Another matter"},
        "person_clears_key": {"Xero_Invoice_Key__c": None},
        "person_edits_amount": {"Xero_Amount_Due__c": 1},
    }
    if what == "days_pass":
        company.clock.advance(timedelta(days=31))
    elif what in in_xero:
        books.run(f"update core.invoices set {in_xero[what]}")
    elif what == "person_deletes" and cases:
        del company.org.org.records["Case"][cases[0]["Id"]]
    elif cases and what in by_person:
        cases[0].update(by_person[what])


def come_to_rest(company: Company) -> None:
    for _ in range(14):
        company.read_salesforce()
        if company.plan().write_count == 0:
            return
        company.push()
    raise AssertionError(f"never at rest: {company.books.rows('select kind, reason, before from plan.writes')}")


def check_rest(company: Company) -> None:
    for name, key_field in OWN_KEYS.items():
        keys = Counter(record.get(key_field) for record in company.org.org.records[name].values())
        assert all(count == 1 for key, count in keys.items() if key is not None), "one record per key"
    books = company.books
    assert books.rows("from plan.invoice_coverage where coverage = 'unexplained'") == []
    assert books.rows("from ledger.current where state in ('intent', 'sent', 'unknown')") == []
    refused = {row["write_id"] for row in books.rows(
        "select c.write_id from ledger.current c where c.state = 'rejected' and not exists (from ledger.attempts a "
        "where a.kind = c.kind and a.target_key = c.target_key and a.state = 'confirmed' "
        "and a.attempt_number > c.attempt_number)"
    )}  # fmt: skip
    listed = {letter.write_id for letter in dead_letters.list_errors(books.connection)}
    assert refused <= listed, "no dead letter is lost"
    parked = {row["target_key"] for row in books.rows(
        "select distinct target_key from ledger.current where state = 'rejected'"
    )}  # fmt: skip
    cases = {r.get("Xero_Invoice_Key__c"): r for r in company.org.org.records["Case"].values()}
    for row in books.rows(
        "select * from receivables.overdue_invoices where as_of_on = (select max(as_of_on) from receivables.balances)"
    ):
        case = cases.get(row["invoice_key"])
        if case is None or case["Status"] == "Closed" or case["Subject"] == "Another matter":
            continue
        if row["invoice_key"] not in parked:
            assert float(case["Xero_Amount_Due__c"]) == float(row["amount_due"]), "an open case says what is owed"


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=documents,
    outcomes=st.lists(st.sampled_from(["linked", "create", "review"]), min_size=3, max_size=3),
    story=steps,
    recreate=st.booleans(),
)
def test_after_any_edits_and_faults_the_plan_becomes_empty_with_one_record_per_key(
    rows: list[tuple[int, int, int, str]], outcomes: list[str], story: list[Any], recreate: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        company = Company(Path(folder), {"cases": {"recreate_deleted": recreate}, "pushing": {"max_attempts": 2}})
        books = company.books
        contacts = []
        for number, outcome in enumerate(outcomes):
            contacts.append(books.add_contact(f"Customer {number}"))
            account = company.org.add("Account", Name=f"Customer {number} Ltd") if outcome == "linked" else None
            books.link(contacts[-1], outcome, account)
        for number, (contact, cents, due_in, currency) in enumerate(rows):
            books.add_invoice(
                f"INV-{number}", contacts[contact], f"{cents / 100:.2f}", NOW.date() + timedelta(due_in),
                currency_code=currency,
            )  # fmt: skip
        come_to_rest(company)
        check_rest(company)
        for what, calls, errors, edits_before_push in story:
            company.org.call_faults = list(calls)
            keys = [f"{TENANT}:i-INV-{number}" for number in range(len(rows))]
            company.org.row_faults = {key: list(errors) for key in keys[:2]}
            if edits_before_push and what != "days_pass":  # the plan is made from what was there before
                company.plan()
            edit(company, what)
            company.push()
            come_to_rest(company)
            check_rest(company)
        company.warehouse.close()


def test_a_person_who_closes_a_case_between_plan_and_push_keeps_it_as_it_is(tmp_path: Path) -> None:
    company = company_with_one_case(tmp_path)
    company.books.run("update core.invoices set amount_due = 40")
    company.plan()
    (case,) = company.org.org.records["Case"].values()
    case["Status"] = "Closed"
    as_the_person_left_it = dict(case)
    company.push()
    assert company.org.org.records["Case"][case["Id"]] == as_the_person_left_it
    company.read_salesforce()
    assert company.plan().exclusions_by_reason == {"closed_by_person": 1}


def test_a_person_who_makes_a_case_something_else_between_plan_and_push_keeps_it_as_it_is(tmp_path: Path) -> None:
    company = company_with_one_case(tmp_path)
    company.books.run("update core.invoices set amount_due = 0, invoice_status = 'PAID'")
    company.plan()
    (case,) = company.org.org.records["Case"].values()
    case["Subject"] = "Wrong VAT number"
    company.push()
    assert company.org.org.records["Case"][case["Id"]]["Status"] == "New"
    company.read_salesforce()
    assert company.plan().exclusions_by_reason == {"case_taken_over": 1}


def company_with_one_case(folder: Path) -> Company:
    company = Company(folder, {})
    contact = company.books.add_contact("Acme")
    company.books.link(contact, "linked", company.org.add("Account", Name="Acme Ltd"))
    company.books.add_invoice("INV-1", contact, "100.00", date(2026, 3, 10))
    come_to_rest(company)
    return company
