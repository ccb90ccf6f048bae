"""WHERE conditions as SQL.

Salesforce's logic has two values: a comparison with null is false and its negation true, and `!=` and `NOT IN` match
nulls. Text compares without regard to case, except for case-sensitive unique fields.
"""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused
from xero_sf_pipeline.sandbox.salesforce.ids import to_eighteen
from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType
from xero_sf_pipeline.sandbox.salesforce.soql.compiler import Scope, scope_of
from xero_sf_pipeline.sandbox.salesforce.soql.date_literals import days_of
from xero_sf_pipeline.sandbox.salesforce.soql.lexer import marked
from xero_sf_pipeline.sandbox.salesforce.soql.syntax import (
    Comparison,
    Condition,
    FieldPath,
    Group,
    Literal,
    LiteralKind,
    Not,
)
from xero_sf_pipeline.sandbox.salesforce.storage import quoted
from xero_sf_pipeline.sandbox.salesforce.values import datetime_to_storage, parse_datetime

_K = LiteralKind
_TEMPORAL = {
    FieldType.DATE: (_K.DATE, _K.DATE_LITERAL),
    FieldType.DATETIME: (_K.DATETIME, _K.DATE_LITERAL),
}


def condition_sql(condition: Condition, scope: Scope) -> str:
    """Return the SQL of a condition and append its values to the scope's parameters."""
    if isinstance(condition, Not):
        return f"not coalesce(({condition_sql(condition.condition, scope)}), 0)"
    if isinstance(condition, Group):
        return "(" + f" {condition.word} ".join(condition_sql(one, scope) for one in condition.conditions) + ")"
    return _comparison(condition, scope)


def _comparison(comparison: Comparison, scope: Scope) -> str:
    path, operator = comparison.field, comparison.operator
    _, found, parts = scope.resolve(path)
    if found.is_long_text or found.type is FieldType.ADDRESS:
        raise _refused(scope, path.position, f"field '{path}' can not be filtered in a query call")
    if comparison.subquery is not None:
        return _semi_join(comparison, scope, parts[0])
    for literal in comparison.values:
        _check_kind(found, path, literal, scope)
    if operator in ("in", "not in"):
        return _membership(comparison, found, parts[0], scope)
    literal = comparison.values[0]
    if operator == "like":
        return _like(found, path, literal, parts[0], scope)
    return _single(found, path, operator, literal, parts[0], scope)


def _single(found: Field, path: FieldPath, operator: str, literal: Literal, sql: str, scope: Scope) -> str:
    if literal.kind is _K.NULL or (literal.kind is _K.STRING and literal.text == ""):
        if found.type is FieldType.BOOLEAN:
            return f"{sql} {'=' if operator == '=' else '<>'} 0"
        if operator not in ("=", "!="):
            return "0"
        return f"{sql} is {'' if operator == '=' else 'not '}null"
    if literal.kind is _K.DATE_LITERAL:
        return _range(found, operator, literal, sql, scope)
    value = _value(found, path, literal, scope)
    sql = _collated(found, sql, [value])
    slot = "fold(?)" if sql.startswith("fold(") else "?"
    scope.parameters.append(value)
    return f"{sql} {'is not' if operator == '!=' else operator} {slot}"


def _membership(comparison: Comparison, found: Field, sql: str, scope: Scope) -> str:
    negated = comparison.operator == "not in"
    if any(one.kind is _K.DATE_LITERAL for one in comparison.values):
        either = " or ".join(_single(found, comparison.field, "=", one, sql, scope) for one in comparison.values)
        return f"not coalesce(({either}), 0)" if negated else f"({either})"
    with_null = any(one.kind is _K.NULL or (one.kind is _K.STRING and not one.text) for one in comparison.values)
    values = [
        _value(found, comparison.field, one, scope)
        for one in comparison.values
        if one.kind is not _K.NULL and not (one.kind is _K.STRING and not one.text)
    ]
    collated = _collated(found, sql, values)
    slot = "fold(?)" if collated.startswith("fold(") else "?"
    scope.parameters.extend(values)
    inside = f"{collated} in ({', '.join([slot] * len(values))})"
    if negated:
        return f"({sql} is not null and not {inside})" if with_null else f"({sql} is null or not {inside})"
    return f"({inside} or {sql} is null)" if with_null else inside


