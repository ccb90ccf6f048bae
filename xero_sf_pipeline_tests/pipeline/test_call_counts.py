"""Calls, exactly: a full read, an unchanged poll, a sweep. What a push costs is counted in `pushing`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from xero_sf_pipeline.extraction.salesforce_objects import SALESFORCE_SOURCES
from xero_sf_pipeline.extraction.xero_entities import XERO_SOURCES
from xero_sf_pipeline.pipeline import Pipeline
from xero_sf_pipeline.sandbox.company import CompanySpec
from xero_sf_pipeline_tests.pipeline.works import TODAY, Works, serving, works_of

PAGED = ("Contacts", "Invoices", "CreditNotes", "Payments", "Overpayments", "Prepayments")
POLLED = (*PAGED, "Quotes", "Items")
REREAD_ONCE_A_DAY = ("Organisation", "Accounts", "TaxRates", "TrackingCategories", "Currencies")
POLLED_OBJECTS = (
    "User", "Account", "Contact", "Opportunity", "OpportunityLineItem", "Product2", "PricebookEntry", "Case", "Task",
    "Xero_Contact__c", "Xero_Invoice__c",
)  # fmt: skip
REREAD_OBJECTS = ("Pricebook2",)
ABSENT_OBJECTS = ("CurrencyType",)
"""An org with one currency lacks it; whether it has come is asked once a day."""


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """A company whose invoices and payments fill several pages of 1,000."""
    spec = CompanySpec(contacts=12, invoices=2300, accounts=10, as_of=TODAY)
    with serving(spec) as running, works_of(running, tmp_path_factory.mktemp("calls")) as works:
        yield works


def extract(pipeline: Pipeline, tenant_id: str) -> None:
    for xero in XERO_SOURCES:
        pipeline.extract_xero(tenant_id, xero.name)
    for salesforce in SALESFORCE_SOURCES:
        pipeline.extract_salesforce(salesforce.name)


def calls(works: Works) -> Counter[str]:
    """What was asked since the log was cleared, by the last part of the path; a Salesforce query by its object."""
    asked: Counter[str] = Counter()
    for entry in works.running.log.as_list():
        asked[entry.query.partition("+FROM+")[2].partition("+")[0] or entry.path.rstrip("/").rpartition("/")[2]] += 1
    works.running.log.clear()
    return asked


def test_full_reads_polls_and_sweeps_cost_what_the_apis_allow_at_best(works: Works) -> None:
    tenant = works.tenant_id
    store = works.running.sandbox.xero.store
    pages = {name: max(1, -(-store.count(tenant, name) // 1000)) for name in PAGED}
    pages["Quotes"] = max(1, -(-store.count(tenant, "Quotes") // 100))
    assert (pages["Invoices"], pages["Payments"]) == (3, 2)
    queries = dict.fromkeys(POLLED_OBJECTS, 1)
    objects = {*POLLED_OBJECTS, *REREAD_OBJECTS, *ABSENT_OBJECTS}
    assert objects == {source.object_name for source in SALESFORCE_SOURCES}
    with works.pipeline() as pipeline:
        pipeline.tenants()
        pipeline.org_id()
        works.running.log.clear()

        # A full read: ceil(N / 1000) calls for a paged entity (quotes: 100 a page), one for each other; a description of
        # each object.
        extract(pipeline, tenant)
        once = dict.fromkeys(("Items", *REREAD_ONCE_A_DAY, *REREAD_OBJECTS), 1)
        assert calls(works) == Counter(pages | once | queries | {"describe": len(objects)})

        # An unchanged poll: one call for each polled entity (8) and each polled object (11), none for the rest.
        works.pass_time(minutes=10)
        extract(pipeline, tenant)
        assert calls(works) == Counter(dict.fromkeys(POLLED, 1) | queries)

        # A sweep is a full read again.
        pipeline.extract_xero(tenant, "invoices", sweep=True)
        pipeline.extract_salesforce("accounts", sweep=True)
        assert calls(works) == Counter({"Invoices": 3, "Account": 1, "describe": 1})

        # After a day what is not polled is read again, and the price list whole, with new tokens.
        works.pass_time(days=1, minutes=1)
        for source in XERO_SOURCES:
            if not source.is_polled or source.vanishes:
                report = pipeline.extract_xero(tenant, source.name)
                assert report is not None
                assert report.mode == "full"
        assert calls(works) == Counter(dict.fromkeys(("Items", *REREAD_ONCE_A_DAY), 1) | {"token": 1})
        for name in ("pricebooks", "currency_types"):
            pipeline.extract_salesforce(name)
        asked = calls(works)
        assert (asked["Pricebook2"], asked["describe"]) == (1, 2 + asked["token"])
