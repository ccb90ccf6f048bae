"""Pages that are not what the contract says: nothing is lost, the message is clear, one bad row stops no other."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.errors import MalformedResponse
from xero_sf_pipeline_tests.extraction.mirror import Mirror

STAMP = "/Date(1767225600000+0000)/"


def invoice(position: int, **more: Any) -> dict[str, Any]:
    """An approved sales invoice."""
    return {
        "InvoiceID": f"1a000000-0000-4000-8000-{position:012d}",
        "InvoiceNumber": f"INV-{position}",
        "Type": "ACCREC",
        "Status": "AUTHORISED",
        "Contact": {"ContactID": "c0000000-0000-4000-8000-000000000001", "Name": "Acme Ltd"},
        "Date": STAMP,
        "DueDate": STAMP,
        "CurrencyCode": "GBP",
        "SubTotal": 100.00,
        "TotalTax": 15.00,
        "Total": 115.00,
        "AmountDue": 115.00,
        "AmountPaid": 0.00,
        "AmountCredited": 0.00,
        "LineItems": [],
        "UpdatedDateUTC": STAMP,
    } | more


def page(*rows: Any, number: int = 1, pages: int = 1, count: int | None = None) -> str:
    """One answer of /Invoices."""
    return json.dumps(
        {
            "Status": "OK",
            "DateTimeUTC": STAMP,
            "pagination": {
                "page": number,
                "pageSize": 10,
                "pageCount": pages,
                "itemCount": len(rows) if count is None else count,
            },
            "Invoices": rows,
        },
        ensure_ascii=False,
    )


def read(mirror: Mirror, *pages: str | bytes) -> Any:
    """Poll the invoices while Xero answers with these pages, one after the other."""
    for body in pages:
        mirror.answer("/Invoices", body)
    return mirror.poll("invoices")


def stored(mirror: Mirror, columns: str) -> list[Any]:
    return mirror.values(f"select {columns} from raw_xero.invoices_current order by invoice_number, xero_invoice_id")


def quarantine(mirror: Mirror) -> list[dict[str, Any]]:
    return mirror.rows("select record_id, problem, payload from ops.quarantine where resolved_at is null order by all")


def drift(mirror: Mirror) -> list[Any]:
    return mirror.values("select drift_kind, field, example from ops.drift order by all")


def test_an_unknown_status_is_stored_and_reported(mirror: Mirror) -> None:
    report = read(mirror, page(invoice(1, Status="QUANTUM"), invoice(2)))
    assert stored(mirror, "invoice_number, invoice_status") == [("INV-1", "QUANTUM"), ("INV-2", "AUTHORISED")]
    assert drift(mirror) == [("unknown_value", "invoice_status", "QUANTUM")]
    assert report.ties


def test_an_unknown_field_is_kept_in_the_payload_and_reported(mirror: Mirror) -> None:
    read(mirror, page(invoice(1, BrandNewField={"Nested": [1, 2]})))
    assert drift(mirror) == [("unknown_field", "BrandNewField", "")]
    assert stored(mirror, "payload->>'$.BrandNewField.Nested[1]'") == ["2"]


def test_null_where_a_text_or_a_list_belongs_is_null(mirror: Mirror) -> None:
    nothing = {"Contact": None, "DueDate": None, "LineItems": None, "CurrencyCode": None, "Payments": None}
    report = read(mirror, page(invoice(1, **nothing)))
    assert stored(mirror, "xero_contact_id, due_on, line_items, currency_code, payments") == [
        (None, None, [], None, [])
    ]
    assert (report.ties, report.counts.quarantined) == (True, 0)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"Status": None}, "invoice_status"),
        ({"Total": None, "UpdatedDateUTC": None}, "updated_at amount_total"),
        ({"AmountDue": "not a number"}, "amount_due"),
        ({"Total": 10**30}, "amount_total"),
        ({"UpdatedDateUTC": "tomorrow"}, "updated_at"),
    ],
)
def test_a_row_that_cannot_be_used_waits_in_quarantine_and_stops_no_other(
    mirror: Mirror, change: dict[str, Any], missing: str
) -> None:
    bad = invoice(1, **change)
    report = read(mirror, page(bad, invoice(2)))
    assert stored(mirror, "invoice_number") == ["INV-2"]
    (waiting,) = quarantine(mirror)
    assert (waiting["record_id"], waiting["problem"]) == (bad["InvoiceID"], f"cannot be read: {missing}")
    assert json.loads(waiting["payload"]) == bad
    assert (report.counts.quarantined, report.ties) == (1, True)
    assert mirror.values("select quarantined_count from ops.extracts") == [1]


def test_a_quarantined_row_leaves_quarantine_when_it_can_be_read(mirror: Mirror) -> None:
    read(mirror, page(invoice(1, Total=None)))
    read(mirror, page(invoice(1)))
    assert quarantine(mirror) == []
    assert stored(mirror, "invoice_number, amount_total") == [("INV-1", Decimal("115.0000"))]


def test_a_row_that_stays_bad_waits_once(mirror: Mirror) -> None:
    bad = invoice(1, Total=None)
    read(mirror, *[page(bad, bad)] * 2)
    assert [row["record_id"] for row in quarantine(mirror)] == [bad["InvoiceID"]]
    read(mirror, page(bad))
    assert [row["record_id"] for row in quarantine(mirror)] == [bad["InvoiceID"]]


def test_a_bad_version_of_a_known_row_leaves_the_known_version(mirror: Mirror) -> None:
    read(mirror, page(invoice(1)))
    read(mirror, page(invoice(1, Total=None)))
    assert stored(mirror, "invoice_number, amount_total") == [("INV-1", Decimal("115.0000"))]
    assert len(quarantine(mirror)) == 1


def test_rows_without_an_id_and_things_that_are_no_rows_wait_in_quarantine(mirror: Mirror) -> None:
    nameless = invoice(1)
    del nameless["InvoiceID"]
    report = read(mirror, page(invoice(2), nameless, None, {}))
    assert stored(mirror, "invoice_number") == ["INV-2"]
    assert sorted(str(json.loads(row["payload"])) for row in quarantine(mirror)) == sorted(
        str(thing) for thing in (nameless, None, {})
    )
    assert (report.counts.quarantined, report.rows_read, report.ties) == (3, 4, True)


def test_over_long_and_foreign_texts_are_kept_whole(mirror: Mirror) -> None:
    texts = [
        "9" * 300,
        "🧾 été",
        "\u202eפברואר",
        "zero\u0000inside",
        'quote " and \\ and \n line',
        "'; drop table x; --",
    ]
    rows = [invoice(position, InvoiceNumber=text, Reference=text) for position, text in enumerate(texts)]
    read(mirror, page(*rows))
    found = mirror.values("select reference from raw_xero.invoices_current order by xero_invoice_id")
    assert found == texts
    assert sorted(json.loads(payload)["Reference"] for payload in stored(mirror, "payload")) == sorted(texts)


@pytest.mark.parametrize(
    ("spelled", "amount"),
    [
        ("1.15E+2", "115.0000"),
        ("1.6147805824397E13", "16147805824397.0000"),
        ("115.00005", "115.0001"),
        ("-0.00005", "-0.0001"),
        ('"115.10"', "115.1000"),
        ("9999999999.9999", "9999999999.9999"),
    ],
)
def test_a_number_keeps_its_value_however_it_is_spelled_and_the_sums_tie(
    mirror: Mirror, spelled: str, amount: str
) -> None:
    body = page(invoice(1, Total="HERE", AmountDue="HERE")).replace('"HERE"', spelled)
    report = read(mirror, body)
    assert stored(mirror, "amount_total, amount_due") == [(Decimal(amount), Decimal(amount))]
    assert (report.amount_read, report.counts.amount_stored, report.ties) == (Decimal(amount), Decimal(amount), True)


def test_an_id_twice_in_one_page_is_one_row_the_newer_one(mirror: Mirror) -> None:
    newer = invoice(1, Reference="newer", UpdatedDateUTC="/Date(1767225601000+0000)/")
    report = read(mirror, *[page(newer, invoice(1, Reference="older"), invoice(2))] * 2)
    assert stored(mirror, "invoice_number, reference") == [("INV-1", "newer"), ("INV-2", None)]
    assert (report.counts.distinct, report.counts.stored) == (2, 2)


def test_an_id_on_two_pages_is_one_row(mirror: Mirror) -> None:
    """A newcomer before the page boundary pushes the last row of page 1 onto page 2; the count grows with it."""
    report = read(
        mirror,
        page(invoice(2), invoice(3), pages=2, count=3),
        page(invoice(3), invoice(4), number=2, pages=2, count=4),
    )
    assert stored(mirror, "invoice_number") == ["INV-2", "INV-3", "INV-4"]
    assert (report.rows_read, report.counts.distinct, report.ties) == (4, 3, True)


@pytest.mark.parametrize(
    "body",
    [
        "<html>Please wait</html>",
        page(invoice(1))[:-40],
        page(invoice(1)).replace('"Invoices"', '"Bills"'),
        page(invoice(1)).replace("INV-1", "INV\x00"),
        page(invoice(1, Reference="HERE")).encode().replace(b"HERE", b"\xff\xfe"),
        json.dumps({"Invoices": "none", "pagination": None}),
        json.dumps({"Invoices": None}),
        "[]",
        "",
    ],
    ids=["html", "truncated", "other envelope", "control", "utf8", "no list", "null", "list", "empty"],
)
def test_an_answer_that_is_no_page_stores_nothing_and_keeps_the_cursor(mirror: Mirror, body: str | bytes) -> None:
    mirror.poll("invoices")
    cursor, known = mirror.cursor("invoices"), mirror.mirrored()
    mirror.fault("status", path="/Invoices", times=None, argument=_always(body))
    with pytest.raises(MalformedResponse) as raised:
        mirror.poll("invoices")
    assert "nvoices" in str(raised.value)
    assert raised.value.remedy
    mirror.running.faults.clear()
    assert (mirror.cursor("invoices"), mirror.mirrored()) == (cursor, known)
    mirror.poll("invoices")
    assert mirror.mirrored() == mirror.served()


def _always(body: str | bytes) -> dict[str, Any]:
    return {"status": 200, "body": body, "content_type": "application/json"}


def test_a_bad_second_page_stores_nothing_of_the_first(mirror: Mirror) -> None:
    mirror.fault("status", path="/Invoices", after=1, times=None, argument=_always("{"))
    with pytest.raises(MalformedResponse):
        mirror.poll("invoices")
    assert (mirror.cursor("invoices"), mirror.mirrored()) == (None, {})


def test_the_same_full_page_twice_is_refused(mirror: Mirror) -> None:
    pages = [page(invoice(1), invoice(2), number=number, pages=3, count=6) for number in (1, 2)]
    with pytest.raises(MalformedResponse, match="twice"):
        read(mirror, *pages)
    assert mirror.mirrored() == {}


def test_a_short_page_in_the_middle_does_not_end_the_walk(mirror: Mirror) -> None:
    pages = [
        page(invoice(1), invoice(2), pages=3, count=5),
        page(invoice(3), number=2, pages=3, count=5),
        page(invoice(4), invoice(5), number=3, pages=3, count=5),
    ]
    report = read(mirror, *pages)
    assert stored(mirror, "invoice_number") == [f"INV-{position}" for position in range(1, 6)]
    assert (report.pages, report.expected_rows, report.ties) == (3, 5, True)


def test_an_empty_page_in_the_middle_does_not_end_the_walk(mirror: Mirror) -> None:
    read(
        mirror,
        page(invoice(1), pages=3, count=2),
        page(number=2, pages=3, count=2),
        page(invoice(2), number=3, pages=3, count=2),
    )
    assert stored(mirror, "invoice_number") == ["INV-1", "INV-2"]


def test_a_walk_with_fewer_rows_than_stated_is_walked_again(mirror: Mirror) -> None:
    whole = page(invoice(1), invoice(2), invoice(3))
    report = read(mirror, page(invoice(1), invoice(3), count=3), whole)
    assert stored(mirror, "invoice_number") == ["INV-1", "INV-2", "INV-3"]
    assert (report.pages, report.counts.distinct, report.ties) == (2, 3, True)


def test_a_walk_that_stays_short_is_an_error_and_moves_no_cursor(mirror: Mirror) -> None:
    short = page(invoice(1), invoice(3), count=3)
    with pytest.raises(MalformedResponse, match="states 3 rows of invoices and showed 2"):
        read(mirror, short, short)
    assert (mirror.cursor("invoices"), stored(mirror, "invoice_number")) == (None, [])


def test_a_row_that_vanishes_between_two_pages_hides_no_other_row(mirror: Mirror) -> None:
    """Page 1 loses a row after it was read: the first row of page 2 slides onto page 1, unread."""
    ids = sorted(mirror.served())

    def vanish(number: int) -> None:
        if number == 1:
            mirror.mutate("delete", kind="Invoices", id=ids[0])

    mirror.between = vanish
    report = mirror.poll("invoices")
    assert set(mirror.served()) <= set(mirror.mirrored())
    assert report.pages == 2 * -(-len(ids) // 10) - (1 if len(ids) % 10 == 1 else 0)


def test_first_page_is_asked_for_once(mirror: Mirror) -> None:
    mirror.poll("invoices")
    asked = [entry.query for entry in mirror.running.log.matching("xero", "GET", "/Invoices$")]
    assert [query.count("page=1&") for query in asked].count(1) == 1
    assert len(asked) == -(-mirror.values("select count(*) from raw_xero.invoices")[0] // 10)
