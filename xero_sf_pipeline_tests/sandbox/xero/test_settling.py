"""Payments, refunds and allocations: what they may do, and what they do to both documents."""

from __future__ import annotations

from typing import Any

import pytest

from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline_tests.sandbox.xero.books_of_a_small_shop import (
    ACME,
    BANK,
    BETA,
    OVERPAYMENT,
    PREPAYMENT,
    SALES,
    SmallShop,
    ms,
)
from xero_sf_pipeline_tests.sandbox.xero.conftest import Caller
from xero_sf_pipeline_tests.sandbox.xero.test_writing import LINE, make, messages, read, sale

FIRST, SECOND = (f"1a000000-0000-4000-8000-{n:012d}" for n in (1, 2))
ACCOUNT = {"AccountID": BANK}


def payment(amount: Any = 115, **more: Any) -> dict[str, Any]:
    return {"Invoice": {"InvoiceID": FIRST}, "Account": ACCOUNT, "Amount": amount, "Date": "2026-11-19"} | more


def state_of(document: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(
        document.get(name) for name in ("Status", "AmountDue", "AmountPaid", "AmountCredited", "FullyPaidOnDate")
    )


def credit_note(caller: Caller, contact: str = ACME, **more: Any) -> str:
    note = {"Type": "ACCRECCREDIT", "Contact": {"ContactID": contact}, "Status": "AUTHORISED", "Date": "2026-11-05"}
    note |= {"LineItems": [{**LINE, "TaxType": "NONE"}]} | more
    id_: str = make(caller, note, "CreditNotes")["CreditNoteID"]
    return id_


class TestPayments:
    @pytest.mark.parametrize("method", ["PUT", "POST"])
    def test_full_payment_settles_an_invoice_on_the_day_of_payment(self, caller: Caller, method: str) -> None:
        made = make(caller, payment(), "Payments", method)
        assert {name: made[name] for name in ("Status", "PaymentType", "Amount", "BankAmount", "Date")} == {
            "Status": "AUTHORISED",
            "PaymentType": "ACCRECPAYMENT",
            "Amount": 115.0,
            "BankAmount": 115.0,
            "Date": ms(2026, 11, 19),
        }
        invoice = read(caller, FIRST)
        assert state_of(invoice) == ("PAID", 0, 115.0, 0, ms(2026, 11, 19))
        assert [held["PaymentID"] for held in invoice["Payments"]] == [made["PaymentID"]]
        assert invoice["UpdatedDateUTC"] == made["UpdatedDateUTC"]

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"Amount": 115.01}, "Payment amount exceeds the amount outstanding on this document"),
            ({"Amount": 0}, "Payment amount must be greater than zero"),
            ({"Account": {"Code": "200"}}, "Account must be a valid bank account or an account with payments enabled"),
            (
                {"Invoice": {"InvoiceID": ACME}},
                "An existing Invoice with the specified InvoiceID could not be found",
            ),
            (
                {"Invoice": None, "CreditNote": {"CreditNoteID": ACME}},
                "An existing Credit Note with the specified CreditNoteID could not be found",
            ),
            ({"Invoice": None}, "A payment must have exactly one of Invoice, CreditNote, Prepayment or Overpayment"),
            (
                {"Overpayment": {"OverpaymentID": OVERPAYMENT}},
                "A payment must have exactly one of Invoice, CreditNote, Prepayment or Overpayment",
            ),
        ],
    )
    def test_a_wrong_payment_is_refused(self, caller: Caller, wrong: dict[str, Any], message: str) -> None:
        assert messages(caller.call("PUT", "/Payments", payment(**wrong))) == [message]
        assert state_of(read(caller, FIRST)) == ("AUTHORISED", 115.0, 0, 0, None)

    def test_only_approved_documents_can_be_paid(self, caller: Caller) -> None:
        draft = make(caller, sale(Status="DRAFT"))["InvoiceID"]
        make(caller, payment(), "Payments")
        for target in (draft, FIRST):
            refused = caller.call("PUT", "/Payments", payment(Invoice={"InvoiceID": target}))
            assert messages(refused) == ["Payments can only be made against Authorised documents"]

    def test_a_batch_tells_the_fate_of_each_payment(self, caller: Caller) -> None:
        batch = {"Payments": [payment(15), payment(200), payment(100)]}
        reply = caller.call("PUT", "/Payments", batch, query={"summarizeErrors": "false"})
        shown = [(p["StatusAttributeString"], p["HasValidationErrors"]) for p in reply.json["Payments"]]
        assert shown == [("OK", False), ("ERROR", True), ("OK", False)]
        assert state_of(read(caller, FIRST))[:2] == ("PAID", 0)

    def test_a_deleted_payment_reopens_its_invoice_and_stays_listed(self, caller: Caller) -> None:
        first, second = (make(caller, payment(amount), "Payments") for amount in (15, 100))
        deleted = caller.call("POST", f"/Payments/{second['PaymentID']}", {"Status": "DELETED"}).json["Payments"][0]
        assert deleted["Status"] == "DELETED"
        invoice = read(caller, FIRST)
        assert state_of(invoice) == ("AUTHORISED", 100.0, 15.0, 0, None)
        assert [held["PaymentID"] for held in invoice["Payments"]] == [first["PaymentID"]]
        listed = caller.get("/Payments", where='Status=="DELETED"')["Payments"]
        assert [found["PaymentID"] for found in listed] == [second["PaymentID"]]
        again = caller.call("POST", f"/Payments/{second['PaymentID']}", {"Status": "DELETED"})
        assert messages(again) == ["Payment not of valid status for modification"]

    def test_a_payment_can_be_changed_in_no_other_way(self, caller: Caller) -> None:
        made = make(caller, payment(15), "Payments")
        assert caller.call("POST", f"/Payments/{made['PaymentID']}", {"Amount": 20}).status == 400
        assert caller.call("POST", f"/Payments/{ACME}", {"Status": "DELETED"}).status == 404

    def test_a_payment_of_a_batch_cannot_be_deleted(self, caller: Caller, running: RunningSandbox) -> None:
        made = make(caller, payment(15), "Payments")["PaymentID"]
        batch = {"BatchPaymentID": "ba000000-0000-4000-8000-000000000001"}
        running.sandbox.mutate("xero", {"action": "patch", "kind": "Payments", "id": made, "fields": batch})
        assert caller.call("POST", f"/Payments/{made}", {"Status": "DELETED"}).status == 400

    def test_a_foreign_payment_shows_what_reached_the_bank(self, caller: Caller) -> None:
        invoice = make(caller, sale(CurrencyCode="USD", CurrencyRate=0.6))
        target = {"InvoiceID": invoice["InvoiceID"]}
        made = make(caller, payment(60, Invoice=target, CurrencyRate=0.5), "Payments")
        assert (made["Amount"], made["BankAmount"], made["CurrencyRate"]) == (60.0, 120.0, 0.5)

    @pytest.mark.parametrize(
        ("kind", "id_", "payment_type", "shown_type"),
        [
            ("CreditNotes", None, "ARCREDITPAYMENT", "ACCRECCREDIT"),
            ("Overpayments", OVERPAYMENT, "AROVERPAYMENTPAYMENT", "AROVERPAYMENT"),
            ("Prepayments", PREPAYMENT, "ARPREPAYMENTPAYMENT", "ARPREPAYMENT"),
        ],
    )
    def test_a_refund_is_shown_under_invoice_whatever_it_refunds(
        self, caller: Caller, kind: str, id_: str | None, payment_type: str, shown_type: str
    ) -> None:
        id_ = id_ or credit_note(caller, LineItems=[{**LINE, "UnitAmount": 50, "TaxType": "NONE"}])
        singular = kind[:-1]
        refund = {"Invoice": None, singular: {f"{singular}ID": id_}}
        made = make(caller, payment(20, **refund), "Payments")
        assert (made["PaymentType"], made["Invoice"]["Type"], made["Invoice"]["InvoiceID"]) == (
            payment_type,
            shown_type,
            id_,
        )
        assert singular not in made
        remaining = caller.get(f"/{kind}/{id_}")[kind][0]
        assert (remaining["RemainingCredit"], remaining["Status"]) == (30.0, "AUTHORISED")
        make(caller, payment(30, **refund), "Payments")
        assert caller.get(f"/{kind}/{id_}")[kind][0]["Status"] == "PAID"
        assert caller.call("POST", f"/Payments/{made['PaymentID']}", {"Status": "DELETED"}).status == 200
        reopened = caller.get(f"/{kind}/{id_}")[kind][0]
        assert (reopened["RemainingCredit"], reopened["Status"]) == (20.0, "AUTHORISED")


