"""Metadata deployments with the SDK, and field-level security behind them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceGeneralError, SalesforceMalformedRequest, SalesforceRefusedRequest

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline_tests.sandbox.salesforce.conftest import START, connect
from xero_sf_pipeline_tests.sandbox.salesforce.packages import KEY, LINK_OBJECT, LOOKUP, NS, field, linked_org, package


@pytest.fixture
def deployer(running: RunningSandbox) -> Iterator[Salesforce]:
    """A connection of its own: deploying spoils the SDK's headers for later REST calls."""
    client = connect(running.url)
    yield client
    client.session.close()


def deploy(client: Salesforce, content: bytes, **options: Any) -> dict[str, Any]:
    """Deploy a zip and return its final status."""
    started = client.deploy(io.BytesIO(content), False, **options)
    assert started["state"] == "Queued"
    status: dict[str, Any] = client.checkDeployStatus(started["asyncId"])
    return status


def test_fields_are_invisible_until_a_permission_set_is_assigned(
    org: SalesforceState, sf: Salesforce, deployer: Salesforce
) -> None:
    status = deploy(deployer, linked_org())
    assert status["state"] == "Succeeded"
    assert status["deployment_detail"] == {
        "total_count": "5",
        "failed_count": "0",
        "deployed_count": "5",
        "errors": [],
    }
    with pytest.raises(SalesforceMalformedRequest) as hidden:
        sf.query("SELECT Xero_Contact_ID__c FROM Account")
    assert hidden.value.content[0]["errorCode"] == "INVALID_FIELD"
    with pytest.raises(SalesforceMalformedRequest) as hidden:
        sf.query("SELECT Id FROM Link__c")
    assert hidden.value.content[0]["errorCode"] == "INVALID_TYPE"
    (permission_set,) = sf.query("SELECT Id FROM PermissionSet WHERE Name = 'P'")["records"]
    sf.PermissionSetAssignment.create({"AssigneeId": org.user_id, "PermissionSetId": permission_set["Id"]})
    assert sf.query("SELECT Xero_Contact_ID__c FROM Account")["totalSize"] == 0
    assert sf.query("SELECT Id, Name, Key__c, Account__r.Name FROM Link__c")["totalSize"] == 0


def test_a_status_shows_the_deployment_in_progress_first(running: RunningSandbox, deployer: Salesforce) -> None:
    url = f"{running.url}/__sandbox__/salesforce/deployments"
    assert deployer.session.post(url, json={"polls": 2}).json() == {"polls": 2}
    started = deployer.deploy(io.BytesIO(linked_org()), False)
    states = [deployer.checkDeployStatus(started["asyncId"])["state"] for _ in range(2)]
    assert states == ["InProgress", "Succeeded"]


def test_a_check_changes_nothing(org: SalesforceState, deployer: Salesforce) -> None:
    assert deploy(deployer, linked_org(), checkOnly=True)["state"] == "Succeeded"
    assert org.schema.find("Link__c") is None
    assert org.schema.get("Account").find("Xero_Contact_ID__c") is None
    assert deploy(deployer, linked_org())["state"] == "Succeeded"


