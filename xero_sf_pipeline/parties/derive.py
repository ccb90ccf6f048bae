"""Compares the details of every linked contact with its account, and keeps what both sides agreed on.

Writes parties.field_values and parties.missing_people (rebuilt), parties.agreed_values and parties.seen_values
(durable). Belongs here: order and bulk. Does not belong here: spellings (`comparison.py`), who wins (`planning`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
from duckdb import DuckDBPyConnection

from xero_sf_pipeline.parties.comparison import Change, Comparison, Spelling, compare, phone_country
from xero_sf_pipeline.parties.mapping import compare_mapped
from xero_sf_pipeline.warehouse.mapped_fields import field_texts
from xero_sf_pipeline.warehouse.slices import ROWS_AT_ONCE, rows_of
from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import Policy
    from xero_sf_pipeline.policy.mappings import FieldMapping

TABLES = ("field_values", "agreed_values", "seen_values", "missing_people")

_NAMES = (
    "contact_key", "tenant_id", "sf_account_id", "field", "xero_value", "sf_value", "xero_text", "sf_text",
    "sf_object", "sf_record_id", "to_salesforce", "salesforce_before", "to_salesforce_problem", "to_xero",
    "xero_before", "to_xero_problem",
)  # fmt: skip
_INSTANTS = ("xero_updated_at", "sf_updated_at")
_SCHEMA = pa.schema(
    [(name, pa.string()) for name in _NAMES] + [(name, pa.timestamp("us", tz="UTC")) for name in _INSTANTS]
)
_json = msgspec.json.Encoder(order="sorted", decimal_format="number")
_STANDARD_COLUMNS = {"Industry": "industry", "Type": "account_type"}
"""Account fields that are mirrored in a column of their own, and that can be mapped."""


@dataclass(frozen=True)
class PartiesReport:
    """What a run compared: pairs of contact and account, details, details that differ, people that are missing."""

    pair_count: int
    value_count: int
    difference_count: int
    missing_person_count: int


def derive(connection: DuckDBPyConnection, policy: Policy, now: datetime) -> PartiesReport:
    """Rebuild the comparisons and move the agreed values on; nothing at all without details or mapped fields.

    Args:
        connection: a warehouse connection inside a transaction.
        now: the instant that an agreement is dated with, aware.
    """
    for table in ("field_values", "missing_people"):
        connection.execute(f"delete from parties.{table}")  # noqa: S608 - fixed table names
    if not (policy.parties.enabled or policy.mappings):
        return PartiesReport(0, 0, 0, 0)
    spelling = spelling_of(connection, policy) if policy.parties.enabled else None
    pairs = 0
    for chunk in _chunks(rows_of(connection, sql("parties", "pairs"), {"has_mappings": bool(policy.mappings)})):
        pairs += len(chunk)
        connection.register("arriving_values", _table(chunk, spelling, policy.mappings))
        connection.execute(sql("parties", "comparisons"))
        connection.unregister("arriving_values")
    connection.execute(sql("parties", "forgotten_values"))
    connection.execute(sql("parties", "seen_values"))
    connection.execute(sql("parties", "agreed_values"), {"now": now})
    if policy.parties.enabled and policy.parties.people != "off":
        connection.execute(sql("parties", "missing_people"))
    return PartiesReport(
        pairs,
        _count(connection, "select count(*) from parties.field_values"),
        _count(connection, "select count(*) from parties.field_values where xero_value is distinct from sf_value"),
        _count(connection, "select count(*) from parties.missing_people"),
    )


def spelling_of(connection: DuckDBPyConnection, policy: Policy) -> Spelling:
    """Return how details are written in this org: its picklists of states and countries show in the accounts' codes."""
    has_codes = _count(connection, "select count(*) from core.accounts where country_code is not null")
    return Spelling(
        state_countries=frozenset(policy.parties.state_countries) if has_codes else None,
        tax_number_field=policy.parties.tax_number_field,
    )


def _chunks(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    source = iter(rows)
    while chunk := list(islice(source, ROWS_AT_ONCE)):
        yield chunk


def _table(rows: list[dict[str, Any]], spelling: Spelling | None, mappings: Sequence[FieldMapping]) -> pa.Table:
    columns: dict[str, list[Any]] = {name: [] for name in _SCHEMA.names}
    for row in rows:
        details = compare(row, spelling) if spelling is not None else ()
        for compared in chain(details, _mapped(row, mappings)):
            for name, value in _values(row, compared).items():
                columns[name].append(value)
    return pa.table(columns, schema=_SCHEMA)


def _mapped(row: Mapping[str, Any], mappings: Sequence[FieldMapping]) -> Iterator[Comparison]:
    if not mappings:
        return
    held = field_texts(row["mapped_fields"]) | {name: row[column] for name, column in _STANDARD_COLUMNS.items()}
    contact, region = _object(row["xero_payload"]), phone_country(row)
    for mapping in mappings:
        yield compare_mapped(
            mapping,
            contact.get(mapping.xero_field),
            held.get(mapping.salesforce_field),
            row["sf_account_id"],
            region,
        )


def _object(text: str | None) -> dict[str, Any]:
    return dict(msgspec.json.decode(text, type=dict[str, Any])) if text else {}


def _values(row: Mapping[str, Any], compared: Comparison) -> dict[str, Any]:
    sf_updated_at = row["person_updated_at" if compared.sf_object == "Contact" else "account_updated_at"]
    return {
        "contact_key": row["contact_key"],
        "tenant_id": row["tenant_id"],
        "sf_account_id": row["sf_account_id"],
        "field": compared.field,
        "xero_value": compared.xero_value,
        "sf_value": compared.sf_value,
        "xero_text": compared.xero_text,
        "sf_text": compared.sf_text,
        "sf_object": compared.sf_object,
        "sf_record_id": compared.sf_record_id,
        **_change("to_salesforce", "salesforce_before", compared.to_salesforce),
        **_change("to_xero", "xero_before", compared.to_xero),
        "xero_updated_at": row["xero_updated_at"],
        "sf_updated_at": sf_updated_at,
    }


def _change(payload_name: str, before_name: str, change: Change) -> dict[str, str | None]:
    return {
        payload_name: None if change.payload is None else _json.encode(change.payload).decode(),
        before_name: None if change.before is None else _json.encode(change.before).decode(),
        f"{payload_name}_problem": change.problem,
    }


def _count(connection: DuckDBPyConnection, query: str) -> int:
    ((count,),) = connection.execute(query).fetchall()
    return int(count)
