"""The mirrored schema: what Salesforce says of the fields of every mirrored object (`ops.salesforce_fields`).

Belongs here: keeping a description and reading it back. Does not belong here: asking for it (`salesforce_fields`),
judging it (`preflight`, `mapping/checks.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

import duckdb
import msgspec

from xero_sf_pipeline.clients.salesforce_results import FieldDescription
from xero_sf_pipeline.warehouse.statements import sql


def described_fields(connection: duckdb.DuckDBPyConnection, sf_object: str) -> Mapping[str, FieldDescription]:
    """Return the fields of an object by API name, as the integration user saw them at the last description.

    Empty when the object was never described: the org lacks it, or nothing was extracted yet.
    """
    result = connection.execute(sql("ops", "described_fields"), {"sf_object": sf_object})
    names = [column[0] for column in result.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return {
        row["name"]: FieldDescription(
            **row | {"picklist_values": tuple(row["picklist_values"]), "reference_to": tuple(row["reference_to"])}
        )
        for row in rows
    }


def described_types(connection: duckdb.DuckDBPyConnection, org_id: str, sf_object: str) -> dict[str, str]:
    """Return the type of every field of an object of one org, by API name; empty when it was never described."""
    rows = connection.execute(
        "select field, field_type from ops.salesforce_fields where org_id = ? and sf_object = ?", [org_id, sf_object]
    ).fetchall()
    return dict(rows)


def keep_description(
    connection: duckdb.DuckDBPyConnection,
    org_id: str,
    sf_object: str,
    described: Mapping[str, FieldDescription],
    described_at: datetime,
) -> None:
    """Replace what is known of an object; of one that the org lacks (no fields) nothing is known any more."""
    connection.execute("delete from ops.salesforce_fields where org_id = ? and sf_object = ?", [org_id, sf_object])
    connection.execute(
        sql("ops", "salesforce_fields"),
        {
            "org_id": org_id,
            "sf_object": sf_object,
            "fields": msgspec.json.encode([asdict(field) for field in described.values()]).decode(),
            "described_at": described_at,
        },
    )
