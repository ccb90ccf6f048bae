"""The deployable zip: its files, its XML against the Metadata API's own schema, and its bytes."""

from __future__ import annotations

import importlib.util
import io
import re
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest

from xero_sf_pipeline.salesforce_metadata import build_package
from xero_sf_pipeline.salesforce_metadata.source import NAMESPACE, read_source

TAG = f"{{{NAMESPACE}}}"
XSD = "{http://www.w3.org/2001/XMLSchema}"

ACCOUNT_FIELDS = [
    "Xero_As_Of__c",
    "Xero_Average_Days_Late__c",
    "Xero_Contact_ID__c",
    "Xero_Link__c",
    "Xero_Oldest_Due_Date__c",
    "Xero_Open_Invoices__c",
    "Xero_Outstanding__c",
    "Xero_Overdue__c",
    "Xero_Payment_Status_Now__c",
    "Xero_Payment_Status__c",
    "Xero_Unallocated_Credit__c",
]
OPPORTUNITY_FIELDS = [
    "Xero_Billed__c",
    "Xero_Due__c",
    "Xero_Invoice_Count__c",
    "Xero_Invoice_ID__c",
    "Xero_Invoice_Number__c",
    "Xero_Invoice_Status__c",
    "Xero_Link__c",
    "Xero_Paid__c",
    "Xero_Quote_ID__c",
]
INVOICE_FIELDS = [
    "Account__c",
    "As_Of__c",
    "Credited__c",
    "Currency__c",
    "Due_On__c",
    "Due__c",
    "Fully_Paid_On__c",
    "Issued_On__c",
    "Key__c",
    "Last_Payment_On__c",
    "Last_Payment__c",
    "Opportunity__c",
    "Organisation__c",
    "Paid__c",
    "Reference__c",
    "Status__c",
    "Tax__c",
    "Total__c",
    "Type__c",
    "Xero_Link__c",
]
CASE_FIELDS = [
    "Xero_Amount_Due__c",
    "Xero_Currency__c",
    "Xero_Days_Overdue__c",
    "Xero_Due_Date__c",
    "Xero_Invoice_Key__c",
    "Xero_Link__c",
    "Xero_Resolution__c",
    "Xero_Stage__c",
]
LINK_FIELDS = ["Account__c", "Key__c", "Xero_Link__c"]
FIELDS = {
    "Account": ACCOUNT_FIELDS,
    "Activity": ["Xero_Alert_Key__c"],
    "Case": CASE_FIELDS,
    "Contact": ["Xero_Person_Key__c"],
    "Opportunity": OPPORTUNITY_FIELDS,
    "OpportunityLineItem": ["Xero_Line_Key__c"],
    "Xero_Contact__c": LINK_FIELDS,
    "Xero_Invoice__c": INVOICE_FIELDS,
}


@pytest.fixture(scope="module")
def package() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(build_package())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def schema() -> dict[str, dict[str, str]]:
    """Element names and types of the Metadata API's complex types, from the WSDL inside simple-salesforce."""
    spec = importlib.util.find_spec("simple_salesforce")
    assert spec is not None
    assert spec.origin is not None
    wsdl = ET.parse(Path(spec.origin).parent / "metadata.wsdl")
    return {
        kind.get("name", ""): {
            element.get("name", ""): element.get("type", "").rpartition(":")[2]
            for element in kind.iter(f"{XSD}element")
        }
        for kind in wsdl.iter(f"{XSD}complexType")
    }


def members(package: dict[str, bytes]) -> dict[str, list[str]]:
    root = ET.fromstring(package["package.xml"])
    return {
        types.findtext(f"{TAG}name", ""): [one.text or "" for one in types.findall(f"{TAG}members")]
        for types in root.findall(f"{TAG}types")
    }


def unknown_elements(element: ET.Element, kind: str, schema: dict[str, dict[str, str]]) -> list[str]:
    """Names of elements that the schema does not have, at any depth."""
    found: list[str] = []
    for child in element:
        name = child.tag.removeprefix(TAG)
        if name != "fullName" and name not in schema[kind]:
            found.append(f"{kind}.{name}")
        elif len(child):
            found += unknown_elements(child, schema[kind][name], schema)
    return found


def test_the_zip_holds_the_manifest_first_and_one_file_for_each_object_and_permission_set(
    package: dict[str, bytes],
) -> None:
    assert list(package) == [
        "package.xml",
        *(f"objects/{name}.object" for name in FIELDS),
        "permissionsets/Xero_Sync.permissionset",
        "permissionsets/Xero_Viewer.permissionset",
        "tabs/Xero_Invoice__c.tab",
    ]


def test_the_manifest_names_every_field_object_and_permission_set(package: dict[str, bytes]) -> None:
    assert members(package) == {
        "CustomField": [f"{one}.{name}" for one, names in FIELDS.items() for name in names],
        "CustomObject": ["Xero_Contact__c", "Xero_Invoice__c"],
        "CustomTab": ["Xero_Invoice__c"],
        "ListView": [f"Xero_Invoice__c.{name}" for name in ("All", "Open_Credit", "Overdue")],
        "PermissionSet": ["Xero_Sync", "Xero_Viewer"],
    }
    assert ET.fromstring(package["package.xml"]).findtext(f"{TAG}version") == "66.0"


