"""Metadata goes out as one zip, the end is waited for, and nothing of it spoils later REST calls."""

from __future__ import annotations

import base64
import re

import pytest

from xero_sf_pipeline.clients.salesforce_results import DeployProblem, DeployResult
from xero_sf_pipeline.errors import MissingPermission, NotFound, OutcomeUnknown, TransientApiError
from xero_sf_pipeline_tests.clients.scripted_server import Reply, Request, reply_json
from xero_sf_pipeline_tests.clients.test_salesforce_client import DATA, Connect, FakeSalesforce, connect, page

__all__ = ["connect"]

_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns="http://soap.sforce.com/2006/04/metadata"><soapenv:Body>{}</soapenv:Body></soapenv:Envelope>'
)


def soap(body: str, status: int = 200) -> Reply:
    return Reply(status, _ENVELOPE.format(body).encode(), {"Content-Type": "text/xml"})


STARTED = soap("<deployResponse><result><id>0Af1</id><state>Queued</state></result></deployResponse>")


def status(state: str, details: str = "", failed: int = 0) -> Reply:
    return soap(
        f"<checkDeployStatusResponse><result><status>{state}</status><numberComponentErrors>{failed}"
        f"</numberComponentErrors><numberComponentsDeployed>{9 - failed}</numberComponentsDeployed>"
        f"<numberComponentsTotal>9</numberComponentsTotal>{details}</result></checkDeployStatusResponse>"
    )


FAULT = soap(
    '<soapenv:Fault><faultcode xmlns:sf="x">sf:INVALID_SESSION_ID</faultcode>'
    "<faultstring>INVALID_SESSION_ID: Invalid Session ID found in SessionHeader</faultstring></soapenv:Fault>",
    500,
)


def test_a_deployment_is_sent_and_waited_for(connect: Connect, sleeps: list[float]) -> None:
    fake = FakeSalesforce([STARTED, status("Pending"), status("InProgress"), status("Succeeded")])
    with connect(fake) as org:
        result = org.client.deploy(b"PK zip")
    assert result == DeployResult("0Af1", "Succeeded", 9, 0, ())
    assert result.success
    first, *polls = org.sent()
    assert first.path == "/services/Soap/m/66.0/deployRequest"
    assert base64.b64decode(re.findall(rb"<met:ZipFile>(.*?)</met:ZipFile>", first.body)[0]) == b"PK zip"
    assert b"<met:rollbackOnError>True</met:rollbackOnError>" in first.body
    assert [poll.path for poll in polls] == ["/services/Soap/m/66.0/deployRequest/0Af1"] * 3
    assert sleeps == [0.5, 0.75, 1.125]


def test_rest_calls_after_a_deployment_carry_no_soap_headers(connect: Connect) -> None:
    """The library leaves `Content-Type: text/xml` and `SOAPAction` on the object that deployed."""
    fake = FakeSalesforce([page(1), STARTED, status("Succeeded"), page(1)])
    with connect(fake) as org:
        list(org.client.query_pages("select Id from Account"))
        org.client.deploy(b"PK")
        list(org.client.query_pages("select Id from Account"))
    before, _, _, after = org.sent()
    assert after.headers == before.headers
    assert "soapaction" not in after.headers


def test_a_failed_deployment_names_its_problems(connect: Connect) -> None:
    failure = (
        "<details><componentFailures><componentType>CustomField</componentType><fileName>objects/Case.object</fileName>"
        "<problemType>Error</problemType><problem>Field length\n too long</problem></componentFailures></details>"
    )
    with connect(FakeSalesforce([STARTED, status("Failed", failure, failed=1)])) as org:
        result = org.client.deploy(b"PK", check_only=True)
    problem = DeployProblem("CustomField", "objects/Case.object", "Field length too long")
    assert result == DeployResult("0Af1", "Failed", 8, 1, (problem,))
    assert not result.success
    assert b"<met:checkOnly>True</met:checkOnly>" in org.sent()[0].body


def test_a_session_that_ends_while_deploying_is_renewed(connect: Connect) -> None:
    """SOAP tells it as a fault with HTTP 500, not as a 401."""
    fake = FakeSalesforce([FAULT, STARTED, status("Pending"), FAULT, status("Succeeded")])
    with connect(fake) as org:
        assert org.client.deploy(b"PK").success
    assert fake.logins == 3
    sessions = [re.findall(rb"sessionId>(.*?)<", request.body)[0][-1:] for request in org.sent()]
    assert sessions == [b"1", b"2", b"2", b"2", b"3"]


@pytest.mark.parametrize("reply", [Reply(cut="before"), Reply(200, b"<html>"), soap("<x/>"), Reply(502)])
def test_a_lost_answer_to_a_deployment_is_unknown(connect: Connect, reply: Reply) -> None:
    with connect(FakeSalesforce([reply])) as org, pytest.raises(OutcomeUnknown):
        org.client.deploy(b"PK")
    assert len(org.sent()) == 1


def test_a_deployment_that_does_not_end_is_left_to_go_on(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xero_sf_pipeline.clients.salesforce_deploy._LONGEST_WAIT_SECONDS", 10.0)
    fake = FakeSalesforce([STARTED, status("InProgress")])
    with connect(fake) as org, pytest.raises(TransientApiError, match="0Af1"):
        org.client.deploy(b"PK")
    assert len(org.sent()) == 7


def answers_by_query(assigned: bool) -> FakeSalesforce:
    class Org(FakeSalesforce):
        def __call__(self, request: Request) -> Reply:
            query = request.query.get("q", "")
            if "from PermissionSetAssignment" in query:
                return page(int(assigned))
            if "from PermissionSet" in query:
                return page(1)
            return super().__call__(request)

    return Org([reply_json({"id": "0Pa1", "success": True, "errors": []}, 201)])


def test_a_permission_set_is_given_to_the_user_of_the_login(connect: Connect) -> None:
    with connect(answers_by_query(assigned=False)) as org:
        assert org.client.assign_permission_set("Xero_Sync") is True
    lookup, check, create = org.sent()
    assert lookup.query["q"] == "select Id from PermissionSet where Name in ('Xero_Sync')"
    assert check.query["q"] == (
        "select Id from PermissionSetAssignment where AssigneeId in ('005000000000001AAA') "
        "and PermissionSetId in ('001000000000000000')"
    )
    assert (create.method, create.path) == ("POST", f"{DATA}/sobjects/PermissionSetAssignment/")
    assert create.json() == {"AssigneeId": "005000000000001AAA", "PermissionSetId": "001000000000000000"}


def test_a_permission_set_that_is_there_already_is_not_given_again(connect: Connect) -> None:
    with connect(answers_by_query(assigned=True)) as org:
        assert org.client.assign_permission_set("Xero_Sync") is False
    assert [request.method for request in org.sent()] == ["GET", "GET"]


def test_an_unknown_permission_set_is_not_found(connect: Connect) -> None:
    with connect(FakeSalesforce([page(0)])) as org, pytest.raises(NotFound, match="salesforce deploy"):
        org.client.assign_permission_set("Xero_Sync")


def test_a_user_who_may_not_deploy_is_told_so(connect: Connect) -> None:
    fault = soap("<soapenv:Fault><faultcode>sf:INSUFFICIENT_ACCESS</faultcode></soapenv:Fault>", 500)
    with connect(FakeSalesforce([fault])) as org, pytest.raises(MissingPermission):
        org.client.deploy(b"PK")