@pytest.mark.parametrize(
    ("content", "component", "message"),
    [
        (package({"Account": [field("A__c", "Text")]}), "CustomField", "Must specify 'length'"),
        (package({"Account": [field("A__c", "Currency")]}), "CustomField", "Must specify 'precision'"),
        (package({"Account": [field("A__c", "Checkbox")]}), "CustomField", "Must specify 'defaultValue'"),
        (package({"Account": [field("A__c", "Texxt")]}), "CustomField", "is not a valid value for the enum"),
        (package({"Account": [field("A__c", "Date", "<nope>1</nope>")]}), "CustomField", "invalid at this location"),
        (package({"Account": [field("Wrong-Name__c", "Date")]}), "CustomField", "must be alphanumeric"),
        (package({"Nope__c": [field("A__c", "Date")]}), "CustomField", "Entity Nope__c does not exist"),
        (package({"Account": [LOOKUP.replace(">Account<", ">Nope__c<")]}), "CustomField", "does not resolve"),
        (package({"Account": [field("A__c", "Date", "<unique>true</unique>")]}), "CustomField", "cannot be an ext"),
        (
            package({"Account": [field("A__c", "Number", "<precision>18</precision><scale>0</scale>"
                                       "<formula>TODAY() - Nope__c</formula>")]}),
            "CustomField",
            "Field Nope__c does not exist",
        ),
        (
            package({"Account": [field("A__c", "Number", "<precision>18</precision><scale>0</scale>"
                                       "<formula>TODAY()</formula>")]}),
            "CustomField",
            "Formula result is data type (date)",
        ),
        (package({}, grants=["Account.Nope__c"]), "PermissionSet", "no CustomField named Account.Nope__c found"),
        (package({}, object_grants=["Nope__c"]), "PermissionSet", "no CustomObject named Nope__c found"),
        (package({}, object_grants=["Task"]), "PermissionSet", "no CustomObject named Task found"),
        (package({}, grants=["Opportunity.StageName"]), "PermissionSet", "You cannot deploy to a required field"),
        (package({}, grants=["Account.BillingCity"]), "PermissionSet", "You cannot deploy to a required field"),
        (package({}, grants=["OpportunityLineItem.ProductCode"]), "PermissionSet", "is not editable"),
        (
            package({"Account": [field("A__c", "Text", "<formula>IF(ISBLANK(Type), 'x', 'y')</formula>")]}),
            "CustomField",
            "Field Type is a picklist field",
        ),
        (
            package({}, objects={"L__c": LINK_OBJECT.replace("<enableSharing>true", "<enableSharing>false")}),
            "CustomObject",
            "must all be enabled or all disabled",
        ),
        (
            package({}, members={"ListView": ["Account.V"]}, files={
                "objects/Account/listViews/V.listView-meta.xml": f"<ListView {NS}><fullName>V</fullName><label>V</label>"
                "<columns>ACCOUNT.NAME</columns><columns>Nope__c</columns><filterScope>Everything</filterScope>"
                "</ListView>"}),
            "ListView",
            "Could not resolve list view column: Nope__c",
        ),
        (
            package({}, members={"CustomTab": ["Nope__c"]}, files={
                "tabs/Nope__c.tab": f"<CustomTab {NS}><customObject>true</customObject></CustomTab>"}),
            "CustomTab",
            "no such custom object",
        ),
        (package({"Account": [KEY]}, files={"objects/Account.object": "<nonsense"}), "CustomObject", "Error parsing"),
        (
            package({"Account": [KEY]}, members={"CustomField": ["Account.Xero_Contact_ID__c", "Account.B__c"]}),
            "CustomField",
            "An object 'Account.B__c' of type CustomField was named in package.xml",
        ),
    ],
)  # fmt: skip
def test_a_wrong_component_fails_the_deployment_with_its_reason(
    org: SalesforceState, deployer: Salesforce, content: bytes, component: str, message: str
) -> None:
    status = deploy(deployer, content)
    (error,) = status["deployment_detail"]["errors"]
    assert (status["state"], error["type"], error["status"]) == ("Failed", component, "Error")
    assert message in error["message"]
    assert [one.name for one in org.schema if one.custom] == []
    assert [one.name for one in org.schema.get("Account").fields.values() if one.custom] == []


def test_one_wrong_component_undoes_the_others(org: SalesforceState, deployer: Salesforce) -> None:
    status = deploy(deployer, package({"Account": [KEY, field("A__c", "Text")]}))
    assert status["deployment_detail"]["failed_count"] == "1"
    assert org.schema.get("Account").find("Xero_Contact_ID__c") is None


def test_what_is_no_zip_or_has_no_manifest_is_refused(deployer: Salesforce) -> None:
    status = deploy(deployer, b"no zip")
    assert status["deployment_detail"]["errors"][0]["message"] == "File is not a valid zip archive"


def test_a_dead_session_is_a_soap_fault(org: SalesforceState, deployer: Salesforce) -> None:
    org.sessions.expire_all()
    with pytest.raises(SalesforceGeneralError) as refused:
        deployer.deploy(io.BytesIO(linked_org()), False)
    assert refused.value.status == 500
    assert "INVALID_SESSION_ID" in str(refused.value.content)


