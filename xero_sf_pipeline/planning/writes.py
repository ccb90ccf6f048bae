"""One intended write as a value, and how many of them reach the database at once.

Belongs here: the shape of a row of plan.writes and its bulk load. Does not belong here: which writes there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from xero_sf_pipeline.planning.identity import canonical_json, write_id
from xero_sf_pipeline.planning.kinds import SALESFORCE
from xero_sf_pipeline.warehouse.slices import ROWS_AT_ONCE as ROWS_AT_ONCE
from xero_sf_pipeline.warehouse.slices import rows_of as rows_of

_MONEY = pa.decimal128(18, 4)
_SCHEMA = pa.schema(
    [
        (name, pa.string())
        for name in (
            "write_id", "kind", "target_system", "target_object", "action", "target_key_field", "target_key",
            "target_id", "tenant_id", "source_table", "source_id", "payload", "before", "reason", "explanation",
        )
    ]
    + [
        ("amount", _MONEY),
        ("currency_code", pa.string()),
        ("depends_on", pa.list_(pa.string())),
        ("target_updated_us", pa.int64()),
        ("approvals_needed", pa.int32()),
    ]
)  # fmt: skip
_TABLE = (
    "create or replace temp table candidate_writes (write_id varchar, kind varchar, target_system varchar, "
    "target_object varchar, action varchar, target_key_field varchar, target_key varchar, target_id varchar, "
    "tenant_id varchar, source_table varchar, source_id varchar, payload varchar, before varchar, reason varchar, "
    "explanation varchar, amount decimal(18, 4), currency_code varchar, depends_on varchar[], "
    "target_updated_us bigint, approvals_needed integer)"
)


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """A row of plan.writes before approval. `identity` is the payload without words that change every day.

    `approvals_needed` different people must approve it, whatever the automation of its kind; the explanation says why.
    """

    kind: str
    target_object: str
    action: str
    target_key_field: str
    target_key: str
    target_id: str | None
    tenant_id: str
    source_table: str
    source_id: str
    payload: Mapping[str, Any]
    before: Mapping[str, Any]
    reason: str
    explanation: str
    identity: Mapping[str, Any] | None = None
    amount: Decimal | None = None
    currency_code: str | None = None
    depends_on: tuple[str, ...] = ()
    target_updated_us: int | None = None
    target_system: str = SALESFORCE
    approvals_needed: int = 0
    write_id: str = field(init=False)

    def __post_init__(self) -> None:
        payload = self.payload if self.identity is None else self.identity
        target = (
            self.target_object if self.target_system == SALESFORCE else f"{self.target_system} {self.target_object}"
        )
        identifier = write_id(self.kind, target, self.target_key, payload, self.before)
        object.__setattr__(self, "write_id", identifier)


def create_candidates(connection: DuckDBPyConnection) -> None:
    """Create the empty temp table that all flows load into."""
    connection.execute(_TABLE)


def load_candidates(connection: DuckDBPyConnection, writes: Iterable[PlannedWrite]) -> int:
    """Append writes to temp.candidate_writes and return how many there were."""
    count = 0
    source = iter(writes)
    while chunk := list(islice(source, ROWS_AT_ONCE)):
        connection.register("arriving_writes", _table(chunk))
        connection.execute("insert into candidate_writes by name select * from arriving_writes")
        connection.unregister("arriving_writes")
        count += len(chunk)
    return count


def _table(writes: list[PlannedWrite]) -> pa.Table:
    columns: dict[str, list[Any]] = {}
    for name in _SCHEMA.names:
        if name in ("payload", "before"):
            columns[name] = [canonical_json(getattr(write, name)) for write in writes]
        else:
            columns[name] = [getattr(write, name) for write in writes]
    return pa.table(columns, schema=_SCHEMA)
