"""Every answer against Xero's published contract (OAS 16.1.0). `contract.py` lists the known deviations."""

from __future__ import annotations

from typing import Any

import pytest

from xero_sf_pipeline_tests.sandbox.xero.books_of_a_small_shop import ACME, BANK, OVERPAYMENT
from xero_sf_pipeline_tests.sandbox.xero.conftest import Caller
from xero_sf_pipeline_tests.sandbox.xero.contract import problems

LISTS = {
    "Invoices": "Invoices",
    "Contacts": "Contacts",
    "CreditNotes": "CreditNotes",
    "Payments": "Payments",
    "Overpayments": "Overpayments",
    "Prepayments": "Prepayments",
    "Quotes": "Quotes",
    "Accounts": "Accounts",
    "TaxRates": "TaxRates",
    "Items": "Items",
    "Currencies": "Currencies",
    "TrackingCategories": "TrackingCategories",
    "Organisation": "Organisations",
}
LINE = {"Description": "Work", "Quantity": 1, "UnitAmount": 40, "AccountCode": "200", "TaxType": "NONE"}


@pytest.fixture
def traded(caller: Caller) -> Caller:
    """A shop in which everything happened once: invoice, part payment, refund, credit note, allocations, archive."""
    made = caller.call(
        "PUT",
        "/Invoices",
        {
            "Type": "ACCREC",
            "Contact": {"Name": "Newcomer", "Phones": [{"PhoneType": "MOBILE", "PhoneNumber": "1"}]},
            "DueDate": "2026-12-20",
            "ExpectedPaymentDate": "2026-12-24",
            "CurrencyCode": "USD",
            "Status": "AUTHORISED",
            "LineItems": [
                {
                    "ItemCode": "WIDGET",
                    "Quantity": 3,
                    "DiscountRate": 10,
                    "Tracking": [{"Name": "Region", "Option": "North"}],
                }
            ],
        },
    )
    assert made.status == 200, made.body
    note = {"Type": "ACCRECCREDIT", "Contact": {"ContactID": ACME}, "Status": "AUTHORISED", "LineItems": [LINE]}
    credit_note = caller.call("PUT", "/CreditNotes", note).json["CreditNotes"][0]["CreditNoteID"]
    first, second = (found["InvoiceID"] for found in caller.get("/Invoices", page="1")["Invoices"][:2])
    allocation = {"Amount": 10, "Date": "2026-11-03", "Invoice": {"InvoiceID": first}}
    for path in (f"/CreditNotes/{credit_note}", f"/Overpayments/{OVERPAYMENT}"):
        assert caller.call("PUT", f"{path}/Allocations", {"Allocations": [allocation]}).status == 200
    account = {"AccountID": BANK}
    for target, amount in ({"Invoice": {"InvoiceID": second}}, 115), ({"CreditNote": {"CreditNoteID": credit_note}}, 5):
        paid = caller.call("PUT", "/Payments", {**target, "Account": account, "Amount": amount, "Reference": "R"})
        assert paid.status == 200, paid.body
    assert caller.call("POST", f"/Contacts/{ACME}", {"Website": "https://acme.example"}).status == 200
    return caller


@pytest.mark.parametrize(("path", "schema"), LISTS.items())
def test_every_list_keeps_to_the_contract(traded: Caller, path: str, schema: str) -> None:
    answer = traded.get(f"/{path}", page="1", includeArchived="true")
    assert answer[schema], f"an empty {schema} proves nothing"
    assert problems(schema, answer) == []


@pytest.mark.parametrize("path", ["Invoices", "Contacts", "CreditNotes", "Payments"])
def test_unpaged_and_summary_lists_keep_to_the_contract(traded: Caller, path: str) -> None:
    assert problems(path, traded.get(f"/{path}")) == []
    assert problems(path, traded.get(f"/{path}", summaryOnly="True")) == []


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("Invoices", "InvoiceID"),
        ("Contacts", "ContactID"),
        ("CreditNotes", "CreditNoteID"),
        ("Payments", "PaymentID"),
        ("Overpayments", "OverpaymentID"),
        ("Prepayments", "PrepaymentID"),
        ("Quotes", "QuoteID"),
        ("Accounts", "AccountID"),
        ("TaxRates", "TaxType"),
        ("Items", "ItemID"),
        ("TrackingCategories", "TrackingCategoryID"),
    ],
)
def test_every_document_by_id_keeps_to_the_contract(traded: Caller, path: str, key: str) -> None:
    for document in traded.get(f"/{path}", page="1")[path]:
        answer = traded.get(f"/{path}/{document[key]}")
        assert [found[key] for found in answer[path]] == [document[key]]
        assert problems(path, answer) == []


def test_answers_to_writes_keep_to_the_contract(traded: Caller) -> None:
    query = {"summarizeErrors": "false"}
    bad_and_good: dict[str, list[dict[str, Any]]] = {
        "Invoices": [
            {"Type": "ACCREC", "Contact": {"ContactID": ACME}, "Date": "2026-11-01", "Status": "AUTHORISED"},
            {"Type": "ACCREC", "Contact": {"ContactID": ACME}, "LineItems": [{**LINE, "AccountCode": "476"}]},
            {"Type": "ACCREC", "Contact": {"ContactID": ACME}, "LineItems": [LINE]},
        ],
        "Contacts": [{"Name": "acme  LTD"}, {"Name": "Gamma"}],
        "Items": [{"Code": "WIDGET"}, {"Code": "GADGET", "SalesDetails": {"UnitPrice": 5}}],
        "Quotes": [
            {"Contact": {"ContactID": ACME}, "Date": "2026-11-01", "ExpiryDate": "2026-11-20"},
            {
                "Contact": {"ContactID": ACME},
                "Date": "2026-11-01",
                "LineItems": [{**LINE, "Tracking": [{"TrackingOptionID": "7a000000-0000-4000-8000-000000000002"}]}],
            },
        ],
    }
    for path, elements in bad_and_good.items():
        reply = traded.call("PUT", f"/{path}", {path: elements}, query=query)
        assert reply.status == 200
        statuses = [element["StatusAttributeString"] for element in reply.json[path]]
        assert (statuses[0], statuses[-1]) == ("ERROR", "OK")
        assert [p for p in problems(path, reply.json) if "HasErrors" not in p] == []
        refused = traded.call("PUT", f"/{path}", {path: elements[:1]})
        assert refused.status == 400
        assert {**refused.json, "Elements": []} == {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": [],
        }


def test_history_and_connections_keep_to_their_shapes(traded: Caller) -> None:
    reply = traded.call("PUT", f"/Contacts/{ACME}/History", {"HistoryRecords": [{"Details": "noted"}]})
    assert problems("HistoryRecords", reply.json) == []
    assert problems("HistoryRecords", traded.get(f"/Contacts/{ACME}/History")) == []
    reply = traded.send("GET", "/connections", headers={"Authorization": f"Bearer {traded.token}"})
    assert [sorted(connection) for connection in reply.json] == [
        ["authEventId", "createdDateUtc", "id", "tenantId", "tenantName", "tenantType", "updatedDateUtc"]
    ]


def test_the_contract_check_would_notice_a_deviation(traded: Caller) -> None:
    answer = traded.get("/Invoices", page="1")
    answer["Invoices"][0]["Date"] = "2026-01-31T00:00:00"
    answer["Invoices"][1]["Status"] = "QUANTUM"
    answer["Invoices"][2]["Surprise"] = 1
    assert len(problems("Invoices", answer)) == 3
