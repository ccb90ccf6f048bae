"""Whether mapped fields can work in an org, and given/expect cases of a policy.

Belongs here: comparing a mapping with the field's description; running cases without any system. Does not belong here:
reading files and asking Salesforce (`cli/policy.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from xero_sf_pipeline.mapping.values import PairedRecords, compare_mapped, nested, salesforce_value, xero_value
from xero_sf_pipeline.policy.mappings import Transform

if TYPE_CHECKING:
    from xero_sf_pipeline.policy.mappings import FieldMapping

_TYPES = {
    Transform.DECIMAL: {"currency", "double", "percent", "int"},
    Transform.DATE: {"date"},
    Transform.INSTANT: {"datetime"},
    Transform.BOOLEAN: {"boolean"},
    Transform.PHONE_E164: {"phone", "string"},
}
"""Field types (describe result) that take a transform's values; other transforms make text."""
_TEXT_TYPES = frozenset({"string", "textarea", "picklist", "phone", "url", "email", "combobox", "multipicklist"})


class Described(Protocol):
    """What Salesforce tells about a field to the integration user."""

    @property
    def type(self) -> str: ...
    @property
    def length(self) -> int: ...
    @property
    def scale(self) -> int: ...
    @property
    def is_updateable(self) -> bool: ...
    @property
    def is_calculated(self) -> bool: ...
    @property
    def is_restricted(self) -> bool: ...
    @property
    def picklist_values(self) -> tuple[str, ...]: ...


def mapping_problems(mapping: FieldMapping, field: Described | None) -> list[str]:
    """List why a mapping cannot work in the org; empty when it can."""
    name = mapping.salesforce
    if field is None:
        return [f"{name}: the org has no such field, or the integration user may not read it"]
    problems = []
    if mapping.writes_salesforce and (field.is_calculated or not field.is_updateable):
        problems.append(f"{name}: the integration user may not write it")
    allowed = _TYPES.get(mapping.reads_as, _TEXT_TYPES)
    if field.type not in allowed:
        kinds = ", ".join(sorted(allowed))
        problems.append(f"{name}: is a {field.type}; transform {mapping.reads_as.value} needs one of {kinds}")
    elif mapping.reads_as is Transform.DECIMAL and mapping.writes_salesforce and field.scale < mapping.decimals:
        problems.append(f"{name}: keeps {field.scale} decimals, {mapping.decimals} would be sent; set decimals")
    longest = mapping.cut or max((len(value) for value in mapping.map.values()), default=0)
    if field.type in _TEXT_TYPES and field.length and longest > field.length:
        problems.append(f"{name}: takes {field.length} characters, up to {longest} would be sent; set cut")
    if field.is_restricted and mapping.writes_salesforce:
        unknown = sorted(set(mapping.map.values()) - set(field.picklist_values))
        if not mapping.map:
            problems.append(f"{name}: is a restricted picklist; map Xero's values to its own")
        elif unknown:
            problems.append(f"{name}: is a restricted picklist without {', '.join(unknown)}")
    return problems


@dataclass(frozen=True)
class CaseResult:
    """One given/expect case: what came out where something else was expected."""

    name: str
    expected: str | None
    found: str | None

    @property
    def passed(self) -> bool:
        return self.expected == self.found


def run_cases(mappings: Sequence[FieldMapping], cases: Sequence[Mapping[str, Any]]) -> Iterator[CaseResult]:
    """Run cases: `{mapping: Account.Field__c, xero: value, expect: value}`, or `salesforce:` for the way back.

    `expect: equal` with both `xero` and `salesforce` given says that the two are the same fact.

    Raises:
        ValueError: a case names no mapping of the policy, or gives nothing.
    """
    by_name = {mapping.salesforce: mapping for mapping in mappings}
    for number, case in enumerate(cases, 1):
        mapping = by_name.get(str(case.get("mapping")))
        if mapping is None:
            raise ValueError(f"case {number}: the policy has no mapping of {case.get('mapping')!r}")
        region = case.get("country")
        expected = None if case.get("expect") is None else str(case["expect"])
        if "xero" in case and "salesforce" in case:
            held = {mapping.salesforce_field: case["salesforce"]}
            records = PairedRecords(nested(mapping.xero_field, case["xero"]), held, None, region)
            both = compare_mapped(mapping, records)
            found: str | None = "equal" if both.xero_value == both.sf_value else "different"
        elif "xero" in case:
            found = salesforce_value(mapping, _text(case["xero"]), region)
        elif "salesforce" in case:
            found = xero_value(mapping, _text(case["salesforce"]), region)
        else:
            raise ValueError(f"case {number}: give `xero`, `salesforce` or both")
        yield CaseResult(str(case.get("name") or f"case {number}, {mapping.salesforce}"), expected, found)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(str(value).split()) or None
