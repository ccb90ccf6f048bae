"""What Xero refuses, warns of and works out when Xero's own client writes invoices, contacts, items and credit notes.

Each rule of writing that billing and the parties' flows rely on, in the form in which a batch is sent:
`summarizeErrors=false`, `unitdp=4`, read per element.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from xero_python.accounting import Account, CreditNote, CreditNotes, Invoice, Payment, Payments
from xero_python.exceptions import AccountingBadRequestException

from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline_tests.sandbox.xero.books_of_a_small_shop import (
    ACME,
    BANK,
    BETA,
    OLD,
    OVERPAYMENT,
    TENANT,
    SmallShop,
    account,
    ms,
    tax_rate,
)
from xero_sf_pipeline_tests.sandbox.xero.conftest import Caller, Clients

LINE = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}
REGION, NORTH = "7a000000-0000-4000-8000-000000000001", "7a000000-0000-4000-8000-000000000002"
ARCHIVED = (
    "The contact with the specified contact details has been archived. "
    "The contact must be un-archived before creating new invoices or credit notes."
)


def draft(**more: Any) -> dict[str, Any]:
    return {"Type": "ACCREC", "Contact": {"ContactID": BETA}, "Date": "2026-11-10", "LineItems": [LINE]} | more


def approved(**more: Any) -> dict[str, Any]:
    return draft(Status="AUTHORISED", DueDate="2026-12-10") | more


def create(xero: Clients, *elements: dict[str, Any]) -> list[Invoice]:
    made: list[Invoice] = xero.accounting.create_invoices(
        TENANT, {"Invoices": list(elements)}, summarize_errors=False, unitdp=4
    ).invoices
    return made


def change(xero: Clients, invoice_id: str, **fields: Any) -> Invoice:
    body = {"Invoices": [{"InvoiceID": invoice_id, **fields}]}
    [changed] = xero.accounting.update_or_create_invoices(TENANT, body, summarize_errors=False, unitdp=4).invoices
    return changed


def fate(element: Any) -> tuple[str, list[str]]:
    """Return the verdict on one element and what is said about it."""
    said = [*(element.validation_errors or []), *(getattr(element, "warnings", None) or [])]
    return element.status_attribute_string, [message.message for message in said]


@pytest.fixture
def extras(running: RunningSandbox) -> None:
    """Settings that a line may not use: a purchase tax, a retired tax, debtors, and archived tracking."""
    option = {"TrackingOptionID": "7b000000-0000-4000-8000-000000000002", "Name": "Gone", "Status": "ARCHIVED"}
    debtors = account("00000000-0000-4000-8000-000000000009", "610", "Debtors", "CURRENT", "ASSET", "NONE")
    inserts: list[tuple[str, dict[str, Any]]] = [
        ("TaxRates", tax_rate("INPUTONLY", "Purchases", 15.0) | {"CanApplyToRevenue": False}),
        ("TaxRates", tax_rate("OLDTAX", "Retired", 12.5) | {"Status": "DELETED"}),
        ("Accounts", debtors | {"SystemAccount": "DEBTORS"}),
        (
            "TrackingCategories",
            {
                "Name": "Retired",
                "Status": "ARCHIVED",
                "TrackingCategoryID": "7b000000-0000-4000-8000-000000000001",
                "Options": [option],
            },
        ),
    ]
    for kind, document in inserts:
        running.sandbox.mutate("xero", {"action": "insert", "kind": kind, "document": document})


class TestDraftInvoices:
    def test_a_batch_keeps_its_order_and_one_bad_element_stops_nobody(self, xero: Clients) -> None:
        made = create(xero, draft(Reference="one"), draft(CurrencyCode="EUR"), draft(Reference="three"))
        assert [fate(element) for element in made] == [
            ("OK", []),
            ("ERROR", ["Organisation is not subscribed to currency EUR"]),
            ("OK", []),
        ]
        assert [element.invoice_id.strip("0-") == "" for element in made] == [False, True, False]
        assert [(one.reference, one.invoice_number) for one in made[::2]] == [
            ("one", "INV-0006"),
            ("three", "INV-0007"),
        ]

    def test_a_draft_may_lack_lines_and_due_date(self, xero: Clients) -> None:
        [bare] = create(xero, {"Type": "ACCREC", "Contact": {"ContactID": BETA}})
        assert (fate(bare), bare.status, bare.total, bare.due_date) == (("OK", []), "DRAFT", 0, None)

    @pytest.mark.usefixtures("extras")
    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ({"ItemCode": "NOPE"}, "Item code 'NOPE' is not valid"),
            (
                {"TaxType": "TAX999"},
                "The TaxType code 'TAX999' does not exist or cannot be used for this type of transaction.",
            ),
            (
                {"TaxType": "INPUTONLY"},
                "The TaxType code 'INPUTONLY' does not exist or cannot be used for this type of transaction.",
            ),
            (
                {"TaxType": "OLDTAX"},
                "The TaxType code 'OLDTAX' does not exist or cannot be used for this type of transaction.",
            ),
            ({"AccountCode": "090"}, "Account code '090' is not a valid code for this document."),
            ({"AccountCode": "610"}, "Account code '610' is not a valid code for this document."),
            ({"Tracking": [{"TrackingOptionID": ACME}]}, "The tracking category or option does not exist"),
            ({"Tracking": [{"Name": "Region", "Option": "West"}]}, "The tracking category or option does not exist"),
            ({"Tracking": [{"Name": "Retired", "Option": "Gone"}]}, "The tracking category or option does not exist"),
            (
                {"Tracking": [{"TrackingOptionID": NORTH}, {"Name": "Region", "Option": "North"}]},
                "A tracking category can be used once only on a line item",
            ),
            ({"Description": "x" * 4001}, "The field Description exceeds its maximum length of 4000"),
            ({"Quantity": 1.23456789012345}, "The field Quantity exceeds its maximum length of 13"),
            ({"DiscountRate": 33.33333}, "DiscountRate must be between 0 and 100 with at most 4 decimals"),
            ({"DiscountRate": 101}, "DiscountRate must be between 0 and 100 with at most 4 decimals"),
            ({"UnitAmount": -1}, "The document total must be greater than or equal to zero."),
            ({"LineAmount": 99}, "The line total 99 does not match the expected line total 100.00"),
            (
                {"DiscountRate": 0, "DiscountAmount": 0, "LineAmount": 100},
                "The line total 100 does not match the expected line total 100.00",
            ),
        ],
    )
    def test_what_a_line_may_not_say_even_on_a_draft(self, xero: Clients, line: dict[str, Any], message: str) -> None:
        [refused] = create(xero, draft(LineItems=[{**LINE, **line}]))
        assert fate(refused) == ("ERROR", [message])

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"Contact": {"ContactID": OLD}}, ARCHIVED),
            ({"Contact": {"ContactID": NORTH}}, f"The contact with ContactID {NORTH} could not be found"),
            ({"InvoiceNumber": "INV-0001"}, "Invoice # must be unique."),
            ({"Reference": "x" * 256}, "The field Reference exceeds its maximum length of 255"),
            ({"Url": "crm/deal/7"}, "Url must be a valid absolute URL"),
            ({"CurrencyCode": "USD", "CurrencyRate": -1}, "The currency rate must be greater than zero"),
            ({"Total": 1}, "The document total does not equal the total of the lines."),
        ],
    )
    def test_what_a_header_may_not_say(self, xero: Clients, fields: dict[str, Any], message: str) -> None:
        [refused] = create(xero, draft(**fields))
        assert fate(refused) == ("ERROR", [message])

    def test_an_unknown_account_is_taken_off_a_draft_with_a_warning(self, xero: Clients) -> None:
        [made] = create(xero, draft(LineItems=[{**LINE, "AccountCode": "476"}]))
        assert fate(made) == (
            "WARNING",
            ["Account code '476' has been removed as it does not match a recognised account."],
        )
        assert made.line_items[0].account_code is None

    def test_two_invoices_may_bear_the_same_reference(self, xero: Clients) -> None:
        made = create(xero, draft(Reference="0065g000001/1"), draft(Reference="0065g000001/1"))
        assert [fate(element) for element in made] == [("OK", []), ("OK", [])]
        found = xero.accounting.get_invoices(TENANT, where='Reference=="0065g000001/1"', page=1).invoices
        assert len(found) == 2

    def test_prices_of_four_decimals_discounts_and_tax_are_rounded_per_line(self, xero: Clients) -> None:
        lines = [
            {**LINE, "Quantity": 3, "UnitAmount": 0.3333, "DiscountRate": 12.5},
            {**LINE, "Quantity": 7.25, "UnitAmount": 17.345, "DiscountAmount": 0.5},
            {"ItemCode": "WIDGET", "Quantity": 2},
        ]
        [made] = create(xero, draft(LineItems=lines))
        shown = [(str(line.unit_amount), str(line.line_amount), str(line.tax_amount)) for line in made.line_items]
        assert shown == [("0.3333", "0.87", "0.13"), ("17.3450", "125.25", "18.79"), ("12.3456", "24.69", "3.70")]
        assert (made.sub_total, made.total_tax, made.total) == tuple(map(Decimal, ("150.81", "22.62", "173.43")))

    def test_without_unitdp_a_price_loses_its_third_and_fourth_decimal(self, xero: Clients) -> None:
        body = {"Invoices": [draft(LineItems=[{**LINE, "Quantity": 1000, "UnitAmount": 0.0085}])]}
        [made] = xero.accounting.create_invoices(TENANT, body, summarize_errors=False).invoices
        assert (made.line_items[0].unit_amount, made.sub_total) == (Decimal("0.01"), Decimal("10.00"))


class TestApprovedInvoices:
    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (approved(DueDate=None), ["The document due date is a required field"]),
            (approved(LineItems=[]), ["One or more line items must be specified"]),
            (
                approved(LineItems=[{"Quantity": 1}]),
                [
                    "Description is required for each line item",
                    "UnitAmount is required for each line item",
                    "Account code or ID must be specified",
                ],
            ),
            (
                approved(LineItems=[{**LINE, "AccountCode": "476"}]),
                ["Account code '476' is not a valid code for this document."],
            ),
        ],
    )
    def test_approval_needs_more_than_a_draft(self, xero: Clients, body: dict[str, Any], said: list[str]) -> None:
        [refused] = create(xero, {name: value for name, value in body.items() if value is not None})
        assert fate(refused) == ("ERROR", said)

    def test_the_tax_type_follows_from_the_account(self, xero: Clients) -> None:
        [made] = create(xero, approved())
        assert (made.line_items[0].tax_type, made.total, made.amount_due) == ("OUTPUT2", Decimal(115), Decimal(115))

    def test_an_approved_invoice_over_nothing_is_paid_at_once(self, xero: Clients) -> None:
        free = {**LINE, "DiscountRate": 100}
        [made] = create(xero, approved(LineItems=[free]))
        assert (made.status, made.total, made.fully_paid_on_date) == ("PAID", 0, made.date)
        billed = change(xero, made.invoice_id, LineItems=[LINE])
        assert (billed.status, billed.amount_due, billed.fully_paid_on_date) == ("AUTHORISED", Decimal(115), None)

    def test_a_draft_is_deleted_and_an_approved_invoice_is_voided(self, xero: Clients) -> None:
        one, other = create(xero, draft(), approved())
        wrong = "Invoice not of valid status for modification"
        assert fate(change(xero, one.invoice_id, Status="VOIDED")) == ("ERROR", [wrong])
        assert fate(change(xero, other.invoice_id, Status="DELETED")) == ("ERROR", [wrong])
        assert change(xero, one.invoice_id, Status="DELETED").status == "DELETED"
        voided = change(xero, other.invoice_id, Status="VOIDED")
        assert (voided.status, voided.amount_due) == ("VOIDED", 0)
        assert fate(change(xero, other.invoice_id, Reference="late")) == ("ERROR", [wrong])


class TestLineItemIds:
    def test_named_lines_stay_unnamed_ones_go_and_silence_keeps_all(self, xero: Clients) -> None:
        [made] = create(xero, draft(LineItems=[LINE, {**LINE, "Description": "Two"}]))
        first, second = (line.line_item_id for line in made.line_items)
        kept = change(xero, made.invoice_id, LineItems=[{"LineItemID": second, "Quantity": 5}])
        assert [(line.line_item_id, line.description, line.line_amount) for line in kept.line_items] == [
            (second, "Two", Decimal(500))
        ]
        assert [line.line_item_id for line in change(xero, made.invoice_id, Reference="r").line_items] == [second]
        again = change(xero, made.invoice_id, LineItems=[LINE])
        assert {line.line_item_id for line in again.line_items}.isdisjoint({first, second})

    def test_a_line_of_another_invoice_cannot_be_named_nor_one_line_twice(self, xero: Clients) -> None:
        one, other = create(xero, draft(), draft())
        mine, foreign = one.line_items[0].line_item_id, other.line_items[0].line_item_id
        assert fate(change(xero, one.invoice_id, LineItems=[{**LINE, "LineItemID": foreign}])) == (
            "ERROR",
            [f"The line item {foreign} does not belong to this document"],
        )
        twice = [{**LINE, "LineItemID": mine}, {**LINE, "LineItemID": mine}]
        assert fate(change(xero, one.invoice_id, LineItems=twice)) == ("ERROR", ["A line item can be named once only"])


class TestSettledInvoices:
    HAS_PAYMENT = "This document cannot be edited as it has a payment or credit note allocated to it."

    @pytest.fixture
    def part_paid(self, xero: Clients, running: RunningSandbox) -> Invoice:
        [made] = create(xero, approved(LineItems=[{**LINE, "DiscountRate": 10}]))
        running.sandbox.mutate("xero", {"action": "pay", "invoice_id": made.invoice_id, "amount": 10})
        return made

    @pytest.mark.parametrize(
        "fields",
        [
            {"Quantity": 2},
            {"UnitAmount": 99},
            {"DiscountRate": 5},
            {"TaxType": "NONE"},
            {"ItemCode": "WIDGET"},
        ],
    )
    def test_what_a_line_is_worth_cannot_change(
        self, xero: Clients, part_paid: Invoice, fields: dict[str, Any]
    ) -> None:
        line = {"LineItemID": part_paid.line_items[0].line_item_id, **fields}
        assert fate(change(xero, part_paid.invoice_id, LineItems=[line])) == ("ERROR", [self.HAS_PAYMENT])

    def test_header_texts_dates_and_what_a_line_is_for_can_change(self, xero: Clients, part_paid: Invoice) -> None:
        line = {
            "LineItemID": part_paid.line_items[0].line_item_id,
            "Description": "Work, as agreed",
            "AccountCode": "469",
            "Tracking": [{"TrackingOptionID": NORTH}],
        }
        changed = change(
            xero,
            part_paid.invoice_id,
            Reference="new",
            DueDate="2027-01-31",
            InvoiceNumber="OURS-1",
            Url="https://crm.example/1",
            LineItems=[line],
        )
        [shown] = changed.line_items
        assert (fate(changed), changed.reference, changed.invoice_number) == (("OK", []), "new", "OURS-1")
        assert (shown.description, shown.account_code, shown.tracking[0].option, shown.line_amount) == (
            "Work, as agreed",
            "469",
            "North",
            Decimal(90),
        )


class TestLockedPeriods:
    @pytest.fixture
    def shop(self) -> SmallShop:
        return SmallShop(period_lock=ms(2026, 9, 30))

    def test_drafts_are_allowed_and_approving_them_is_not(self, xero: Clients) -> None:
        locked = ["The document date cannot be before the period lock date, currently set at 30-Sep-2026"]
        refused, made = create(xero, approved(Date="2026-09-30"), draft(Date="2026-09-30", DueDate="2026-10-30"))
        assert (fate(refused), fate(made)) == (("ERROR", locked), ("OK", []))
        assert fate(change(xero, made.invoice_id, Reference="still a draft")) == ("OK", [])
        assert fate(change(xero, made.invoice_id, Status="AUTHORISED")) == ("ERROR", locked)
        moved = change(xero, made.invoice_id, Status="AUTHORISED", Date="2026-10-01")
        assert (fate(moved), moved.status) == (("OK", []), "AUTHORISED")
        assert fate(change(xero, made.invoice_id, Date="2026-09-30")) == ("ERROR", locked)


class TestContacts:
    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            (
                {"Name": "ACME  ltd"},
                "The contact name ACME  ltd is already assigned to another contact. "
                "The contact name must be unique across all active contacts.",
            ),
            ({"ContactNumber": "CRM-1"}, "The contact number CRM-1 is already assigned to another contact."),
            (
                {"AccountNumber": "A-1"},
                "The Account Number already exists. Please enter a different Account Number.",
            ),
            ({"EmailAddress": "not an address"}, "The EmailAddress is not a valid email address"),
            (
                {"Addresses": [{"AddressType": "STREET", "Country": "NZ 64"}]},
                "Country must consist of letters",
            ),
            ({"DefaultCurrency": "EUR"}, "Organisation is not subscribed to currency EUR"),
            ({"AccountsReceivableTaxType": "TAX999"}, "The TaxType code 'TAX999' does not exist"),
            ({"SalesDefaultAccountCode": "476"}, "Account code '476' is not a valid code"),
            (
                {"PaymentTerms": {"Sales": {"Day": 45, "Type": "DAYSAFTERBILLDATE"}}},
                "The day of payment terms must be between 0 and 31",
            ),
        ],
    )
    def test_what_a_contact_may_not_say(self, xero: Clients, fields: dict[str, Any], message: str) -> None:
        body = {"Contacts": [{"Name": "Gamma", **fields}]}
        [refused] = xero.accounting.create_contacts(TENANT, body, summarize_errors=False).contacts
        assert (refused.status_attribute_string, [error.message for error in refused.validation_errors]) == (
            "ERROR",
            [message],
        )

    def test_a_change_by_id_leaves_the_rest_alone(self, xero: Clients) -> None:
        body = {"Contacts": [{"ContactID": ACME, "Phones": [{"PhoneType": "MOBILE", "PhoneNumber": "21 555"}]}]}
        [changed] = xero.accounting.update_or_create_contacts(TENANT, body, summarize_errors=False).contacts
        assert (changed.email_address, changed.account_number, changed.contact_number) == (
            "pay@acme.example",
            "A-1",
            "CRM-1",
        )
        assert [(p.phone_type, p.phone_number) for p in changed.phones if p.phone_number] == [("MOBILE", "21 555")]

    def test_an_archived_contact_can_be_revived_but_a_merged_one_cannot(
        self, xero: Clients, running: RunningSandbox
    ) -> None:
        def revive(contact_id: str) -> Any:
            body = {"Contacts": [{"ContactID": contact_id, "ContactStatus": "ACTIVE"}]}
            [changed] = xero.accounting.update_or_create_contacts(TENANT, body, summarize_errors=False).contacts
            return changed

        assert revive(OLD).contact_status == "ACTIVE"
        running.sandbox.mutate("xero", {"action": "merge_contacts", "loser": ACME, "winner": BETA})
        assert [error.message for error in revive(ACME).validation_errors] == [
            "A contact that was merged into another one cannot be restored"
        ]
        assert fate(create(xero, draft(Contact={"ContactID": ACME}))[0]) == ("ERROR", [ARCHIVED])


class TestItems:
    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"Code": "widget"}, "Price List Item with Code 'widget' already exists"),
            ({"Code": ""}, "Price List Item Code must be supplied"),
            ({"SalesDetails": {"AccountCode": "476"}}, "Account code '476' is not a valid code"),
            ({"SalesDetails": {"TaxType": "TAX999"}}, "The TaxType code 'TAX999' does not exist"),
        ],
    )
    def test_what_an_item_may_not_say(self, xero: Clients, fields: dict[str, Any], message: str) -> None:
        body = {"Items": [{"Code": "GADGET", **fields}]}
        [refused] = xero.accounting.create_items(TENANT, body, summarize_errors=False, unitdp=4).items
        assert fate(refused) == ("ERROR", [message])

    def test_a_post_changes_the_item_of_its_code_and_creates_an_unknown_one(self, xero: Clients) -> None:
        sales = {"UnitPrice": 9.8765, "AccountCode": "200", "TaxType": "OUTPUT2"}
        body = {"Items": [{"Code": "WIDGET", "SalesDetails": sales}, {"Code": "GADGET", "Name": "Gadget"}]}
        made = xero.accounting.update_or_create_items(TENANT, body, summarize_errors=False, unitdp=4).items
        assert [(item.code, item.description, item.sales_details.unit_price) for item in made] == [
            ("WIDGET", "A widget", Decimal("9.8765")),
            ("GADGET", None, None),
        ]
        listed = {dp: xero.accounting.get_items(TENANT, unitdp=dp).items for dp in (4, 2)}
        shown = {
            dp: one.sales_details.unit_price for dp, items in listed.items() for one in items if one.code == "WIDGET"
        }
        assert shown == {4: Decimal("9.8765"), 2: Decimal("9.88")}

    def test_an_item_that_is_not_sold_cannot_be_invoiced(self, xero: Clients) -> None:
        body = {"Items": [{"Code": "PART", "IsSold": False}]}
        xero.accounting.create_items(TENANT, body, summarize_errors=False)
        [refused] = create(xero, draft(LineItems=[{**LINE, "ItemCode": "PART"}]))
        assert fate(refused) == ("ERROR", ["Item code 'PART' is not valid"])


class TestCreditNotes:
    def body(self, **more: Any) -> dict[str, Any]:
        fields = {"Type": "ACCRECCREDIT", "Contact": {"ContactID": ACME}, "Date": "2026-11-10", "LineItems": [LINE]}
        return {"CreditNotes": [fields | more]}

    def create(self, xero: Clients, **more: Any) -> CreditNote:
        answer: CreditNotes = xero.accounting.create_credit_notes(
            TENANT, self.body(**more), summarize_errors=False, unitdp=4
        )
        [made] = answer.credit_notes
        return made

    def test_a_draft_note_cannot_be_applied_and_a_line_has_no_discount(self, xero: Clients) -> None:
        made = self.create(xero, Reference="0065g000001/1/c1")
        assert (fate(made), made.status, made.reference, made.remaining_credit) == (
            ("OK", []),
            "DRAFT",
            "0065g000001/1/c1",
            Decimal(115),
        )
        first = xero.accounting.get_invoices(TENANT, page=1, order="InvoiceID").invoices[0].invoice_id
        allocation = {"Allocations": [{"Amount": 10, "Date": "2026-11-10", "Invoice": {"InvoiceID": first}}]}
        with pytest.raises(AccountingBadRequestException, match="Authorised"):
            xero.accounting.create_credit_note_allocation(TENANT, made.credit_note_id, allocation)
        refused = self.create(xero, LineItems=[{**LINE, "DiscountRate": 10}])
        assert fate(refused) == ("ERROR", ["Discounts are only supported on sales invoices and quotes"])

    def test_writing_an_invoice_off_leaves_no_cash_behind(self, xero: Clients) -> None:
        """A write-off is a credit note over the open amount, applied: PAID, and nothing in AmountPaid."""
        note = self.create(xero, Status="AUTHORISED")
        first = xero.accounting.get_invoices(TENANT, page=1, order="InvoiceID").invoices[0].invoice_id
        allocation = {"Allocations": [{"Amount": 115, "Date": "2026-11-10", "Invoice": {"InvoiceID": first}}]}
        xero.accounting.create_credit_note_allocation(TENANT, note.credit_note_id, allocation)
        [invoice] = xero.accounting.get_invoice(TENANT, first).invoices
        assert (invoice.status, invoice.amount_paid, invoice.amount_credited, invoice.amount_due) == (
            "PAID",
            0,
            Decimal(115),
            0,
        )

    def test_a_refund_empties_a_note_and_shows_under_its_own_payment_type(self, xero: Clients) -> None:
        note = self.create(xero, Status="AUTHORISED")
        refund = Payment(credit_note=note, account=Account(account_id=BANK), amount=Decimal("115"))
        refund.credit_note = CreditNote(credit_note_id=note.credit_note_id)
        [made] = xero.accounting.create_payments(TENANT, Payments(payments=[refund])).payments
        [read] = xero.accounting.get_payment(TENANT, made.payment_id).payments
        assert (read.payment_type, read.invoice.type, read.invoice.invoice_id) == (
            "ARCREDITPAYMENT",
            "ACCRECCREDIT",
            note.credit_note_id,
        )
        [emptied] = xero.accounting.get_credit_note(TENANT, note.credit_note_id).credit_notes
        assert (emptied.status, emptied.remaining_credit) == ("PAID", 0)


class TestRepeatedAndLargeRequests:
    def send(self, xero: Clients, key: str, **more: Any) -> Invoice:
        body = {"Invoices": [draft(Reference="0065g000001/1", **more)]}
        [made] = xero.accounting.create_invoices(
            TENANT, body, summarize_errors=False, unitdp=4, idempotency_key=key
        ).invoices
        return made

    def test_a_key_makes_one_invoice_for_six_minutes_and_another_one_after_that(
        self, xero: Clients, running: RunningSandbox
    ) -> None:
        first = self.send(xero, "tenant/batch-1")
        running.clock.advance(timedelta(minutes=5, seconds=59))
        assert self.send(xero, "tenant/batch-1").invoice_id == first.invoice_id
        running.clock.advance(timedelta(seconds=1))
        assert self.send(xero, "tenant/batch-1").invoice_id != first.invoice_id

    def test_a_refused_element_is_replayed_too_so_that_a_correction_needs_a_new_key(self, xero: Clients) -> None:
        refused = self.send(xero, "tenant/batch-2", CurrencyCode="EUR")
        assert fate(refused) == ("ERROR", ["Organisation is not subscribed to currency EUR"])
        xero.accounting.create_currency(TENANT, {"Code": "EUR", "Description": "Euro"})
        assert fate(self.send(xero, "tenant/batch-2", CurrencyCode="EUR")) == fate(refused)
        assert fate(self.send(xero, "tenant/batch-3", CurrencyCode="EUR")) == ("OK", [])

    def test_a_key_belongs_to_one_request_and_has_128_characters_at_most(self, xero: Clients) -> None:
        self.send(xero, "tenant/batch-4")
        with pytest.raises(AccountingBadRequestException):
            self.send(xero, "tenant/batch-4", Url="https://crm.example/1")
        with pytest.raises(AccountingBadRequestException):
            self.send(xero, "x" * 129)

    def test_a_batch_above_three_and_a_half_megabytes_saves_nothing(self, xero: Clients) -> None:
        long = {**LINE, "Description": "x" * 4000}
        with pytest.raises(AccountingBadRequestException):
            create(xero, *[draft(LineItems=[long] * 18) for _ in range(50)])
        assert len(xero.accounting.get_invoices(TENANT, page=1).invoices) == 5

    def test_a_lost_invoice_is_found_again_by_its_reference_among_what_changed(
        self, xero: Clients, running: RunningSandbox
    ) -> None:
        since = running.clock.now()
        made = self.send(xero, "tenant/batch-5")
        found = xero.accounting.get_invoices(TENANT, if_modified_since=since, summary_only=True, page=1).invoices
        assert [(one.invoice_id, one.reference, one.status) for one in found] == [
            (made.invoice_id, "0065g000001/1", "DRAFT")
        ]


class TestOverpayments:
    def test_an_overpayment_is_set_off_and_the_rest_refunded(self, xero: Clients) -> None:
        first = xero.accounting.get_invoices(TENANT, page=1, order="InvoiceID").invoices[0].invoice_id
        allocation = {"Allocations": [{"Amount": 30, "Date": "2026-11-10", "Invoice": {"InvoiceID": first}}]}
        xero.accounting.create_overpayment_allocations(TENANT, OVERPAYMENT, allocation)
        [invoice] = xero.accounting.get_invoice(TENANT, first).invoices
        assert (invoice.amount_credited, invoice.amount_paid, invoice.amount_due) == (Decimal(30), 0, Decimal(85))
        assert [one.applied_amount for one in invoice.overpayments] == [Decimal(30)]
        body = {"Payments": [{"Overpayment": {"OverpaymentID": OVERPAYMENT}, "Account": {"AccountID": BANK}}]}
        body["Payments"][0]["Amount"] = 20
        [refund] = xero.accounting.create_payments(TENANT, body).payments
        assert refund.payment_type == "AROVERPAYMENTPAYMENT"
        [emptied] = xero.accounting.get_overpayment(TENANT, OVERPAYMENT).overpayments
        assert (emptied.status, emptied.remaining_credit) == ("PAID", 0)


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        (
            "Contacts",
            {"Name": "Gamma", "Addresses": [{"AddressType": "STREET", "AddressLine1": "x" * 501}]},
            "The field AddressLine1 exceeds its maximum length of 500",
        ),
        (
            "Contacts",
            {"Name": "Gamma", "Phones": [{"PhoneType": "DEFAULT", "PhoneAreaCode": "0123456789 1"}]},
            "The field PhoneAreaCode exceeds its maximum length of 10",
        ),
        (
            "Items",
            {"Code": "GADGET", "Description": "x" * 4001},
            "The field Description exceeds its maximum length of 4000",
        ),
    ],
)
def test_what_is_too_long_for_the_clients_own_models(
    caller: Caller, kind: str, body: dict[str, Any], message: str
) -> None:
    """The answer repeats what was sent, and Xero's client cannot even read an over-long text back."""
    reply = caller.call("PUT", f"/{kind}", body, query={"summarizeErrors": "false"})
    [refused] = reply.json[kind]
    assert (reply.status, refused["StatusAttributeString"]) == (200, "ERROR")
    assert refused["ValidationErrors"] == [{"Message": message}]
