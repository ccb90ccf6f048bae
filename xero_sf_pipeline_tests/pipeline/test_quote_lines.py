"""Quotes and their lines, from Xero to the products of an opportunity and on to its invoice.

Over HTTP, with two organisations of different currency in one org. Each test has customers of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from xero_python.accounting import LineItem

from xero_sf_pipeline.sandbox.company import CompanySpec
from xero_sf_pipeline_tests.pipeline.quote_to_cash import SCOPES, Firm, Row
from xero_sf_pipeline_tests.pipeline.sales_office import SalesOffice
from xero_sf_pipeline_tests.pipeline.works import TODAY, serving, works_of
from xero_sf_pipeline_tests.pipeline.xero_office import XeroOffice

POLICY = """
version: 1
currency: {salesforce: GBP}
quotes: {enabled: true, lines: matched}
billing:
  enabled: true
  from_close_date: 2026-03-16
  lines: [{name: all sales, account_code: "200", tax_type: OUTPUT2}]
"""
FIRM = CompanySpec(contacts=1, invoices=0, accounts=1, as_of=TODAY, messy=False, organisations=2)
OTHER_CURRENCY = "NZD"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """A firm whose org has the currencies of both organisations, after its first run."""
    folder = tmp_path_factory.mktemp("quote_lines")
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    with serving(FIRM) as running, works_of(running, folder, xero_scopes=SCOPES) as works:
        org = running.sandbox.salesforce
        org.enable_currencies("GBP", {OTHER_CURRENCY: "1.9"})
        priced = {row["ProductCode"]: row for row in org.rows("PricebookEntry") if row["ProductCode"]}
        for code in ("DESK-120", "PED-3"):
            row = {name: priced[code][name] for name in ("Pricebook2Id", "Product2Id", "UnitPrice", "IsActive")}
            org.insert("PricebookEntry", {**row, "CurrencyIsoCode": OTHER_CURRENCY})
        opened = Firm(works, XeroOffice(running.url, works.tenant_id), SalesOffice(running.url))
        opened.works.extract()
        yield opened


def line(code: str | None, quantity: str, price: str, **more: object) -> LineItem:
    return LineItem(
        item_code=code, quantity=Decimal(quantity), unit_amount=Decimal(price), account_code="200",
        description=f"{code or 'Work'}, as agreed", **more,
    )  # fmt: skip


def sync(story: Firm) -> list[tuple[str, str]]:
    """Read what the stories change, and plan: kinds, and of a line its item and number. Other flows are not looked at."""
    story.works.pass_time(minutes=1)
    story.works.extract(
        xero=("contacts", "quotes", "invoices"),
        salesforce=("accounts", "opportunities", "opportunity_lines", "xero_contacts"),
    )
    story.works.derive_and_plan()
    planned = story.works.planned()
    return sorted((kind, ":".join(key.split(":")[2:])) for kind, key in planned if kind.startswith("opportunity"))


def push(story: Firm) -> None:
    story.works.running.log.clear()
    report = story.works.push()
    assert (report.refused, report.not_sent) == ((), ())


def deal_of(story: Firm, quote_id: str) -> Row:
    (deal,) = [row for row in story.works.org("Opportunity") if (row["Xero_Quote_ID__c"] or "").endswith(quote_id)]
    return deal


def lines_of(story: Firm, quote_id: str) -> dict[str, tuple[Decimal, Decimal]]:
    """Quantity and total by the end of the line's key."""
    rows = story.works.org("OpportunityLineItem", OpportunityId=deal_of(story, quote_id)["Id"])
    found = {str(row["Xero_Line_Key__c"]).partition(quote_id)[2]: (row["Quantity"], row["TotalPrice"]) for row in rows}
    assert len(found) == len(rows)
    return found


def left_out(story: Firm, quote_id: str) -> list[str]:
    rows = story.works.warehouse("select subject_key, reason from plan.exclusions where subject_table = 'core.quotes'")
    return sorted(row["reason"] for row in rows if row["subject_key"].endswith(quote_id))


