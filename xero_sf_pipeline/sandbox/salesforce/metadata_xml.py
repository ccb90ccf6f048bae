"""Metadata components as XML: from SFDX source or a deploy zip to the schema's own types.

Belongs here: unpacking both layouts, and the meaning of CustomObject, CustomField, ValidationRule and PermissionSet
elements (Metadata API Developer Guide). Does not belong here: putting them into the org (`deployment`).
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from xero_sf_pipeline.sandbox.salesforce.org_rules import DeployedRule
from xero_sf_pipeline.sandbox.salesforce.permissions import FieldGrant, ObjectGrant, PermissionSetGrants
from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType, ObjectType, PicklistValue
from xero_sf_pipeline.sandbox.salesforce.standard_objects import make_object

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
_NS = f"{{{NAMESPACE}}}"
_CUSTOM_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c\Z")
_FOLDERS = {"objects": "CustomObject", "permissionsets": "PermissionSet", "tabs": "CustomTab"}
_PARTS = {"fields": "CustomField", "listViews": "ListView", "validationRules": "ValidationRule"}
"""Components that stand inside an object's file or folder, by their element or subfolder."""


@dataclass(frozen=True)
class Component:
    """One metadata component. `name` of a field is `Object.Field`."""

    kind: str
    name: str
    file: str
    element: ET.Element


@dataclass(frozen=True)
class Problem:
    """Why a component cannot be deployed."""

    kind: str
    name: str
    file: str
    message: str


class MetadataError(ValueError):
    """A component's content is wrong; the text is what the deployment reports."""


def components_of_zip(content: bytes) -> tuple[list[Component], list[Problem]]:
    """Unpack a deploy zip and hold it against its `package.xml`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    except zipfile.BadZipFile:
        return [], [Problem("", "package.xml", "package.xml", "File is not a valid zip archive")]
    if "package.xml" not in files:
        return [], [Problem("", "package.xml", "package.xml", "No package.xml found")]
    found, problems = _parse_files({name: body for name, body in files.items() if name != "package.xml"})
    try:
        manifest = _manifest(_parse(files["package.xml"], "Package"))
    except MetadataError as error:
        return [], [Problem("", "package.xml", "package.xml", str(error))]
    wanted = [one for one in found if _is_listed(one, manifest)]
    present = {(one.kind, one.name) for one in found}
    broken = {problem.file for problem in problems}
    for kind, names in manifest.items():
        for name in names:
            expected = f"objects/{name.split('.')[0]}.object"
            if name == "*" or (kind, name) in present or expected in broken or kind not in _known_kinds():
                continue
            if kind == "CustomObject" and any(one.name.startswith(f"{name}.") for one in found):
                continue
            message = (
                f"An object '{name}' of type {kind} was named in package.xml, but was not found in zipped directory"
            )
            problems.append(Problem(kind, name, "package.xml", message))
    return wanted, problems


def components_of_directory(path: Path) -> tuple[list[Component], list[Problem]]:
    """Read SFDX source: any folder above `objects/` and `permissionsets/`, in the source or the zip's layout."""
    files: dict[str, bytes] = {}
    for file in sorted(path.rglob("*")):
        parts = file.relative_to(path).parts
        start = next((i for i, part in enumerate(parts) if part in _FOLDERS), None)
        if file.is_file() and start is not None and file.suffix != ".py":
            files["/".join(parts[start:])] = file.read_bytes()
    return _parse_files(files)


def _known_kinds() -> set[str]:
    return {*_PARTS.values(), *_FOLDERS.values()}


def _is_listed(one: Component, manifest: dict[str, set[str]]) -> bool:
    names = manifest.get(one.kind, set())
    if one.name in names or "*" in names:
        return True
    owner = one.name.split(".")[0]
    return one.kind in _PARTS.values() and bool({owner, "*"} & manifest.get("CustomObject", set()))


def _manifest(root: ET.Element) -> dict[str, set[str]]:
    listed: dict[str, set[str]] = {}
    for types in root.findall(f"{_NS}types"):
        kind = types.findtext(f"{_NS}name") or ""
        listed.setdefault(kind, set()).update((member.text or "").strip() for member in types.findall(f"{_NS}members"))
    if root.find(f"{_NS}version") is None:
        raise MetadataError("Missing required element: version")
    return listed


