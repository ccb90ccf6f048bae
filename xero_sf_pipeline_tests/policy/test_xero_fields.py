"""The fields of Xero that a mapping may name: as many as the contract has, with its types, words and lengths."""

from __future__ import annotations

import gzip
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from xero_python.accounting import models

from xero_sf_pipeline.policy.xero_fields import API_OBJECTS, XeroField, XeroKind, value_of, xero_fields

CONTRACT = Path(__file__).parents[1] / "data" / "xero_accounting.yaml.gz"
NOT_IN_THE_CONTRACT = {
    "Invoice": {"EnteredTotal", "RoundingAmount"},
    "Item": {"QuantityAvailable", "QuantityOnBackOrder"},
}
"""Fields that the client library knows and the contract file does not."""
ABOUT_THE_ANSWER = {"StatusAttributeString", "HasErrors", "HasValidationErrors"}


@cache
def schemas() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content = yaml.load(gzip.decompress(CONTRACT.read_bytes()), Loader=loader)
    found: dict[str, Any] = content["components"]["schemas"]
    return found


def scalars(schema: str, prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Path and property of every scalar of the contract; the contact of a document has its id and name."""
    for name, field in schemas()[schema]["properties"].items():
        path = f"{prefix}{name}"
        target = field.get("$ref", "").rpartition("/")[2]
        if name in ABOUT_THE_ANSWER or field.get("type") == "array":
            continue
        if target == "Contact":
            properties = schemas()["Contact"]["properties"]
            yield from ((f"{path}.{part}", properties[part]) for part in ("ContactID", "Name"))
        elif target and "properties" in schemas()[target]:
            yield from scalars(target, f"{path}.")
        else:
            yield path, schemas()[target] | {"$ref": None} if target else field


@pytest.mark.parametrize("api_object", API_OBJECTS)
def test_every_scalar_of_the_contract_can_be_mapped_and_no_other(api_object: str) -> None:
    more = NOT_IN_THE_CONTRACT.get(api_object, set())
    assert set(xero_fields(api_object)) - more == {path for path, _ in scalars(api_object)}


def kind_of(field: dict[str, Any]) -> XeroKind:
    if field.get("enum"):
        return XeroKind.ENUM
    if field.get("x-is-msdate"):
        return XeroKind.DATE
    if field.get("x-is-msdate-time"):
        return XeroKind.INSTANT
    kinds = {"number": XeroKind.DECIMAL, "integer": XeroKind.INTEGER, "boolean": XeroKind.BOOLEAN}
    return kinds.get(field["type"], XeroKind.TEXT)


@pytest.mark.parametrize("api_object", API_OBJECTS)
def test_kinds_words_and_lengths_are_those_of_the_contract(api_object: str) -> None:
    found = xero_fields(api_object)
    for path, field in scalars(api_object):
        one = found[path]
        assert (path, one.kind) == (path, kind_of(field))
        assert set(one.choices) == {word for word in field.get("enum") or () if word}, path
        if one.longest is not None and "maxLength" in field:
            assert one.longest == field["maxLength"], path
        assert not (one.is_writable and field.get("readOnly")), path


@pytest.mark.parametrize("api_object", API_OBJECTS)
def test_a_word_that_the_client_library_checks_is_known(api_object: str) -> None:
    """The library reads an unnamed enum as a text with a list of words in its setter."""
    model = getattr(models, api_object)
    found = xero_fields(api_object)
    for attribute, name in model.attribute_map.items():
        listed = re.search(r"allowed_values = \[(.*?)\]", inspect.getsource(getattr(model, attribute).fset), re.DOTALL)
        if listed:
            assert set(found[name].choices) == set(re.findall(r'"(\w+)"', listed[1])) - {"None"}


def test_nested_fields_are_reached_by_their_path() -> None:
    assert xero_fields("Contact")["Balances.AccountsReceivable.Outstanding"] == XeroField(
        "Balances.AccountsReceivable.Outstanding", XeroKind.DECIMAL
    )
    assert xero_fields("Contact")["PaymentTerms.Sales.Day"] == XeroField(
        "PaymentTerms.Sales.Day", XeroKind.INTEGER, is_writable=True, written_with="PaymentTerms.Sales.Type"
    )
    assert xero_fields("Item")["PurchaseDetails.AccountCode"] == XeroField(
        "PurchaseDetails.AccountCode", XeroKind.TEXT, longest=10, is_writable=True
    )
    assert xero_fields("Invoice")["Contact.Name"] == XeroField("Contact.Name", XeroKind.TEXT)


@pytest.mark.parametrize("api_object", API_OBJECTS)
def test_every_writable_text_has_a_longest_and_nothing_else_has(api_object: str) -> None:
    for field in xero_fields(api_object).values():
        has_limit = field.is_writable and field.kind is XeroKind.TEXT
        assert (field.longest is not None) == has_limit, field
        partner = field.written_with
        assert partner is None or xero_fields(api_object)[partner].written_with == field.path


def test_an_object_that_no_mapping_reaches_is_named_as_such() -> None:
    with pytest.raises(ValueError, match="Payment is no Xero record that can be mapped"):
        xero_fields("Payment")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Name", "Acme"),
        ("Balances.AccountsReceivable.Outstanding", 12.5),
        ("Balances.AccountsPayable.Outstanding", None),
        ("PaymentTerms.Sales.Day", None),
        ("Name.First", None),
    ],
)
def test_a_value_is_read_by_its_path_and_none_where_the_way_ends(path: str, value: object) -> None:
    contact = {"Name": "Acme", "Balances": {"AccountsReceivable": {"Outstanding": 12.5}}, "PaymentTerms": None}
    assert value_of(contact, path) == value


def test_the_client_library_is_not_imported_with_the_policy() -> None:
    code = "import sys, xero_sf_pipeline.policy.xero_fields; print('xero_python' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
