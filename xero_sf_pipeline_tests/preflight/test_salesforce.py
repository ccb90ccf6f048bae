"""Preflight of Salesforce against the sandbox, with one thing broken at a time."""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clients.salesforce import SalesforceClient
from xero_sf_pipeline.clock import SystemClock
from xero_sf_pipeline.policy import Policy, parse_policy
from xero_sf_pipeline.preflight.result import CheckResult, Severity
from xero_sf_pipeline.preflight.salesforce import check_salesforce
from xero_sf_pipeline.salesforce_metadata import OBJECTS, build_package, deploy, expected_fields
from xero_sf_pipeline.salesforce_metadata.source import PermissionSetSource, read_source
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.settings import Settings
from xero_sf_pipeline_tests.preflight.conftest import SettingsWith

STANDARD_VALUES = parse_policy({"cases": {"type": "Other", "origin": "Web"}, "accounts": {"create": {"type": None}}})
"""A policy with values that an untouched org has."""


@pytest.fixture
def installed(running: RunningSandbox) -> RunningSandbox:
    running.sandbox.salesforce.install_package(build_package())
    return running


def check(settings: Settings, policy: Policy | None = STANDARD_VALUES) -> dict[str, CheckResult]:
    clock = SystemClock()
    governor = Governor.from_settings(settings, clock)
    with SalesforceClient(settings, clock, governor, retry=Retry(attempts=1), urgent=True) as client:
        found = list(check_salesforce(settings, clock, client, governor, policy))
    governor.close()
    assert len({line.name for line in found}) == len(found)
    return {line.name: line for line in found}


def errors(found: dict[str, CheckResult]) -> dict[str, str]:
    return {line.name: line.detail for line in found.values() if line.severity is Severity.ERROR}


def test_an_org_with_everything_in_place_passes_in_few_calls(
    installed: RunningSandbox, settings_with: SettingsWith
) -> None:
    found = check(settings_with())

    assert [line for line in found.values() if not line.ok] == []
    assert {"salesforce credentials", "salesforce clock", "salesforce API version", "salesforce calls left"} < set(
        found
    )
    asked = [one.name for one in OBJECTS if one.name != "CurrencyType"]
    assert {f"salesforce {what} {name}" for what in ("fields", "permissions") for name in asked} < set(found)
    keyed = ("Account", "Case", "Contact", "Opportunity", "Task", "Xero_Contact__c", "Xero_Invoice__c")
    assert {f"salesforce keys {name}" for name in keyed} < set(found)
    assert found["salesforce fields CurrencyType"].detail == (
        "the org has no CurrencyType, and the pipeline does without"
    )
    assert installed.log.count("salesforce") <= len(OBJECTS) + 4


def test_the_permission_set_alone_is_enough_for_a_user_whose_profile_grants_nothing(
    installed: RunningSandbox, settings_with: SettingsWith
) -> None:
    """The profile that docs/connect.md names grants nothing: what is missing in Xero_Sync shows here."""
    installed.sandbox.salesforce.grant_nothing_by_profile()

    assert [line for line in check(settings_with()).values() if not line.ok] == []


def test_without_a_permission_set_such_a_user_sees_no_account(
    running: RunningSandbox, settings_with: SettingsWith
) -> None:
    running.sandbox.salesforce.grant_nothing_by_profile()

    assert errors(check(settings_with()))["salesforce fields Account"] == (
        "Account does not exist, or is hidden from the integration user"
    )


def test_a_wrong_secret_is_one_error_and_never_shown(settings_with: SettingsWith) -> None:
    found = check(settings_with(salesforce_client_secret="hunter2-not-it"))

    assert list(errors(found)) == ["salesforce credentials"]
    assert "SALESFORCE_CLIENT_SECRET" in found["salesforce credentials"].remedy
    assert "hunter2-not-it" not in repr(found)
    assert found["salesforce fields Case"].severity is Severity.NOT_CHECKED


def test_an_org_without_our_metadata_lacks_the_object_and_the_fields(settings_with: SettingsWith) -> None:
    found = check(settings_with())

    told = errors(found)
    keys = {"Account": "Xero_Contact_ID__c", "Case": "Xero_Invoice_Key__c", "Contact": "Xero_Person_Key__c"}
    keys |= {"Opportunity": "Xero_Quote_ID__c", "OpportunityLineItem": "Xero_Line_Key__c", "Task": "Xero_Alert_Key__c"}
    for one, key in keys.items():
        missing = ", ".join(field.name for field in expected_fields() if field.object_name == one)
        assert told.pop(f"salesforce fields {one}") == f"missing, or hidden from the integration user: {missing}"
        assert told.pop(f"salesforce keys {one}") == f"{key} is missing or hidden"
    for one in ("Xero_Contact__c", "Xero_Invoice__c"):
        assert told.pop(f"salesforce fields {one}") == f"{one} does not exist, or is hidden from the integration user"
    assert told == {}
    assert "xero-sf salesforce deploy" in found["salesforce fields Case"].remedy


