"""Values of mapped fields: read on both sides, compared, and spelled for the other.

The comparable form is the value in Salesforce's words. Belongs here: transforms. Does not belong here: which fields are
mapped (`policy/mappings.py`), who wins (`planning/parties.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.parties.comparison import NO_CHANGE, NOT_WRITABLE, VALUE_TOO_LONG, Change, Comparison
from xero_sf_pipeline.parties.countries import country_code
from xero_sf_pipeline.parties.phones import read_phone
from xero_sf_pipeline.parties.texts import folded, squeezed

if TYPE_CHECKING:
    from xero_sf_pipeline.policy.mappings import FieldMapping

VALUE_INVALID = "value_invalid"
_MS_DATE = re.compile(r"^/Date\((-?\d+)")
_TRUTH = {"true": "true", "false": "false", "1": "true", "0": "false", "yes": "true", "no": "false"}


def compare_mapped(
    mapping: FieldMapping, xero_raw: Any, sf_raw: str | None, sf_account_id: str, region: str | None = None
) -> Comparison:
    """Compare one mapped field of a pair.

    Args:
        xero_raw: the value in the contact's JSON
        sf_raw: the value in the account, as text
        region: country of phone numbers without a country code
    """
    xero_text, sf_text = _text(xero_raw), squeezed(sf_raw) or None
    meant = salesforce_value(mapping, xero_text, region)
    xero_value = _form(mapping, meant, region) if meant is not None else folded(xero_text)
    sf_value = _form(mapping, sf_text, region)
    compared = Comparison(mapping.field, xero_value, sf_value, xero_text, sf_text, sf_record_id=sf_account_id)
    if xero_value == sf_value:
        return compared
    return Comparison(
        mapping.field, xero_value, sf_value, xero_text, sf_text,
        _to_salesforce(mapping, xero_text, meant, sf_raw), _to_xero(mapping, sf_text, xero_raw, region),
        "Account", sf_account_id,
    )  # fmt: skip


def salesforce_value(mapping: FieldMapping, xero_text: str | None, region: str | None = None) -> str | None:
    """Return Xero's value in Salesforce's words, null when there is none or it cannot be one of this kind."""
    if xero_text is None:
        return None
    written = _spelled(mapping, mapping.map.get(xero_text, xero_text), region)
    if written is not None and mapping.cut is not None:
        return written[: mapping.cut].rstrip() or None
    return written


def xero_value(mapping: FieldMapping, sf_text: str | None, region: str | None = None) -> str | None:
    """Return Salesforce's value in Xero's words, null when there is none or it cannot be one of this kind."""
    if sf_text is None:
        return None
    backwards = {salesforce: xero for xero, salesforce in mapping.map.items()}
    return backwards.get(sf_text) or _spelled(mapping, sf_text, region)


def _to_salesforce(mapping: FieldMapping, xero_text: str | None, meant: str | None, present: str | None) -> Change:
    if xero_text is None:
        return NO_CHANGE
    if not mapping.writes_salesforce:
        return Change(problem=NOT_WRITABLE)
    if meant is None:
        return Change(problem=VALUE_INVALID)
    field = mapping.salesforce_field
    return Change({field: _typed(mapping, meant)}, {field: None if present is None else _typed(mapping, present)})


def _to_xero(mapping: FieldMapping, sf_text: str | None, present: Any, region: str | None) -> Change:
    from xero_sf_pipeline.policy.mappings import XERO_CONTACT_FIELDS

    if sf_text is None:
        return NO_CHANGE
    if not mapping.writes_xero:
        return Change(problem=NOT_WRITABLE)
    value = xero_value(mapping, sf_text, region)
    if value is None:
        return Change(problem=VALUE_INVALID)
    if len(value) > XERO_CONTACT_FIELDS[mapping.xero_field].longest:
        return Change(problem=VALUE_TOO_LONG)
    return Change({mapping.xero_field: value}, {mapping.xero_field: present})


def _form(mapping: FieldMapping, text: str | None, region: str | None) -> str | None:
    """The comparable form of a value in Salesforce's words."""
    return folded(_spelled(mapping, text, region) or text) if text else None


def _spelled(mapping: FieldMapping, text: str | None, region: str | None) -> str | None:
    if text is None:
        return None
    match mapping.transform.value:
        case "upper":
            return text.upper()
        case "lower":
            return text.lower()
        case "decimal":
            return _decimal(text)
        case "date":
            return _date(text)
        case "boolean":
            return _TRUTH.get(text.casefold())
        case "phone_e164":
            phone = read_phone(text, region)
            return phone.salesforce_text if phone else None
        case "country_code":
            return country_code(text)
    return text


def _decimal(text: str) -> str | None:
    try:
        number = Decimal(text.replace(",", "")).normalize()
    except InvalidOperation:
        return None
    return format(number, "f") if number.is_finite() else None


def _date(text: str) -> str | None:
    """A calendar day; the milliseconds of the API are UTC."""
    match = _MS_DATE.match(text)
    if match is not None:
        return datetime.fromtimestamp(int(match[1]) / 1000, UTC).date().isoformat()
    try:
        return datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        return None


def _typed(mapping: FieldMapping, text: str) -> Any:
    """The JSON value: numbers and truths as such where the text is one."""
    match mapping.transform.value:
        case "decimal":
            number = _decimal(text)
            return Decimal(number) if number is not None else text
        case "boolean":
            return {"true": True, "false": False}.get(text.casefold(), text)
    return text


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, Mapping | list):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return squeezed(str(value)) or None
