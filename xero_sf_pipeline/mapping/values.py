"""Values of mapped fields: read on both sides, compared, and spelled for the other.

The comparable form is the value in Salesforce's words. Belongs here: transforms. Does not belong here: which fields are
mapped (`policy/mappings.py`), which records belong together (`sql/mapping`), who wins (`planning/field_decisions.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from xero_sf_pipeline.parties.comparison import (
    NO_CHANGE,
    NOT_WRITABLE,
    VALUE_INVALID,
    VALUE_TOO_LONG,
    Change,
    Comparison,
)
from xero_sf_pipeline.parties.countries import country_code
from xero_sf_pipeline.parties.phones import read_phone
from xero_sf_pipeline.parties.texts import folded, squeezed
from xero_sf_pipeline.policy.mappings import FieldMapping, Transform
from xero_sf_pipeline.policy.xero_fields import value_of

VALUE_INCOMPLETE = "value_incomplete"
_MS_DATE = re.compile(r"^/Date\((-?\d+)")
_ALWAYS_SENT = {"Item": ("Code",)}
"""What the API takes no change of an object without (Accounting API, Items)."""
_TRUTH = {"true": "true", "false": "false", "1": "true", "0": "false", "yes": "true", "no": "false"}


@dataclass(frozen=True, slots=True)
class PairedRecords:
    """What a mapping reads of two records that belong together.

    Attributes:
        xero: Xero's record, as the API gives it
        salesforce: the fields that the policy names, by API name
        country: of phone numbers without a country code
        closed_because: why Xero's record takes no change, else null
        sent_along: paths of Xero's record that other mappings have a value for
    """

    xero: Mapping[str, Any]
    salesforce: Mapping[str, Any]
    sf_record_id: str | None
    country: str | None = None
    closed_because: str | None = None
    sent_along: frozenset[str] = frozenset()


def compare_mapped(mapping: FieldMapping, records: PairedRecords) -> Comparison:
    """Compare one mapped field of two records."""
    xero_raw = value_of(records.xero, mapping.xero_field)
    sf_raw = records.salesforce.get(mapping.salesforce_field)
    xero_text, sf_text = _text(xero_raw), _text(sf_raw)
    meant = salesforce_value(mapping, xero_text, records.country)
    xero_value = _form(mapping, meant, records.country) if meant is not None else folded(xero_text)
    sf_value = _form(mapping, sf_text, records.country)
    sf_object = mapping.objects[0]
    if xero_value == sf_value:
        return Comparison(
            mapping.field, xero_value, sf_value, xero_text, sf_text,
            sf_object=sf_object, sf_record_id=records.sf_record_id,
        )  # fmt: skip
    return Comparison(
        mapping.field, xero_value, sf_value, xero_text, sf_text,
        _to_salesforce(mapping, xero_text, meant, sf_text), _to_xero(mapping, sf_text, records),
        sf_object, records.sf_record_id,
    )  # fmt: skip


def salesforce_value(mapping: FieldMapping, xero_text: str | None, country: str | None = None) -> str | None:
    """Return Xero's value in Salesforce's words, null when there is none or it cannot be one of this kind."""
    if xero_text is None:
        return None
    written = _spelled(mapping, mapping.map.get(xero_text, xero_text), country)
    if written is not None and mapping.cut is not None:
        return written[: mapping.cut].rstrip() or None
    return written


def xero_value(mapping: FieldMapping, sf_text: str | None, country: str | None = None) -> str | None:
    """Return Salesforce's value in Xero's words, null when there is none or it cannot be one of this kind."""
    if sf_text is None:
        return None
    backwards = {salesforce: xero for xero, salesforce in mapping.map.items()}
    return backwards.get(sf_text) or _spelled(mapping, sf_text, country)


def salesforce_fields(mappings: Iterable[FieldMapping], records: PairedRecords) -> dict[str, Any]:
    """Return the mapped fields of a Salesforce record that is about to be created of Xero's; what is no value is left
    out."""
    found: dict[str, Any] = {}
    for mapping in mappings:
        text = salesforce_value(mapping, _text(value_of(records.xero, mapping.xero_field)), records.country)
        if mapping.writes_salesforce and text is not None:
            found[mapping.salesforce_field] = typed(mapping, text)
    return found


def xero_fields_of(mappings: Iterable[FieldMapping], records: PairedRecords) -> dict[str, Any]:
    """Return the mapped fields of a Xero record that is about to be created of Salesforce's, nested as the API wants
    them; what is no value, or too long, is left out."""
    found: dict[str, Any] = {}
    for mapping in mappings:
        text = xero_value(mapping, _text(records.salesforce.get(mapping.salesforce_field)), records.country)
        if mapping.writes_xero and text is not None and not _is_too_long(mapping, text):
            found = merged(found, nested(mapping.xero_field, typed(mapping, text)))
    return found


def nested(path: str, value: Any) -> dict[str, Any]:
    """Return `{"A": {"B": value}}` of "A.B"."""
    *parents, leaf = path.split(".")
    found: dict[str, Any] = {leaf: value}
    for name in reversed(parents):
        found = {name: found}
    return found


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return both, objects inside objects too; `other` wins."""
    found = dict(one)
    for name, value in other.items():
        present = found.get(name)
        is_nested = isinstance(present, Mapping) and isinstance(value, Mapping)
        found[name] = merged(present, value) if is_nested else value  # type: ignore[arg-type]
    return found


