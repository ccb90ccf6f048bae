"""Quotes, items, tracking categories, currencies, payment terms: read whole, and what vanishes is noticed in time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from xero_sf_pipeline.extraction.xero_entities import ITEMS, TRACKING_CATEGORIES
from xero_sf_pipeline_tests.extraction.conftest import NewMirror
from xero_sf_pipeline_tests.extraction.mirror import Mirror

LINE = {"Description": "Desk", "Quantity": 3, "UnitAmount": 33.3333, "AccountCode": "200", "DiscountRate": 10}


@pytest.fixture
def contact(mirror: Mirror) -> str:
    found = mirror.running.sandbox.xero.store.select(mirror.tenant_id, "Contacts", "d.status = 'ACTIVE'")
    return str(found[0]["ContactID"])


def write_quote(mirror: Mirror, contact: str, **more: Any) -> dict[str, Any]:
    body = {"Contact": {"ContactID": contact}, "Date": "2026-03-10", "LineItems": [LINE]} | more
    made: dict[str, Any] = mirror.mutate("write", kind="Quotes", document=body)
    return made


def later(mirror: Mirror, **span: float) -> None:
    mirror.running.clock.advance(timedelta(**span or {"seconds": 1}))


def asked(mirror: Mirror) -> list[str]:
    """Queries since the log was cleared, without identity."""
    queries = [
        entry.query for entry in mirror.running.log.as_list() if entry.system == "xero" and "api.xro" in entry.path
    ]
    mirror.running.log.clear()
    return queries


def test_a_quote_is_stored_with_its_lines_dates_and_amounts(mirror: Mirror, contact: str) -> None:
    made = write_quote(
        mirror, contact, ExpiryDate="2026-04-09", Title="Office", Summary="Desks", Reference="R-1", QuoteNumber="Q-77"
    )
    mirror.poll("quotes")
    (row,) = mirror.rows(
        """select * exclude (tenant_id, contact_name, payload, payload_hash, updated_at, known_from, known_to, run_id,
            line_items, currency_code, currency_rate)
        from raw_xero.quotes_current where xero_quote_id = $id""",
        id=made["QuoteID"],
    )
    assert row == {
        "xero_quote_id": made["QuoteID"], "quote_number": "Q-77", "reference": "R-1", "quote_status": "DRAFT",
        "title": "Office", "summary": "Desks", "xero_contact_id": contact, "quoted_on": date(2026, 3, 10),
        "expires_on": date(2026, 4, 9), "line_amount_types": "EXCLUSIVE", "amount_subtotal": Decimal("90.0000"),
        "amount_tax": Decimal(str(made["TotalTax"])), "amount_total": Decimal(str(made["Total"])),
        "amount_discount": Decimal("10.0000"), "is_deleted": False,
    }  # fmt: skip
    (line,) = mirror.values(
        "select unnest(line_items) as line from raw_xero.quotes_current where xero_quote_id = $id", id=made["QuoteID"]
    )
    assert (line["description"], line["quantity"], line["unit_amount"], line["discount_rate"], line["amount_line"]) == (
        "Desk", Decimal("3.0000"), Decimal("33.3333"), Decimal("10.0000"), Decimal("90.0000"),
    )  # fmt: skip


def test_quotes_are_walked_to_their_end_in_pages_whose_size_is_not_named(new_mirror: NewMirror, contact: str) -> None:
    """The contract lists no pageSize for quotes: 100 come in a page, whatever size the other entities are asked for."""
    mirror = new_mirror(page_size=1000)
    pattern = write_quote(mirror, contact)
    for number in range(120):
        twin = pattern | {"QuoteID": str(uuid4()), "QuoteNumber": f"Q-many-{number}"}
        mirror.mutate("insert", kind="Quotes", document=twin, bump=True)
    later(mirror, hours=1)
    held = mirror.running.sandbox.xero.store.count(mirror.tenant_id, "Quotes")
    mirror.running.log.clear()

    report = mirror.poll("quotes")

    pages = -(-held // 100)
    assert (report.counts.stored, report.pages, report.expected_rows, report.ties) == (held, pages, held, True)
    assert asked(mirror) == [f"page={number}&order=QuoteID" for number in range(1, pages + 1)]

    later(mirror, hours=1)
    report = mirror.poll("quotes")
    assert (report.mode, report.calls, report.counts.new_versions) == ("poll", 1, 0)


def test_the_way_of_a_quote_is_kept_version_by_version_to_its_deletion(mirror: Mirror, contact: str) -> None:
    made = write_quote(mirror, contact)
    mirror.poll("quotes")
    for status in ("SENT", "ACCEPTED", "INVOICED", "DELETED"):
        later(mirror)
        mirror.mutate("patch", kind="Quotes", id=made["QuoteID"], fields={"Status": status}, bump=True)
        mirror.poll("quotes")
    assert mirror.values(
        """select quote_status, is_deleted, known_to is null from raw_xero.quotes where xero_quote_id = $id
        order by known_from""",
        id=made["QuoteID"],
    ) == [
        ("DRAFT", False, False), ("SENT", False, False), ("ACCEPTED", False, False), ("INVOICED", False, False),
        ("DELETED", True, True),
    ]  # fmt: skip


def test_a_quote_of_an_unknown_status_is_stored_and_reported_as_drift(mirror: Mirror, contact: str) -> None:
    made = write_quote(mirror, contact)
    mirror.mutate("patch", kind="Quotes", id=made["QuoteID"], fields={"Status": "PONDERED", "Mood": "good"}, bump=True)
    try:
        mirror.poll("quotes")
        found = "select quote_status from raw_xero.quotes_current where xero_quote_id = $id"
        assert mirror.values(found, id=made["QuoteID"]) == ["PONDERED"]
        assert mirror.values("select drift_kind, field, example from ops.drift where entity = 'quotes' order by all") == [
            ("unknown_field", "Mood", ""), ("unknown_value", "quote_status", "PONDERED"),
        ]  # fmt: skip
    finally:
        mirror.mutate("delete", kind="Quotes", id=made["QuoteID"])


def test_a_quote_without_total_waits_in_quarantine_and_the_others_are_stored(mirror: Mirror, contact: str) -> None:
    good, bad = write_quote(mirror, contact), write_quote(mirror, contact)
    mirror.mutate("patch", kind="Quotes", id=bad["QuoteID"], fields={"Total": None})
    try:
        report = mirror.poll("quotes")
        assert (report.counts.quarantined, report.ties) == (1, True)
        waiting = "select entity, record_id, problem from ops.quarantine where resolved_at is null"
        assert mirror.values(waiting) == [("quotes", bad["QuoteID"], "cannot be read: amount_total")]
        known = mirror.values("select xero_quote_id from raw_xero.quotes_current")
        assert (good["QuoteID"] in known, bad["QuoteID"] in known) == (True, False)
    finally:
        mirror.mutate("delete", kind="Quotes", id=bad["QuoteID"])


@pytest.fixture
def item(mirror: Mirror) -> str:
    made = mirror.mutate(
        "write",
        kind="Items",
        document={
            "Code": f"C-{uuid4().hex[:12]}", "Name": "Chair", "Description": "A chair", "IsSold": True,
            "IsPurchased": True, "PurchaseDescription": "Chairs in bulk",
            "SalesDetails": {"UnitPrice": 12.3456, "AccountCode": "200", "TaxType": "OUTPUT2"},
            "PurchaseDetails": {"UnitPrice": 7.5},
        },
    )  # fmt: skip
    return str(made["ItemID"])


def test_an_item_is_stored_with_four_decimals_of_its_prices(mirror: Mirror, item: str) -> None:
    mirror.poll("items")
    (row,) = mirror.rows(
        """select * exclude (tenant_id, item_code, payload, payload_hash, updated_at, known_from, known_to, run_id)
        from raw_xero.items_current where xero_item_id = $item""",
        item=item,
    )
    assert row == {
        "xero_item_id": item, "item_name": "Chair", "description": "A chair", "purchase_description": "Chairs in bulk",
        "is_sold": True, "is_purchased": True, "is_tracked": False, "amount_sales_unit": Decimal("12.3456"),
        "sales_account_code": "200", "sales_tax_type": "OUTPUT2", "amount_purchase_unit": Decimal("7.5000"),
        "purchase_account_code": None, "purchase_tax_type": None, "is_deleted": False,
    }  # fmt: skip


def test_a_deleted_item_leaves_no_trace_and_is_missed_within_a_day(mirror: Mirror, item: str) -> None:
    is_deleted = "select is_deleted from raw_xero.items_current where xero_item_id = $item"
    mirror.poll("items")
    later(mirror)
    mirror.mutate("delete", kind="Items", id=item)
    later(mirror, hours=23)
    assert (mirror.poll("items").mode, mirror.values(is_deleted, item=item)) == ("poll", [False])
    later(mirror, hours=1)
    report = mirror.poll("items")
    assert (report.mode, report.counts.deleted, mirror.values(is_deleted, item=item)) == ("full", 1, [True])
    assert mirror.poll("items").mode == "poll"


def test_an_item_that_is_made_again_under_its_code_is_another_one(mirror: Mirror, item: str) -> None:
    mirror.poll("items")
    (code,) = mirror.values("select item_code from raw_xero.items_current where xero_item_id = $item", item=item)
    mirror.mutate("delete", kind="Items", id=item)
    later(mirror)
    again = mirror.mutate("write", kind="Items", document={"Code": code, "Name": "New chair"})
    mirror.sweep("items")
    assert mirror.values(
        "select xero_item_id, is_deleted from raw_xero.items_current where item_code = $code order by is_deleted",
        code=code,
    ) == [(again["ItemID"], False), (item, True)]


def test_tracking_categories_come_with_their_options_archived_ones_too(mirror: Mirror) -> None:
    store = mirror.running.sandbox.xero.store
    category = store.select(mirror.tenant_id, "TrackingCategories")[0]
    options = category["Options"]
    archived = [options[0] | {"Status": "ARCHIVED"}, *options[1:]]
    mirror.mutate(
        "patch", kind="TrackingCategories", id=category["TrackingCategoryID"],
        fields={"Options": archived, "Status": "ARCHIVED"},
    )  # fmt: skip
    try:
        mirror.poll("tracking_categories")
        (row,) = mirror.rows(
            """select category_name, category_status, options from raw_xero.tracking_categories_current
            where xero_tracking_category_id = $id""",
            id=category["TrackingCategoryID"],
        )
    finally:
        mirror.mutate("insert", kind="TrackingCategories", document=category)
    assert row == {
        "category_name": category["Name"],
        "category_status": "ARCHIVED",
        "options": [
            {
                "xero_tracking_option_id": option["TrackingOptionID"],
                "option_name": option["Name"],
                "option_status": option["Status"],
            }
            for option in archived
        ],
    }


def test_the_currencies_of_the_organisation_are_stored(mirror: Mirror) -> None:
    mirror.poll("currencies")
    held = mirror.running.sandbox.xero.store.select(mirror.tenant_id, "Currencies")
    stored = mirror.values("select currency_code, currency_name from raw_xero.currencies_current order by all")
    assert stored == sorted((currency["Code"], currency["Description"]) for currency in held)


@pytest.fixture
def without_tracking(mirror: Mirror) -> Iterator[None]:
    held = mirror.running.sandbox.xero.store.select(mirror.tenant_id, "TrackingCategories")
    for category in held:
        mirror.mutate("delete", kind="TrackingCategories", id=category["TrackingCategoryID"])
    yield
    for category in held:
        mirror.mutate("insert", kind="TrackingCategories", document=category)


@pytest.mark.usefixtures("without_tracking")
def test_an_organisation_without_tracking_is_asked_for_it_once_a_day(mirror: Mirror) -> None:
    """An answer without rows moves no cursor; it counts as read all the same."""
    report = mirror.poll("tracking_categories")
    assert (report.counts.distinct, report.watermark_at) == (0, None)
    later(mirror, hours=23)
    assert mirror.xero().poll(TRACKING_CATEGORIES) is None
    later(mirror, hours=2)
    assert mirror.poll("tracking_categories").mode == "full"


def test_payment_terms_and_tax_of_a_contact_are_stored(mirror: Mirror, contact: str) -> None:
    terms = {"Sales": {"Day": 20, "Type": "OFFOLLOWINGMONTH"}, "Bills": {"Day": 7, "Type": "DAYSAFTERBILLDATE"}}
    mirror.mutate(
        "patch", kind="Contacts", id=contact, bump=True,
        fields={"PaymentTerms": terms, "AccountsReceivableTaxType": "ZERORATEDOUTPUT"},
    )  # fmt: skip
    mirror.poll("contacts")
    assert mirror.values(
        """select sales_due_day, sales_due_type, sales_tax_type from raw_xero.contacts_current
        where xero_contact_id = $contact""",
        contact=contact,
    ) == [(20, "OFFOLLOWINGMONTH", "ZERORATEDOUTPUT")]


def test_a_page_of_items_that_is_no_page_stores_nothing_and_keeps_the_cursor(mirror: Mirror, item: str) -> None:
    from xero_sf_pipeline.errors import MalformedResponse

    mirror.poll("items")
    cursor = mirror.cursor("items")
    mirror.answer(r"/Items$", json.dumps({"Status": "OK"}))
    with pytest.raises(MalformedResponse):
        mirror.xero().sweep(ITEMS)
    assert mirror.cursor("items") == cursor
    assert mirror.values("select is_deleted from raw_xero.items_current where xero_item_id = $item", item=item) == [
        False
    ]
