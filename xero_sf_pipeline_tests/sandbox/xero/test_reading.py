"""Lists: paging, order, filters, incremental reads and what is left out."""

from __future__ import annotations

from typing import Any

import pytest

from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline_tests.sandbox.xero.books_of_a_small_shop import ACME, BETA, SmallShop, invoice, ms
from xero_sf_pipeline_tests.sandbox.xero.conftest import Caller


def numbers(answer: dict[str, Any]) -> list[str]:
    return [found["InvoiceNumber"] for found in answer["Invoices"]]


def id_of(position: int) -> str:
    return f"1a000000-0000-4000-8000-{position:012d}"


def test_pages_count_from_one_and_end_with_an_empty_one(caller: Caller) -> None:
    pages = [caller.get("/Invoices", page=str(page), pageSize="2") for page in (1, 2, 3, 4)]
    assert [numbers(page) for page in pages] == [
        ["INV-0001", "INV-0002"],
        ["INV-0003", "INV-0004"],
        ["INV-0005"],
        [],
    ]
    assert pages[2]["pagination"] == {"page": 3, "pageSize": 2, "pageCount": 3, "itemCount": 5}


@pytest.mark.parametrize(("asked", "given"), [("0", 1), ("-5", 1), ("1001", 1000), ("1000", 1000), ("", 100)])
def test_a_page_size_out_of_range_is_clamped(caller: Caller, asked: str, given: int) -> None:
    assert caller.get("/Invoices", page="1", pageSize=asked)["pagination"]["pageSize"] == given


def test_only_paged_lists_show_line_items(caller: Caller) -> None:
    unpaged = caller.get("/Invoices")
    assert "pagination" not in unpaged
    assert [sorted(found["Contact"]) for found in unpaged["Invoices"]] == [["ContactID", "Name"]] * 5
    assert all("LineItems" not in found for found in unpaged["Invoices"])
    assert all(found["LineItems"] for found in caller.get("/Invoices", page="1")["Invoices"])


def test_dates_are_written_with_escaped_slashes(caller: Caller) -> None:
    body = caller.call("GET", "/Invoices", query={"page": "1"}).body
    assert b'"Date":"\\/Date(1790812800000+0000)\\/"' in body


def test_summaries_enforce_paging_and_cannot_be_filtered_by_what_they_drop(caller: Caller) -> None:
    answer = caller.get("/Invoices", summaryOnly="True")
    assert answer["pagination"]["itemCount"] == 5
    assert not {"LineItems", "Payments", "HasAttachments"} & answer["Invoices"][0].keys()
    contacts = caller.get("/Contacts", summaryOnly="true")["Contacts"]
    assert not {"Addresses", "Balances", "IsCustomer", "ContactPersons"} & contacts[0].keys()
    refused = caller.call("GET", "/Contacts", query={"summaryOnly": "true", "where": "IsCustomer==true"})
    assert (refused.status, refused.json["Type"]) == (400, "QueryParseException")


def test_the_default_order_is_by_change_and_others_can_be_asked_for(caller: Caller, running: RunningSandbox) -> None:
    running.sandbox.mutate("xero", {"action": "touch", "kind": "Invoices", "id": id_of(2)})
    assert numbers(caller.get("/Invoices", page="1")) == ["INV-0001", "INV-0003", "INV-0004", "INV-0005", "INV-0002"]
    descending = caller.get("/Invoices", page="1", order="InvoiceNumber DESC")
    assert numbers(descending) == ["INV-0005", "INV-0004", "INV-0003", "INV-0002", "INV-0001"]
    assert numbers(caller.get("/Invoices", page="1", order="InvoiceID"))[0] == "INV-0001"
    assert caller.call("GET", "/Invoices", query={"order": "Colour"}).json["ErrorNumber"] == 16


