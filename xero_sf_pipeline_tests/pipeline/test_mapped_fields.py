"""Fields that a policy maps, between all kinds of records that belong together, over both served APIs.

One company whose administrator made fields of its own, also on our own object; each test is one step of its story.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from xero_python.accounting import LineItem

from xero_sf_pipeline.sandbox.company.stories.own_fields import own_fields_package
from xero_sf_pipeline_tests.pipeline.quote_to_cash import FIRM, SCOPES, Firm
from xero_sf_pipeline_tests.pipeline.sales_office import SalesOffice
from xero_sf_pipeline_tests.pipeline.works import TODAY, serving, works_of
from xero_sf_pipeline_tests.pipeline.xero_office import XeroOffice
from xero_sf_pipeline_tests.sandbox.salesforce.packages import field, package

POLICY = """
version: 1
currency: {salesforce: GBP}
payment_status: {enabled: true}
quotes: {enabled: true}
catalogue: {direction: xero_to_salesforce}
billing:
  enabled: true
  from_close_date: 2026-03-16
  lines: [{name: all sales, account_code: "200", tax_type: OUTPUT2}]
mappings:
  - {salesforce: Account.Credit_Class__c, xero: Contact.CompanyNumber, direction: both, rule: newest_wins}
  - {salesforce: Opportunity.Proof_Link__c, xero: Invoice.Url, direction: both, rule: newest_wins}
  - {salesforce: Opportunity.Expected_Payment__c, xero: Invoice.ExpectedPaymentDate, direction: to_xero, rule: salesforce_wins}
  - {salesforce: Opportunity.Tax_Total__c, xero: Invoice.TotalTax, rule: xero_wins}
  - {salesforce: Opportunity.Quote_Summary__c, xero: Quote.Summary, rule: xero_wins}
  - {salesforce: Product2.Purchase_Price__c, xero: Item.PurchaseDetails.UnitPrice, rule: xero_wins}
  - {salesforce: Xero_Invoice__c.Theme__c, xero: Invoice.Url}
  - {salesforce: Xero_Invoice__c.Kind__c, xero: CreditNote.Type, map: {ACCRECCREDIT: Credit}}
"""
THEME = {
    "Xero_Invoice__c": [
        field("Theme__c", "Text", "<length>255</length>"),
        field("Kind__c", "Text", "<length>20</length>"),
    ]
}
NEXT_MONTH = TODAY + timedelta(days=30)
LINK, OTHER_LINK = "https://proof.example/1", "https://proof.example/2"

Planned = list[tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """A company with one customer, whose deal is open and whose product is bought at a price."""
    folder: Path = tmp_path_factory.mktemp("mapped_fields")
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    with serving(FIRM) as running, works_of(running, folder, xero_scopes=SCOPES) as works:
        org = running.sandbox.salesforce
        org.install_package(own_fields_package())
        org.install_package(package(THEME, grants=["Xero_Invoice__c.Theme__c", "Xero_Invoice__c.Kind__c"]))
        firm = Firm(works, XeroOffice(running.url, works.tenant_id), SalesOffice(running.url))
        settle(firm)
        yield firm


def plan(story: Firm) -> Planned:
    """Read everything and plan; each write's kind with what it says of mapped fields."""
    story.works.pass_time(minutes=1)
    story.works.extract()
    story.works.derive_and_plan()
    rows = story.works.warehouse("select kind, payload::varchar as payload from plan.writes order by all")
    return [(row["kind"], named(row["payload"])) for row in rows if named(row["payload"])]


def named(payload: str) -> dict[str, Any]:
    mapped = {
        "Credit_Class__c", "CompanyNumber", "Proof_Link__c", "Url", "ExpectedPaymentDate", "Tax_Total__c",
        "Quote_Summary__c", "Purchase_Price__c", "Theme__c", "Kind__c",
    }  # fmt: skip
    return {name: value for name, value in json.loads(payload).items() if name in mapped}


def settle(story: Firm) -> list[Planned]:
    """Plan and push until nothing is planned: the mapped fields of each round."""
    rounds = []
    for _ in range(4):
        planned = plan(story)
        report = story.works.push()
        assert (report.refused, report.not_sent) == ((), ())
        if not story.works.planned():
            assert story.works.offenders() == {}
            return [one for one in rounds if one]
        rounds.append(planned)
    raise AssertionError(f"the plan does not become empty: {rounds}")


