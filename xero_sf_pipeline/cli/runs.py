"""Runs the graph's jobs from the command line, in this process, against the same Dagster instance as the UI.

So a run started here shows up there, with its materializations and checks. Belongs here: the order of jobs and the
progress display. Does not belong here: what a job does.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from xero_sf_pipeline.cli import output
from xero_sf_pipeline.clock import Clock, SystemClock
from xero_sf_pipeline.connections import Connections
from xero_sf_pipeline.errors import NotFound, PipelineError
from xero_sf_pipeline.pipeline import open_pipeline
from xero_sf_pipeline.policy import load_policy
from xero_sf_pipeline.settings import Settings
from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    import dagster as dg

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}

_INTERRUPTED_QUERY = "Query interrupted"
"""How DuckDB tells of Ctrl-C while it works."""

_NEEDED = (
    ("xero", "contacts"),
    ("xero", "invoices"),
    ("xero", "credit_notes"),
    ("xero", "payments"),
    ("salesforce", "accounts"),
    ("salesforce", "cases"),
)
"""What a plan cannot do without: an account or a case that was not read yet would look like one that does not exist."""


def dagster_home(settings: Settings) -> Path:
    """The Dagster instance's folder: DAGSTER_HOME, else one in the data folder, made with the shipped configuration."""
    named = os.environ.get("DAGSTER_HOME")
    home = Path(named) if named else settings.xero_sf_data_dir / "dagster"
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "dagster.yaml"
    if not configuration.exists():
        shipped = files("xero_sf_pipeline").joinpath("dagster.yaml")
        configuration.write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    return home


def quiet_dagster() -> None:
    """Keep beta notices of the orchestrator out of a person's terminal."""
    from dagster import BetaWarning, PreviewWarning

    for category in (BetaWarning, PreviewWarning):
        warnings.filterwarnings("ignore", category=category)


