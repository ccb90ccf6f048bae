"""The whole way, over HTTP: at each step every difference between the systems has a reason, and at the end there is none.

The last figures are compared with what the two systems themselves hold, not with our tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.reporting.explain import Explanation, explain
from xero_sf_pipeline.reporting.reconcile import ReconcileReport
from xero_sf_pipeline.warehouse.snapshots import reading_snapshot
from xero_sf_pipeline.warehouse.statements import sql
from xero_sf_pipeline_tests.pipeline.works import Works, serving, works_of


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """A small company whose policy sends payment facts to Salesforce."""
    folder = tmp_path_factory.mktemp("reporting")
    (folder / "policy.yaml").write_text("version: 1\npayment_status: {enabled: true}\n", encoding="utf-8")
    with serving() as running, works_of(running, folder) as works:
        yield works


def reconcile(works: Works) -> ReconcileReport:
    with works.pipeline() as pipeline:
        return pipeline.reconcile()


def unexplained(works: Works) -> list[dict[str, Any]]:
    return works.warehouse(sql("checks", "control_totals_tie"))


def in_salesforce(works: Works) -> dict[str, Decimal]:
    """What the org itself shows as due, by currency."""
    sums: dict[str, Decimal] = {}
    for row in works.org("Xero_Invoice__c", Type__c="Invoice"):
        if row["Status__c"] not in ("Draft", "Awaiting approval", "Voided", "Deleted"):
            sums[row["Currency__c"]] = sums.get(row["Currency__c"], Decimal(0)) + Decimal(str(row["Due__c"]))
    return sums


def in_xero(works: Works) -> dict[str, Decimal]:
    """What was read from Xero as due on the invoices of customers that have an account, by currency."""
    rows = works.warehouse(
        "select i.currency_code, sum(i.amount_due) as due from core.invoices i join core.contacts k using (contact_key) "
        "join matching.links l on l.contact_key = k.resolved_contact_key and l.outcome = 'linked' "
        "where i.invoice_type = 'ACCREC' and i.invoice_status in ('AUTHORISED', 'PAID') group by all"
    )
    return {row["currency_code"]: row["due"] for row in rows}


def test_the_systems_agree_at_the_end_and_every_step_before_has_its_reasons(works: Works) -> None:
    works.sync()
    first = reconcile(works)
    assert first.differences["pending_write"] > 0
    assert set(first.differences) <= {"pending_write", "unmatched"}
    assert unexplained(works) == []

    assert works.push().is_clean
    second = reconcile(works)
    assert second.differences["waiting_for_read_back"] == first.differences["pending_write"]
    assert "pending_write" not in second.differences

    for _ in range(3):
        if works.sync().write_count == 0:
            break
        assert works.push().is_clean
    last = reconcile(works)
    assert set(last.differences) <= {"unmatched"}
    assert unexplained(works) == []
    shown = in_salesforce(works)
    assert shown == {currency: due for currency, due in in_xero(works).items() if currency in shown}
    assert sum(shown.values()) > 0


def test_a_figure_that_a_person_changes_in_salesforce_is_a_difference_until_it_is_put_right(works: Works) -> None:
    record = next(row for row in works.org("Xero_Invoice__c", Type__c="Invoice") if row["Due__c"])
    works.pass_time(minutes=5)
    works.running.sandbox.salesforce.update(
        "Xero_Invoice__c", record["Id"], {"Due__c": 1.23}, stamp=works.running.clock.now().astimezone(UTC)
    )
    works.pass_time(minutes=5)
    works.sync()
    changed = reconcile(works)
    assert changed.differences["pending_write"] >= 1
    assert unexplained(works) == []

    with works.pipeline() as pipeline:
        pipeline.publish()
        with reading_snapshot(works.settings.snapshot_dir) as connection:
            found = explain(connection, pipeline.policy, f"Xero_Invoice__c.Due__c:{record['Id']}")
    assert isinstance(found, Explanation)
    (comparison,) = found.comparisons
    assert (comparison.shown, comparison.is_same) == (Decimal("1.2300"), False)
    (figure,) = found.figures
    assert figure.adds_up
    assert [list(row["payload"]) for row in found.planned] == [["Due__c"]]

    assert works.push().is_clean
    works.sync()
    assert set(reconcile(works).differences) <= {"unmatched"}


def test_a_mirror_that_loses_a_cent_on_its_way_is_caught(works: Works) -> None:
    works.warehouse("update core.xero_invoices set amount_total = amount_total - 0.01 where amount_total > 1")
    reconcile(works)
    offenders = unexplained(works)
    assert offenders
    assert {row["amount_difference"] for row in offenders} == {Decimal("0.0100")}
    works.warehouse("update core.xero_invoices set amount_total = amount_total + 0.01 where amount_total > 0.99")
    reconcile(works)
    assert unexplained(works) == []


def test_every_account_total_is_explained_by_its_documents(works: Works) -> None:
    accounts = works.warehouse(
        "select sf_account_id from receivables.account_status where amount_outstanding is not null order by 1 limit 8"
    )
    assert accounts
    with works.pipeline() as pipeline:
        pipeline.publish()
        with reading_snapshot(works.settings.snapshot_dir) as connection:
            for row in accounts:
                found = explain(connection, pipeline.policy, row["sf_account_id"])
                assert isinstance(found, Explanation)
                assert [one.name for one in found.figures if not one.adds_up] == []


def test_the_page_of_a_real_snapshot_is_written_with_its_figures(works: Works) -> None:
    with works.pipeline() as pipeline:
        path = pipeline.write_report()
    assert path is not None
    assert path.name == pipeline.clock.now().strftime("%Y-%m-%d") + path.name[10:]
    text = path.read_text(encoding="utf-8")
    assert "Control totals" in text
    assert "UNEXPLAINED" not in text
