"""One thing that was considered and is not written, as a value, and how many of them reach the database at once.

Belongs here: the shape of a row of plan.exclusions and its bulk load. Does not belong here: which ones there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
from duckdb import DuckDBPyConnection

_TEXTS = ("subject_table", "subject_key", "kind", "reason", "explanation", "currency_code")
_SCHEMA = pa.schema([(name, pa.string()) for name in _TEXTS] + [("amount", pa.decimal128(18, 4))])


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A row of plan.exclusions but for its plan."""

    subject_table: str
    subject_key: str
    kind: str
    reason: str
    explanation: str
    amount: Decimal | None = None
    currency_code: str | None = None


def load_exclusions(connection: DuckDBPyConnection, plan_id: str, exclusions: Sequence[Exclusion]) -> None:
    """Append rows to plan.exclusions."""
    columns = {name: [getattr(one, name) for one in exclusions] for name in _SCHEMA.names}
    connection.register("arriving_exclusions", pa.table(columns, schema=_SCHEMA))
    connection.execute(
        "insert into plan.exclusions by name select $plan_id as plan_id, * from arriving_exclusions",
        {"plan_id": plan_id},
    )
    connection.unregister("arriving_exclusions")