def test_lines_go_with_the_quote_once_whatever_is_lost_and_the_won_deal_is_billed_by_them(story: Firm) -> None:
    contact, _ = story.customer("Lines Ltd")
    first = [line("DESK-120", "3", "120.55", discount_rate=Decimal(10)), line("PED-3", "2", "99.99")]
    quote = story.office.quote(contact, first, on=TODAY, expiry_date=TODAY)
    assert sync(story) == [
        ("opportunity.create", ""), ("opportunity_line.upsert", "DESK-120:1"), ("opportunity_line.upsert", "PED-3:1"),
    ]  # fmt: skip
    story.works.fault("salesforce", "drop_after", method="PATCH", path="/OpportunityLineItem/")
    push(story)
    assert lines_of(story, quote) == {
        ":DESK-120:1": (Decimal("3.00"), Decimal("325.49")), ":PED-3:1": (Decimal("2.00"), Decimal("199.98")),
    }  # fmt: skip
    deal = deal_of(story, quote)
    assert (deal["Amount"], deal["HasOpportunityLineItem"], deal["CurrencyIsoCode"]) == (Decimal("525.47"), True, "GBP")
    assert [path for method, path in story.works.writes_sent() if "OpportunityLineItem/" in path] == [
        "/services/data/v66.0/composite/sobjects/OpportunityLineItem/Xero_Line_Key__c"
    ]
    assert sync(story) == []
    assert left_out(story, quote) == []

    # Xero makes the lines anew, with ids of their own; one is gone, one is another, one is new.
    second = [line("CHAIR-ERGO", "1", "300"), line("DESK-120", "4", "120.55")]
    story.office.quote(contact, second, on=TODAY, quote_id=quote, status="ACCEPTED")
    assert sync(story) == [
        ("opportunity.update", ""), ("opportunity_line.upsert", "CHAIR-ERGO:1"),
        ("opportunity_line.upsert", "DESK-120:1"), ("opportunity_line.upsert", "PED-3:1"),
    ]  # fmt: skip
    push(story)
    assert lines_of(story, quote) == {
        ":CHAIR-ERGO:1": (Decimal("1.00"), Decimal("300.00")), ":DESK-120:1": (Decimal("4.00"), Decimal("482.20")),
        ":PED-3:1": (Decimal("2.00"), Decimal("0.00")),
    }  # fmt: skip
    assert deal_of(story, quote)["Amount"] == Decimal("782.20")
    assert sync(story) == []
    assert left_out(story, quote) == []

    story.sales.win(deal["Id"])
    sync(story)
    push(story)
    (invoice,) = [row for row in story.invoices().values() if row["Reference"].startswith(deal["Id"])]
    assert sorted((one["ItemCode"], one["Quantity"], one["LineAmount"]) for one in invoice["LineItems"]) == [
        ("CHAIR-ERGO", 1, 300), ("DESK-120", 4, Decimal("482.20")),
    ]  # fmt: skip
    assert sync(story) == [("opportunity.update", "")]  # the invoice's number and amounts
    push(story)
    assert sync(story) == []


def test_a_persons_line_a_strange_line_and_another_organisations_lines(story: Firm) -> None:
    other = XeroOffice(story.works.running.url, story.works.running.sandbox.xero.store.tenants()[1])
    contact, _ = story.customer("Hand Ltd")
    strange, _ = story.customer("Strange Ltd")
    abroad, _ = replace(story, office=other).customer("Abroad NZ")
    desks = [line("DESK-120", "3", "100"), line("PED-3", "1", "50")]
    edited = story.office.quote(contact, desks, on=TODAY)
    unmatched = story.office.quote(strange, [*desks, line(None, "1", "25.10")], on=TODAY)
    dollars = other.quote(abroad, [line("DESK-120", "2", "200")], on=TODAY)
    assert sync(story) == sorted(
        [("opportunity.create", "")] * 3
        + [("opportunity_line.upsert", end) for end in ("DESK-120:1", "PED-3:1", "DESK-120:1")]
    )
    push(story)
    assert lines_of(story, unmatched) == {}
    assert (deal_of(story, unmatched)["Amount"], left_out(story, unmatched)) == (Decimal("375.10"), ["quote_line_unmatched"])  # fmt: skip
    assert lines_of(story, dollars) == {":DESK-120:1": (Decimal("2.00"), Decimal("400.00"))}
    assert (deal_of(story, dollars)["CurrencyIsoCode"], left_out(story, dollars)) == (OTHER_CURRENCY, [])
    assert sync(story) == []

    (mine,) = [row for row in story.works.org("OpportunityLineItem") if f"{edited}:PED-3" in row["Xero_Line_Key__c"]]
    story.sales.change("OpportunityLineItem", mine["Id"], Quantity=2, UnitPrice=45)
    story.office.quote(contact, [line("DESK-120", "5", "100"), desks[1]], on=TODAY, quote_id=edited)
    assert sync(story) == [("opportunity_line.upsert", "DESK-120:1")]
    push(story)
    assert lines_of(story, edited) == {
        ":DESK-120:1": (Decimal("5.00"), Decimal("500.00")), ":PED-3:1": (Decimal("2.00"), Decimal("90.00")),
    }  # fmt: skip
    assert sync(story) == []
    assert left_out(story, edited) == ["quote_line_edited"]
    assert story.works.offenders() == {}
