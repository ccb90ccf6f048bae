"""Updates of Salesforce records that several flows have a part in: merged into one write per record.

Payment status, contact details and mapped fields can all change on one account at once. One write per record keeps
the calls at the least that the API allows and lets nothing overtake anything. Belongs here: the shape of a part, and
merging. Does not belong here: which fields differ (the flows).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, islice
from typing import Any

import msgspec
import pyarrow as pa
from duckdb import DuckDBPyConnection

from xero_sf_pipeline.planning.identity import canonical_json
from xero_sf_pipeline.planning.writes import ROWS_AT_ONCE, PlannedWrite, load_candidates, rows_of

_TABLE = (
    "create or replace temp table field_updates (part_number bigint, kind varchar, target_object varchar, "
    "target_key varchar, tenant_id varchar, source_table varchar, source_id varchar, payload varchar, "
    "identity varchar, before varchar, reason varchar, explanation varchar, amount decimal(18, 4), "
    "currency_code varchar, depends_on varchar[], target_updated_us bigint)"
)
_SCHEMA = pa.schema(
    [("part_number", pa.int64())]
    + [
        (name, pa.string())
        for name in (
            "kind", "target_object", "target_key", "tenant_id", "source_table", "source_id", "payload", "identity",
            "before", "reason", "explanation",
        )
    ]
    + [
        ("amount", pa.decimal128(18, 4)),
        ("currency_code", pa.string()),
        ("depends_on", pa.list_(pa.string())),
        ("target_updated_us", pa.int64()),
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldUpdate:
    """Some fields of one Salesforce record that one flow wants to change. `target_key` is the record's id.

    `payload` and `before` name the same fields. `identity` is the payload without values that change by themselves
    (an as-of instant); the write id is made from it.
    """

    kind: str
    target_object: str
    target_key: str
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


def create_field_updates(connection: DuckDBPyConnection) -> None:
    """Create the empty temp table that flows load into."""
    connection.execute(_TABLE)
    connection.execute("create temp table if not exists stale_tenants (tenant_id varchar, problem varchar)")


def load_field_updates(connection: DuckDBPyConnection, updates: Iterable[FieldUpdate]) -> int:
    """Append parts to temp.field_updates and return how many there were."""
    ((count,),) = connection.execute("select count(*) from field_updates").fetchall()
    first = int(count)
    source = iter(updates)
    while chunk := list(islice(source, ROWS_AT_ONCE)):
        connection.register("arriving_updates", _table(chunk, int(count)))
        connection.execute("insert into field_updates by name select * from arriving_updates")
        connection.unregister("arriving_updates")
        count += len(chunk)
    return int(count) - first


def merge_field_updates(connection: DuckDBPyConnection) -> int:
    """Make one candidate write per (kind, record) of the parts, and return how many.

    Parts of an organisation whose facts are too old make a write of their own, which waits (see
    `sql/plan/dispositions.sql`): they neither hold back the others nor go with them.

    Raises:
        ValueError: two flows want different values in one field, which is a mistake in the flows.
    """
    rows = rows_of(
        connection,
        "select u.*, s.tenant_id is not null and u.reason <> 'facts_stale' as is_waiting from field_updates u "
        "left join stale_tenants s on s.tenant_id = u.tenant_id "
        "order by kind, target_object, target_key, is_waiting, part_number",
    )
    return load_candidates(connection, _merged(rows))


def _merged(rows: Iterator[dict[str, Any]]) -> Iterator[PlannedWrite]:
    for (kind, target_object, target_key, _), parts in groupby(
        rows, key=lambda row: (row["kind"], row["target_object"], row["target_key"], row["is_waiting"])
    ):
        first, *others = list(parts)
        payload, before, identity = (_object(first[name]) for name in ("payload", "before", "identity"))
        for part in others:
            for name, value in _object(part["payload"]).items():
                if name in payload and payload[name] != value:
                    raise ValueError(f"two flows want different values in {target_object}.{name} of {target_key}")
            payload |= _object(part["payload"])
            before |= _object(part["before"])
            identity |= _object(part["identity"])
        whole = [first, *others]
        money = next((part for part in whole if part["amount"] is not None), first)
        updated = [part["target_updated_us"] for part in whole if part["target_updated_us"] is not None]
        yield PlannedWrite(
            kind=kind,
            target_object=target_object,
            action="update",
            target_key_field="Id",
            target_key=target_key,
            target_id=target_key,
            tenant_id=first["tenant_id"],
            source_table=first["source_table"],
            source_id=first["source_id"],
            payload=payload,
            before=before,
            identity=identity,
            reason=first["reason"],
            explanation=" ".join(dict.fromkeys(part["explanation"] for part in whole)),
            amount=money["amount"],
            currency_code=money["currency_code"],
            depends_on=tuple(sorted({needed for part in whole for needed in part["depends_on"] or ()})),
            target_updated_us=max(updated, default=None),
        )


def _object(text: str) -> dict[str, Any]:
    return dict(_decoder.decode(text))


_decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def _table(updates: list[FieldUpdate], first_number: int) -> pa.Table:
    columns: dict[str, list[Any]] = {"part_number": list(range(first_number, first_number + len(updates)))}
    for name in _SCHEMA.names[1:]:
        if name == "identity":
            columns[name] = [canonical_json(u.payload if u.identity is None else u.identity) for u in updates]
        elif name in ("payload", "before"):
            columns[name] = [canonical_json(getattr(update, name)) for update in updates]
        elif name == "depends_on":
            columns[name] = [list(update.depends_on) for update in updates]
        else:
            columns[name] = [getattr(update, name) for update in updates]
    return pa.table(columns, schema=_SCHEMA)
