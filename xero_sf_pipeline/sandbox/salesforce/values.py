"""How field values look in storage, in JSON and in CSV, and what each type refuses.

Belongs here: one conversion per field type and direction. Does not belong here: rules that look at other fields or
other records (`writes`, `object_rules`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import msgspec

from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused, RowRefused
from xero_sf_pipeline.sandbox.salesforce.ids import to_eighteen
from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})\Z")
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;.]+(\.[^@\s,;.]+)+\Z")


_BLANKS = "".join(map(chr, range(33)))
"""What a save cuts off both ends of text (Change Data Capture guide, newline considerations); nothing left is null."""


def datetime_to_storage(instant: datetime) -> str:
    """Write an aware datetime as UTC with milliseconds: `2026-11-01T03:04:05.000Z`."""
    utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds")[:23] + "Z"


def parse_datetime(text: str) -> datetime | None:
    """Read an API datetime: it must carry `Z` or an offset."""
    if not _DATETIME.match(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def java_double(scaled: int | None, scale: int) -> str:
    """Write a number as Java's `Double.toString` does, which is what Salesforce's JSON and CSV carry.

    Plain from 0.001 up to but not including 10,000,000, else in E-notation: 12345678.9 is `1.23456789E7`.
    """
    if scaled is None:
        return ""
    sign, digits = ("-", str(-scaled)) if scaled < 0 else ("", str(scaled))
    if digits == "0":
        return "0.0"
    exponent = len(digits) - 1 - scale
    if -3 <= exponent < 7:
        whole, fraction = (digits[:-scale], digits[-scale:]) if scale else (digits, "")
        if len(digits) <= scale:
            whole, fraction = "0", digits.rjust(scale, "0")
        return f"{sign}{whole}.{fraction.rstrip('0') or '0'}"
    mantissa = digits.rstrip("0")
    return f"{sign}{mantissa[0]}.{mantissa[1:] or '0'}E{exponent}"


def json_converter(field: Field) -> Callable[[Any], Any] | None:
    """Return what turns a stored value, not null, into REST JSON; None when it goes out as it is stored."""
    kind = field.type
    if kind is FieldType.BOOLEAN:
        return bool
    if kind.is_number and kind is not FieldType.INT:
        scale = field.scale
        return lambda stored: msgspec.Raw(java_double(stored, scale).encode())
    if kind is FieldType.DATETIME:
        return lambda stored: stored[:-1] + "+0000"
    return None


def to_json(field: Field, stored: Any) -> Any:
    """Turn a stored value into what the REST API's JSON holds."""
    convert = json_converter(field)
    return stored if stored is None or convert is None else convert(stored)


def to_python(field: Field, stored: Any) -> Any:
    """Turn a stored value into a Python value for tests: Decimal, date, aware datetime, bool, str."""
    if stored is None:
        return None
    if field.type is FieldType.BOOLEAN:
        return bool(stored)
    if field.type is FieldType.INT:
        return int(stored)
    if field.type.is_number:
        return Decimal(stored).scaleb(-field.scale)
    if field.type is FieldType.DATE:
        return date.fromisoformat(stored)
    if field.type is FieldType.DATETIME:
        return datetime.fromisoformat(stored)
    return stored


def from_python(field: Field, value: Any) -> str | int | None:
    """Turn a seed's or a test's value into storage, trusting it: no length or picklist is checked here."""
    if value is None or value == "":
        return None
    if field.type is FieldType.BOOLEAN:
        return int(bool(value))
    if field.type.is_number:
        return _scaled(Decimal(str(value)), field.scale)
    if isinstance(value, datetime):
        return datetime_to_storage(value) if field.type is FieldType.DATETIME else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if field.type is FieldType.DATETIME:
        parsed = parse_datetime(str(value))
        if parsed is None:
            raise ValueError(f"{field.name} needs an aware datetime, got {value!r}")
        return datetime_to_storage(parsed)
    if field.type in (FieldType.REFERENCE, FieldType.ID):
        return to_eighteen(value) or str(value)
    return str(value)