@pytest.mark.parametrize(("object_name", "names"), FIELDS.items())
def test_each_object_file_defines_the_fields_that_the_manifest_names(
    package: dict[str, bytes], object_name: str, names: list[str]
) -> None:
    root = ET.fromstring(package[f"objects/{object_name}.object"])

    assert root.tag == f"{TAG}CustomObject"
    assert sorted(field.findtext(f"{TAG}fullName") or "" for field in root.findall(f"{TAG}fields")) == names


@pytest.mark.parametrize(
    ("object_name", "formula"), [("Account", "Xero_Payment_Status_Now__c"), ("Case", "Xero_Days_Overdue__c")]
)
def test_a_formula_stands_behind_the_fields_that_it_names(
    package: dict[str, bytes], object_name: str, formula: str
) -> None:
    root = ET.fromstring(package[f"objects/{object_name}.object"])
    names = [field.findtext(f"{TAG}fullName") for field in root.findall(f"{TAG}fields")]

    assert names[-1] == formula


def test_a_standard_object_file_adds_fields_and_changes_nothing_else(package: dict[str, bytes]) -> None:
    for name in FIELDS:
        if name.endswith("__c"):
            continue
        assert {child.tag for child in ET.fromstring(package[f"objects/{name}.object"])} == {f"{TAG}fields"}


def test_every_element_is_one_that_the_metadata_api_knows(
    package: dict[str, bytes], schema: dict[str, dict[str, str]]
) -> None:
    kinds = {
        ".tab": "CustomTab",
        ".object": "CustomObject",
        ".permissionset": "PermissionSet",
        "package.xml": "Package",
    }
    for name, body in package.items():
        kind = next(kind for suffix, kind in kinds.items() if name.endswith(suffix))
        root = ET.fromstring(body)
        assert root.tag == f"{TAG}{kind}"
        assert unknown_elements(root, kind, schema) == []


def test_an_element_that_the_metadata_api_does_not_know_is_noticed_by_this_test_file(
    schema: dict[str, dict[str, str]],
) -> None:
    root = ET.fromstring(f'<CustomObject xmlns="{NAMESPACE}"><fields><lenght>3</lenght></fields></CustomObject>')

    assert unknown_elements(root, "CustomObject", schema) == ["CustomField.lenght"]


def field(package: dict[str, bytes], object_name: str, name: str) -> dict[str, str]:
    root = ET.fromstring(package[f"objects/{object_name}.object"])
    found = next(one for one in root.findall(f"{TAG}fields") if one.findtext(f"{TAG}fullName") == name)
    return {child.tag.removeprefix(TAG): child.text or "" for child in found}


@pytest.mark.parametrize(
    ("object_name", "name", "length", "required"),
    [
        ("Account", "Xero_Contact_ID__c", "36", "false"),
        ("Activity", "Xero_Alert_Key__c", "120", "false"),
        ("Case", "Xero_Invoice_Key__c", "80", "false"),
        ("Contact", "Xero_Person_Key__c", "160", "false"),
        ("Opportunity", "Xero_Quote_ID__c", "80", "false"),
        ("OpportunityLineItem", "Xero_Line_Key__c", "120", "false"),
        ("Xero_Contact__c", "Key__c", "80", "true"),
        ("Xero_Invoice__c", "Key__c", "80", "true"),
    ],
)
def test_upsert_keys_are_unique_external_ids_without_regard_to_case(
    package: dict[str, bytes], object_name: str, name: str, length: str, required: str
) -> None:
    key = field(package, object_name, name)

    wanted = ("type", "length", "externalId", "unique", "caseSensitive", "required")
    assert {tag: key[tag] for tag in wanted} == {
        "type": "Text",
        "length": length,
        "externalId": "true",
        "unique": "true",
        "caseSensitive": "false",
        "required": required,
    }


def test_days_overdue_is_a_formula_that_is_empty_when_the_case_is_closed_or_has_no_due_date(
    package: dict[str, bytes],
) -> None:
    days = field(package, "Case", "Xero_Days_Overdue__c")

    wanted = ("type", "formula", "formulaTreatBlanksAs", "precision", "scale")
    assert {tag: days[tag] for tag in wanted} == {
        "type": "Number",
        "formula": "IF(ISBLANK(Xero_Due_Date__c) || IsClosed, NULL, TODAY() - Xero_Due_Date__c)",
        "formulaTreatBlanksAs": "BlankAsBlank",
        "precision": "18",
        "scale": "0",
    }