def test_a_required_field_needs_no_grant_and_must_not_get_one(org: SalesforceState, deployer: Salesforce) -> None:
    required = field("Must__c", "Text", "<length>5</length><required>true</required>")
    status = deploy(deployer, package({"Account": [required]}, grants=["Account.Must__c"]))
    assert status["deployment_detail"]["errors"][0]["message"] == (
        "You cannot deploy to a required field: Account.Must__c"
    )
    assert deploy(deployer, package({"Account": [required]}))["state"] == "Succeeded"
    assert org.permissions.field(org.schema.get("Account"), "Must__c") is not None


def test_deploying_again_keeps_the_data(org: SalesforceState, deployer: Salesforce) -> None:
    org.install_package(linked_org())
    org.insert("Link__c", {"Key__c": "t:1"})
    assert deploy(deployer, linked_org())["state"] == "Succeeded"
    assert [(row["Name"], row["Key__c"]) for row in org.rows("Link__c")] == [("L-0001", "t:1")]
    assert org.schema.get("Link__c").key_prefix == "a00"


def test_a_formula_follows_the_clock_and_the_other_fields(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    formula = "<precision>18</precision><scale>0</scale><formulaTreatBlanksAs>BlankAsBlank</formulaTreatBlanksAs>"
    formula += "<formula>IF(ISBLANK(Due__c) || IsClosed, null, TODAY() - Due__c)</formula>"
    fields = [field("Days__c", "Number", formula), field("Due__c", "Date")]
    org.install_package(package({"Case": fields}))
    with pytest.raises(ValueError, match="not editable"):
        org.install_package(package({}, grants=["Case.Days__c"]))
    org.install_package(
        package(
            {},
            files={
                "permissionsets/Q.permissionset": '<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata">'
                "<label>Q</label><fieldPermissions><editable>false</editable><field>Case.Days__c</field>"
                "<readable>true</readable></fieldPermissions></PermissionSet>"
            },
        )
    )
    open_case = org.insert("Case", {"Subject": "open", "Due__c": "2026-03-01"})
    org.insert("Case", {"Subject": "closed", "Due__c": "2026-03-01", "Status": "Closed"})
    org.insert("Case", {"Subject": "no date"})

    def days() -> list[Any]:
        return [row["Days__c"] for row in sf.query("SELECT Days__c FROM Case ORDER BY CaseNumber")["records"]]

    assert days() == [15.0, None, None]
    assert sf.query("SELECT Id FROM Case WHERE Days__c > 14")["totalSize"] == 1
    stamp = sf.Case.get(open_case)["SystemModstamp"]
    running.clock.set(START.replace(month=4))
    sf_again = connect(running.url)
    with sf_again.session:
        read = sf_again.Case.get(open_case)
    assert (read["Days__c"], read["SystemModstamp"]) == (46.0, stamp)
    with pytest.raises(SalesforceMalformedRequest) as refused:
        connect(running.url).Case.update(open_case, {"Days__c": 1})
    assert refused.value.content[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


PICKLIST = (
    "<valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>"
    "<value><fullName>Good</fullName><default>false</default><label>Good</label></value>"
    "</valueSetDefinition></valueSet>"
)


def test_a_text_formula_knows_the_instant_and_an_empty_picklist(
    running: RunningSandbox, org: SalesforceState, deployer: Salesforce
) -> None:
    formula = (
        'IF(ISPICKVAL(State__c, ""), "", IF(OR(ISBLANK(Seen__c), NOW() - Seen__c &gt; 3), "Unknown", '
        'TEXT(State__c) &amp; " on " &amp; TEXT(DATEVALUE(Seen__c)) &amp; ", " &amp; TEXT(Score__c)))'
    )
    fields = [
        field("Now__c", "Text", f"<formula>{formula}</formula>"),
        field("State__c", "Picklist", PICKLIST),
        field("Seen__c", "DateTime"),
        field("Score__c", "Number", "<precision>6</precision><scale>1</scale>"),
    ]
    names = [f"Account.{name}" for name in ("State__c", "Seen__c", "Score__c")]
    shown = (
        "<fieldPermissions><editable>false</editable><field>Account.Now__c</field><readable>true</readable>"
        "</fieldPermissions>"
    )
    extra = {"permissionsets/Q.permissionset": f"<PermissionSet {NS}><label>Q</label>{shown}</PermissionSet>"}
    deploy(deployer, package({"Account": fields}, grants=names, files=extra))
    org.assign_permission_set("P")
    org.assign_permission_set("Q")
    sf = connect(running.url)

    sf.Account.create({"Name": "never"})
    sf.Account.create({"Name": "seen", "State__c": "Good", "Seen__c": "2026-03-16T09:00:00+01:00", "Score__c": 12})
    sf.Account.create({"Name": "unseen", "State__c": "Good"})
    soql = "SELECT Name, Now__c, Seen__c FROM Account ORDER BY Name"

    def found() -> list[tuple[str, str | None]]:
        return [(row["Name"], row["Now__c"]) for row in sf.query(soql)["records"]]

    assert found() == [("never", None), ("seen", "Good on 2026-03-16, 12"), ("unseen", "Unknown")]
    assert sf.query(soql)["records"][1]["Seen__c"] == "2026-03-16T08:00:00.000+0000"
    running.clock.advance(timedelta(days=3) - timedelta(hours=1))
    assert found()[1] == ("seen", "Good on 2026-03-16, 12")
    running.clock.advance(timedelta(seconds=1))
    assert found()[1] == ("seen", "Unknown")
    assert [row["Name"] for row in sf.query("SELECT Name FROM Account WHERE Now__c = 'unknown'")["records"]] == [
        "seen",
        "unseen",
    ]
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.Account.create({"Name": "x", "State__c": "Bad"})
    assert refused.value.content[0]["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_the_products_own_package_is_accepted_from_its_folder() -> None:
    import xero_sf_pipeline.salesforce_metadata as metadata

    state = SalesforceState(":memory:", FixedClock(START))
    result = state.install_package(Path(str(metadata.__file__)).parent)
    assert "Account.Xero_Contact_ID__c" in {one.name for one in result.deployed}
    assert state.permissions.field(state.schema.get("Case"), "Xero_Invoice_Key__c") is not None
    assert state.permissions.object("Xero_Contact__c") is not None


def test_deployed_metadata_and_data_survive_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "org.sqlite")
    first = SalesforceState(path, FixedClock(START))
    first.install_package(linked_org())
    identity = first.insert("Account", {"Name": "Acme", "Xero_Contact_ID__c": "k"})
    first.insert("Link__c", {"Key__c": "t:k", "Account__c": identity})
    user = first.user_id
    first.close()
    again = SalesforceState(path, FixedClock(START))
    assert again.user_id == user
    assert [(row["Id"], row["Xero_Contact_ID__c"]) for row in again.rows("Account")] == [(identity, "k")]
    assert again.permissions.field(again.schema.get("Account"), "Xero_Contact_ID__c") is not None
    assert again.insert("Account", {"Name": "next"}) != identity
    assert [row["MasterLabel"] for row in again.rows("CaseStatus")].count("New") == 1
    again.close()


def test_a_user_whose_profile_grants_nothing_has_what_its_permission_sets_grant(
    org: SalesforceState, sf: Salesforce
) -> None:
    """The profile of an integration user grants nothing: objects, fields and addresses come from permission sets."""
    account = org.insert("Account", {"Name": "a", "Phone": "1", "Website": "w", "BillingCity": "York"})
    org.grant_nothing_by_profile()
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.query("SELECT Id FROM Account")
    assert refused.value.content[0]["errorCode"] == "INVALID_TYPE"

    org.install_package(
        package({}, grants=["Account.Phone", "Account.BillingAddress"], object_grants=["Account", "Opportunity"])
    )
    assert sf.query("SELECT Name, OwnerId, Phone, BillingCity FROM Account")["totalSize"] == 1
    assert sf.query("SELECT Id FROM OpportunityLineItem")["totalSize"] == 0
    sf.Account.update(account, {"BillingCity": "Leeds"})
    for query, code in (
        ("SELECT Website FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM PricebookEntry", "INVALID_TYPE"),
    ):
        with pytest.raises(SalesforceMalformedRequest) as refused:
            sf.query(query)
        assert refused.value.content[0]["errorCode"] == code
    with pytest.raises(SalesforceRefusedRequest):
        sf.Task.create({"Subject": "needs Edit Tasks"})
    assert sf.query("SELECT Id FROM User WHERE IsActive = true")["totalSize"] == 1

    org.grant_nothing_by_profile(nothing=False)
    assert sf.query("SELECT Website FROM Account")["records"][0]["Website"] == "w"
