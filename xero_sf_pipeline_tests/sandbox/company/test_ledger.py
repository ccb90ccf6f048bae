"""The generated ledger ties to the cent, and contains every situation that the pipeline must survive."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xero_sf_pipeline.sandbox.company import Company, CompanySpec, XeroSeed, generate
from xero_sf_pipeline_tests.sandbox.company import ledger_laws as laws
from xero_sf_pipeline_tests.sandbox.company.reading import as_json, day, instant, milliseconds

ZONES = {
    "GMTSTANDARDTIME": "Europe/London",
    "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "EASTERNSTANDARDTIME": "America/New_York",
}


@pytest.fixture(scope="module")
def seed(demo_company: Company) -> XeroSeed:
    return demo_company.xero[0]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.builds(
        CompanySpec,
        seed=st.integers(0, 10**6),
        contacts=st.integers(1, 40),
        invoices=st.integers(0, 120),
        accounts=st.integers(0, 40),
        as_of=st.dates(
            min_value=CompanySpec.as_of - timedelta(days=700), max_value=CompanySpec.as_of + timedelta(days=700)
        ),
        organisations=st.integers(1, 5),
        messy=st.booleans(),
    )
)
def test_every_ledger_of_any_size_and_seed_ties(spec: CompanySpec) -> None:
    company = generate(spec)
    assert len(company.xero) == spec.organisations
    assert len(company.salesforce.accounts) == spec.accounts
    for one in company.xero:
        assert (len(one.contacts), len(one.invoices)) == (spec.contacts, spec.invoices)
        laws.assert_totals_tie(one)
        laws.assert_amounts_due_tie(one)
        laws.assert_payments_tie(one)
        laws.assert_credits_tie(one)
        laws.assert_times_are_consistent(one, milliseconds_of_start(spec))


def milliseconds_of_start(spec: CompanySpec) -> int:
    return int(spec.starts_at.timestamp() * 1000)


@pytest.mark.parametrize("organisation", [0, 1])
def test_a_large_ledger_ties(large_company: Company, organisation: int) -> None:
    one = large_company.xero[organisation]
    laws.assert_totals_tie(one)
    laws.assert_amounts_due_tie(one)
    laws.assert_payments_tie(one)
    laws.assert_credits_tie(one)
    laws.assert_times_are_consistent(one, milliseconds_of_start(large_company.spec))


@pytest.mark.parametrize("organisation", [0, 1])
def test_about_a_tenth_of_the_sales_invoices_is_overdue_in_the_organisations_own_day(
    large_company: Company, organisation: int
) -> None:
    one = large_company.xero[organisation]
    zone = ZoneInfo(ZONES[one.organisation["Timezone"]])
    today = large_company.spec.starts_at.astimezone(zone).date()
    assert today == large_company.spec.as_of
    sales = [doc for doc in as_json(one.invoices) if doc["Type"] == "ACCREC"]
    days = [
        (today - day(doc["DueDate"])).days
        for doc in sales
        if doc["Status"] == "AUTHORISED" and doc["AmountDue"] > 0 and day(doc["DueDate"]) < today
    ]
    assert 0.08 <= len(days) / len(sales) <= 0.12
    buckets = Counter("1-30" if n <= 30 else "31-60" if n <= 60 else "61-90" if n <= 90 else "over 90" for n in days)
    assert {name: count / len(days) > 0.1 for name, count in buckets.items()} == {
        "1-30": True, "31-60": True, "61-90": True, "over 90": True,
    }  # fmt: skip


def test_the_demo_contains_every_kind_of_document_and_event(demo_company: Company, seed: XeroSeed) -> None:
    invoices, payments = as_json(seed.invoices), as_json(seed.payments)
    as_of = demo_company.spec.as_of
    kinds = Counter((doc["Type"], doc["Status"]) for doc in invoices)
    for status in ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"):
        assert kinds["ACCREC", status] > 0
    assert kinds["ACCPAY", "AUTHORISED"] > 0
    assert kinds["ACCPAY", "PAID"] > 0
    assert {doc["CurrencyCode"] for doc in invoices} >= {"GBP", "EUR", "USD"}
    assert {doc["LineAmountTypes"] for doc in invoices} == {"Exclusive", "Inclusive", "NoTax"}
    assert {row["PaymentType"] for row in payments} >= {"ACCRECPAYMENT", "ACCPAYPAYMENT", "ARCREDITPAYMENT"}
    all_credits = [credit for rows in laws.credits_of(seed).values() for credit in rows]
    found = {
        "part paid": any(doc["AmountPaid"] and doc["AmountDue"] for doc in invoices),
        "part credited": any(doc["AmountCredited"] and doc["AmountDue"] for doc in invoices),
        "several payments": any(len(doc["Payments"]) > 1 for doc in invoices),
        "deleted payment": any(row["Status"] == "DELETED" for row in payments),
        "post-dated payment": any(day(row["Date"]) > as_of for row in payments),
        "batch payment": any("BatchPaymentID" in row for row in payments),
        "unapplied credit": any(
            c["Status"] == "AUTHORISED" and c["RemainingCredit"] == c["Total"] for c in all_credits
        ),
        "part applied credit": any(0 < c["RemainingCredit"] < c["Total"] for c in all_credits),
        "draft credit note": any(c["Status"] == "DRAFT" for c in all_credits),
        "promised date": any("ExpectedPaymentDate" in doc for doc in invoices),
        "line discount": any("DiscountRate" in line for doc in invoices for line in doc["LineItems"]),
        "two trackings": any(len(line["Tracking"]) == 2 for doc in invoices for line in doc["LineItems"]),
        "price of four decimals": any(
            Decimal(line["UnitAmount"]).as_tuple().exponent == -4 for doc in invoices for line in doc["LineItems"]
        ),
    }
    assert found == dict.fromkeys(found, True)


def test_payment_habits_are_visible_some_customers_never_pay_and_some_always_do(large_company: Company) -> None:
    invoices = as_json(large_company.xero[0].invoices)
    as_of = large_company.spec.as_of
    overdue: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for doc in invoices:
        if doc["Type"] == "ACCREC" and doc["Status"] in ("AUTHORISED", "PAID") and day(doc["DueDate"]) < as_of:
            count[doc["Contact"]["ContactID"]] += 1
            overdue[doc["Contact"]["ContactID"]] += doc["AmountDue"] > 0
    shares = [overdue[contact] / n for contact, n in count.items() if n >= 3]
    assert min(shares) == 0
    assert max(shares) >= 0.75


def test_sales_invoices_are_numbered_uniquely_in_order_of_issue(seed: XeroSeed) -> None:
    sales = [doc for doc in as_json(seed.invoices) if doc["Type"] == "ACCREC"]
    numbers = [doc["InvoiceNumber"] for doc in sales]
    assert numbers == sorted(set(numbers))
    notes = [doc["CreditNoteNumber"] for doc in as_json(seed.credit_notes) if doc["Type"] == "ACCRECCREDIT"]
    assert len(set(notes)) == len(notes)


def test_no_number_carries_a_float_artefact(seed: XeroSeed) -> None:
    for name in ("invoices", "credit_notes", "payments", "overpayments", "prepayments", "contacts", "items"):
        text = json.dumps(list(getattr(seed, name)))
        rates = re.findall(r'"CurrencyRate": (\d+\.?\d*)', text)
        assert all(len(rate.partition(".")[2]) <= 6 for rate in rates)
        others = re.findall(r'(?<!"CurrencyRate"): (-?\d+\.\d+)(?![\d"])', text)
        assert others or name in ("items", "contacts")
        assert [number for number in others if len(number.partition(".")[2]) > 4] == []
        assert re.search(r": -?\d+(\.\d+)?e", text) is None


def test_a_batch_is_worth_what_its_payments_are_worth(seed: XeroSeed) -> None:
    totals: Counter[str] = Counter()
    stated: dict[str, Decimal] = {}
    for row in as_json(seed.payments):
        if "BatchPaymentID" in row:
            totals[row["BatchPaymentID"]] += row["BankAmount"]
            stated[row["BatchPaymentID"]] = row["BatchPayment"]["TotalAmount"]
    assert stated
    assert dict(totals) == stated


def test_documents_refer_to_existing_contacts_accounts_and_items(seed: XeroSeed) -> None:
    names = {row["ContactID"]: row["Name"] for row in seed.contacts}
    accounts = {row["AccountID"]: row["Code"] for row in seed.accounts}
    items = {row["ItemID"]: row["Code"] for row in seed.items}
    options = {
        (category["TrackingCategoryID"], option["TrackingOptionID"])
        for category in seed.tracking_categories
        for option in category["Options"]
    }
    for doc in seed.invoices:
        assert names[doc["Contact"]["ContactID"]] == doc["Contact"]["Name"]
        for line in doc["LineItems"]:
            assert accounts[line["AccountID"]] == line["AccountCode"]
            assert "Item" not in line or items[line["Item"]["ItemID"]] == line["ItemCode"]
            assert all((row["TrackingCategoryID"], row["TrackingOptionID"]) in options for row in line["Tracking"])
    line_ids = [line["LineItemID"] for doc in seed.invoices for line in doc["LineItems"]]
    assert len(set(line_ids)) == len(line_ids)


def test_times_of_change_are_spread_over_the_past_and_end_before_the_clock_starts(demo_company: Company) -> None:
    for one in demo_company.xero:
        moments = [instant(doc["UpdatedDateUTC"]) for doc in one.invoices]
        assert max(moments) < demo_company.spec.starts_at
        assert demo_company.spec.starts_at - min(moments) > timedelta(days=300)
        assert len(set(moments)) > 0.9 * len(moments)
        for doc in one.invoices:
            seconds = milliseconds(doc["UpdatedDateUTC"]) // 1000
            assert doc["UpdatedDateUTCString"] == instant(f"/Date({seconds * 1000}+0000)/").strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            )
