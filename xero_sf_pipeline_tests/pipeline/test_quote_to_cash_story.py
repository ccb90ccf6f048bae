"""A won deal becomes a draft invoice, and what becomes of the draft: over HTTP, as people in both systems live it.

After every step the next plan is empty, nothing is written twice, the books hold one invoice per reference, and every
check of `sql/checks` holds (`Firm.settle`).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.planning.approvals import Decision, record_decision
from xero_sf_pipeline_tests.pipeline.quote_to_cash import Firm, firm
from xero_sf_pipeline_tests.pipeline.works import TODAY

ON_DEAL = (
    "Xero_Invoice_ID__c", "Xero_Invoice_Number__c", "Xero_Invoice_Status__c", "Xero_Link__c", "Xero_Invoice_Count__c",
    "Xero_Billed__c", "Xero_Due__c", "Xero_Paid__c",
)  # fmt: skip
ON_MIRROR = ("Name", "Type__c", "Status__c", "Reference__c", "Currency__c", "Total__c", "Tax__c", "Due__c")
ON_ACCOUNT = ("Xero_Payment_Status__c", "Xero_Outstanding__c", "Xero_Overdue__c", "Xero_Open_Invoices__c")
ON_LINE = ("ItemCode", "Description", "Quantity", "UnitAmount", "DiscountRate", "AccountCode", "TaxType", "LineAmount",
           "TaxAmount")  # fmt: skip


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    with firm(tmp_path_factory.mktemp("story")) as opened:
        yield opened


def of(row: dict[str, Any], names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in names)


def money(*amounts: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, amounts))


def excluded(firm: Firm, key: str) -> list[str]:
    """Why nothing is written about an invoice."""
    rows = firm.works.warehouse("select reason from plan.exclusions where subject_key = $key", {"key": key})
    return [row["reason"] for row in rows]


def proposed(firm: Firm) -> dict[str, Any]:
    """The one write that is planned: it waits for a person, and a push leaves it and everything else alone."""
    firm.works.running.log.clear()
    firm.sync()
    (write,) = firm.works.warehouse("select write_id, kind, target_key, amount, approval from plan.writes")
    assert write["approval"] == "needs_approval"
    report = firm.works.push()
    assert [(row.write_id, row.reason) for row in report.not_sent] == [(write["write_id"], "needs_approval")]
    assert firm.calls() == []
    assert firm.works.offenders() == {}
    return write


def test_from_a_won_deal_to_an_approved_invoice_and_what_changes_on_the_way(story: Firm) -> None:
    contact, account = story.customer("Story Ltd")
    deal = story.sales.add_deal(account, "Second floor", close_on=TODAY)
    desks = story.sales.sell(deal, "DESK-120", 3, 120.55, Discount=10, Description="Desk, oak")
    story.sales.sell(deal, "PED-3", 2, 112.4, Description="Pedestal")
    reference, tenant = f"{deal}/1", story.works.tenant_id

    # A deal that is not won yet is not billed.
    story.start()
    assert story.invoices() == {}

    # Won: one draft with the lines of the deal; then what Xero made of it stands in Salesforce.
    story.sales.win(deal)
    first, second = story.settle()
    draft = story.invoices()[reference]
    invoice = draft["InvoiceID"]
    key, link = f"{tenant}:{invoice}", f"https://go.xero.com/app/!h4PwK/invoicing/view/{invoice}"
    assert first == ([("invoice.create", f"{tenant}:{reference}")], ["PUT Invoices"])
    assert second == (
        [("opportunity.update", deal), ("xero_invoice.upsert", key)], ["PATCH Xero_Invoice__c", "PATCH sobjects"]
    )  # fmt: skip
    assert (draft["Status"], draft["Type"], draft["Contact"]["ContactID"]) == ("DRAFT", "ACCREC", contact)
    assert (draft["DateString"][:10], draft["DueDateString"][:10]) == ("2026-03-16", "2026-04-15")
    assert (draft["CurrencyCode"], draft["LineAmountTypes"]) == ("GBP", "Exclusive")
    assert [of(line, ON_LINE) for line in draft["LineItems"]] == [
        ("DESK-120", "Desk, oak", 3, Decimal("120.5500"), 10, "200", "OUTPUT2", *money("325.49", "65.10")),
        ("PED-3", "Pedestal", 2, Decimal("112.4000"), None, "200", "OUTPUT2", *money("224.80", "44.96")),
    ]
    assert of(draft, ("SubTotal", "TotalTax", "Total")) == money("550.29", "110.06", "660.35")
    number = draft["InvoiceNumber"]
    assert of(story.one("Opportunity", Id=deal), ON_DEAL) == (
        invoice,
        number,
        "Draft",
        link,
        *money("0", "0", "0", "0"),
    )
    assert of(story.one("Xero_Invoice__c", Opportunity__c=deal), ON_MIRROR) == (
        number, "Invoice", "Draft", reference, "GBP", *money("660.35", "110.06", "660.35")
    )  # fmt: skip
    assert of(story.one("Account", Id=account), ON_ACCOUNT) == (None, None, None, None)

    # The deal grows while its invoice is a draft: the draft follows.
    story.sales.change("OpportunityLineItem", desks, Quantity=5, UnitPrice=120.55)
    assert story.settle() == [
        ([("invoice.update", f"{tenant}:{reference}")], ["POST Invoices"]),
        ([("xero_invoice.upsert", key)], ["PATCH Xero_Invoice__c"]),
    ]
    followed = story.invoices()[reference]
    assert (followed["InvoiceID"], followed["Status"]) == (invoice, "DRAFT")
    assert [line["LineItemID"] for line in followed["LineItems"]] == [line["LineItemID"] for line in draft["LineItems"]]
    assert of(followed, ("SubTotal", "TotalTax", "Total")) == money("767.28", "153.46", "920.74")

    # Won back from the customer and won again: nothing is written, the invoice stays the same one.
    story.sales.change("Opportunity", deal, StageName="Negotiation/Review")
    assert (story.settle(), excluded(story, key)) == ([], ["deal_not_won"])
    story.sales.win(deal)
    assert (story.settle(), excluded(story, key)) == ([], [])
    assert story.invoices() == {reference: followed}

    # Finance approves the draft in Xero: every record of it follows.
    story.office.set_status(invoice, "AUTHORISED")
    assert story.settle() == [
        (
            [("account.update", account), ("opportunity.update", deal), ("xero_invoice.upsert", key)],
            ["PATCH Xero_Invoice__c", "PATCH sobjects", "PATCH sobjects"],
        )
    ]
    assert of(story.one("Opportunity", Id=deal), ON_DEAL) == (
        invoice, number, "Awaiting payment", link, *money("1", "920.74", "920.74", "0")
    )  # fmt: skip
    assert of(story.one("Xero_Invoice__c", Opportunity__c=deal), ON_MIRROR) == (
        number, "Invoice", "Awaiting payment", reference, "GBP", *money("920.74", "153.46", "920.74")
    )  # fmt: skip
    assert of(story.one("Account", Id=account), ON_ACCOUNT) == ("Outstanding", *money("920.74", "0", "1"))
    approved = story.invoices()

    # The deal changes after that: down or up, only a proposal for a person.
    story.sales.change("OpportunityLineItem", desks, Quantity=4, UnitPrice=120.55)
    shrunk = proposed(story)
    assert (shrunk["kind"], shrunk["target_key"], shrunk["amount"]) == (
        "credit_note.create", f"{tenant}:{reference}/c1", Decimal("108.50")
    )  # fmt: skip
    story.sales.change("OpportunityLineItem", desks, Quantity=6, UnitPrice=120.55)
    grown = proposed(story)
    assert (grown["kind"], grown["target_key"], grown["amount"]) == (
        "invoice.create", f"{tenant}:{reference}/r2", Decimal("108.49")
    )  # fmt: skip
    assert story.invoices() == approved

    # A person agrees: the difference becomes a second draft, and the approved invoice stays as it is.
    record_decision(
        story.works.settings.decisions_dir / "approvals.jsonl", [grown["write_id"]], Decision.APPROVED,
        decided_by="ann", decided_at=story.works.running.clock.now(), reason="agreed",
    )  # fmt: skip
    proposal, read_back = story.settle()
    assert proposal == ([("invoice.create", f"{tenant}:{reference}/r2")], ["PUT Invoices"])
    further = story.invoices()[f"{reference}/r2"]
    assert read_back == ([("xero_invoice.upsert", f"{tenant}:{further['InvoiceID']}")], ["PATCH Xero_Invoice__c"])
    assert (further["Status"], further["SubTotal"]) == ("DRAFT", Decimal("108.49"))
    assert story.invoices()[reference] == approved[reference]
    assert story.one("Opportunity", Id=deal)["Xero_Invoice_ID__c"] == invoice
