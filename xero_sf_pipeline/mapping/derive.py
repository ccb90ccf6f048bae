"""Compares every two records that belong together, field by field, and keeps what both sides agreed on.

Writes mapping.field_values and parties.missing_people (rebuilt), mapping.agreed_values and mapping.seen_values
(durable). Belongs here: order and bulk. Does not belong here: spellings (`parties`, `values.py`), and who wins
(`planning`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain, groupby, islice
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
from duckdb import DuckDBPyConnection

from xero_sf_pipeline.mapping.values import PairedRecords, compare_mapped
from xero_sf_pipeline.parties.comparison import Change, Comparison, phone_country
from xero_sf_pipeline.parties.details import create_pairs, details, find_missing_people
from xero_sf_pipeline.warehouse import fingerprints
from xero_sf_pipeline.warehouse.mapped_fields import field_values
from xero_sf_pipeline.warehouse.slices import ROWS_AT_ONCE, rows_of
from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import Policy
    from xero_sf_pipeline.policy.mappings import FieldMapping

TABLES = ("field_values", "agreed_values", "seen_values")

Row = Mapping[str, Any]

_NAMES = (
    "xero_object", "xero_key", "tenant_id", "sf_key", "subject", "field", "xero_value", "sf_value", "xero_text",
    "sf_text", "sf_object", "sf_record_id", "to_salesforce", "salesforce_before", "to_salesforce_problem", "to_xero",
    "xero_before", "to_xero_problem",
)  # fmt: skip
_INSTANTS = ("xero_updated_at", "sf_updated_at")
_SCHEMA = pa.schema(
    [(name, pa.string()) for name in _NAMES] + [(name, pa.timestamp("us", tz="UTC")) for name in _INSTANTS]
)
_json = msgspec.json.Encoder(order="sorted", decimal_format="number")


@dataclass(frozen=True)
class MappingReport:
    """What a run compared: pairs of contact and account, fields, fields that differ, people that are missing."""

    pair_count: int
    value_count: int
    difference_count: int
    missing_person_count: int


def derive(connection: DuckDBPyConnection, policy: Policy, now: datetime) -> MappingReport:
    """Rebuild the comparisons and move the agreed values on; nothing at all without details or mapped fields.

    Args:
        connection: a warehouse connection inside a transaction.
        now: the instant that an agreement is dated with, aware.
    """
    connection.execute("delete from mapping.field_values")
    if not (policy.parties.enabled or policy.mappings):
        connection.execute("delete from parties.missing_people")
        return MappingReport(0, 0, 0, 0)
    pair_count = create_pairs(connection)
    rows = chain(_details(connection, policy), *(_mapped(connection, policy, *group) for group in _by_objects(policy)))
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        connection.register("arriving_values", _table(chunk))
        connection.execute(sql("mapping", "comparisons"))
        connection.unregister("arriving_values")
    connection.execute(sql("mapping", "forgotten_values"))
    connection.execute(sql("mapping", "seen_values"))
    connection.execute(sql("mapping", "agreed_values"), {"now": now})
    missing = find_missing_people(connection, policy)
    connection.execute("drop table temp.party_pairs")
    ((values, differences),) = connection.execute(
        "select count(*), count(*) filter (xero_value is distinct from sf_value) from mapping.field_values"
    ).fetchall()
    return MappingReport(pair_count, int(values), int(differences), missing)


def inputs_of(connection: DuckDBPyConnection, policy: Policy) -> list[str]:
    """Return what mappings read beside core and the matches; a change of it is a reason to compare anew."""
    xero_objects = {mapping.objects for mapping in policy.mappings}
    found = [",".join(policy.catalogue.organisations)]
    if ("Opportunity", "Invoice") in xero_objects:
        found.append(str(fingerprints.built_from(connection, "billing")))
    if any(mapping.pair.is_mirror for mapping in policy.mappings):
        ((documents,),) = connection.execute(
            "select count(*) || ':' || sum(hash(document_key)) from receivables.invoice_status"
        ).fetchall()
        found.append(str(documents))
    return found


def paired_rows(connection: DuckDBPyConnection, policy: Policy, objects: tuple[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the pairs of two objects; needs temp.party_pairs. Columns as in `sql/mapping/account_contact.sql`."""
    match objects:
        case ("Xero_Invoice__c", xero_object):
            document_kind = "invoice" if xero_object == "Invoice" else "credit_note"
            return rows_of(connection, sql("mapping", "xero_invoice__c_document"), {"document_kind": document_kind})
        case ("Product2", _):
            organisations = list(policy.catalogue.organisations)
            return rows_of(connection, sql("mapping", "product2_item"), {"organisations": organisations})
    return rows_of(connection, sql("mapping", _STATEMENTS[objects]))


