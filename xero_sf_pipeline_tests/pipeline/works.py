"""The pipeline as a person runs it, against a running sandbox, at the sandbox's time.

Belongs here: starting, one run, and looking at both sides afterwards. Does not belong here: any expectation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from xero_sf_pipeline.extraction.salesforce_objects import SALESFORCE_SOURCES
from xero_sf_pipeline.extraction.xero_entities import XERO_SOURCES
from xero_sf_pipeline.pipeline import Pipeline, open_pipeline
from xero_sf_pipeline.planning.planner import PlanReport
from xero_sf_pipeline.pushing.report import PushReport
from xero_sf_pipeline.salesforce_metadata import build_package
from xero_sf_pipeline.sandbox.company import CompanySpec
from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.request_log import Entry
from xero_sf_pipeline.sandbox.running import RunningSandbox, running_sandbox
from xero_sf_pipeline.settings import Settings

TODAY = date(2026, 3, 16)
SMALL_COMPANY = CompanySpec(contacts=12, invoices=40, accounts=10, as_of=TODAY)
MANY = 1_000_000
"""Calls allowed, where a test is not about limits."""

_READS_BY_POST = re.compile(r"/oauth2/token$|/composite/sobjects/\w+$|/jobs/query$|/connect/token$")

_CHECKS = files("xero_sf_pipeline.sql") / "checks"

Row = dict[str, Any]


def settings_for(url: str, folder: Path, **changes: Any) -> Settings:
    """Settings that point at a sandbox and read no file; the data folder gets the default policy."""
    folder.mkdir(parents=True, exist_ok=True)
    policy = folder / "policy.yaml"
    if not policy.exists():
        policy.write_text("version: 1\n", encoding="utf-8")
    values: dict[str, Any] = {
        "xero_api_url": url,
        "xero_identity_url": url,
        "xero_client_id": "sandbox-xero-client",
        "xero_client_secret": "sandbox-xero-secret",
        "xero_calls_per_minute": MANY,
        "xero_daily_call_budget": MANY,
        "salesforce_login_url": url,
        "salesforce_client_id": "sandbox-sf-client",
        "salesforce_client_secret": "sandbox-sf-secret",
        "salesforce_daily_call_budget": 100_000,
        "xero_sf_data_dir": folder,
        "xero_sf_push_enabled": True,
    }
    return Settings(_env_file=None, **values | changes)  # type: ignore[call-arg]


@dataclass(frozen=True)
class Works:
    """One sandbox and one data folder."""

    running: RunningSandbox
    settings: Settings
    tenant_id: str

    @contextmanager
    def pipeline(self, run_id: str | None = None) -> Iterator[Pipeline]:
        """A pipeline whose clock is the sandbox's."""
        with open_pipeline(self.settings, clock=self.running.clock, run_id=run_id) as pipeline:
            yield pipeline

    def extract(
        self, *, sweep: bool = False, xero: Iterable[str] | None = None, salesforce: Iterable[str] | None = None
    ) -> None:
        """Extract all entities of both systems, or the named ones."""
        with self.pipeline() as pipeline:
            for tenant in pipeline.tenants():
                for name in xero if xero is not None else [source.name for source in XERO_SOURCES]:
                    pipeline.extract_xero(tenant.tenant_id, name, sweep=sweep)
            for name in salesforce if salesforce is not None else [source.name for source in SALESFORCE_SOURCES]:
                pipeline.extract_salesforce(name, sweep=sweep)

    def derive_and_plan(self) -> PlanReport:
        """From what is mirrored to a plan."""
        with self.pipeline() as pipeline:
            pipeline.derive_all()
            return pipeline.plan()

    def offenders(self) -> dict[str, list[Row]]:
        """Reconcile, and return what breaks a truth of `sql/checks`, by its name."""
        checks = sorted(path.name.removesuffix(".sql") for path in _CHECKS.iterdir() if path.name.endswith(".sql"))
        with self.pipeline() as pipeline:
            pipeline.reconcile()
            return {check: rows for check, rows in pipeline.offenders(checks).items() if rows}

    def sync(self, *, sweep: bool = False) -> PlanReport:
        """One whole run without the push."""
        self.extract(sweep=sweep)
        return self.derive_and_plan()

    def push(self, **options: Any) -> PushReport:
        """Push the newest plan."""
        with self.pipeline() as pipeline:
            return pipeline.push(actor="tester", **options)

    def warehouse(self, query: str, parameters: dict[str, Any] | None = None) -> list[Row]:
        """Rows of the warehouse."""
        with self.pipeline() as pipeline, pipeline.warehouse.transaction() as connection:
            cursor = connection.execute(query, parameters or {})
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def planned(self) -> list[tuple[str, str]]:
        """Kind and target key of every planned write."""
        rows = self.warehouse("select kind, target_key from plan.writes order by all")
        return [(row["kind"], row["target_key"]) for row in rows]

    def org(self, object_name: str, *, include_deleted: bool = False, **wanted: Any) -> list[Row]:
        """Records of the Salesforce org whose fields have these values."""
        rows = self.running.sandbox.salesforce.rows(object_name, include_deleted=include_deleted)
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]

    def fault(self, system: str, effect: str, **more: Any) -> None:
        """Arm a fault of the sandbox."""
        self.running.faults.arm(Fault(system, effect, **more))

    def xero_mutation(self, action: str, **body: Any) -> Any:
        """Change the books behind the API's back."""
        return self.running.sandbox.mutate("xero", {"action": action, **body})

    def writes_sent(self) -> list[tuple[str, str]]:
        """Method and path of every logged request that could change something in either system."""
        return [_named(entry) for entry in self.running.log.as_list() if _may_write(entry)]

    def pass_time(self, **span: float) -> None:
        """Move the clock of the sandbox, which is the pipeline's too."""
        self.running.clock.advance(timedelta(**span))


def _may_write(entry: Entry) -> bool:
    return entry.method != "GET" and not (entry.method == "POST" and _READS_BY_POST.search(entry.path))


def _named(entry: Entry) -> tuple[str, str]:
    return entry.method, entry.path


@contextmanager
def works_of(running: RunningSandbox, folder: Path, **changes: Any) -> Iterator[Works]:
    """The works on a running sandbox."""
    yield Works(running, settings_for(running.url, folder, **changes), running.sandbox.xero.store.tenants()[0])


@contextmanager
def serving(spec: CompanySpec = SMALL_COMPANY, *, with_package: bool = True) -> Iterator[RunningSandbox]:
    """A served company without call limits, our fields deployed unless told otherwise."""
    with running_sandbox(spec) as running:
        if with_package:
            running.sandbox.salesforce.install_package(build_package())
        running.sandbox.xero.set_limits({"minute": MANY, "day": MANY, "app_minute": MANY})
        yield running