def _parse_files(files: dict[str, bytes]) -> tuple[list[Component], list[Problem]]:
    found: list[Component] = []
    problems: list[Problem] = []
    for name, body in files.items():
        folder, _, rest = name.partition("/")
        stem = rest.rsplit("/", 1)[-1].split(".")[0]
        try:
            if folder in ("permissionsets", "tabs"):
                kind = _FOLDERS[folder]
                found.append(Component(kind, stem, name, _parse(body, kind)))
            elif folder == "objects" and (part := _PARTS.get(rest.split("/")[1] if "/" in rest else "")):
                found.append(Component(part, f"{rest.split('/')[0]}.{stem}", name, _parse(body, part)))
            elif folder == "objects" and (rest.count("/") == 0 or rest.endswith(".object-meta.xml")):
                found.extend(_object_parts(stem, name, _parse(body, "CustomObject")))
            elif folder == "objects":
                ET.fromstring(body)  # noqa: S314 - other parts of an object only have to be XML here
        except (MetadataError, ET.ParseError) as error:
            kind = _FOLDERS.get(folder, "")
            problems.append(Problem(kind, stem, name, str(error)))
    return found, problems


def _object_parts(name: str, file: str, root: ET.Element) -> Iterable[Component]:
    if root.find(f"{_NS}nameField") is not None or root.find(f"{_NS}label") is not None:
        yield Component("CustomObject", name, file, root)
    for tag, kind in _PARTS.items():
        for part in root.findall(f"{_NS}{tag}"):
            full_name = (part.findtext(f"{_NS}fullName") or "").strip()
            yield Component(kind, f"{name}.{full_name}", file, part)


def _parse(body: bytes, root_name: str) -> ET.Element:
    try:
        root = ET.fromstring(body)  # noqa: S314 - the sandbox reads its own user's files
    except ET.ParseError as error:
        raise MetadataError(f"Error parsing file: {error}") from None
    if root.tag != f"{_NS}{root_name}":
        raise MetadataError(f"Error parsing file: root element must be {root_name} in namespace {NAMESPACE}")
    return root


def _text(element: ET.Element, name: str) -> str | None:
    value = element.findtext(f"{_NS}{name}")
    return None if value is None else value.strip()


def _flag(element: ET.Element, name: str) -> bool:
    value = _text(element, name) or "false"
    if value not in ("true", "false"):
        raise MetadataError(f"Error parsing file: invalid boolean '{value}' in {name}")
    return value == "true"


def _number(element: ET.Element, name: str, kind: str) -> int:
    value = _text(element, name)
    if value is None:
        raise MetadataError(f"Must specify '{name}' for a CustomField of type {kind}")
    if not value.isdigit():
        raise MetadataError(f"Error parsing file: invalid number '{value}' in {name}")
    return int(value)


def object_of(component: Component, key_prefix: str) -> ObjectType:
    """Build a custom object from its definition. Raises MetadataError."""
    root = component.element
    if not _CUSTOM_NAME.match(component.name):
        raise MetadataError(
            f"The object name '{component.name}' must be alphanumeric, start with a letter and end with __c"
        )
    for required in ("label", "pluralLabel", "nameField", "sharingModel", "deploymentStatus"):
        if root.find(f"{_NS}{required}") is None:
            raise MetadataError(f"Must specify a non-empty {required} for the CustomObject")
    switches = {_flag(root, name) for name in ("enableBulkApi", "enableSharing", "enableStreamingApi")}
    if len(switches) > 1:
        raise MetadataError("enableBulkApi, enableSharing and enableStreamingApi must all be enabled or all disabled")
    name_field = root.find(f"{_NS}nameField")
    assert name_field is not None
    kind, label = _text(name_field, "type"), _text(name_field, "label") or "Name"
    name = Field("Name", FieldType.STRING, label, length=80, name_field=True)
    if kind == "AutoNumber":
        pattern = _text(name_field, "displayFormat") or "{0}"
        name = replace(name, auto_number=pattern, createable=False, updateable=False)
    elif kind != "Text":
        raise MetadataError("nameField type must be Text or AutoNumber")
    return make_object(
        component.name,
        key_prefix,
        [name],
        owner=("User", "Group"),
        label=_text(root, "label") or component.name,
        plural=_text(root, "pluralLabel") or component.name,
        custom=True,
    )


