"""Both extractions against a running sandbox, one warehouse each, and a look at what they stored.

Belongs here: wiring, small pages, something that happens between two pages. Does not belong here: any expectation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from xero_sf_pipeline.clients.salesforce import ObjectDescription, SalesforceClient
from xero_sf_pipeline.clients.xero import RawPage, XeroClient
from xero_sf_pipeline.clients.xero_entities import XeroEntity
from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.extraction import xero_entities as xero_sources
from xero_sf_pipeline.extraction.bookkeeping import ExtractReport
from xero_sf_pipeline.extraction.salesforce_extract import SalesforceExtraction
from xero_sf_pipeline.extraction.salesforce_objects import BY_NAME as SALESFORCE
from xero_sf_pipeline.extraction.xero_entities import BY_NAME as XERO
from xero_sf_pipeline.extraction.xero_extract import XeroExtraction
from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.warehouse import Warehouse

Row = dict[str, Any]
INVOICES = xero_sources.INVOICES


@dataclass
class SkewedClock:
    """A clock that differs from another."""

    clock: Clock
    skew: timedelta = timedelta()

    def now(self) -> datetime:
        return self.clock.now() + self.skew


@dataclass
class SmallPages:
    """The real client, asked for small pages. `between` runs after each page with the number of the page."""

    client: XeroClient
    page_size: int
    between: Callable[[int], None] | None = None
    rewrite: Callable[[bytes], bytes] | None = None
    pages: list[int] = field(default_factory=list)

    @property
    def tenant_id(self) -> str:
        return self.client.tenant_id

    def page(
        self,
        entity: XeroEntity,
        *,
        page: int | None = None,
        modified_since: datetime | None = None,
        order: str | None = None,
    ) -> RawPage:
        answer = self.client.page(
            entity, page=page, modified_since=modified_since, order=order, page_size=self.page_size
        )
        if self.rewrite is not None:
            answer = replace(answer, body=self.rewrite(answer.body))
        self.pages.append(page or 0)
        if self.between is not None:
            self.between(len(self.pages))
        return answer


@dataclass
class SmallQueryPages:
    """The real client; `between` runs after each page with the number of pages so far."""

    client: SalesforceClient
    between: Callable[[int], None] | None = None

    def query_pages(self, soql: str, *, include_deleted: bool = False) -> Iterator[bytes]:
        for number, body in enumerate(self.client.query_pages(soql, include_deleted=include_deleted), start=1):
            yield body
            if self.between is not None:
                self.between(number)

    def bulk_query(self, soql: str, directory: Path, *, include_deleted: bool = False) -> list[Path]:
        return self.client.bulk_query(soql, directory, include_deleted=include_deleted)

    def describe(self, object_name: str) -> ObjectDescription:
        return self.client.describe(object_name)


@dataclass
class Mirror:
    """One warehouse that mirrors the sandbox.

    Attributes:
        clock: the pipeline's own clock, which need not be right.
    """

    running: RunningSandbox
    folder: Path
    xero_client: XeroClient
    salesforce_client: SalesforceClient
    clock: SkewedClock
    page_size: int = 10
    between: Callable[[int], None] | None = None
    run_id: str = "run"

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.folder / "warehouse.duckdb")

    @property
    def tenant_id(self) -> str:
        return self.xero_client.tenant_id

    @property
    def org_id(self) -> str:
        return self.running.sandbox.salesforce.organization_id

    def xero(self, rewrite: Callable[[bytes], bytes] | None = None) -> XeroExtraction:
        """The extraction of Xero; `rewrite` changes the bytes of every page on their way."""
        pages = SmallPages(self.xero_client, self.page_size, self.between, rewrite)
        return XeroExtraction(self.warehouse, pages, self.clock, self.folder / "spool", self.run_id)

    def salesforce(self) -> SalesforceExtraction:
        client = SmallQueryPages(self.salesforce_client, self.between)
        return SalesforceExtraction(self.warehouse, client, self.clock, self.folder / "spool", self.run_id, self.org_id)

    def poll(self, name: str) -> ExtractReport:
        """Poll a Xero entity or a Salesforce object (`salesforce.accounts`)."""
        return self._report(name, "poll")

    def sweep(self, name: str) -> ExtractReport:
        return self._report(name, "sweep")

    def backfill(self, name: str, since: datetime) -> ExtractReport:
        return self._report(name, "backfill", since)

    def _report(self, name: str, how: str, *arguments: Any) -> ExtractReport:
        system, _, entity = name.rpartition(".")
        extraction: Any = self.salesforce() if system == "salesforce" else self.xero()
        source = SALESFORCE[entity] if system == "salesforce" else XERO[entity]
        report = getattr(extraction, how)(source, *arguments)
        assert isinstance(report, ExtractReport)
        return report

    def rows(self, query: str, **parameters: Any) -> list[Row]:
        """Rows of the warehouse."""
        with self.warehouse.transaction() as connection:
            cursor = connection.execute(query, parameters)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def values(self, query: str, **parameters: Any) -> list[Any]:
        """Rows as tuples, single columns bare."""
        rows = [tuple(row.values()) for row in self.rows(query, **parameters)]
        return [row[0] if len(row) == 1 else row for row in rows]

    def cursor(self, name: str) -> datetime | None:
        found = self.values("select watermark_at from ops.cursors where entity = $name", name=name)
        return found[0] if found else None

    def mirrored(self) -> dict[str, tuple[str, str]]:
        """Live invoices: id -> number and change stamp."""
        rows = self.rows(
            "select xero_invoice_id, payload from raw_xero.invoices where known_to is null and not is_deleted"
        )
        return {row["xero_invoice_id"]: _stamp(json.loads(row["payload"])) for row in rows}

    def served(self) -> dict[str, tuple[str, str]]:
        """The same, as Xero holds them."""
        documents = self.running.sandbox.xero.store.select(self.tenant_id, "Invoices", "d.status <> 'DELETED'")
        return {document["InvoiceID"]: _stamp(document) for document in documents}

    def mutate(self, action: str, **body: Any) -> Any:
        """Change the books behind the API's back."""
        return self.running.sandbox.mutate("xero", {"action": action, **body})

    def fault(self, effect: str, system: str = "xero", **more: Any) -> None:
        self.running.faults.arm(Fault(system, effect, **more))

    def answer(self, path: str, body: str | bytes, system: str = "xero", **more: Any) -> None:
        """Let the next request of a path be answered with this body."""
        argument = {"status": 200, "body": body, "content_type": "application/json"}
        self.fault("status", system, path=path, argument=argument, **more)


def _stamp(document: Row) -> tuple[str, str]:
    return document["InvoiceNumber"], document["UpdatedDateUTC"]
