"""PUT and POST of contacts, invoices and credit notes: batches, uniqueness, the status machine, totals, stamps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline_tests.sandbox.xero.books_of_a_small_shop import ACME, BETA, OLD, SmallShop, ms
from xero_sf_pipeline_tests.sandbox.xero.conftest import Caller, Reply

FIRST = "1a000000-0000-4000-8000-000000000001"
LINE = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}


def sale(**more: Any) -> dict[str, Any]:
    """Return an invoice that can be approved."""
    return {
        "Type": "ACCREC",
        "Contact": {"ContactID": BETA},
        "Date": "2026-11-10",
        "DueDate": "2026-11-20",
        "Status": "AUTHORISED",
        "LineItems": [LINE],
    } | more


def messages(reply: Reply) -> list[str]:
    assert reply.status == 400, reply.body
    return [error["Message"] for element in reply.json["Elements"] for error in element["ValidationErrors"]]


def make(caller: Caller, document: dict[str, Any], kind: str = "Invoices", method: str = "PUT") -> dict[str, Any]:
    reply = caller.call(method, f"/{kind}", document)
    assert reply.status == 200, reply.body
    made: dict[str, Any] = reply.json[kind][0]
    return made


def read(caller: Caller, invoice_id: str) -> dict[str, Any]:
    found: dict[str, Any] = caller.get(f"/Invoices/{invoice_id}")["Invoices"][0]
    return found


class TestBatches:
    def test_each_element_tells_its_fate_in_order(self, caller: Caller) -> None:
        batch = [{"Name": "One"}, {"Name": "ACME ltd "}, {}, {"Name": "Two"}]
        reply = caller.call("PUT", "/Contacts", {"Contacts": batch}, query={"summarizeErrors": "False"})
        assert reply.status == 200
        shown = [(c.get("Name"), c["StatusAttributeString"], c["HasValidationErrors"]) for c in reply.json["Contacts"]]
        assert shown == [
            ("One", "OK", False),
            ("ACME ltd ", "ERROR", True),
            (None, "ERROR", True),
            ("Two", "OK", False),
        ]
        assert reply.json["Contacts"][1]["ContactID"] == "00000000-0000-0000-0000-000000000000"
        assert len(caller.get("/Contacts")["Contacts"]) == 4

    @pytest.mark.parametrize(("siblings_saved", "contacts_after"), [(True, 3), (False, 2)])
    def test_one_bad_element_makes_the_whole_batch_a_400(
        self, caller: Caller, running: RunningSandbox, siblings_saved: bool, contacts_after: int
    ) -> None:
        running.sandbox.mutate("xero", {"action": "behaviour", "siblings_saved_on_error": siblings_saved})
        reply = caller.call("PUT", "/Contacts", {"Contacts": [{"Name": "One"}, {"Name": "Acme Ltd"}]})
        assert messages(reply) == [
            "The contact name Acme Ltd is already assigned to another contact. "
            "The contact name must be unique across all active contacts."
        ]
        assert len(caller.get("/Contacts")["Contacts"]) == contacts_after

    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"[]",
            b'"text"',
            b'{"Type": "ACCPAID", "Contact": {"Name": "X"}}',
            b'{"Type": "ACCREC", "Contact": {"Name": "X"}, "Date": "soon"}',
        ],
    )
    def test_a_body_that_cannot_be_read_is_refused_whole(self, caller: Caller, body: bytes) -> None:
        reply = caller.call("PUT", "/Invoices", body, query={"summarizeErrors": "false"})
        assert (reply.status, reply.json["ErrorNumber"], reply.json["Type"]) == (400, 14, "PostDataInvalidException")

    def test_a_body_above_three_and_a_half_megabytes_is_refused(self, caller: Caller) -> None:
        reply = caller.call("PUT", "/Contacts", b" " * 3_500_001)
        assert reply.status == 400
        assert caller.call("PUT", "/Contacts", b'{"Name": "Just fits"}' + b" " * 3_000_000).status == 200

    def test_read_only_endpoints_answer_501(self, caller: Caller) -> None:
        for method, path in (("POST", "/Organisation"), ("PUT", "/TaxRates"), ("PUT", "/Overpayments")):
            assert caller.call(method, path, {}).status == 501


class TestIdempotency:
    def test_the_same_key_replays_the_first_answer_for_six_minutes(
        self, caller: Caller, running: RunningSandbox
    ) -> None:
        key = {"Idempotency-Key": "one"}
        first = caller.call("PUT", "/Invoices", sale(), headers=key)
        assert caller.call("PUT", "/Invoices", sale(), headers=key).body == first.body
        running.clock.advance(timedelta(minutes=6))
        later = caller.call("PUT", "/Invoices", sale(), headers=key)
        assert [reply.json["Invoices"][0]["InvoiceNumber"] for reply in (first, later)] == ["INV-0006", "INV-0007"]

    def test_errors_are_replayed_too(self, caller: Caller, running: RunningSandbox) -> None:
        running.faults.arm(Fault("xero", "server_error", method="PUT", argument={"status": 502, "body": "oops"}))
        key = {"Idempotency-Key": "two"}
        replies = [caller.call("PUT", "/Contacts", {"Name": "Gamma"}, headers=key) for _ in range(2)]
        assert [(reply.status, reply.body) for reply in replies] == [(502, b"oops")] * 2
        assert caller.call("PUT", "/Contacts", {"Name": "Gamma"}, headers={"Idempotency-Key": "new"}).status == 200

    def test_a_key_cannot_be_used_for_another_request_nor_be_too_long(self, caller: Caller) -> None:
        caller.call("PUT", "/Contacts", {"Name": "Gamma"}, headers={"Idempotency-Key": "three"})
        other = caller.call("PUT", "/Contacts", {"Name": "Delta"}, headers={"Idempotency-Key": "three"})
        assert other.status == 400
        assert "different request" in other.json["Detail"]
        assert caller.call("PUT", "/Contacts", {"Name": "D"}, headers={"Idempotency-Key": "x" * 129}).status == 400

    def test_a_lost_answer_can_be_fetched_again_with_its_key(self, caller: Caller, running: RunningSandbox) -> None:
        running.faults.arm(Fault("xero", "drop_after", method="PUT"))
        key = {"Idempotency-Key": "four"}
        with pytest.raises((ConnectionError, OSError)):
            caller.call("PUT", "/Invoices", sale(), headers=key)
        again = caller.call("PUT", "/Invoices", sale(), headers=key)
        assert again.json["Invoices"][0]["InvoiceNumber"] == "INV-0006"
        assert len(caller.get("/Invoices")["Invoices"]) == 6

    def test_without_a_key_a_lost_answer_makes_a_double(self, caller: Caller, running: RunningSandbox) -> None:
        running.faults.arm(Fault("xero", "drop_after", method="PUT"))
        with pytest.raises((ConnectionError, OSError)):
            caller.call("PUT", "/Invoices", sale())
        assert make(caller, sale())["InvoiceNumber"] == "INV-0007"


class TestContacts:
    def test_a_put_fails_on_a_namesake_and_a_post_updates_it(self, caller: Caller) -> None:
        assert caller.call("PUT", "/Contacts", {"Name": "beta  PTY"}).status == 400
        updated = make(caller, {"Name": "Beta Pty", "EmailAddress": "b@beta.example"}, "Contacts", "POST")
        assert (updated["ContactID"], updated["EmailAddress"]) == (BETA, "b@beta.example")

    def test_the_contact_number_wins_over_the_name(self, caller: Caller) -> None:
        updated = make(caller, {"ContactNumber": "CRM-1", "Name": "Acme Renamed"}, "Contacts", "POST")
        assert (updated["ContactID"], updated["Name"]) == (ACME, "Acme Renamed")
        shown = caller.get("/Invoices", page="1")["Invoices"]
        assert {found["Contact"]["Name"] for found in shown} == {"Acme Renamed"}

    def test_an_archived_namesake_is_no_obstacle_until_it_is_revived(self, caller: Caller) -> None:
        assert make(caller, {"Name": "Old & Gone"}, "Contacts")["ContactStatus"] == "ACTIVE"
        revived = caller.call("POST", f"/Contacts/{OLD}", {"ContactStatus": "ACTIVE"})
        assert "already assigned" in messages(revived)[0]

    def test_account_numbers_are_unique(self, caller: Caller) -> None:
        refused = caller.call("POST", f"/Contacts/{BETA}", {"AccountNumber": "a-1"})
        assert messages(refused) == ["The Account Number already exists. Please enter a different Account Number."]

    def test_a_read_always_shows_four_phones_and_two_addresses(self, caller: Caller) -> None:
        phones = [{"PhoneType": "MOBILE", "PhoneNumber": "555", "PhoneAreaCode": "9"}]
        made = make(caller, {"Name": "Gamma", "Phones": phones}, "Contacts")
        assert [(p["PhoneType"], p["PhoneNumber"]) for p in made["Phones"]] == [
            ("DDI", ""),
            ("DEFAULT", ""),
            ("FAX", ""),
            ("MOBILE", "555"),
        ]
        assert [a["AddressType"] for a in made["Addresses"]] == ["STREET", "POBOX"]

    def test_omitted_fields_stay_and_contact_persons_are_replaced(self, caller: Caller) -> None:
        for people in (["Ann", "Bob"], ["Cleo"]):
            persons = [{"FirstName": name} for name in people]
            caller.call("POST", f"/Contacts/{ACME}", {"ContactPersons": persons})
        [acme] = caller.get(f"/Contacts/{ACME}")["Contacts"]
        assert [person["FirstName"] for person in acme["ContactPersons"]] == ["Cleo"]
        assert acme["EmailAddress"] == "pay@acme.example"

    def test_too_long_a_name_is_refused(self, caller: Caller) -> None:
        assert messages(caller.call("PUT", "/Contacts", {"Name": "x" * 256})) == [
            "The field Name exceeds its maximum length of 255"
        ]


class TestInvoiceContact:
    def test_an_unknown_name_creates_a_contact(self, caller: Caller) -> None:
        made = make(caller, sale(Contact={"Name": "Charles Martin"}))
        [contact] = caller.get("/Contacts", where='Name=="Charles Martin"')["Contacts"]
        assert (contact["ContactID"], contact["IsCustomer"]) == (made["Contact"]["ContactID"], True)

    def test_fields_beside_the_id_edit_the_contact(self, caller: Caller) -> None:
        make(caller, sale(Contact={"ContactID": BETA, "Name": "Beta Renamed"}))
        assert caller.get(f"/Contacts/{BETA}")["Contacts"][0]["Name"] == "Beta Renamed"

    def test_a_contact_that_says_nothing_is_refused(self, caller: Caller) -> None:
        assert messages(caller.call("PUT", "/Invoices", sale(Contact={"FirstName": "Ann"}))) == [
            "The Contact must contain at least 1 of the following elements to identify the contact: "
            "Name, ContactID, ContactNumber"
        ]

    def test_a_refused_invoice_leaves_no_contact_behind(self, caller: Caller) -> None:
        caller.call("PUT", "/Invoices", sale(Contact={"Name": "Ghost"}, LineItems=[]))
        assert caller.get("/Contacts", where='Name=="Ghost"')["Contacts"] == []


class TestTotals:
    @pytest.mark.parametrize(
        ("mode", "prices", "totals"),
        [
            ("Exclusive", [25.06, 25.61, 25.63], (76.30, 11.44, 87.74)),
            ("Inclusive", [115.00, 9.99], (108.69, 16.30, 124.99)),
            ("NoTax", [100.00], (100.00, 0, 100.00)),
        ],
    )
    def test_tax_is_rounded_per_line(
        self, caller: Caller, mode: str, prices: list[float], totals: tuple[float, ...]
    ) -> None:
        made = make(caller, sale(LineAmountTypes=mode, LineItems=[{**LINE, "UnitAmount": price} for price in prices]))
        assert (made["SubTotal"], made["TotalTax"], made["Total"]) == totals
        assert made["AmountDue"] == made["Total"]

    def test_discounts_reduce_the_line_and_are_summed(self, caller: Caller) -> None:
        lines = [
            {**LINE, "Quantity": 3, "UnitAmount": 33.33, "DiscountRate": 12.5},
            {**LINE, "UnitAmount": 50, "DiscountAmount": 7.5},
        ]
        made = make(caller, sale(LineItems=lines))
        assert [line["LineAmount"] for line in made["LineItems"]] == [87.49, 42.5]
        assert (made["SubTotal"], made["TotalTax"], made["TotalDiscount"]) == (129.99, 19.50, 20.0)

    def test_amounts_sent_must_agree(self, caller: Caller) -> None:
        wrong_line = caller.call("PUT", "/Invoices", sale(LineItems=[{**LINE, "LineAmount": 99}]))
        assert messages(wrong_line) == ["The line total 99 does not match the expected line total 100.00"]
        wrong_total = caller.call("PUT", "/Invoices", sale(Total=100))
        assert messages(wrong_total) == ["The document total does not equal the total of the lines."]
        assert make(caller, sale(SubTotal=100, TotalTax=15.0, Total=115))["Total"] == 115.0

    def test_an_item_fills_what_a_line_leaves_out(self, caller: Caller) -> None:
        body = sale(LineItems=[{"ItemCode": "WIDGET", "Quantity": 2}])
        made = caller.call("PUT", "/Invoices", body, query={"unitdp": "4"}).json["Invoices"][0]
        [line] = made["LineItems"]
        shown = {name: line[name] for name in ("Description", "UnitAmount", "AccountCode", "TaxType", "LineAmount")}
        assert shown == {
            "Description": "A widget",
            "UnitAmount": 12.3456,
            "AccountCode": "200",
            "TaxType": "OUTPUT2",
            "LineAmount": 24.69,
        }

    def test_a_foreign_invoice_carries_a_rate_and_the_base_one_never_does(self, caller: Caller) -> None:
        made = [make(caller, sale(CurrencyCode=code, CurrencyRate=rate)) for code, rate in (("USD", 0.6), ("NZD", 0.6))]
        assert [invoice["CurrencyRate"] for invoice in made] == [0.6, 1]
        assert make(caller, sale(CurrencyCode="USD"))["CurrencyRate"] == 0.606061
        assert messages(caller.call("PUT", "/Invoices", sale(CurrencyCode="EUR"))) == [
            "Organisation is not subscribed to currency EUR"
        ]


class TestStatus:
    def test_a_draft_may_be_bare_but_an_approved_invoice_may_not(self, caller: Caller) -> None:
        draft = make(caller, {"Type": "ACCREC", "Contact": {"ContactID": BETA}})
        assert (draft["Status"], draft["Date"], draft["Total"]) == ("DRAFT", ms(2026, 11, 20), 0)
        assert messages(caller.call("PUT", "/Invoices", sale(LineItems=[]))) == [
            "One or more line items must be specified"
        ]
        assert messages(caller.call("PUT", "/Invoices", sale(LineItems=[{"Quantity": 1, "UnitAmount": 5}]))) == [
            "Description is required for each line item",
            "Account code or ID must be specified",
        ]
        assert messages(caller.call("PUT", "/Invoices", sale(DueDate=None))) == [
            "The document due date is a required field"
        ]

    def test_an_omitted_date_is_today_where_the_organisation_is(self, caller: Caller, running: RunningSandbox) -> None:
        running.clock.set(running.clock.now().replace(hour=12, minute=30))  # 01:30 of the 21st in Auckland
        assert make(caller, {"Type": "ACCREC", "Contact": {"ContactID": BETA}})["Date"] == ms(2026, 11, 21)

    @pytest.mark.parametrize(
        ("steps", "last"),
        [
            (["DRAFT", "SUBMITTED", "DRAFT", "AUTHORISED", "VOIDED"], 200),
            (["DRAFT", "DELETED"], 200),
            (["SUBMITTED", "DELETED"], 200),
            (["AUTHORISED", "DRAFT"], 400),
            (["AUTHORISED", "DELETED"], 400),
            (["DRAFT", "VOIDED"], 400),
            (["AUTHORISED", "VOIDED", "AUTHORISED"], 400),
            (["DRAFT", "DELETED", "DRAFT"], 400),
            (["AUTHORISED", "PAID"], 400),
        ],
    )
    def test_statuses_move_by_the_rules(self, caller: Caller, steps: list[str], last: int) -> None:
        first, *moves = steps
        id_ = make(caller, sale(Status=first))["InvoiceID"]
        replies = [caller.call("POST", f"/Invoices/{id_}", {"Status": status}) for status in moves]
        assert [reply.status for reply in replies[:-1]] == [200] * (len(moves) - 1)
        assert replies[-1].status == last
        if last == 400:
            assert messages(replies[-1]) == ["Invoice not of valid status for modification"]

    @pytest.mark.parametrize("status", ["PAID", "VOIDED", "DELETED"])
    def test_no_invoice_is_born_settled_or_dead(self, caller: Caller, status: str) -> None:
        assert caller.call("PUT", "/Invoices", sale(Status=status)).status == 400

    def test_a_settled_invoice_can_be_edited_in_a_few_places_only(
        self, caller: Caller, running: RunningSandbox
    ) -> None:
        running.sandbox.mutate("xero", {"action": "pay", "invoice_id": FIRST, "amount": 15})
        allowed = caller.call("POST", f"/Invoices/{FIRST}", {"Reference": "new", "DueDate": "2026-12-24"})
        assert (allowed.status, allowed.json["Invoices"][0]["Reference"]) == (200, "new")
        refusal = "This document cannot be edited as it has a payment or credit note allocated to it."
        for change in ({"Status": "VOIDED"}, {"LineItems": [LINE]}, {"Date": "2026-11-02"}, {"CurrencyCode": "USD"}):
            assert messages(caller.call("POST", f"/Invoices/{FIRST}", change)) == [refusal]

    def test_warnings_come_with_a_200(self, caller: Caller) -> None:
        body = sale(Status="DRAFT", SentToContact=True, LineItems=[{**LINE, "AccountCode": "476"}])
        reply = caller.call("PUT", "/Invoices", body, query={"summarizeErrors": "false"})
        [made] = reply.json["Invoices"]
        assert (reply.status, made["StatusAttributeString"]) == (200, "WARNING")
        assert [warning["Message"] for warning in made["Warnings"]] == [
            "Only AUTHORISED invoices may have SentToContact updated.",
            "Account code '476' has been removed as it does not match a recognised account.",
        ]


class TestNumbers:
    def test_sales_numbers_are_unique_and_bills_are_free(self, caller: Caller) -> None:
        assert messages(caller.call("PUT", "/Invoices", sale(InvoiceNumber="inv-0001"))) == [
            "Invoice # must be unique."
        ]
        for _ in range(2):
            bill = sale(Type="ACCPAY", InvoiceNumber="INV-0001", LineItems=[{**LINE, "AccountCode": "469"}])
            assert make(caller, bill)["InvoiceNumber"] == "INV-0001"

    @pytest.mark.parametrize(("matches", "status"), [(True, 200), (False, 400)])
    def test_a_post_with_a_known_number_updates_or_fails_by_switch(
        self, caller: Caller, running: RunningSandbox, matches: bool, status: int
    ) -> None:
        running.sandbox.mutate("xero", {"action": "behaviour", "post_matches_number": matches})
        reply = caller.call("POST", "/Invoices", sale(InvoiceNumber="INV-0001", Reference="again"))
        assert reply.status == status
        assert len(caller.get("/Invoices")["Invoices"]) == 5

    def test_the_number_of_a_deleted_draft_is_free_again(self, caller: Caller) -> None:
        draft = make(caller, sale(Status="DRAFT", InvoiceNumber="MINE-1"))
        caller.call("POST", f"/Invoices/{draft['InvoiceID']}", {"Status": "DELETED"})
        assert make(caller, sale(InvoiceNumber="MINE-1"))["InvoiceNumber"] == "MINE-1"


class TestLineIds:
    def test_lines_without_an_id_are_recreated_and_unnamed_ones_are_gone(self, caller: Caller) -> None:
        made = make(caller, sale(Status="DRAFT", LineItems=[LINE, {**LINE, "Description": "Two"}]))
        first, second = (line["LineItemID"] for line in made["LineItems"])
        path = f"/Invoices/{made['InvoiceID']}"
        kept = caller.call("POST", path, {"LineItems": [{"LineItemID": second, "Quantity": 5}]}).json["Invoices"][0]
        assert [(ln["LineItemID"], ln["Description"], ln["LineAmount"]) for ln in kept["LineItems"]] == [
            (second, "Two", 500.0)
        ]
        untouched = caller.call("POST", path, {"Reference": "r"}).json["Invoices"][0]
        assert [line["LineItemID"] for line in untouched["LineItems"]] == [second]
        recreated = caller.call("POST", path, {"LineItems": [LINE]}).json["Invoices"][0]
        assert {line["LineItemID"] for line in recreated["LineItems"]}.isdisjoint({first, second})


class TestLockDates:
    @pytest.fixture
    def shop(self) -> SmallShop:
        return SmallShop(period_lock=ms(2026, 9, 30))

    def test_nothing_binding_happens_in_a_locked_period(self, caller: Caller, running: RunningSandbox) -> None:
        locked = "The document date cannot be before the period lock date, currently set at 30-Sep-2026"
        assert messages(caller.call("PUT", "/Invoices", sale(Date="2026-09-30"))) == [locked]
        assert caller.call("PUT", "/Invoices", sale(Date="2026-09-30", Status="DRAFT")).status == 200
        assert caller.call("PUT", "/Invoices", sale(Date="2026-10-01")).status == 200
        running.sandbox.mutate("xero", {"action": "behaviour", "acts_as_adviser": True})
        assert caller.call("PUT", "/Invoices", sale(Date="2026-09-30")).status == 200


class TestStamps:
    @pytest.mark.parametrize(
        ("change", "bumps"),
        [
            ({"Reference": "new"}, True),
            ({"DueDate": "2026-12-31"}, False),
            ({"SentToContact": False}, False),
            ({"DueDate": "2026-12-31", "Reference": "new"}, True),
            ({"LineItems": [{"LineItemID": "11e00000-0000-4000-8000-000000000001", "AccountCode": "469"}]}, False),
            ({"LineItems": [{"LineItemID": "11e00000-0000-4000-8000-000000000001", "Description": "new"}]}, True),
        ],
    )
    def test_some_changes_of_a_part_paid_invoice_do_not_bump_it(
        self, caller: Caller, running: RunningSandbox, change: dict[str, Any], bumps: bool
    ) -> None:
        running.sandbox.mutate("xero", {"action": "pay", "invoice_id": FIRST, "amount": 15})
        before = read(caller, FIRST)
        running.clock.advance(timedelta(minutes=10))
        assert caller.call("POST", f"/Invoices/{FIRST}", change).status == 200
        after = read(caller, FIRST)
        assert (after["UpdatedDateUTC"] != before["UpdatedDateUTC"]) is bumps
        assert {**after, "UpdatedDateUTC": 0, "UpdatedDateUTCString": 0} != {
            **before,
            "UpdatedDateUTC": 0,
            "UpdatedDateUTCString": 0,
        }

    def test_an_untouched_invoice_is_bumped_by_its_due_date(self, caller: Caller) -> None:
        before = read(caller, FIRST)["UpdatedDateUTC"]
        caller.call("POST", f"/Invoices/{FIRST}", {"DueDate": "2026-12-31"})
        assert read(caller, FIRST)["UpdatedDateUTC"] != before

    def test_a_new_invoice_changes_its_contact_without_bumping_it(self, caller: Caller) -> None:
        make(caller, sale(Type="ACCPAY", LineItems=[{**LINE, "AccountCode": "469"}]))
        [beta] = caller.get(f"/Contacts/{BETA}")["Contacts"]
        assert (beta["IsSupplier"], beta["UpdatedDateUTC"]) == (True, ms(2026, 11, 1, 8))
        assert beta["Balances"]["AccountsPayable"] == {"Outstanding": 115.0, "Overdue": 0.0}
