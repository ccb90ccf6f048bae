"""The SFDX source beside this module, read as typed components.

The XML files under `force-app/` are the one place where a field, an object or a permission is defined: the deployment
package, the preflight checks and the tests all read them from here. Belongs here: finding and reading those files.
Does not belong here: the zip that the Metadata API takes (`package`) or what an org must offer (`expectations`).
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
"""The XML namespace of all Salesforce metadata (Metadata API Developer Guide)."""

_TAG = f"{{{NAMESPACE}}}"


@dataclass(frozen=True)
class FieldSource:
    """One custom field: the object that it is on and its definition."""

    object_name: str
    name: str
    definition: ET.Element

    def text(self, tag: str) -> str | None:
        return self.definition.findtext(f"{_TAG}{tag}")

    def is_true(self, tag: str) -> bool:
        return self.text(tag) == "true"


@dataclass(frozen=True)
class NamedSource:
    """One component that is deployed as it is: a list view of an object, or the tab of one."""

    name: str
    definition: ET.Element


@dataclass(frozen=True)
class ObjectSource:
    """One object with the fields and list views that are added to it. `definition` is None for a standard object."""

    name: str
    definition: ET.Element | None
    fields: tuple[FieldSource, ...]
    list_views: tuple[NamedSource, ...] = ()


@dataclass(frozen=True)
class PermissionSetSource:
    """One permission set."""

    name: str
    definition: ET.Element

    def granted_fields(self) -> dict[str, bool]:
        """Return `Object.Field` of every readable field, with whether it may be edited too."""
        return {
            one.findtext(f"{_TAG}field", ""): one.findtext(f"{_TAG}editable") == "true"
            for one in self.definition.findall(f"{_TAG}fieldPermissions")
            if one.findtext(f"{_TAG}readable") == "true"
        }

    def granted_objects(self) -> dict[str, frozenset[str]]:
        """Return the permissions that are switched on, for instance `allowCreate`, for each object."""
        return {
            one.findtext(f"{_TAG}object", ""): frozenset(
                child.tag.removeprefix(_TAG) for child in one if child.text == "true"
            )
            for one in self.definition.findall(f"{_TAG}objectPermissions")
        }


@dataclass(frozen=True)
class MetadataSource:
    """Everything that is deployed, each list in the order of its names."""

    api_version: str
    objects: tuple[ObjectSource, ...]
    permission_sets: tuple[PermissionSetSource, ...]
    tabs: tuple[NamedSource, ...] = ()

    @property
    def fields(self) -> tuple[FieldSource, ...]:
        return tuple(field for one in self.objects for field in one.fields)

    def permission_set(self, name: str) -> PermissionSetSource:
        return next(one for one in self.permission_sets if one.name == name)


def read_source(root: Traversable | None = None) -> MetadataSource:
    """Read the SFDX project that ships with the package (or another one at `root`)."""
    project = root if root is not None else files("xero_sf_pipeline.salesforce_metadata")
    version = json.loads((project / "sfdx-project.json").read_text(encoding="utf-8"))["sourceApiVersion"]
    base = project / "force-app" / "main" / "default"
    return MetadataSource(
        api_version=version,
        objects=tuple(_object(folder) for folder in _sorted(base / "objects")),
        permission_sets=tuple(
            PermissionSetSource(file.name.removesuffix(".permissionset-meta.xml"), _parse(file))
            for file in _sorted(base / "permissionsets")
        ),
        tabs=_named(base / "tabs", ".tab-meta.xml"),
    )


def _object(folder: Traversable) -> ObjectSource:
    definition = folder / f"{folder.name}.object-meta.xml"
    fields = [_field(folder.name, file) for file in _sorted(folder / "fields")]
    return ObjectSource(
        folder.name,
        _parse(definition) if definition.is_file() else None,
        tuple(fields),
        _named(folder / "listViews", ".listView-meta.xml"),
    )


def _named(folder: Traversable, suffix: str) -> tuple[NamedSource, ...]:
    if not folder.is_dir():
        return ()
    return tuple(NamedSource(file.name.removesuffix(suffix), _parse(file)) for file in _sorted(folder))


def _field(object_name: str, file: Traversable) -> FieldSource:
    definition = _parse(file)
    name = file.name.removesuffix(".field-meta.xml")
    if definition.findtext(f"{_TAG}fullName") != name:
        raise ValueError(f"{object_name}/{file.name}: the file's name and its fullName differ")
    return FieldSource(object_name, name, definition)


def _parse(file: Traversable) -> ET.Element:
    return ET.fromstring(file.read_bytes())  # noqa: S314 - a file of this package


def _sorted(folder: Traversable) -> list[Traversable]:
    return sorted((one for one in folder.iterdir() if not one.name.startswith(".")), key=lambda one: one.name)
