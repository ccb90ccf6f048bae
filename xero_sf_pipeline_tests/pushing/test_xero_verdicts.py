"""Pure rules of the push to Xero: when a record holds what was meant, verdicts, classes of messages, batches."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.pushing.outcomes import ErrorClass, remedy
from xero_sf_pipeline.pushing.verification import Finding, Verdict
from xero_sf_pipeline.pushing.writes import Endpoint, Lane, Write
from xero_sf_pipeline.pushing.xero_delivery import batches
from xero_sf_pipeline.pushing.xero_lookup import judge_change, judge_create
from xero_sf_pipeline.pushing.xero_objects import element, is_create, own_key, record_id
from xero_sf_pipeline.pushing.xero_outcomes import classify_messages
from xero_sf_pipeline.pushing.xero_values import holds, unlike

TENANT, DEAL, GUID = (
    "7c0f4f4e-0000-4000-8000-000000000001",
    "0065g00000ABCDEAA2",
    "1a2b3c4d-0000-4000-8000-000000000001",
)


def write(payload: dict[str, Any], before: dict[str, Any] | None = None, **fields: Any) -> Write:
    known = {
        "write_id": "w",
        "kind": "invoice.create",
        "target_system": "xero",
        "target_object": "Invoice",
        "action": "upsert",
        "target_key_field": "Reference",
        "target_key": f"{TENANT}:{DEAL}/1",
        "target_id": None,
    }
    return Write(**{**known, **fields}, payload_text=json.dumps(payload), before_text=json.dumps(before or {}))


@pytest.mark.parametrize(
    ("meant", "held", "expected"),
    [
        ("2026-03-16", "/Date(1773619200000+0000)/", True),
        ("2026-03-17", "/Date(1773619200000+0000)/", False),
        (Decimal("9.50"), Decimal("9.5"), True),
        ("", None, True),
        (None, "", True),
        ([], None, True),
        ({"ContactID": "a"}, {"ContactID": "a", "Name": "Acme", "Phones": []}, True),
        ({"ContactID": "a"}, None, False),
        ([{"UnitAmount": 1}], [{"UnitAmount": Decimal("1.0000"), "LineItemID": "x"}], True),
        ([{"UnitAmount": 1}], [{"UnitAmount": 1}, {"UnitAmount": 2}], False),
        ([{"LineItemID": "b", "Quantity": 2}], [{"LineItemID": "b", "Quantity": 2}], True),
        ("text", {"a": 1}, False),
    ],
)
def test_a_record_holds_what_is_meant_whatever_it_has_beside(meant: Any, held: Any, expected: bool) -> None:
    assert holds(meant, held) is expected


def test_one_address_or_phone_is_compared_with_its_like_wherever_it_stands() -> None:
    record = {"Phones": [{"PhoneType": "DDI", "PhoneNumber": ""}, {"PhoneType": "DEFAULT", "PhoneNumber": "123"}]}
    assert unlike({"Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "123"}]}, record, ["Phones"]) == []
    assert unlike({"Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "9"}]}, record, ["Phones"]) == ["Phones"]


def test_lines_with_ids_are_told_apart_by_them_and_a_line_that_is_gone_is_a_difference() -> None:
    shown = [{"LineItemID": "1", "Quantity": 1}, {"LineItemID": "2", "Quantity": 2}]
    assert holds([shown[1], shown[0]], shown, "LineItems")
    assert not holds([shown[0]], shown, "LineItems")


def test_a_key_names_tenant_and_record_and_tells_what_creates() -> None:
    create = write({"Reference": f"{DEAL}/1"})
    assert (create.lane, own_key(create), is_create(create)) == (Lane("xero", TENANT), f"{DEAL}/1", True)
    contact = write(
        {"Name": "A"},
        target_object="Contact",
        target_key_field="ContactID",
        target_key=f"{TENANT}:{GUID}",
        action="update",
    )
    assert (record_id(contact), is_create(contact)) == (GUID, False)
    assert element(contact) == {"Name": "A", "ContactID": GUID}
    lost = write({"DueDate": "2026-01-01"}, {"DueDate": "2026-01-02"}, action="update")
    assert (record_id(lost), is_create(lost)) == (None, False)
    assert judge_change(lost, None).verdict is Verdict.DRIFTED


def test_a_create_gets_its_own_key_when_the_payload_does_not_say_it() -> None:
    assert element(write({"Type": "ACCREC"})) == {"Type": "ACCREC", "Reference": f"{DEAL}/1"}


RECORD = {"InvoiceID": GUID, "Reference": f"{DEAL}/1", "Status": "DRAFT", "Contact": {"ContactID": "a", "Name": "Acme"}}


def test_what_carries_our_key_and_is_as_planned_or_tried_before_is_ours() -> None:
    planned = write({"Contact": {"ContactID": "a"}, "LineItems": [{"Quantity": 1}]})
    assert judge_create(planned, [RECORD]) == Finding(Verdict.CONFIRMED, "The record is there already.", GUID, RECORD)
    whole = {**RECORD, "LineItems": [{"Quantity": 1, "LineAmount": 5}]}
    assert judge_create(planned, [whole], with_lines=True).verdict is Verdict.CONFIRMED
    by_hand = {**RECORD, "LineItems": [{"Quantity": 2}]}
    assert judge_create(planned, [by_hand]).verdict is Verdict.CONFIRMED  # a summary's lines say nothing
    assert "differs in LineItems" in judge_create(planned, [by_hand], with_lines=True).message
    other = {**RECORD, "Contact": {"ContactID": "b"}}
    assert judge_create(planned, [other]).verdict is Verdict.DRIFTED
    tried = write({"Contact": {"ContactID": "a"}}, first_attempted_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert judge_create(tried, [other]).message == "The record is there already. Contact changed since."
    gone = {**RECORD, "Status": "VOIDED"}
    assert judge_create(tried, [gone]).verdict is Verdict.DRIFTED
    assert judge_create(planned, [RECORD, RECORD]).verdict is Verdict.DRIFTED
    assert judge_create(planned, []) == Finding(Verdict.SEND)


@pytest.mark.parametrize(
    ("message", "code", "expected"),
    [
        (
            "The contact name A is already assigned to another contact. The contact name must be unique across all "
            "active contacts.",
            "NOT_UNIQUE",
            ErrorClass.DUPLICATE,
        ),
        ("Invoice # must be unique.", "NOT_UNIQUE", ErrorClass.DUPLICATE),
        ("Price List Item with Code 'abc' already exists", "NOT_UNIQUE", ErrorClass.DUPLICATE),
        (
            "The document date cannot be before the period lock date, currently set at 30-Nov-2018",
            "LOCKED_PERIOD",
            ErrorClass.VALIDATION,
        ),
        ("Invoice not of valid status for modification", "INVALID_STATUS", ErrorClass.CONFLICT),
        ("The contact has been archived and cannot be used", "INVALID_STATUS", ErrorClass.CONFLICT),
        ("Account code '999' is not a valid code for this document.", "UNKNOWN_CODE", ErrorClass.MAPPING),
        ("The TaxType code 'X' does not exist", "UNKNOWN_CODE", ErrorClass.MAPPING),
        ("The field Name exceeds its maximum length of 255", "BAD_VALUE", ErrorClass.MAPPING),
        ("A sentence of next year", "VALIDATION", ErrorClass.VALIDATION),
    ],
)
def test_sentences_of_xero_become_classes(message: str, code: str, expected: ErrorClass) -> None:
    assert classify_messages(["A sentence of next year", message]) == (code, expected)


def test_a_refusal_without_a_sentence_is_a_validation() -> None:
    assert classify_messages([]) == ("VALIDATION", ErrorClass.VALIDATION)


def test_remedies_name_the_system_that_refused() -> None:
    for error_class in (ErrorClass.VALIDATION, ErrorClass.MAPPING, ErrorClass.AUTH, ErrorClass.DUPLICATE):
        here, there = (remedy(error_class, 200, parked=True, system=system) for system in ("xero", "salesforce"))
        assert here != there
    assert "Xero" in remedy("mapping", 200, parked=True, system="xero")
    assert "Salesforce" in remedy("mapping", 200, parked=True, system="salesforce")
    assert "dismiss" in remedy("mapping", 200, parked=False, system="xero", is_warning=True)


def test_batches_keep_their_order_and_cut_at_whichever_limit_comes_first() -> None:
    writes = [write({"Reference": f"{DEAL}/1", "n": n}) for n in range(5)]
    assert [len(batch) for batch in batches(writes, 2, 10**6)] == [2, 2, 1]
    assert [len(batch) for batch in batches(writes, 50, 120)] == [2, 2, 1]
    assert [len(batch) for batch in batches(writes, 50, 1)] == [1] * 5
    assert [w for batch in batches(writes, 2, 10**6) for w in batch] == writes


def test_an_object_without_external_id_is_inserted_and_then_changed_by_id() -> None:
    product = write(
        {"Name": "x"}, target_system="salesforce", target_object="Product2", target_key_field="ProductCode",
        target_key="k",
    )  # fmt: skip
    assert (product.endpoint, product.record()) == (Endpoint.INSERT, {"ProductCode": "k", "Name": "x"})
    known = write(
        {"IsActive": False}, target_system="salesforce", target_object="Product2", target_key_field="ProductCode",
        target_key="k", target_id="01t1",
    )  # fmt: skip
    assert (known.endpoint, known.record()) == (Endpoint.UPDATE, {"Id": "01t1", "IsActive": False})
    price = write(
        {"UnitPrice": 1}, target_system="salesforce", target_object="PricebookEntry", target_key_field="ProductCode",
        target_key="SEAT",
    )  # fmt: skip
    assert price.record() == {"UnitPrice": 1}


def test_references_are_found_and_replaced_at_any_depth_and_numbers_stay_exact() -> None:
    payload = '{"Contact": {"ContactID": {"$write": "w1"}}, "Lines": [{"Id": {"$write": "w2"}, "Amount": 0.10}]}'
    named = Write("w", "invoice.create", "Invoice", "upsert", "Reference", "t:k", None, payload, target_system="xero")
    assert named.references == {"w1", "w2"}
    done = named.with_references({"w1": "A", "w2": "B", "w3": "C"})
    assert done.payload == {"Contact": {"ContactID": "A"}, "Lines": [{"Id": "B", "Amount": Decimal("0.10")}]}
    assert done.write_id == named.write_id
    with pytest.raises(KeyError):
        named.with_references({"w1": "A"})
