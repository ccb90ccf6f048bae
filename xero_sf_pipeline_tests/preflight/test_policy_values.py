"""The policy's values against what an org has."""

from __future__ import annotations

from dataclasses import replace

from xero_sf_pipeline.clients.salesforce_results import FieldDescription, ObjectDescription
from xero_sf_pipeline.policy import Policy, parse_policy
from xero_sf_pipeline.preflight.policy_values import check_case_statuses, check_owners, check_picklists
from xero_sf_pipeline.preflight.result import CheckResult, Severity

USER = "005000000000001AAA"
QUEUE = "00G000000000001AAA"


def picklist(name: str, *values: str, is_restricted: bool = False) -> FieldDescription:
    return FieldDescription(
        name, "picklist", 255, 0, 0, False, False, True, True, False, (), None, values, is_restricted=is_restricted
    )


def org(**changed: FieldDescription) -> dict[str, ObjectDescription]:
    fields = {
        "Status": picklist("Status", "New", "Working", "Closed"),
        "Type": picklist("Type", "Problem", "Overdue invoice"),
        "Origin": picklist("Origin", "Phone", "Xero"),
        "Priority": picklist("Priority", "High", "Medium", "Low"),
    } | changed
    case = ObjectDescription("Case", fields, True, True, True)
    account = ObjectDescription("Account", {"Type": picklist("Type", "Customer", "Prospect")}, True, True, True)
    return {"Case": case, "Account": account}


def statuses(*closed: str) -> list[dict[str, object]]:
    return [{"ApiName": name, "IsClosed": name in closed} for name in ("New", "Working", "Closed")]


def test_values_that_all_exist_pass_one_line_for_each_picklist() -> None:
    found = list(check_picklists(Policy(), org()))

    assert found == [
        CheckResult("policy Case.Status", True, "Closed, New: active", "", Severity.INFO),
        CheckResult("policy Case.Type", True, "Overdue invoice: active", "", Severity.INFO),
        CheckResult("policy Case.Origin", True, "Xero: active", "", Severity.INFO),
        CheckResult("policy Case.Priority", True, "High: active", "", Severity.INFO),
        CheckResult("policy Account.Type", True, "Customer: active", "", Severity.INFO),
    ]


def test_a_status_that_does_not_exist_is_an_error_and_names_its_place_and_the_choices() -> None:
    policy = parse_policy({"cases": {"closed_status": "Done"}})

    line = next(iter(check_picklists(policy, org())))

    assert line == CheckResult(
        "policy Case.Status",
        False,
        "no active value 'Done' (cases.closed_status)",
        "Add it in Setup > Object Manager > Case > Status, or use one of: New, Working, Closed",
        Severity.ERROR,
    )


def test_a_missing_value_is_a_warning_where_salesforce_takes_any_text_and_an_error_where_it_does_not() -> None:
    loose = org(Type=picklist("Type", "Problem"))
    strict = org(Type=picklist("Type", "Problem", is_restricted=True))

    severities = [
        next(line.severity for line in check_picklists(Policy(), one) if line.name == "policy Case.Type")
        for one in (loose, strict)
    ]

    assert severities == [Severity.WARNING, Severity.ERROR]


def test_every_step_of_the_ladder_is_checked() -> None:
    policy = parse_policy(
        {"cases": {"ladder": [{"from_days": 1, "stage": "a"}, {"from_days": 9, "stage": "b", "priority": "Urgent"}]}}
    )

    line = next(line for line in check_picklists(policy, org()) if line.name == "policy Case.Priority")

    assert line.detail.startswith("no active value 'Urgent' (cases.ladder[1].priority)")


def test_a_value_that_the_policy_leaves_out_is_not_looked_for() -> None:
    policy = parse_policy({"cases": {"type": None, "origin": None}, "accounts": {"create": {"type": None}}})

    assert [line.name for line in check_picklists(policy, org())] == ["policy Case.Status", "policy Case.Priority"]


def test_a_picklist_that_cannot_be_seen_is_not_checked() -> None:
    case = org()["Case"]
    hidden = {"Case": replace(case, fields={n: f for n, f in case.fields.items() if n != "Origin"})}

    found = {line.name: line for line in check_picklists(Policy(), hidden)}

    assert found["policy Case.Origin"] == CheckResult(
        "policy Case.Origin", False, "not checked because Case.Origin is not visible", "", Severity.NOT_CHECKED
    )
    assert found["policy Account.Type"].severity is Severity.NOT_CHECKED


def test_a_closed_status_that_leaves_the_case_open_is_an_error() -> None:
    policy = parse_policy({"cases": {"closed_status": "Working"}})

    assert check_case_statuses(policy, lambda _: statuses("Closed")) == CheckResult(
        "policy case statuses",
        False,
        "'Working' (cases.closed_status) does not close a case",
        "Edit the policy. Statuses that close a case: Closed.",
        Severity.ERROR,
    )


def test_a_status_for_new_cases_that_closes_them_is_an_error() -> None:
    policy = parse_policy({"cases": {"opened_status": "Closed", "reopened_status": "Closed"}})

    line = check_case_statuses(policy, lambda _: statuses("Closed"))

    assert line.detail == "'Closed' (cases.opened_status) closes a case; 'Closed' (cases.reopened_status) closes a case"


def test_statuses_that_do_what_they_are_for_pass() -> None:
    assert check_case_statuses(Policy(), lambda _: statuses("Closed")).ok


def test_no_owner_in_the_policy_means_no_question_to_the_org() -> None:
    def refuse(_: str) -> list[dict[str, object]]:
        raise AssertionError("asked")

    assert list(check_owners(Policy(), refuse)) == []


def test_owners_are_looked_up_by_kind_and_the_missing_ones_named() -> None:
    policy = parse_policy(
        {
            "cases": {"owner": {"rule": "fixed", "user_or_queue_id": QUEUE}},
            "accounts": {"create": {"owner_id": USER}},
        }
    )
    asked: list[str] = []

    def rows(soql: str) -> list[dict[str, object]]:
        asked.append(soql)
        return [{"Id": QUEUE}] if "from Group" in soql else []

    found = list(check_owners(policy, rows))

    assert asked == [
        f"select Id from User where IsActive = true and Id in ('{USER}')",
        f"select Id from Group where Type = 'Queue' and Id in ('{QUEUE}')",
    ]
    assert [(line.severity, line.detail) for line in found] == [
        (Severity.ERROR, f"no active user or queue {USER} (accounts.create.owner_id)")
    ]
    assert [line.ok for line in check_owners(policy, lambda soql: [{"Id": QUEUE}, {"Id": USER}])] == [True]
