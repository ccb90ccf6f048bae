"""The shape of an explanation: figures with the parts that add up to them, rules, source versions, plan and pushes.

Belongs here: values only. Does not belong here: how they are found, and how they are printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

CENT = Decimal("0.005")
"""Below this two amounts are the same amount of money."""


@dataclass(frozen=True)
class Subject:
    """A record that a key means. `kind` and `key` together name it, as in `xero-sf explain KIND:KEY`."""

    kind: str
    key: str
    name: str


@dataclass(frozen=True)
class Part:
    """One row that a figure is made of. `amount` is in the figure's currency; `note` says how it came to be."""

    label: str
    amount: Decimal
    source_table: str
    source_id: str
    known_from: datetime | None = None
    run_id: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """A value with its parts. `value` None: there is no such figure, and `note` says why."""

    name: str
    value: Decimal | None
    currency_code: str | None
    parts: tuple[Part, ...] = ()
    note: str = ""
    is_rounded: bool = False

    @property
    def amount_of_parts(self) -> Decimal:
        return sum((part.amount for part in self.parts), Decimal(0))

    @property
    def amount_rest(self) -> Decimal:
        """What the parts do not tell: value less parts."""
        if self.value is None:
            return Decimal(0)
        told = self.amount_of_parts
        return self.value - (told.quantize(Decimal("0.01")) if self.is_rounded else told)

    @property
    def adds_up(self) -> bool:
        return abs(self.amount_rest) < CENT


@dataclass(frozen=True)
class Comparison:
    """One field on both sides: what it should be, and what Salesforce showed when it was last read."""

    field: str
    expected: Any
    shown: Any
    is_same: bool
    note: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule of the policy that has a say: its path in data/policy.yaml, the value in force, and what it does."""

    path: str
    value: Any
    effect: str


@dataclass(frozen=True)
class Explanation:
    """Everything that can be told about a record or one of its fields.

    Attributes:
        facts: what the record is, in order.
        versions: the versions that were read of its source row, the newest first.
        walks: the walks that brought them.
        planned / excluded: what the newest plan writes about it, and what it deliberately does not.
        attempts: what was sent about it, the newest step first.
        differences: control differences of the record.
        notes: what could not be told, and why.
    """

    subject: Subject
    facts: Mapping[str, Any]
    figures: tuple[Figure, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    tables: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    versions: tuple[dict[str, Any], ...] = ()
    walks: tuple[dict[str, Any], ...] = ()
    planned: tuple[dict[str, Any], ...] = ()
    excluded: tuple[dict[str, Any], ...] = ()
    attempts: tuple[dict[str, Any], ...] = ()
    differences: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