def typed(mapping: FieldMapping, text: str) -> Any:
    """The JSON value: numbers and truths as such where the text is one."""
    match mapping.reads_as:
        case Transform.DECIMAL:
            number = _decimal(text, mapping.decimals)
            return Decimal(number) if number is not None else text
        case Transform.BOOLEAN:
            return {"true": True, "false": False}.get(text.casefold(), text)
    return text


def _to_salesforce(mapping: FieldMapping, xero_text: str | None, meant: str | None, present: str | None) -> Change:
    if xero_text is None:
        empties = mapping.pair.is_mirror and present is not None
        return Change({mapping.salesforce_field: None}, {mapping.salesforce_field: present}) if empties else NO_CHANGE
    if not mapping.writes_salesforce:
        return Change(problem=NOT_WRITABLE)
    if meant is None:
        return Change(problem=VALUE_INVALID)
    field = mapping.salesforce_field
    return Change({field: typed(mapping, meant)}, {field: None if present is None else typed(mapping, present)})


def _to_xero(mapping: FieldMapping, sf_text: str | None, records: PairedRecords) -> Change:
    if sf_text is None:
        return NO_CHANGE
    if not mapping.writes_xero:
        return Change(problem=NOT_WRITABLE)
    if records.closed_because is not None:
        return Change(problem=records.closed_because)
    value = xero_value(mapping, sf_text, records.country)
    if value is None:
        return Change(problem=VALUE_INVALID)
    if _is_too_long(mapping, value):
        return Change(problem=VALUE_TOO_LONG)
    outermost = mapping.xero_field.partition(".")[0]
    present = records.xero.get(outermost)
    wanted = nested(mapping.xero_field, typed(mapping, value))
    if isinstance(present, Mapping):
        # An object goes whole: what becomes of the parts that are left out is not documented.
        wanted = merged({outermost: present}, wanted)
    needed = mapping.xero_kind.written_with
    if needed and needed not in records.sent_along and value_of(wanted, needed) is None:
        return Change(problem=VALUE_INCOMPLETE)
    always = {name: records.xero.get(name) for name in _ALWAYS_SENT.get(mapping.objects[1], ())}
    return Change(always | wanted, always | {outermost: present})


def _is_too_long(mapping: FieldMapping, text: str) -> bool:
    longest = mapping.xero_kind.longest
    return longest is not None and len(text) > longest


def _form(mapping: FieldMapping, text: str | None, country: str | None) -> str | None:
    """The comparable form of a value in Salesforce's words."""
    return folded(_spelled(mapping, text, country) or text) if text else None


def _spelled(mapping: FieldMapping, text: str | None, country: str | None) -> str | None:
    if text is None:
        return None
    match mapping.reads_as:
        case Transform.UPPER:
            return text.upper()
        case Transform.LOWER:
            return text.lower()
        case Transform.DECIMAL:
            return _decimal(text, mapping.decimals)
        case Transform.DATE:
            return _date(text)
        case Transform.INSTANT:
            return _instant(text)
        case Transform.BOOLEAN:
            return _TRUTH.get(text.casefold())
        case Transform.PHONE_E164:
            phone = read_phone(text, country)
            return phone.salesforce_text if phone else None
        case Transform.COUNTRY_CODE:
            return country_code(text)
    return text


def _decimal(text: str, decimals: int) -> str | None:
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    if not number.is_finite() or number.adjusted() > 20:
        return None
    rounded = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP).normalize()
    return format(rounded if rounded else abs(rounded), "f")


def _date(text: str) -> str | None:
    """A calendar day; the milliseconds of the API are UTC."""
    match = _MS_DATE.match(text)
    if match is not None:
        return datetime.fromtimestamp(int(match[1]) / 1000, UTC).date().isoformat()
    try:
        return datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        return None


def _instant(text: str) -> str | None:
    """An instant in UTC, to the second. A text without a time zone is Xero's, which writes UTC."""
    match = _MS_DATE.match(text)
    try:
        found = datetime.fromtimestamp(int(match[1]) // 1000, UTC) if match else datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    aware = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return aware.strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, Mapping | list):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return squeezed(str(value)) or None
