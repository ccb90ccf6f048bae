"""Rules that an administrator adds to an org and that make good-looking writes fail.

Belongs here: validation rules, duplicate rules, case assignment; tests and the remote control set them. Does not
belong here: the platform's own rules (`object_rules`).
"""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from xero_sf_pipeline.sandbox.salesforce.errors import RowRefused
from xero_sf_pipeline.sandbox.salesforce.formula import formula_sql
from xero_sf_pipeline.sandbox.salesforce.permissions import Unrestricted
from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType, ObjectType, Schema
from xero_sf_pipeline.sandbox.salesforce.soql.compiler import Scope, Today
from xero_sf_pipeline.sandbox.salesforce.soql.conditions import condition_sql
from xero_sf_pipeline.sandbox.salesforce.soql.parser import parse_condition
from xero_sf_pipeline.sandbox.salesforce.soql.syntax import FieldPath, Query
from xero_sf_pipeline.sandbox.salesforce.storage import Storage, quoted


@dataclass(frozen=True)
class ValidationRule:
    """A record that fulfils `when` (a SOQL condition, checked as the record would be saved) is refused."""

    object: str
    when: str
    message: str
    field: str | None = None
    name: str = "rule"


@dataclass(frozen=True)
class DeployedRule:
    """A validation rule that came with a deployment: a record for which the formula is true is refused."""

    object: str
    name: str
    formula: str
    message: str
    field: str | None
    is_active: bool

    def condition(self, one: ObjectType) -> str:
        """The formula as SQL. Raises FormulaError."""
        whole = Field(self.name, FieldType.BOOLEAN, formula=self.formula, blank_as_zero=True)
        return formula_sql(whole, one, "t")


@dataclass(frozen=True)
class DuplicateRule:
    """A record is refused when a live one has equal values in all `fields` (empty values never match).

    `action` is `alert` (the header allowSave=true passes) or `block` (nothing passes). `message` is the alert's text,
    which an administrator may word at will.
    """

    object: str
    fields: tuple[str, ...]
    action: str = "alert"
    name: str = "Standard_Duplicate_Rule"
    message: str = "Use one of these records?"

    def __post_init__(self) -> None:
        if self.action not in ("alert", "block"):
            raise ValueError(f"a duplicate rule's action is 'alert' or 'block', got {self.action!r}")


@dataclass
class OrgRules:
    """The active rules. `case_assignment_owner` takes every new case unless the caller switches assignment off.

    `private_activities`: a task may be changed by its owner only (sharing setting Activity: Private), instead of by
    everybody who may change the record that it is about (Controlled by Parent).
    """

    schema: Schema
    storage: Storage
    validation: list[ValidationRule] = field(default_factory=list)
    duplicates: list[DuplicateRule] = field(default_factory=list)
    deployed: dict[tuple[str, str], DeployedRule] = field(default_factory=dict)
    case_assignment_owner: str | None = None
    private_activities: bool = False

    def add_validation(self, rule: ValidationRule, today: Today) -> None:
        """Switch a rule on. Raises RequestRefused or KeyError when its condition or object is wrong."""
        self._condition(rule, self.schema.get(rule.object), today)
        self.validation.append(rule)

    def deploy_validation(self, rule: DeployedRule) -> None:
        """Put a deployed rule in place of the one of that name. Its formula has been checked."""
        self.deployed[rule.object.lower(), rule.name.lower()] = rule

    def add_duplicate(self, rule: DuplicateRule) -> None:
        """Switch a rule on. Raises KeyError for an unknown object or field."""
        one = self.schema.get(rule.object)
        for name in rule.fields:
            if one.find(name) is None:
                raise KeyError(f"{one.name} has no field {name}")
        self.duplicates.append(rule)

    def clear(self) -> None:
        """Switch every rule off."""
        self.validation.clear()
        self.deployed.clear()
        self.duplicates.clear()
        self.case_assignment_owner = None
        self.private_activities = False

    def check_saved(self, one: ObjectType, identity: str, today: Today) -> None:
        """Check the validation rules against a record that has just been written, before it is committed."""
        for rule in self.validation:
            if rule.object.lower() != one.name.lower():
                continue
            condition, scope = self._condition(rule, one, today)
            sql = f'select 1 from {quoted(one.name)} t{scope.joins} where ({condition}) and t."Id" = ?'
            if self.storage.one(sql, (*scope.parameters, identity)) is not None:
                raise _invalid(rule.message, rule.field)
        for deployed in self.deployed.values():
            if deployed.object.lower() != one.name.lower() or not deployed.is_active:
                continue
            sql = f'select 1 from {quoted(one.name)} t where {deployed.condition(one)} and t."Id" = ?'
            if self.storage.one(sql, (identity,)) is not None:
                raise _invalid(deployed.message, deployed.field)

    def check_duplicates(self, one: ObjectType, identity: str | None, row: dict[str, Any], allow_save: bool) -> None:
        """Compare a record with the others before it is written."""
        for rule in self.duplicates:
            if rule.object.lower() != one.name.lower() or (rule.action == "alert" and allow_save):
                continue
            fields = [found for name in rule.fields if (found := one.find(name)) is not None]
            values = [row.get(found.name) for found in fields]
            if any(value is None for value in values):
                continue
            equal = " and ".join(f"{quoted(found.name)} = ? collate nocase" for found in fields)
            sql = f'select "Id" from {quoted(one.name)} where {equal} and "IsDeleted" = 0 and "Id" <> ?'
            matches = [found[0] for found in self.storage.read(sql, (*values, identity or ""))]
            if matches:
                raise _duplicates(rule, one, matches)

    def _condition(self, rule: ValidationRule, one: ObjectType, today: Today) -> tuple[str, Scope]:
        query = Query(rule.when, (FieldPath(("Id",), 0),), one.name, 0)
        scope = Scope(query, one, Unrestricted(self.schema), today)
        return condition_sql(parse_condition(rule.when), scope), scope


def _invalid(message: str, field_name: str | None) -> RowRefused:
    fields = (field_name,) if field_name else ()
    return RowRefused("FIELD_CUSTOM_VALIDATION_EXCEPTION", message, fields)


def _duplicates(rule: DuplicateRule, one: ObjectType, matches: list[str]) -> RowRefused:
    refused = RowRefused("DUPLICATES_DETECTED", rule.message)
    records = [{"attributes": {"type": one.name}, "Id": identity} for identity in matches]
    refused.details["duplicateResut"] = {  # the API's own spelling; only the answer for a single record carries it
        "allowSave": rule.action == "alert",
        "duplicateRule": rule.name,
        "duplicateRuleEntityType": one.name,
        "errorMessage": rule.message,
        "matchResults": [
            {
                "entityType": one.name,
                "matchRecords": [{"matchConfidence": 100.0, "record": record} for record in records],
                "rule": rule.name,
                "size": len(records),
                "success": True,
            }
        ],
    }
    return refused
