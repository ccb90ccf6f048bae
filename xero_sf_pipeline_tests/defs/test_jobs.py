"""Every job runs in process against the sandbox, tells the truth about what it did, and adds nothing when repeated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from xero_sf_pipeline.extraction.salesforce_objects import SALESFORCE_SOURCES
from xero_sf_pipeline.extraction.xero_entities import XERO_SOURCES
from xero_sf_pipeline_tests.defs.graph import Graph, checks_of, facts_of, served_graph

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")  # of owners and backfill policies

RAW_XERO = [f"raw_xero/{source.name}" for source in XERO_SOURCES]
RAW_SALESFORCE = [f"raw_salesforce/{source.name}" for source in SALESFORCE_SOURCES]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    with served_graph(tmp_path_factory.mktemp("jobs")) as graph:
        yield graph


@pytest.fixture(scope="module")
def first(graph: Graph) -> dict[str, dg.ExecuteInProcessResult]:
    """The first run of each job on an empty folder."""
    return graph.sync()


def rows_in(graph: Graph, table: str) -> int:
    return int(graph.works.warehouse(f"select count(*) as n from {table}")[0]["n"])


def versions(graph: Graph) -> dict[str, int]:
    """Rows of every raw history table."""
    return {name: rows_in(graph, name.replace("/", ".")) for name in (*RAW_XERO, *RAW_SALESFORCE)}


def assert_counts_are_true(graph: Graph, facts: dict[str, dict[str, Any]]) -> None:
    for asset, found in facts.items():
        if "dagster/row_count" not in found:
            continue
        table = asset.replace("/", ".")
        table = f"{table}_current" if asset.startswith("raw_") else table
        assert (asset, found["dagster/row_count"]) == (asset, rows_in(graph, table))


def test_extraction_of_xero_materialises_every_entity_with_true_counts(graph: Graph, first: Any) -> None:
    facts = facts_of(first["extract_xero"])
    assert sorted(facts) == sorted(RAW_XERO)
    assert_counts_are_true(graph, facts)
    company = graph.works.running.sandbox.xero.store
    assert facts["raw_xero/invoices"]["rows_read"] == company.count(graph.works.tenant_id, "Invoices")
    assert {found["mode"] for found in facts.values()} == {"full"}
    assert checks_of(first["extract_xero"]) == {f"{name}:read_equals_stored": (True, "ERROR") for name in RAW_XERO}


def test_extraction_of_salesforce_materialises_every_object_with_true_counts(graph: Graph, first: Any) -> None:
    facts = facts_of(first["extract_salesforce"])
    assert sorted(facts) == sorted(RAW_SALESFORCE)
    assert_counts_are_true(graph, facts)
    accounts = graph.works.org("Account", include_deleted=True)
    assert facts["raw_salesforce/accounts"]["rows_read"] == len(accounts)
    assert set(checks_of(first["extract_salesforce"]).values()) == {(True, "ERROR")}


def test_derive_and_plan_materialises_all_that_follows_and_every_check_passes(graph: Graph, first: Any) -> None:
    result = first["derive_and_plan"]
    facts = facts_of(result)
    stages = {asset.split("/")[0] for asset in facts}
    assert stages == {
        "core", "matching", "receivables", "billing", "mapping", "parties", "catalogue", "quotes", "plan", "reporting",
    }  # fmt: skip
    assert_counts_are_true(graph, facts)
    for table in ("overdue_invoices", "ageing", "payment_deltas", "balances"):
        found = facts[f"receivables/{table}"]["dagster/partition_row_count"]
        on_day = graph.works.warehouse(
            f"select count(*) as n from receivables.{table} where as_of_on = $day", {"day": graph.day}
        )
        assert (table, found) == (table, on_day[0]["n"])
    plan = facts["plan/writes"]
    assert (plan["pending_writes"], plan["is_held"]) == (rows_in(graph, "plan.writes"), False)
    assert plan["pending_writes"] > 0
    assert len(checks_of(result)) == 15
    assert {passed for passed, _ in checks_of(result).values()} == {True}
    published = graph.works.settings.snapshot_dir / facts["reporting/snapshot"]["file"]
    assert published.stat().st_size == facts["reporting/snapshot"]["bytes"]


def test_a_second_run_of_every_job_adds_nothing(graph: Graph, first: Any) -> None:
    before = versions(graph)
    planned = graph.works.planned()
    again = graph.sync()
    assert versions(graph) == before
    assert graph.works.planned() == planned
    for job in ("extract_xero", "extract_salesforce"):
        assert {found["new_versions"] for found in facts_of(again[job]).values()} == {0}
    rebuilt = {found["rebuilt"] for found in facts_of(again["derive_and_plan"]).values() if "rebuilt" in found}
    assert rebuilt == {False}
    assert_counts_are_true(graph, facts_of(again["derive_and_plan"]))


def test_a_backfill_of_many_days_is_one_run_that_walks_the_range_once(graph: Graph, first: Any) -> None:
    before = versions(graph)
    graph.works.running.log.clear()
    tenant = graph.works.tenant_id
    result = graph.backfill(
        [["raw_xero", "invoices"], ["raw_xero", "payments"]], f"2026-03-10|{tenant}", f"2026-03-14|{tenant}"
    )
    calls = [entry.path.rsplit("/", 1)[-1] for entry in graph.works.running.log.as_list() if entry.method == "GET"]
    assert sorted(calls) == ["Invoices", "Payments"]
    events = result.get_asset_materialization_events()
    assert sorted({event.partition for event in events}) == [f"2026-03-{day}|{tenant}" for day in range(10, 15)]
    assert {found["mode"] for found in facts_of(result).values()} == {"range"}
    assert set(checks_of(result).values()) == {(True, "ERROR")}
    assert versions(graph) == before


def test_a_backfill_of_salesforce_days_is_one_run_too(graph: Graph, first: Any) -> None:
    before = versions(graph)
    result = graph.backfill([["raw_salesforce", "accounts"]], "2026-03-10", "2026-03-12")
    events = result.get_asset_materialization_events()
    assert sorted(event.partition for event in events) == ["2026-03-10", "2026-03-11", "2026-03-12"]
    assert {found["mode"] for found in facts_of(result).values()} == {"range"}
    assert versions(graph) == before


def test_past_days_of_receivables_are_backfilled_in_one_run_and_repeating_it_changes_nothing(
    graph: Graph, first: Any
) -> None:
    tables = ("overdue_invoices", "ageing", "payment_deltas", "balances")
    keys = [["receivables", table] for table in tables]
    today = {table: graph.works.warehouse(f"select * from receivables.{table} where as_of_on = '{graph.day}' order by all") for table in tables}  # fmt: skip
    result = graph.backfill(keys, "2026-03-10", "2026-03-12")
    days = graph.works.warehouse("select distinct as_of_on::varchar as day from receivables.ageing order by 1")
    assert [row["day"] for row in days] == ["2026-03-10", "2026-03-11", "2026-03-12", graph.day]
    for table in tables:
        counted = graph.works.warehouse(
            f"select count(*) as n from receivables.{table} where as_of_on between '2026-03-10' and '2026-03-12'"
        )
        found = facts_of(result)[f"receivables/{table}"]
        assert (table, found["dagster/partition_row_count"], found["days"]) == (table, counted[0]["n"], 3)
    kept = {table: graph.works.warehouse(f"select * from receivables.{table} order by all") for table in tables}
    graph.backfill(keys, "2026-03-10", "2026-03-12")
    assert {table: graph.works.warehouse(f"select * from receivables.{table} order by all") for table in tables} == kept
    assert {
        table: graph.works.warehouse(f"select * from receivables.{table} where as_of_on = '{graph.day}' order by all")
        for table in tables
    } == today


def test_a_push_by_job_sends_the_plan_once_and_the_second_plan_is_empty(graph: Graph, first: Any) -> None:
    planned = graph.works.planned()
    dry = graph.run("push", run_config={"ops": {"send_plan": {"config": {"dry_run": True}}}})
    assert (dry.success, graph.works.writes_sent()) == (True, [])
    assert graph.run("push").success
    confirmed = graph.works.warehouse(
        "select kind, target_key from ledger.current where state = 'confirmed' order by all"
    )
    assert [(row["kind"], row["target_key"]) for row in confirmed] == planned
    graph.works.running.log.clear()
    assert graph.run("push").success
    again = graph.sync()
    assert facts_of(again["derive_and_plan"])["plan/writes"]["dagster/row_count"] == 0
    assert {passed for passed, _ in checks_of(again["derive_and_plan"]).values()} == {True}
    assert graph.works.writes_sent() == []


def test_publishing_puts_a_readable_snapshot_in_place(graph: Graph, first: Any) -> None:
    graph.works.pass_time(seconds=2)
    facts = facts_of(graph.run("publish"))
    assert sorted(facts) == [
        "reporting/booked_billed_paid",
        "reporting/booked_billed_paid_months",
        "reporting/control_differences",
        "reporting/control_totals",
        "reporting/report",
        "reporting/snapshot",
    ]
    page = graph.works.settings.reports_dir / facts["reporting/report"]["file"]
    assert page.stat().st_size == facts["reporting/report"]["bytes"]
    latest = graph.works.settings.snapshot_dir / "latest.duckdb"
    assert latest.samefile(graph.works.settings.snapshot_dir / facts["reporting/snapshot"]["file"])