_KINDS = {
    "Text": FieldType.STRING,
    "TextArea": FieldType.TEXTAREA,
    "LongTextArea": FieldType.TEXTAREA,
    "Number": FieldType.DOUBLE,
    "Currency": FieldType.CURRENCY,
    "Percent": FieldType.PERCENT,
    "Date": FieldType.DATE,
    "DateTime": FieldType.DATETIME,
    "Checkbox": FieldType.BOOLEAN,
    "Url": FieldType.URL,
    "Email": FieldType.EMAIL,
    "Phone": FieldType.PHONE,
    "Lookup": FieldType.REFERENCE,
    "Picklist": FieldType.PICKLIST,
}
_FIXED_LENGTHS = {"Url": 255, "Email": 80, "Phone": 40, "Picklist": 255, "TextArea": 255, "Lookup": 18}
_FIELD_ELEMENTS = {
    "fullName", "label", "description", "inlineHelpText", "type", "length", "precision", "scale", "required", "unique",
    "caseSensitive", "externalId", "defaultValue", "visibleLines", "trackHistory", "trackTrending", "trackFeedHistory",
    "deleteConstraint", "referenceTo", "relationshipLabel", "relationshipName", "formula", "formulaTreatBlanksAs",
    "valueSet", "securityClassification", "businessStatus", "complianceGroup", "displayFormat", "startingNumber",
    "lookupFilter", "reparentableMasterDetail", "writeRequiresMasterRead", "encryptionScheme", "stripMarkup",
}  # fmt: skip


def field_of(component: Component) -> Field:
    """Build a custom field from its definition. Raises MetadataError."""
    element = component.element
    full_name = component.name.split(".", 1)[1]
    if _text(element, "fullName") != full_name:
        raise MetadataError(f"fullName must be {full_name}, the name of its file")
    for child in element:
        name = child.tag.removeprefix(_NS)
        if name not in _FIELD_ELEMENTS:
            raise MetadataError(f"Error parsing file: Element {child.tag} invalid at this location in type CustomField")
    if not _CUSTOM_NAME.match(full_name) or len(full_name) > 43:
        raise MetadataError(
            f"The field name '{full_name}' must be alphanumeric, at most 40 characters, and end with __c"
        )
    kind, label = _text(element, "type"), _text(element, "label")
    if not label or len(label) > 40:
        raise MetadataError("Must specify a label of at most 40 characters")
    if kind not in _KINDS:
        raise MetadataError(f"Error parsing file: '{kind}' is not a valid value for the enum 'FieldType'")
    field = Field(
        full_name,
        _KINDS[kind],
        label,
        length=_FIXED_LENGTHS.get(kind, 0),
        required=_flag(element, "required"),
        external_id=_flag(element, "externalId"),
        unique=_flag(element, "unique"),
        case_sensitive=_flag(element, "caseSensitive"),
        custom=True,
        help_text=_text(element, "inlineHelpText"),
    )
    field = _typed(field, kind, element)
    if (field.external_id and kind not in ("Text", "Number", "Email")) or (
        field.unique and kind not in ("Text", "Number", "Email")
    ):
        raise MetadataError(f"A field of type {kind} cannot be an external ID or unique")
    formula = _text(element, "formula")
    if formula is None:
        return field
    treat = _text(element, "formulaTreatBlanksAs") or "BlankAsZero"
    return replace(field, formula=formula, blank_as_zero=treat == "BlankAsZero", createable=False, updateable=False)


def is_formula(component: Component) -> bool:
    """Tell whether a field is a formula."""
    return component.element.find(f"{_NS}formula") is not None


