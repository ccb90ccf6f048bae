"""Turns stage reports and table shapes into what the lineage shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from xero_sf_pipeline.extraction.bookkeeping import ExtractReport
from xero_sf_pipeline.warehouse.catalogue import table_columns

OWNERS = ["team:revenue-operations"]


def table_metadata(schema: str, table: str) -> dict[str, Any]:
    """Definition metadata of a table asset: its name in the warehouse and its columns."""
    columns = table_columns().get(f"{schema}.{table}", ())
    return {
        "dagster/table_name": f"{schema}.{table}",
        "dagster/column_schema": dg.TableSchema(
            columns=[dg.TableColumn(name=name, type=data_type.lower()) for name, data_type in columns]
        ),
    }


def extract_metadata(reports: list[ExtractReport], rows_known: int) -> dict[str, Any]:
    """Materialization metadata of a raw asset."""
    by_day: dict[str, int] = {}
    for report in reports:
        for day, rows in report.rows_by_day.items():
            by_day[day.isoformat()] = by_day.get(day.isoformat(), 0) + rows
    metadata: dict[str, Any] = {
        "dagster/row_count": rows_known,
        "rows_read": sum(report.rows_read for report in reports),
        "new_versions": sum(report.counts.new_versions for report in reports),
        "deleted": sum(report.counts.deleted for report in reports),
        "quarantined": sum(report.counts.quarantined for report in reports),
        "calls": sum(report.calls for report in reports),
        "bytes_read": sum(report.bytes_read for report in reports),
        "mode": ", ".join(sorted({report.mode for report in reports})) or "not due",
        "rows_by_changed_day": dg.MetadataValue.json(by_day),
    }
    drifts = [drift for report in reports for drift in report.drifts]
    if drifts:
        metadata["drift"] = dg.MetadataValue.table(
            [dg.TableRecord({"kind": drift.kind, "field": drift.field, "example": drift.example}) for drift in drifts],
            schema=dg.TableSchema.from_name_type_dict({"kind": "string", "field": "string", "example": "string"}),
        )
    return metadata


def counts_table(counts: Mapping[str, int | float | str], what: str) -> dg.TableMetadataValue:
    """A small two-column table for metadata."""
    return dg.MetadataValue.table(
        [dg.TableRecord({what: str(name), "value": str(value)}) for name, value in counts.items()],
        schema=dg.TableSchema.from_name_type_dict({what: "string", "value": "string"}),
    )
