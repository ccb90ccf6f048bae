"""Why a value is what it is: the parts add up or the answer says so, and a key that means two things is asked back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.errors import NotFound
from xero_sf_pipeline.policy import parse_policy
from xero_sf_pipeline.reporting.explain import EXPLAINERS, Explanation, Figure, Subject, explain
from xero_sf_pipeline.reporting.explain.evidence import FOLLOWING
from xero_sf_pipeline.reporting.explain.fields import FIGURES, KINDS
from xero_sf_pipeline_tests.reporting.office import (
    ACME,
    BOLT,
    DEAL,
    EARLIER,
    LATER,
    TENANT,
    Office,
    money,
)

CASE = "500000000000001AAA"


def told(office: Office, key: str) -> Explanation:
    found = explain(office.connection, office.policy, key)
    assert isinstance(found, Explanation), found
    return found


def figure(found: Explanation, name: str) -> Figure:
    (one,) = [one for one in found.figures if one.name == name]
    return one


@pytest.fixture
def office() -> Office:
    """An invoice of 100 with 40 paid and 10 credited, mirrored in Salesforce."""
    office = Office()
    customer = office.add_customer()
    key = office.add_invoice("INV-1", customer, "100.00", paid="40.00", credited="10.00")
    office.mirror(key, "100.00", due="50.00", paid="40.00", credited="10.00")
    office.put(
        "core.payments", payment_key=f"{TENANT}:p-1", tenant_id=TENANT, xero_payment_id="p-1", document_key=key,
        document_kind="invoice", payment_status="AUTHORISED", payment_type="ACCRECPAYMENT", paid_on=date(2026, 3, 3),
        amount_paid=money("40"), currency_code="GBP", is_deleted=False,
    )  # fmt: skip
    office.put(
        "raw_xero.payments", tenant_id=TENANT, xero_payment_id="p-1", payment_status="AUTHORISED",
        amount_paid=money("40"), known_from=EARLIER, run_id="run-1", is_deleted=False,
    )  # fmt: skip
    office.add_credit_note("CN-1", customer, "30.00", "20.00")
    office.put(
        "core.credit_applications", application_key="x", credit_key=f"{TENANT}:n-CN-1", invoice_key=key,
        applied_on=date(2026, 3, 4), amount_applied=money("10"), currency_code="GBP", is_deleted=False,
    )  # fmt: skip
    office.put(
        "core.invoice_lines", invoice_key=key, line_number=1, description="Desks\nin oak", amount_line=money("80"),
        amount_tax=money("20"), account_code="200", tax_type="OUTPUT2", currency_code="GBP",
    )  # fmt: skip
    return office


def test_what_is_due_is_the_total_less_payments_less_credits_each_with_its_row(office: Office) -> None:
    found = told(office, "INV-1")
    due = figure(found, "due")

    assert (due.value, due.currency_code, due.adds_up) == (money("50"), "GBP", True)
    assert [(part.label, part.amount, part.source_table, part.source_id, part.run_id) for part in due.parts] == [
        ("total", money("100"), "raw_xero.invoices", f"{TENANT}:i-INV-1", "run-1"),
        ("payment of 2026-03-03", money("-40"), "raw_xero.payments", f"{TENANT}:p-1", "run-1"),
        ("credit of 2026-03-04, CN-1", money("-10"), "core.credit_applications", f"{TENANT}:n-CN-1", "run-1"),
    ]
    assert [(part.label, part.amount) for part in figure(found, "total").parts] == [
        ("Desks", money("80")),
        ("tax on line 1", money("20")),
    ]
    assert all(one.adds_up for one in found.figures)


def test_a_figure_that_its_rows_do_not_tell_says_by_how_much(office: Office) -> None:
    office.run("update core.invoices set amount_due = 55")

    due = figure(told(office, "INV-1"), "due")
    assert (due.adds_up, due.amount_rest) == (False, money("5"))


def test_versions_runs_rules_and_the_match_are_part_of_the_answer(office: Office) -> None:
    found = told(office, f"{TENANT}:i-INV-1")

    assert [(row["amount_due"], row["known_from"], row["known_to"]) for row in found.versions] == [
        (money("50"), EARLIER, None)
    ]
    assert [(row["entity"], row["run_id"]) for row in found.walks] == [("invoices", "run-1")]
    assert found.facts["why this account"] == "Acme is linked"
    assert {rule.path: rule.value for rule in found.rules}["overdue.grace_days"] == 0
    assert [(one.field, one.is_same) for one in found.comparisons] == [
        ("Xero_Invoice__c.Total__c", True),
        ("Xero_Invoice__c.Due__c", True),
        ("Xero_Invoice__c.Paid__c", True),
        ("Xero_Invoice__c.Credited__c", True),
    ]


def test_plan_exclusions_ledger_and_differences_are_part_of_the_answer(office: Office) -> None:
    key = f"{TENANT}:i-INV-1"
    office.run("update core.xero_invoices set amount_due = 75")
    write = office.plan(key, {"Due__c": 50}, before='{"Due__c": 75}')
    office.exclude(key, "grace_period", kind="case.open")
    office.attempt("w-old", "confirmed", target_key=key, payload='{"Due__c": 75}', attempted_at=EARLIER - timedelta(1))
    office.reconcile()
    found = told(office, "INV-1")

    assert [(row["write_id"], row["payload"], row["before"]) for row in found.planned] == [
        (write, {"Due__c": 50}, {"Due__c": 75})
    ]
    assert [(row["kind"], row["reason"]) for row in found.excluded] == [("case.open", "grace_period")]
    assert [(row["write_id"], row["state"], row["payload"]) for row in found.attempts] == [
        ("w-old", "confirmed", {"Due__c": 75})
    ]
    assert [(row["measure"], row["reason"], row["amount_difference"]) for row in found.differences] == [
        ("invoice_due", "pending_write", money("-25"))
    ]


def test_a_field_keeps_what_is_about_it(office: Office) -> None:
    record = office.rows("select sf_xero_invoice_id from core.xero_invoices")[0]["sf_xero_invoice_id"]
    office.plan(f"{TENANT}:i-INV-1", {"Due__c": 50, "Paid__c": 40}, before='{"Due__c": 75, "Paid__c": 15}')
    found = told(office, f"Xero_Invoice__c.Due__c:{record}")

    assert [one.name for one in found.figures] == ["due"]
    assert [one.field for one in found.comparisons] == ["Xero_Invoice__c.Due__c"]
    assert [(row["payload"], row["before"]) for row in found.planned] == [({"Due__c": 50}, {"Due__c": 75})]


def test_a_field_that_we_do_not_write_says_so(office: Office) -> None:
    found = told(office, f"Account.Phone:{ACME}")
    assert "Nothing of ours writes Account.Phone" in found.notes[-1]


def test_a_field_without_a_table_of_its_own_is_told_from_plan_and_ledger(office: Office) -> None:
    office.attempt("w-1", "confirmed", target_object="Account", target_key=ACME, payload='{"Website": "acme.test"}')
    office.plan(ACME, {"Website": "acme.example"}, target_object="Account", kind="account.update", write_id="w-2")
    (one,) = told(office, f"Account.Website:{ACME}").comparisons
    assert (one.expected, one.shown, one.is_same) == ("acme.example", "acme.test", False)


def test_a_mapped_field_is_told_with_the_field_it_follows_and_its_rule(office: Office) -> None:
    mapping = {"salesforce": "Account.Region__c", "xero": "Contact.CompanyNumber", "rule": "xero_wins"}
    policy = parse_policy({"mappings": [mapping]})
    for field, xero_text in (("Account.Region__c", "North"), ("phone", None)):
        office.put(
            "mapping.field_values", xero_object="Contact", xero_key=f"{TENANT}:c-1", tenant_id=TENANT, sf_key=ACME,
            subject="Acme Ltd", field=field, xero_value=xero_text, xero_text=xero_text, sf_object="Account", sf_record_id=ACME,
        )  # fmt: skip
    found = explain(office.connection, policy, f"Account.Region__c:{ACME}")
    assert isinstance(found, Explanation)
    (row,) = found.tables[FOLLOWING]
    assert (row["field"], row["xero_text"], row["sf_text"], row["is_same"], row["rule"]) == (
        "Account.Region__c", "North", None, False, "mappings: Contact.CompanyNumber, to_salesforce, xero_wins",
    )  # fmt: skip
    whole = explain(office.connection, policy, ACME)
    assert isinstance(whole, Explanation)
    assert [row["rule"] for row in whole.tables[FOLLOWING]] == [row["rule"], "parties.fields.phone: fill_empty"]


def with_status(office: Office, outstanding: str | None, **changes: Any) -> None:
    row = {
        "sf_account_id": ACME, "payment_status": "Overdue", "currency_code": "GBP",
        "amount_outstanding": money(outstanding), "amount_overdue": money("50"),
        "amount_unallocated_credit": money("20"), "missing_rates": [], "as_of_at": LATER,
    }  # fmt: skip
    office.put("receivables.account_status", **(row | changes))
    for key, kind, number, currency, due, rate in (
        (f"{TENANT}:i-INV-1", "invoice", "INV-1", "GBP", "50", "1"),
        (f"{TENANT}:i-INV-2", "invoice", "INV-2", "EUR", "10", "1.15"),
        (f"{TENANT}:n-CN-1", "credit_note", "CN-1", "GBP", "20", "1"),
    ):
        office.put(
            "receivables.invoice_status", document_key=key, document_kind=kind, document_number=number,
            sf_account_id=ACME, is_claim=True, currency_code=currency, amount_due=money(due),
            due_on=date(2026, 3, 1) if number == "INV-1" else date(2026, 4, 1), as_of_on=date(2026, 3, 16),
            exchange_rate=Decimal(rate), rate_source="xero_document",
        )  # fmt: skip


def test_an_accounts_total_is_its_open_documents_each_at_its_rate(office: Office) -> None:
    with_status(office, "58.70")
    found = told(office, f"Account.Xero_Outstanding__c:{ACME}")
    (one,) = found.figures

    assert (one.name, one.value, one.adds_up, one.is_rounded) == ("outstanding", money("58.70"), True, True)
    assert [(part.label, part.amount, part.note) for part in one.parts] == [
        ("INV-1, due 2026-03-01", money("50"), ""),
        ("INV-2, due 2026-04-01", Decimal("8.69565217"), "10.00 EUR at 1.15 (xero_document)"),
    ]
    assert [(c.field, c.expected, c.shown, c.is_same) for c in found.comparisons] == [
        ("Account.Xero_Outstanding__c", money("58.70"), None, False)
    ]
    whole = told(office, ACME)
    assert [(f.name, f.adds_up) for f in whole.figures] == [
        ("outstanding", True),
        ("overdue", True),
        ("unallocated credit", True),
    ]


def test_an_account_without_a_rate_has_no_total_and_says_why(office: Office) -> None:
    with_status(office, None, missing_rates=["SEK"])
    found = told(office, ACME)
    assert figure(found, "outstanding").value is None
    assert "No rate for SEK" in found.notes[0]


def test_without_payment_status_an_account_shows_each_currency_by_itself(office: Office) -> None:
    office.add_invoice("INV-9", f"{TENANT}:c-Acme", "7.00", currency="EUR")
    found = told(office, ACME)
    assert [(f.name, f.value, f.adds_up) for f in found.figures] == [
        ("open in EUR", money("7"), True),
        ("open in GBP", money("50"), True),
    ]
    assert "not set up" in found.notes[0]


def test_a_deal_is_told_from_its_lines_and_its_invoices(office: Office) -> None:
    office.add_deal("100.00")
    office.link_invoice(f"{TENANT}:i-INV-1")
    for number, amount in enumerate(("60", "40")):
        office.put("core.opportunity_lines", sf_opportunity_line_id=f"L{number}", sf_opportunity_id=DEAL, line_name=f"Line {number}", amount_total=money(amount), sort_order=number)  # fmt: skip
    office.reconcile()
    found = told(office, f"{DEAL}/1")

    assert [(f.name, f.value, [part.amount for part in f.parts], f.adds_up) for f in found.figures] == [
        ("booked", money("100"), [money("60"), money("40")], True),
        ("billed", money("100"), [money("100")], True),
        ("paid", money("40"), [money("40")], True),
        ("due", money("50"), [money("50")], True),
    ]
    assert found.facts["reason"] == "Billed in full."


def test_a_case_is_told_from_the_overdue_invoices_that_it_stands_for(office: Office) -> None:
    key = f"{TENANT}:i-INV-1"
    for case, stands_for in ((CASE, key), (CASE.replace("1AAA", "2AAA"), f"{TENANT}:account:{ACME}:GBP")):
        office.put(
            "core.cases", sf_case_id=case, case_number=case[-5:], subject="Overdue", invoice_key=stands_for,
            sf_account_id=ACME, amount_due=money("50"), currency_code="GBP", is_deleted=False,
        )  # fmt: skip
    office.put("receivables.balances", as_of_on=date(2026, 3, 16), tenant_id=TENANT, currency_code="GBP")
    office.put(
        "receivables.overdue_invoices", as_of_on=date(2026, 3, 16), tenant_id=TENANT, invoice_key=key,
        invoice_number="INV-1", sf_account_id=ACME, currency_code="GBP", amount_due=money("50"), days_overdue=15,
    )  # fmt: skip
    for case in (CASE, CASE.replace("1AAA", "2AAA")):
        (one,) = told(office, f"Case.Xero_Amount_Due__c:{case}").figures
        assert [(part.label, part.amount) for part in one.parts] == [("INV-1, 15 days overdue", money("50"))]
        assert one.adds_up


def test_a_write_is_told_by_its_fields_its_reason_and_what_it_waits_for(office: Office) -> None:
    identifier = "0123456789abcdef0123456789abcdef"
    office.plan(
        f"{TENANT}:{DEAL}/1", {"Contact": {"ContactID": {"$write": "ff" * 16}}, "Date": "2026-03-16"},
        write_id=identifier, kind="invoice.create", target_system="xero", target_object="Invoice",
        depends_on=["ff" * 16], source_table="billing.schedule", source_id=DEAL,
    )  # fmt: skip
    found = told(office, identifier[:8])

    assert found.facts["goes to"] == f"xero Invoice {TENANT}:{DEAL}/1"
    assert found.facts["made from"] == f"billing.schedule {DEAL}"
    assert found.facts["waits for"] == "ff" * 16
    assert found.facts["state"] == "planned, never sent"
    assert [(one.field, one.expected, one.shown) for one in found.comparisons] == [
        ("Contact", {"ContactID": {"$write": "ff" * 16}}, None),
        ("Date", "2026-03-16", None),
    ]
    assert [(rule.path, rule.value) for rule in found.rules] == [("automation.invoice.create", "auto")]


def test_a_write_of_an_earlier_plan_is_told_from_the_ledger(office: Office) -> None:
    identifier = "fedcba9876543210fedcba9876543210"
    office.attempt(identifier, "rejected", target_key="k", payload='{"Due__c": 1}', message="no")
    found = told(office, identifier)
    assert (found.facts["state"], found.comparisons[0].expected) == ("rejected", 1)
    assert "The newest plan does not hold this write" in found.notes[0]


def test_credits_payments_and_contacts_have_answers_that_add_up(office: Office) -> None:
    for key, name, value in (
        ("CN-1", "remaining", "20"),
        (f"{TENANT}:p-1", "paid", "40"),
        (f"contact:{TENANT}:c-Acme", "open in GBP", "50"),
    ):
        one = figure(told(office, key), name)
        assert (one.value, one.adds_up) == (money(value), True)


def test_a_key_that_means_several_things_is_asked_back_and_a_kind_makes_it_one(office: Office) -> None:
    office.run("update core.accounts set account_name = 'Acme'")
    assert explain(office.connection, office.policy, "acme") == [
        Subject("account", ACME, "Acme"),
        Subject("contact", f"{TENANT}:c-Acme", "Acme"),
    ]
    assert told(office, "account:acme").subject.key == ACME


def test_ids_of_fifteen_characters_mean_the_same_record(office: Office) -> None:
    assert told(office, ACME[:15]).subject == Subject("account", ACME, "Acme Ltd")


def test_a_key_that_means_nothing_names_what_is_spelled_alike(office: Office) -> None:
    with pytest.raises(NotFound, match="Nothing in the snapshot is called 'Acme Ldt'") as caught:
        explain(office.connection, office.policy, "Acme Ldt")
    assert "account:Acme Ltd" in caught.value.remedy
    with pytest.raises(NotFound):
        explain(office.connection, office.policy, "'; drop table core.invoices; --")


def test_records_without_amounts_are_told_too(office: Office) -> None:
    office.put("core.tasks", sf_task_id="00T000000000001AAA", subject="Call Acme", task_status="Open", alert_key=f"{ACME}:overdue:2026-03-01")  # fmt: skip
    assert told(office, "00T000000000001AAA").facts["subject"] == "Call Acme"
    assert told(office, "Northwind Ltd").facts == {
        "name": "Northwind Ltd", "base currency": "GBP", "time zone": "Europe/London",
    }  # fmt: skip


def test_a_voided_invoice_is_told_as_xero_states_it(office: Office) -> None:
    office.run("update core.invoices set invoice_status = 'VOIDED', amount_due = 7")
    due = figure(told(office, "INV-1"), "due")
    assert ([part.label for part in due.parts], due.adds_up) == (["as Xero states it"], True)


def test_every_field_of_money_that_can_be_asked_for_has_a_kind_that_explains_it() -> None:
    assert {object_name for object_name, _ in FIGURES} <= set(KINDS)
    assert {kind for kinds in KINDS.values() for kind in kinds} <= set(EXPLAINERS)


def test_a_read_only_snapshot_of_an_older_version_is_explained(office: Office) -> None:
    for table in ("receivables.account_status", "receivables.invoice_status", "reporting.control_differences"):
        office.run(f"drop table {table}")
    office.run("drop schema billing cascade")
    assert figure(told(office, "INV-1"), "due").adds_up
    assert told(office, ACME).figures[0].adds_up
    assert BOLT not in str(told(office, ACME))
