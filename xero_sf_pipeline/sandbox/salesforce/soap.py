"""The Metadata API's two SOAP calls that the SDK makes: deploy and checkDeployStatus.

Belongs here: envelopes. The SDK writes Python's `True` and a stray `None` into them, so reading is lenient. Does not
belong here: what a deployment changes (`deployment`).
"""

from __future__ import annotations

import base64
import binascii
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from xero_sf_pipeline.sandbox.salesforce.deployment import DeployResult
from xero_sf_pipeline.sandbox.salesforce.http import ApiResponse
from xero_sf_pipeline.sandbox.salesforce.ids import make_id
from xero_sf_pipeline.sandbox.salesforce.metadata_xml import NAMESPACE, Problem, components_of_zip

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_XML = "text/xml;charset=UTF-8"


@dataclass
class Deployment:
    """One deployment. It looks unfinished for `polls_left` status requests."""

    id: str
    result: DeployResult
    check_only: bool
    polls_left: int = 0


class MetadataApi:
    """Answers the SOAP calls of one org."""

    def __init__(self, state: SalesforceState) -> None:
        self._state = state
        self._deployments: dict[str, Deployment] = {}
        self.polls = 1

    def answer(self, body: bytes) -> ApiResponse:
        """Answer one envelope."""
        try:
            root = ET.fromstring(body)  # noqa: S314 - the sandbox's own client wrote it
        except ET.ParseError as error:
            return _fault("UNKNOWN_EXCEPTION", f"Parse error: {error}")
        session = root.findtext(f".//{{{NAMESPACE}}}sessionId") or ""
        if not self._state.sessions.use(session.strip()):
            return _fault("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader: Illegal Session")
        call = root.find(f"{{{_SOAP}}}Body/{{{NAMESPACE}}}deploy")
        if call is not None:
            return self._deploy(call)
        call = root.find(f"{{{_SOAP}}}Body/{{{NAMESPACE}}}checkDeployStatus")
        if call is not None:
            return self._status((call.findtext(f"{{{NAMESPACE}}}asyncProcessId") or "").strip())
        return _fault("UNKNOWN_EXCEPTION", "No operation available for request")

    def _deploy(self, call: ET.Element) -> ApiResponse:
        check_only = (call.findtext(f".//{{{NAMESPACE}}}checkOnly") or "").strip().lower() == "true"
        text = call.findtext(f"{{{NAMESPACE}}}ZipFile") or call.findtext(f"{{{NAMESPACE}}}zipFile") or ""
        try:
            components, problems = components_of_zip(base64.b64decode(text, validate=True))
        except binascii.Error:
            components, problems = [], [Problem("", "package.xml", "package.xml", "ZipFile is not valid base64")]
        result = self._state.deployer.deploy(components, problems, check_only=check_only)
        identity = make_id("0Af", self._state.storage.next_serial("0Af"))
        self._deployments[identity] = Deployment(identity, result, check_only, self.polls)
        return _envelope(
            f"<deployResponse><result><done>false</done><id>{identity}</id><state>Queued</state></result></deployResponse>"
        )

    def _status(self, identity: str) -> ApiResponse:
        deployment = self._deployments.get(identity)
        if deployment is None:
            return _fault("INVALID_ID_FIELD", f"invalid deployment id: {identity}")
        deployment.polls_left -= 1
        done = deployment.polls_left <= 0
        status = "InProgress"
        if done:
            status = "Succeeded" if deployment.result.succeeded else "Failed"
        return _envelope(_status_xml(deployment, status, done=done))


def _status_xml(deployment: Deployment, status: str, *, done: bool) -> str:
    result = deployment.result
    failures = "".join(_failure(problem) for problem in result.problems) if done else ""
    successes = ""
    if done and result.succeeded:
        successes = "".join(
            f"<componentSuccesses><componentType>{escape(one.kind)}</componentType><fileName>{escape(one.file)}</fileName>"
            f"<fullName>{escape(one.name)}</fullName><success>true</success></componentSuccesses>"
            for one in result.deployed
        )
    deployed = len(result.deployed) if done and result.succeeded else 0
    return (
        "<checkDeployStatusResponse><result>"
        f"<checkOnly>{str(deployment.check_only).lower()}</checkOnly>"
        f"<details>{failures}{successes}<runTestResult><numFailures>0</numFailures><numTestsRun>0</numTestsRun>"
        "<totalTime>0.0</totalTime></runTestResult></details>"
        f"<done>{str(done).lower()}</done><id>{deployment.id}</id>"
        f"<numberComponentErrors>{len(result.problems) if done else 0}</numberComponentErrors>"
        f"<numberComponentsDeployed>{deployed}</numberComponentsDeployed>"
        f"<numberComponentsTotal>{result.total}</numberComponentsTotal>"
        "<numberTestErrors>0</numberTestErrors><numberTestsCompleted>0</numberTestsCompleted>"
        "<numberTestsTotal>0</numberTestsTotal><rollbackOnError>true</rollbackOnError>"
        f"<status>{status}</status><success>{str(done and result.succeeded).lower()}</success>"
        "</result></checkDeployStatusResponse>"
    )


def _failure(problem: Problem) -> str:
    return (
        f"<componentFailures><componentType>{escape(problem.kind)}</componentType>"
        f"<fileName>{escape(problem.file)}</fileName><fullName>{escape(problem.name)}</fullName>"
        f"<problem>{escape(problem.message)}</problem><problemType>Error</problemType><success>false</success>"
        "</componentFailures>"
    )


def _envelope(inner: str) -> ApiResponse:
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_SOAP}" xmlns="{NAMESPACE}">'
        f"<soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>"
    )
    return ApiResponse(200, text.encode(), {}, _XML)


def _fault(code: str, message: str) -> ApiResponse:
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_SOAP}" '
        'xmlns:sf="http://soap.sforce.com/2006/04/metadata"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>sf:{code}</faultcode><faultstring>{code}: {escape(message)}</faultstring>"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    return ApiResponse(500, text.encode(), {}, _XML)
