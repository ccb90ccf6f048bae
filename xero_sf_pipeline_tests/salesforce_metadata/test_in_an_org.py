"""The package in an org whose integration user has `Xero_Sync` and nothing else: all that is planned can be written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from simple_salesforce import Salesforce

from xero_sf_pipeline.salesforce_metadata import (
    CREATED_STANDARD_FIELDS,
    OBJECTS,
    WRITTEN_STANDARD_FIELDS,
    build_package,
    expected_fields,
)
from xero_sf_pipeline.sandbox.clock import SandboxClock
from xero_sf_pipeline.sandbox.running import running_sandbox
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline.sandbox.sandbox import Sandbox
from xero_sf_pipeline_tests.sandbox.salesforce.conftest import START, connect, wsdl_once

__all__ = ["wsdl_once"]

BY_TYPE: dict[str, Any] = {
    "currency": 1234.56,
    "date": "2026-03-16",
    "datetime": "2026-03-16T09:00:00.000+0000",
    "double": 12.0,
    "url": "https://go.xero.com/app/1",
}
"""A value of each type, as the API gives it back."""


@pytest.fixture(scope="module")
def org() -> Iterator[tuple[SalesforceState, Salesforce]]:
    sandbox = Sandbox(clock=SandboxClock(START, frozen=True))
    sandbox.salesforce.install_package(build_package())
    sandbox.salesforce.grant_nothing_by_profile()
    with running_sandbox(sandbox=sandbox) as running:
        client = connect(running.url)
        yield sandbox.salesforce, client
        client.session.close()
    sandbox.close()


@pytest.fixture(scope="module")
def known(org: tuple[SalesforceState, Salesforce]) -> dict[str, str]:
    """Records that others may refer to, by field name."""
    state, _ = org
    account = state.insert("Account", {"Name": "known"})
    deal = state.insert("Opportunity", {"Name": "known", "StageName": "Prospecting", "CloseDate": START.date()})
    (book,) = [row["Id"] for row in state.rows("Pricebook2")]
    widget = state.insert("Product2", {"Name": "priced", "IsActive": True})
    entry = state.insert(
        "PricebookEntry", {"Pricebook2Id": book, "Product2Id": widget, "UnitPrice": 1, "IsActive": True}
    )
    return {
        "AccountId": account, "Account__c": account, "WhatId": account, "OwnerId": state.user_id,
        "OpportunityId": deal, "Opportunity__c": deal, "Pricebook2Id": book, "PricebookEntryId": entry,
        "Product2Id": state.insert("Product2", {"Name": "without a price", "IsActive": True}),
    }  # fmt: skip


SPECIAL: dict[str, Any] = {
    "ActivityDate": "2026-03-20",
    "Amount": 99.5,
    "CloseDate": "2026-03-20",
    "Email": "ann@example.com",
    "IsActive": True,
    "Priority": "High",
    "Quantity": 2.0,
    "ServiceDate": "2026-03-20",
    "StageName": "Prospecting",
    "TotalPrice": 21.0,
    "UnitPrice": 10.5,
    "UseStandardPrice": False,
}
"""Standard fields that are no plain text."""


def body_of(object_name: str, known: dict[str, str]) -> dict[str, Any]:
    """A record with every field that a plan may write."""
    body: dict[str, Any] = {}
    for one in expected_fields():
        if one.object_name != object_name or not one.is_written:
            continue
        if one.type == "picklist":
            body[one.name] = {"Type__c": "Credit note", "Status__c": "Part paid"}.get(one.name, "Outstanding")
        elif one.type == "reference":
            body[one.name] = known[one.name]
        else:
            body[one.name] = BY_TYPE.get(one.type, "x" * one.length)
    names = WRITTEN_STANDARD_FIELDS.get(object_name, frozenset()) | CREATED_STANDARD_FIELDS.get(
        object_name, frozenset()
    )
    for name in names:
        body[name] = known.get(name, SPECIAL.get(name, f"a {name}"))
    return body


@pytest.mark.parametrize("object_name", [one.name for one in OBJECTS if one.is_written])
def test_every_field_that_a_plan_may_write_is_written_and_read_back(
    org: tuple[SalesforceState, Salesforce], known: dict[str, str], object_name: str
) -> None:
    _, sf = org
    body = body_of(object_name, known)
    record = {"attributes": {"type": object_name}, **body}

    (created,) = sf.restful("composite/sobjects", method="POST", json={"records": [record]})

    assert created["errors"] == []
    (found,) = sf.query(f"SELECT {', '.join(body)} FROM {object_name} WHERE Id = '{created['id']}'")["records"]
    assert {name: found[name] for name in body} == body
    changes = {
        name: value for name, value in body.items() if name not in CREATED_STANDARD_FIELDS.get(object_name, frozenset())
    }
    update = {"attributes": {"type": object_name}, "id": created["id"], **changes}
    (updated,) = sf.restful("composite/sobjects", method="PATCH", json={"records": [update]})
    assert updated["errors"] == []


@pytest.mark.parametrize(
    ("object_name", "key"),
    sorted({(one.object_name, one.name) for one in expected_fields() if one.external_id and one.unique}),
)
def test_every_key_finds_its_record_again_instead_of_making_a_second_one(
    org: tuple[SalesforceState, Salesforce], known: dict[str, str], object_name: str, key: str
) -> None:
    _, sf = org
    record = {"attributes": {"type": object_name}, **body_of(object_name, known), key: f"{object_name}:again"}
    again = {name: value for name, value in record.items() if name not in CREATED_STANDARD_FIELDS.get(object_name, ())}

    answers = [
        sf.restful(f"composite/sobjects/{object_name}/{key}", method="PATCH", json={"records": [body]})[0]
        for body in (record, again)
    ]

    assert [(one["errors"], one["created"]) for one in answers] == [([], True), ([], False)]
    assert answers[0]["id"] == answers[1]["id"]
