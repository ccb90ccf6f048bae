"""The zip that the Metadata API deploys, built from the SFDX source.

The source keeps one file for each field; the Metadata API wants one `.object` file for each object and a
`package.xml` that lists every component (Metadata API Developer Guide, "Deploying and retrieving with the zip file").
Belongs here: that conversion. Does not belong here: the definitions (`force-app/`) or sending (`deployment`).
"""

from __future__ import annotations

import copy
import io
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Mapping

from xero_sf_pipeline.salesforce_metadata.source import NAMESPACE, MetadataSource, ObjectSource, read_source

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip entry can carry: the same source gives the same bytes at any hour."""

_TAG = f"{{{NAMESPACE}}}"


def build_package(source: MetadataSource | None = None) -> bytes:
    """Build the deployable zip. The same source always gives the same bytes, on any machine."""
    content = package_files(source if source is not None else read_source())
    buffer = io.BytesIO()
    # Stored, not deflated: some 20 kB, and the bytes do not depend on the machine's zlib.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in ["package.xml", *sorted(set(content) - {"package.xml"})]:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content[name])
    return buffer.getvalue()


def package_files(source: MetadataSource) -> Mapping[str, bytes]:
    """Return the files of the package by their path inside the zip."""
    content = {"package.xml": _serialise(_manifest(source))}
    for one in source.objects:
        content[f"objects/{one.name}.object"] = _serialise(_object(one))
    for tab in source.tabs:
        content[f"tabs/{tab.name}.tab"] = _serialise(tab.definition)
    for permission_set in source.permission_sets:
        content[f"permissionsets/{permission_set.name}.permissionset"] = _serialise(permission_set.definition)
    return content


def _object(one: ObjectSource) -> ET.Element:
    root = ET.Element(f"{_TAG}CustomObject")
    # Formulas last: a deployment that goes through the file in order finds the fields that they name.
    for field in sorted(one.fields, key=lambda field: field.text("formula") is not None):
        nested = ET.SubElement(root, f"{_TAG}fields")
        nested.extend(copy.deepcopy(list(field.definition)))
    for view in one.list_views:
        nested = ET.SubElement(root, f"{_TAG}listViews")
        nested.extend(copy.deepcopy(list(view.definition)))
    if one.definition is not None:
        root.extend(copy.deepcopy(list(one.definition)))
    return root


def _manifest(source: MetadataSource) -> ET.Element:
    members = {
        "CustomField": [f"{field.object_name}.{field.name}" for field in source.fields],
        "CustomObject": [one.name for one in source.objects if one.definition is not None],
        "CustomTab": [one.name for one in source.tabs],
        "ListView": [f"{one.name}.{view.name}" for one in source.objects for view in one.list_views],
        "PermissionSet": [one.name for one in source.permission_sets],
    }
    root = ET.Element(f"{_TAG}Package")
    for kind, names in members.items():
        if not names:
            continue
        types = ET.SubElement(root, f"{_TAG}types")
        for name in sorted(names):
            ET.SubElement(types, f"{_TAG}members").text = name
        ET.SubElement(types, f"{_TAG}name").text = kind
    ET.SubElement(root, f"{_TAG}version").text = source.api_version
    return root


def _serialise(root: ET.Element) -> bytes:
    """Write XML with the namespace as the default one, as Salesforce's own tools do."""
    plain = copy.deepcopy(root)
    for element in plain.iter():
        element.tag = element.tag.removeprefix(_TAG)
    plain.set("xmlns", NAMESPACE)
    ET.indent(plain, space="    ")
    text: str = ET.tostring(plain, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()
