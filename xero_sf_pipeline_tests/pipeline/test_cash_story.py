"""An invoice of a won deal is paid, credited, unpaid and voided in Xero: what Salesforce shows of it, over HTTP.

After every step the next plan is empty and every check of `sql/checks` holds (`Firm.settle`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline_tests.pipeline.quote_to_cash import POLICY, Firm, firm
from xero_sf_pipeline_tests.pipeline.works import TODAY

AUTHORISED_AT_ONCE = POLICY + "  authorise: [{name: every deal}]\n"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    with firm(tmp_path_factory.mktemp("cash"), policy=AUTHORISED_AT_ONCE) as opened:
        yield opened


def invoice_facts(firm: Firm, invoice: str) -> tuple[Any, ...]:
    """Status, due, paid, credited, fully paid on, last payment and its day, of an invoice's mirror record."""
    row = firm.one("Xero_Invoice__c", Key__c=f"{firm.works.tenant_id}:{invoice}")
    names = (
        "Status__c",
        "Due__c",
        "Paid__c",
        "Credited__c",
        "Fully_Paid_On__c",
        "Last_Payment__c",
        "Last_Payment_On__c",
    )
    return tuple(row[name] for name in names)


def deal_facts(firm: Firm, deal: str) -> tuple[Any, ...]:
    """Invoice status, count, billed, due and paid of a deal."""
    row = firm.one("Opportunity", Id=deal)
    names = ("Xero_Invoice_Status__c", "Xero_Invoice_Count__c", "Xero_Billed__c", "Xero_Due__c", "Xero_Paid__c")
    return tuple(row[name] for name in names)


def account_facts(firm: Firm, account: str) -> tuple[Any, ...]:
    """Payment status, outstanding, unallocated credit and open invoices of an account."""
    row = firm.one("Account", Id=account)
    names = ("Xero_Payment_Status__c", "Xero_Outstanding__c", "Xero_Unallocated_Credit__c", "Xero_Open_Invoices__c")
    return tuple(row[name] for name in names)


def money(*amounts: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, amounts))


def test_money_that_comes_and_goes_in_xero_is_what_salesforce_shows(story: Firm) -> None:
    contact, account = story.customer("Cash Ltd")
    deal = story.sales.add_deal(account, "Fit-out", close_on=TODAY, Amount=1000)
    story.sales.win(deal)
    reference, tenant = f"{deal}/1", story.works.tenant_id

    # A deal without products is one line. The policy has it approved at once.
    story.start()
    billed = story.invoices()[reference]
    invoice = billed["InvoiceID"]
    key = f"{tenant}:{invoice}"
    (line,) = billed["LineItems"]
    assert (billed["Status"], line["Description"], line["LineAmount"]) == ("AUTHORISED", "Fit-out", Decimal("1000.00"))
    everything = [
        (
            [("account.update", account), ("opportunity.update", deal), ("xero_invoice.upsert", key)],
            ["PATCH Xero_Invoice__c", "PATCH sobjects", "PATCH sobjects"],
        )
    ]
    assert invoice_facts(story, invoice) == ("Awaiting payment", *money("1200", "0", "0"), None, None, None)
    assert deal_facts(story, deal) == ("Awaiting payment", *money("1", "1200", "1200", "0"))
    assert account_facts(story, account) == ("Outstanding", *money("1200", "0", "1"))

    # A part payment, and a credit note that is allocated: it pays a part, but is no cash.
    first = story.office.receive(invoice, "500.00", TODAY)
    credit = story.office.credit(contact, "CN-1", "200.00", on=TODAY, invoice_id=invoice)
    ((planned, calls),) = story.settle()
    assert sorted(planned) == sorted([*everything[0][0], ("xero_invoice.upsert", f"{tenant}:{credit}")])
    assert calls == everything[0][1]
    assert invoice_facts(story, invoice) == ("Part paid", *money("500", "500", "200"), None, Decimal(500), TODAY)
    note = story.one("Xero_Invoice__c", Key__c=f"{tenant}:{credit}")
    assert (note["Type__c"], note["Status__c"], note["Total__c"], note["Due__c"]) == (
        "Credit note", "Paid", *money("200", "0")
    )  # fmt: skip
    assert deal_facts(story, deal) == ("Part paid", *money("1", "1200", "500", "500"))
    assert account_facts(story, account) == ("Outstanding", *money("500", "0", "1"))

    # The rest is paid on another day.
    paid_on = date(2026, 3, 17)
    story.works.pass_time(hours=16)
    rest = story.office.receive(invoice, "500.00", paid_on)
    assert story.settle() == everything
    assert invoice_facts(story, invoice) == ("Paid", *money("0", "1000", "200"), paid_on, Decimal(500), paid_on)
    assert deal_facts(story, deal) == ("Paid", *money("1", "1200", "0", "1000"))
    assert account_facts(story, account) == ("Paid", *money("0", "0", "0"))

    # That payment is taken back.
    story.office.delete_payment(rest)
    assert story.settle() == everything
    assert invoice_facts(story, invoice) == ("Part paid", *money("500", "500", "200"), None, Decimal(500), TODAY)
    assert deal_facts(story, deal) == ("Part paid", *money("1", "1200", "500", "500"))
    assert account_facts(story, account) == ("Outstanding", *money("500", "0", "1"))

    # All payments are gone, the credit is free again, and finance voids the invoice: it is not billed anew.
    story.office.delete_payment(first)
    story.office.release(credit)
    story.office.set_status(invoice, "VOIDED")
    ((planned, calls),) = story.settle()
    assert sorted(planned) == sorted([*everything[0][0], ("xero_invoice.upsert", f"{tenant}:{credit}")])
    assert calls == everything[0][1]
    assert invoice_facts(story, invoice) == ("Voided", *money("0", "0", "0"), None, None, None)
    assert deal_facts(story, deal) == ("Voided", *money("0", "0", "0", "0"))
    assert account_facts(story, account)[1:] == money("0", "200", "0")
    story.sales.change("Opportunity", deal, StageName="Negotiation/Review")
    story.sales.win(deal)
    assert story.settle() == []
    assert story.invoices().keys() == {reference}
    (held,) = story.works.warehouse("select reason from plan.exclusions where subject_key = $key", {"key": reference})
    assert held == {"reason": "invoice_deleted_by_person"}
