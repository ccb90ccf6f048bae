"""Fields that the policy names are mirrored as values of the API, alike by both ways of reading; and the mirrored schema."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xero_sf_pipeline import core
from xero_sf_pipeline.clients.salesforce_results import FieldDescription, ObjectDescription
from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.errors import NotFound
from xero_sf_pipeline.extraction import bookkeeping, salesforce_extract
from xero_sf_pipeline.extraction.mirrored_schema import described_fields
from xero_sf_pipeline.extraction.salesforce_fields import FieldSight
from xero_sf_pipeline.extraction.salesforce_objects import (
    ACCOUNTS,
    BY_NAME,
    MAPPED_FIELDS,
    PRODUCTS,
    Field,
    SalesforceSource,
    staging_select,
    with_mapped_fields,
    with_types,
)
from xero_sf_pipeline.policy.mirrored_fields import MirroredField
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline.warehouse.mapped_fields import field_texts, field_values
from xero_sf_pipeline_tests.extraction.conftest import NewMirror
from xero_sf_pipeline_tests.extraction.mirror import Mirror
from xero_sf_pipeline_tests.sandbox.salesforce.packages import field, package

NUMBER = "<precision>18</precision><scale>2</scale>"
OWN = {
    "Account": [
        field("Limit__c", "Currency", NUMBER),
        field("Is_Key__c", "Checkbox", "<defaultValue>false</defaultValue>"),
        field("Renewal__c", "Date"),
        field("Seen__c", "DateTime"),
        field("Notes__c", "LongTextArea", "<length>1000</length><visibleLines>3</visibleLines>"),
    ],
    "Contact": [field("In_Mails__c", "Checkbox", "<defaultValue>false</defaultValue>")],
    "Product2": [field("Cost__c", "Currency", NUMBER)],
    "Xero_Invoice__c": [field("Branding__c", "Text", "<length>100</length>")],
}
NAMES = [f"{owner}.{one.split('<')[1].removeprefix('fullName>')}" for owner, fields in OWN.items() for one in fields]


@pytest.fixture(scope="module")
def own_fields(served: RunningSandbox) -> None:
    """What the administrator added, also to our own object."""
    served.sandbox.salesforce.install_package(package(OWN, grants=NAMES))


@pytest.fixture
def org(mirror: Mirror, own_fields: None) -> Any:
    return mirror.running.sandbox.salesforce


def named(*fields: MirroredField) -> SalesforceSource:
    """The source with hand-made fields of a policy."""
    return with_mapped_fields(BY_NAME[fields[0].source], [Field(one.api_name, one.column) for one in fields])


def described_objects(connection: Any) -> set[str]:
    return {name for (name,) in connection.execute("select distinct sf_object from ops.salesforce_fields").fetchall()}


def mapped(source: str, *names: str) -> SalesforceSource:
    return named(*(MirroredField(source, name) for name in names))


def read(mirror: Mirror, source: SalesforceSource) -> str:
    """Poll, and tell how it was read."""
    report = mirror.salesforce().poll(source)
    assert report is not None
    assert report.ties
    return report.mode


def held(mirror: Mirror, table: str, key: str, identity: str) -> Any:
    (text,) = mirror.values(f"select mapped_fields from {table} where {key} = $identity", identity=identity)
    return text


def test_every_kind_of_value_is_the_same_json_by_rest_and_by_bulk(
    new_mirror: NewMirror, mirror: Mirror, org: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = org.insert(
        "Account",
        {
            "Name": "Kinds", "Limit__c": Decimal("98765432.10"), "Is_Key__c": True, "Renewal__c": date(2027, 2, 28),
            "Seen__c": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "Notes__c": 'One "two",\nthree\ttrue', "Site": "007",
            "NumberOfEmployees": 120, "Industry": "Energy",
        },
    )  # fmt: skip
    source = mapped(
        "accounts",
        "Limit__c",
        "Is_Key__c",
        "Renewal__c",
        "Seen__c",
        "Notes__c",
        "Site",
        "NumberOfEmployees",
        "Industry",
    )
    by_bulk = new_mirror()
    read(mirror, source)
    with monkeypatch.context() as patched:
        patched.setattr(salesforce_extract, "BULK_FROM_ROWS", 0)
        read(by_bulk, source)
    stored = "select sf_account_id, mapped_fields, payload_hash from raw_salesforce.accounts_current order by 1"
    assert mirror.rows(stored) == by_bulk.rows(stored)
    assert held(mirror, "raw_salesforce.accounts_current", "sf_account_id", account) == (
        '{"Industry":"Energy","Is_Key__c":true,"Limit__c":98765432.1,"Notes__c":"One \\"two\\",\\nthree\\ttrue",'
        '"NumberOfEmployees":120,"Renewal__c":"2027-02-28","Seen__c":"2026-01-02T03:04:05Z","Site":"007"}'
    )


@pytest.mark.parametrize(
    ("source", "sf_object", "values", "key", "expected"),
    [
        ("contacts", "Contact", {"LastName": "Ana", "In_Mails__c": True}, "sf_contact_id", {"In_Mails__c": True}),
        (
            "products",
            "Product2",
            {"Name": "Chair", "Cost__c": Decimal("7.50"), "Family": "None"},
            "sf_product_id",
            {"Cost__c": Decimal("7.5"), "Family": "None"},
        ),
        (
            "xero_invoices",
            "Xero_Invoice__c",
            {"Name": "INV-1", "Branding__c": "Blue"},
            "sf_xero_invoice_id",
            {"Branding__c": "Blue"},
        ),
    ],
)  # fmt: skip
def test_a_field_of_any_object_reaches_the_core_table(
    mirror: Mirror, org: Any, source: str, sf_object: str, values: dict[str, Any], key: str, expected: dict[str, Any]
) -> None:
    more = {"Key__c": f"t:{uuid4()}"} if sf_object == "Xero_Invoice__c" else {}
    record = org.insert(sf_object, values | more)
    read(mirror, mapped(source, *expected))
    with mirror.warehouse.transaction() as connection:
        core.build(connection)
    table = {"contacts": "people"}.get(source, source)
    assert field_values(held(mirror, f"core.{table}", key, record)) == expected


def test_a_field_with_a_column_of_its_own_is_read_for_all_records_when_it_is_named(mirror: Mirror, org: Any) -> None:
    """No record changes when a person writes a mapping."""
    account = org.insert("Account", {"Name": "Known", "Industry": "Banking"})
    mirror.running.clock.advance(timedelta(hours=1))
    read(mirror, ACCOUNTS)
    source = mapped("accounts", "Industry")
    assert [read(mirror, source) for _ in range(2)] == ["full", "poll"]
    assert held(mirror, "raw_salesforce.accounts_current", "sf_account_id", account) == '{"Industry":"Banking"}'
    stored = "select industry from raw_salesforce.accounts_current where sf_account_id = $account"
    assert mirror.values(stored, account=account) == ["Banking"]


def test_a_compound_field_cannot_be_mapped_and_is_not_asked_for(
    mirror: Mirror, org: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bulk API 2.0 refuses a query that names one."""
    account = org.insert("Account", {"Name": "Placed", "BillingCity": "Lisbon", "Site": "A"})
    monkeypatch.setattr(salesforce_extract, "BULK_FROM_ROWS", 0)
    read(mirror, mapped("accounts", "BillingAddress", "BillingCity", "Site"))
    found = held(mirror, "raw_salesforce.accounts_current", "sf_account_id", account)
    assert found == '{"BillingCity":"Lisbon","Site":"A"}'


