"""Deploy, then assign: what happens in which case, and what a person reads."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from xero_sf_pipeline.clients.salesforce_results import DeployProblem, DeployResult
from xero_sf_pipeline.errors import MissingPermission, NotFound
from xero_sf_pipeline.salesforce_metadata import DeployReport, build_package, deploy

SUCCEEDED = DeployResult("0Af1", "Succeeded", deployed=15, failed=0, problems=())


@dataclass
class FakeTarget:
    """Answers a deployment with `result` and an assignment with `assigned`; either may be an error to raise."""

    result: DeployResult | Exception
    assigned: bool | Exception = True
    calls: list[tuple[str, object]] = field(default_factory=list)

    def deploy(self, zip_bytes: bytes, *, check_only: bool = False) -> DeployResult:
        assert zip_bytes == build_package()
        self.calls.append(("deploy", check_only))
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def assign_permission_set(self, name: str) -> bool:
        self.calls.append(("assign", name))
        if isinstance(self.assigned, Exception):
            raise self.assigned
        return self.assigned


def test_a_deployment_is_followed_by_the_assignment_of_the_permission_set() -> None:
    target = FakeTarget(SUCCEEDED)

    report = deploy(target)

    assert target.calls == [("deploy", False), ("assign", "Xero_Sync")]
    assert report == DeployReport("0Af1", "Succeeded", False, 15, 0, (), permission_set_assigned=True)
    assert report.succeeded
    assert report.lines() == [
        "15 components are deployed.",
        "Permission set Xero_Sync is now assigned to the integration user.",
    ]


def test_deploying_again_finds_the_permission_set_assigned() -> None:
    report = deploy(FakeTarget(SUCCEEDED, assigned=False))

    assert report.permission_set_assigned is False
    assert report.succeeded
    assert report.lines()[1] == "Permission set Xero_Sync was already assigned to the integration user."


def test_a_check_only_deployment_assigns_nothing() -> None:
    target = FakeTarget(SUCCEEDED)

    report = deploy(target, check_only=True)

    assert target.calls == [("deploy", True)]
    assert (report.is_check_only, report.permission_set_assigned, report.succeeded) == (True, None, True)
    assert report.lines() == ["Salesforce accepts all 15 components. Nothing was changed."]


def test_each_failed_component_is_one_readable_line_and_nothing_is_assigned() -> None:
    problems = (
        DeployProblem("CustomField", "objects/Case.object", "Cannot change field type from Text to Currency"),
        DeployProblem("", "", "Something else"),
    )
    target = FakeTarget(DeployResult("0Af2", "Failed", deployed=0, failed=2, problems=problems))

    report = deploy(target)

    assert target.calls == [("deploy", False)]
    assert report.problems == (
        "objects/Case.object (CustomField): Cannot change field type from Text to Currency",
        "Something else",
    )
    assert (report.succeeded, report.components_failed, report.permission_set_assigned) == (False, 2, None)
    assert report.lines() == [
        "Deployment 0Af2 ended as Failed: nothing was changed.",
        "  objects/Case.object (CustomField): Cannot change field type from Text to Currency",
        "  Something else",
    ]


def test_a_user_who_may_not_deploy_is_told_which_rights_that_needs() -> None:
    refused = MissingPermission("HTTP 500 INSUFFICIENT_ACCESS.", system="salesforce", code="INSUFFICIENT_ACCESS")

    with pytest.raises(MissingPermission, match="Modify Metadata Through Metadata API Functions"):
        deploy(FakeTarget(refused))


def test_an_assignment_that_fails_does_not_hide_that_the_deployment_stands() -> None:
    report = deploy(FakeTarget(SUCCEEDED, assigned=NotFound("Salesforce has no user of this login.")))

    assert (report.state, report.succeeded, report.permission_set_assigned) == ("Succeeded", False, None)
    assert report.assignment_problem == (
        "Salesforce has no user of this login. Assign Xero_Sync to the integration user by hand "
        "(Setup > Permission Sets > Manage Assignments)."
    )
    assert report.lines() == ["15 components are deployed.", report.assignment_problem]
