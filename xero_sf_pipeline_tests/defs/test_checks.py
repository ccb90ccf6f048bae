"""Every check passes on a sound warehouse and names the offender on a broken one; doubled keys stop the run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
import duckdb
import pytest

from xero_sf_pipeline.errors import PlanHeld
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline.warehouse.statements import sql
from xero_sf_pipeline_tests.defs.graph import QUIET, Graph, checks_of, facts_of, served_graph

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")  # of owners and backfill policies

ASSETS = {
    "raw_keys_are_unique": "core/invoices",
    "core_keys_are_unique": "core/contacts",
    "core_references_exist": "core/payments",
    "invoice_amounts_tie": "core/invoices",
    "payments_tie_with_invoices": "core/payments",
    "one_open_case_per_invoice": "core/cases",
    "nothing_waits_in_quarantine": "core/invoices",
    "ageing_ties_with_invoices": "receivables/ageing",
    "balances_tie": "receivables/balances",
    "no_instalment_is_billed_twice": "billing/invoice_links",
    "overdue_invoices_are_accounted_for": "plan/writes",
    "confirmed_writes_do_not_come_back": "plan/writes",
    "control_totals_tie": "reporting/control_totals",
}
_OPEN = "(select min(invoice_key) from core.invoices where invoice_type = 'ACCREC' and invoice_status = 'AUTHORISED' and amount_due > 1)"
_HELD = (
    "(select min(invoice_key) from plan.invoice_coverage where coverage = 'case' and invoice_key in"
    " (select invoice_key from core.cases))"
)
_PAID = "(select min(document_key) from core.payments p join core.invoices i on i.invoice_key = p.document_key where not p.is_deleted and i.invoice_type = 'ACCREC' and i.invoice_status in ('AUTHORISED', 'PAID'))"
_CONTACT = "(select min(contact_key) from core.invoices where not is_deleted)"
_CREDITOR = "(select min(contact_key) from core.credits where not is_deleted)"

BREAKS: dict[str, list[tuple[str, str, str]]] = {
    "raw_keys_are_unique": [
        (
            f"insert into {table} select * from {table} where known_to is null order by {key} limit 1",
            f"select '{table}' as table_name, {scope}min({key}) as record_key, 2 as current_versions from {table} where known_to is null",
            table,
        )
        for table, key, scope in (
            ("raw_xero.contacts", "xero_contact_id", "min(tenant_id) || ':' || "),
            ("raw_xero.invoices", "xero_invoice_id", "min(tenant_id) || ':' || "),
            ("raw_xero.payments", "xero_payment_id", "min(tenant_id) || ':' || "),
            ("raw_xero.credit_notes", "xero_credit_note_id", "min(tenant_id) || ':' || "),
            ("raw_salesforce.accounts", "sf_account_id", ""),
            ("raw_salesforce.cases", "sf_case_id", ""),
            ("raw_salesforce.xero_contacts", "sf_xero_contact_id", ""),
            ("raw_xero.items", "xero_item_id", "min(tenant_id) || ':' || "),
            ("raw_xero.tracking_categories", "xero_tracking_category_id", "min(tenant_id) || ':' || "),
            ("raw_xero.currencies", "currency_code", "min(tenant_id) || ':' || "),
            ("raw_salesforce.opportunity_lines", "sf_opportunity_line_id", ""),
            ("raw_salesforce.pricebook_entries", "sf_pricebook_entry_id", ""),
        )
    ],
    "core_keys_are_unique": [
        (
            f"insert into core.{table} select * from core.{table} order by {key} limit 1",
            f"select 'core.{table}' as table_name, min({key}) as record_key, 2 as row_count from core.{table}",
            table,
        )
        for table, key in (
            ("organisations", "tenant_id"), ("contacts", "contact_key"), ("invoices", "invoice_key"),
            ("payments", "payment_key"), ("credits", "credit_key"), ("credit_applications", "application_key"),
            ("accounts", "sf_account_id"), ("cases", "sf_case_id"), ("xero_contacts", "sf_xero_contact_id"),
            ("items", "item_key"), ("opportunity_lines", "sf_opportunity_line_id"), ("products", "sf_product_id"),
            ("prices", "sf_pricebook_entry_id"),
        )
    ],
    "core_references_exist": [
        (
            f"delete from core.contacts where contact_key = {_CONTACT}",
            "select 'core.invoices' as table_name, i.invoice_key as record_key, 'contact ' || i.contact_key as missing"
            " from core.invoices i where not i.is_deleted and i.contact_key not in (select contact_key from core.contacts)"
            " union all select 'core.credits', k.credit_key, 'contact ' || k.contact_key"
            " from core.credits k where not k.is_deleted and k.contact_key not in (select contact_key from core.contacts)"
            " union all select 'core.quotes', q.quote_key, 'contact ' || q.contact_key"
            " from core.quotes q where not q.is_deleted and q.contact_key not in (select contact_key from core.contacts)",
            "an invoice's contact",
        ),
        (
            f"update core.payments set document_key = 'gone' where payment_key = (select min(payment_key) from core.payments where document_key = {_PAID} and not is_deleted)",
            "select 'core.payments' as table_name, payment_key as record_key, document_kind || ' gone' as missing"
            " from core.payments where document_key = 'gone'",
            "a payment's document",
        ),
        (
            "update core.credit_applications set invoice_key = 'gone', is_deleted = false where application_key ="
            " (select min(application_key) from core.credit_applications)",
            "select 'core.credit_applications' as table_name, application_key as record_key, 'invoice gone' as missing"
            " from core.credit_applications where invoice_key = 'gone'",
            "a credit's invoice",
        ),
        (
            "delete from core.products where sf_product_id = (select min(sf_product_id) from core.prices)",
            "select 'core.prices' as table_name, sf_pricebook_entry_id as record_key, 'product ' || sf_product_id as missing"
            " from core.prices where sf_product_id = (select min(sf_product_id) from core.prices)",
            "a price's product",
        ),
        (
            "update core.opportunity_lines set sf_opportunity_id = 'gone' where sf_opportunity_line_id ="
            " (select min(sf_opportunity_line_id) from core.opportunity_lines)",
            "select 'core.opportunity_lines' as table_name, sf_opportunity_line_id as record_key,"
            " 'opportunity gone' as missing from core.opportunity_lines where sf_opportunity_id = 'gone'",
            "a line's opportunity",
        ),
    ],
    "invoice_amounts_tie": [
        (
            f"update core.invoices set amount_due = amount_due + 0.01 where invoice_key = {_OPEN}",
            f"select invoice_key as record_key, amount_total, amount_paid, amount_credited, amount_due from core.invoices where invoice_key = {_OPEN}",
            "a cent too much",
        ),
    ],
    "payments_tie_with_invoices": [
        (
            f"update core.invoices set amount_paid = amount_paid - 0.01 where invoice_key = {_PAID}",
            f"select invoice_key as record_key, amount_paid as amount_on_invoice, amount_paid + 0.01 as amount_of_payments from core.invoices where invoice_key = {_PAID}",
            "a cent less on the invoice",
        ),
        (
            f"update core.payments set is_deleted = true where document_key = {_PAID.replace('not p.is_deleted and ', '')}",
            f"select invoice_key as record_key, amount_paid as amount_on_invoice, 0::decimal(38,4) as amount_of_payments from core.invoices where invoice_key = {_PAID.replace('not p.is_deleted and ', '')}",
            "payments lost",
        ),
    ],
    "one_open_case_per_invoice": [
        (
            f"insert into core.cases select * replace ('500000000000000AAA' as sf_case_id) from core.cases where invoice_key = {_HELD} limit 1",
            "select invoice_key as record_key, 2 as case_count from core.cases where sf_case_id = '500000000000000AAA'",
            "a second case",
        ),
    ],
    "nothing_waits_in_quarantine": [
        (
            "insert into ops.quarantine by name select 'raw_xero' as source, 't' as tenant_id, 'invoices' as entity,"
            " 'i-1' as record_id, 'cannot be read: updated_at' as problem, '2026-03-16 09:00+00'::timestamptz as first_seen_at",
            "select 'raw_xero' as source, 't' as tenant_id, 'invoices' as entity, 'i-1' as record_key,"
            " 'cannot be read: updated_at' as problem, '2026-03-16 09:00+00'::timestamptz as first_seen_at",
            "an unreadable record",
        ),
    ],
    "ageing_ties_with_invoices": [
        (
            "update receivables.ageing set amount_due = amount_due - 0.01 where contact_key = (select min(contact_key) from receivables.ageing)"
            " and currency_code = (select min(currency_code) from receivables.ageing where contact_key = (select min(contact_key) from receivables.ageing))",
            "select tenant_id, currency_code, sum(amount_due) as amount_aged, sum(amount_due) + 0.01 as amount_due from receivables.ageing"
            " where currency_code = (select min(currency_code) from receivables.ageing where contact_key = (select min(contact_key) from receivables.ageing)) group by all",
            "a cent lost",
        ),
        (
            "delete from receivables.ageing",
            "select tenant_id, currency_code, 0::decimal(38,4) as amount_aged, sum(amount_due) as amount_due from core.invoices"
            " where invoice_type = 'ACCREC' and invoice_status = 'AUTHORISED' and amount_due <> 0 and not is_deleted group by all",
            "nothing aged",
        ),
    ],
    "balances_tie": [
        (
            "update receivables.balances set amount_difference = 0.01 where currency_code = (select min(currency_code) from receivables.balances)",
            "select as_of_on, tenant_id, currency_code, 0.01::decimal(18,4) as amount_difference from receivables.balances"
            " where currency_code = (select min(currency_code) from receivables.balances)",
            "a cent off",
        ),
    ],
    "overdue_invoices_are_accounted_for": [
        (
            f"delete from core.cases where invoice_key = {_HELD}",
            "select invoice_key as record_key, 'unexplained' as coverage from receivables.overdue_invoices where exclusion is null"
            " and invoice_key not in (select invoice_key from core.cases where invoice_key is not null)"
            " and invoice_key not in (select subject_key from plan.exclusions)",
            "an overdue invoice without a case",
        ),
    ],
    "confirmed_writes_do_not_come_back": [
        (
            "insert into plan.writes by name select write_id, 'plan' as plan_id, kind, target_key from ledger.current where state = 'confirmed' order by write_id limit 1",
            "select write_id as record_key, kind, target_key, attempted_at as confirmed_at from ledger.current where state = 'confirmed' order by write_id limit 1",
            "a write that was done",
        ),
    ],
}  # fmt: skip
BREAKS["no_instalment_is_billed_twice"] = [
    (
        "insert into billing.invoice_links select '006000000000001AAA', tenant_id, invoice_key, 1, 1, 'ledger', true"
        " from core.invoices where invoice_status = 'AUTHORISED' and not is_deleted order by invoice_key limit 2",
        "select '006000000000001AAA/1 revision 1' as record_key, 2 as invoice_count",
        "two invoices of one instalment",
    )
]
BREAKS["control_totals_tie"] = [
    (
        "insert into reporting.control_differences by name select 'i-1' as record_key, 'GBP' as currency_code, 'invoice_due'"
        " as measure, 'salesforce' as side, 0.01::decimal(18, 4) as amount_difference, 'unexplained' as reason",
        "select 'i-1' as record_key, null::varchar as sf_account_id, 'GBP' as currency_code, 'invoice_due' as measure,"
        " 'salesforce' as side, null::decimal(18, 4) as amount_expected, null::decimal(18, 4) as amount_found,"
        " 0.01::decimal(18, 4) as amount_difference",
        "a cent that nobody can explain",
    ),
    (
        "insert into reporting.control_totals by name select 'GBP' as currency_code, 'invoice_due' as measure, 5.00 as"
        " amount_difference, 3.00 as amount_explained, 0.00 as amount_unexplained, 1 as record_count",
        "select 'total' as record_key, null::varchar as sf_account_id, 'GBP' as currency_code, 'invoice_due' as measure,"
        " 'sum of differences' as side, 5::decimal(18, 4) as amount_expected, 3::decimal(18, 4) as amount_found,"
        " 2::decimal(18, 4) as amount_difference",
        "differences that do not add up",
    ),
]
CASES = [(check, *broken) for check, breaks in BREAKS.items() for broken in breaks]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    """A company whose books and org agree."""
    with served_graph(tmp_path_factory.mktemp("checks")) as graph:
        graph.works.sync()
        assert graph.works.push().is_clean
        assert graph.works.sync().write_count == 0
        yield graph


class _Undo(Exception):
    """Takes a break back."""


@contextmanager
def untouched(graph: Graph) -> Iterator[duckdb.DuckDBPyConnection]:
    """A transaction that leaves nothing behind."""
    try:
        with Warehouse(graph.works.settings.warehouse_file).transaction() as connection:
            yield connection
            raise _Undo
    except _Undo:
        return


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return sorted((dict(zip(names, row, strict=True)) for row in cursor.fetchall()), key=str)


@pytest.mark.parametrize(("check", "statement", "expected", "what"), CASES, ids=[f"{c[0]}-{c[3]}" for c in CASES])
def test_a_check_names_exactly_what_is_broken(
    graph: Graph, check: str, statement: str, expected: str, what: str
) -> None:
    with untouched(graph) as connection:
        assert rows(connection, sql("checks", check)) == []
        connection.execute(statement)
        offenders = rows(connection, sql("checks", check))
        assert offenders == rows(connection, expected)
        assert len(offenders) >= 1


def run_checks(graph: Graph) -> dg.ExecuteInProcessResult:
    """All checks of the derived stages, without the assets."""
    keys = [dg.AssetCheckKey(dg.AssetKey(asset.split("/")), check) for check, asset in ASSETS.items()]
    job = dg.define_asset_job("only_checks", dg.AssetSelection.checks(*keys))
    definitions = dg.Definitions.merge(graph.definitions, dg.Definitions(jobs=[job]))
    return definitions.resolve_job_def("only_checks").execute_in_process(
        instance=graph.instance, run_config=QUIET, raise_on_error=False
    )


def test_every_check_passes_when_both_systems_agree(graph: Graph) -> None:
    result = run_checks(graph)
    assert result.success
    assert checks_of(result) == {
        f"{asset}:{check}": (True, "WARN" if check == "nothing_waits_in_quarantine" else "ERROR")
        for check, asset in ASSETS.items()
    }


@pytest.fixture
def restored(graph: Graph) -> Iterator[Graph]:
    """The warehouse file is put back afterwards."""
    file = graph.works.settings.warehouse_file
    kept = file.with_suffix(".kept")
    shutil.copyfile(file, kept)
    yield graph
    shutil.move(kept, file)


def break_warehouse(graph: Graph, *checks: str) -> None:
    with Warehouse(graph.works.settings.warehouse_file).transaction() as connection:
        for check in checks:
            connection.execute(BREAKS[check][0][0])


def test_broken_truths_are_reported_with_severity_and_first_offender(restored: Graph) -> None:
    reported = [check for check in ASSETS if not check.endswith("keys_are_unique")]
    break_warehouse(restored, *reversed(reported))  # the later ones take rows away
    result = run_checks(restored)
    assert result.success  # reported, not stopped
    found = {check.check_name: check for check in result.get_asset_check_evaluations()}
    for check in reported:
        severity = "WARN" if check == "nothing_waits_in_quarantine" else "ERROR"
        assert (check, found[check].passed, found[check].severity.value) == (check, False, severity)
        assert found[check].metadata["offenders"].value >= 1
        assert found[check].metadata["first"].value.startswith("{")


def test_a_key_that_occurs_twice_stops_matching_receivables_and_plan(restored: Graph) -> None:
    plans = "select * from plan.runs order by all"
    before = restored.works.warehouse(plans)
    break_warehouse(restored, "raw_keys_are_unique")
    with pytest.raises(PlanHeld, match=r"Not true: raw_keys_are_unique, core_keys_are_unique\. Nothing is matched"):
        restored.run("derive_and_plan", restored.day)
    assert restored.works.warehouse(plans) == before
    result = restored.run("derive_and_plan", restored.day, raise_on_error=False)
    assert {asset.split("/")[0] for asset in facts_of(result)} == {"core", "catalogue"}  # price lists have other keys
    failed = {name for name, (passed, _) in checks_of(result).items() if not passed}
    assert failed >= {"core/invoices:raw_keys_are_unique", "core/contacts:core_keys_are_unique"}


def test_ageing_is_not_judged_by_a_day_before_the_core_was_built(restored: Graph) -> None:
    with untouched(restored) as connection:
        connection.execute("delete from receivables.ageing")
        connection.execute("update receivables.balances set as_of_on = as_of_on - 1")
        assert rows(connection, sql("checks", "ageing_ties_with_invoices")) == []


def test_ageing_without_a_row_ties_when_nothing_is_due(restored: Graph) -> None:
    with untouched(restored) as connection:
        connection.execute(
            "insert into receivables.ageing select * replace (as_of_on - 1 as as_of_on) from receivables.ageing"
        )
        connection.execute(
            "delete from receivables.ageing where as_of_on = (select max(as_of_on) from receivables.ageing)"
        )
        connection.execute("update core.invoices set amount_due = 0")
        assert rows(connection, sql("checks", "ageing_ties_with_invoices")) == []