def _semi_join(comparison: Comparison, scope: Scope, sql: str) -> str:
    inner = comparison.subquery
    assert inner is not None
    nested = scope_of(inner, scope.view, scope.today, f"{scope.alias}s", scope.parameters)
    first = inner.select[0]
    if len(inner.select) != 1 or not isinstance(first, FieldPath):
        raise _refused(scope, comparison.field.position, "semi join sub-selects must select exactly one field")
    _, _, parts = nested.resolve(first)
    where = condition_sql(inner.where, nested) if inner.where is not None else "1"
    if nested.base.soft_delete:
        where = f'({where}) and {nested.alias}."IsDeleted" = 0'
    rows = (
        f"select {parts[0]} from {quoted(nested.base.name)} {nested.alias}{nested.joins}"
        f" where ({where}) and {parts[0]} is not null"
    )
    return f"coalesce({sql} {comparison.operator} ({rows}), {int(comparison.operator == 'not in')})"


def _like(found: Field, path: FieldPath, literal: Literal, sql: str, scope: Scope) -> str:
    if not found.type.is_text or literal.kind is not _K.STRING:
        raise _operator_refused(scope, path.position, "invalid operator")
    if literal.text.isascii():
        scope.parameters.append(literal.pattern)
        return f"coalesce({sql} like ? escape '\\', 0)"
    scope.parameters.append(literal.pattern.casefold())
    return f"coalesce(fold({sql}) like ? escape '\\', 0)"


def _range(found: Field, operator: str, literal: Literal, sql: str, scope: Scope) -> str:
    start, end = (_bound(found, day, scope) for day in days_of(literal.text, literal.count, scope.today.day))
    if operator in ("=", "!="):
        scope.parameters.extend([start, end])
        inside = f"({sql} >= ? and {sql} < ?)"
        return inside if operator == "=" else f"not coalesce({inside}, 0)"
    scope.parameters.append(start if operator in ("<", ">=") else end)
    return f"{sql} {'<' if operator in ('<', '<=') else '>='} ?"


def _bound(found: Field, day: date, scope: Scope) -> str:
    if found.type is FieldType.DATE:
        return day.isoformat()
    return datetime_to_storage(datetime.combine(day, time(), scope.today.zone).astimezone(UTC))


def _collated(found: Field, sql: str, values: list[str | int | float]) -> str:
    if not found.type.is_text or found.case_sensitive:
        return sql
    if all(isinstance(value, str) and value.isascii() for value in values):
        return f"{sql} collate nocase"
    return f"fold({sql})"


def _value(found: Field, path: FieldPath, literal: Literal, scope: Scope) -> str | int | float:
    if literal.kind is _K.BOOLEAN:
        return int(literal.text == "true")
    if literal.kind is _K.NUMBER:
        scaled = literal.number * Decimal(10) ** found.scale
        return int(scaled) if scaled == scaled.to_integral_value() else float(scaled)
    if literal.kind is _K.DATETIME:
        instant = parse_datetime(literal.text)
        if instant is None:
            raise _refused(scope, literal.position, f"invalid dateTime: {literal.text}")
        return datetime_to_storage(instant)
    if literal.kind is _K.DATE:
        try:
            return date.fromisoformat(literal.text).isoformat()
        except ValueError:
            raise _refused(scope, literal.position, f"line 1:{literal.position} invalid date: {literal.text}") from None
    if found.type in (FieldType.ID, FieldType.REFERENCE):
        identity = to_eighteen(literal.text)
        if identity is None:
            raise _operator_refused(scope, path.position, f"invalid ID field: {literal.text}")
        return identity
    return literal.text


def _check_kind(found: Field, path: FieldPath, literal: Literal, scope: Scope) -> None:
    if literal.kind is _K.NULL:
        return
    kind, quoted_value = found.type, False
    if kind.is_number:
        fits, wanted = literal.kind is _K.NUMBER, "double" if kind is not FieldType.INT else "int"
    elif kind is FieldType.BOOLEAN:
        fits, wanted = literal.kind is _K.BOOLEAN, "boolean"
    elif kind in _TEMPORAL:
        fits, wanted = literal.kind in _TEMPORAL[kind], "date" if kind is FieldType.DATE else "dateTime"
    else:
        fits, wanted, quoted_value = literal.kind is _K.STRING, "string", True
    if not fits:
        manner = "should be enclosed in quotes" if quoted_value else "should not be enclosed in quotes"
        raise _refused(
            scope,
            path.position,
            f"value of filter criterion for field '{path.parts[-1]}' must be of type {wanted} and {manner}",
        )


def _refused(scope: Scope, position: int, message: str) -> RequestRefused:
    return marked(scope.query.text, position, message, "INVALID_FIELD")


def _operator_refused(scope: Scope, position: int, message: str) -> RequestRefused:
    return marked(scope.query.text, position, message, "INVALID_QUERY_FILTER_OPERATOR")
