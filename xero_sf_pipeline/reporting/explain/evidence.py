"""Finds what every explanation needs: rows of `sql/explain`, versions, walks, plan, ledger, rules of the policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from duckdb import DuckDBPyConnection

from xero_sf_pipeline.errors import NotFound
from xero_sf_pipeline.reporting.explain.model import CENT, Comparison, Explanation, Rule, Subject
from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import Policy

Row = dict[str, Any]

FOLLOWING = "Fields that follow each other"

_decoder = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True)
class Evidence:
    """A snapshot whose inputs are defined, and the policy in force."""

    connection: DuckDBPyConnection
    policy: Policy

    def rows(self, statement: str, **parameters: Any) -> list[Row]:
        """All rows of `sql/explain/<statement>.sql`."""
        cursor = self.connection.execute(sql("explain", statement), parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, statement: str, subject: Subject) -> Row:
        """The one row of a statement about a record.

        Raises:
            NotFound: the snapshot has no such record.
        """
        found = self.rows(statement, key=subject.key)
        if not found:
            raise NotFound(
                f"The snapshot has no {subject.kind} {subject.key}.",
                remedy="Run `xero-sf sync`; see what there is with `xero-sf sql`.",
            )
        return found[0]

    def rules(self, effects: Mapping[str, str]) -> tuple[Rule, ...]:
        """Rules by their path in the policy, each with the value in force and its effect in words."""
        return tuple(Rule(path, self.value_of(path), effect) for path, effect in effects.items())

    def value_of(self, path: str) -> Any:
        """The value at a dotted path of the policy, as the file would say it."""
        value: Any = self.policy.model_dump(mode="json")
        for number, name in enumerate(path.split(".")):
            rest = ".".join(path.split(".")[number:])
            if isinstance(value, Mapping) and rest in value:
                return value[rest]  # a kind of write has a dot in its name
            value = value[name]
        return value

    def explain(
        self,
        subject: Subject,
        facts: Mapping[str, Any],
        *,
        versions: str = "",
        entity: str = "",
        tenant_id: str | None = None,
        keys: Iterable[str | None] = (),
        **parts: Any,
    ) -> Explanation:
        """An explanation with versions, walks, plan, exclusions, attempts and differences filled in.

        Args:
            versions: the statement of the record's versions.
            entity: the entity whose walks brought them.
            keys: under which the plan and the ledger may name the record, beside its own key.
        """
        named = list(dict.fromkeys([subject.key, *(key for key in keys if key)]))
        known = self.rows(versions, key=subject.key) if versions else []
        runs = sorted({row["run_id"] for row in known if row["run_id"]})
        walks = self.rows("walks", entity=entity, runs=runs, tenant_id=tenant_id) if runs else []
        if following := self._following_fields(named):
            parts["tables"] = {**parts.get("tables", {}), FOLLOWING: following}
        return Explanation(
            subject,
            {name: value for name, value in facts.items() if value is not None and value != ""},
            versions=tuple(known),
            walks=tuple(walks),
            planned=tuple(_decoded(row, "payload", "before") for row in self.rows("planned", keys=named)),
            excluded=tuple(self.rows("excluded", keys=named)),
            attempts=tuple(_decoded(row, "payload") for row in self.rows("attempts", keys=named)),
            differences=tuple(self.rows("differences", key=subject.key)),
            **parts,
        )

    def _following_fields(self, keys: list[str]) -> list[Row]:
        """Fields that follow each other between this record and the one it belongs to, each with its rule in words."""
        mapped = {mapping.field: mapping for mapping in self.policy.mappings}
        details = self.policy.parties.fields.rules()
        rows = self.rows("fields", keys=keys)
        for row in rows:
            mapping = mapped.get(row["field"])
            row["rule"] = (
                f"mappings: {mapping.xero}, {mapping.direction.value}, {mapping.effective_rule.value}"
                if mapping is not None
                else f"parties.fields.{row['field']}: {details.get(row['field'], 'not mapped any more')}"
            )
        return rows


def compared(field: str, expected: Any, shown: Any, note: str = "") -> Comparison:
    """Compare one field of Salesforce with what it should be: money to the cent, everything else exactly."""
    if isinstance(expected, Decimal) and isinstance(shown, Decimal):
        return Comparison(field, expected, shown, abs(expected - shown) < CENT, note)
    return Comparison(field, expected, shown, expected == shown, note)


def _decoded(row: Row, *names: str) -> Row:
    return row | {name: _decoder.decode(row[name]) if row[name] else None for name in names}
