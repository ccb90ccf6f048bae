"""What `describe` says about objects and fields, as far as the integration user may see them.

Belongs here: the JSON of the describe resources. Does not belong here: the schema itself.
"""

from __future__ import annotations

from typing import Any

from xero_sf_pipeline.sandbox.salesforce.field_security import has_field_security
from xero_sf_pipeline.sandbox.salesforce.permissions import Permissions
from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType, ObjectType, Schema

_SOAP = {
    FieldType.ID: "tns:ID",
    FieldType.REFERENCE: "tns:ID",
    FieldType.BOOLEAN: "xsd:boolean",
    FieldType.INT: "xsd:int",
    FieldType.DATE: "xsd:date",
    FieldType.DATETIME: "xsd:dateTime",
    FieldType.ADDRESS: "urn:address",
}

_NEVER_EMPTY = frozenset(
    {"CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate", "OwnerId", "SystemModstamp"}
)


def describe_global(schema: Schema, permissions: Permissions, version: str) -> dict[str, Any]:
    """Return the body of `/sobjects`: one entry per visible object."""
    visible = [one for one in schema if permissions.object(one.name) is not None]
    entries = [object_entry(one, permissions, version) for one in sorted(visible, key=lambda one: one.name)]
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": entries}


def object_entry(one: ObjectType, permissions: Permissions, version: str) -> dict[str, Any]:
    """Return what both the list and the full describe say about an object."""
    base = f"/services/data/v{version}/sobjects/{one.name}"
    return {
        "activateable": False,
        "createable": one.createable and permissions.can_write_object(one, "create"),
        "custom": one.custom,
        "customSetting": False,
        "deletable": one.deletable and permissions.can_write_object(one, "delete"),
        "deprecatedAndHidden": False,
        "keyPrefix": one.key_prefix,
        "label": one.label,
        "labelPlural": one.plural,
        "layoutable": True,
        "mergeable": one.name in ("Account", "Contact"),
        "name": one.name,
        "queryable": True,
        "replicateable": one.soft_delete,
        "retrieveable": True,
        "searchable": True,
        "triggerable": True,
        "undeletable": one.soft_delete,
        "updateable": one.updateable and permissions.can_write_object(one, "edit"),
        "urls": {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"},
    }


def describe_object(schema: Schema, one: ObjectType, permissions: Permissions, version: str) -> dict[str, Any]:
    """Return the body of `/sobjects/X/describe`. Fields hidden from the user are not in it."""
    visible = [field for field in one.fields.values() if permissions.can_read(one, field)]
    children = [
        {
            "childSObject": child.name,
            "field": field.name,
            "cascadeDelete": field.delete_constraint == "Cascade",
            "restrictedDelete": field.delete_constraint == "Restrict",
            "relationshipName": None,
            "deprecatedAndHidden": False,
        }
        for child, field in schema.referring_to(one.name)
        if permissions.object(child.name) is not None and permissions.can_read(child, field)
    ]
    return {
        **object_entry(one, permissions, version),
        "childRelationships": children,
        "fields": [describe_field(one, field, permissions) for field in visible],
        "recordTypeInfos": [
            {"active": True, "available": True, "defaultRecordTypeMapping": True, "master": True, "name": "Master"}
        ],
    }


def describe_field(one: ObjectType, field: Field, permissions: Permissions) -> dict[str, Any]:
    """Return one entry of `fields`. What the user may not do with the object, no field of it allows either."""
    editable = field.formula is None and permissions.can_edit(one, field)
    createable = one.createable and editable and permissions.can_write_object(one, "create")
    updateable = one.updateable and editable and permissions.can_write_object(one, "edit")
    kind = field.type
    sortable = not field.is_long_text and kind is not FieldType.ADDRESS
    return {
        "aggregatable": sortable,
        "autoNumber": field.auto_number is not None,
        "byteLength": field.length * 3 if kind.is_text else field.length,
        "calculated": field.formula is not None,
        "calculatedFormula": field.formula,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": _compound(one, field),
        "createable": field.createable and createable,
        "custom": field.custom,
        "defaultValue": field.default if kind is FieldType.BOOLEAN else None,
        "defaultedOnCreate": field.default is not None or field.name == "OwnerId" or not field.createable,
        "deprecatedAndHidden": False,
        "digits": field.precision if kind is FieldType.INT else 0,
        "externalId": field.external_id,
        "filterable": sortable,
        "groupable": sortable and not kind.is_number,
        "idLookup": field.is_upsert_key,
        "inlineHelpText": field.help_text,
        "label": field.title,
        "length": field.length,
        "name": field.name,
        "nameField": field.name_field,
        "nillable": not (
            field.required
            or field.auto_number
            or field.name in _NEVER_EMPTY
            or kind in (FieldType.ID, FieldType.BOOLEAN)
        ),
        "permissionable": has_field_security(one, field),
        "picklistValues": [
            {
                "active": True,
                "defaultValue": choice.is_default,
                "label": choice.label or choice.value,
                "validFor": None,
                "value": choice.value,
            }
            for choice in field.picklist
        ],
        "polymorphicForeignKey": field.is_polymorphic,
        "precision": field.precision if kind is not FieldType.INT else 0,
        "referenceTo": list(field.references),
        "relationshipName": field.relationship,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "soapType": _SOAP.get(kind, "xsd:double" if kind.is_number else "xsd:string"),
        "sortable": sortable,
        "type": kind.value,
        "unique": field.unique,
        "updateable": field.updateable and updateable,
    }


def _compound(one: ObjectType, field: Field) -> str | None:
    for other in one.fields.values():
        if field.name in other.components:
            return other.name
    return None
