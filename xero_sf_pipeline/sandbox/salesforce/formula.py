"""Formula fields: Salesforce's formula language, as far as deployed packages use it, as SQL.

Belongs here: the expression grammar and its functions. Does not belong here: where the result is shown. Values are
worked out at every read, so a formula that says TODAY() or NOW() follows the clock, and `SystemModstamp` does not move
with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType, ObjectType

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<name>[A-Za-z_]\w*)
    |(?P<sign>\|\||&&|<>|!=|==|<=|>=|[-+*/&()=<>,!]))""",
    re.VERBOSE,
)


class FormulaError(ValueError):
    """The formula cannot be saved; the text says why, as the Metadata API's component error does."""


@dataclass(frozen=True)
class Expression:
    """SQL and what it yields: number, date, datetime, boolean, text, picklist or null.

    A picklist is no text: only TEXT and ISPICKVAL take one (Formula Reference, "Tips for picklist fields").
    """

    sql: str
    kind: str
    name: str = ""


def formula_sql(field: Field, one: ObjectType, alias: str) -> str:
    """Return the SQL of a formula field in its stored form (numbers as whole numbers of 10^-scale).

    Raises:
        FormulaError: for syntax errors, unknown fields or functions, and a result that does not fit the field's type
    """
    assert field.formula is not None
    value = _Formula(field.formula, one, alias, field.blank_as_zero).parse()
    if value.kind == "null":
        return "null"
    if field.type.is_number:
        _require(value, ("number",), field.type.value)
        return f"cast(round(({value.sql}) * {10**field.scale}) as integer)"
    wanted = {FieldType.BOOLEAN: "boolean", FieldType.DATE: "date", FieldType.DATETIME: "datetime"}.get(field.type)
    _require(value, (wanted or "text",), field.type.value)
    return f"({value.sql})" if wanted else f"nullif({value.sql}, '')"


def _require(value: Expression, kinds: tuple[str, ...], wanted: str) -> Expression:
    if value.kind not in kinds and value.kind != "null":
        raise FormulaError(
            f"Formula result is data type ({value.kind}), incompatible with expected data type ({wanted})."
        )
    return value


