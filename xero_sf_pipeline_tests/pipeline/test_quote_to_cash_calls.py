"""Calls of quote to cash, exactly: as few as the APIs allow for the records that are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from xero_sf_pipeline.sandbox.company import CompanySpec
from xero_sf_pipeline_tests.pipeline.quote_to_cash import POLICY, Firm, firm
from xero_sf_pipeline_tests.pipeline.test_call_counts import POLLED, POLLED_OBJECTS, calls
from xero_sf_pipeline_tests.pipeline.works import TODAY

WON_DEALS = 120
COMPANY = CompanySpec(contacts=20, invoices=380, accounts=20, as_of=TODAY, messy=False, won_deals=WON_DEALS)
ALL_DEALS = POLICY.replace("from_close_date: 2026-03-16", "from_close_date: 2025-01-01\n  tolerance: {default: 10}")
ELEMENTS, RECORDS = 50, 200
"""In one call to Xero, and in one call to Salesforce."""
LOGINS = 2
"""One to each system in a run of its own."""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    with firm(tmp_path_factory.mktemp("calls"), policy=ALL_DEALS, spec=COMPANY) as opened:
        yield opened


def push(company: Firm) -> tuple[Counter[str], list[str], Counter[str]]:
    """Push cleanly: the planned writes by kind, the calls that wrote, and all calls to Xero except logins."""
    kinds = Counter(kind for kind, _ in company.works.planned())
    company.works.running.log.clear()
    report = company.works.push()
    assert (report.confirmed_count, report.refused, report.not_sent) == (kinds.total(), (), ())
    xero = Counter(
        f"{entry.method} {entry.path.rpartition('/')[2]}"
        for entry in company.works.running.log.as_list()
        if "/api.xro/" in entry.path
    )
    return kinds, company.calls(), xero


def calls_for(records: int, at_once: int) -> int:
    return -(-records // at_once)


def test_invoices_and_payment_facts_cost_one_call_per_full_batch_and_an_unchanged_run_only_the_polls(
    company: Firm,
) -> None:
    works = company.works
    works.sync()
    kinds, written, xero = push(company)
    invoices, documents = kinds["invoice.create"], kinds["xero_invoice.upsert"]
    assert WON_DEALS <= invoices <= WON_DEALS + 20
    assert xero == {"GET Invoices": 1, "PUT Invoices": calls_for(invoices, ELEMENTS)}
    assert documents > RECORDS
    assert written.count("PATCH Xero_Invoice__c") == calls_for(documents, RECORDS)

    # What Xero made of them, on deals, documents and accounts: each object in batches of its own.
    works.pass_time(minutes=10)
    works.sync()
    kinds, written, xero = push(company)
    assert kinds["opportunity.update"] == invoices
    assert kinds.keys() <= {"opportunity.update", "xero_invoice.upsert", "account.update"}
    by_id = ("opportunity.update", "account.update")
    assert Counter(written) == {
        "PATCH Xero_Invoice__c": calls_for(kinds["xero_invoice.upsert"], RECORDS),
        "PATCH sobjects": sum(calls_for(kinds[kind], RECORDS) for kind in by_id),
    }
    assert xero == {}

    # The next run reads these writes back, and the one after it finds nothing: it costs the polls and no more.
    works.pass_time(minutes=10)
    works.sync()
    assert works.planned() == []
    works.pass_time(minutes=10)
    works.running.log.clear()
    works.sync()
    works.push()
    assert calls(works) == Counter(dict.fromkeys((*POLLED, *POLLED_OBJECTS), 1)) + Counter({"token": LOGINS})
    assert works.offenders() == {}