class TestAllocations:
    @pytest.mark.parametrize(
        ("kind", "id_"), [("CreditNotes", None), ("Overpayments", OVERPAYMENT), ("Prepayments", PREPAYMENT)]
    )
    def test_a_credit_is_applied_and_taken_back(self, caller: Caller, kind: str, id_: str | None) -> None:
        id_ = id_ or credit_note(caller, LineItems=[{**LINE, "UnitAmount": 50, "TaxType": "NONE"}])
        path = f"/{kind}/{id_}"
        body = {"Amount": 50, "Date": "2026-11-20", "Invoice": {"InvoiceID": FIRST}}
        assert caller.call("PUT", f"{path}/Allocations", body).status == 200
        invoice = read(caller, FIRST)
        assert state_of(invoice) == ("AUTHORISED", 65.0, 0, 50.0, None)
        assert [entry["AppliedAmount"] for entry in invoice[kind]] == [50.0]
        used = caller.get(path)[kind][0]
        assert (used["Status"], used["RemainingCredit"], used["AppliedAmount"]) == ("PAID", 0, 50.0)
        [allocation] = used["Allocations"]
        assert (allocation["Amount"], allocation["Invoice"]["InvoiceNumber"]) == (50.0, "INV-0001")
        removed = caller.call("DELETE", f"{path}/Allocations/{allocation['AllocationID']}")
        assert (removed.status, sorted(removed.json), removed.json["IsDeleted"]) == (
            200,
            ["AllocationID", "Date", "Invoice", "IsDeleted"],
            True,
        )
        assert state_of(read(caller, FIRST)) == ("AUTHORISED", 115.0, 0, 0, None)
        back = caller.get(path)[kind][0]
        shown = tuple(back[name] for name in ("Status", "RemainingCredit", "AppliedAmount", "Allocations"))
        assert shown == ("AUTHORISED", 50.0, 0, [])
        assert caller.call("DELETE", f"{path}/Allocations/{allocation['AllocationID']}").status == 404

    def test_credit_and_payment_together_settle_an_invoice(self, caller: Caller) -> None:
        note = credit_note(caller)
        body = {"Amount": 100, "Date": "2026-11-20", "Invoice": {"InvoiceID": FIRST}}
        caller.call("PUT", f"/CreditNotes/{note}/Allocations", body)
        make(caller, payment(15), "Payments")
        assert state_of(read(caller, FIRST)) == ("PAID", 0, 15.0, 100.0, ms(2026, 11, 19))

    def test_wrong_allocations_are_refused(self, caller: Caller) -> None:
        note, other = credit_note(caller), credit_note(caller, BETA)
        draft = credit_note(caller, Status="DRAFT")
        refusals = [
            (note, {"Amount": 100.01}, "The amount exceeds the remaining credit on this document"),
            (note, {"Amount": -1}, "Allocation amount must be greater than zero"),
            (
                note,
                {"Invoice": {"InvoiceID": BETA}},
                "An existing Invoice with the specified InvoiceID could not be found",
            ),
            (other, {}, "The credit and the invoice must belong to the same contact"),
            (draft, {}, "Credit can only be allocated from Authorised documents"),
        ]
        for id_, wrong, message in refusals:
            body = {"Amount": 10, "Date": "2026-11-20", "Invoice": {"InvoiceID": FIRST}} | wrong
            assert messages(caller.call("PUT", f"/CreditNotes/{id_}/Allocations", body)) == [message]
        assert state_of(read(caller, FIRST)) == ("AUTHORISED", 115.0, 0, 0, None)

    def test_an_allocated_invoice_cannot_be_voided(self, caller: Caller) -> None:
        note = credit_note(caller)
        body = {"Amount": 10, "Date": "2026-11-20", "Invoice": {"InvoiceID": SECOND}}
        caller.call("PUT", f"/CreditNotes/{note}/Allocations", body)
        for path in (f"/Invoices/{SECOND}", f"/CreditNotes/{note}"):
            assert messages(caller.call("POST", path, {"Status": "VOIDED"})) == [
                "This document cannot be edited as it has a payment or credit note allocated to it."
            ]


