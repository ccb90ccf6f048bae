"""The Salesforce side of quote to cash: products and lines, alert tasks, mirror records, fields that came later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pytest

from xero_sf_pipeline.errors import MissingPermission
from xero_sf_pipeline.extraction import salesforce_extract
from xero_sf_pipeline.extraction.salesforce_objects import (
    ACCOUNTS,
    CONTACTS,
    CURRENCY_TYPES,
    MAPPED_FIELDS,
    OPPORTUNITIES,
    PRICEBOOKS,
    TASKS,
    Field,
    SalesforceSource,
    staging_select,
    with_mapped_fields,
    with_types,
)
from xero_sf_pipeline.salesforce_metadata import build_package
from xero_sf_pipeline.sandbox.salesforce.currencies import enable_currencies
from xero_sf_pipeline_tests.extraction.mirror import Mirror
from xero_sf_pipeline_tests.pipeline.works import Works, serving, works_of


@pytest.fixture
def org(mirror: Mirror) -> Any:
    return mirror.running.sandbox.salesforce


def later(mirror: Mirror, **span: float) -> None:
    mirror.running.clock.advance(timedelta(**span or {"seconds": 1}))


def queries(mirror: Mirror) -> list[str]:
    """What was asked since the log was cleared: `describe Object`, or the end of a query from its object on."""
    asked = []
    for entry in mirror.running.log.as_list():
        if entry.path.endswith("/describe"):
            asked.append(f"describe {entry.path.split('/')[-2]}")
        elif "+FROM+" in entry.query:
            asked.append(entry.query.partition("+FROM+")[2].replace("+", " "))
    mirror.running.log.clear()
    return asked


@pytest.fixture
def deal(org: Any) -> dict[str, str]:
    """A won opportunity with one product line, in the standard price book."""
    account = org.insert("Account", {"Name": f"Buyer {uuid4().hex[:8]}"})
    book = next(row["Id"] for row in org.rows("Pricebook2") if row["IsStandard"])
    product = org.insert("Product2", {"Name": "Chair", "ProductCode": "CHAIR-1", "IsActive": True})
    entry = org.insert(
        "PricebookEntry", {"Pricebook2Id": book, "Product2Id": product, "UnitPrice": Decimal(25), "IsActive": True}
    )
    opportunity = org.insert(
        "Opportunity",
        {
            "Name": "Chairs", "AccountId": account, "StageName": "Closed Won", "CloseDate": date(2026, 3, 1),
            "Pricebook2Id": book, "Description": "Deliver soon",
        },
    )  # fmt: skip
    line = org.insert(
        "OpportunityLineItem",
        {
            "OpportunityId": opportunity, "PricebookEntryId": entry, "Quantity": Decimal("1.5"),
            "UnitPrice": Decimal("24.40"), "Description": "Oak", "ServiceDate": date(2026, 4, 1),
        },
    )  # fmt: skip
    return {
        "account": account,
        "book": book,
        "product": product,
        "entry": entry,
        "opportunity": opportunity,
        "line": line,
    }


def row_of(mirror: Mirror, table: str, key: str, identity: str) -> dict[str, Any]:
    (row,) = mirror.rows(
        f"""select * exclude (org_id, payload, payload_hash, updated_at, known_from, known_to, run_id)
        from raw_salesforce.{table}_current where {key} = $identity""",
        identity=identity,
    )
    return row


def test_a_deal_is_stored_with_its_lines_products_and_prices(mirror: Mirror, deal: dict[str, str]) -> None:
    for name in ("opportunities", "opportunity_lines", "products", "pricebooks", "pricebook_entries"):
        assert mirror.poll(f"salesforce.{name}").ties
    line = row_of(mirror, "opportunity_lines", "sf_opportunity_line_id", deal["line"])
    assert line == {
        "sf_opportunity_line_id": deal["line"], "sf_opportunity_id": deal["opportunity"],
        "sf_product_id": deal["product"], "sf_pricebook_entry_id": deal["entry"], "product_code": "CHAIR-1",
        "line_name": line["line_name"], "description": "Oak", "quantity": Decimal("1.5000"),
        "amount_unit": Decimal("24.4000"), "amount_total": Decimal("36.6000"), "discount_rate": None,
        "service_on": date(2026, 4, 1), "sort_order": None, "mapped_fields": None, "xero_line_key": None,
        "is_deleted": False,
    }  # fmt: skip
    assert row_of(mirror, "products", "sf_product_id", deal["product"]) == {
        "sf_product_id": deal["product"], "product_name": "Chair", "product_code": "CHAIR-1", "description": None,
        "family": None, "is_active": True, "mapped_fields": None, "is_deleted": False,
    }  # fmt: skip
    price = row_of(mirror, "pricebook_entries", "sf_pricebook_entry_id", deal["entry"])
    assert (price["amount_unit"], price["is_active"], price["sf_pricebook_id"]) == (
        Decimal("25.0000"),
        True,
        deal["book"],
    )
    assert row_of(mirror, "pricebooks", "sf_pricebook_id", deal["book"])["is_standard"] is True
    opportunity = row_of(mirror, "opportunities", "sf_opportunity_id", deal["opportunity"])
    assert (opportunity["has_lines"], opportunity["description"], opportunity["sf_pricebook_id"]) == (
        True,
        "Deliver soon",
        deal["book"],
    )
    assert opportunity["amount"] == Decimal("36.6000")


def test_a_deal_has_its_record_type_by_rest_and_in_bulk(
    mirror: Mirror, org: Any, deal: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"Renewal_{uuid4().hex[:8]}"
    kind = org.insert(
        "RecordType", {"Name": name, "DeveloperName": name, "SobjectType": "Opportunity", "IsActive": True}
    )
    org.update("Opportunity", deal["opportunity"], {"RecordTypeId": kind})
    mirror.poll("salesforce.opportunities")
    assert row_of(mirror, "opportunities", "sf_opportunity_id", deal["opportunity"])["record_type"] == name
    monkeypatch.setattr(salesforce_extract, "BULK_FROM_ROWS", 0)
    assert mirror.sweep("salesforce.opportunities").counts.new_versions == 0


def test_a_line_that_is_taken_off_its_deal_is_read_as_deleted(mirror: Mirror, org: Any, deal: dict[str, str]) -> None:
    mirror.poll("salesforce.opportunity_lines")
    later(mirror)
    org.delete("OpportunityLineItem", deal["line"])
    mirror.poll("salesforce.opportunity_lines")
    assert mirror.values(
        """select is_deleted, known_to is null from raw_salesforce.opportunity_lines
        where sf_opportunity_line_id = $line order by known_from""",
        line=deal["line"],
    ) == [(False, False), (True, True)]


def test_our_fields_of_a_deal_and_an_account_are_read_as_written(
    mirror: Mirror, org: Any, deal: dict[str, str]
) -> None:
    key = f"t:{uuid4()}"
    org.update(
        "Opportunity", deal["opportunity"],
        {
            "Xero_Invoice_ID__c": "i-1", "Xero_Invoice_Number__c": "INV-1", "Xero_Invoice_Status__c": "Paid",
            "Xero_Link__c": "https://go.xero.com/x", "Xero_Billed__c": Decimal("36.60"),
            "Xero_Paid__c": Decimal("30.00"), "Xero_Due__c": Decimal("6.60"), "Xero_Invoice_Count__c": 2,
            "Xero_Quote_ID__c": key,
        },
    )  # fmt: skip
    org.update(
        "Account", deal["account"],
        {
            "Xero_Payment_Status__c": "Overdue", "Xero_Outstanding__c": Decimal("6.60"),
            "Xero_Overdue__c": Decimal("1.10"), "Xero_Unallocated_Credit__c": Decimal("0.00"),
            "Xero_Open_Invoices__c": 3, "Xero_Oldest_Due_Date__c": date(2026, 2, 1),
            "Xero_Average_Days_Late__c": Decimal("-1.5"), "Xero_As_Of__c": mirror.clock.now(),
        },
    )  # fmt: skip
    mirror.poll("salesforce.opportunities")
    mirror.poll("salesforce.accounts")
    opportunity = row_of(mirror, "opportunities", "sf_opportunity_id", deal["opportunity"])
    ours = ("xero_invoice_id", "xero_invoice_number", "xero_invoice_status", "xero_url", "amount_billed", "amount_paid",
            "amount_invoice_due", "invoice_count", "xero_quote_id")  # fmt: skip
    assert [opportunity[name] for name in ours] == [
        "i-1", "INV-1", "Paid", "https://go.xero.com/x", Decimal("36.6000"), Decimal("30.0000"), Decimal("6.6000"), 2, key,
    ]  # fmt: skip
    account = row_of(mirror, "accounts", "sf_account_id", deal["account"])
    paid = ("payment_status", "amount_outstanding", "amount_overdue", "amount_unallocated_credit", "open_invoice_count",
            "oldest_due_on", "average_days_late")  # fmt: skip
    assert [account[name] for name in paid] == [
        "Overdue", Decimal("6.6000"), Decimal("1.1000"), Decimal("0.0000"), 3, date(2026, 2, 1), Decimal("-1.5000"),
    ]  # fmt: skip
    assert abs(account["as_of_at"] - mirror.clock.now()) < timedelta(minutes=1)


def test_a_mirror_record_of_an_invoice_is_stored_whole(mirror: Mirror, org: Any, deal: dict[str, str]) -> None:
    key = f"t:{uuid4()}"
    record = org.insert(
        "Xero_Invoice__c",
        {
            "Key__c": key, "Name": "INV-1", "Account__c": deal["account"], "Opportunity__c": deal["opportunity"],
            "Type__c": "Invoice", "Status__c": "Part paid", "Currency__c": "EUR", "Reference__c": "R",
            "Issued_On__c": date(2026, 1, 1), "Due_On__c": date(2026, 1, 31), "Last_Payment_On__c": date(2026, 2, 2),
            "Total__c": Decimal("100.00"), "Tax__c": Decimal("20.00"), "Due__c": Decimal("60.00"),
            "Paid__c": Decimal("40.00"), "Credited__c": Decimal("0.00"), "Last_Payment__c": Decimal("40.00"),
            "Organisation__c": "Shop", "Xero_Link__c": "https://go.xero.com/x",
        },
    )  # fmt: skip
    mirror.poll("salesforce.xero_invoices")
    assert row_of(mirror, "xero_invoices", "sf_xero_invoice_id", record) == {
        "sf_xero_invoice_id": record, "document_key": key, "document_number": "INV-1",
        "sf_account_id": deal["account"], "sf_opportunity_id": deal["opportunity"], "document_type": "Invoice",
        "document_status": "Part paid", "currency_code": "EUR", "reference": "R", "issued_on": date(2026, 1, 1),
        "due_on": date(2026, 1, 31), "fully_paid_on": None, "last_payment_on": date(2026, 2, 2),
        "amount_total": Decimal("100.0000"), "amount_tax": Decimal("20.0000"), "amount_due": Decimal("60.0000"),
        "amount_paid": Decimal("40.0000"), "amount_credited": Decimal("0.0000"),
        "amount_last_payment": Decimal("40.0000"), "organisation_name": "Shop",
        "xero_url": "https://go.xero.com/x", "as_of_at": None, "mapped_fields": None, "is_deleted": False,
    }  # fmt: skip


def add_task(org: Any, account: str, key: str | None, **more: Any) -> str:
    task = {"Subject": "Call them", "WhatId": account, "OwnerId": org.user_id, "Xero_Alert_Key__c": key} | more
    return str(org.insert("Task", task))


def test_only_tasks_with_our_key_are_read_at_first_and_later(mirror: Mirror, org: Any, deal: dict[str, str]) -> None:
    account = deal["account"]
    for _ in range(5):
        add_task(org, account, None)
    first = add_task(org, account, f"{account}:overdue:2026-03-01", ActivityDate=date(2026, 3, 8), Description="Why")
    later(mirror, hours=1)
    mirror.running.log.clear()
    report = mirror.poll("salesforce.tasks")
    keyed = [row for row in org.rows("Task", include_deleted=True) if row["Xero_Alert_Key__c"]]
    assert (report.expected_rows, report.counts.stored) == (len(keyed), len(keyed))
    row = row_of(mirror, "tasks", "sf_task_id", first)
    assert abs(row.pop("created_at") - mirror.clock.now()) < timedelta(hours=2)
    assert row == {
        "sf_task_id": first, "what_id": account, "sf_account_id": account, "subject": "Call them",
        "task_status": "Not Started", "priority": "Normal", "due_on": date(2026, 3, 8), "description": "Why",
        "owner_sf_user_id": org.user_id, "is_closed": False, "alert_key": f"{account}:overdue:2026-03-01",
        "is_deleted": False,
    }  # fmt: skip

    add_task(org, account, None)
    org.update("Task", first, {"Status": "Completed"})
    assert mirror.poll("salesforce.tasks").counts.new_versions == 1
    assert row_of(mirror, "tasks", "sf_task_id", first)["is_closed"] is True
    first_query, second_query = (query for query in queries(mirror) if not query.startswith("describe"))
    assert first_query == "Task WHERE Xero_Alert_Key__c %21%3D null"
    assert second_query.startswith("Task WHERE Xero_Alert_Key__c %21%3D null AND SystemModstamp %3E%3D 2026-")


def test_a_deleted_alert_is_read_as_deleted(mirror: Mirror, org: Any, deal: dict[str, str]) -> None:
    task = add_task(org, deal["account"], f"{deal['account']}:overdue:2026-03-02")
    mirror.poll("salesforce.tasks")
    later(mirror)
    org.delete("Task", task)
    mirror.poll("salesforce.tasks")
    assert row_of(mirror, "tasks", "sf_task_id", task)["is_deleted"] is True


def test_tasks_are_no_longer_read_when_our_key_goes_out_of_sight(
    mirror: Mirror, org: Any, deal: dict[str, str]
) -> None:
    """Without the field the filter would be refused, and without the filter every task of the org would be mirrored."""
    add_task(org, deal["account"], f"{deal['account']}:overdue:2026-03-03")
    mirror.poll("salesforce.tasks")
    known = mirror.rows("select * from raw_salesforce.tasks order by all")
    org.permissions.hide("Task", "Xero_Alert_Key__c")
    try:
        with pytest.raises(MissingPermission, match=r"cannot read Task\.Xero_Alert_Key__c\."):
            mirror.salesforce().sweep(TASKS)
    finally:
        org.permissions.show("Task", "Xero_Alert_Key__c")
    assert mirror.rows("select * from raw_salesforce.tasks order by all") == known


def test_objects_that_hardly_change_are_read_once_a_day(mirror: Mirror) -> None:
    mirror.poll("salesforce.pricebooks")
    mirror.running.log.clear()
    later(mirror, hours=23)
    assert (mirror.salesforce().poll(PRICEBOOKS), queries(mirror)) == (None, [])
    later(mirror, hours=2)
    assert mirror.poll("salesforce.pricebooks").mode == "full"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """An org without our package and with one currency."""
    with serving(with_package=False) as running, works_of(running, tmp_path_factory.mktemp("bare")) as works:
        running.clock.freeze()
        yield works


def absences(bare: Works) -> int:
    """How often the org said that it has no CurrencyType."""
    entries = bare.running.log.as_list()
    return sum(entry.path.endswith("/CurrencyType/describe") and entry.status == 404 for entry in entries)


def test_an_org_of_one_currency_is_asked_once_a_day_whether_it_has_several(bare: Works) -> None:
    with bare.pipeline() as pipeline:
        pipeline.org_id()
        for hours in (0, 12, 11):
            bare.pass_time(hours=hours)
            assert pipeline.extract_salesforce(CURRENCY_TYPES.name) is None
        assert absences(bare) == 1
        bare.pass_time(hours=2)
        pipeline.extract_salesforce(CURRENCY_TYPES.name)
        assert absences(bare) == 2


def test_an_org_before_the_deployment_is_read_without_our_fields_and_right_after_it_with_them(bare: Works) -> None:
    names = ("accounts", "contacts", "opportunities", "opportunity_lines", "products", "pricebook_entries")
    org = bare.running.sandbox.salesforce
    with bare.pipeline() as pipeline:
        assert [pipeline.extract_salesforce(name) for name in ("tasks", "xero_invoices")] == [None, None]
        reports = [pipeline.extract_salesforce(name) for name in names]
        assert [(report is not None and report.ties) for report in reports] == [True] * len(names)

        org.install_package(build_package())
        account = org.rows("Account")[0]["Id"]
        org.update("Account", account, {"Xero_Payment_Status__c": "Paid"})
        org.insert("Task", {"Subject": "s", "WhatId": account, "OwnerId": org.user_id, "Xero_Alert_Key__c": "k"})
        org.insert("Xero_Invoice__c", {"Key__c": "t:i", "Name": "INV-1", "Account__c": account, "Total__c": 1})
        bare.pass_time(minutes=10)
        stored = {}
        for name in ("tasks", "xero_invoices", "accounts"):
            report = pipeline.extract_salesforce(name)
            assert report is not None
            stored[name] = (report.mode, report.counts.new_versions)
        assert stored == {"tasks": ("full", 1), "xero_invoices": ("full", 1), "accounts": ("full", 1)}


def test_an_org_that_gets_several_currencies_is_read_with_its_rates_and_the_currency_of_each_record(
    bare: Works,
) -> None:
    org = bare.running.sandbox.salesforce
    with bare.pipeline() as pipeline:
        pipeline.extract_salesforce("opportunities")
        bare.pass_time(days=1, minutes=1)
        enable_currencies(org, "EUR", {"USD": Decimal("1.083456"), "JPY": Decimal(160)})
        for name in ("currency_types", "opportunities"):
            report = pipeline.extract_salesforce(name)
            assert report is not None
            assert (report.mode, report.ties) == ("full", True)
    rates = bare.warehouse(
        """select iso_code, conversion_rate, is_corporate, is_active, decimal_places
        from raw_salesforce.currency_types_current order by all"""
    )
    assert [tuple(row.values()) for row in rates] == [
        ("EUR", Decimal("1.000000"), True, True, 2), ("JPY", Decimal("160.000000"), False, True, 0),
        ("USD", Decimal("1.083456"), False, True, 2),
    ]  # fmt: skip
    assert bare.warehouse("select distinct currency_code from raw_salesforce.opportunities_current") == [
        {"currency_code": "EUR"}
    ]


def in_json(record: dict[str, Any], folder: Path) -> tuple[bool, dict[str, Any]]:
    path = folder / f"{uuid4()}.json"
    path.write_text(json.dumps([record]), encoding="utf-8")
    return False, {"files": [str(path)], "largest_object_bytes": 1 << 20}


def in_csv(record: dict[str, Any], folder: Path) -> tuple[bool, dict[str, Any]]:
    path = folder / f"{uuid4()}.csv"
    cells = {
        f"{name}.{part}" if isinstance(value, dict) else name: value[part] if isinstance(value, dict) else value
        for name, value in record.items()
        for part in (value if isinstance(value, dict) else ("",))
    }
    text = [
        "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        for value in cells.values()
    ]
    path.write_text(
        ",".join(f'"{name}"' for name in cells) + "\n" + ",".join(f'"{value}"' for value in text) + "\n",
        encoding="utf-8",
    )
    return True, {"files": [str(path)]}


def staged(source: SalesforceSource, record: dict[str, Any], folder: Path, *, as_csv: bool = False) -> dict[str, Any]:
    """The row that one record becomes."""
    is_csv, parameters = (in_csv if as_csv else in_json)(record, folder)
    present = frozenset(field.api_name for field in source.all_fields if field.api_name.partition(".")[0] in record)
    with duckdb.connect(":memory:") as connection:
        connection.execute("set timezone = 'UTC'")
        cursor = connection.execute(staging_select(source, present, is_csv=is_csv), parameters)
        names = [column[0] for column in cursor.description]
        (row,) = cursor.fetchall()
    return dict(zip(names, row, strict=True))


STAMPS = {"SystemModstamp": "2026-01-02T03:04:05.000+0000", "IsDeleted": False}
ACCOUNT = {"Id": "001", "Name": "Acme", "OwnerId": "005", "CreatedDate": "2026-01-01T00:00:00.000+0000"} | STAMPS


@pytest.mark.parametrize("as_csv", [False, True])
@pytest.mark.parametrize(
    ("source", "record", "more"),
    [
        (ACCOUNTS, ACCOUNT, {"Industry": "Energy"}),
        (CONTACTS, {"Id": "003", "AccountId": "001", "Name": "Ana", "LastName": "Ana"} | STAMPS, {"Title": "CFO"}),
    ],
)
def test_a_record_whose_later_fields_are_empty_keeps_the_payload_it_had_before_they_came(
    tmp_path: Path, source: SalesforceSource, record: dict[str, Any], more: dict[str, str], as_csv: bool
) -> None:
    """A new version of the product must not make a new version of every record."""
    before = staged(replace(source, later_fields=()), record, tmp_path, as_csv=as_csv)["payload"]
    empty = {field.api_name: None for field in source.later_fields}
    assert staged(source, record | empty, tmp_path, as_csv=as_csv)["payload"] == before
    assert staged(source, record, tmp_path, as_csv=as_csv)["payload"] == before
    assert staged(source, record | empty | more, tmp_path, as_csv=as_csv)["payload"] != before


@pytest.mark.parametrize("as_csv", [False, True])
def test_the_record_type_is_read_by_its_developer_name(tmp_path: Path, as_csv: bool) -> None:
    record = {"Id": "006", "AccountId": "001", "Name": "Deal", "StageName": "Closed Won", "CloseDate": "2026-01-01"}
    typed = record | STAMPS | {"RecordType": {"DeveloperName": "New_Business"}}
    assert staged(OPPORTUNITIES, typed, tmp_path, as_csv=as_csv)["record_type"] == "New_Business"
    untyped = record | STAMPS | {"RecordType": None if not as_csv else {"DeveloperName": ""}}
    assert staged(OPPORTUNITIES, untyped, tmp_path, as_csv=as_csv)["record_type"] is None


MAPPED = with_mapped_fields(
    ACCOUNTS,
    [Field("VAT__c", "tax_number")]
    + [
        Field(name, MAPPED_FIELDS)
        for name in ("Renewal__c", "Limit__c", "Seen__c", "Code__c", "Version__c", "Industry")
    ],
)


TYPES = {
    "Renewal__c": "date", "Limit__c": "currency", "Seen__c": "datetime", "Code__c": "string", "Version__c": "string",
    "Industry": "picklist",
}  # fmt: skip


@pytest.mark.parametrize("as_csv", [False, True])
def test_fields_that_the_policy_names_are_kept_alike_by_both_paths(tmp_path: Path, as_csv: bool) -> None:
    record = ACCOUNT | {
        "VAT__c": "NL123", "Renewal__c": "2026-05-01", "Limit__c": "9.92E7" if as_csv else 99200000.0,
        "Seen__c": "2026-01-02T03:04:05.000Z" if as_csv else "2026-01-02T03:04:05.000+0000", "Code__c": None,
        "Version__c": "1.10", "Industry": "Energy",
    }  # fmt: skip
    mapped = with_types(MAPPED, TYPES)
    row = staged(mapped, record, tmp_path, as_csv=as_csv)
    assert (row["tax_number"], row["industry"], row["mapped_fields"]) == (
        "NL123",
        "Energy",
        '{"Industry":"Energy","Limit__c":99200000,"Renewal__c":"2026-05-01","Seen__c":"2026-01-02T03:04:05Z",'
        '"Version__c":"1.10"}',
    )
    empty = record | dict.fromkeys(("Renewal__c", "Limit__c", "Seen__c", "VAT__c", "Version__c", "Industry"))
    row = staged(mapped, empty, tmp_path, as_csv=as_csv)
    plain = staged(ACCOUNTS, ACCOUNT, tmp_path, as_csv=as_csv)["payload"]
    assert (row["mapped_fields"], row["payload"]) == (None, plain)


def test_a_field_that_the_policy_names_anew_is_read_for_all_records_and_forgotten_when_it_is_not(
    mirror: Mirror, org: Any, deal: dict[str, str]
) -> None:
    number = with_mapped_fields(ACCOUNTS, [Field("Site", MAPPED_FIELDS)])
    org.update("Account", deal["account"], {"Site": "Lisbon"})
    later(mirror, hours=1)
    mirror.poll("salesforce.accounts")
    stored = "select mapped_fields from raw_salesforce.accounts_current where sf_account_id = $account"

    report = mirror.salesforce().poll(number)
    assert report is not None
    assert (report.mode, mirror.values(stored, account=deal["account"])) == ("full", ['{"Site":"Lisbon"}'])

    report = mirror.salesforce().poll(ACCOUNTS)
    assert report is not None
    assert report.mode == "poll"
    report = mirror.salesforce().poll(number)
    assert report is not None
    assert report.mode == "full"


def test_what_the_policy_names_is_mirrored_and_an_org_without_the_field_is_read_all_the_same(
    mirror: Mirror, org: Any, deal: dict[str, str], tmp_path: Path
) -> None:
    org.update("Opportunity", deal["opportunity"], {"NextStep": "Sign"})
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "policy.yaml").write_text(
        "version: 1\n"
        "billing: {only: {fields: {NextStep: [Sign], Type: [x], Absent__c: [y]}}}\n"
        "parties: {tax_number_field: Site}\n",
        encoding="utf-8",
    )
    org.update("Account", deal["account"], {"Site": "NL-7"})
    with works_of(mirror.running, folder) as works, works.pipeline() as pipeline:
        for name in ("opportunities", "accounts"):
            report = pipeline.extract_salesforce(name)
            assert report is not None
            assert report.ties
        with pipeline.warehouse.transaction() as connection:
            named = connection.execute(
                "select mapped_fields from raw_salesforce.opportunities_current where sf_opportunity_id = ?",
                [deal["opportunity"]],
            ).fetchall()
            number = connection.execute(
                "select tax_number from raw_salesforce.accounts_current where sf_account_id = ?", [deal["account"]]
            ).fetchall()
    assert (named, number) == ([('{"NextStep":"Sign"}',)], [("NL-7",)])
