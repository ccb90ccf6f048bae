"""Deploying metadata through simple-salesforce, on a library object kept for it alone.

The library's `deploy` leaves SOAP headers behind on the object it runs on; later REST calls would send them.

Belongs here: sending a zip and waiting for the end. Does not belong here: what is in the zip (`salesforce_metadata`).
Source: Metadata API developer guide, "deploy()", "checkDeployStatus()".
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from xero_sf_pipeline.clients.failures import Attempt, lost, sentence
from xero_sf_pipeline.clients.salesforce_connection import SalesforceConnection
from xero_sf_pipeline.clients.salesforce_results import DeployProblem, DeployResult
from xero_sf_pipeline.errors import TransientApiError

_FINISHED = frozenset({"Succeeded", "SucceededPartial", "Failed", "Canceled"})
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 5.0
_LONGEST_WAIT_SECONDS = 900.0


def deploy(
    connection: SalesforceConnection, zip_bytes: bytes, sleep: Callable[[float], None], *, check_only: bool
) -> DeployResult:
    """Deploy and poll until the end. Rolls back on any error.

    Raises:
        OutcomeUnknown: the answer to the deployment was lost; deploying again is safe, it sets the same state.
        TransientApiError: it is still running after 15 minutes.
    """
    what = f"Deploying metadata of {len(zip_bytes)} bytes"
    started: dict[str, Any] = connection.run(
        what,
        lambda salesforce: salesforce.deploy(io.BytesIO(zip_bytes), sandbox=False, checkOnly=check_only),
        is_write=True,
        is_metadata=True,
    )
    deploy_id = started.get("asyncId")
    if not deploy_id:
        raise lost(Attempt("salesforce", what, is_write=True), "malformed", "the answer names no deployment")
    pause, waited = _FIRST_PAUSE_SECONDS, 0.0
    while True:
        sleep(pause)
        waited += pause
        status: dict[str, Any] = connection.run(
            f"Looking at deployment {deploy_id}",
            lambda salesforce: salesforce.checkDeployStatus(deploy_id),
            is_metadata=True,
        )
        if status.get("state") in _FINISHED:
            return _result(deploy_id, status)
        if waited >= _LONGEST_WAIT_SECONDS:
            raise TransientApiError(
                f"Deployment {deploy_id} is still {status.get('state')} after {waited:.0f} s.",
                system="salesforce",
                code="job_running",
                remedy="Look at Setup > Deployment Status in Salesforce.",
            )
        pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)


def _result(deploy_id: str, status: dict[str, Any]) -> DeployResult:
    detail = status.get("deployment_detail") or {}
    return DeployResult(
        id=deploy_id,
        state=str(status["state"]),
        deployed=int(detail.get("deployed_count") or 0),
        failed=int(detail.get("failed_count") or 0),
        problems=tuple(
            DeployProblem(str(error.get("type") or ""), str(error.get("file") or ""), sentence(error.get("message")))
            for error in detail.get("errors") or ()
        ),
    )