def test_a_won_deals_draft_is_made_with_its_mapped_fields_and_gives_its_own_back(story: Firm) -> None:
    _, account = story.customer("Acorn Crafts")
    deal = story.sales.add_deal(
        account, "Acorn fit-out", close_on=TODAY, Amount=500, Proof_Link__c=LINK,
        Expected_Payment__c=NEXT_MONTH.isoformat(),
    )  # fmt: skip
    story.sales.win(deal)
    rounds = settle(story)
    assert ("invoice.create", {"Url": LINK, "ExpectedPaymentDate": NEXT_MONTH.isoformat()}) in rounds[0]
    assert not [kind for one in rounds for kind, _ in one if kind == "invoice.update"]
    (draft,) = story.invoices().values()
    held = story.one("Opportunity", Id=deal)
    assert (held["Tax_Total__c"], draft["Url"]) == (100, LINK)
    mirrored = story.one("Xero_Invoice__c", Xero_Link__c=held["Xero_Link__c"])
    assert mirrored["Theme__c"] == LINK


def test_a_change_on_either_side_of_a_draft_is_on_the_other_side_next(story: Firm) -> None:
    (draft,) = story.invoices().values()
    deal = story.one("Opportunity", Name="Acorn fit-out")
    story.office.change_draft(draft["InvoiceID"], url=OTHER_LINK)
    (first,) = settle(story)
    assert sorted(first) == [
        ("opportunity.update", {"Proof_Link__c": OTHER_LINK}),
        ("xero_invoice.upsert", {"Theme__c": OTHER_LINK}),
    ]
    story.sales.change("Opportunity", deal["Id"], Proof_Link__c=LINK, Expected_Payment__c=TODAY.isoformat())
    first = settle(story)[0]
    assert first == [("invoice.update", {"Url": LINK, "ExpectedPaymentDate": TODAY.isoformat()})]
    (draft,) = story.invoices().values()
    assert draft["Url"] == LINK


def test_an_approved_invoice_keeps_its_values_and_a_person_is_told(story: Firm) -> None:
    (draft,) = story.invoices().values()
    deal = story.one("Opportunity", Name="Acorn fit-out")
    story.office.set_status(draft["InvoiceID"], "AUTHORISED")
    story.sales.change("Opportunity", deal["Id"], Proof_Link__c=OTHER_LINK)
    assert not [kind for one in settle(story) for kind, _ in one if kind == "invoice.update"]
    told = story.works.warehouse(
        "select reason, explanation from plan.exclusions where subject_table = 'mapping.field_values'"
    )
    assert [row["reason"] for row in told] == ["invoice_approved"]
    assert "an approved invoice is never changed" in told[0]["explanation"]


def test_accounts_products_and_quotes_take_theirs(story: Firm) -> None:
    account = story.one("Account", Name="Acorn Crafts")
    story.sales.change("Account", account["Id"], Credit_Class__c="B")
    story.office.stock("CLASSY", "Classy desk", price="20.00", cost="12.345")
    story.office.quote(
        account["Xero_Contact_ID__c"], [LineItem(description="Desks", quantity=1, unit_amount=300)], on=TODAY,
        summary="Two desks", title="Desks",
    )  # fmt: skip
    first = settle(story)[0]
    assert ("xero_contact.update", {"CompanyNumber": "B"}) in first
    assert ("product.create", {"Purchase_Price__c": 12.35}) in first
    assert ("opportunity.create", {"Quote_Summary__c": "Two desks"}) in first
    assert story.one("Product2", ProductCode="CLASSY")["Purchase_Price__c"] == Decimal("12.35")


def test_a_credit_note_carries_its_own_mapping(story: Firm) -> None:
    account = story.one("Account", Name="Acorn Crafts")
    story.office.credit(account["Xero_Contact_ID__c"], "CN-MAPPED", "20.00", on=TODAY)
    first = settle(story)[0]
    assert ("xero_invoice.upsert", {"Kind__c": "Credit"}) in first
    assert story.one("Xero_Invoice__c", Name="CN-MAPPED")["Kind__c"] == "Credit"