@dataclass
class Runs:
    """Starts jobs in this process.

    Attributes:
        failures: what went wrong in parts that did not stop the rest (one tenant of several).
    """

    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    shows_progress: bool = True
    failures: list[str] = field(default_factory=list)

    def sync(self) -> None:
        """Extract both systems, derive, match, plan, check, publish.

        Raises:
            ConfigError: the policy is wrong; nothing was read.
        """
        load_policy(self.settings.policy_file)
        with ExitStack() as opened:
            pipeline = opened.enter_context(open_pipeline(self.settings, clock=self.clock))
            tenants = pipeline.tenants()
            org_id = pipeline.org_id()
            instance, definitions, bar = opened.enter_context(self._dagster(pipeline.connections))
            from xero_sf_pipeline.defs.partitions import TENANT_PARTITIONS, day_key, tenant_day_key

            instance.add_dynamic_partitions(TENANT_PARTITIONS, [tenant.tenant_id for tenant in tenants])
            now = self.clock.now()
            for tenant in tenants:
                with bar(f"Xero: {tenant.tenant_name}", len(_sources("xero"))):
                    self._run(
                        definitions,
                        "extract_xero",
                        instance,
                        tenant_day_key(tenant.tenant_id, now),
                        tags={"xero_sf/tenant": tenant.tenant_id},
                        part=tenant.tenant_name,
                        may_continue=len(tenants) > 1,
                    )
            with bar(f"Salesforce: org {org_id}", len(_sources("salesforce"))):
                self._run(definitions, "extract_salesforce", instance, day_key(now))
            with bar("Match, derive, plan, check, publish", 0):
                self._run(definitions, "derive_and_plan", instance, day_key(now))

    def plan(self) -> None:
        """Derive, match and plan from what is mirrored; no call to either system.

        Raises:
            ConfigError: the policy is wrong.
            NotFound: a system has not been mirrored yet, so that a plan would take all of it for missing.
        """
        load_policy(self.settings.policy_file)
        self._require_mirror()
        with self._dagster() as (instance, definitions, bar):
            from xero_sf_pipeline.defs.partitions import day_key

            with bar("Match, derive, plan, check, publish", 0):
                self._run(definitions, "derive_and_plan", instance, day_key(self.clock.now()))

    def sweep(self) -> None:
        """Read both systems whole: finds changes without a new timestamp, and what has vanished.

        Raises:
            ConfigError: the policy is wrong; nothing was read.
        """
        load_policy(self.settings.policy_file)
        with ExitStack() as opened:
            pipeline = opened.enter_context(open_pipeline(self.settings, clock=self.clock))
            tenants = pipeline.tenants(fresh=True)
            instance, definitions, bar = opened.enter_context(self._dagster(pipeline.connections))
            from xero_sf_pipeline.defs.extract import SWEEP_TAG
            from xero_sf_pipeline.defs.partitions import TENANT_PARTITIONS, day_key, tenant_day_key

            instance.add_dynamic_partitions(TENANT_PARTITIONS, [tenant.tenant_id for tenant in tenants])
            now = self.clock.now()
            for tenant in tenants:
                with bar(f"Xero, whole: {tenant.tenant_name}", len(_sources("xero"))):
                    self._run(
                        definitions,
                        "extract_xero",
                        instance,
                        tenant_day_key(tenant.tenant_id, now),
                        tags={"xero_sf/tenant": tenant.tenant_id, SWEEP_TAG: "sweep"},
                        part=tenant.tenant_name,
                        may_continue=len(tenants) > 1,
                    )
            with bar("Salesforce, whole", len(_sources("salesforce"))):
                self._run(definitions, "extract_salesforce", instance, day_key(now), tags={SWEEP_TAG: "sweep"})
            with bar("Match, derive, plan, check, publish", 0):
                self._run(definitions, "derive_and_plan", instance, day_key(now))

    def _require_mirror(self) -> None:
        with open_pipeline(self.settings, clock=self.clock) as pipeline, pipeline.warehouse.reading() as connection:
            mirrored = set(connection.execute(sql("cli", "mirrored")).fetchall())
        missing = [f"{entity} of {source}" for source, entity in _NEEDED if (source, entity) not in mirrored]
        if missing:
            raise NotFound(f"Not mirrored yet: {', '.join(missing)}.", remedy="Run `xero-sf sync` first.")

    def _run(
        self,
        definitions: dg.Definitions,
        job: str,
        instance: dg.DagsterInstance,
        partition: str,
        *,
        tags: Mapping[str, str] | None = None,
        part: str = "",
        may_continue: bool = False,
    ) -> None:
        import dagster as dg

        try:
            result = definitions.resolve_job_def(job).execute_in_process(
                instance=instance, partition_key=partition, tags=dict(tags or {}), run_config=_QUIET
            )
        except dg.DagsterExecutionInterruptedError:
            raise KeyboardInterrupt from None
        except RuntimeError as error:
            if str(error) != _INTERRUPTED_QUERY:
                raise
            raise KeyboardInterrupt from None
        except PipelineError as error:
            if not may_continue:
                raise
            self.failures.append(f"{part}: {error}")
            output.complain(f"{part}: {error.args[0]}", error.remedy)
            return
        for evaluation in result.get_asset_check_evaluations():
            if not evaluation.passed:
                facts = ", ".join(f"{name} {value.value}" for name, value in evaluation.metadata.items())
                what = f"{evaluation.asset_key.to_user_string()}: not true that {evaluation.check_name}"
                if evaluation.severity.value == "ERROR":
                    self.failures.append(f"{what} ({facts})")
                output.say(f"[yellow]check:[/] {escape(what)} ({escape(facts)})")

    @contextmanager
    def _dagster(
        self, connections: Connections | None = None
    ) -> Iterator[tuple[dg.DagsterInstance, dg.Definitions, Any]]:
        quiet_dagster()
        from xero_sf_pipeline.defs import build_defs
        from xero_sf_pipeline.defs.instance import open_instance
        from xero_sf_pipeline.defs.resources import PipelineFactory

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with (
            open_instance(dagster_home(self.settings)) as instance,
            Progress(*columns, console=output.errors, disable=not self.shows_progress) as progress,
        ):
            current: dict[str, Any] = {"task": None, "done": set()}

            def on_page(entity: str, page: int, _expected: int | None) -> None:
                if current["task"] is not None:
                    current["done"].add(entity)
                    progress.update(
                        current["task"],
                        completed=len(current["done"]),
                        description=f"{current['name']} ({entity}, page {page})",
                    )

            @contextmanager
            def bar(name: str, total: int) -> Iterator[None]:
                task = progress.add_task(name, total=total or None)
                current.update(task=task, done=set(), name=name)
                yield
                progress.update(task, description=name, total=max(total, 1), completed=max(total, 1))
                current["task"] = None

            factory = PipelineFactory(self.settings, self.clock, on_page, connections)
            yield instance, build_defs(factory, history_start=self.settings.xero_sf_history_start), bar


def _sources(system: str) -> tuple[Any, ...]:
    if system == "xero":
        from xero_sf_pipeline.extraction.xero_entities import XERO_SOURCES

        return XERO_SOURCES
    from xero_sf_pipeline.extraction.salesforce_objects import SALESFORCE_SOURCES

    return SALESFORCE_SOURCES