# The law of both ways


def java_text(number: Decimal) -> str:
    """A number as Java writes a double, which is how Bulk 2.0 spells it: from ten million on with an exponent."""
    if number == 0 or Decimal("0.001") <= abs(number) < 10_000_000:
        text = format(number.normalize(), "f")
        return text if "." in text else f"{text}.0"
    sign, digits, _ = number.normalize().as_tuple()
    mantissa = "".join(map(str, digits))
    return f"{'-' if sign else ''}{mantissa[0]}.{mantissa[1:] or '0'}E{number.adjusted()}"


numbers = st.decimals(-(10**12), 10**12, places=2).filter(lambda one: one != 0 or not one.is_signed())
instants = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda one: one.replace(microsecond=0)
)
texts = st.text(st.characters(exclude_categories=["C"]), min_size=1).filter(lambda one: one == one.strip())
records = st.fixed_dictionaries(
    {
        "Limit__c": st.none() | numbers,
        "Is_Key__c": st.booleans(),
        "Renewal__c": st.none() | st.dates(date(1990, 1, 1), date(2100, 1, 1)),
        "Seen__c": st.none() | instants,
        "Site": st.none()
        | texts
        | st.sampled_from(["true", "1.10", "9.92E7", "2026-01-02T03:04:05.000Z", "null", "{}"]),
    }
)
LAW = with_types(
    mapped("products", "Limit__c", "Is_Key__c", "Renewal__c", "Seen__c", "Site"),
    {"Limit__c": "currency", "Is_Key__c": "boolean", "Renewal__c": "date", "Seen__c": "datetime", "Site": "string"},
)
PLAIN = {"Name": "Chair", "IsActive": "true", "SystemModstamp": "2026-01-02T03:04:05.000Z"}