class _Formula:
    def __init__(self, text: str, one: ObjectType, alias: str, blank_as_zero: bool) -> None:
        self._one = one
        self._alias = alias
        self._blank_as_zero = blank_as_zero
        self._tokens: list[tuple[str, str]] = []
        position = 0
        text = text.strip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise FormulaError(f"Syntax error. Found '{text[position]}'")
            self._tokens.append((match.lastgroup or "", match.group(match.lastgroup or "")))
            position = match.end()
        self._tokens.append(("end", "<EOF>"))
        self._at = 0

    def parse(self) -> Expression:
        value = self._either()
        if self._tokens[self._at][0] != "end":
            raise FormulaError(f"Syntax error. Extra {self._tokens[self._at][1]}")
        return value

    def _accept(self, *signs: str) -> str | None:
        kind, text = self._tokens[self._at]
        if kind == "sign" and text in signs:
            self._at += 1
            return text
        return None

    def _expect(self, sign: str) -> None:
        if self._accept(sign) is None:
            raise FormulaError(f"Syntax error. Missing '{sign}'")

    def _either(self) -> Expression:
        value = self._both()
        while self._accept("||"):
            other = self._both()
            value = _logic("or", [value, other])
        return value

    def _both(self) -> Expression:
        value = self._compared()
        while self._accept("&&"):
            other = self._compared()
            value = _logic("and", [value, other])
        return value

    def _compared(self) -> Expression:
        value = self._sum()
        while sign := self._accept("=", "==", "<>", "!=", "<", "<=", ">", ">="):
            other = self._sum()
            _no_picklist(value, other)
            if "null" not in (value.kind, other.kind) and value.kind != other.kind:
                raise FormulaError(f"Incorrect parameter type for operator '{sign}'.")
            sign = {"==": "=", "!=": "<>"}.get(sign, sign)
            value = Expression(f"coalesce(({value.sql} {sign} {other.sql}), 0)", "boolean")
        return value

    def _sum(self) -> Expression:
        value = self._product()
        while sign := self._accept("+", "-", "&"):
            value = _added(value, sign, self._product())
        return value

    def _product(self) -> Expression:
        value = self._unary()
        while sign := self._accept("*", "/"):
            other = _require(self._unary(), ("number",), "number")
            _require(value, ("number",), "number")
            value = Expression(
                f"({value.sql} {sign} nullif({other.sql}, 0))" if sign == "/" else f"({value.sql} * {other.sql})",
                "number",
            )
        return value

    def _unary(self) -> Expression:
        if self._accept("-"):
            return Expression(f"(-{_require(self._unary(), ('number',), 'number').sql})", "number")
        if self._accept("!"):
            return Expression(f"(not {_require(self._unary(), ('boolean',), 'boolean').sql})", "boolean")
        if self._accept("("):
            value = self._either()
            self._expect(")")
            return value
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            return Expression(f"{text}.0" if "." not in text else text, "number")
        if kind == "text":
            body = re.sub(r"\\(.)", r"\1", text[1:-1]).replace("'", "''")
            return Expression(f"'{body}'", "text")
        if kind != "name":
            raise FormulaError(f"Syntax error. Found '{text}'")
        if self._accept("("):
            return self._call(text.upper())
        return self._reference(text)

    def _reference(self, name: str) -> Expression:
        if name.upper() == "NULL":
            return Expression("null", "null")
        if name.upper() in ("TRUE", "FALSE"):
            return Expression(str(int(name.upper() == "TRUE")), "boolean")
        found = self._one.find(name)
        if found is None or not found.is_stored or found.is_long_text:
            raise FormulaError(f"Field {name} does not exist. Check spelling.")
        column = f'{self._alias}."{found.name}"'
        if found.type.is_number:
            number = f"({column} / {10**found.scale}.0)"
            return Expression(f"coalesce({number}, 0)" if self._blank_as_zero else number, "number")
        kinds = {FieldType.BOOLEAN: "boolean", FieldType.DATE: "date", FieldType.DATETIME: "datetime"}
        kinds[FieldType.PICKLIST] = "picklist"
        return Expression(column, kinds.get(found.type, "text"), found.name)

    def _call(self, name: str) -> Expression:
        arguments: list[Expression] = []
        if not self._accept(")"):
            arguments.append(self._either())
            while self._accept(","):
                arguments.append(self._either())
            self._expect(")")
        if name not in _FUNCTIONS:
            raise FormulaError(f"Unknown function {name}. Check spelling.")
        count, build = _FUNCTIONS[name]
        if name not in _TAKE_PICKLISTS:
            _no_picklist(*arguments)
        if count is not None and len(arguments) != count:
            raise FormulaError(
                f"Incorrect number of parameters for function '{name}()'. Expected {count}, received {len(arguments)}"
            )
        return build(arguments)


def _no_picklist(*values: Expression) -> None:
    for value in values:
        if value.kind == "picklist":
            raise FormulaError(
                f"Field {value.name} is a picklist field. Picklist fields are only supported in certain functions."
            )


def _logic(word: str, values: list[Expression]) -> Expression:
    for value in values:
        _require(value, ("boolean",), "boolean")
    return Expression("(" + f" {word} ".join(value.sql for value in values) + ")", "boolean")


def _added(left: Expression, sign: str, right: Expression) -> Expression:
    _no_picklist(left, right)
    kinds = (left.kind, right.kind)
    if kinds == ("number", "number") and sign != "&":
        return Expression(f"({left.sql} {sign} {right.sql})", "number")
    if kinds in (("date", "date"), ("datetime", "datetime")) and sign == "-":
        return Expression(f"round(julianday({left.sql}) - julianday({right.sql}), 8)", "number")
    if kinds == ("date", "number") and sign != "&":
        return Expression(f"date({left.sql}, ({sign}1 * {right.sql}) || ' days')", "date")
    if kinds == ("text", "text") and sign != "-":
        return Expression(f"(coalesce({left.sql}, '') || coalesce({right.sql}, ''))", "text")
    raise FormulaError(f"Incorrect parameter type for operator '{sign}'. Received {kinds[0]} and {kinds[1]}")


