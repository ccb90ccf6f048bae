"""The syntax tree of a SOQL query. Positions are character offsets into the query text, for error messages."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto


class LiteralKind(Enum):
    """What kind of value stands on the right of a comparison."""

    STRING = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    NULL = auto()
    DATE = auto()
    DATETIME = auto()
    DATE_LITERAL = auto()


@dataclass(frozen=True)
class Literal:
    """One value. `text` holds strings (unescaped), ISO dates, or the name of a date literal; `count` its `:n`."""

    kind: LiteralKind
    position: int
    text: str = ""
    number: Decimal = Decimal(0)
    count: int | None = None
    pattern: str = ""


@dataclass(frozen=True)
class FieldPath:
    """A field, possibly through parents: `Account.Owner.Name`. `alias` names a grouped column in the result."""

    parts: tuple[str, ...]
    position: int
    alias: str | None = None

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True)
class Aggregate:
    """`COUNT(Id) n`. `field` is None for `COUNT()`."""

    function: str
    field: FieldPath | None
    position: int
    alias: str | None = None


@dataclass(frozen=True)
class Comparison:
    """`Field operator value(s)`; the operator is one of = != < <= > >= like in not-in."""

    field: FieldPath
    operator: str
    values: tuple[Literal, ...]
    subquery: Query | None = None


@dataclass(frozen=True)
class Not:
    """`NOT condition`."""

    condition: Condition


@dataclass(frozen=True)
class Group:
    """Conditions joined by one word, `and` or `or`."""

    word: str
    conditions: tuple[Condition, ...]


Condition = Comparison | Not | Group


@dataclass(frozen=True)
class Ordering:
    """One term of ORDER BY. Nulls come first unless the query says otherwise."""

    field: FieldPath
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True)
class Query:
    """A whole query."""

    text: str
    select: tuple[FieldPath | Aggregate, ...]
    object_name: str
    object_position: int
    alias: str | None = None
    where: Condition | None = None
    group_by: tuple[FieldPath, ...] = ()
    order_by: tuple[Ordering, ...] = ()
    limit: int | None = None
    offset: int = 0

    @property
    def is_plain_count(self) -> bool:
        """Whether this is `SELECT COUNT() FROM ...`: the number is `totalSize`, there are no records."""
        first = self.select[0]
        return len(self.select) == 1 and isinstance(first, Aggregate) and first.field is None

    @property
    def is_aggregate(self) -> bool:
        return bool(self.group_by) or any(isinstance(one, Aggregate) for one in self.select)
