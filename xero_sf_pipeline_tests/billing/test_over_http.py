"""Won deals through the whole pipeline, against both served APIs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from xero_sf_pipeline.planning.planner import PlanReport
from xero_sf_pipeline.sandbox.company import CompanySpec
from xero_sf_pipeline_tests.pipeline.works import TODAY, Works, serving, works_of

SCOPES = "accounting.invoices accounting.payments accounting.contacts accounting.settings"
POLICY = """
version: 1
payment_status: {enabled: false}
billing:
  enabled: true
  from_close_date: 2025-01-01
  tolerance: {default: 1}
  by_hand_days: 0  # the company's old deals have invoices that were made by hand
  lines: [{name: sales, account_code: "200"}]
  plans:
    - {name: halves, kind: percentages, percentages: [{percent: 50}, {percent: 50, days: 1}]}
"""
OURS = {"xero_contact.create", "invoice.create", "invoice.update", "credit_note.create", "opportunity.update"}


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    folder: Path = tmp_path_factory.mktemp("billing")
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    spec = CompanySpec(contacts=30, invoices=30, accounts=30, as_of=TODAY)
    with serving(spec) as running, works_of(running, folder, xero_scopes=SCOPES) as works:
        yield works


def plan(works: Works) -> PlanReport:
    works.extract()
    with works.pipeline() as pipeline:
        pipeline.build_core()
        pipeline.match()
        pipeline.derive_receivables()
        pipeline.derive_quote_links()
        pipeline.derive_billing()
        return pipeline.plan()


def push_and_plan(works: Works) -> PlanReport:
    assert works.push().is_clean
    works.pass_time(minutes=20)
    return plan(works)


def test_won_deals_are_billed_once_and_then_both_systems_agree(works: Works) -> None:
    first = plan(works)
    due = works.warehouse("select count(*) as n from billing.schedule where hold_reason is null")[0]["n"]
    assert first.writes_by_kind["invoice.create"] == due > 5
    second = push_and_plan(works)
    assert second.writes_by_kind == {"opportunity.update": due // 2}
    third = push_and_plan(works)
    assert OURS & set(third.writes_by_kind) == set()
    differing = works.warehouse(
        "select s.our_reference, s.amount_tax, i.amount_tax from billing.schedule s "
        "join billing.invoice_links k on k.sf_opportunity_id = s.sf_opportunity_id and k.period_number = s.period_number "
        "join core.invoices i on i.invoice_key = k.invoice_key "
        "where (s.amount_net, s.amount_tax, s.amount_total) <> (i.amount_subtotal, i.amount_tax, i.amount_total)"
    )
    assert differing == []
    assert works.warehouse("select count(*) as n from billing.invoice_links where is_ours") == [{"n": due}]


def test_a_draft_follows_its_deal_and_a_new_account_gets_its_contact_first(works: Works) -> None:
    deals = works.warehouse(
        "select sf_opportunity_id, amount from core.opportunities where is_won and not has_lines "
        "and xero_invoice_id is not null order by 1 limit 2"
    )
    changed, moved = deals
    account = works.running.sandbox.mutate(
        "salesforce", {"action": "insert", "object": "Account", "row": {"Name": "Quite New Ltd"}}
    )
    for deal, row in (
        (changed, {"Amount": float(changed["amount"] + 100)}),
        (moved, {"StageName": "Negotiation"}),
    ):  # fmt: skip
        works.running.sandbox.mutate(
            "salesforce", {"action": "update", "object": "Opportunity", "id": deal["sf_opportunity_id"], "row": row}
        )
    won = {
        "Name": "New deal",
        "AccountId": account,
        "StageName": "Closed Won",
        "CloseDate": "2026-03-10",
        "Amount": 99.99,
    }
    works.running.sandbox.mutate("salesforce", {"action": "insert", "object": "Opportunity", "row": won})
    works.pass_time(minutes=20)
    report = plan(works)
    ours = {kind: count for kind, count in report.writes_by_kind.items() if kind in OURS}
    assert ours == {"xero_contact.create": 1, "invoice.create": 2, "invoice.update": 2}
    assert report.exclusions_by_reason["deal_not_won"] == 2
    push_and_plan(works)
    last = push_and_plan(works)
    assert OURS & set(last.writes_by_kind) == set()
    linked = works.warehouse(
        "select outcome, sf_account_id from matching.links l join core.contacts c using (contact_key) "
        "where c.contact_name = 'Quite New Ltd'"
    )
    assert linked == [{"outcome": "linked", "sf_account_id": account}]
    (bill,) = works.warehouse(
        "select sum(i.amount_subtotal) as amount from core.invoices i join billing.invoice_links k using (invoice_key) "
        "where k.sf_opportunity_id = $deal", {"deal": changed["sf_opportunity_id"]},
    )  # fmt: skip
    assert bill["amount"] == changed["amount"] + 100
