"""Deploys the package to an org and gives the integration user its permission set.

Safe to repeat: a deployment sets a state, and assigning twice changes nothing. Belongs here: the order of the two steps
and what a person reads about them. Does not belong here: SOAP, polling (`clients.salesforce_deploy`) or the package's
contents (`package`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from xero_sf_pipeline.clients.salesforce_results import DeployProblem, DeployResult
from xero_sf_pipeline.errors import MissingPermission, NotFound, PermanentApiError
from xero_sf_pipeline.salesforce_metadata.expectations import PERMISSION_SET
from xero_sf_pipeline.salesforce_metadata.package import build_package

DEPLOY_RIGHTS = (
    "Deploying needs the rights Customize Application, Modify Metadata Through Metadata API Functions and Assign "
    "Permission Sets. Let an administrator deploy instead: docs/connect.md, step 3."
)


class DeployTarget(Protocol):
    """What a deployment needs of the Salesforce client."""

    def deploy(self, zip_bytes: bytes, *, check_only: bool = False) -> DeployResult:
        """Deploy all or nothing, and wait for the end."""
        ...

    def assign_permission_set(self, name: str) -> bool:
        """Assign to the integration user; False when it was assigned already."""
        ...


@dataclass(frozen=True)
class DeployReport:
    """The end of a deployment.

    `problems` holds one readable line for each component that failed; nothing was changed when there is one.
    `permission_set_assigned` is None when it was not tried, False when the user had the permission set already.
    `assignment_problem` says why a successful deployment could not be followed by the assignment.
    """

    deploy_id: str
    state: str
    is_check_only: bool
    components_deployed: int
    components_failed: int
    problems: tuple[str, ...]
    permission_set_assigned: bool | None
    assignment_problem: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether everything that was asked for is done."""
        return self.state == "Succeeded" and not self.assignment_problem

    def lines(self) -> list[str]:
        """Say what happened, one line for each thing that a person should know."""
        if self.state != "Succeeded":
            head = f"Deployment {self.deploy_id} ended as {self.state}: nothing was changed."
            return [head, *(f"  {problem}" for problem in self.problems)]
        if self.is_check_only:
            return [f"Salesforce accepts all {self.components_deployed} components. Nothing was changed."]
        found = [f"{self.components_deployed} components are deployed."]
        if self.permission_set_assigned is not None:
            how = "is now" if self.permission_set_assigned else "was already"
            found.append(f"Permission set {PERMISSION_SET} {how} assigned to the integration user.")
        if self.assignment_problem:
            found.append(self.assignment_problem)
        return found


def deploy(client: DeployTarget, *, check_only: bool = False) -> DeployReport:
    """Deploy fields, objects and permission sets; then assign `Xero_Sync` to the user that the client runs as.

    Args:
        check_only: let Salesforce validate everything and change nothing; assigns nothing either

    Raises:
        MissingPermission: the user may not deploy; the remedy names the rights.
        ApiError: the deployment could not be sent, or did not end in time.
    """
    try:
        result = client.deploy(build_package(), check_only=check_only)
    except MissingPermission as error:
        raise MissingPermission(
            str(error.args[0]), system=error.system, status=error.status, code=error.code, remedy=DEPLOY_RIGHTS
        ) from error
    assigned, problem = None, ""
    if result.success and not check_only:
        assigned, problem = _assign(client)
    return DeployReport(
        deploy_id=result.id,
        state=result.state,
        is_check_only=check_only,
        components_deployed=result.deployed,
        components_failed=result.failed,
        problems=tuple(_line(problem) for problem in result.problems),
        permission_set_assigned=assigned,
        assignment_problem=problem,
    )


def _assign(client: DeployTarget) -> tuple[bool | None, str]:
    """Assign the permission set. The deployment stands when this fails, so the failure is told, not raised."""
    try:
        return client.assign_permission_set(PERMISSION_SET), ""
    except (NotFound, PermanentApiError) as error:
        return None, (
            f"{error.args[0]} Assign {PERMISSION_SET} to the integration user by hand "
            "(Setup > Permission Sets > Manage Assignments)."
        )


def _line(problem: DeployProblem) -> str:
    """`objects/Case.object (CustomField): Field Xero_Stage__c already exists ...`"""
    where = " ".join(part for part in (problem.file, f"({problem.component})" if problem.component else "") if part)
    return f"{where}: {problem.message}" if where else problem.message