def _choice(arguments: list[Expression]) -> Expression:
    test, yes, no = arguments
    _require(test, ("boolean",), "boolean")
    kind = no.kind if yes.kind == "null" else yes.kind
    _require(no, (kind,), kind)
    return Expression(f"case when {test.sql} then {yes.sql} else {no.sql} end", kind)


def _fallback(arguments: list[Expression]) -> Expression:
    return Expression(f"coalesce({arguments[0].sql}, {arguments[1].sql})", arguments[0].kind)


def _text(arguments: list[Expression]) -> Expression:
    value = arguments[0]
    if value.kind == "number":
        return Expression(f"rtrim(rtrim(printf('%.15f', round({value.sql}, 12)), '0'), '.')", "text")
    if value.kind == "datetime":
        return Expression(f"(substr({value.sql}, 1, 10) || ' ' || substr({value.sql}, 12, 8) || 'Z')", "text")
    if value.kind not in ("picklist", "date", "null"):
        raise FormulaError(
            "Incorrect parameter type for function 'TEXT()'. Expected Number, Date, DateTime, Picklist, "
            f"received {value.kind.capitalize()}"
        )
    return Expression(f"coalesce({value.sql}, '')", "text")


def _contains(arguments: list[Expression]) -> Expression:
    text, part = (_require(one, ("text",), "text") for one in arguments)
    return Expression(f"(instr(coalesce({text.sql}, ''), coalesce({part.sql}, '')) > 0)", "boolean")


def _length(arguments: list[Expression]) -> Expression:
    return Expression(f"length(coalesce({_require(arguments[0], ('text',), 'text').sql}, ''))", "number")


def _is_value(arguments: list[Expression]) -> Expression:
    field, wanted = arguments
    if field.kind != "picklist":
        raise FormulaError("Incorrect parameter type for function 'ISPICKVAL()'. Expected Picklist")
    _require(wanted, ("text",), "text")
    return Expression(f"(coalesce({field.sql}, '') = {wanted.sql})", "boolean")


def _day_of(arguments: list[Expression]) -> Expression:
    _require(arguments[0], ("datetime", "date"), "datetime")
    return Expression(f"substr({arguments[0].sql}, 1, 10)", "date")


def _numeric(sql: str) -> Callable[[list[Expression]], Expression]:
    def build(arguments: list[Expression]) -> Expression:
        for one in arguments:
            _require(one, ("number",), "number")
        return Expression(f"{sql}({', '.join(one.sql for one in arguments)})", "number")

    return build


_FUNCTIONS: dict[str, tuple[int | None, Callable[[list[Expression]], Expression]]] = {
    "TODAY": (0, lambda _: Expression("org_today()", "date")),
    "NOW": (0, lambda _: Expression("org_now()", "datetime")),
    "DATEVALUE": (1, _day_of),
    "ISBLANK": (1, lambda a: Expression(f"(nullif({a[0].sql}, '') is null)", "boolean")),
    "ISNULL": (1, lambda a: Expression(f"({a[0].sql} is null)", "boolean")),
    "NOT": (1, lambda a: Expression(f"(not {_require(a[0], ('boolean',), 'boolean').sql})", "boolean")),
    "AND": (None, lambda a: _logic("and", a)),
    "OR": (None, lambda a: _logic("or", a)),
    "IF": (3, _choice),
    "BLANKVALUE": (2, _fallback),
    "NULLVALUE": (2, _fallback),
    "ISPICKVAL": (2, _is_value),
    "TEXT": (1, _text),
    "CONTAINS": (2, _contains),
    "LEN": (1, _length),
    "ABS": (1, _numeric("abs")),
    "ROUND": (2, lambda a: Expression(f"round({a[0].sql}, cast({a[1].sql} as integer))", "number")),
    "MAX": (None, _numeric("max")),
    "MIN": (None, _numeric("min")),
}
_TAKE_PICKLISTS = {"ISPICKVAL", "TEXT"}
