"""Changes behind the API's back."""

from __future__ import annotations

from typing import Any

import pytest

from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline_tests.sandbox.xero.books_of_a_small_shop import ACME, BETA, invoice, ms
from xero_sf_pipeline_tests.sandbox.xero.conftest import Caller

FIRST = "1a000000-0000-4000-8000-000000000001"


def shown(caller: Caller) -> dict[str, Any]:
    found: dict[str, Any] = caller.get(f"/Invoices/{FIRST}")["Invoices"][0]
    return found


@pytest.mark.parametrize("bump", [False, True])
def test_a_patch_is_silent_unless_told_otherwise(caller: Caller, running: RunningSandbox, bump: bool) -> None:
    body = {"action": "patch", "kind": "Invoices", "id": FIRST, "fields": {"Reference": "silently"}, "bump": bump}
    running.sandbox.mutate("xero", body)
    after = shown(caller)
    assert (after["Reference"], after["UpdatedDateUTC"] != ms(2026, 11, 1, 8, 0, 1)) == ("silently", bump)


def test_a_hard_delete_leaves_no_trace(caller: Caller, running: RunningSandbox) -> None:
    assert running.sandbox.mutate("xero", {"action": "delete", "kind": "Invoices", "id": FIRST}) is True
    assert caller.call("GET", f"/Invoices/{FIRST}").status == 404
    assert running.sandbox.mutate("xero", {"action": "delete", "kind": "Invoices", "id": FIRST}) is False


def test_a_merge_archives_the_loser_and_moves_its_documents(caller: Caller, running: RunningSandbox) -> None:
    running.sandbox.mutate("xero", {"action": "pay", "invoice_id": FIRST, "amount": 15})
    moved = running.sandbox.mutate("xero", {"action": "merge_contacts", "loser": ACME, "winner": BETA})
    assert moved == 8  # five invoices, an overpayment, a prepayment, a quote
    [loser] = caller.get(f"/Contacts/{ACME}")["Contacts"]
    assert (loser["ContactStatus"], loser["MergedToContactID"]) == ("ARCHIVED", BETA)
    invoices = caller.get("/Invoices", page="1", where=f'Contact.ContactID==Guid("{BETA}")')["Invoices"]
    assert [found["Contact"]["Name"] for found in invoices] == ["Beta Pty"] * 5
    [payment] = caller.get("/Payments", page="1")["Payments"]
    assert payment["Invoice"]["Contact"]["ContactID"] == BETA


def test_documents_can_be_put_in_written_and_paid(caller: Caller, running: RunningSandbox) -> None:
    running.sandbox.mutate("xero", {"action": "insert", "kind": "Invoices", "document": invoice(42)})
    assert caller.get("/Invoices/INV-0042")["Invoices"][0]["UpdatedDateUTC"] == ms(2026, 11, 1, 8, 0, 42)
    written = running.sandbox.mutate(
        "xero",
        {"action": "write", "kind": "Invoices", "document": {"Type": "ACCREC", "Contact": {"ContactID": BETA}}},
    )
    assert (written["Status"], written["InvoiceNumber"]) == ("DRAFT", "INV-0043")
    payment = running.sandbox.mutate("xero", {"action": "pay", "invoice_id": FIRST})
    assert shown(caller)["Status"] == "PAID"
    running.sandbox.mutate("xero", {"action": "delete_payment", "id": payment["PaymentID"]})
    assert shown(caller)["Status"] == "AUTHORISED"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"action": "explode"}, ValueError),
        ({"action": "touch", "kind": "Invoices", "id": ACME}, KeyError),
        ({"action": "pay", "invoice_id": FIRST, "amount": 1000}, ValueError),
        ({"action": "touch", "tenant_id": "elsewhere", "kind": "Invoices", "id": FIRST}, ValueError),
        ({"action": "write", "kind": "Contacts", "document": {"Name": "Acme Ltd"}}, ValueError),
    ],
)
def test_a_wrong_mutation_says_so_and_changes_nothing(
    caller: Caller, running: RunningSandbox, body: dict[str, Any], error: type[Exception]
) -> None:
    before = caller.get("/Invoices", page="1")["Invoices"]
    with pytest.raises(error):
        running.sandbox.mutate("xero", body)
    assert caller.get("/Invoices", page="1")["Invoices"] == before
