"""The generated company as it is served: page by page against the contract, through Xero's own client, and its sums."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.sandbox.company import CompanySpec
from xero_sf_pipeline.sandbox.running import RunningSandbox, running_sandbox
from xero_sf_pipeline.sandbox.xero.kinds import ENVELOPE, KINDS
from xero_sf_pipeline_tests.sandbox.xero.conftest import Caller
from xero_sf_pipeline_tests.sandbox.xero.contract import problems

SPEC = CompanySpec(contacts=80, invoices=400, accounts=60, organisations=2, stories=True)


@pytest.fixture(scope="module")
def company() -> Iterator[RunningSandbox]:
    with running_sandbox(SPEC) as running:
        running.sandbox.xero.set_limits({"minute": 100_000, "day": 100_000})
        yield running


@pytest.fixture
def running(company: RunningSandbox) -> RunningSandbox:
    """Serve the company instead of the small shop; what a test changes it takes back."""
    return company


def rows(caller: Caller, tenant: str, kind: str) -> list[dict[str, Any]]:
    query = {"page": "1", "pageSize": "1000", "includeArchived": "true", "unitdp": "4"}
    reply = caller.call("GET", f"/{kind}", headers={"xero-tenant-id": tenant}, query=query)
    found: list[dict[str, Any]] = reply.json[ENVELOPE[kind]]
    return found


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_all_of_it_keeps_to_the_contract(company: RunningSandbox, caller: Caller, kind: str) -> None:
    for tenant in company.sandbox.xero.store.tenants():
        found = rows(caller, tenant, kind)
        assert found, f"an empty {kind} proves nothing"
        assert problems(ENVELOPE[kind], {ENVELOPE[kind]: found}) == []


def test_the_client_reads_all_of_it(company: RunningSandbox, xero: Any) -> None:
    for tenant in company.sandbox.xero.store.tenants():
        pages = [
            xero.accounting.get_invoices(tenant, page=1, page_size=1000).invoices,
            xero.accounting.get_contacts(tenant, page=1, page_size=1000, include_archived=True).contacts,
        ]
        beyond = [len(page) - counted for page, counted in zip(pages, (SPEC.invoices, SPEC.contacts), strict=True)]
        assert min(beyond) > 0, "the customers of the stories come beyond the counts"
        assert xero.accounting.get_quotes(tenant, page=1).quotes
        payments = xero.accounting.get_payments(tenant, page=1, page_size=1000).payments
        assert any(payment.batch_payment is not None for payment in payments)
        assert xero.accounting.get_credit_notes(tenant, page=1, page_size=1000).credit_notes
        assert xero.accounting.get_overpayments(tenant, page=1).overpayments
        assert xero.accounting.get_prepayments(tenant, page=1).prepayments


def test_a_loaded_invoice_obeys_the_rules_that_writing_enforces(company: RunningSandbox, caller: Caller) -> None:
    for tenant in company.sandbox.xero.store.tenants():
        for invoice in rows(caller, tenant, "Invoices"):
            amounts = {name: Decimal(str(invoice[name])) for name in ("Total", "SubTotal", "TotalTax", "AmountDue")}
            settled = Decimal(str(invoice["AmountPaid"])) + Decimal(str(invoice["AmountCredited"]))
            assert amounts["Total"] == amounts["SubTotal"] + amounts["TotalTax"]
            if invoice["Status"] in ("AUTHORISED", "PAID"):
                assert amounts["AmountDue"] == amounts["Total"] - settled
                assert (invoice["Status"] == "PAID") is (amounts["AmountDue"] == 0)
            assert ("FullyPaidOnDate" in invoice) is (invoice["Status"] == "PAID")


def test_a_loaded_invoice_can_be_paid_off(company: RunningSandbox, caller: Caller) -> None:
    tenant = company.sandbox.xero.store.tenants()[0]
    for kind in ("ACCREC", "ACCPAY"):
        open_ones = [
            found
            for found in rows(caller, tenant, "Invoices")
            if (found["Type"], found["Status"]) == (kind, "AUTHORISED") and found["CurrencyRate"] != 1
        ] or [i for i in rows(caller, tenant, "Invoices") if (i["Type"], i["Status"]) == (kind, "AUTHORISED")]
        id_ = open_ones[0]["InvoiceID"]
        payment = company.sandbox.mutate("xero", {"action": "pay", "tenant_id": tenant, "invoice_id": id_})
        company.sandbox.mutate("xero", {"action": "delete_payment", "tenant_id": tenant, "id": payment["PaymentID"]})
        after = next(found for found in rows(caller, tenant, "Invoices") if found["InvoiceID"] == id_)
        changed = {name for name in after if after[name] != open_ones[0].get(name)}
        assert changed == {"UpdatedDateUTC", "UpdatedDateUTCString"}
