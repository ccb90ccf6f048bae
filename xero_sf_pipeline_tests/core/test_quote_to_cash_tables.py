"""What the core tables of quote to cash make of the raw history, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline import core
from xero_sf_pipeline_tests.warehouse.copies import new_warehouse

T = "tenant-1"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
HISTORY = {"payload": "{}", "payload_hash": "h", "updated_at": NOW, "known_from": NOW, "is_deleted": False}


class Desk:
    """A warehouse in memory."""

    def __init__(self) -> None:
        self.connection = new_warehouse()

    def put(self, table: str, **row: Any) -> None:
        scope = {"tenant_id": T} if table.startswith("raw_xero.") else {"org_id": "org-1"}
        row = scope | HISTORY | row
        self.connection.execute(
            f"insert into {table} ({', '.join(row)}) values ({', '.join(f'${name}' for name in row)})", row
        )

    def core(self, table: str) -> list[dict[str, Any]]:
        """The rows of one core table after a build."""
        core.build(self.connection)
        cursor = self.connection.execute(f"select * from core.{table} order by all")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    desk.put("raw_xero.organisation", xero_organisation_id=T, short_code="!ab1", base_currency_code="NZD")
    yield desk
    desk.connection.close()


def test_every_table_of_core_is_empty_before_the_first_read() -> None:
    desk = Desk()
    core.build(desk.connection)
    assert core.row_counts(desk.connection) == dict.fromkeys(core.CORE_TABLES, 0)
    desk.connection.close()


def test_an_item_is_priced_in_the_base_currency_and_a_deleted_one_is_gone(desk: Desk) -> None:
    desk.put("raw_xero.items", xero_item_id="i-1", item_code="CHAIR", item_name="Chair", is_sold=True,
             amount_sales_unit=Decimal("12.3456"), sales_account_code="200", sales_tax_type="OUTPUT2")  # fmt: skip
    desk.put("raw_xero.items", xero_item_id="i-2", item_code="TABLE", is_deleted=True)
    desk.put("raw_xero.items", xero_item_id="i-1", item_code="OLD", known_to=NOW)
    assert desk.core("items") == [
        {
            "item_key": f"{T}:i-1", "tenant_id": T, "xero_item_id": "i-1", "item_code": "CHAIR", "item_name": "Chair",
            "description": None, "purchase_description": None, "is_sold": True, "is_purchased": False,
            "is_tracked": False, "amount_sales_unit": Decimal("12.3456"), "sales_account_code": "200",
            "sales_tax_type": "OUTPUT2", "amount_purchase_unit": None, "purchase_account_code": None,
            "purchase_tax_type": None, "currency_code": "NZD", "updated_at": NOW,
        }
    ]  # fmt: skip


def test_a_quote_keeps_its_state_and_links_to_itself_in_xero_and_its_lines_are_numbered(desk: Desk) -> None:
    line = {
        "xero_line_item_id": "l-1", "description": "Chair", "quantity": 2, "unit_amount": Decimal("12.3456"),
        "item_code": "CHAIR", "account_code": "200", "tax_type": "OUTPUT2", "amount_tax": Decimal("3.70"),
        "amount_line": Decimal("24.69"), "discount_rate": None, "amount_discount": None,
        "tracking": [{"xero_tracking_category_id": "c", "xero_tracking_option_id": "o", "category_name": "Region",
                      "option_name": "North"}],
    }  # fmt: skip
    desk.put(
        "raw_xero.quotes", xero_quote_id="q-1", quote_number="QU-1", quote_status="SENT", xero_contact_id="c-1",
        quoted_on=date(2026, 2, 1), expires_on=date(2026, 3, 3), currency_code="AUD", amount_total=Decimal("53.08"),
        line_items=[line, line | {"description": "Another"}],
    )  # fmt: skip
    desk.put("raw_xero.quotes", xero_quote_id="q-2", quote_status="DELETED", is_deleted=True, line_items=[])
    sent, deleted = desk.core("quotes")
    assert (sent["quote_key"], sent["contact_key"], sent["quote_status"], sent["expires_on"], sent["amount_total"]) == (
        f"{T}:q-1", f"{T}:c-1", "SENT", date(2026, 3, 3), Decimal("53.0800"),
    )  # fmt: skip
    assert sent["xero_url"] == "https://go.xero.com/app/!ab1/quotes/view/q-1"
    assert (deleted["quote_key"], deleted["is_deleted"]) == (f"{T}:q-2", True)
    lines = desk.core("quote_lines")
    assert [(row["quote_key"], row["line_number"], row["description"], row["currency_code"]) for row in lines] == [
        (f"{T}:q-1", 1, "Chair", "AUD"), (f"{T}:q-1", 2, "Another", "AUD"),
    ]  # fmt: skip
    assert lines[0]["tracking"] == line["tracking"]


def test_tracking_is_one_row_an_option_and_a_category_without_options_has_none(desk: Desk) -> None:
    options = [
        {"xero_tracking_option_id": "o-1", "option_name": "North", "option_status": "ACTIVE"},
        {"xero_tracking_option_id": "o-2", "option_name": "South", "option_status": "ARCHIVED"},
    ]
    desk.put("raw_xero.tracking_categories", xero_tracking_category_id="c-1", category_name="Region",
             category_status="ACTIVE", options=options)  # fmt: skip
    desk.put("raw_xero.tracking_categories", xero_tracking_category_id="c-2", category_name="Empty", options=[])
    assert desk.core("tracking_options") == [
        {"tenant_id": T, "xero_tracking_category_id": "c-1", "category_name": "Region", "category_status": "ACTIVE"}
        | row
        for row in options
    ]


def test_tax_rates_ledger_accounts_and_currencies_are_those_of_the_organisation(desk: Desk) -> None:
    desk.put("raw_xero.tax_rates", tax_type="OUTPUT2", tax_name="GST", tax_status="ACTIVE", effective_rate=15,
             payload='{"CanApplyToRevenue": true}')  # fmt: skip
    desk.put("raw_xero.tax_rates", tax_type="INPUT2", tax_name="GST on expenses", tax_status="ACTIVE",
             effective_rate=15, payload='{"CanApplyToRevenue": false}')  # fmt: skip
    desk.put("raw_xero.accounts", xero_account_id="a-1", account_code="200", account_name="Sales", account_type="REVENUE",
             account_class="REVENUE", account_status="ACTIVE", tax_type="OUTPUT2")  # fmt: skip
    desk.put("raw_xero.currencies", currency_code="EUR", currency_name="Euro")
    rates = [(row["tax_type"], row["effective_rate"], row["is_for_revenue"]) for row in desk.core("tax_rates")]
    assert rates == [("INPUT2", Decimal("15.0000"), False), ("OUTPUT2", Decimal("15.0000"), True)]
    assert desk.core("ledger_accounts") == [
        {
            "tenant_id": T, "xero_account_id": "a-1", "account_code": "200", "account_name": "Sales",
            "account_type": "REVENUE", "account_class": "REVENUE", "account_status": "ACTIVE", "system_account": None,
            "tax_type": "OUTPUT2",
        }
    ]  # fmt: skip
    assert desk.core("currencies") == [{"tenant_id": T, "currency_code": "EUR", "currency_name": "Euro"}]


@pytest.fixture
def deal(desk: Desk) -> Desk:
    desk.put("raw_salesforce.opportunities", sf_opportunity_id="006-1", currency_code="EUR", amount=Decimal(20),
             has_lines=True, is_won=True, is_closed=True)  # fmt: skip
    desk.put("raw_salesforce.products", sf_product_id="01t-1", product_name="Chair", product_code="CHAIR", family="Seats",
             is_active=True)  # fmt: skip
    desk.put("raw_salesforce.pricebooks", sf_pricebook_id="01s-1", pricebook_name="Standard", is_standard=True)
    desk.put("raw_salesforce.pricebook_entries", sf_pricebook_entry_id="01u-1", sf_pricebook_id="01s-1",
             sf_product_id="01t-1", amount_unit=Decimal(10), is_active=True, currency_code="EUR")  # fmt: skip
    desk.put("raw_salesforce.opportunity_lines", sf_opportunity_line_id="00k-1", sf_opportunity_id="006-1",
             sf_product_id="01t-1", sf_pricebook_entry_id="01u-1", product_code="OLD", quantity=2,
             amount_unit=Decimal(10), amount_total=Decimal(20))  # fmt: skip
    return desk


def test_a_line_has_its_products_code_of_today_and_its_deals_currency(deal: Desk) -> None:
    (line,) = deal.core("opportunity_lines")
    assert (line["product_code"], line["product_name"], line["family"], line["currency_code"], line["amount_total"]) == (
        "CHAIR", "Chair", "Seats", "EUR", Decimal("20.0000"),
    )  # fmt: skip
    (price,) = deal.core("prices")
    assert (price["product_code"], price["pricebook_name"], price["is_standard"], price["uses_standard_price"]) == (
        "CHAIR", "Standard", True, False,
    )  # fmt: skip


def test_a_deleted_line_and_the_lines_of_a_deleted_deal_are_gone(deal: Desk) -> None:
    deal.put("raw_salesforce.opportunity_lines", sf_opportunity_line_id="00k-2", sf_opportunity_id="006-1",
             is_deleted=True)  # fmt: skip
    assert len(deal.core("opportunity_lines")) == 1
    deal.connection.execute("update raw_salesforce.opportunities set is_deleted = true")
    assert (deal.core("opportunity_lines"), deal.core("opportunities")) == ([], [])


def test_an_alert_stays_known_when_somebody_deletes_it(desk: Desk) -> None:
    desk.put("raw_salesforce.tasks", sf_task_id="00T-1", sf_account_id="001", alert_key="001:overdue:2026-03-01",
             is_closed=False, is_deleted=True)  # fmt: skip
    desk.put("raw_salesforce.tasks", sf_task_id="00T-2", sf_account_id="001")
    tasks = [(row["sf_task_id"], row["is_closed"], row["is_deleted"]) for row in desk.core("tasks")]
    assert tasks == [("00T-1", False, True)]


def test_a_mirror_record_is_one_a_key_the_newest(desk: Desk) -> None:
    for number, day in (("a", 1), ("b", 2)):
        desk.put("raw_salesforce.xero_invoices", sf_xero_invoice_id=number, document_key=f"{T}:i-1",
                 amount_due=Decimal(day), updated_at=datetime(2026, 3, day, tzinfo=UTC))  # fmt: skip
    desk.put("raw_salesforce.xero_invoices", sf_xero_invoice_id="c", document_key=f"{T}:i-2", is_deleted=True)
    records = [
        (row["document_key"], row["sf_xero_invoice_id"], row["amount_due"]) for row in desk.core("xero_invoices")
    ]
    assert records == [(f"{T}:i-1", "b", Decimal("2.0000"))]


def test_the_rates_of_an_org_with_several_currencies_are_those_to_the_corporate_one(desk: Desk) -> None:
    desk.put("raw_salesforce.currency_types", sf_currency_type_id="01L", iso_code="EUR", is_active=True,
             conversion_rate=Decimal("0.912345"), decimal_places=2)  # fmt: skip
    assert desk.core("currency_types") == [
        {
            "currency_code": "EUR", "conversion_rate": Decimal("0.912345"), "is_corporate": False, "is_active": True,
            "decimal_places": 2, "updated_at": NOW,
        }
    ]  # fmt: skip


def test_a_contacts_own_email_is_told_apart_from_its_first_persons(desk: Desk) -> None:
    person = {"first_name": "Ana", "last_name": "Reis", "email": "ana@example.com"}
    desk.put("raw_xero.contacts", xero_contact_id="c-1", contact_name="Acme", contact_persons=[person], sales_due_day=20,
             sales_due_type="OFFOLLOWINGMONTH", sales_tax_type="OUTPUT2")  # fmt: skip
    (contact,) = desk.core("contacts")
    assert (contact["email"], contact["contact_email"], contact["contact_persons"]) == (
        "ana@example.com",
        None,
        [person],
    )
    assert (contact["sales_due_day"], contact["sales_due_type"], contact["sales_tax_type"]) == (
        20, "OFFOLLOWINGMONTH", "OUTPUT2",
    )  # fmt: skip


def test_a_persons_business_phone_is_told_apart_from_the_mobile_one(desk: Desk) -> None:
    desk.put("raw_salesforce.contacts", sf_contact_id="003", last_name="Reis", mobile_phone="+351 9", title="CFO",
             mailing_city="Porto", xero_person_key="k")  # fmt: skip
    (person,) = desk.core("people")
    assert (person["phone"], person["business_phone"], person["mobile_phone"]) == ("+351 9", None, "+351 9")
    assert (person["title"], person["mailing_city"], person["xero_person_key"]) == ("CFO", "Porto", "k")


def test_a_credit_note_keeps_the_reference_by_which_it_is_found_again(desk: Desk) -> None:
    desk.put("raw_xero.credit_notes", xero_credit_note_id="n-1", reference="006/1/c1", currency_rate=Decimal("1.5"),
             amount_subtotal=10, amount_tax=2, amount_total=12, fully_paid_on=date(2026, 2, 2))  # fmt: skip
    (credit,) = desk.core("credits")
    assert (credit["reference"], credit["amount_subtotal"], credit["amount_tax"], credit["fully_paid_on"]) == (
        "006/1/c1", Decimal("10.0000"), Decimal("2.0000"), date(2026, 2, 2),
    )  # fmt: skip