def test_the_payment_status_is_unknown_once_its_figures_are_three_days_old(package: dict[str, bytes]) -> None:
    status = field(package, "Account", "Xero_Payment_Status_Now__c")

    wanted = ("type", "formula", "formulaTreatBlanksAs")
    assert {tag: status[tag] for tag in wanted} == {
        "type": "Text",
        "formula": (
            'IF(ISPICKVAL(Xero_Payment_Status__c, ""), "", '
            'IF(OR(ISBLANK(Xero_As_Of__c), NOW() - Xero_As_Of__c > 3), "Unknown", TEXT(Xero_Payment_Status__c)))'
        ),
        "formulaTreatBlanksAs": "BlankAsBlank",
    }


@pytest.mark.parametrize(
    ("object_name", "name", "values"),
    [
        ("Account", "Xero_Payment_Status__c", ["No invoices", "Paid", "Outstanding", "Overdue", "Unknown"]),
        ("Xero_Invoice__c", "Type__c", ["Invoice", "Credit note"]),
        (
            "Xero_Invoice__c",
            "Status__c",
            [
                "Draft",
                "Awaiting approval",
                "Awaiting payment",
                "Part paid",
                "Paid",
                "Overdue",
                "Voided",
                "Deleted",
                "Unknown",
            ],
        ),
    ],
)
def test_a_picklist_takes_its_own_values_and_no_others(
    package: dict[str, bytes], object_name: str, name: str, values: list[str]
) -> None:
    root = ET.fromstring(package[f"objects/{object_name}.object"])
    found = next(one for one in root.findall(f"{TAG}fields") if one.findtext(f"{TAG}fullName") == name)

    assert found.findtext(f"{TAG}valueSet/{TAG}restricted") == "true"
    assert [one.findtext(f"{TAG}fullName") for one in found.iter(f"{TAG}value")] == values
    assert [one.findtext(f"{TAG}label") for one in found.iter(f"{TAG}value")] == values


def test_money_is_a_currency_field_of_eighteen_digits_two_of_them_decimals(package: dict[str, bytes]) -> None:
    money = [(one.object_name, one.name) for one in read_source().fields if one.text("type") == "Currency"]

    assert len(money) == 13
    for object_name, name in money:
        found = field(package, object_name, name)
        assert (found["precision"], found["scale"]) == ("18", "2"), name


@pytest.mark.parametrize(
    ("object_name", "name", "target"),
    [
        ("Xero_Contact__c", "Account__c", "Account"),
        ("Xero_Invoice__c", "Account__c", "Account"),
        ("Xero_Invoice__c", "Opportunity__c", "Opportunity"),
    ],
)
def test_a_merged_or_deleted_parent_leaves_our_record_behind(
    package: dict[str, bytes], object_name: str, name: str, target: str
) -> None:
    lookup = field(package, object_name, name)

    assert (lookup["type"], lookup["referenceTo"], lookup["deleteConstraint"]) == ("Lookup", target, "SetNull")


@pytest.mark.parametrize("object_name", ["Xero_Contact__c", "Xero_Invoice__c"])
def test_the_three_access_switches_of_a_custom_object_agree(package: dict[str, bytes], object_name: str) -> None:
    root = ET.fromstring(package[f"objects/{object_name}.object"])
    switches = ("enableBulkApi", "enableSharing", "enableStreamingApi")

    assert {root.findtext(f"{TAG}{name}") for name in switches} == {"true"}
    assert root.findtext(f"{TAG}deploymentStatus") == "Deployed"


def test_a_list_view_shows_and_filters_fields_that_the_object_has(package: dict[str, bytes]) -> None:
    root = ET.fromstring(package["objects/Xero_Invoice__c.object"])
    views = root.findall(f"{TAG}listViews")

    assert [view.findtext(f"{TAG}label") for view in views] == ["All", "Open credit notes", "Overdue invoices"]
    for view in views:
        named = {one.text for one in view.iter() if one.tag in (f"{TAG}columns", f"{TAG}field")}
        assert named <= {"NAME", *INVOICE_FIELDS}


def test_every_label_and_help_text_fits_what_salesforce_takes(package: dict[str, bytes]) -> None:
    """Field label 40, help text 510, description 1,000 characters (Salesforce Help, "Custom Field Attributes")."""
    for source in read_source().fields:
        one = field(package, source.object_name, source.name)
        assert 0 < len(one["label"]) <= 40, source.name
        assert 0 < len(one["inlineHelpText"]) <= 510, source.name
        assert 0 < len(one["description"]) <= 1000, source.name


def test_the_same_source_gives_the_same_bytes() -> None:
    assert build_package() == build_package()


def test_nothing_of_the_machine_or_the_hour_is_in_the_zip() -> None:
    with zipfile.ZipFile(io.BytesIO(build_package())) as archive:
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.create_system, entry.external_attr >> 16, entry.compress_type) for entry in entries} == {
        (3, 0o644, zipfile.ZIP_STORED)
    }


def test_xml_carries_its_namespace_as_the_default_one(package: dict[str, bytes]) -> None:
    for body in package.values():
        assert body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n')
        assert len(re.findall(rb"xmlns(:\w+)?=", body)) == 1
