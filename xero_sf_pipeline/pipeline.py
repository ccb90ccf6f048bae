"""Puts the parts together for one run: settings, policy, warehouse, clients, and each stage as one call.

The asset graph and the command line both come through here, so that a stage means the same wherever it is started.
Belongs here: wiring, and which inputs let a stage be skipped. Does not belong here: rules, HTTP, SQL, Dagster.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from xero_sf_pipeline import core
from xero_sf_pipeline.clock import Clock, SystemClock
from xero_sf_pipeline.connections import Connections
from xero_sf_pipeline.errors import ConfigError, NotFound, PlanHeld
from xero_sf_pipeline.extraction import bookkeeping
from xero_sf_pipeline.settings import Settings, load_settings
from xero_sf_pipeline.warehouse import Warehouse, fingerprints, snapshots
from xero_sf_pipeline.warehouse.catalogue import table_columns
from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.billing import BillingReport
    from xero_sf_pipeline.clients.governor import Governor
    from xero_sf_pipeline.clients.salesforce import SalesforceClient
    from xero_sf_pipeline.clients.xero import XeroSession
    from xero_sf_pipeline.extraction.bookkeeping import ExtractReport
    from xero_sf_pipeline.mapping.derive import MappingReport
    from xero_sf_pipeline.matching.engine import MatchReport
    from xero_sf_pipeline.planning.catalogue_differences import CatalogueReport
    from xero_sf_pipeline.planning.planner import PlanReport
    from xero_sf_pipeline.planning.quote_links import QuoteLinksReport
    from xero_sf_pipeline.policy import Policy
    from xero_sf_pipeline.pushing.report import PushReport
    from xero_sf_pipeline.receivables.derive import DeriveReport
    from xero_sf_pipeline.reporting.reconcile import ReconcileReport

TENANT_LIST_LIFE = timedelta(hours=24)
"""How long the list of connected organisations is trusted before it is asked for again."""

MIRROR_LIFE = timedelta(hours=24)
"""How far this machine's clock may be from the time that Xero stated at the last extraction. Beyond a day either the
mirror is stale or the clock is wrong, and "overdue today" would be told from the wrong books or the wrong day."""


@dataclass(frozen=True)
class Tenant:
    """One Xero organisation that is worked on."""

    tenant_id: str
    tenant_name: str


OnPage = Callable[[str, int, int | None], None]


@dataclass
class Pipeline:
    """One run's access to everything. Opened with `open_pipeline`, which closes the connections.

    Attributes:
        lent: connections that somebody else closes; without them the pipeline has connections of its own.
    """

    settings: Settings = field(repr=False)
    clock: Clock = field(default_factory=SystemClock)
    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    on_page: OnPage | None = field(default=None, repr=False)
    lent: Connections | None = field(default=None, repr=False)

    @cached_property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.settings.warehouse_file, lock_wait_seconds=self.settings.xero_sf_lock_wait_seconds)

    @cached_property
    def policy(self) -> Policy:
        from xero_sf_pipeline.policy import load_policy

        return load_policy(self.settings.policy_file)

    def __post_init__(self) -> None:
        self.connections = self.lent or Connections(self.settings, self.clock)
        self._org_id: str | None = None

    @property
    def governor(self) -> Governor:
        return self.connections.governor

    @property
    def xero(self) -> XeroSession:
        return self.connections.xero

    @property
    def salesforce(self) -> SalesforceClient:
        return self.connections.salesforce

    def close(self) -> None:
        """Close the connections that were opened, unless they are lent."""
        if self.lent is None:
            self.connections.close()

    def tenants(self, *, fresh: bool = False) -> list[Tenant]:
        """The Xero organisations to work on, from yesterday's answer at the oldest.

        Raises:
            ConfigError: a tenant of XERO_TENANTS is not connected, or none is.
        """
        with self.warehouse.transaction() as connection:
            kept = bookkeeping.read_fact(connection, "xero", "", f"tenants {self.settings.xero_tenants}")
        if kept and not fresh and self.clock.now() - kept[1] < TENANT_LIST_LIFE:
            return [Tenant(**row) for row in kept[0]]
        found = [Tenant(tenant.tenant_id, tenant.tenant_name) for tenant in self.xero.organisations()]
        with self.warehouse.transaction() as connection:
            bookkeeping.keep_fact(
                connection,
                "xero",
                "",
                f"tenants {self.settings.xero_tenants}",
                [{"tenant_id": tenant.tenant_id, "tenant_name": tenant.tenant_name} for tenant in found],
                self.clock.now(),
            )
        return found

    def org_id(self) -> str:
        """The Salesforce org's id; asked for once.

        Raises:
            ConfigError: the warehouse mirrors another org, as after a change from a sandbox to production.
        """
        if self._org_id is None:
            self._org_id = self._known_org_id()
        return self._org_id

    def _known_org_id(self) -> str:
        url = self.settings.salesforce_login_url
        with self.warehouse.transaction() as connection:
            kept = bookkeeping.read_fact(connection, "salesforce", "", f"org id of {url}")
            mirrored = bookkeeping.read_fact(connection, "salesforce", "", "org id")
        org_id = str(kept[0]) if kept else self.salesforce.org_id()
        if mirrored and mirrored[0] != org_id:
            raise ConfigError(
                f"This data folder mirrors the Salesforce org {mirrored[0]}, but {url} is the org {org_id}.",
                remedy="Give each org a data folder of its own (XERO_SF_DATA_DIR): their records must not mix.",
            )
        if not kept:
            with self.warehouse.transaction() as connection:
                for name in ("org id", f"org id of {url}"):
                    bookkeeping.keep_fact(connection, "salesforce", "", name, org_id, self.clock.now())
        return org_id

    def extract_xero(
        self, tenant_id: str, name: str, *, since: datetime | None = None, sweep: bool = False
    ) -> ExtractReport | None:
        """Extract one Xero entity of one tenant: a poll, a backfill since an instant, or a sweep.

        Returns None when nothing had to be asked.
        """
        from xero_sf_pipeline.extraction.xero_entities import BY_NAME
        from xero_sf_pipeline.extraction.xero_extract import XeroExtraction

        client = self.xero.client(tenant_id, urgent=since is None and not sweep)
        extraction = XeroExtraction(
            self.warehouse, client, self.clock, self.settings.spool_dir, self.run_id, self.on_page
        )
        if sweep:
            return extraction.sweep(BY_NAME[name])
        return extraction.backfill(BY_NAME[name], since) if since else extraction.poll(BY_NAME[name])

    def extract_salesforce(
        self, name: str, *, since: datetime | None = None, sweep: bool = False
    ) -> ExtractReport | None:
        """Extract one Salesforce object: a poll, a backfill since an instant, or a sweep.

        Returns None when the org has no such object, or when nothing had to be asked.
        """
        from xero_sf_pipeline.extraction.salesforce_extract import SalesforceExtraction
        from xero_sf_pipeline.extraction.salesforce_objects import BY_NAME, Field, with_mapped_fields
        from xero_sf_pipeline.policy.mirrored_fields import mirrored_fields

        source = with_mapped_fields(
            BY_NAME[name],
            [Field(named.api_name, named.column) for named in mirrored_fields(self.policy) if named.source == name],
        )

        extraction = SalesforceExtraction(
            self.warehouse,
            self.salesforce,
            self.clock,
            self.settings.spool_dir,
            self.run_id,
            self.org_id(),
            self.on_page,
        )
        if sweep:
            extraction.forget_descriptions()
            return extraction.sweep(source)
        return extraction.backfill(source, since) if since else extraction.poll(source)

    def build_core(self, tables: tuple[str, ...] | None = None) -> core.CoreReport:
        """Rebuild the core tables when the raw history moved since the last build."""
        with self.warehouse.transaction() as connection:
            inputs = _core_inputs(connection)
            if fingerprints.built_from(connection, "core") == inputs:
                return core.CoreReport(core.row_counts(connection), is_unchanged=True)
            report = core.build(connection, tables)
            if tables is None or set(tables) == set(core.CORE_TABLES):
                self._mark(connection, "core", inputs)
            return report

    def match(self) -> MatchReport | None:
        """Match contacts with accounts; None when nothing that matching reads has changed."""
        from xero_sf_pipeline.matching import decisions, sample
        from xero_sf_pipeline.matching.engine import match

        labelled = self.settings.decisions_dir / "labelled_matches.csv"

        decided = decisions.read_decisions(self.settings.decisions_dir / "matches.jsonl").decisions
        with self.warehouse.transaction() as connection:
            decisions.store_decisions(connection, decided)
            inputs = fingerprints.fingerprint(
                [
                    str(fingerprints.built_from(connection, "core")),
                    self.policy.matching.model_dump_json(),
                    *(decision.model_dump_json() for decision in decided),
                    fingerprints.statements("matching"),
                    labelled.read_text(encoding="utf-8") if labelled.exists() else "",
                ]
            )
            if fingerprints.built_from(connection, "matching") == inputs:
                return None
            report = match(connection, self.policy.matching, self.clock.now())
            self._mark(connection, "matching", inputs)
            return replace(report, sample=sample.measure(connection, labelled))

    def derive_receivables(self, day: date | None = None, *, with_status: bool = True) -> DeriveReport:
        """Derive receivables as of a day; None means every organisation's own today.

        Today's includes what is true today of documents, accounts and alerts, unless `with_status` is off.

        Raises:
            PlanHeld: today is asked for, and the mirror is older than a day or the clock is wrong.
        """
        from xero_sf_pipeline.receivables.derive import derive

        with self.warehouse.transaction() as connection:
            if day is None:
                self._require_present_mirror(connection)
            return derive(connection, self.policy, self.clock.now(), day, with_status=with_status)

    def derive_today(self) -> Mapping[str, int]:
        """Derive what is true today of documents, accounts and alerts, from today's receivables; rows per table.

        Raises:
            PlanHeld: the mirror is older than a day or the clock is wrong.
        """
        from xero_sf_pipeline.receivables import derive_today

        with self.warehouse.transaction() as connection:
            self._require_present_mirror(connection)
            return derive_today(connection, self.policy, self.clock.now())

    def derive_billing(self) -> BillingReport | None:
        """Work out which invoices won deals have and should have; None when nothing that this reads has changed."""
        from xero_sf_pipeline.billing import derive, inputs_of

        rules = self.policy
        with self.warehouse.transaction() as connection:
            inputs = fingerprints.fingerprint(
                [
                    str(fingerprints.built_from(connection, "core")),
                    str(fingerprints.built_from(connection, "matching")),
                    inputs_of(connection, rules, self.clock.now()),
                    fingerprints.statements("billing"),
                ]
            )
            if fingerprints.built_from(connection, "billing") == inputs:
                return None
            report = derive(connection, rules, self.clock.now())
            self._mark(connection, "billing", inputs)
            return report

    def derive_mapping(self) -> MappingReport | None:
        """Compare the fields of records that belong together; None when nothing that this reads has changed."""
        from xero_sf_pipeline.mapping.derive import derive, inputs_of

        with self.warehouse.transaction() as connection:
            inputs = fingerprints.fingerprint(
                [
                    str(fingerprints.built_from(connection, "core")),
                    str(fingerprints.built_from(connection, "matching")),
                    self.policy.parties.model_dump_json(),
                    *(mapping.model_dump_json() for mapping in self.policy.mappings),
                    *inputs_of(connection, self.policy),
                    fingerprints.statements("parties"),
                    fingerprints.statements("mapping"),
                ]
            )
            if fingerprints.built_from(connection, "mapping") == inputs:
                return None
            report = derive(connection, self.policy, self.clock.now())
            self._mark(connection, "mapping", inputs)
            return report

    def derive_catalogue(self) -> CatalogueReport:
        """Compare the price lists, whatever the policy's direction."""
        from xero_sf_pipeline.planning.catalogue_differences import derive_catalogue

        with self.warehouse.transaction() as connection:
            return derive_catalogue(connection, self.policy)

    def derive_quote_links(self) -> QuoteLinksReport:
        """Find the invoices that quotes became."""
        from xero_sf_pipeline.planning.quote_links import derive_quote_links

        with self.warehouse.transaction() as connection:
            return derive_quote_links(connection, self.policy)

    def derive_all(self) -> None:
        """Run every stage between the mirror and the plan, in the order of the graph.

        Raises:
            PlanHeld: the mirror is older than a day or the clock is wrong.
        """
        self.build_core()
        self.match()
        self.derive_receivables()
        self.derive_quote_links()  # before billing, which does not bill what a quote was invoiced for
        self.derive_billing()
        self.derive_mapping()
        self.derive_catalogue()

    def plan(self) -> PlanReport:
        """Plan the writes that should happen now, replacing the plan before.

        Raises:
            PlanHeld: the mirror is older than a day, or the clock is wrong. The plan before stays.
        """
        from xero_sf_pipeline.planning.planner import make_plan

        with self.warehouse.transaction() as connection:
            self._require_present_mirror(connection)
            return make_plan(
                connection,
                self.policy,
                self.clock.now(),
                self.run_id,
                approvals_path=self.settings.decisions_dir / "approvals.jsonl",
            )

    def push(self, *, actor: str, **options: Any) -> PushReport:
        """Send the newest plan's writes; see `pushing.push`. Logs in only to systems to which something goes.

        Raises:
            PlanHeld: the mirror is older than a day, or the clock is wrong.
            ConfigError: the warehouse mirrors another org than the settings name.
        """
        from xero_sf_pipeline.pushing.pacing import Pacing
        from xero_sf_pipeline.pushing.push import push

        rules = self.policy.pushing
        limits = [given for given in (options.pop("limit", None), rules.max_writes_per_run) if given is not None]
        if not options.get("dry_run"):
            with self.warehouse.transaction() as connection:
                self._require_present_mirror(connection)
                is_mirrored = bookkeeping.read_fact(connection, "salesforce", "", "org id") is not None
                (has_work,) = connection.execute(sql("ledger", "salesforce_work")).fetchall()[0]
            if is_mirrored and has_work:
                self.org_id()  # a plan made from one org must not go to another
        return push(
            self.warehouse,
            self.salesforce,
            self.clock,
            run_id=self.run_id,
            actor=actor,
            xero=lambda tenant_id: self.xero.client(tenant_id, urgent=True),
            is_enabled=self.settings.xero_sf_push_enabled,
            limit=min(limits, default=None),
            pacing=Pacing.of(rules),
            **options,
        )

    def reconcile(self) -> ReconcileReport:
        """Rebuild what people read: control totals with their differences, booked against billed against paid."""
        from xero_sf_pipeline.reporting.reconcile import reconcile

        with self.warehouse.transaction() as connection:
            return reconcile(connection, self.policy, self.clock.now())

    def write_report(self) -> Path | None:
        """Write the report page from the newest snapshot; None when the policy wants none."""
        from xero_sf_pipeline.reporting.page import write_page

        rules = self.policy.reporting
        if not rules.page:
            return None
        with snapshots.reading_snapshot(self.settings.snapshot_dir) as connection:
            return write_page(connection, rules, self.settings.reports_dir)

    def publish(self) -> Path:
        """Publish a snapshot for readers, with the calls that were made so far."""
        self._record_usage()
        return snapshots.publish(
            self.warehouse,
            self.settings.snapshot_dir,
            now=self.clock.now(),
            keep=self.settings.xero_sf_snapshots_kept,
        )

    def counts(self, tables: Sequence[str]) -> dict[str, int]:
        """Rows of tables of the catalogue, counted in one use of the warehouse."""
        unknown = [table for table in tables if table.removesuffix("_current") not in table_columns()]
        if unknown:
            raise NotFound(f"There is no table {', '.join(unknown)}.")
        with self.warehouse.transaction() as connection:
            return {
                table: int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])  # noqa: S608 - checked
                for table in tables
            }

    def count_current(self, raw_table: str) -> int:
        """Live records that a raw history table knows."""
        return self.counts([f"{raw_table}_current"])[f"{raw_table}_current"]

    def count_pending_writes(self) -> int:
        """Writes of the newest plan that may go now: approved, and not held."""
        with self.warehouse.transaction() as connection:
            row = connection.execute(sql("plan", "pending_count")).fetchone()
        return int(row[0]) if row else 0

    def offenders(self, checks: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """Rows that break the truths that checks assert (`sql/checks/<check>.sql`), at most 20 each, by check."""
        found = {}
        with self.warehouse.transaction() as connection:
            for check in checks:
                cursor = connection.execute(f"select * from ({sql('checks', check)}) limit 20")  # noqa: S608
                names = [column[0] for column in cursor.description]
                found[check] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return found

    def _require_present_mirror(self, connection: duckdb.DuckDBPyConnection) -> None:
        now = self.clock.now()
        row = connection.execute("select max(source_started_at) from ops.extracts where source = 'xero'").fetchone()
        heard_at: datetime | None = row[0] if row else None
        if heard_at is not None and abs(now - heard_at) > MIRROR_LIFE:
            raise PlanHeld(
                f"This machine's clock says {now:%Y-%m-%d %H:%M} UTC, and at the last extraction Xero's said "
                f"{heard_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC. Nothing was derived, planned or sent.",
                remedy="Run `xero-sf sync`; if it says so again, this machine's clock is wrong: set it (NTP).",
            )

    def _record_usage(self) -> None:
        used_on = self.clock.now().date()
        with self.warehouse.transaction() as connection:
            for use in self.governor.snapshot():
                connection.execute(
                    "insert or replace into ops.api_usage values (?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        use.system,
                        use.tenant,
                        used_on,
                        use.calls,
                        use.bytes_in,
                        use.bytes_out,
                        use.day_remaining,
                        self.clock.now(),
                    ],
                )

    def _mark(self, connection: duckdb.DuckDBPyConnection, stage: str, inputs: str) -> None:
        fingerprints.mark_built(connection, stage, inputs, built_at=self.clock.now(), run_id=self.run_id)


def _core_inputs(connection: duckdb.DuckDBPyConnection) -> str:
    return fingerprints.fingerprint([fingerprints.raw_fingerprint(connection), fingerprints.statements("core")])


@contextmanager
def open_pipeline(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    run_id: str | None = None,
    on_page: OnPage | None = None,
    connections: Connections | None = None,
) -> Iterator[Pipeline]:
    """Wire a pipeline from the settings (read now, if not given) and close it at the end; lent connections stay open.

    Raises:
        ConfigError: the settings are not complete.
    """
    pipeline = Pipeline(
        settings or load_settings(), clock or SystemClock(), run_id or str(uuid.uuid4()), on_page, connections
    )
    try:
        yield pipeline
    finally:
        pipeline.close()
