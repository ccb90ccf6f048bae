"""Checks of one Salesforce object: is it there, are its fields, may the integration user write them, are keys unique.

Salesforce describes only what the user may see, so a field that was not deployed and one that is hidden look alike; the
remedy names both causes. Pure functions over a description. Does not belong here: asking (`salesforce`).
"""

from __future__ import annotations

from collections.abc import Iterator

from xero_sf_pipeline.clients.salesforce_results import FieldDescription, ObjectDescription
from xero_sf_pipeline.extraction.salesforce_objects import SALESFORCE_SOURCES
from xero_sf_pipeline.preflight.result import CheckResult, failed, passed, warned
from xero_sf_pipeline.salesforce_metadata import (
    CREATED_STANDARD_FIELDS,
    PERMISSION_SET,
    WRITTEN_STANDARD_FIELDS,
    ExpectedField,
    ExpectedObject,
    expected_fields,
)

DEPLOY_OR_ASSIGN = (
    f"Deploy the fields (`xero-sf salesforce deploy`, or docs/connect.md step 3) and assign {PERMISSION_SET} to the "
    "integration user."
)
DEPLOY_AGAIN = (
    "Other fields of ours are there, so the org may have those of an earlier version: deploy again (`xero-sf "
    "salesforce deploy`, or docs/connect.md step 3), which adds the new ones and changes nothing else, and assign "
    f"{PERMISSION_SET} to the integration user."
)
_GRANT = f"Assign {PERMISSION_SET} to the integration user, or grant it there: field permissions, Edit."

_NOT_IN_EVERY_ORG = frozenset(
    {"BillingCountryCode", "BillingStateCode", "CurrencyIsoCode", "IsDeleted", "RecordType.DeveloperName"}
)
"""The codes exist with state and country picklists only, CurrencyIsoCode with several currencies, RecordType with
record types; users and currencies are never deleted, so they have no IsDeleted."""


def check_object(wanted: ExpectedObject, found: ObjectDescription) -> Iterator[CheckResult]:
    """Yield the lines of one object that exists: its fields, its keys, what may be written."""
    ours = [field for field in expected_fields() if field.object_name == wanted.name]
    yield from _check_fields(wanted.name, ours, found)
    keys = [field for field in ours if field.external_id]
    if keys:
        yield _check_keys(wanted.name, keys, found)
    yield _check_writing(wanted, ours, found)


def _check_fields(name: str, ours: list[ExpectedField], found: ObjectDescription) -> Iterator[CheckResult]:
    line = f"salesforce fields {name}"
    required, optional = _standard_fields_read(name)
    lacking = [field.name for field in ours if field.name not in found.fields]
    missing = lacking + sorted(field for field in required if not _is_described(field, found))
    without = sorted(field for field in optional if not _is_described(field, found))
    different = [
        problem
        for field in ours
        if field.name in found.fields
        for problem in [_difference(field, found.fields[field.name])]
        if problem
    ]
    if missing:
        is_older = bool(lacking) and len(lacking) < len(ours)
        remedy = DEPLOY_AGAIN if is_older else DEPLOY_OR_ASSIGN
        yield failed(line, f"missing, or hidden from the integration user: {', '.join(missing + without)}", remedy)
    if different:
        yield failed(
            line,
            f"not as deployed: {'; '.join(different)}",
            "Rename or remove the field of the same name that somebody else made, then deploy again.",
        )
    if without and not missing:
        yield warned(
            line,
            f"missing, or hidden from the integration user: {', '.join(without)}; they are read as empty",
            f"Assign {PERMISSION_SET} to the integration user. Matching is weaker without them.",
        )
    if not (missing or different or without):
        yield passed(line, f"all {len(ours) + len(required) + len(optional)} are there")


def _standard_fields_read(name: str) -> tuple[set[str], set[str]]:
    """Return the standard fields that reading cannot do without, and those that it can."""
    fields = [
        field
        for source in SALESFORCE_SOURCES
        if source.object_name == name
        for field in source.all_fields
        if not field.api_name.endswith("__c") and field.api_name not in _NOT_IN_EVERY_ORG
    ]
    return (
        {field.api_name for field in fields if not field.is_optional},
        {field.api_name for field in fields if field.is_optional},
    )


def _is_described(name: str, found: ObjectDescription) -> bool:
    """Whether a field is there; of a parent's field (`Product2.ProductCode`) the way to the parent is described."""
    parent, dot, _ = name.rpartition(".")
    if not dot:
        return name in found.fields
    return any(field.relationship_name == parent for field in found.fields.values())


def _difference(wanted: ExpectedField, found: FieldDescription) -> str:
    if found.type != wanted.type:
        return f"{wanted.name} is of type {found.type} instead of {wanted.type}"
    if wanted.length and found.length < wanted.length:
        return f"{wanted.name} holds {found.length} characters instead of {wanted.length}"
    if not wanted.is_written and not found.is_calculated:
        return f"{wanted.name} is no formula"
    return ""


def _check_keys(name: str, keys: list[ExpectedField], found: ObjectDescription) -> CheckResult:
    """An upsert by a key that is not unique would hit a wrong record, or make a second one."""
    line = f"salesforce keys {name}"
    problems = []
    for key in keys:
        described = found.fields.get(key.name)
        if described is None:
            problems.append(f"{key.name} is missing or hidden")
        elif not (described.is_external_id and described.is_unique):
            lacks = [
                word
                for word, has in (("an external id", described.is_external_id), ("unique", described.is_unique))
                if not has
            ]
            problems.append(f"{key.name} is not {' and not '.join(lacks)}")
    if problems:
        return failed(line, "; ".join(problems), f"Without it records could be written twice. {DEPLOY_OR_ASSIGN}")
    return passed(line, f"{', '.join(key.name for key in keys)}: external id, unique")


def _check_writing(wanted: ExpectedObject, ours: list[ExpectedField], found: ObjectDescription) -> CheckResult:
    line = f"salesforce permissions {wanted.name}"
    if not found.is_queryable:
        return failed(line, "may not be queried", f"Grant Read on {wanted.name}: assign {PERMISSION_SET}.")
    if not wanted.is_written:
        return passed(line, "may be read; nothing is written")
    may_not = [word for word, may in (("created", found.is_createable), ("edited", found.is_updateable)) if not may]
    if may_not:
        return failed(
            line, f"records may not be {' or '.join(may_not)}", f"Grant Create and Edit: assign {PERMISSION_SET}."
        )
    written = {field.name for field in ours if field.is_written} | WRITTEN_STANDARD_FIELDS.get(wanted.name, set())
    read_only = sorted(
        name
        for name in written & set(found.fields)
        if not (found.fields[name].is_createable and found.fields[name].is_updateable)
    ) + sorted(
        name
        for name in CREATED_STANDARD_FIELDS.get(wanted.name, frozenset())
        if name not in found.fields or not found.fields[name].is_createable
    )
    if read_only:
        return failed(line, f"read-only for the integration user: {', '.join(read_only)}", _GRANT)
    return passed(line, "may be read, created and edited")