def _scaled(number: Decimal, scale: int) -> int:
    return int(number.scaleb(scale).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def from_json(field: Field, value: Any) -> str | int | None:
    """Turn a value out of a JSON body into storage.

    Raises:
        RequestRefused: when the value's JSON type does not fit, which fails the whole body (JSON_PARSER_ERROR)
        RowRefused: when the value has the right type but breaks the field's own rule
    """
    if value is None:
        return _null(field)
    kind = field.type
    if kind is FieldType.BOOLEAN:
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return int(value.lower() == "true")
        raise _not_deserialized(field, value)
    if kind.is_number:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
            raise _not_deserialized(field, value)
        if value == "":
            return None
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise _not_deserialized(field, value) from None
        return _checked_number(field, number)
    if not isinstance(value, str):
        raise _not_deserialized(field, value)
    value = value.strip(_BLANKS)
    if value == "":
        return None
    if kind in (FieldType.DATE, FieldType.DATETIME):
        stored = _day_or_instant(field, value)
        if stored is None:
            raise _not_deserialized(field, value)
        return stored
    return _checked_text(field, value)


def from_csv(field: Field, value: str) -> str | int | None:
    """Turn a non-empty CSV cell into storage. `#N/A` means null; an empty cell never gets here.

    Raises:
        RowRefused: for every kind of bad value; a CSV row fails alone
    """
    value = value.strip(_BLANKS)
    if value in ("#N/A", ""):
        return _null(field)
    kind = field.type
    if kind is FieldType.BOOLEAN:
        if value.lower() in ("true", "1", "false", "0"):
            return int(value.lower() in ("true", "1"))
        raise _wrong_type(field, value, "boolean")
    if kind.is_number:
        try:
            return _checked_number(field, Decimal(value))
        except InvalidOperation:
            raise _wrong_type(field, value, "double") from None
    if kind in (FieldType.DATE, FieldType.DATETIME):
        stored = _day_or_instant(field, value)
        if stored is None:
            raise _wrong_type(field, value, "date" if kind is FieldType.DATE else "dateTime")
        return stored
    return _checked_text(field, value)


def _null(field: Field) -> str | int | None:
    if field.type is FieldType.BOOLEAN:
        raise RowRefused(
            "INVALID_TYPE_ON_FIELD_IN_RECORD",
            f"{field.title}: value not of required type: ",
            (field.name,),
        )
    return None


def _day_or_instant(field: Field, value: str) -> str | None:
    if field.type is FieldType.DATETIME:
        instant = parse_datetime(value)
        return None if instant is None else datetime_to_storage(instant.replace(microsecond=0))
    if not _DATE.match(value):
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    if not 1700 <= day.year <= 4000:
        raise RowRefused("NUMBER_OUTSIDE_VALID_RANGE", f"{field.title}: invalid date: {value}", (field.name,))
    return value


def _checked_number(field: Field, number: Decimal) -> int:
    if not number.is_finite() or abs(number) >= Decimal(10) ** ((field.precision or 18) - field.scale):
        raise RowRefused(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{field.title}: value outside of valid range on numeric field: {number}",
            (field.name,),
        )
    return _scaled(number, field.scale)


def _checked_text(field: Field, value: str) -> str:
    kind = field.type
    if kind in (FieldType.REFERENCE, FieldType.ID):
        identity = to_eighteen(value)
        if identity is None:
            raise RowRefused("MALFORMED_ID", f"{field.title}: id value of incorrect type: {value}", (field.name,))
        return identity
    if field.length and len(value.encode("utf-16-le", "surrogatepass")) // 2 > field.length:  # Java's characters
        raise RowRefused(
            "STRING_TOO_LONG",
            f"{field.title}: data value too large: {value} (max length={field.length})",
            (field.name,),
        )
    if kind is FieldType.EMAIL and not _EMAIL.match(value):
        raise RowRefused("INVALID_EMAIL_ADDRESS", f"{field.title}: invalid email address: {value}", (field.name,))
    if field.restricted and value.lower() not in {choice.value.lower() for choice in field.picklist}:
        raise RowRefused(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"{field.title}: bad value for restricted picklist field: {value}",
            (field.name,),
        )
    return value


def _not_deserialized(field: Field, value: Any) -> RequestRefused:
    kinds = {bool: f"VALUE_{str(value).upper()}", int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT"}
    kinds |= {dict: "START_OBJECT", list: "START_ARRAY"}
    given = kinds.get(type(value), "VALUE_STRING")
    kind = "dateTime" if field.type is FieldType.DATETIME else field.type.value
    return RequestRefused(
        400,
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {kind} from {given} value {value} or request may be missing a required "
        "field at [line:1, column:1]",
    )


def _wrong_type(field: Field, value: str, kind: str) -> RowRefused:
    return RowRefused(
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        f"{field.title}: value not of required type: {value}"
        if kind == "boolean"
        else f"'{value}' is not a valid value for the type xsd:{kind}",
        (field.name,),
    )