def test_an_org_with_only_the_first_release_is_told_what_is_new_and_to_deploy_again(
    running: RunningSandbox, settings_with: SettingsWith
) -> None:
    org = running.sandbox.salesforce
    org.install_package(first_release())

    found = check(settings_with())

    assert errors(found)["salesforce fields Account"] == (
        "missing, or hidden from the integration user: Xero_As_Of__c, Xero_Average_Days_Late__c, "
        "Xero_Oldest_Due_Date__c, Xero_Open_Invoices__c, Xero_Outstanding__c, Xero_Overdue__c, "
        "Xero_Payment_Status_Now__c, Xero_Payment_Status__c, Xero_Unallocated_Credit__c"
    )
    assert "deploy again" in found["salesforce fields Account"].remedy
    assert found["salesforce fields Case"].ok
    assert "salesforce fields Xero_Invoice__c" in errors(found)

    org.install_package(build_package())

    assert errors(check(settings_with())) == {}


def first_release() -> bytes:
    """The package of the first release: accounts, cases and the stored links, nothing of quote to cash."""
    source = read_source()
    kept = {"Account": {"Xero_Contact_ID__c", "Xero_Link__c"}}
    objects = tuple(
        replace(one, fields=tuple(f for f in one.fields if f.name in kept.get(one.name, {f.name})))
        for one in source.objects
        if one.name in ("Account", "Case", "Xero_Contact__c")
    )
    known = {f"{one.name}.{field.name}" for one in objects for field in one.fields} | {"Xero_Contact__c"}
    sets = tuple(PermissionSetSource(one.name, _only(one.definition, known)) for one in source.permission_sets)
    return build_package(replace(source, objects=objects, permission_sets=sets, tabs=()))


def _only(definition: ET.Element, known: set[str]) -> ET.Element:
    """A permission set without what it grants on our newer fields and objects."""
    kept = copy.deepcopy(definition)
    for one in list(kept):
        names = {child.text or "" for child in one if child.tag.endswith(("}field", "}object", "}tab"))}
        if any(name.endswith("__c") and name not in known for name in names):
            kept.remove(one)
    return kept


def test_fields_that_were_deployed_but_never_granted_look_missing(
    running: RunningSandbox, settings_with: SettingsWith
) -> None:
    running.sandbox.salesforce.install_package(build_package(), assign=False)

    found = check(settings_with())

    assert "Xero_Stage__c" in errors(found)["salesforce fields Case"]
    assert "assign Xero_Sync" in found["salesforce fields Case"].remedy


def test_one_hidden_field_is_named(installed: RunningSandbox, settings_with: SettingsWith) -> None:
    installed.sandbox.salesforce.permissions.hide("Case", "Xero_Resolution__c")

    assert errors(check(settings_with())) == {
        "salesforce fields Case": "missing, or hidden from the integration user: Xero_Resolution__c"
    }


def test_a_field_that_may_not_be_edited_is_named(installed: RunningSandbox, settings_with: SettingsWith) -> None:
    installed.sandbox.salesforce.permissions.hide("Case", "Xero_Stage__c", only_writing=True)

    assert errors(check(settings_with())) == {
        "salesforce permissions Case": "read-only for the integration user: Xero_Stage__c"
    }


def test_policy_values_that_the_org_lacks_are_told(installed: RunningSandbox, settings_with: SettingsWith) -> None:
    policy = parse_policy({"cases": {"closed_status": "Paid up", "type": "Dunning", "origin": "Web"}})

    found = check(settings_with(), policy)

    assert "no active value 'Paid up' (cases.closed_status)" in errors(found)["policy Case.Status"]
    assert found["policy Case.Type"].severity is Severity.WARNING
    assert found["policy Case.Origin"].ok


def test_the_flows_of_quote_to_cash_find_their_values_in_a_fresh_org(
    installed: RunningSandbox, settings_with: SettingsWith
) -> None:
    installed.sandbox.salesforce.enable_currencies("GBP", {"USD": "1.25"})
    switched_on = {"alerts": {"enabled": True}, "quotes": {"enabled": True}, "parties": {"enabled": True}}
    policy = parse_policy(
        {"cases": {"type": "Other", "origin": "Web"}, "accounts": {"create": {"type": None}}, **switched_on}
    )

    found = check(settings_with(), policy)

    assert [line for line in found.values() if not line.ok] == []
    assert {"policy Task.Status", "policy Task.Priority", "policy Opportunity.StageName"} < set(found)
    assert {"policy task statuses", "policy quote stages", "policy currency"} < set(found)
    assert found["salesforce fields CurrencyType"].detail.startswith("all ")


