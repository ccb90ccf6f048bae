"""Fills a warehouse with the sandbox's generated company through the pipeline's own extraction code, without HTTP.

Belongs here: pages and bulk files made straight from the generated records. Does not belong here: what is measured.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from xero_sf_pipeline.clients.salesforce_results import ObjectDescription
from xero_sf_pipeline.clients.xero_entities import XeroEntity
from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import NotFound
from xero_sf_pipeline.extraction.salesforce_extract import BULK_FROM_ROWS, SalesforceExtraction
from xero_sf_pipeline.extraction.salesforce_objects import SALESFORCE_SOURCES, SalesforceSource
from xero_sf_pipeline.extraction.xero_entities import XERO_SOURCES
from xero_sf_pipeline.extraction.xero_extract import XeroExtraction
from xero_sf_pipeline.sandbox.company import Company, SalesforceSeed, XeroSeed
from xero_sf_pipeline.warehouse import Warehouse

PAGE_ROWS = 1000
MERGED_AT_ONCE = 100_000
"""Rows of one extraction; more come as several, so that the filling needs no more memory than the spool's pages."""

_RUN = "scale benchmark"

_ALLOCATIONS = (
    "list_transform(allocations, lambda a: struct_update(a, "
    "allocation_id := copy || substr(a.allocation_id, 3), xero_invoice_id := copy || substr(a.xero_invoice_id, 3))) "
    "as allocations"
)
_COPIED_IDS = {
    "raw_xero.invoices": "copy || substr(xero_invoice_id, 3) as xero_invoice_id",
    "raw_xero.payments": (
        "copy || substr(xero_payment_id, 3) as xero_payment_id, copy || substr(xero_document_id, 3) as xero_document_id"
    ),
    "raw_xero.credit_notes": f"copy || substr(xero_credit_note_id, 3) as xero_credit_note_id, {_ALLOCATIONS}",
    "raw_xero.overpayments": f"copy || substr(xero_overpayment_id, 3) as xero_overpayment_id, {_ALLOCATIONS}",
    "raw_xero.prepayments": f"copy || substr(xero_prepayment_id, 3) as xero_prepayment_id, {_ALLOCATIONS}",
}
"""What is replaced in a copy of a document: its id and the ids by which documents refer to each other."""


_SEED_NAMES = {"opportunity_lines": "opportunity_line_items"}
"""Where the generated company calls a mirrored object by another name than the warehouse does."""

_ABSENT = frozenset({"currency_types"})
"""Objects that an org without several currencies does not have at all."""


@dataclass(frozen=True)
class _Answer:
    body: bytes
    fetched_at: datetime


@dataclass(frozen=True)
class _XeroRecords:
    """Stands where the Xero client stands: one slice of one entity's records, a page at a time."""

    tenant_id: str
    rows: Sequence[Mapping[str, Any]]
    clock: Clock

    def page(
        self,
        entity: XeroEntity,
        *,
        page: int | None = None,
        modified_since: datetime | None = None,
        order: str | None = None,
    ) -> _Answer:
        first = ((page or 1) - 1) * PAGE_ROWS
        envelope: dict[str, Any] = {entity.envelope: self.rows[first : first + PAGE_ROWS] if page else self.rows[:]}
        if page:
            pages = -(-len(self.rows) // PAGE_ROWS)
            envelope["pagination"] = {"page": page, "pageCount": pages, "itemCount": len(self.rows)}
        return _Answer(msgspec.json.encode(envelope), self.clock.now())


@dataclass(frozen=True)
class _SalesforceRecords:
    """Stands where the Salesforce client stands: everything in one page, or in one bulk file."""

    seed: SalesforceSeed

    def describe(self, object_name: str) -> ObjectDescription:
        source = _source_of(object_name)
        if source.name in _ABSENT and not self._held(source.name):
            raise NotFound(f"no {object_name}")
        fields = [{"name": field.described_name, "type": "string"} for field in source.all_fields]
        return ObjectDescription.from_answer({"name": object_name, "fields": fields})

    def query_pages(self, soql: str, *, include_deleted: bool = False) -> Iterator[bytes]:
        rows = self._rows(soql)
        records = list(self._records(soql)) if len(rows) < BULK_FROM_ROWS else []
        yield msgspec.json.encode({"totalSize": len(rows), "done": True, "records": records})

    def bulk_query(self, soql: str, directory: Path, *, include_deleted: bool = False) -> list[Path]:
        path = directory / "records.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, _fields_of(soql))
            writer.writeheader()
            writer.writerows(self._records(soql))
        return [path]

    def _rows(self, soql: str) -> Sequence[Mapping[str, Any]]:
        return self._held(_source_of(_object_of(soql)).name)

    def _held(self, name: str) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = getattr(self.seed, _SEED_NAMES.get(name, name), ())
        return found

    def _records(self, soql: str) -> Iterator[dict[str, str]]:
        fields = _fields_of(soql)
        return ({name: _as_salesforce_writes(row.get(name)) for name in fields} for row in self._rows(soql))


def fill(warehouse: Warehouse, company: Company, spool: Path, clock: Clock) -> None:
    """Mirror the company into the raw history tables."""
    spool.mkdir(parents=True, exist_ok=True)
    (xero,) = company.xero
    for source in XERO_SOURCES:
        rows = _of(xero, source.name)
        for first in range(0, max(len(rows), 1), MERGED_AT_ONCE):
            client = _XeroRecords(xero.tenant_id, rows[first : first + MERGED_AT_ONCE], clock)
            extraction = XeroExtraction(warehouse, client, clock, spool, _RUN)
            if first == 0:
                extraction.poll(source)  # the first read of an entity is a full one: planning relies on it
            else:
                extraction.backfill(source, company.spec.starts_at)
    records = _SalesforceRecords(company.salesforce)
    org_id = str(company.salesforce.organization["Id"])
    for target in SALESFORCE_SOURCES:
        SalesforceExtraction(warehouse, records, clock, spool, _RUN, org_id).poll(target)


def multiply(warehouse: Warehouse, copies: int) -> None:
    """Add the mirrored documents again until there are `copies` of each, every copy under ids of its own.

    Documents of one copy refer to each other and to the one set of contacts. Payloads stay those of the original.
    """
    for number in range(1, copies):
        with warehouse.transaction() as connection:
            for table, replaced in _COPIED_IDS.items():
                connection.execute(
                    f"insert into {table} by name "
                    f"select * exclude (copy) replace ({replaced}, 'copy ' || copy as run_id) "
                    f"from (select *, lpad($copy, 2, '0') as copy from {table} where run_id = $original)",
                    {"copy": str(number), "original": _RUN},
                )


def _of(seed: XeroSeed, name: str) -> Sequence[Mapping[str, Any]]:
    return [seed.organisation] if name == "organisation" else getattr(seed, name)


def _object_of(soql: str) -> str:
    found = re.search(r"\bfrom\s+(\w+)", soql, re.IGNORECASE)
    if found is None:
        raise ValueError(f"no object in {soql!r}")
    return found.group(1)


def _source_of(object_name: str) -> SalesforceSource:
    return next(source for source in SALESFORCE_SOURCES if source.object_name == object_name)


def _fields_of(soql: str) -> list[str]:
    return sorted(field.api_name for field in _source_of(_object_of(soql)).all_fields)


def _as_salesforce_writes(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='milliseconds')[:23]}Z"
    return value.isoformat() if isinstance(value, date) else str(value)
