"""What describe says of fields: what they hold, and what the integration user may do with them."""

from __future__ import annotations

from typing import Any

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest

from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline_tests.sandbox.salesforce.packages import LINK_OBJECT, NS, field, package


def choices(*values: str, inactive: str = "") -> str:
    listed = "".join(
        f"<value><fullName>{one}</fullName><default>false</default>"
        f"{'<isActive>false</isActive>' if one == inactive else ''}<label>{one}</label></value>"
        for one in values
    )
    return (
        f"<valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>{listed}"
        "</valueSetDefinition></valueSet>"
    )


NUMBER = "<precision>18</precision><scale>2</scale>"
FIELDS = {
    "Text__c": field("Text__c", "Text", "<length>10</length><required>true</required>"),
    "Area__c": field("Area__c", "TextArea"),
    "Long__c": field("Long__c", "LongTextArea", "<length>500</length><visibleLines>3</visibleLines>"),
    "Money__c": field("Money__c", "Currency", NUMBER),
    "Count__c": field("Count__c", "Number", "<precision>6</precision><scale>0</scale>"),
    "Day__c": field("Day__c", "Date"),
    "Seen__c": field("Seen__c", "DateTime"),
    "Flag__c": field("Flag__c", "Checkbox", "<defaultValue>true</defaultValue>"),
    "Link__c": field("Link__c", "Url"),
    "Mail__c": field("Mail__c", "Email"),
    "Phone__c": field("Phone__c", "Phone"),
    "Class__c": field("Class__c", "Picklist", choices("A", "B", "C", inactive="B")),
    "Double__c": field("Double__c", "Number", f"{NUMBER}<formula>Money__c * 2</formula>"),
    "Owner_Account__c": field(
        "Owner_Account__c",
        "Lookup",
        "<referenceTo>Account</referenceTo><relationshipName>Linked</relationshipName>",
    ),
}
ASKED = ("type", "length", "precision", "scale", "createable", "updateable", "calculated", "nillable")
DESCRIBED = {
    "Text__c": ("string", 10, 0, 0, True, True, False, False),
    "Area__c": ("textarea", 255, 0, 0, True, True, False, True),
    "Long__c": ("textarea", 500, 0, 0, True, True, False, True),
    "Money__c": ("currency", 0, 18, 2, True, True, False, True),
    "Count__c": ("double", 0, 6, 0, True, True, False, True),
    "Day__c": ("date", 0, 0, 0, True, True, False, True),
    "Seen__c": ("datetime", 0, 0, 0, True, True, False, True),
    "Flag__c": ("boolean", 0, 0, 0, True, True, False, False),
    "Link__c": ("url", 255, 0, 0, True, True, False, True),
    "Mail__c": ("email", 80, 0, 0, True, True, False, True),
    "Phone__c": ("phone", 40, 0, 0, True, True, False, True),
    "Class__c": ("picklist", 255, 0, 0, True, True, False, True),
    "Double__c": ("double", 0, 18, 2, False, False, True, True),
    "Owner_Account__c": ("reference", 18, 0, 0, True, True, False, True),
    "Name": ("string", 80, 0, 0, False, False, False, False),
    "Id": ("id", 18, 0, 0, False, False, False, False),
    "SystemModstamp": ("datetime", 0, 0, 0, False, False, False, False),
}


def link_package(rights: str) -> bytes:
    """Link__c with a field of every type, and a permission set that gives these rights to the object."""
    granted = "".join(
        f"<fieldPermissions><editable>{str(name != 'Double__c').lower()}</editable><field>Link__c.{name}</field>"
        "<readable>true</readable></fieldPermissions>"
        for name in FIELDS
        if name != "Text__c"
    )
    return package(
        {"Link__c": list(FIELDS.values())},
        objects={"Link__c": LINK_OBJECT},
        files={
            "permissionsets/P.permissionset": f"<PermissionSet {NS}><label>P</label>{granted}<objectPermissions>"
            f"{rights}<allowRead>true</allowRead><object>Link__c</object></objectPermissions></PermissionSet>"
        },
    )


ALL = "<allowCreate>true</allowCreate><allowDelete>true</allowDelete><allowEdit>true</allowEdit>"


def described(sf: Salesforce) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in sf.Link__c.describe()["fields"]}


def test_every_type_says_its_length_digits_and_rights(org: SalesforceState, sf: Salesforce) -> None:
    org.install_package(link_package(ALL))
    fields = described(sf)
    assert {name: tuple(fields[name][key] for key in ASKED) for name in DESCRIBED} == DESCRIBED
    assert (fields["Name"]["autoNumber"], fields["Owner_Account__c"]["referenceTo"]) == (True, ["Account"])


def test_an_inactive_choice_is_neither_described_nor_taken_and_stays_where_it_is(
    org: SalesforceState, sf: Salesforce
) -> None:
    org.install_package(link_package(ALL))
    kept = org.insert("Link__c", {"Text__c": "a", "Class__c": "B"})
    listed = described(sf)["Class__c"]
    assert ([one["value"] for one in listed["picklistValues"]], listed["restrictedPicklist"]) == (["A", "C"], True)
    with pytest.raises(SalesforceMalformedRequest, match="bad value for restricted picklist field: B"):
        sf.Link__c.create({"Text__c": "b", "Class__c": "B"})
    assert sf.Link__c.get(kept)["Class__c"] == "B"


@pytest.mark.parametrize(
    ("rights", "may_create", "may_update"),
    [
        ("", False, False),
        ("<allowCreate>true</allowCreate>", True, False),
        ("<allowCreate>true</allowCreate><allowEdit>true</allowEdit>", True, True),
    ],
)
def test_no_field_allows_what_the_object_does_not(
    org: SalesforceState, sf: Salesforce, rights: str, may_create: bool, may_update: bool
) -> None:
    org.install_package(link_package(rights))
    one = sf.Link__c.describe()
    money = next(entry for entry in one["fields"] if entry["name"] == "Money__c")
    assert (one["createable"], one["updateable"]) == (may_create, may_update)
    assert (money["createable"], money["updateable"]) == (may_create, may_update)


def test_a_field_that_may_be_read_only_is_described_so(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    org.install_package(link_package(ALL))
    org.permissions.hide("Link__c", "Money__c", only_writing=True)
    org.permissions.hide("Link__c", "Day__c")
    fields = described(sf)
    assert (fields["Money__c"]["createable"], fields["Money__c"]["updateable"]) == (False, False)
    assert "Day__c" not in fields
