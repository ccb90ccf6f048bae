"""Xero's `where` and `order` languages, parsed and translated to SQL with bound values.

Grammar of `where`: comparisons `== = != < <= > >=` between a field and a literal, `AND && OR ||`, parentheses,
`Field.Contains("x")`, `.StartsWith`, `.EndsWith` (after `.ToLower()` or `.ToUpper()` too), a boolean field alone.
Literals: `"text"`, numbers, `true`, `false`, `null`, `DateTime(y,m,d[,h,m,s])`, `Guid("...")`.
Text compares without case. Anything else is a QueryParseException, as are unknown fields and operands of unlike types.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from xero_sf_pipeline.sandbox.xero.answers import query_parse_error
from xero_sf_pipeline.sandbox.xero.dates import ms_of
from xero_sf_pipeline.sandbox.xero.kinds import Kind

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>-?\d+(?:\.\d+)?)
    | (?P<text>"(?:[^"\\]|\\.)*")
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<symbol>==|!=|<=|>=|&&|\|\||[=<>().,])
    )""",
    re.VERBOSE,
)
_COMPARISONS = {"==": "=", "=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_TEXT_TESTS = {"contains", "startswith", "endswith"}
_TYPE_NAMES = {"s": "String", "g": "Guid", "n": "Decimal", "d": "DateTime", "b": "Boolean", "null": "null"}


@dataclass
class Condition:
    """A translated filter. `is_fast` tells whether every part of it is backed by an index at Xero."""

    sql: str
    values: list[object] = field(default_factory=list)
    is_fast: bool = True
    paths: set[str] = field(default_factory=set)


def parse_where(text: str, kind: Kind) -> Condition:
    """Translate a `where` parameter.

    Raises:
        ApiError: 400 QueryParseException
    """
    parser = _Parser(text, kind)
    condition = parser.either()
    parser.end()
    return condition


def parse_order(text: str, kind: Kind) -> str:
    """Translate an `order` parameter such as `Date DESC, InvoiceNumber` into SQL terms.

    Raises:
        ApiError: 400 QueryParseException
    """
    terms = []
    for part in text.split(","):
        words = part.split()
        direction = words[1].upper() if len(words) == 2 else "ASC"
        direction = {"ASCENDING": "ASC", "DESCENDING": "DESC"}.get(direction, direction)
        if len(words) not in (1, 2) or direction not in ("ASC", "DESC"):
            raise query_parse_error(f"Syntax error in order clause '{text}'")
        path = _known_path(words[0], kind)
        collation = " collate nocase" if kind.fields[path] == "s" else ""
        terms.append(f"{kind.sql(path)}{collation} {direction.lower()}")
    return ", ".join(terms)


def _known_path(path: str, kind: Kind) -> str:
    known = {name.lower(): name for name in kind.fields}
    if path.lower() not in known:
        raise query_parse_error(f"No property or field '{path}' exists in type '{kind.name}'")
    return known[path.lower()]


@dataclass(frozen=True)
class _Literal:
    type: str
    value: object


class _Parser:
    def __init__(self, text: str, kind: Kind) -> None:
        self._kind = kind
        self._tokens = self._lex(text)
        self._at = 0

    def _lex(self, text: str) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise query_parse_error(f"Syntax error at position {position}")
            tokens.append((match.lastgroup, match.group(match.lastgroup)))
            position = match.end()
        return tokens

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise query_parse_error(f"Syntax error near '{self._tokens[self._at][1]}'")

    def either(self) -> Condition:
        condition = self.both()
        while self._take_word("or") or self._take("||"):
            other = self.both()
            only_ids = condition.paths | other.paths <= {self._kind.id_field}
            condition = _joined(condition, "or", other)
            condition.is_fast = condition.is_fast and only_ids
        return condition

    def both(self) -> Condition:
        condition = self.term()
        while self._take_word("and") or self._take("&&"):
            condition = _joined(condition, "and", self.term())
        return condition

    def term(self) -> Condition:
        if self._take("("):
            condition = self.either()
            self._need(")")
            return condition
        path, change, test = self._field()
        field_type = self._kind.fields[path]
        sql = self._kind.sql(path)
        if test is not None:
            return self._text_test(path, sql, change, test)
        for symbol, operator in _COMPARISONS.items():
            if self._take(symbol):
                return self._comparison(path, f"{change}({sql})" if change else sql, symbol, operator, self._literal())
        if field_type == "b":
            return Condition(f"{sql} = 1", [], False, {path})
        raise query_parse_error(f"Expression of type 'Boolean' expected near '{path}'")

    def _field(self) -> tuple[str, str | None, str | None]:
        """Read a field path with what is called on it: (path, lower|upper|None, text test|None)."""
        names = [self._name()]
        change: str | None = None
        while self._take("."):
            name = self._name()
            if not self._take("("):
                names.append(name)
                continue
            path = _known_path(".".join(names), self._kind)
            if self._kind.fields[path] != "s":
                raise query_parse_error(
                    f"No applicable method '{name}' exists in type '{_TYPE_NAMES[self._kind.fields[path]]}'"
                )
            if name.lower() in ("tolower", "toupper"):
                self._need(")")
                change = name.lower()[2:]
            elif name.lower() in _TEXT_TESTS:
                return path, change, name.lower()
            else:
                raise query_parse_error(f"No applicable method '{name}' exists in type 'String'")
        return _known_path(".".join(names), self._kind), change, None

    def _text_test(self, path: str, sql: str, change: str | None, test: str) -> Condition:
        literal = self._literal()
        self._need(")")
        if literal.type != "s":
            raise query_parse_error(f"{test} expects a String")
        needle = str(literal.value)
        if not needle:
            return Condition(f"{sql} is not null", [], False, {path})
        if change is not None and needle != getattr(needle, change)():
            return Condition("0", [], False, {path})  # lower-cased text never holds an upper-case needle
        if test == "contains":
            return Condition(f"instr(lower({sql}), lower(?)) > 0", [needle], False, {path})
        cut = f"substr({sql}, 1, ?)" if test == "startswith" else f"substr({sql}, -?)"
        return Condition(f"lower({cut}) = lower(?)", [len(needle), needle], False, {path})

    def _comparison(self, path: str, sql: str, symbol: str, operator: str, literal: _Literal) -> Condition:
        field_type = self._kind.fields[path]
        if literal.type == "null":
            if operator not in ("=", "<>"):
                raise query_parse_error(f"Operator '{symbol}' incompatible with null")
            return Condition(f"{sql} is {'not ' if operator == '<>' else ''}null", [], False, {path})
        if literal.type != field_type or (operator not in ("=", "<>") and field_type in "gb"):
            raise query_parse_error(
                f"Operator '{symbol}' incompatible with operand types "
                f"'{_TYPE_NAMES[field_type]}' and '{_TYPE_NAMES[literal.type]}'"
            )
        fast = path in self._kind.fast and (operator == "=" or (field_type in "dn" and operator != "<>"))
        if operator == "<>":
            operator = "is not"  # a missing value differs from every literal
        collation = " collate nocase" if field_type == "s" else ""
        return Condition(f"{sql} {operator} ?{collation}", [literal.value], fast, {path})

    def _literal(self) -> _Literal:
        group, text = self._next()
        if group == "number":
            return _Literal("n", float(text))
        if group == "text":
            return _Literal("s", re.sub(r"\\(.)", r"\1", text[1:-1]))
        word = text.lower()
        if group == "name" and word in ("true", "false"):
            return _Literal("b", int(word == "true"))
        if group == "name" and word == "null":
            return _Literal("null", None)
        if group == "name" and word == "guid":
            self._need("(")
            value = self._literal()
            self._need(")")
            try:
                return _Literal("g", str(uuid.UUID(str(value.value))))
            except ValueError:
                raise query_parse_error(f"Guid expected, got '{value.value}'") from None
        if group == "name" and word == "datetime":
            return self._date_time()
        raise query_parse_error(f"Syntax error near '{text}'")

    def _date_time(self) -> _Literal:
        self._need("(")
        parts = [self._whole_number()]
        while self._take(","):
            parts.append(self._whole_number())
        self._need(")")
        if len(parts) not in (3, 6):
            raise query_parse_error("No applicable constructor exists in type 'DateTime'")
        try:
            year, month, day, hour, minute, second = parts if len(parts) == 6 else (*parts, 0, 0, 0)
            return _Literal("d", ms_of(datetime(year, month, day, hour, minute, second, tzinfo=UTC)))
        except ValueError as error:
            raise query_parse_error(f"DateTime: {error}") from None

    def _whole_number(self) -> int:
        group, text = self._next()
        if group != "number" or not text.isdigit():
            raise query_parse_error(f"Number expected near '{text}'")
        return int(text)

    def _name(self) -> str:
        group, text = self._next()
        if group != "name":
            raise query_parse_error(f"Syntax error near '{text}'")
        return text

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise query_parse_error("Unexpected end of expression")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, symbol: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == ("symbol", symbol):
            self._at += 1
            return True
        return False

    def _take_word(self, word: str) -> bool:
        if (
            self._at < len(self._tokens)
            and self._tokens[self._at][0] == "name"
            and self._tokens[self._at][1].lower() == word
        ):
            self._at += 1
            return True
        return False

    def _need(self, symbol: str) -> None:
        if not self._take(symbol):
            raise query_parse_error(f"'{symbol}' expected")


def _joined(left: Condition, word: str, right: Condition) -> Condition:
    return Condition(
        f"({left.sql} {word} {right.sql})",
        left.values + right.values,
        left.is_fast and right.is_fast,
        left.paths | right.paths,
    )
