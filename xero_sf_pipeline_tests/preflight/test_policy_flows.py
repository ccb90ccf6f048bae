"""What quotes, alerts, totals and mapped fields need from an org."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xero_sf_pipeline.clients.salesforce_results import FieldDescription, ObjectDescription
from xero_sf_pipeline.policy import Policy, parse_policy
from xero_sf_pipeline.preflight.policy_flows import check_flows
from xero_sf_pipeline.preflight.policy_values import picklist_values
from xero_sf_pipeline.preflight.result import CheckResult, Severity

STAGES = {
    "Prospecting": (False, False),
    "Proposal/Price Quote": (False, False),
    "Negotiation/Review": (False, False),
    "Closed Won": (True, True),
    "Closed Lost": (True, False),
}
TAX_NUMBER = FieldDescription("VAT__c", "string", 80, 0, 0, False, False, True, True, False, (), None, ())


def answers(soql: str) -> list[dict[str, object]]:
    """What a fresh org says; its currencies are pounds (corporate) and dollars."""
    if "TaskStatus" in soql:
        return [{"ApiName": name, "IsClosed": name == "Completed"} for name in ("Not Started", "Completed")]
    if "OpportunityStage" in soql:
        return [{"ApiName": name, "IsClosed": one[0], "IsWon": one[1]} for name, one in STAGES.items()]
    if "CurrencyType" in soql:
        return [{"IsoCode": code, "IsCorporate": code == "GBP"} for code in ("GBP", "USD")]
    raise AssertionError(soql)


def described(*names: str, tax_number: FieldDescription = TAX_NUMBER) -> dict[str, ObjectDescription]:
    fields = {"VAT__c": tax_number}
    return {name: ObjectDescription(name, fields if name == "Account" else {}, True, True, True) for name in names}


def lines(policy: Policy, *objects: str, tax_number: FieldDescription = TAX_NUMBER) -> dict[str, CheckResult]:
    found = list(check_flows(policy, described(*objects, tax_number=tax_number), answers))
    assert len({line.name for line in found}) == len(found)
    return {line.name.removeprefix("policy "): line for line in found}


def test_flows_that_are_off_ask_nothing() -> None:
    assert lines(Policy(), "Account") == {}
    assert not [one for one in picklist_values(Policy()) if one.object_name in ("Opportunity", "Product2", "Task")]


def test_flows_that_are_on_name_every_value_that_they_write() -> None:
    policy = parse_policy(
        {
            "alerts": {"enabled": True, "credit_note_issued": {"enabled": False}},
            "quotes": {"enabled": True, "type": "New Customer"},
            "catalogue": {"direction": "xero_to_salesforce", "product_family": "Hardware"},
            "parties": {"enabled": True, "create_xero_contacts": ["Customer - Direct"]},
        }
    )

    named = {(one.object_name, one.field, one.value) for one in picklist_values(policy)}
    places = {one.where for one in picklist_values(policy)}

    assert {
        ("Task", "Status", "Completed"),
        ("Task", "Priority", "High"),
        ("Opportunity", "StageName", "Closed Won"),
        ("Opportunity", "Type", "New Customer"),
        ("Product2", "Family", "Hardware"),
        ("Account", "Type", "Customer - Direct"),
    } <= named
    assert "alerts.overdue_beyond_limit.priority" in places
    assert "alerts.credit_note_issued.priority" not in places
    assert "quotes.stages.INVOICED" in places


def test_a_closing_status_of_alerts_that_does_not_close_a_task_is_an_error() -> None:
    fine = lines(parse_policy({"alerts": {"enabled": True}}))
    wrong = lines(parse_policy({"alerts": {"enabled": True, "closed_status": "Not Started"}}))

    assert fine["task statuses"].detail == "'Completed' closes a task, 'Not Started' does not"
    assert wrong["task statuses"] == CheckResult(
        "policy task statuses",
        False,
        "'Not Started' (alerts.closed_status) does not close a task",
        "Edit the policy. Statuses that close a task: Completed.",
        Severity.ERROR,
    )


def test_a_stage_that_means_something_else_than_the_quotes_status_is_a_warning() -> None:
    fine = lines(parse_policy({"quotes": {"enabled": True}}))
    odd = lines(
        parse_policy({"quotes": {"enabled": True, "stages": {"ACCEPTED": "Closed Won", "DECLINED": "Prospecting"}}})
    )

    assert fine["quote stages"].ok
    assert (odd["quote stages"].severity, odd["quote stages"].detail) == (
        Severity.WARNING,
        "'Closed Won' (quotes.stages.ACCEPTED) is won, not open; "
        "'Prospecting' (quotes.stages.DECLINED) is open, not lost",
    )


@pytest.mark.parametrize(
    ("currency", "severity", "detail"),
    [
        (None, Severity.INFO, "totals are in GBP, the corporate currency"),
        ("GBP", Severity.INFO, "totals are in GBP, the corporate currency"),
        ("USD", Severity.WARNING, "totals are in USD (currency.salesforce), accounts may be in another currency"),
        ("NZD", Severity.ERROR, "NZD (currency.salesforce) is no active currency of the org"),
    ],
)
def test_totals_are_in_an_active_currency_of_the_org(currency: str | None, severity: Severity, detail: str) -> None:
    found = lines(parse_policy({"currency": {"salesforce": currency}}), "CurrencyType")["currency"]

    assert (found.severity, found.detail) == (severity, detail)


def test_a_field_that_the_policy_names_has_to_be_there() -> None:
    policy = parse_policy({"parties": {"tax_number_field": "Tax_ID__c"}})

    found = lines(policy, "Account")["fields Account"]

    assert (found.severity, found.detail) == (
        Severity.ERROR,
        "the policy names Tax_ID__c, missing or hidden from the integration user",
    )


@pytest.mark.parametrize(
    ("direction", "severity", "part"),
    [("to_salesforce", Severity.ERROR, "may not write it"), ("to_xero", Severity.INFO, "VAT__c: visible")],
)
def test_a_mapped_field_has_to_take_what_the_mapping_writes(direction: str, severity: Severity, part: str) -> None:
    mapping = {"salesforce": "Account.VAT__c", "xero": "Contact.CompanyNumber", "direction": direction}

    found = lines(
        parse_policy({"mappings": [mapping]}), "Account", tax_number=replace(TAX_NUMBER, is_updateable=False)
    )["fields Account"]

    assert found.severity is severity
    assert part in found.detail


@pytest.mark.parametrize(
    ("field", "rule", "severity", "part"),
    [
        (TAX_NUMBER, "xero_wins", Severity.INFO, "VAT__c: visible"),
        (replace(TAX_NUMBER, type="double"), "review", Severity.ERROR, "is of type double"),
        (replace(TAX_NUMBER, is_calculated=True), "review", Severity.ERROR, "is a formula"),
        (replace(TAX_NUMBER, is_updateable=False), "xero_wins", Severity.ERROR, "is read-only"),
        (replace(TAX_NUMBER, is_updateable=False), "salesforce_wins", Severity.INFO, "visible"),
        (replace(TAX_NUMBER, length=20), "review", Severity.WARNING, "holds 20 characters"),
    ],
)
def test_a_tax_number_field_has_to_fit_what_the_policy_does_with_it(
    field: FieldDescription, rule: str, severity: Severity, part: str
) -> None:
    policy = parse_policy({"parties": {"enabled": True, "tax_number_field": "VAT__c", "fields": {"tax_number": rule}}})

    found = lines(policy, "Account", tax_number=field)["fields Account"]

    assert found.severity is severity
    assert part in found.detail