def _typed(field: Field, kind: str, element: ET.Element) -> Field:
    is_formula = _text(element, "formula") is not None
    if kind in ("Number", "Currency", "Percent"):
        precision, scale = _number(element, "precision", kind), _number(element, "scale", kind)
        if precision > 18 or scale > precision:
            raise MetadataError("precision must be at most 18 and scale at most precision")
        return replace(field, precision=precision, scale=scale)
    if kind in ("Text", "LongTextArea"):
        if kind == "Text" and is_formula:
            return replace(field, length=1300)
        length = _number(element, "length", kind)
        low, high = (1, 255) if kind == "Text" else (256, 131_072)
        if not low <= length <= high:
            raise MetadataError(f"length of a {kind} field must be between {low} and {high}")
        if kind == "LongTextArea":
            _number(element, "visibleLines", kind)
        return replace(field, length=length)
    if kind == "Checkbox" and not is_formula:
        if _text(element, "defaultValue") is None:
            raise MetadataError("Must specify 'defaultValue' for a CustomField of type Checkbox")
        return replace(field, default=_flag(element, "defaultValue"))
    if kind == "Lookup":
        target, child_name = _text(element, "referenceTo"), _text(element, "relationshipName")
        if not target or not child_name:
            raise MetadataError("Must specify 'referenceTo' and 'relationshipName' for a CustomField of type Lookup")
        constraint = _text(element, "deleteConstraint") or "SetNull"
        parent = field.name.removesuffix("__c") + "__r"
        return replace(field, references=(target,), relationship=parent, delete_constraint=constraint)
    if kind == "Picklist":
        return _picklist(field, element)
    return field


def _picklist(field: Field, element: ET.Element) -> Field:
    values = element.find(f"{_NS}valueSet")
    definition = None if values is None else values.find(f"{_NS}valueSetDefinition")
    if values is None or definition is None:
        raise MetadataError("Must specify 'valueSet' with a valueSetDefinition for a CustomField of type Picklist")
    choices = tuple(
        PicklistValue(_text(one, "fullName") or "", _text(one, "label") or "", _flag(one, "default"))
        for one in definition.findall(f"{_NS}value")
        if _text(one, "isActive") != "false"  # kept by records that have it, and neither described nor taken any more
    )
    preset = next((one.value for one in choices if one.is_default), None)
    return replace(field, picklist=choices, restricted=_flag(values, "restricted"), default=preset)


def grants_of(component: Component) -> PermissionSetGrants:
    """Build a permission set from its definition. Raises MetadataError."""
    root = component.element
    label = _text(root, "label")
    if not label:
        raise MetadataError("Must specify a non-empty label for the PermissionSet")
    fields = tuple(
        FieldGrant(_text(one, "field") or "", _flag(one, "readable"), _flag(one, "editable"))
        for one in root.findall(f"{_NS}fieldPermissions")
    )
    objects = tuple(
        ObjectGrant(
            _text(one, "object") or "",
            _flag(one, "allowRead"),
            _flag(one, "allowCreate"),
            _flag(one, "allowEdit"),
            _flag(one, "allowDelete"),
        )
        for one in root.findall(f"{_NS}objectPermissions")
    )
    for granted in objects:
        if (granted.create or granted.edit or granted.delete) and not granted.read:
            raise MetadataError(f"Permission Read {granted.name} depends on permission(s): Create, Edit or Delete")
    users = tuple(_text(one, "name") or "" for one in root.findall(f"{_NS}userPermissions") if _flag(one, "enabled"))
    return PermissionSetGrants(component.name, label, fields, objects, users)


def validation_of(component: Component) -> DeployedRule:
    """Build a validation rule from its definition. Raises MetadataError."""
    element = component.element
    owner, _, name = component.name.partition(".")
    texts = {tag: _text(element, tag) for tag in ("errorConditionFormula", "errorMessage", "active")}
    empty = [tag for tag, text in texts.items() if not text]
    if empty or _text(element, "fullName") != name:
        raise MetadataError(f"Required field is missing: {(empty or ['fullName'])[0]}")
    message = texts["errorMessage"] or ""
    if len(message) > 255:
        raise MetadataError("errorMessage must be at most 255 characters")
    return DeployedRule(
        object=owner,
        name=name,
        formula=texts["errorConditionFormula"] or "",
        message=message,
        field=_text(element, "errorDisplayField"),
        is_active=_flag(element, "active"),
    )


def list_view_fields(component: Component) -> list[str]:
    """Return the columns and filtered fields of a list view. Raises MetadataError."""
    element = component.element
    for required in ("fullName", "label", "filterScope"):
        if not _text(element, required):
            raise MetadataError(f"Required field is missing: {required}")
    columns = [(one.text or "").strip() for one in element.findall(f"{_NS}columns")]
    return columns + [_text(one, "field") or "" for one in element.findall(f"{_NS}filters")]
