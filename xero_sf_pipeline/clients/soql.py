"""Building SOQL from names and values without letting either change the query's meaning.

Names must look like API names; values are quoted by simple-salesforce's rules. Does not belong here: sending.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote_plus

LONGEST_QUERY_URI = 12_000
"""Salesforce refuses URIs above 16,384 bytes (414), and URI with headers above the same (431); the token and the path
share the rest."""

_NAME = re.compile(r"^[A-Za-z]\w*(\.[A-Za-z]\w*)*$")
_SUBQUERY_IN_SELECT = re.compile(r"^\s*select\b(?:(?!\bfrom\b)[^()])*\(\s*select\b", re.IGNORECASE)


def name(text: str) -> str:
    """Return an object or field name (parents with dots) unchanged. Raises ValueError for anything else."""
    if not _NAME.match(text):
        raise ValueError(f"{text!r} is not the API name of an object or field")
    return text


def select(columns: Sequence[str], object_name: str, where: str = "") -> str:
    """Return a query. `where` comes from constants and `in_list`; columns may be `count()`."""
    listed = ", ".join(column if column == "count()" else name(column) for column in columns)
    query = f"select {listed} from {name(object_name)}"  # noqa: S608 - names are checked
    return f"{query} where {where}" if where else query


def in_list(values: Iterable[str]) -> str:
    """Return values as a quoted SOQL list."""
    from simple_salesforce.format import quote_soql_value

    return str(quote_soql_value(list(values)))


def refuse_child_subquery(soql: str) -> None:
    """Raise ValueError for parent-to-child subqueries: their own further pages would be lost silently."""
    if _SUBQUERY_IN_SELECT.match(soql):
        raise ValueError("child subqueries are not supported: query the child object and join it")


def key_queries(
    object_name: str, key_field: str, keys: Sequence[str], fields: Sequence[str], longest: int = LONGEST_QUERY_URI
) -> Iterator[str]:
    """Yield queries that together find all keys, each short enough for a URI once encoded."""
    columns = list(dict.fromkeys(["Id", key_field, *fields]))
    head = select(columns, object_name, f"{name(key_field)} in ")
    chunk: list[str] = []
    size = len(quote_plus(head)) + 6
    for key in keys:
        cost = len(quote_plus(in_list([key]))) + 3
        if chunk and size + cost > longest:
            yield head + in_list(chunk)
            chunk, size = [], len(quote_plus(head)) + 6
        chunk.append(key)
        size += cost
    if chunk:
        yield head + in_list(chunk)
