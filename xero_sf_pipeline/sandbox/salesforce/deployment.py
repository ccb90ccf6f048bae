"""Putting metadata into the org: what a Metadata API deployment really changes.

Belongs here: the order of components, their checks against the org, all-or-nothing, and keeping them for the next
start. Does not belong here: XML (`metadata_xml`) or SOAP (`soap`).
"""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from xero_sf_pipeline.sandbox.salesforce.field_security import (
    OBJECTS_WITH_PERMISSIONS,
    has_field_security,
    permission_name,
)
from xero_sf_pipeline.sandbox.salesforce.formula import FormulaError, formula_sql
from xero_sf_pipeline.sandbox.salesforce.metadata_xml import (
    Component,
    MetadataError,
    Problem,
    field_of,
    grants_of,
    is_formula,
    list_view_fields,
    object_of,
    validation_of,
)
from xero_sf_pipeline.sandbox.salesforce.org_rules import DeployedRule
from xero_sf_pipeline.sandbox.salesforce.permissions import Permissions, PermissionSetGrants
from xero_sf_pipeline.sandbox.salesforce.schema import Schema
from xero_sf_pipeline.sandbox.salesforce.storage import Storage

ACTIVITY = "Activity"
"""Not an object of its own: what is deployed to it shows on these (Object Reference, "Activity fields")."""
ACTIVITIES = ("Task",)
_ORDER = {"CustomObject": 0, "CustomField": 1, "ValidationRule": 3, "ListView": 3, "CustomTab": 3, "PermissionSet": 4}


def _rank(component: Component) -> int:
    """Objects before fields before rules and permission sets; formulas after the fields that they read."""
    return _ORDER[component.kind] + (component.kind == "CustomField" and is_formula(component))


@dataclass
class DeployResult:
    """What a deployment did. Nothing was changed when there are problems or it was only a check."""

    total: int
    deployed: list[Component] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        return not self.problems


