"""Details, price lists and quotes through the whole pipeline, against both served APIs."""

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
parties: {enabled: true}
catalogue: {direction: xero_to_salesforce}
quotes: {enabled: true}
payment_status: {enabled: false}
"""
OURS = {
    "account.update", "contact.upsert", "xero_contact.update", "product.create", "product.update", "price.upsert",
    "opportunity.create",
}  # fmt: skip


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    folder: Path = tmp_path_factory.mktemp("parties")
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
        pipeline.derive_mapping()
        pipeline.derive_catalogue()
        pipeline.derive_quote_links()
        return pipeline.plan()


def test_after_one_push_both_systems_agree_and_nothing_comes_back(works: Works) -> None:
    first = plan(works)
    assert {"account.update", "contact.upsert", "xero_contact.update"} <= set(first.writes_by_kind)
    assert works.push().is_clean
    works.pass_time(minutes=20)
    second = plan(works)
    assert OURS & set(second.writes_by_kind) == set()
    left = works.warehouse("select count(*) as n from mapping.field_values where sf_value is null and field <> 'name' and field <> 'website' and xero_value is not null")  # fmt: skip
    assert left == [{"n": 0}]
    with works.pipeline() as pipeline:
        assert pipeline.derive_mapping() is None  # nothing changed: nothing is compared anew


def test_a_change_in_one_system_is_in_the_other_after_the_next_push(works: Works) -> None:
    (pair,) = works.warehouse(
        "select xero_key as contact_key, sf_key as sf_account_id from mapping.field_values where field = 'account_number' "
        "and xero_value is null and sf_value is null order by 1 limit 1"
    )
    change = {"object": "Account", "id": pair["sf_account_id"], "row": {"AccountNumber": "NEW-1"}}
    works.running.sandbox.mutate("salesforce", {"action": "update"} | change)
    works.pass_time(minutes=20)
    report = plan(works)
    assert report.writes_by_kind["xero_contact.update"] == 1
    assert works.push().is_clean
    works.pass_time(minutes=20)
    assert OURS & set(plan(works).writes_by_kind) == set()
    (held,) = works.warehouse(
        "select account_number from core.contacts where contact_key = $key", {"key": pair["contact_key"]}
    )
    assert held == {"account_number": "NEW-1"}
