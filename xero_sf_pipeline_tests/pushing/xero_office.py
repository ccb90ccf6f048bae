"""Two Xero organisations and a Salesforce org over real HTTP, with the real clients in front of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clients.salesforce import SalesforceClient
from xero_sf_pipeline.clients.xero import XeroSession
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.push import push
from xero_sf_pipeline.pushing.report import PushReport
from xero_sf_pipeline.salesforce_metadata.package import build_package
from xero_sf_pipeline.sandbox.clock import SandboxClock
from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox, running_sandbox
from xero_sf_pipeline.sandbox.sandbox import Sandbox
from xero_sf_pipeline.sandbox.xero.store import Store
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline_tests.clients.sandbox_org import sandbox_settings
from xero_sf_pipeline_tests.pushing.plans import PlannedRow, write_plan
from xero_sf_pipeline_tests.sandbox.xero.books_of_a_small_shop import ACME, BETA, NOW, TENANT, SmallShop

__all__ = ["ACME", "BETA", "NOW", "TENANT"]

OTHER_TENANT = "22222222-bbbb-4bbb-8bbb-222222222222"
WRITE_SCOPES = "accounting.invoices accounting.contacts accounting.settings accounting.payments.read"
CURSOR = NOW - timedelta(minutes=30)
"""Up to when the mirror knows the books at the start of a test."""


@dataclass
class Office:
    """The two systems, their clients, a warehouse, and one clock for all of them."""

    running: RunningSandbox
    warehouse: Warehouse
    xero: XeroSession
    salesforce: SalesforceClient
    slept: list[float]
    plan_count: int = 0

    @property
    def clock(self) -> SandboxClock:
        return self.running.clock

    @property
    def books(self) -> Store:
        return self.running.sandbox.xero.store

    def know_until(self, instant: datetime, *tenants: str) -> None:
        """Say up to when the mirror knows the collections of these tenants."""
        with self.warehouse.transaction() as connection:
            for tenant in tenants:
                for entity in ("contacts", "invoices", "items", "credit_notes"):
                    connection.execute(
                        "insert or replace into ops.cursors values ('xero', ?, ?, ?, ?, 'sync')",
                        [tenant, entity, instant, min(instant, self.clock.now())],
                    )

    def plan(self, *rows: PlannedRow) -> None:
        self.plan_count += 1
        write_plan(self.warehouse, rows, plan_id=f"plan-{self.plan_count}", planned_at=self.clock.now())

    def push(self, run_id: str = "run-1", pacing: Pacing | None = None, **options: Any) -> PushReport:
        return push(
            self.warehouse,
            self.salesforce,
            self.clock,
            run_id=run_id,
            actor="tester",
            xero=lambda tenant_id: self.xero.client(tenant_id, urgent=True),
            pacing=replace(pacing or Pacing(), sleep=self.slept.append),
            **options,
        )

    def arm(self, effect: str, method: str | None = None, path: str | None = None, **options: Any) -> None:
        self.running.faults.arm(Fault("xero", effect, method, path, **options))

    def calls(self) -> Counter[str]:
        """Requests to the accounting API by method and resource."""
        found: Counter[str] = Counter()
        for entry in self.running.log.as_list():
            resource = entry.path.partition("/api.xro/2.0/")[2]
            if resource:
                found[f"{entry.method} {resource}"] += 1
        return found

    def logins(self) -> Counter[str]:
        """Requests for tokens by system."""
        return Counter(entry.system for entry in self.running.log.as_list() if entry.path.endswith("/token"))

    def invoices(self, tenant: str = TENANT) -> dict[str, dict[str, Any]]:
        """Invoices that carry a reference of ours (a Salesforce id, a slash, a period), by reference."""
        found = [row for row in self.books.select(tenant, "Invoices") if "/" in str(row.get("Reference"))]
        assert len(found) == len({row["Reference"] for row in found}), "two invoices with one reference"
        return {row["Reference"]: row for row in found}

    def contacts(self, tenant: str = TENANT) -> dict[str, dict[str, Any]]:
        """Contacts that carry a number of ours, by number."""
        rows = self.books.select(tenant, "Contacts")
        return {row["ContactNumber"]: row for row in rows if str(row.get("ContactNumber", "")).startswith("001")}

    def attempts(self, write_id: str) -> list[tuple[str, str | None]]:
        """State and idempotency key of every attempt, oldest first."""
        with self.warehouse.transaction() as connection:
            return connection.execute(
                "select state, idempotency_key from ledger.attempts where write_id = ? order by attempt_number",
                [write_id],
            ).fetchall()

    def states(self, write_id: str) -> list[str]:
        return [state for state, _ in self.attempts(write_id)]


@contextmanager
def served_office() -> Iterator[RunningSandbox]:
    """Serve both systems for a whole module; `open_office` refills them for each test."""
    sandbox = Sandbox(clock=SandboxClock(NOW, frozen=True))
    sandbox.salesforce.install_package(build_package())
    with running_sandbox(sandbox=sandbox) as running:
        yield running
    sandbox.close()


@contextmanager
def open_office(running: RunningSandbox, warehouse: Warehouse, directory: Path) -> Iterator[Office]:
    """Refill the served sandbox and open the clients."""
    running.faults.clear()
    running.clock.set(NOW)
    running.sandbox.refill_xero([SmallShop(), SmallShop(tenant_id=OTHER_TENANT, name="Other Shop")])
    running.sandbox.xero.set_limits({"minute": 100_000, "day": 100_000})
    settings = sandbox_settings(running, directory, xero_scopes=WRITE_SCOPES)
    slept: list[float] = []
    governor = Governor(
        directory / "governor.sqlite",
        running.clock,
        limits={},
        seconds=lambda: time.time() + sum(slept),
        sleep=slept.append,
    )
    retry = Retry(sleep=slept.append)
    with (
        XeroSession(settings, running.clock, governor, retry=retry) as xero,
        SalesforceClient(settings, running.clock, governor, retry=retry) as salesforce,
    ):
        office = Office(running, warehouse, xero, salesforce, slept)
        office.know_until(CURSOR, TENANT, OTHER_TENANT)
        running.log.clear()
        yield office
    governor.close()
    org = running.sandbox.salesforce
    for object_name in ("Task", "Opportunity", "PricebookEntry", "Product2", "Contact", "Account"):
        for row in org.rows(object_name):
            org.delete(object_name, row["Id"], hard=True)
