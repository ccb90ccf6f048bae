"""The flow of won deals, step by step: what is planned, what a push changes, and what stays for a person."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from xero_sf_pipeline.mapping.derive import derive as compare_records
from xero_sf_pipeline.planning.approvals import Decision, record_decision
from xero_sf_pipeline.policy import parse_policy
from xero_sf_pipeline_tests.billing.office import ACCOUNT, CLOSED, DEAL, BillingDesk, rules, sell, win
from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books, money

KEY = f"{TENANT}:{DEAL}/1"
SUBJECT = f"{DEAL}/1"


def billed(books: Books, amount: str = "1000.00", **changes: Any) -> BillingDesk:
    """A desk whose one deal has its draft, and whose opportunity shows it."""
    win(books, amount)
    desk = BillingDesk(books, rules(**changes))
    for _ in range(2):
        desk.plan()
        desk.push()
    assert desk.nothing_is_left()
    desk.now += timedelta(minutes=10)
    return desk


def change(books: Books, **changes: Any) -> None:
    sets = ", ".join(f"{column} = ${column}" for column in changes)
    books.run(f"update core.opportunities set {sets}", changes)


def approve_in_xero(books: Books) -> None:
    books.run("update core.invoices set invoice_status = 'AUTHORISED'")


def edit_in_xero(books: Books, **changes: Any) -> None:
    sets = ", ".join(f"{column} = ${column}" for column in changes)
    books.run(f"update core.invoice_lines set {sets}", changes)


def test_a_won_deal_becomes_one_draft_and_then_both_systems_agree(books: Books) -> None:
    win(books, "1000.00")
    desk = BillingDesk(books)
    desk.plan()
    (create,) = desk.writes()
    assert create["payload"] == {
        "Type": "ACCREC",
        "Status": "DRAFT",
        "Contact": {"ContactID": "c-Acme"},
        "Date": "2026-03-16",
        "DueDate": "2026-04-15",
        "Reference": SUBJECT,
        "CurrencyCode": "GBP",
        "LineAmountTypes": "Exclusive",
        "LineItems": [
            {"Description": "Big deal", "Quantity": 1, "UnitAmount": 1000, "AccountCode": "200", "TaxType": "OUTPUT2"}
        ],
    }
    shown = ("kind", "target_system", "target_object", "action", "target_key_field", "target_key", "before", "amount")
    assert tuple(create[name] for name in shown) == (
        "invoice.create", "xero", "Invoice", "upsert", "Reference", KEY, {}, Decimal("1200")
    )  # fmt: skip
    desk.plan()
    assert desk.writes()[0]["write_id"] == create["write_id"]
    desk.push()
    desk.plan()
    assert desk.the_write("opportunity.update")["payload"] == {
        "Xero_Invoice_ID__c": "i-1AAA/1",
        "Xero_Invoice_Number__c": "1AAA/1",
        "Xero_Invoice_Status__c": "Draft",
        "Xero_Link__c": "https://go.xero.com/app/!a1/invoicing/view/i-1AAA/1",
    }
    desk.push()
    assert desk.nothing_is_left()
    approve_in_xero(books)
    assert desk.kinds() == ["opportunity.update"]
    assert desk.writes()[0]["payload"] == {"Xero_Invoice_Status__c": "Awaiting payment"}


def test_an_invoice_that_was_created_and_is_not_mirrored_yet_is_never_created_again(books: Books) -> None:
    win(books, "1000.00")
    desk = BillingDesk(books)
    desk.plan()
    desk.push(read_back=False)
    assert desk.reasons() == [(SUBJECT, "awaiting_read_back")]
    change(books, amount=money("1100"))
    assert desk.kinds() == []
    desk.pass_days(2)
    assert desk.kinds() == []
    assert desk.exclusions() == [(SUBJECT, "invoice_unknown")]


def test_a_deal_that_is_reopened_and_won_again_keeps_its_invoice(books: Books) -> None:
    desk = billed(books)
    change(books, is_won=False, is_closed=False, stage_name="Negotiation")
    assert desk.reasons() == [(f"{TENANT}:i-1AAA/1", "deal_not_won")]
    assert desk.writes() == []
    change(books, is_won=True, is_closed=True, stage_name="Closed Won")
    assert desk.nothing_is_left()


def test_only_instalments_whose_day_has_come_in_the_organisations_time_zone_are_created(books: Books) -> None:
    win(books, "300.00", close_on=date(2026, 3, 17))
    books.run("update core.organisations set time_zone = 'Pacific/Auckland'")
    desk = BillingDesk(books, rules(plans=[{"name": "p", "kind": "monthly", "months": 3}]), NOW)
    assert desk.kinds() == []
    desk.now = NOW.replace(hour=11)  # midnight of the 17th in Auckland
    desk.plan()
    assert [write["target_key"] for write in desk.writes()] == [KEY]
    desk.policy = rules(plans=[{"name": "p", "kind": "monthly", "months": 3}], lead_days=31)
    desk.plan()
    assert [write["target_key"][-2:] for write in desk.writes()] == ["/1", "/2"]


def test_a_draft_follows_the_deal_and_keeps_what_finance_edited_each_time(books: Books) -> None:
    desk = billed(books)
    edit_in_xero(books, account_code="210", description="Big deal, as agreed on the phone")
    assert desk.nothing_is_left()
    for amount in (1200, 1300):
        change(books, amount=money(str(amount)))
        desk.plan()
        update = desk.the_write("invoice.update")
        line = {
            "LineItemID": books.value("select xero_line_item_id from core.invoice_lines"),
            "Description": "Big deal, as agreed on the phone",
            "Quantity": 1,
            "UnitAmount": amount,
            "AccountCode": "210",
            "TaxType": "OUTPUT2",
        }
        assert update["payload"] == {"LineItems": [line]}
        assert update["before"] == {
            "Status": "DRAFT",
            "LineItems": [line | {"UnitAmount": amount - 200 + 100 * (amount == 1300)}],
        }
        assert (update["target_id"], update["target_key"], update["action"]) == ("i-1AAA/1", KEY, "update")
        desk.push()
        assert desk.nothing_is_left()
        desk.now += timedelta(minutes=10)


def test_what_both_the_deal_and_finance_changed_is_left_to_a_person(books: Books) -> None:
    desk = billed(books)
    edit_in_xero(books, unit_amount=Decimal(950))
    assert desk.nothing_is_left()
    change(books, amount=money("1200"))
    assert desk.reasons() == [(SUBJECT, "invoice_edited_in_xero")]
    assert desk.writes() == []


def test_lines_that_the_deal_gains_and_loses_keep_the_ids_of_those_that_stay(books: Books) -> None:
    win(books, "300.00", has_lines=True)
    sell(books, 1, "1", "100")
    sell(books, 2, "1", "200")
    desk = BillingDesk(books, rules(write_back=False))
    desk.plan()
    desk.push()
    ids = [row["xero_line_item_id"] for row in books.rows("from core.invoice_lines order by line_number")]
    desk.now += timedelta(minutes=10)
    books.run("delete from core.opportunity_lines where sort_order = 1")
    sell(books, 3, "1", "50")
    sell(books, 4, "1", "60")
    change(books, amount=money("310"))
    desk.plan()
    sent = desk.the_write("invoice.update")["payload"]["LineItems"]
    assert [(line.get("LineItemID"), line["UnitAmount"]) for line in sent] == [(ids[1], 200), (None, 50), (None, 60)]
    desk.push()
    assert desk.nothing_is_left()


def test_a_planned_day_that_moves_into_the_future_moves_the_dates_of_a_draft_and_no_other_does(books: Books) -> None:
    desk = billed(books)
    for days in (-2, 4):
        change(books, close_on=CLOSED + timedelta(days=days))
        assert desk.nothing_is_left()
    change(books, close_on=date(2026, 3, 20))
    desk.plan()
    update = desk.the_write("invoice.update")
    assert update["payload"] == {"Date": "2026-03-20", "DueDate": "2026-04-19"}
    assert update["before"] == {"Status": "DRAFT", "Date": "2026-03-16", "DueDate": "2026-04-15"}
    desk.push()
    for _ in range(3):
        assert desk.nothing_is_left()
        desk.pass_days(4)


def test_with_planned_dates_a_moved_close_date_moves_the_dates_of_a_draft(books: Books) -> None:
    desk = billed(books, date="planned")
    change(books, close_on=CLOSED - timedelta(days=2))
    desk.plan()
    update = desk.the_write("invoice.update")
    assert update["payload"] == {"Date": "2026-03-08", "DueDate": "2026-04-07"}
    assert update["before"] == {"Status": "DRAFT", "Date": "2026-03-10", "DueDate": "2026-04-09"}
    desk.push()
    assert desk.nothing_is_left()


def test_a_late_invoice_is_dated_the_day_it_is_made_and_its_approval_outlives_midnight(
    books: Books, tmp_path: Path
) -> None:
    win(books, "1000.00")
    desk = BillingDesk(books, rules(approval={"above": {"default": 100}}, write_back=False))
    people = tmp_path / "approvals.jsonl"
    desk.plan_as(people)
    (first,) = desk.writes()
    record_decision(people, [first["write_id"]], Decision.APPROVED, decided_by="Kim", decided_at=NOW)
    seen = []
    for _ in range(3):
        desk.plan_as(people)
        (write,) = desk.writes()
        seen.append((write["write_id"], write["approval"], write["payload"]["Date"], write["payload"]["DueDate"]))
        desk.pass_days(1)
    assert seen == [
        (first["write_id"], "approved", "2026-03-16", "2026-04-15"),
        (first["write_id"], "approved", "2026-03-17", "2026-04-16"),
        (first["write_id"], "approved", "2026-03-18", "2026-04-17"),
    ]
    change(books, close_on=CLOSED - timedelta(days=1))
    desk.plan_as(people)
    assert [write["approval"] for write in desk.writes()] == ["needs_approval"]


def test_a_draft_that_was_made_late_is_not_rewritten_day_by_day_and_keeps_its_date_when_the_deal_changes(
    books: Books,
) -> None:
    desk = billed(books, write_back=False)
    for _ in range(3):
        desk.pass_days(1)
        assert desk.nothing_is_left()
    change(books, amount=money("1100"))
    desk.plan()
    assert sorted(desk.the_write("invoice.update")["payload"]) == ["LineItems"]
    books.run("update core.organisations set period_lock_on = '2026-03-16'")
    assert desk.reasons() == [(SUBJECT, "period_locked")]
    assert desk.writes() == []
    books.run("update core.organisations set period_lock_on = '2026-03-15'")
    assert desk.kinds() == ["invoice.update"]


def test_an_approved_invoice_is_never_changed_a_larger_deal_proposes_a_draft_of_the_difference(
    books: Books, tmp_path: Path
) -> None:
    desk = billed(books, write_back=False)
    approve_in_xero(books)
    change(books, amount=money("1250"))
    desk.plan()
    (proposal,) = desk.writes()
    assert (proposal["kind"], proposal["target_key"], proposal["approval"]) == (
        "invoice.create", f"{KEY}/r2", "needs_approval"
    )  # fmt: skip
    assert proposal["payload"]["Status"] == "DRAFT"
    assert [line["UnitAmount"] for line in proposal["payload"]["LineItems"]] == [250]
    people = tmp_path / "approvals.jsonl"
    record_decision(people, [proposal["write_id"]], Decision.APPROVED, decided_by="Kim", decided_at=NOW)
    desk.plan_as(people)
    assert [write["approval"] for write in desk.writes()] == ["approved"]
    desk.push()
    assert desk.nothing_is_left()
    desk.now += timedelta(minutes=10)

    # It grows again while the draft of the difference is open: that draft follows, nothing new is proposed.
    change(books, amount=money("1300"))
    desk.plan()
    update = desk.the_write("invoice.update")
    assert update["target_key"] == f"{KEY}/r2"
    assert [line["UnitAmount"] for line in update["payload"]["LineItems"]] == [300]
    desk.push()
    assert desk.nothing_is_left()

    # Back to what was approved: the draft is not wanted, and nobody but a person takes it away.
    change(books, amount=money("1000"))
    assert desk.reasons() == [(SUBJECT, "invoice_edited_in_xero")]
    assert desk.writes() == []


def test_the_draft_of_a_difference_takes_mapped_fields_along_in_the_same_write(books: Books, tmp_path: Path) -> None:
    """It got a second write of its own, and two writes of one draft held the whole plan."""
    desk = billed(books, write_back=False)
    approve_in_xero(books)
    change(books, amount=money("1250"))
    desk.plan()
    people = tmp_path / "approvals.jsonl"
    record_decision(people, [desk.writes()[0]["write_id"]], Decision.APPROVED, decided_by="Kim", decided_at=NOW)
    desk.plan_as(people)
    desk.push()
    desk.now += timedelta(minutes=10)

    mapping = {"salesforce": "Opportunity.Proof__c", "xero": "Invoice.Url", "direction": "to_xero"}
    desk.policy = desk.policy.model_copy(update={"mappings": parse_policy({"mappings": [mapping]}).mappings})
    for row in books.rows("select xero_invoice_id from core.invoices"):
        books.put("raw_xero.invoices", tenant_id=TENANT, is_deleted=False, payload="{}", **row)
    change(books, amount=money("1300"), mapped_fields='{"Proof__c": "https://proof.example/1"}')
    desk.nothing_is_left()
    compare_records(books.connection, desk.policy, desk.now)
    report = desk.plan()
    assert report.held_reason is None
    update = desk.the_write("invoice.update")
    assert update["target_key"] == f"{KEY}/r2"
    assert sorted(update["payload"]) == ["LineItems", "Url"]
    assert (update["payload"]["Url"], update["before"]["Url"]) == ("https://proof.example/1", None)
    assert (f"{TENANT}:i-1AAA/1/Opportunity.Proof__c", "invoice_approved") in desk.exclusions()


def test_a_smaller_deal_proposes_a_credit_note_once(books: Books) -> None:
    desk = billed(books, write_back=False)
    approve_in_xero(books)
    change(books, amount=money("900"))
    desk.plan()
    (proposal,) = desk.writes()
    assert (proposal["kind"], proposal["target_object"], proposal["target_key"], proposal["approval"]) == (
        "credit_note.create", "CreditNote", f"{KEY}/c1", "needs_approval"
    )  # fmt: skip
    assert proposal["payload"] == {
        "Type": "ACCRECCREDIT",
        "Status": "DRAFT",
        "Contact": {"ContactID": "c-Acme"},
        "Reference": f"{SUBJECT}/c1",
        "CurrencyCode": "GBP",
        "LineAmountTypes": "Exclusive",
        "LineItems": [
            {
                "Description": "Change of Big deal of Acme (SF) after invoice 1AAA/1",
                "Quantity": 1,
                "UnitAmount": 100,
                "AccountCode": "200",
                "TaxType": "OUTPUT2",
            }
        ],
    }
    desk.push()
    assert desk.nothing_is_left()
    books.run("update core.credits set credit_status = 'DELETED'")
    desk.plan()
    assert [write["target_key"] for write in desk.writes()] == [f"{KEY}/c2"]


def test_what_finance_changed_before_it_approved_is_no_difference(books: Books) -> None:
    desk = billed(books, write_back=False)
    edit_in_xero(books, unit_amount=Decimal(950))
    books.run("update core.invoices set amount_subtotal = 950, amount_total = 1140")
    approve_in_xero(books)
    assert desk.nothing_is_left()


def test_what_a_person_deleted_or_voided_stays_so_unless_the_policy_says_otherwise(books: Books) -> None:
    desk = billed(books, write_back=False)
    books.run("update core.invoices set invoice_status = 'DELETED'")
    assert desk.reasons() == [(SUBJECT, "invoice_deleted_by_person")]
    assert desk.writes() == []
    desk.policy = rules(write_back=False, recreate_deleted=True)
    desk.plan()
    assert [(write["kind"], write["target_key"]) for write in desk.writes()] == [("invoice.create", f"{KEY}/r2")]
    desk.push()
    assert desk.nothing_is_left()


def test_a_copy_of_our_invoice_in_xero_is_told_and_left_alone(books: Books) -> None:
    desk = billed(books, write_back=False)
    books.add_invoice("copy", f"{TENANT}:c-Acme", "1200", CLOSED, reference=SUBJECT, invoice_status="DRAFT")
    change(books, amount=money("1100"))
    assert desk.reasons() == [(SUBJECT, "reference_on_several_invoices")]
    assert [(write["kind"], write["target_id"]) for write in desk.writes()] == [("invoice.update", "i-1AAA/1")]


def test_an_invoice_that_finance_made_for_the_deal_is_not_made_again(books: Books) -> None:
    win(books, "1000", xero_invoice_id="i-77")
    books.add_invoice("77", f"{TENANT}:c-Acme", "1200", date(2026, 5, 1))
    desk = BillingDesk(books)
    assert desk.kinds() == ["opportunity.update"]


def test_a_deal_that_may_be_billed_by_hand_is_listed_and_billed_once_the_invoice_is_cleared(books: Books) -> None:
    win(books, "1000")
    books.add_invoice("77", f"{TENANT}:c-Acme", "1000", date(2026, 5, 1), issued_on=CLOSED)
    desk = BillingDesk(books, rules(write_back=False))
    assert desk.reasons() == [(SUBJECT, "maybe_billed_by_hand")]
    assert desk.writes() == []
    desk.policy = rules(write_back=False, not_by_hand=["77"])
    assert desk.kinds() == ["invoice.create"]
    desk.push()
    desk.policy = rules(write_back=False)
    assert desk.nothing_is_left()
    desk.now += timedelta(minutes=10)
    change(books, amount=money("1100"))
    books.run("update core.invoices set amount_total = 1100 where invoice_number = '77'")
    assert desk.kinds() == ["invoice.update"]


def test_what_is_billed_is_not_held_when_its_period_is_locked_later_or_its_item_vanishes(books: Books) -> None:
    desk = billed(books)
    books.run("update core.organisations set period_lock_on = '2026-03-31'")
    assert (desk.nothing_is_left(), desk.exclusions()) == (True, [])
    books.run("update core.ledger_accounts set account_status = 'ARCHIVED'")
    assert (desk.nothing_is_left(), desk.exclusions()) == (True, [])
    change(books, amount=money("1200"))
    assert desk.reasons() == [(SUBJECT, "ledger_account_archived")]
    books.run("update core.ledger_accounts set account_status = 'ACTIVE'")
    assert desk.reasons() == [(SUBJECT, "period_locked")]
    assert desk.writes() == []


def test_an_account_without_contact_gets_one_first_and_the_invoice_waits_for_it(books: Books) -> None:
    account = books.add_account(
        "001000000000009AAA", "Zenith Ltd", street="1 High St\nFloor 2", city="Leeds", postal_code="LS1 1AA", country="United Kingdom"
    )  # fmt: skip
    books.put(
        "core.people",
        sf_contact_id="003000000000001AAA",
        sf_account_id=account,
        full_name="Zoe",
        email="zoe@zenith.example",
    )
    win(books, "500", sf_account_id=account)
    desk = BillingDesk(books, rules(write_back=False))
    desk.plan()
    contact, invoice = desk.writes()
    assert (contact["kind"], contact["target_key_field"], contact["target_key"]) == (
        "xero_contact.create", "ContactNumber", f"{TENANT}:{account}"
    )  # fmt: skip
    address = contact["payload"].pop("Addresses")[0]
    assert contact["payload"] == {
        "Name": "Zenith Ltd", "ContactNumber": account, "EmailAddress": "zoe@zenith.example"
    }  # fmt: skip
    assert (address["AddressLine1"], address["AddressLine2"], address["City"]) == ("1 High St", "Floor 2", "Leeds")
    assert invoice["payload"]["Contact"] == {"ContactID": {"$write": contact["write_id"]}}
    assert invoice["depends_on"] == [contact["write_id"]]

    # The contact is confirmed, the invoice was refused for a passing reason: it keeps its id and names the contact.
    desk.attempt(contact, "confirmed", remote_id="c-new")
    desk.plan()
    (again,) = desk.writes()
    assert (again["write_id"], again["payload"]["Contact"]) == (invoice["write_id"], {"ContactID": "c-new"})
    books.add_contact("Zenith Ltd", xero_contact_id="c-new", contact_number=account, has_sales_documents=False)
    desk.plan()
    assert [write["write_id"] for write in desk.writes()] == [invoice["write_id"]]
    desk.push()
    assert desk.nothing_is_left()


def test_an_invoice_waits_while_its_contact_is_rejected_or_switched_off(books: Books, tmp_path: Path) -> None:
    account = books.add_account("001000000000009AAA", "Zenith Ltd")
    win(books, "500", sf_account_id=account)
    desk = BillingDesk(books)
    desk.plan()
    people = tmp_path / "approvals.jsonl"
    contact = desk.the_write("xero_contact.create")
    record_decision(people, [contact["write_id"]], Decision.REJECTED, decided_by="Kim", decided_at=NOW)
    desk.plan_as(people)
    assert [write["kind"] for write in desk.writes()] == ["xero_contact.create"]
    assert desk.exclusions() == [(SUBJECT, "awaiting_contact")]


def test_a_deal_that_moves_to_another_account_takes_its_draft_along(books: Books) -> None:
    desk = billed(books, write_back=False)
    books.add_linked_contact("Other", "001000000000007AAA")
    change(books, sf_account_id="001000000000007AAA")
    desk.plan()
    update = desk.the_write("invoice.update")
    assert (update["payload"], update["before"]) == (
        {"Contact": {"ContactID": "c-Other"}},
        {"Status": "DRAFT", "Contact": {"ContactID": "c-Acme"}},
    )


def test_large_invoices_need_two_different_people(books: Books, tmp_path: Path) -> None:
    win(books, "1000.00")
    desk = BillingDesk(books, rules(approval={"above": {"default": 100}, "four_eyes_above": {"GBP": 1000}}))
    people = tmp_path / "approvals.jsonl"

    def approval() -> str:
        desk.plan_as(people)
        (write,) = desk.writes()
        return str(write["approval"])

    assert approval() == "needs_approval"
    (write,) = desk.writes()
    assert write["explanation"].endswith(
        "Two people must approve: the total is above 1,000.00 GBP (billing.approval.four_eyes_above)."
    )
    answers = []
    for who, decision in (
        ("Kim", Decision.APPROVED), ("kim", Decision.APPROVED), ("Sam", Decision.APPROVED),
        ("Kim", Decision.REJECTED), ("Sam", Decision.APPROVED),
    ):  # fmt: skip
        record_decision(people, [write["write_id"]], decision, decided_by=who, decided_at=NOW)
        answers.append(approval())
    assert answers == ["needs_approval", "needs_approval", "approved", "rejected", "needs_approval"]


def test_an_instalment_that_the_plan_lost_is_told(books: Books) -> None:
    monthly = {"plans": [{"name": "p", "kind": "monthly", "months": 2}], "lead_days": 60, "write_back": False}
    desk = billed(books, **monthly)
    desk.policy = rules(write_back=False)
    desk.plan()
    assert desk.exclusions() == [(f"{TENANT}:i-1AAA/2", "invoice_not_planned")]
    assert [write["kind"] for write in desk.writes()] == ["invoice.update"]


def test_accounts_of_deals_are_untouched_while_billing_is_off(books: Books) -> None:
    win(books, "1000", sf_account_id=ACCOUNT)
    desk = BillingDesk(books, rules(enabled=False))
    assert (desk.kinds(), desk.exclusions()) == ([], [])
