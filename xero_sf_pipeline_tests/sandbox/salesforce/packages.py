"""Small metadata packages for tests, as the zip that the Metadata API takes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
KEY = (
    "<fullName>Xero_Contact_ID__c</fullName><label>Xero contact</label><type>Text</type><length>36</length>"
    "<externalId>true</externalId><unique>true</unique><caseSensitive>false</caseSensitive>"
)
LINK_OBJECT = (
    "<label>Link</label><pluralLabel>Links</pluralLabel><deploymentStatus>Deployed</deploymentStatus>"
    "<enableBulkApi>true</enableBulkApi><enableSharing>true</enableSharing>"
    "<enableStreamingApi>true</enableStreamingApi><sharingModel>ReadWrite</sharingModel>"
    "<nameField><label>Number</label><type>AutoNumber</type><displayFormat>L-{0000}</displayFormat></nameField>"
)
LOOKUP = (
    "<fullName>Account__c</fullName><label>Account</label><type>Lookup</type><referenceTo>Account</referenceTo>"
    "<relationshipName>Links</relationshipName><deleteConstraint>SetNull</deleteConstraint>"
)


def field(name: str, kind: str, extra: str = "") -> str:
    """The inner XML of one custom field."""
    return f"<fullName>{name}</fullName><label>{name[:-3]}</label><type>{kind}</type>{extra}"


def package(
    fields: Mapping[str, Sequence[str]],
    *,
    objects: Mapping[str, str] | None = None,
    grants: Sequence[str] = (),
    object_grants: Sequence[str] = (),
    files: Mapping[str, str] | None = None,
    members: Mapping[str, Sequence[str]] | None = None,
) -> bytes:
    """Zip custom fields by object, custom objects, and a permission set `P` that grants fields and objects."""
    definitions = dict(objects or {})
    content = {
        f"objects/{name}.object": f"<CustomObject {NS}>"
        + "".join(f"<fields>{one}</fields>" for one in fields.get(name, ()))
        + definitions.get(name, "")
        + "</CustomObject>"
        for name in [*fields, *(name for name in definitions if name not in fields)]
    }
    if grants or object_grants:
        content["permissionsets/P.permissionset"] = (
            f"<PermissionSet {NS}><label>P</label>"
            + "".join(
                f"<fieldPermissions><editable>true</editable><field>{name}</field><readable>true</readable>"
                "</fieldPermissions>"
                for name in grants
            )
            + "".join(
                f"<objectPermissions><allowCreate>true</allowCreate><allowDelete>true</allowDelete>"
                f"<allowEdit>true</allowEdit><allowRead>true</allowRead><object>{name}</object></objectPermissions>"
                for name in object_grants
            )
            + "</PermissionSet>"
        )
    listed = members if members is not None else {"CustomObject": ["*", *fields, *definitions], "PermissionSet": ["*"]}
    types = "".join(
        "<types>" + "".join(f"<members>{name}</members>" for name in names) + f"<name>{kind}</name></types>"
        for kind, names in listed.items()
    )
    content["package.xml"] = f"<Package {NS}>{types}<version>66.0</version></Package>"
    content |= files or {}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def linked_org() -> bytes:
    """Account.Xero_Contact_ID__c, and Link__c with a key and a lookup to Account, all granted."""
    key = KEY.replace("Xero_Contact_ID__c", "Key__c")
    return package(
        {"Account": [KEY], "Link__c": [key, LOOKUP]},
        objects={"Link__c": LINK_OBJECT},
        grants=["Account.Xero_Contact_ID__c", "Link__c.Key__c", "Link__c.Account__c"],
        object_grants=["Link__c"],
    )