_STATEMENTS = {
    ("Account", "Contact"): "account_contact",
    ("Contact", "Contact"): "contact_contact",
    ("Contact", "ContactPerson"): "contact_contact_person",
    ("Opportunity", "Invoice"): "opportunity_invoice",
    ("Opportunity", "Quote"): "opportunity_quote",
}


def _by_objects(policy: Policy) -> Iterator[tuple[tuple[str, str], list[FieldMapping]]]:
    ordered = sorted(policy.mappings, key=lambda mapping: mapping.objects)
    for objects, group in groupby(ordered, key=lambda mapping: mapping.objects):
        yield objects, list(group)


def _details(connection: DuckDBPyConnection, policy: Policy) -> Iterator[dict[str, Any]]:
    for row, compared in details(connection, policy):
        pair = {
            "xero_object": "Contact",
            "xero_key": row["contact_key"],
            "tenant_id": row["tenant_id"],
            "sf_key": row["sf_account_id"],
            "subject": row["contact_name"],
            "xero_updated_at": row["xero_updated_at"],
            "sf_updated_at": row["person_updated_at" if compared.sf_object == "Contact" else "account_updated_at"],
        }
        yield _values(pair, compared)


def _mapped(
    connection: DuckDBPyConnection, policy: Policy, objects: tuple[str, str], mappings: Sequence[FieldMapping]
) -> Iterator[dict[str, Any]]:
    """Compare the mapped fields of two objects. Of our own copies only what differs is kept."""
    is_mirror = mappings[0].pair.is_mirror
    for row in paired_rows(connection, policy, objects):
        records = records_of(row, mappings)
        for mapping in mappings:
            if not row["leads"] and mapping.writes_salesforce:
                continue
            compared = compare_mapped(mapping, records)
            if not (is_mirror and compared.xero_value == compared.sf_value):
                yield _values(row, compared)


def records_of(row: Row, mappings: Iterable[FieldMapping]) -> PairedRecords:
    """Return the two records of a pair's row."""
    held = field_values(row["sf_fields"])
    return PairedRecords(
        _record.decode(row["xero_record"]),
        held,
        row["sf_record_id"],
        phone_country(row) if "addresses" in row else row["country_code"],
        row["closed_because"],
        frozenset(one.xero_field for one in mappings if one.writes_xero and one.salesforce_field in held),
    )


_record = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def _table(rows: Iterable[Row]) -> pa.Table:
    columns: dict[str, list[Any]] = {name: [] for name in _SCHEMA.names}
    for row in rows:
        for name, values in columns.items():
            values.append(row[name])
    return pa.table(columns, schema=_SCHEMA)


def _values(pair: Row, compared: Comparison) -> dict[str, Any]:
    return {
        "xero_object": pair["xero_object"],
        "xero_key": pair["xero_key"],
        "tenant_id": pair["tenant_id"],
        "sf_key": pair["sf_key"],
        "subject": pair["subject"],
        "field": compared.field,
        "xero_value": compared.xero_value,
        "sf_value": compared.sf_value,
        "xero_text": compared.xero_text,
        "sf_text": compared.sf_text,
        "sf_object": compared.sf_object,
        "sf_record_id": compared.sf_record_id,
        **_change("to_salesforce", "salesforce_before", compared.to_salesforce),
        **_change("to_xero", "xero_before", compared.to_xero),
        "xero_updated_at": pair["xero_updated_at"],
        "sf_updated_at": pair["sf_updated_at"],
    }


def _change(payload_name: str, before_name: str, change: Change) -> dict[str, str | None]:
    return {
        payload_name: None if change.payload is None else _json.encode(change.payload).decode(),
        before_name: None if change.before is None else _json.encode(change.before).decode(),
        f"{payload_name}_problem": change.problem,
    }
