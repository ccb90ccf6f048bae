"""The company's own custom fields in Salesforce, which its administrator made long before the pipeline came.

Belongs here: the fields that billing plans, references and mappings of the stories read, a permission set that opens
them to the integration user, and what somebody typed into those of products. Does not belong here: the fields that the
pipeline deploys (`salesforce_metadata`). They come as the zip that the Metadata API takes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Final

from xero_sf_pipeline.sandbox.company.spec import Row

_NAMESPACE: Final = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
PERMISSION_SET: Final = "Deal_Desk"
_MONEY: Final = "<type>Currency</type><precision>18</precision><scale>2</scale>"
_CHECKBOX: Final = "<type>Checkbox</type><defaultValue>false</defaultValue>"


def _picklist(*values: str) -> str:
    """The XML of a restricted picklist."""
    return (
        "<type>Picklist</type><valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>"
        + "".join(
            f"<value><fullName>{one}</fullName><default>false</default><label>{one}</label></value>" for one in values
        )
        + "</valueSetDefinition></valueSet>"
    )


_FIELDS: Final = {
    "Account": (
        ("VAT_Number__c", "VAT Number", "<type>Text</type><length>30</length>"),
        ("Customer_Since__c", "Customer Since", "<type>Date</type>"),
        ("Credit_Class__c", "Credit Class", _picklist("A", "B", "C")),
    ),
    "Contact": (("In_Xero_Mails__c", "Gets Invoice Mails", _CHECKBOX),),
    "Opportunity": (
        ("Billing_Plan__c", "Billing Plan", _picklist("Single", "Staged", "Monthly", "Milestones")),
        ("Term_Months__c", "Term in Months", "<type>Number</type><precision>3</precision><scale>0</scale>"),
        ("Designed_On__c", "Design Approved On", "<type>Date</type>"),
        ("Delivered_On__c", "Delivered On", "<type>Date</type>"),
        ("Handed_Over_On__c", "Handed Over On", "<type>Date</type>"),
        ("PO_Number__c", "Purchase Order", "<type>Text</type><length>40</length>"),
        ("Invoice_Sent__c", "Invoice Sent", _CHECKBOX),
        ("Expected_Payment__c", "Expected Payment", "<type>Date</type>"),
        ("Tax_Total__c", "Tax Total", _MONEY),
        ("Quote_Summary__c", "Quote Summary", "<type>TextArea</type>"),
        ("Proof_Link__c", "Proof of Delivery", "<type>Url</type>"),
    ),
    "Product2": (
        ("Purchase_Price__c", "Purchase Price", _MONEY),
        ("Sales_Account__c", "Sales Account", "<type>Text</type><length>10</length>"),
    ),
}
PRODUCT_VALUES: Final[Mapping[str, Row]] = {
    "ACOU-HEX": {"Purchase_Price__c": 52.4},
    "MON-32": {"Purchase_Price__c": 185, "Sales_Account__c": "200"},  # the item says 190.00
    "MOVE-DAY": {"Sales_Account__c": "202"},
}
"""What the fields of the stories' products hold, by product code."""


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
