"""The report page: complete, self-contained, the same for the same snapshot, and safe with any name."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from xero_sf_pipeline.errors import NotFound
from xero_sf_pipeline.policy.reporting import ReportingRules
from xero_sf_pipeline.reporting import words
from xero_sf_pipeline.reporting.page import render_page, write_page
from xero_sf_pipeline.warehouse.schema import create_schema
from xero_sf_pipeline.warehouse.statements import sql
from xero_sf_pipeline_tests.reporting.office import ACME, EARLIER, NOW, TENANT, Office, money

HOSTILE = '<img src=x onerror="alert(1)">\u202e\x07 & "Söhne" {{ 7 * 7 }}'
DAY = date(2026, 3, 16)


class Page(HTMLParser):
    """Counts what a page has, and notices tags that are not closed in order."""

    VOID = frozenset({"meta", "br", "img", "link", "input", "line", "rect", "circle", "polygon", "polyline"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.wrong: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def busy_office() -> Office:
    """Every section has something to show."""
    office = Office(payment_status={"enabled": True}, billing={"enabled": True})
    customer = office.add_customer(HOSTILE)
    office.run("update core.accounts set account_name = $name", {"name": HOSTILE})
    for number, total, paid, currency in (("A", "100.00", "40.00", "GBP"), ("B", "7.00", "0", "EUR")):
        office.add_invoice(number, customer, total, paid=paid, currency=currency)
    office.add_invoice("P", customer, "50.00", paid="50.00", status="PAID", fully_paid_on=date(2026, 3, 5))
    office.add_invoice("D", customer, "9.00", status="DRAFT")
    for number, day_ in enumerate((DAY - timedelta(2), DAY)):
        office.put("receivables.balances", as_of_on=day_, tenant_id=TENANT, currency_code="GBP", amount_difference=0)
        office.put(
            "receivables.overdue_invoices", as_of_on=day_, tenant_id=TENANT, invoice_key="A", currency_code="GBP",
            amount_due=money(str(60 + number)), ageing_bucket="1_30", days_overdue=5,
        )  # fmt: skip
    office.put(
        "receivables.ageing", as_of_on=DAY, tenant_id=TENANT, contact_key=customer, sf_account_id=ACME,
        currency_code="GBP", amount_current=0, amount_1_30=money("60"), amount_31_60=0, amount_61_90=0, amount_over_90=0,
        amount_due=money("60"), invoice_count=1,
    )  # fmt: skip
    office.put(
        "core.payments", payment_key="p", document_key=f"{TENANT}:i-P", payment_status="AUTHORISED",
        paid_on=date(2026, 3, 5), amount_paid=money("50"), is_deleted=False,
    )  # fmt: skip
    office.add_deal("500.00", opportunity_name=HOSTILE)
    office.attempt("w" * 16, "rejected", target_key="k", message=HOSTILE, error_class="validation")
    office.plan(f"{TENANT}:i-A", {"Due__c": 60}, approval="needs_approval", amount=money("60"), currency_code="GBP")
    office.exclude(customer, "match_in_review", explanation=HOSTILE)
    office.put("ops.api_usage", system="xero", tenant_id=TENANT, used_on=DAY, call_count=12, remaining_count=4988)
    office.put("ops.quarantine", source="xero", tenant_id=TENANT, entity="payments", record_id="x")
    office.reconcile()
    return office


@pytest.fixture(scope="module")
def office() -> Office:
    return busy_office()


@pytest.fixture(scope="module")
def text(office: Office) -> str:
    return render_page(office.connection, ReportingRules())[0]


def test_the_page_is_whole_and_needs_nothing_else(text: str) -> None:
    page = Page(text)
    assert (page.wrong, page.open) == ([], [])
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(page.tags)
    assert all(link.startswith("#") for link in page.links)
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_every_section_shows_its_figures(text: str) -> None:
    shown = Page(text).text
    for fact in (
        "As of 16 Mar 2026, 09:00 UTC",
        "Northwind Ltd (GBP",
        "GBP 60.00 is open on 1 invoice; 60.00 (100 %) is overdue.",
        "from 60.00 on 14 Mar 2026 to 61.00 on 16 Mar 2026",
        "Of the 1 invoice paid in full in Mar 26, half were paid within 32 days of their date",
        "GBP 500.00 of won deals is not billed",
        "1 write of the newest plan wait for approval.",
        "1 write did not go through",
        "draft 1 9.00",
        "Invoices: due",
        "12 4,988",
    ):
        assert fact in shown, fact


def test_a_hostile_name_is_text_and_nothing_else(text: str) -> None:
    assert "<img" not in text
    assert "\u202e" not in text
    assert "\x07" not in text
    assert "{{ 7 * 7 }}" in Page(text).text
    assert "&lt;img src=x onerror=" in text


def test_amounts_of_different_currencies_are_never_added_up(text: str) -> None:
    assert "107.00" not in text
    assert "67.00" not in text


def test_the_same_snapshot_gives_the_same_bytes(office: Office, text: str) -> None:
    assert render_page(office.connection, ReportingRules())[0] == text


def test_every_table_has_a_caption_and_every_chart_a_description(text: str) -> None:
    assert text.count("<table>") == text.count("<caption>") > 10
    assert text.count("<svg") == text.count("<desc>") >= 5
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert len(re.findall(r'<svg [^>]*role="img" aria-label="[^"]{20,}', text)) == text.count("<svg")


def test_a_snapshot_of_a_first_read_says_what_is_not_set_up() -> None:
    office = Office()
    office.run("delete from core.organisations")
    shown = Page(render_page(office.connection, ReportingRules())[0]).text
    for fact in (
        "No Xero organisation has been read yet.",
        "Not set up: receivables have not been derived yet.",
        "Not set up: the reconciliation has not run on this snapshot.",
        "Nothing has been sent yet.",
    ):
        assert fact in shown, fact


def test_an_older_snapshot_without_the_newer_tables_is_still_a_report() -> None:
    office = busy_office()
    office.run("drop schema billing cascade")
    office.run("drop schema reporting cascade")
    for table in ("account_status", "invoice_status", "exchange_rates"):
        office.run(f"drop table receivables.{table}")
    office.run("alter table core.accounts drop column payment_status")

    shown = Page(render_page(office.connection, ReportingRules())[0]).text
    assert "GBP 60.00 is open on 1 invoice" in shown
    assert "Not set up: the reconciliation has not run on this snapshot." in shown


def test_nothing_read_yet_is_one_message() -> None:
    with duckdb.connect(":memory:") as connection:
        create_schema(connection)
        with pytest.raises(NotFound, match="Nothing has been read"):
            render_page(connection, ReportingRules())


def test_pages_are_kept_as_many_as_the_policy_says(tmp_path: Path) -> None:
    office = busy_office()
    rules = ReportingRules(pages_kept=2)
    (tmp_path / "notes.html").write_text("mine")
    for hours in range(4):
        office.run("update plan.runs set planned_at = $at", {"at": NOW + timedelta(hours=hours)})
        newest = write_page(office.connection, rules, tmp_path)

    assert newest.name == "2026-03-16T120000Z.html"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "2026-03-16T110000Z.html", "2026-03-16T120000Z.html", "latest.html", "notes.html",
    ]  # fmt: skip
    assert (tmp_path / "latest.html").read_bytes() == newest.read_bytes()


def test_an_unexplained_cent_is_the_first_thing_on_the_page() -> None:
    office = busy_office()
    office.run("update core.invoices set amount_due = amount_due + 0.01 where invoice_number = 'A'")
    office.reconcile()
    text = render_page(office.connection, ReportingRules())[0]
    first = re.search(r'<ul class="points">\s*<li class="(\w+)">(.*?)</li>', text, re.DOTALL)
    assert first is not None
    assert (first[1], "nobody can explain" in first[2]) == ("bad", True)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (words.day(date(2026, 3, 1)), "1 Mar 2026"),
        (words.instant(datetime(2026, 3, 1, 7, 5, tzinfo=EARLIER.tzinfo)), "1 Mar 2026, 07:05 UTC"),
        (words.money(money("1234567.5")), "1,234,567.50"),
        (words.money(None), "–"),
        (words.share(1, 1000), "under 1 %"),
        (words.share(0, 1000), "0 %"),
        (words.share(1, 0), "–"),
        (words.label("waiting_for_read_back"), "sent, waits to be read back"),
        (words.label("something_new"), "something new"),
        (words.name("x" * 200), "x" * 79 + "…"),
        (words.name(""), "–"),
        (words.counted(1, "deal"), "1 deal"),
    ],
)
def test_words_are_the_same_everywhere(value: str, shown: str) -> None:
    assert value == shown


def test_twenty_organisations_and_currencies_are_all_in_the_tables_and_the_busiest_four_are_drawn() -> None:
    """With amounts below zero, and a currency that is not one: a chart never mixes them and never lets markup through."""
    office = busy_office()
    for number in range(20):
        tenant, currency = f"t-{number}", f"X{chr(65 + number)}X" if number else HOSTILE
        office.put(
            "core.organisations", tenant_id=tenant, organisation_name=f"{number} {HOSTILE}", base_currency_code="GBP"
        )
        office.put("receivables.balances", as_of_on=DAY, tenant_id=tenant, currency_code=currency, amount_difference=0)
        office.put(
            "receivables.ageing", as_of_on=DAY, tenant_id=tenant, contact_key="c", currency_code=currency,
            amount_current=money("-10.50"), amount_1_30=money(str(number)), amount_31_60=0, amount_61_90=0,
            amount_over_90=0, amount_due=money("-10.50") + number, invoice_count=100 - number,
        )  # fmt: skip
    text = render_page(office.connection, ReportingRules())[0]
    page = Page(text)

    assert (page.wrong, page.open) == ([], [])
    assert "<img" not in text
    drawn = re.findall(r'aria-label="What customers owe in (\w+)[ ,]', text)
    assert drawn == ["XBX", "XCX", "XDX"]
    assert "What customers owe in &lt;img src=x" in text
    assert text.count(">-10.50</text>") == 4
    assert "Charts for the 4 currencies" in page.text
    assert all(f">X{chr(65 + number)}X</th>" in text for number in range(1, 20))


def test_sixty_months_are_drawn_with_as_many_labels_as_fit() -> None:
    office = busy_office()
    text = render_page(office.connection, ReportingRules(months=60))[0]
    (svg,) = re.findall(r'<svg [^>]*aria-label="Booked, billed and paid in GBP.*?</svg>', text)
    labels = re.findall(r">(\w{3} \d\d)</text>", svg)
    assert (len(labels) <= 8, labels[-1]) == (True, "Mar 26")


def test_deals_whose_currency_nobody_knows_are_shown_beside_the_others() -> None:
    """Two organisations with books in different currencies, and an org that states none on its deals."""
    office = busy_office()
    office.put("core.organisations", tenant_id="t-2", organisation_name="Southwind", base_currency_code="NZD")
    office.add_deal("70.00", "006000000000009AAA", opportunity_name="Somewhere", currency_code=None)
    office.reconcile()
    text = Page(render_page(office.connection, ReportingRules())[0]).text
    assert "unknown" in text
    assert "Somewhere" in text


def test_the_trend_adds_up_only_days_on_which_every_organisation_is_known() -> None:
    """In New Zealand it is tomorrow: a day with its figures alone looked like a fall of everything else."""
    office = busy_office()
    office.put("core.organisations", tenant_id="t-2", organisation_name="Southwind", base_currency_code="NZD")
    for number, day_ in enumerate((DAY - timedelta(1), DAY + timedelta(1))):
        office.put("receivables.balances", as_of_on=day_, tenant_id="t-2", currency_code="GBP", amount_difference=0)
        office.put(
            "receivables.overdue_invoices", as_of_on=day_, tenant_id="t-2", invoice_key="Z", currency_code="GBP",
            amount_due=money(str(5 + number)), ageing_bucket="1_30", days_overdue=5,
        )  # fmt: skip
    rows = office.rows(
        "with seen_receivables_balances as (from receivables.balances), "
        "seen_receivables_overdue_invoices as (from receivables.overdue_invoices) "
        f"select as_of_on, amount_overdue from ({sql('reporting', 'page_trend')})",
        {"trend_days": 90},
    )
    assert [tuple(row.values()) for row in rows] == [(DAY - timedelta(1), money("65")), (DAY, money("66"))]
