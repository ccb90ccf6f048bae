"""A served company to measure quote to cash on: a sandbox process, its clock, one data folder, what people do there.

Belongs here: starting, reading both systems, the stages by name, pushing, the server's own count of calls. Does not
belong here: what is measured and how it is judged.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.contestants.sandbox_settings import sandbox_settings
from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.extraction.salesforce_objects import SALESFORCE_SOURCES
from xero_sf_pipeline.extraction.xero_entities import XERO_SOURCES
from xero_sf_pipeline.pipeline import Pipeline, open_pipeline
from xero_sf_pipeline.pushing.report import PushReport
from xero_sf_pipeline.salesforce_metadata import deploy
from xero_sf_pipeline.sandbox.company import CompanySpec
from xero_sf_pipeline.sandbox.running import sandbox_process
from xero_sf_pipeline.settings import Settings

START_SECONDS = 900.0
SCOPES = "accounting.invoices accounting.payments accounting.contacts accounting.settings"
"""Settings may be written: price lists go both ways."""

_WITHOUT_LIMITS = 10_000_000
_CHANGES_AT_ONCE = 1000

STAGES: Mapping[str, Callable[[Pipeline], Any]] = {
    "core": Pipeline.build_core,
    "match": Pipeline.match,
    "receivables": Pipeline.derive_receivables,
    "fields": Pipeline.derive_mapping,
    "price lists": Pipeline.derive_catalogue,
    "quote links": Pipeline.derive_quote_links,
    "billing": Pipeline.derive_billing,
    "plan": Pipeline.plan,
    "reconcile": Pipeline.reconcile,
    "publish": Pipeline.publish,
}
"""Everything after reading, in the order of the graph."""

PLANNING = tuple(name for name in STAGES if name not in ("reconcile", "publish"))


@dataclass(frozen=True)
class SandboxTime:
    """The sandbox's clock, as a process beside it reads it: this machine's time, shifted."""

    ahead: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    @classmethod
    def of(cls, url: str) -> SandboxTime:
        told = datetime.fromisoformat(control(url, "GET", "clock")["now"])
        return cls(told - datetime.now(UTC))


@dataclass(frozen=True)
class ServedCompany:
    """One sandbox and one data folder. `clock`: where no sandbox is served that tells the time."""

    url: str
    folder: Path
    clock: Clock | None = None

    @property
    def settings(self) -> Settings:
        """Settings without call limits and with the folder's own policy: what is counted is calls, not waiting."""
        changes: dict[str, Any] = {
            "xero_sf_policy_file": self.folder / "policy.yaml",
            "xero_sf_push_enabled": True,
            "xero_scopes": SCOPES,
            "xero_calls_per_minute": _WITHOUT_LIMITS,
            "xero_daily_call_budget": _WITHOUT_LIMITS,
            "salesforce_daily_call_budget": _WITHOUT_LIMITS,
        }
        return sandbox_settings(self.url, self.folder).model_copy(update=changes)

    @contextmanager
    def pipeline(self) -> Iterator[Pipeline]:
        with open_pipeline(self.settings, clock=self.clock or SandboxTime.of(self.url)) as pipeline:
            yield pipeline

    def write_policy(self, text: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "policy.yaml").write_text(text, encoding="utf-8")

    def deploy_fields(self) -> None:
        with self.pipeline() as pipeline:
            report = deploy(pipeline.salesforce)
        if not report.succeeded:
            raise RuntimeError(f"our fields could not be deployed: {report.problems}")

    def read(self) -> None:
        """Poll both systems; everything, the first time."""
        with self.pipeline() as pipeline:
            for tenant in pipeline.tenants():
                for source in XERO_SOURCES:
                    pipeline.extract_xero(tenant.tenant_id, source.name)
            for target in SALESFORCE_SOURCES:
                pipeline.extract_salesforce(target.name)

    def plan(self) -> dict[str, int]:
        """Derive everything and plan; writes by kind.

        Raises:
            RuntimeError: a guard holds the plan, so that nothing would be sent.
        """
        with self.pipeline() as pipeline:
            reports = {name: STAGES[name](pipeline) for name in PLANNING}
        if reports["plan"].is_held:
            raise RuntimeError(f"the plan is held: {reports['plan'].held_reason}")
        return dict(reports["plan"].writes_by_kind)

    def push(self, kinds: set[str] | None = None) -> PushReport:
        with self.pipeline() as pipeline:
            return pipeline.push(actor="benchmark", only=kinds)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.pipeline() as pipeline, pipeline.warehouse.transaction() as connection:
            return connection.execute(query).fetchall()

    def pass_time(self, minutes: int) -> None:
        control(self.url, "POST", "clock", {"advance_seconds": minutes * 60})

    def requests(self) -> list[dict[str, Any]]:
        """What the server was asked since the last call of this, oldest first."""
        entries: list[dict[str, Any]] = control(self.url, "GET", "requests")["entries"]
        control(self.url, "DELETE", "requests")
        return entries

    def change_salesforce(self, changes: Sequence[Mapping[str, Any]]) -> list[Any]:
        """What people do in the org; ids of what they made."""
        made: list[Any] = []
        for first in range(0, len(changes), _CHANGES_AT_ONCE):
            part = list(changes[first : first + _CHANGES_AT_ONCE])
            made += control(self.url, "POST", "salesforce/mutate", {"changes": part})
        return made

    def change_xero(self, action: str, **body: Any) -> Any:
        """What people do in the books."""
        return control(self.url, "POST", "xero/mutate", {"action": action, **body})


@contextmanager
def serving(spec: CompanySpec, folder: Path) -> Iterator[ServedCompany]:
    """Serve a company without call limits from a process of its own, our fields deployed.

    Bulk jobs are finished when they are first asked about, so that polling does not depend on the machine.
    """
    (folder / "data").mkdir(parents=True, exist_ok=True)
    with sandbox_process(spec, directory=folder / "sandbox", start_seconds=START_SECONDS) as url:
        limits = dict.fromkeys(("minute", "day", "app_minute"), _WITHOUT_LIMITS)
        control(url, "POST", "xero/limits", limits)
        control(url, "POST", "salesforce/limits", {"daily_requests": _WITHOUT_LIMITS})
        control(url, "POST", "salesforce/bulk", {"polls": 0, "seconds": 0})
        company = ServedCompany(url, folder / "data")
        company.write_policy("version: 1\n")
        company.deploy_fields()
        yield company


def control(url: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """Use the sandbox's remote control."""
    data = json.dumps(body or {}).encode()
    request = urllib.request.Request(f"{url}/__sandbox__/{path}", method=method, data=data)
    with urllib.request.urlopen(request, timeout=600) as answer:
        return json.loads(answer.read())
