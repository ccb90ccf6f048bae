"""The laws that every generated ledger obeys; shared by the tests of one company and of arbitrary ones."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from xero_sf_pipeline.sandbox.company import XeroSeed
from xero_sf_pipeline_tests.sandbox.company.reading import as_json, day, milliseconds

CENT = Decimal("0.01")
KINDS = {"CreditNotes": "CreditNoteID", "Overpayments": "OverpaymentID", "Prepayments": "PrepaymentID"}


def credits_of(seed: XeroSeed) -> dict[str, list[dict[str, Any]]]:
    return {
        "CreditNotes": as_json(seed.credit_notes),
        "Overpayments": as_json(seed.overpayments),
        "Prepayments": as_json(seed.prepayments),
    }


def assert_totals_tie(seed: XeroSeed) -> None:
    rates = {row["TaxType"]: Decimal(str(row["EffectiveRate"])) for row in seed.tax_rates}
    for doc in as_json(seed.invoices):
        lines = doc["LineItems"]
        for line in lines:
            exact = Decimal(line["Quantity"]) * Decimal(line["UnitAmount"])
            exact *= 1 - Decimal(line.get("DiscountRate", 0)) / 100
            assert line["LineAmount"] == exact.quantize(CENT, ROUND_HALF_UP)
            rate = rates[line["TaxType"]]
            inside = 100 + rate if doc["LineAmountTypes"] == "Inclusive" else 100
            assert line["TaxAmount"] == (line["LineAmount"] * rate / inside).quantize(CENT, ROUND_HALF_UP)
        amounts, taxes = sum(line["LineAmount"] for line in lines), sum(line["TaxAmount"] for line in lines)
        assert doc["TotalTax"] == taxes
        assert doc["SubTotal"] == (amounts - taxes if doc["LineAmountTypes"] == "Inclusive" else amounts)
        assert doc["Total"] == doc["SubTotal"] + doc["TotalTax"]
        discounts = sum(
            (Decimal(line["Quantity"]) * Decimal(line["UnitAmount"])).quantize(CENT, ROUND_HALF_UP) - line["LineAmount"]
            for line in lines
            if "DiscountRate" in line
        )
        assert doc.get("TotalDiscount", 0) == discounts
        assert doc["IsDiscounted"] is (discounts > 0)


def assert_amounts_due_tie(seed: XeroSeed) -> None:
    for doc in as_json(seed.invoices):
        assert doc["AmountPaid"] == sum(payment["Amount"] for payment in doc["Payments"])
        assert doc["AmountCredited"] == sum(credit["AppliedAmount"] for kind in KINDS for credit in doc[kind])
        if doc["Status"] in ("VOIDED", "DELETED"):
            assert (doc["AmountDue"], doc["AmountPaid"], doc["AmountCredited"]) == (0, 0, 0)
            continue
        assert doc["AmountDue"] == doc["Total"] - doc["AmountPaid"] - doc["AmountCredited"]
        assert doc["AmountDue"] >= 0
        assert (doc["Status"] == "PAID") is (doc["AmountDue"] == 0)
        assert ("FullyPaidOnDate" in doc) is (doc["Status"] == "PAID")
        if doc["Status"] in ("DRAFT", "SUBMITTED"):
            assert doc["AmountDue"] == doc["Total"]


def assert_payments_tie(seed: XeroSeed) -> None:
    """Every live payment is on its document with the same amount, day and rate; a deleted one is on none."""
    nested: dict[tuple[str, str], tuple[Any, ...]] = {}
    documents = [("InvoiceID", as_json(seed.invoices))]
    documents += [(KINDS[kind], rows) for kind, rows in credits_of(seed).items()]
    for key, rows in documents:
        for doc in rows:
            for payment in doc["Payments"]:
                nested[payment["PaymentID"], doc[key]] = (payment["Amount"], payment["Date"], payment["CurrencyRate"])
    separate = {
        (row["PaymentID"], row["Invoice"]["InvoiceID"]): (row["Amount"], row["Date"], row["CurrencyRate"])
        for row in as_json(seed.payments)
        if row["Status"] == "AUTHORISED"
    }
    assert separate == nested


def assert_credits_tie(seed: XeroSeed) -> None:
    applied: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    invoices = {doc["InvoiceID"]: doc for doc in as_json(seed.invoices)}
    for doc in invoices.values():
        for kind, key in KINDS.items():
            for credit in doc[kind]:
                applied[credit[key], doc["InvoiceID"]].append((credit["AppliedAmount"], credit["Date"]))
    allocated: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for kind, rows in credits_of(seed).items():
        for credit in rows:
            allocations = sum(row["Amount"] for row in credit["Allocations"])
            refunds = sum(row["Amount"] for row in credit["Payments"])
            assert credit["AppliedAmount"] == allocations
            assert credit["SubTotal"] + credit["TotalTax"] == credit["Total"]
            remaining = 0 if credit["Status"] == "VOIDED" else credit["Total"] - allocations - refunds
            assert credit["RemainingCredit"] == remaining
            assert (credit["Status"] == "PAID") is (credit["Total"] == allocations + refunds)
            for row in credit["Allocations"]:
                invoice = invoices[row["Invoice"]["InvoiceID"]]
                assert invoice["Contact"]["ContactID"] == credit["Contact"]["ContactID"]
                assert invoice["CurrencyCode"] == credit["CurrencyCode"]
                assert day(row["Date"]) == max(day(invoice["Date"]), day(credit["Date"]))
                allocated[credit[KINDS[kind]], invoice["InvoiceID"]].append((row["Amount"], row["Date"]))
    assert allocated == applied


def assert_times_are_consistent(seed: XeroSeed, latest_ms: int) -> None:
    invoices = as_json(seed.invoices)
    updated = {doc["InvoiceID"]: milliseconds(doc["UpdatedDateUTC"]) for doc in invoices}
    issued = {doc["InvoiceID"]: day(doc["Date"]) for doc in invoices}
    for doc in invoices:
        assert day(doc["Date"]) <= day(doc["DueDate"])
        assert doc["DateString"] == f"{day(doc['Date'])}T00:00:00"
        assert doc["DueDateString"] == f"{day(doc['DueDate'])}T00:00:00"
        assert updated[doc["InvoiceID"]] <= latest_ms
        if doc["Status"] == "PAID":
            ends = [day(row["Date"]) for kind in ("Payments", *KINDS) for row in doc[kind]]
            assert day(doc["FullyPaidOnDate"]) == max(ends)
    for rows in credits_of(seed).values():
        for credit in rows:
            updated[credit["ID"]] = milliseconds(credit["UpdatedDateUTC"])
            issued[credit["ID"]] = day(credit["Date"])
            assert updated[credit["ID"]] <= latest_ms
    for payment in as_json(seed.payments):
        target = payment["Invoice"]["InvoiceID"]
        assert issued[target] <= day(payment["Date"])
        assert milliseconds(payment["UpdatedDateUTC"]) <= updated[target]