class TestLockedPeriod:
    @pytest.fixture
    def shop(self) -> SmallShop:
        return SmallShop(period_lock=ms(2026, 11, 18))

    def test_nothing_is_paid_or_unpaid_in_a_locked_period(self, caller: Caller) -> None:
        locked = "The document date cannot be before the period lock date, currently set at 18-Nov-2026"
        assert messages(caller.call("PUT", "/Payments", payment(Date="2026-11-18"))) == [locked]
        assert caller.call("PUT", "/Payments", payment(Date="2026-11-19")).status == 200


class TestOtherData:
    def test_items_are_upserted_by_code_and_vanish_when_deleted(self, caller: Caller) -> None:
        assert messages(caller.call("PUT", "/Items", {"Code": "widget"})) == [
            "Price List Item with Code 'widget' already exists"
        ]
        renamed = make(caller, {"Code": "WIDGET", "Name": "New name"}, "Items", "POST")
        assert (renamed["Name"], renamed["SalesDetails"]["UnitPrice"]) == ("New name", 12.35)
        assert caller.call("DELETE", f"/Items/{renamed['ItemID']}").status == 204
        assert caller.get("/Items")["Items"] == []

    def test_accounts_currencies_and_tracking_can_be_added(self, caller: Caller) -> None:
        made = make(caller, {"Code": "201", "Name": "Services", "Type": "REVENUE"}, "Accounts")
        assert (made["Class"], made["Status"]) == ("REVENUE", "ACTIVE")
        assert caller.call("PUT", "/Accounts", {"Code": "201", "Name": "Again", "Type": "REVENUE"}).status == 400
        archived = caller.call("POST", f"/Accounts/{SALES}", {"Status": "ARCHIVED"}).json["Accounts"][0]
        assert archived["Status"] == "ARCHIVED"
        assert make(caller, {"Code": "EUR", "Description": "Euro"}, "Currencies")["Code"] == "EUR"
        category = make(caller, {"Name": "Department"}, "TrackingCategories")
        assert messages(caller.call("PUT", "/TrackingCategories", {"Name": "Third"})) == [
            "A maximum of 2 active tracking categories is allowed"
        ]
        path = f"/TrackingCategories/{category['TrackingCategoryID']}/Options"
        assert caller.call("PUT", path, {"Name": "East"}).json["Options"][0]["Name"] == "East"
        assert messages(caller.call("PUT", path, {"Name": "east"})) == ["Please enter a unique Name."]

    def test_an_invoice_can_be_emailed_and_shown_online(self, caller: Caller) -> None:
        assert caller.call("POST", f"/Invoices/{FIRST}/Email", {}).status == 204
        [online] = caller.get(f"/Invoices/{FIRST}/OnlineInvoice")["OnlineInvoices"]
        assert online["OnlineInvoiceUrl"].startswith("https://in.xero.com/")
        history = caller.get(f"/Invoices/{FIRST}/History")["HistoryRecords"]
        assert [record["Changes"] for record in history] == ["Sent"]

    def test_a_note_that_is_too_long_is_refused(self, caller: Caller) -> None:
        path = f"/Invoices/{FIRST}/History"
        statuses = [caller.call("PUT", path, {"HistoryRecords": [{"Details": "x" * n}]}).status for n in (0, 250, 251)]
        assert statuses == [400, 200, 400]
