"""Recursive-descent parser of SOQL.

Grammar, in the SOQL guide's words:
    query      = SELECT items FROM object [alias] [WHERE condition] [GROUP BY fields] [ORDER BY terms]
                 [LIMIT n] [OFFSET n]
    condition  = simple (AND simple)* | simple (OR simple)* | NOT simple      (mixing needs parentheses)
    simple     = ( condition ) | field operator value | field [NOT] IN ( values | query )
"""

from __future__ import annotations

from decimal import Decimal

from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused
from xero_sf_pipeline.sandbox.salesforce.soql.date_literals import COUNTED_LITERALS, PLAIN_LITERALS
from xero_sf_pipeline.sandbox.salesforce.soql.lexer import Token, malformed, tokens_of, unescape
from xero_sf_pipeline.sandbox.salesforce.soql.syntax import (
    Aggregate,
    Comparison,
    Condition,
    FieldPath,
    Group,
    Literal,
    LiteralKind,
    Not,
    Ordering,
    Query,
)

MAX_QUERY_CHARACTERS = 100_000
_AGGREGATES = {"count", "count_distinct", "sum", "avg", "min", "max"}
_COMPARATORS = {"=": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_CLAUSES = {"where", "group", "order", "limit", "offset", "from", "having", "with", "for", "using"}


def parse(text: str) -> Query:
    """Parse a query. Raises RequestRefused with MALFORMED_QUERY and the place of the first mistake."""
    if len(text) > MAX_QUERY_CHARACTERS:
        raise RequestRefused(400, "MALFORMED_QUERY", "SOQL statements cannot be longer than 100000 characters.")
    parser = _Parser(text)
    query = parser.query()
    parser.expect_end()
    return query


def parse_condition(text: str) -> Condition:
    """Parse what may stand behind WHERE, for the sandbox's validation rules."""
    parser = _Parser(text)
    condition = parser.condition()
    parser.expect_end()
    return condition


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens_of(text)
        self._at = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _unexpected(self, token: Token | None = None) -> RequestRefused:
        bad = token or self._next
        if bad.kind == "end":
            return malformed(self._text, bad.position, "unexpected token: '<EOF>'")
        return malformed(self._text, bad.position, f"unexpected token: '{bad.text}'")

    def _accept_word(self, *words: str) -> bool:
        if all(self._tokens[min(self._at + i, len(self._tokens) - 1)].word == w for i, w in enumerate(words)):
            self._at += len(words)
            return True
        return False

    def _accept_sign(self, sign: str) -> bool:
        if self._next.kind == "sign" and self._next.text == sign:
            self._at += 1
            return True
        return False

    def _expect_word(self, word: str) -> None:
        if not self._accept_word(word):
            raise self._unexpected()

    def _expect_sign(self, sign: str) -> None:
        if not self._accept_sign(sign):
            raise self._unexpected()

    def expect_end(self) -> None:
        if self._next.kind != "end":
            raise self._unexpected()

    def query(self) -> Query:
        self._expect_word("select")
        select = [self._item()]
        while self._accept_sign(","):
            select.append(self._item())
        self._expect_word("from")
        entity = self._take()
        if entity.kind != "word" or "." in entity.text:
            raise self._unexpected(entity)
        alias = None
        if self._next.kind == "word" and self._next.word not in _CLAUSES:
            alias = self._take().text
        where = self.condition() if self._accept_word("where") else None
        group_by: list[FieldPath] = []
        if self._accept_word("group", "by"):
            group_by.append(self._path())
            while self._accept_sign(","):
                group_by.append(self._path())
        order_by: list[Ordering] = []
        if self._accept_word("order", "by"):
            order_by.append(self._ordering())
            while self._accept_sign(","):
                order_by.append(self._ordering())
        limit = self._whole_number() if self._accept_word("limit") else None
        offset = self._whole_number() if self._accept_word("offset") else 0
        if offset > 2000:
            raise RequestRefused(400, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        return Query(
            self._text, tuple(select), entity.text, entity.position, alias, where,
            tuple(group_by), tuple(order_by), limit, offset,
        )  # fmt: skip

    def _item(self) -> FieldPath | Aggregate:
        token = self._next
        if token.kind != "word" or token.word == "from":
            raise self._unexpected()
        following = self._tokens[self._at + 1]
        if following.text == "(" and token.word in _AGGREGATES:
            self._at += 2
            field = None
            if not (token.word == "count" and self._next.text == ")"):
                field = self._path()
            self._expect_sign(")")
            return Aggregate(token.word, field, token.position, self._alias())
        path = self._path()
        alias = self._alias()
        return path if alias is None else FieldPath(path.parts, path.position, alias)

    def _alias(self) -> str | None:
        following = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        if self._next.kind == "word" and self._next.word not in _CLAUSES:
            if following.word != "from" and following.text != ",":
                raise self._unexpected()
            return self._take().text
        return None

    def _path(self) -> FieldPath:
        token = self._take()
        if token.kind != "word":
            raise self._unexpected(token)
        return FieldPath(tuple(token.text.split(".")), token.position)

    def _whole_number(self) -> int:
        token = self._take()
        if token.kind != "number" or not token.text.isdigit():
            raise self._unexpected(token)
        return int(token.text)

    def _ordering(self) -> Ordering:
        path = self._path()
        descending = self._accept_word("desc")
        if not descending:
            self._accept_word("asc")
        last = False
        if self._accept_word("nulls"):
            last = self._accept_word("last")
            if not last:
                self._expect_word("first")
        return Ordering(path, descending, last)

    def condition(self) -> Condition:
        if self._accept_word("not"):
            return Not(self._simple())
        first = self._simple()
        word = self._next.word
        if word not in ("and", "or"):
            return first
        conditions = [first]
        while self._accept_word(word):
            conditions.append(self._simple())
        if self._next.word in ("and", "or"):
            raise self._unexpected()
        return Group(word, tuple(conditions))

    def _simple(self) -> Condition:
        if self._accept_sign("("):
            inner = self.condition()
            self._expect_sign(")")
            return inner
        if self._next.word in ("not", "and", "or"):
            raise self._unexpected()
        field = self._path()
        token = self._take()
        if token.kind == "sign" and token.text in _COMPARATORS:
            return Comparison(field, _COMPARATORS[token.text], (self._literal(),))
        if token.word == "like":
            return Comparison(field, "like", (self._literal(),))
        if token.word == "in":
            return self._membership(field, "in")
        if token.word == "not" and self._accept_word("in"):
            return self._membership(field, "not in")
        raise self._unexpected(token)

    def _membership(self, field: FieldPath, operator: str) -> Comparison:
        self._expect_sign("(")
        if self._next.word == "select":
            subquery = self.query()
            self._expect_sign(")")
            return Comparison(field, operator, (), subquery)
        values = [self._literal()]
        while self._accept_sign(","):
            values.append(self._literal())
        self._expect_sign(")")
        return Comparison(field, operator, tuple(values))

    def _literal(self) -> Literal:
        token = self._take()
        if token.kind == "string":
            value, pattern = unescape(self._text, token)
            return Literal(LiteralKind.STRING, token.position, value, pattern=pattern)
        if token.kind == "number":
            return Literal(LiteralKind.NUMBER, token.position, token.text, Decimal(token.text))
        if token.kind == "date":
            return Literal(LiteralKind.DATE, token.position, token.text)
        if token.kind == "datetime":
            return Literal(LiteralKind.DATETIME, token.position, token.text)
        if token.kind == "dateliteral":
            name, count = token.text.split(":")
            if name.upper() in COUNTED_LITERALS:
                return Literal(LiteralKind.DATE_LITERAL, token.position, name.upper(), count=int(count))
        if token.kind == "word":
            if token.word == "null":
                return Literal(LiteralKind.NULL, token.position)
            if token.word in ("true", "false"):
                return Literal(LiteralKind.BOOLEAN, token.position, token.word)
            if token.text.upper() in PLAIN_LITERALS:
                return Literal(LiteralKind.DATE_LITERAL, token.position, token.text.upper())
        raise self._unexpected(token)