def test_a_closing_status_that_does_not_close_is_an_error(
    installed: RunningSandbox, settings_with: SettingsWith
) -> None:
    policy = parse_policy({"cases": {"closed_status": "Working", "type": "Other", "origin": "Web"}})

    assert errors(check(settings_with(), policy)) == {
        "policy case statuses": "'Working' (cases.closed_status) does not close a case"
    }


def test_an_owner_who_does_not_exist_is_named_and_one_who_does_passes(
    installed: RunningSandbox, settings_with: SettingsWith
) -> None:
    nobody, somebody = "005000000000999AAA", installed.sandbox.salesforce.user_id

    broken = check(settings_with(), parse_policy({"accounts": {"create": {"owner_id": nobody}}}))
    fine = check(settings_with(), parse_policy({"accounts": {"create": {"owner_id": somebody}}}))

    assert broken["policy owners"].detail == f"no active user or queue {nobody} (accounts.create.owner_id)"
    assert broken["policy owners"].severity is Severity.ERROR
    assert fine["policy owners"].ok


def test_a_record_type_that_does_not_exist_is_named_and_one_that_does_passes(
    installed: RunningSandbox, settings_with: SettingsWith
) -> None:
    collections = installed.sandbox.salesforce.insert(
        "RecordType", {"Name": "Collections", "DeveloperName": "Collections", "SobjectType": "Case", "IsActive": True}
    )
    missing = "012000000000999AAA"

    fine = check(settings_with(), parse_policy({"cases": {"record_type_id": collections}}))
    broken = check(settings_with(), parse_policy({"accounts": {"create": {"record_type_id": missing}}}))
    misplaced = check(settings_with(), parse_policy({"accounts": {"create": {"record_type_id": collections}}}))

    assert fine["policy record types"].ok
    assert errors(broken)["policy record types"] == (
        f"no active Account record type {missing} (accounts.create.record_type_id)"
    )
    assert errors(misplaced)["policy record types"] == (
        f"no active Account record type {collections} (accounts.create.record_type_id)"
    )


def test_without_a_valid_policy_its_values_are_not_checked(
    installed: RunningSandbox, settings_with: SettingsWith
) -> None:
    found = check(settings_with(), None)

    assert found["policy values"].severity is Severity.NOT_CHECKED
    assert "policy Case.Status" not in found


def test_an_api_version_that_the_org_does_not_offer_is_named_with_the_newest(
    installed: RunningSandbox, settings_with: SettingsWith
) -> None:
    found = check(settings_with(salesforce_api_version="199.0"))

    assert errors(found)["salesforce API version"].startswith("199.0 is not offered by the org; the newest is ")
    assert found["salesforce fields Case"].severity is Severity.NOT_CHECKED


def test_a_used_up_budget_is_an_error(installed: RunningSandbox, settings_with: SettingsWith) -> None:
    found = check(settings_with(salesforce_daily_call_budget=3))

    line = found["salesforce connection"]
    assert line.severity is Severity.ERROR
    assert "daily call budget" in line.detail
    assert found["salesforce fields Xero_Contact__c"].severity is Severity.NOT_CHECKED
    assert found["salesforce calls left"].severity is Severity.ERROR


def test_a_server_that_does_not_answer_is_a_line_and_not_a_traceback(settings_with: SettingsWith) -> None:
    found = check(settings_with(salesforce_login_url="http://127.0.0.1:9"))

    assert "no connection could be made" in errors(found)["salesforce connection"]


def test_deploying_over_the_metadata_api_makes_every_field_visible(
    running: RunningSandbox, settings_with: SettingsWith
) -> None:
    """The round trip: our zip, the real client, the org's own description of what arrived."""
    settings, clock = settings_with(), SystemClock()
    governor = Governor.from_settings(settings, clock)
    with SalesforceClient(settings, clock, governor) as client:
        first, second = deploy(client), deploy(client)
    governor.close()

    assert (first.succeeded, first.problems, first.permission_set_assigned) == (True, (), True)
    assert (second.succeeded, second.permission_set_assigned) == (True, False)
    assert [line for line in check(settings).values() if not line.ok] == []


def test_a_check_only_deployment_leaves_the_org_as_it_was(running: RunningSandbox, settings_with: SettingsWith) -> None:
    settings, clock = settings_with(), SystemClock()
    governor = Governor.from_settings(settings, clock)
    with SalesforceClient(settings, clock, governor) as client:
        report = deploy(client, check_only=True)
    governor.close()

    assert (report.succeeded, report.is_check_only) == (True, True)
    assert "salesforce fields Xero_Contact__c" in errors(check(settings))
