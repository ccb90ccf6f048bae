"""The push through the real client against the sandbox's Salesforce, over real HTTP, with faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clients.salesforce import SalesforceClient
from xero_sf_pipeline.pushing.report import KindCount
from xero_sf_pipeline.salesforce_metadata.package import build_package
from xero_sf_pipeline.sandbox.clock import SandboxClock
from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox, running_sandbox
from xero_sf_pipeline.sandbox.salesforce.org_rules import DuplicateRule, ValidationRule
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline.sandbox.sandbox import Sandbox
from xero_sf_pipeline.settings import Settings
from xero_sf_pipeline_tests.pushing.plans import (
    TENANT,
    account_create,
    account_link,
    case_open,
    case_update,
    contact_link,
    write_plan,
)

START = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Target:
    """The org behind the server, the client in front of it, and the log between them."""

    running: RunningSandbox
    client: SalesforceClient

    @property
    def org(self) -> SalesforceState:
        return self.running.sandbox.salesforce

    def arm(self, effect: str, method: str | None = None, path: str | None = None, **options: Any) -> None:
        self.running.faults.arm(Fault("salesforce", effect, method, path, **options))

    def calls(self) -> Counter[str]:
        """Requests by method and resource, without log-ins and with job ids left out."""
        found: Counter[str] = Counter()
        for entry in self.running.log.as_list():
            resource = entry.path.partition("/services/data/v66.0/")[2]
            parts = ["{id}" if part.startswith("750") else part for part in resource.strip("/").split("/")]
            if resource:
                found[f"{entry.method} {'/'.join(parts)}"] += 1
        return found

    def cases(self) -> dict[str, dict[str, Any]]:
        return {row["Xero_Invoice_Key__c"]: row for row in self.org.rows("Case")}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    sandbox = Sandbox(clock=SandboxClock(START, frozen=True))
    sandbox.salesforce.install_package(build_package())
    with running_sandbox(sandbox=sandbox) as served:
        yield served
    sandbox.close()


@pytest.fixture
def target(running: RunningSandbox, tmp_path: Path) -> Iterator[Target]:
    settings = Settings(
        _env_file=None,
        xero_api_url=running.url,
        xero_identity_url=running.url,
        xero_client_id="sandbox-xero-client",
        xero_client_secret="sandbox-xero-secret",
        salesforce_login_url=running.url,
        salesforce_client_id="sandbox-sf-client",
        salesforce_client_secret="sandbox-sf-secret",
        xero_sf_data_dir=tmp_path,
        http_read_timeout_seconds=20,
    )
    governor = Governor(tmp_path / "governor.sqlite", running.clock, limits={}, sleep=lambda seconds: None)
    client = SalesforceClient(settings, running.clock, governor, retry=Retry(sleep=lambda seconds: None))
    with client:
        running.log.clear()
        yield Target(running, client)
    governor.close()
    running.faults.clear()
    org = running.sandbox.salesforce
    org.rules.clear()
    for object_name in ("Case", "Xero_Contact__c", "Account"):
        for row in org.rows(object_name):
            org.delete(object_name, row["Id"], hard=True)


@pytest.fixture
def push_there(target: Target, run_push: Callable[..., Any]) -> Callable[..., Any]:
    return lambda run_id="run-1", **options: run_push(run_id, client=target.client, **options)


def key(number: int) -> str:
    return f"{TENANT}:inv-{number:06d}"


def a_plan(org: SalesforceState) -> list[Any]:
    """One of each: a new account with its link and case, a link by id, an update."""
    linked = org.insert("Account", {"Name": "Known Ltd"})
    overdue = org.insert(
        "Case", {"Subject": "old", "Xero_Invoice_Key__c": key(900), "Xero_Amount_Due__c": Decimal(100)}
    )
    account = account_create("c-1")
    parent = {"Xero_Contact_ID__c": "c-1"}
    return [
        account,
        account_link(linked, "c-2"),
        contact_link("c-1", {"Account__r": parent}, depends_on=(account.write_id,)),
        case_open(1, payload={"Account": parent}, depends_on=(account.write_id,)),
        case_update(900, overdue, "50.25", "100"),
    ]


def test_a_plan_of_every_kind_arrives_and_pushing_again_costs_no_call(warehouse, target, push_there):
    write_plan(warehouse, a_plan(target.org))

    report = push_there()

    assert report.is_clean, report
    assert report.confirmed_count == 5
    accounts = {row["Xero_Contact_ID__c"]: row for row in target.org.rows("Account")}
    assert accounts["c-1"]["Name"] == "c-1 Ltd"
    assert accounts["c-2"]["Name"] == "Known Ltd"
    (link,) = target.org.rows("Xero_Contact__c")
    assert (link["Key__c"], link["Account__c"], link["Name"]) == (f"{TENANT}:c-1", accounts["c-1"]["Id"], "c-1")
    opened, updated = target.cases()[key(1)], target.cases()[key(900)]
    assert (opened["AccountId"], opened["Xero_Amount_Due__c"]) == (accounts["c-1"]["Id"], Decimal("120.50"))
    assert (updated["Xero_Amount_Due__c"], updated["Subject"]) == (Decimal("50.25"), "old")
    assert target.calls() == {
        "POST composite/sobjects/Account": 1,
        "PATCH composite/sobjects": 1,
        "PATCH composite/sobjects/Account/Xero_Contact_ID__c": 1,
        "PATCH composite/sobjects/Xero_Contact__c/Key__c": 1,
        "POST composite/sobjects/Case": 1,
        "PATCH composite/sobjects/Case/Xero_Invoice_Key__c": 1,
    }
    target.running.log.clear()
    push_there("run-2")
    assert target.calls() == {}


def test_a_push_of_2000_cases_is_ten_calls(warehouse, target, push_there):
    write_plan(warehouse, [case_open(number) for number in range(2000)])
    assert push_there().confirmed_count == 2000
    assert target.calls() == {"PATCH composite/sobjects/Case/Xero_Invoice_Key__c": 10}


def test_a_push_of_2001_cases_is_one_bulk_job(warehouse, target, push_there):
    target.org.insert("Account", {"Name": "Parent", "Xero_Contact_ID__c": "c-9"})
    parent = {"Account": {"Xero_Contact_ID__c": "c-9"}}
    cases = [case_open(number, payload={**parent, "Priority": None}) for number in range(2001)]
    write_plan(warehouse, cases)
    assert push_there().confirmed_count == 2001
    calls = target.calls()
    assert calls["POST jobs/ingest"] == 1
    assert calls["PUT jobs/ingest/{id}/batches"] == 1
    assert not [call for call in calls if "composite" in call]
    assert len({row["AccountId"] for row in target.cases().values()}) == 1
    assert target.cases()[key(7)]["Xero_Amount_Due__c"] == Decimal("120.50")


@pytest.mark.parametrize("effect", ["drop_before", "drop_after", "drop_midway"])
def test_a_connection_cut_at_any_moment_of_a_call_writes_nothing_twice(warehouse, target, push_there, effect):
    plan = a_plan(target.org)
    target.arm(effect, "PATCH", "/Case/")
    write_plan(warehouse, plan)
    report = push_there()
    assert report.confirmed_count == 5
    assert len(target.cases()) == 2
    resent = effect == "drop_before"
    assert target.calls()["PATCH composite/sobjects/Case/Xero_Invoice_Key__c"] == (2 if resent else 1)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("effect", ["drop_before", "drop_after"])
def test_a_connection_cut_during_a_bulk_upload_writes_nothing_twice(warehouse, target, push_there, effect, method):
    target.arm(effect, method, "/jobs/ingest")
    write_plan(warehouse, [case_open(number) for number in range(5)])
    report = push_there(pacing={"bulk_above": 3})
    assert report.confirmed_count == 5
    assert len(target.org.rows("Case")) == 5


def test_locked_rows_are_sent_again_and_the_others_are_not(warehouse, target, push_there):
    target.arm("lock_rows", "PATCH", argument={"rows": [1, 3]})
    write_plan(warehouse, [case_open(number) for number in range(5)])
    assert push_there().confirmed_count == 5
    assert target.calls()["PATCH composite/sobjects/Case/Xero_Invoice_Key__c"] == 2


def test_a_validation_rule_parks_its_row_until_it_is_changed_and_the_row_retried(warehouse, target, push_there):
    target.org.add_validation_rule(ValidationRule("Case", "Xero_Amount_Due__c > 1000", "Too much for a case"))
    write_plan(warehouse, [case_open(1), case_open(2, amount="1000.01")])
    report = push_there()
    assert [(row.target_key, row.error_code, row.error_class) for row in report.refused] == [
        (key(2), "FIELD_CUSTOM_VALIDATION_EXCEPTION", "validation")
    ]
    assert "Too much for a case" in report.refused[0].message
    assert set(target.cases()) == {key(1)}
    assert push_there("run-2").not_sent[0].reason == "parked"


def test_a_duplicate_rule_blocks_an_account_and_all_that_hangs_on_it(warehouse, target, push_there):
    target.org.add_duplicate_rule(DuplicateRule("Account", ("Name",)))
    target.org.insert("Account", {"Name": "c-1 Ltd"})
    account = account_create("c-1")
    case = case_open(1, payload={"Account": {"Xero_Contact_ID__c": "c-1"}}, depends_on=(account.write_id,))
    write_plan(warehouse, [account, case])
    report = push_there()
    assert report.counts == (
        KindCount("account.create", "rejected", 1),
        KindCount("case.open", "not_sent:blocked", 1),
    )
    assert (report.refused[0].error_code, report.refused[0].error_class) == ("DUPLICATES_DETECTED", "duplicate")


def test_the_same_two_rules_read_the_same_in_bulk(warehouse, target, push_there):
    target.org.add_validation_rule(ValidationRule("Case", "Xero_Amount_Due__c > 1000", "Too much: for a case"))
    write_plan(warehouse, [case_open(1, amount="5000"), *(case_open(number) for number in range(2, 6))])
    report = push_there(pacing={"bulk_above": 3})
    assert report.counts == (KindCount("case.open", "confirmed", 4), KindCount("case.open", "rejected", 1))
    assert (report.refused[0].error_code, report.refused[0].error_class) == (
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "validation",
    )


def test_a_session_that_ends_between_two_calls_is_renewed_unnoticed(warehouse, target, push_there):
    target.client.count("Account")
    target.running.clock.advance(timedelta(hours=3))
    write_plan(warehouse, [case_open(1)])
    assert push_there().confirmed_count == 1
    assert len(target.cases()) == 1


def test_credentials_that_are_refused_for_good_stop_the_push_and_park_nothing(warehouse, target, push_there):
    target.arm("expired_token", times=None)
    write_plan(warehouse, [case_open(number) for number in range(250)])
    stopped = push_there()
    assert stopped.counts == (KindCount("case.open", "not_sent:stopped", 250),)
    assert stopped.stopped_because
    target.running.faults.clear()
    assert push_there("run-2").confirmed_count == 250


def test_a_used_up_day_stops_after_one_refusal(warehouse, target, push_there):
    target.client.count("Account")
    target.running.log.clear()
    target.arm("request_limit", times=None)
    write_plan(warehouse, [case_open(number) for number in range(450)])
    stopped = push_there()
    assert sum(target.calls().values()) == 1
    assert "Limit exceeded" in (stopped.stopped_because or "")
    assert stopped.counts == (KindCount("case.open", "not_sent:stopped", 450),)


def test_a_case_that_a_person_changed_meanwhile_is_left_alone(warehouse, target, push_there):
    case_id = target.org.insert("Case", {"Xero_Invoice_Key__c": key(1), "Xero_Amount_Due__c": Decimal(100)})
    write_plan(warehouse, [case_update(1, case_id, "50", "100")])
    target.org.update("Case", case_id, {"Xero_Amount_Due__c": Decimal(75)})
    report = push_there()
    assert report.counts == (KindCount("case.update", "drifted", 1),)
    assert target.cases()[key(1)]["Xero_Amount_Due__c"] == Decimal(75)


def test_a_value_that_does_not_fit_refuses_its_row_only(warehouse, target, push_there):
    write_plan(warehouse, [case_open(1), case_open(2, payload={"Subject": "x" * 300}), case_open(3)])
    report = push_there()
    assert [(row.target_key, row.error_class) for row in report.refused] == [(key(2), "mapping")]
    assert set(target.cases()) == {key(1), key(3)}


def test_a_malformed_date_that_salesforce_refuses_with_the_whole_call_costs_its_row_only(warehouse, target, push_there):
    write_plan(warehouse, [case_open(1), case_open(2, payload={"Xero_Due_Date__c": "soon"}), case_open(3)])
    report = push_there()
    assert [row.target_key for row in report.refused] == [key(2)]
    assert set(target.cases()) == {key(1), key(3)}
