"""Words, numbers, strings, dates and signs of SOQL, each with its place in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<datetime>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2}))
    |(?P<date>\d{4}-\d{2}-\d{2}(?![\d:T-]))
    |(?P<dateliteral>[A-Za-z_]\w*:\d+)
    |(?P<number>[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?(?!\w))
    |(?P<word>[A-Za-z_]\w*(\.[A-Za-z_]\w*)*)
    |(?P<string>'(?:[^'\\]|\\.)*')
    |(?P<sign><=|>=|!=|<>|[=<>(),])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "_": "_", "%": "%"}
_SNIPPET = 60
"""Characters of the query shown on either side of an error."""


@dataclass(frozen=True)
class Token:
    """One token. `kind` is word, string, number, date, datetime, dateliteral, sign or end."""

    kind: str
    text: str
    position: int

    @property
    def word(self) -> str:
        return self.text.lower() if self.kind == "word" else ""


def tokens_of(text: str) -> list[Token]:
    """Cut a query into tokens, ending with one of kind `end`. Raises MALFORMED_QUERY for anything else."""
    tokens = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unknown(text, position)
        kind = match.lastgroup or ""
        if kind != "space":
            tokens.append(Token(kind, match.group(), position))
        position = match.end()
    tokens.append(Token("end", "<EOF>", len(text)))
    return tokens


def _unknown(text: str, position: int) -> RequestRefused:
    if text[position] == "'":
        return malformed(text, position, "unexpected token: ''' (unterminated string literal)")
    return malformed(text, position, f"unexpected token: '{text[position]}'")


def malformed(text: str, position: int, message: str) -> RequestRefused:
    """Return MALFORMED_QUERY with the place marked."""
    return marked(text, position, message, "MALFORMED_QUERY")


def marked(text: str, position: int, message: str, code: str) -> RequestRefused:
    """Return an error whose message shows a piece of the query and a caret under the place, as Salesforce does."""
    row = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    start = max(0, position - _SNIPPET)
    snippet = text[start : position + _SNIPPET].replace("\n", " ").replace("\r", " ")
    caret = " " * (position - start) + "^"
    return RequestRefused(400, code, f"\n{snippet}\n{caret}\nERROR at Row:{row}:Column:{column}\n{message}")


def unescape(query: str, token: Token) -> tuple[str, str]:
    r"""Return a string literal's value, and the same as a LIKE pattern in which `\_` and `\%` stay escaped.

    Only the escapes of the SOQL guide are known; any other backslash is an error.
    """
    body = token.text[1:-1]
    if len(body) > 4000:
        raise malformed(query, token.position, "string literal must not be longer than 4000 characters")
    value, pattern = "", ""
    position = 0
    while position < len(body):
        letter = body[position]
        if letter != "\\":
            value += letter
            pattern += letter
            position += 1
            continue
        escape = body[position + 1]
        if escape in "uU" and re.fullmatch(r"[0-9a-fA-F]{4}", body[position + 2 : position + 6]):
            letter = chr(int(body[position + 2 : position + 6], 16))
            position += 6
        elif escape in _ESCAPES:
            letter = _ESCAPES[escape]
            position += 2
        else:
            raise malformed(
                query,
                token.position + position + 1,
                f"Invalid string literal '{body}'. Illegal character sequence '\\{escape}' in string literal.",
            )
        value += letter
        pattern += "\\" + letter if escape in "_%\\" else letter
    return value, pattern