def test_offset_paging_loses_a_row_when_one_changes_between_pages(caller: Caller, running: RunningSandbox) -> None:
    """The trap of the default order: an already read row jumps to the end and the others slide up by one."""
    touch = {"action": "touch", "kind": "Invoices", "id": id_of(1)}
    running.faults.arm(Fault("xero", "mutate", path="/Invoices", argument=touch))
    read = [number for page in "123" for number in numbers(caller.get("/Invoices", page=page, pageSize="2"))]
    assert read == ["INV-0001", "INV-0002", "INV-0004", "INV-0005", "INV-0001"]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ('Status=="AUTHORISED" AND DueDate<DateTime(2026,11,2) AND AmountDue>0', [1, 2, 3, 4, 5]),
        ("DueDate<DateTime(2026,11,1)", []),
        ("DueDate>=DateTime(2026,11,1) && DueDate<=DateTime(2026,11,1,0,0,0)", [1, 2, 3, 4, 5]),
        ('InvoiceNumber="inv-0003"', [3]),
        ('InvoiceNumber!="INV-0003"', [1, 2, 4, 5]),
        ('Reference.Contains("DER 4")', [4]),
        ('Reference.StartsWith("Order") and Reference.EndsWith("5")', [5]),
        ('Reference.ToLower().Contains("order 2") || InvoiceNumber == "INV-0001"', [1, 2]),
        (f'InvoiceID==Guid("{id_of(2)}") OR InvoiceID==Guid("{id_of(4)}")', [2, 4]),
        ('(InvoiceNumber=="INV-0001" OR InvoiceNumber=="INV-0002") AND Total==115.00', [1, 2]),
        ('InvoiceNumber=="INV-0001" OR InvoiceNumber=="INV-0002" AND Total==1', [1]),
        (f'Contact.ContactID==Guid("{BETA}")', []),
        ('Contact.Name=="acme ltd" AND FullyPaidOnDate==null', [1, 2, 3, 4, 5]),
        ("ExpectedPaymentDate!=null", []),
        ("SentToContact==true AND HasAttachments==false", [1, 2, 3, 4, 5]),
        ("UpdatedDateUTC>=DateTime(2026,11,1,8,0,4)", [4, 5]),
    ],
)
def test_where_filters(caller: Caller, where: str, expected: list[int]) -> None:
    assert numbers(caller.get("/Invoices", page="1", where=where)) == [f"INV-{n:04d}" for n in expected]


@pytest.mark.parametrize(
    "where",
    [
        "Status==",
        "Status",
        'Status="A" AND',
        "Status=='AUTHORISED'",
        'Colour=="red"',
        'AmountDue>"0"',
        'InvoiceID=="1a000000"',
        'InvoiceID==Guid("x")',
        "DueDate<DateTime(2026,13,1)",
        "DueDate<DateTime(2026,1)",
        'DueDate<"2026-01-01"',
        'Total.Contains("1")',
        'Reference.Reverse()=="x"',
        '(Status=="PAID"',
        'Status=="PAID")',
        'Status=="PAID" XOR Type=="ACCREC"',
        "AmountDue>0; drop table documents",
        "SentToContact>true",
        "Status>null",
    ],
)
def test_a_bad_where_is_a_query_parse_exception(caller: Caller, where: str) -> None:
    reply = caller.call("GET", "/Invoices", query={"where": where})
    assert (reply.status, reply.json["ErrorNumber"], reply.json["Type"]) == (400, 16, "QueryParseException")


def test_direct_parameters_take_lists(caller: Caller) -> None:
    both = f"{id_of(1)},{id_of(3).upper()}"
    assert numbers(caller.get("/Invoices", IDs=both)) == ["INV-0001", "INV-0003"]
    assert numbers(caller.get("/Invoices", InvoiceNumbers="INV-0002,INV-0004")) == ["INV-0002", "INV-0004"]
    assert numbers(caller.get("/Invoices", ContactIDs=BETA)) == []
    assert numbers(caller.get("/Invoices", ContactIDs=f"{BETA},{ACME}", Statuses="PAID,AUTHORISED", pageSize="1")) == [
        "INV-0001"
    ]
    assert numbers(caller.get("/Invoices", Statuses="DRAFT")) == []
    assert numbers(caller.get("/Invoices", searchTerm="order 3")) == ["INV-0003"]
    assert [c["Name"] for c in caller.get("/Contacts", IDs=BETA)["Contacts"]] == ["Beta Pty"]
    assert [c["Name"] for c in caller.get("/Contacts", searchTerm="ACME.example")["Contacts"]] == ["Acme Ltd"]


def test_too_many_ids_make_the_url_too_long(caller: Caller) -> None:
    statuses = [
        caller.call("GET", "/Invoices", query={"IDs": ",".join([id_of(1)] * count)}).status for count in (40, 52, 53)
    ]
    assert statuses == [200, 200, 404]


def test_invoices_made_through_the_api_can_be_told_apart(caller: Caller) -> None:
    caller.call("PUT", "/Invoices", {"Type": "ACCREC", "Contact": {"ContactID": ACME}})
    assert numbers(caller.get("/Invoices", createdByMyApp="True")) == ["INV-0006"]


@pytest.mark.parametrize(
    "since",
    [
        "2026-11-01T08:00:04.999999+00:00",
        "2026-11-01T21:00:04+13:00",
        "2026-11-01T08:00:04",
        "2026-11-01T08:00:04Z",
        "Sun, 01 Nov 2026 08:00:04 GMT",
    ],
)
def test_modified_since_is_cut_to_the_second_whatever_its_spelling(caller: Caller, since: str) -> None:
    reply = caller.call("GET", "/Invoices", query={"page": "1"}, headers={"If-Modified-Since": since})
    assert numbers(reply.json) == ["INV-0004", "INV-0005"]


