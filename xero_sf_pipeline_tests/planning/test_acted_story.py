"""The story that the product is for, at the level of tables, step by step."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books
from xero_sf_pipeline_tests.planning.desk import Desk, changed_from

KEY = f"{TENANT}:i-INV-7"
LINK = "https://go.xero.com/app/!a1/invoicing/view/i-INV-7"


def description(due: str, days: int, as_of: str, stage: str) -> str:
    return (
        f"Invoice INV-7 of Charles Martin is overdue.\nAmount due: {due} GBP of 1,200.00 GBP\nIssued: 2026-01-05\n"
        f"Due: 2026-03-16\nDays overdue: {days} (as of {as_of})\nUnallocated credit: 0.00 GBP\nStage: {stage}\nXero: {LINK}"
    )


def summary(desk: Desk) -> list[tuple[str, str, dict[str, object], dict[str, object]]]:
    return [(row["kind"], row["reason"], row["payload"], changed_from(row)) for row in desk.writes()]


def nothing_is_left(desk: Desk) -> bool:
    report = desk.plan()
    return (report.write_count, report.unexplained_invoice_count) == (0, 0)


def test_the_acted_story_of_charles_martin() -> None:
    books = Books()
    desk = Desk(books)
    contact = books.add_contact("Charles Martin")
    books.link(contact, "create")
    books.add_invoice("INV-7", contact, "1200.00", date(2026, 3, 16))

    # A new contact gets an account; his invoice is due today, so no case yet.
    desk.plan()
    assert summary(desk) == [
        (
            "account.create",
            "customer_without_account",
            {
                "Name": "Charles Martin",
                "Type": "Customer",
                "Xero_Link__c": "https://go.xero.com/app/!a1/contacts/contact/c-Charles Martin",
            },
            {},
        ),
        (
            "account.link",
            "link_missing",
            {
                "Account__r": {"Xero_Contact_ID__c": "c-Charles Martin"},
                "Name": "Charles Martin",
                "Xero_Link__c": "https://go.xero.com/app/!a1/contacts/contact/c-Charles Martin",
            },
            {},
        ),
    ]
    create, link = desk.writes()
    assert link["depends_on"] == [create["write_id"]]
    desk.push()
    assert nothing_is_left(desk)

    # The clock moves a day: exactly one high-priority case on his account.
    desk.pass_days(1)
    desk.plan()
    account = books.value("select sf_account_id from core.accounts")
    (opening,) = desk.writes()
    write_id = opening.pop("write_id")
    assert opening == {
        "plan_id": books.value("select max_by(plan_id, planned_at) from plan.runs"),
        "kind": "case.open",
        "target_system": "salesforce",
        "target_object": "Case",
        "action": "upsert",
        "target_key_field": "Xero_Invoice_Key__c",
        "target_key": KEY,
        "target_id": None,
        "tenant_id": TENANT,
        "source_table": "receivables.overdue_invoices",
        "source_id": KEY,
        "payload": {
            "AccountId": account,
            "Description": description("1,200.00", 1, "2026-03-17", "Overdue"),
            "Origin": "Xero",
            "OwnerId": "005000000000001AAA",
            "Priority": "High",
            "Status": "New",
            "Subject": "Overdue invoice INV-7, Charles Martin",
            "Type": "Overdue invoice",
            "Xero_Amount_Due__c": Decimal("1200.00"),
            "Xero_Currency__c": "GBP",
            "Xero_Due_Date__c": "2026-03-16",
            "Xero_Link__c": LINK,
            "Xero_Stage__c": "Overdue",
        },
        "before": {},
        "reason": "invoice_overdue",
        "explanation": "case.open/invoice_overdue: for invoice INV-7 of Charles Martin, 1,200.00 GBP is unpaid 1 day "
        "after 2026-03-16 (as of 2026-03-17); stage Overdue of cases.ladder.",
        "amount": Decimal("1200.0000"),
        "currency_code": "GBP",
        "depends_on": [],
        "approval": "auto",
        "planned_at": datetime(2026, 3, 17, 9, 0, tzinfo=NOW.tzinfo),
    }
    desk.plan()
    assert [row["write_id"] for row in desk.writes()] == [write_id]
    desk.push()
    assert nothing_is_left(desk)
    case_id = books.value("select sf_case_id from core.cases")

    # A part payment updates the same case.
    desk.pass_days(1)
    books.add_payment("1", KEY, "500.00", date(2026, 3, 18))
    books.run("update core.invoices set amount_due = 700, amount_paid = 500")
    desk.plan()
    assert summary(desk) == [
        (
            "case.update",
            "amount_changed",
            {
                "Description": description("700.00", 2, "2026-03-18", "Overdue"),
                "Xero_Amount_Due__c": Decimal("700.00"),
            },
            {"Xero_Amount_Due__c": Decimal("1200.00")},
        )
    ]
    assert [row["target_id"] for row in desk.writes()] == [case_id]
    desk.push()
    assert nothing_is_left(desk)

    # 29 days: nothing. 30 and 60 days: escalations.
    desk.pass_days(27)
    assert nothing_is_left(desk)
    for stage, before, days, day in (
        ("Overdue 30 days", "Overdue", 30, "2026-04-15"),
        ("Overdue 60 days", "Overdue 30 days", 60, "2026-05-15"),
    ):
        desk.now = datetime.fromisoformat(f"{day}T09:00:00+00:00")
        desk.plan()
        assert summary(desk) == [
            (
                "case.escalate",
                "stage_reached",
                {"Description": description("700.00", days, day, stage), "Xero_Stage__c": stage},
                {"Xero_Stage__c": before},
            )
        ]
        desk.push()
        assert nothing_is_left(desk)

    # Full payment closes it with the evidence.
    desk.pass_days(1)
    payment = books.add_payment("2", KEY, "700.00", date(2026, 5, 16))
    books.run("update core.invoices set amount_due = 0, amount_paid = 1200, invoice_status = 'PAID'")
    desk.plan()
    resolution = "Paid in full: payment 500.00 GBP on 2026-03-18; payment 700.00 GBP on 2026-05-16."
    assert summary(desk) == [
        (
            "case.close",
            "invoice_paid",
            {
                "Description": f"{resolution}\n\nInvoice: INV-7 of Charles Martin\nPayment: 500.00 GBP on 2026-03-18\n"
                f"Payment: 700.00 GBP on 2026-05-16\nXero: {LINK}",
                "Status": "Closed",
                "Xero_Amount_Due__c": Decimal("0.00"),
                "Xero_Resolution__c": resolution,
            },
            {"Status": "New", "Xero_Amount_Due__c": Decimal("700.00"), "Xero_Resolution__c": None},
        )
    ]
    desk.push()
    assert nothing_is_left(desk)

    # Deleting the payment in Xero reopens the same case.
    desk.pass_days(1)
    books.run(
        "update core.payments set is_deleted = true, payment_status = 'DELETED' where payment_key = $p", {"p": payment}
    )
    books.run("update core.invoices set amount_due = 700, amount_paid = 500, invoice_status = 'AUTHORISED'")
    desk.plan()
    assert summary(desk) == [
        (
            "case.reopen",
            "owed_again",
            {
                "Description": description("700.00", 62, "2026-05-17", "Overdue 60 days"),
                "Status": "New",
                "Xero_Amount_Due__c": Decimal("700.00"),
                "Xero_Resolution__c": None,
            },
            {"Status": "Closed", "Xero_Amount_Due__c": Decimal("0.00"), "Xero_Resolution__c": resolution},
        )
    ]
    assert [row["target_id"] for row in desk.writes()] == [case_id]
    desk.push()
    assert nothing_is_left(desk)

    # Paying again closes it again, although the very same closing was confirmed before.
    desk.pass_days(1)
    books.run("update core.payments set is_deleted = false, payment_status = 'AUTHORISED'")
    books.run("update core.invoices set amount_due = 0, amount_paid = 1200, invoice_status = 'PAID'")
    desk.plan()
    assert [row["kind"] for row in desk.writes()] == ["case.close"]
    assert books.rows("from plan.writes semi join ledger.current using (write_id)") == []
    first_id = desk.writes()[0]["write_id"]
    desk.plan()
    assert [row["write_id"] for row in desk.writes()] == [first_id]
    desk.push()
    assert nothing_is_left(desk)
    assert books.value("select count(*) from core.cases") == 1