def by_rest(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return float(value) if isinstance(value, Decimal) else value.isoformat() if isinstance(value, date) else value


def by_bulk(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else java_text(value) if isinstance(value, Decimal) else str(value)


def staged(rows: Sequence[Mapping[str, Any]], folder: Path, *, is_csv: bool) -> list[tuple[str, str | None, str]]:
    path = folder / f"{uuid4()}"
    if is_csv:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writeheader()
            writer.writerows({name: by_bulk(value) for name, value in row.items()} for row in rows)
    else:
        path.write_text(json.dumps([{name: by_rest(value) for name, value in row.items()} for row in rows]))
    parameters: dict[str, Any] = {"files": [str(path)]} | ({} if is_csv else {"largest_object_bytes": 1 << 20})
    with duckdb.connect(":memory:") as connection:
        connection.execute("set timezone = 'UTC'")
        statement = staging_select(LAW, frozenset(rows[0]), is_csv=is_csv)
        return connection.execute(
            f"select sf_product_id, mapped_fields, payload from ({statement}) order by 1", parameters
        ).fetchall()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_records=st.lists(records, min_size=1, max_size=8))
def test_both_ways_of_reading_give_the_same_values_and_lose_nothing(
    given_records: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    rows = [PLAIN | {"Id": f"01t{n}"} | record for n, record in enumerate(given_records)]
    found = staged(rows, folder, is_csv=False)
    assert found == staged(rows, folder, is_csv=True)
    for record, (_, text, _) in zip(given_records, found, strict=True):
        spelled = {
            name: value.strftime("%Y-%m-%dT%H:%M:%SZ")
            if isinstance(value, datetime)
            else value.isoformat()
            if isinstance(value, date)
            else value
            for name, value in record.items()
            if value is not None
        }
        assert field_values(text) == spelled


def test_values_have_texts_without_exponent() -> None:
    assert field_texts('{"a":0.0000001,"b":12,"c":false,"d":"1.10","e":null}') == {
        "a": "0.0000001", "b": "12", "c": "false", "d": "1.10",
    }  # fmt: skip
    assert (field_texts(None), field_values(None)) == ({}, {})


# The mirrored schema


def test_what_salesforce_says_of_every_field_is_kept_from_the_one_call_that_is_made_anyway(
    mirror: Mirror, org: Any
) -> None:
    mirror.running.log.clear()
    read(mirror, BY_NAME["xero_invoices"])
    read(mirror, PRODUCTS)
    paths = [entry.path for entry in mirror.running.log.as_list() if entry.path.endswith("/describe")]
    assert sorted(path.split("/")[-2] for path in paths) == ["Product2", "Xero_Invoice__c"]
    with mirror.warehouse.transaction() as connection:
        kept = described_fields(connection, "Xero_Invoice__c")
        assert described_objects(connection) == {"Product2", "Xero_Invoice__c"}
        assert described_fields(connection, "Account") == {}
    assert kept == mirror.salesforce_client.describe("Xero_Invoice__c").fields
    status = kept["Status__c"]
    assert (status.type, status.is_restricted, status.is_updateable, status.picklist_values[:2]) == (
        "picklist",
        True,
        True,
        ("Draft", "Awaiting approval"),
    )
    assert (kept["Total__c"].precision, kept["Total__c"].scale, kept["Branding__c"].length) == (18, 2, 100)


def described(name: str, **types: str) -> ObjectDescription:
    fields = [{"name": field_name, "type": kind} for field_name, kind in types.items()]
    return ObjectDescription.from_answer({"name": name, "fields": fields})


class ChangingOrg:
    """An org whose descriptions a test sets; None stands for an object that is not there."""

    def __init__(self, answer: ObjectDescription | None) -> None:
        self.answer = answer

    def describe(self, object_name: str) -> ObjectDescription:
        if self.answer is None:
            raise NotFound(f"no {object_name}")
        return self.answer


PRODUCT = {"Id": "id", "Name": "string", "IsActive": "boolean", "SystemModstamp": "datetime", "Code__c": "string"}


@pytest.fixture
def sight(tmp_path: Path) -> FieldSight:
    clock = FixedClock(datetime(2026, 3, 16, tzinfo=UTC))
    return FieldSight(Warehouse(tmp_path / "w.duckdb"), ChangingOrg(described("Product2", **PRODUCT)), clock, "org")


def keep(sight: FieldSight, source: SalesforceSource) -> None:
    found = sight.look(source)
    assert found is not None
    with sight.warehouse.transaction() as connection:
        sight.keep_stored(connection, source, found, is_full=True)


def test_a_mapped_field_whose_type_changes_is_read_for_all_records_and_is_not_missed(sight: FieldSight) -> None:
    source = mapped("products", "Code__c")
    keep(sight, source)
    as_number = replace(sight, client=ChangingOrg(described("Product2", **PRODUCT | {"Code__c": "double"})))
    again = as_number.look(source)
    anew = as_number.look(source, fresh=True)
    assert again is not None
    assert anew is not None
    assert (again.appeared, again.is_kept) == (frozenset(), True)
    assert (anew.appeared, anew.vanished) == ({f"{MAPPED_FIELDS} Code__c NUMBER"}, frozenset())


def test_a_description_replaces_the_one_before_and_an_object_that_is_gone_has_none(sight: FieldSight) -> None:
    keep(sight, PRODUCTS)
    sight.forget()
    fewer = {name: kind for name, kind in PRODUCT.items() if name != "Code__c"}
    replace(sight, client=ChangingOrg(described("Product2", **fewer))).look(PRODUCTS)
    with sight.warehouse.transaction() as connection:
        assert set(described_fields(connection, "Product2")) == set(fewer)
    assert replace(sight, client=ChangingOrg(None)).look(PRODUCTS, fresh=True) is None
    with sight.warehouse.transaction() as connection:
        assert described_objects(connection) == set()


def test_a_warehouse_of_an_earlier_version_knows_names_alone_and_asks_again(sight: FieldSight) -> None:
    with sight.warehouse.transaction() as connection:
        name = "fields of Product2"
        bookkeeping.keep_fact(connection, "salesforce", "org", name, sorted(PRODUCT), sight.clock.now())
    found = sight.look(PRODUCTS)
    assert found is not None
    assert (found.is_kept, dict(found.types)) == (False, PRODUCT)


def test_of_two_orgs_the_one_described_last_is_meant(sight: FieldSight) -> None:
    sight.look(PRODUCTS)
    later = FixedClock(datetime(2026, 3, 17, tzinfo=UTC))
    replace(
        sight, org_id="other", clock=later, client=ChangingOrg(described("Product2", **PRODUCT | {"X": "url"}))
    ).look(PRODUCTS)
    with sight.warehouse.transaction() as connection:
        assert described_fields(connection, "Product2")["X"] == FieldDescription(
            "X", "url", 0, 0, 0, False, False, False, False, False, (), None, ()
        )
