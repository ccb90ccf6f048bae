"""The company's own custom fields in Salesforce, which its administrator made long before the pipeline came.

Belongs here: the fields that billing plans, references and mappings of the stories read, and a permission set that
opens them to the integration user. Does not belong here: the fields that the pipeline deploys (`salesforce_metadata`).
They come as the zip that the Metadata API takes.
"""

from __future__ import annotations

import io
import zipfile
from typing import Final

_NAMESPACE: Final = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
PERMISSION_SET: Final = "Deal_Desk"
_PLANS: Final = ("Single", "Staged", "Monthly", "Milestones")
_FIELDS: Final = {
    "Account": (("VAT_Number__c", "VAT Number", "<type>Text</type><length>30</length>"),),
    "Opportunity": (
        (
            "Billing_Plan__c",
            "Billing Plan",
            "<type>Picklist</type><valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>"
            + "".join(
                f"<value><fullName>{plan}</fullName><default>false</default><label>{plan}</label></value>"
                for plan in _PLANS
            )
            + "</valueSetDefinition></valueSet>",
        ),
        ("Term_Months__c", "Term in Months", "<type>Number</type><precision>3</precision><scale>0</scale>"),
        ("Designed_On__c", "Design Approved On", "<type>Date</type>"),
        ("Delivered_On__c", "Delivered On", "<type>Date</type>"),
        ("Handed_Over_On__c", "Handed Over On", "<type>Date</type>"),
        ("PO_Number__c", "Purchase Order", "<type>Text</type><length>40</length>"),
    ),
}


def own_fields_package() -> bytes:
    """The fields and their permission set, the same bytes every time."""
    files = {
        f"objects/{owner}.object": f"<CustomObject {_NAMESPACE}>"
        + "".join(
            f"<fields><fullName>{name}</fullName><label>{label}</label>{typed}</fields>"
            for name, label, typed in fields
        )
        + "</CustomObject>"
        for owner, fields in _FIELDS.items()
    }
    granted = "".join(
        f"<fieldPermissions><editable>true</editable><field>{owner}.{name}</field><readable>true</readable>"
        "</fieldPermissions>"
        for owner, fields in _FIELDS.items()
        for name, _, _ in fields
    )
    files[f"permissionsets/{PERMISSION_SET}.permissionset"] = (
        f"<PermissionSet {_NAMESPACE}><label>Deal Desk</label>{granted}</PermissionSet>"
    )
    members = {"CustomObject": tuple(_FIELDS), "PermissionSet": (PERMISSION_SET,)}
    types = "".join(
        "<types>" + "".join(f"<members>{name}</members>" for name in names) + f"<name>{kind}</name></types>"
        for kind, names in members.items()
    )
    files["package.xml"] = f"<Package {_NAMESPACE}>{types}<version>66.0</version></Package>"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return content.getvalue()