class Deployer:
    """Deploys components into one org. `store_set` writes a permission set's record, `store_rule` keeps a rule."""

    def __init__(
        self,
        schema: Schema,
        storage: Storage,
        permissions: Permissions,
        store_set: Callable[[PermissionSetGrants], None],
        store_rule: Callable[[DeployedRule], None],
    ) -> None:
        self._schema = schema
        self._storage = storage
        self._permissions = permissions
        self._store_set = store_set
        self._store_rule = store_rule

    def deploy(
        self, components: Iterable[Component], problems: Iterable[Problem] = (), *, check_only: bool = False
    ) -> DeployResult:
        """Deploy all components or none."""
        ordered = sorted(components, key=_rank)
        result = DeployResult(len(ordered) + len(list(problems)), problems=list(problems))
        before = copy.deepcopy(self._schema.__dict__), dict(self._permissions.sets)
        try:
            with self._storage.transaction():
                for component in ordered:
                    try:
                        self._apply(component, ordered)
                        result.deployed.append(component)
                    except (MetadataError, FormulaError) as error:
                        result.problems.append(Problem(component.kind, component.name, component.file, str(error)))
                if result.problems or check_only:
                    raise _UndoneError
                for component in result.deployed:
                    self._keep(component)
                    if component.kind == "ValidationRule":
                        self._store_rule(validation_of(component))
        except _UndoneError:
            self._schema.__dict__.update(before[0])
            self._permissions.sets = before[1]
        self._permissions.changed()
        return result

    def restore(self) -> None:
        """Apply what earlier deployments left in the storage; used when a sandbox starts again."""
        rows = self._storage.read("select kind, name, xml from _component order by rowid")
        kept = [Component(kind, name, "", ET.fromstring(xml)) for kind, name, xml in rows]  # noqa: S314 - our own text
        for component in sorted(kept, key=_rank):
            self._apply(component, kept)
            if component.kind == "ValidationRule":
                self._store_rule(validation_of(component))
        self._permissions.changed()

    def _keep(self, component: Component) -> None:
        xml = ET.tostring(component.element, encoding="unicode")
        self._storage.write("insert or replace into _component values (?, ?, ?)", (component.kind, component.name, xml))

    def _apply(self, component: Component, package: list[Component]) -> None:
        if component.kind == "CustomObject":
            self._apply_object(component)
        elif component.kind == "CustomField":
            self._apply_field(component)
        elif component.kind == "ValidationRule":
            self._check_rule(component)
        elif component.kind == "ListView":
            self._check_list_view(component)
        elif component.kind == "CustomTab":
            self._check_tab(component)
        else:
            self._apply_set(component, package)

    def _apply_object(self, component: Component) -> None:
        known = self._schema.find(component.name)
        if component.name == ACTIVITY or (known is not None and not known.custom):
            return  # settings of a standard object; only its fields matter here
        setting = f"prefix {component.name}"
        prefix = self._storage.setting(setting)
        if prefix is None:
            prefix = f"a{self._storage.next_serial('custom object') - 1:02d}"
            self._storage.set_setting(setting, prefix)
        one = object_of(component, prefix)
        if self._schema.currency is not None:
            one.add(self._schema.currency)
        if known is not None:
            for kept in known.fields.values():
                if kept.custom:
                    one.add(kept)
        self._schema.add(one)
        self._storage.ensure_table(one)

    def _apply_field(self, component: Component) -> None:
        owner_name, _, _ = component.name.partition(".")
        if owner_name in ACTIVITIES:
            raise MetadataError(f"Entity Enumeration Or ID: bad value for restricted picklist field: {owner_name}")
        for name in ACTIVITIES if owner_name == ACTIVITY else (owner_name,):
            self._add_field(component, name)

    def _add_field(self, component: Component, owner_name: str) -> None:
        owner = self._schema.find(owner_name)
        if owner is None:
            raise MetadataError(f"Entity {owner_name} does not exist")
        field = field_of(component)
        known = owner.find(field.name)
        if known is not None and known.type is not field.type:
            raise MetadataError(f"Cannot change the type of {component.name} from {known.type} to {field.type}")
        for target in field.references:
            if self._schema.find(target) is None:
                raise MetadataError(f"referenceTo value of '{target}' does not resolve to a valid sObject type")
        if field.formula is not None:
            formula_sql(field, owner, "t")
        owner.add(field)
        self._storage.ensure_table(owner)

    def _check_rule(self, component: Component) -> None:
        rule = validation_of(component)
        owner = self._schema.find(rule.object)
        if owner is None:
            raise MetadataError(f"Entity {rule.object} does not exist")
        if rule.field is not None and owner.find(rule.field) is None:
            raise MetadataError(f"errorDisplayField: no field {rule.field} on {rule.object}")
        rule.condition(owner)

    def _check_list_view(self, component: Component) -> None:
        owner = self._schema.find(component.name.partition(".")[0])
        if owner is None:
            raise MetadataError(f"Entity {component.name.partition('.')[0]} does not exist")
        for name in list_view_fields(component):
            # Standard columns have names of their own (NAME, ACCOUNT.NAME); custom ones are fields of the object.
            if name.endswith("__c") and owner.find(name.rpartition(".")[2]) is None:
                raise MetadataError(f"Could not resolve list view column: {name}")

    def _check_tab(self, component: Component) -> None:
        one = self._schema.find(component.name)
        if one is None or not one.custom:
            raise MetadataError(f"CustomTab {component.name}: no such custom object")

    def _apply_set(self, component: Component, package: list[Component]) -> None:
        grants = grants_of(component)
        for one in grants.fields:
            owner_name, _, name = one.name.partition(".")
            owner = self._schema.find(owner_name)
            field = owner.find(name) if owner is not None else None
            if field is None:
                raise MetadataError(f"In field: field - no CustomField named {one.name} found")
            assert owner is not None
            if not has_field_security(owner, field) or permission_name(owner, field) != f"{owner.name}.{field.name}":
                raise MetadataError(f"You cannot deploy to a required field: {one.name}")
            is_computed = field.formula is not None or field.auto_number is not None
            if one.editable and (is_computed or not (field.createable or field.updateable or field.components)):
                raise MetadataError(f"Field {one.name} is not editable")
        for granted in grants.objects:
            target = self._schema.find(granted.name)
            if target is None or not (target.custom or target.name in OBJECTS_WITH_PERMISSIONS):
                raise MetadataError(f"In field: field - no CustomObject named {granted.name} found")
        self._permissions.sets[grants.name.lower()] = grants
        self._store_set(grants)


class _UndoneError(Exception):
    pass