def test_modified_since_can_be_switched_to_exclusive(caller: Caller, running: RunningSandbox) -> None:
    running.sandbox.mutate("xero", {"action": "behaviour", "modified_since_is_inclusive": False})
    headers = {"If-Modified-Since": "2026-11-01T08:00:04Z"}
    assert numbers(caller.call("GET", "/Invoices", headers=headers).json) == ["INV-0005"]


def test_nothing_new_is_an_empty_list_and_some_lists_do_not_know_the_header(caller: Caller) -> None:
    headers = {"If-Modified-Since": "2027-01-01T00:00:00Z"}
    found = {
        path: len(caller.call("GET", f"/{path}", headers=headers).json[path])
        for path in ("Invoices", "Contacts", "Accounts", "Items", "TaxRates", "Currencies", "TrackingCategories")
    }
    assert found == {
        "Invoices": 0,
        "Contacts": 0,
        "Accounts": 0,
        "Items": 0,
        "TaxRates": 3,
        "Currencies": 2,
        "TrackingCategories": 1,
    }


def test_archived_contacts_are_shown_on_demand_only(caller: Caller) -> None:
    assert [c["Name"] for c in caller.get("/Contacts", page="1")["Contacts"]] == ["Acme Ltd", "Beta Pty"]
    shown = caller.get("/Contacts", page="1", includeArchived="True")["Contacts"]
    assert [c["ContactStatus"] for c in shown] == ["ACTIVE", "ACTIVE", "ARCHIVED"]


def test_balances_follow_documents_and_the_calendar(caller: Caller) -> None:
    acme, beta = caller.get("/Contacts", page="1")["Contacts"]
    assert acme["Balances"] == {
        "AccountsReceivable": {"Outstanding": 475.0, "Overdue": 575.0},
        "AccountsPayable": {"Outstanding": 0, "Overdue": 0},
    }
    assert "Balances" not in beta


@pytest.mark.parametrize(
    ("path", "key"), [("/Invoices/INV-0002", "Invoices"), ("/Contacts/CRM-1", "Contacts"), ("/Items/WIDGET", "Items")]
)
def test_a_document_is_found_by_number(caller: Caller, path: str, key: str) -> None:
    assert len(caller.get(path)[key]) == 1


def test_an_unknown_document_is_a_plain_text_404(caller: Caller) -> None:
    for path in (f"/Invoices/{ACME}", "/Invoices/INV-9999", "/Elephants", f"/Invoices/{id_of(1)}/Nonsense"):
        reply = caller.call("GET", path)
        assert (reply.status, reply.body) == (404, b"The resource you're looking for cannot be found")


def test_unit_prices_show_four_decimals_on_demand_only(caller: Caller) -> None:
    line = {"Description": "x", "Quantity": 3, "UnitAmount": 1.2345, "AccountCode": "200"}
    body = {"Type": "ACCREC", "Contact": {"ContactID": ACME}, "LineItems": [line]}
    made = caller.call("PUT", "/Invoices", body, query={"unitdp": "4"}).json["Invoices"][0]
    path = f"/Invoices/{made['InvoiceID']}"
    prices = [caller.get(path, unitdp=n)["Invoices"][0]["LineItems"][0]["UnitAmount"] for n in ("4", "2")]
    assert prices == [1.2345, 1.23]
    assert caller.get("/Invoices", page="1")["Invoices"][-1]["LineItems"][0]["UnitAmount"] == 1.23
    cut = caller.call("PUT", "/Invoices", body).json["Invoices"][0]["LineItems"][0]
    assert (cut["UnitAmount"], cut["LineAmount"]) == (1.23, 3.69)


class TestHighVolume:
    @pytest.fixture
    def shop(self) -> SmallShop:
        return SmallShop(invoices=[invoice(n, UpdatedDateUTC=ms(2026, 11, 1)) for n in range(1, 12)])

    def test_a_large_organisation_refuses_filters_without_an_index(
        self, caller: Caller, running: RunningSandbox
    ) -> None:
        running.sandbox.mutate("xero", {"action": "behaviour", "high_volume_rows": 10})
        assert len(caller.get("/Invoices", where='Status=="AUTHORISED" AND AmountDue>0')["Invoices"]) == 11
        for slow in ('Reference.Contains("x")', 'Status=="PAID" OR Status=="DRAFT"', "Total>1", 'Status!="PAID"'):
            reply = caller.call("GET", "/Invoices", query={"where": slow})
            assert reply.status == 400
            assert reply.json["Message"].startswith("Your request is not filtering Invoices efficiently")
