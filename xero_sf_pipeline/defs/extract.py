"""One asset per source entity: Xero by tenant and day, Salesforce by day.

The open day polls from the durable cursor. Any other choice of partitions is a backfill and walks the range once, with
full pages, however many days it has.
"""

from collections.abc import Iterable

import dagster as dg

from xero_sf_pipeline.defs import metadata
from xero_sf_pipeline.defs.partitions import Partitions, first_instant, is_open_day
from xero_sf_pipeline.defs.resources import PipelineRun
from xero_sf_pipeline.extraction.bookkeeping import ExtractReport
from xero_sf_pipeline.extraction.salesforce_objects import SALESFORCE_SOURCES, SalesforceSource
from xero_sf_pipeline.extraction.xero_entities import XERO_SOURCES, XeroSource
from xero_sf_pipeline.pipeline import Pipeline

GROUP = "extract"
TIES = "read_equals_stored"
SWEEP_TAG = "xero_sf/mode"
"""Run tag; the value `sweep` reads everything again and looks for what has vanished."""


def build(partitions: Partitions) -> list[dg.AssetsDefinition]:
    """All raw assets."""
    return [
        *(_xero_asset(source, partitions) for source in XERO_SOURCES),
        *(_salesforce_asset(source, partitions) for source in SALESFORCE_SOURCES),
    ]


def _xero_asset(source: XeroSource, partitions: Partitions) -> dg.AssetsDefinition:
    how = "polled by If-Modified-Since" if source.is_polled else "read once a day and at a sweep"
    if source.vanishes:
        how += ", and once a day whole, because what is deleted leaves no trace"

    @dg.asset(
        key=["raw_xero", source.name],
        partitions_def=partitions.tenant_day,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name=GROUP,
        kinds={"xero", "duckdb"},
        owners=metadata.OWNERS,
        pool="xero",
        description=(
            f"Every version seen of Xero's {source.entity.envelope}, one row per (tenant, id, version); {how}. "
            f"`raw_xero.{source.name}_current` gives the newest."
        ),
        metadata=metadata.table_metadata("raw_xero", source.name),
        check_specs=[_ties_spec(["raw_xero", source.name])],
    )
    def xero_entity(context: dg.AssetExecutionContext, run: dg.ResourceParam[PipelineRun]) -> dg.MaterializeResult:
        tenants: dict[str, list[str]] = {}
        for key in context.partition_keys:
            day, tenant = key.split("|", 1)
            tenants.setdefault(tenant, []).append(day)
        pipeline = run.pipeline
        reports = []
        for tenant, days in sorted(tenants.items()):
            since = None if is_open_day(days, pipeline.clock.now()) else first_instant(days)
            reports.append(pipeline.extract_xero(tenant, source.name, since=since, sweep=_is_sweep(context)))
        return _result(pipeline, f"raw_xero.{source.name}", reports)

    return xero_entity


def _salesforce_asset(source: SalesforceSource, partitions: Partitions) -> dg.AssetsDefinition:
    how = "asked for by SystemModstamp" if source.is_polled else "read once a day and at a sweep"
    if source.only_with is not None:
        how += f"; only those that carry {source.only_with}"

    @dg.asset(
        key=["raw_salesforce", source.name],
        partitions_def=partitions.day,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name=GROUP,
        kinds={"salesforce", "duckdb"},
        owners=metadata.OWNERS,
        pool="salesforce",
        description=(
            f"Every version seen of Salesforce's {source.object_name}, one row per (org, id, version), deletes "
            f"included; {how}. `raw_salesforce.{source.name}_current` gives the newest."
        ),
        metadata=metadata.table_metadata("raw_salesforce", source.name),
        check_specs=[_ties_spec(["raw_salesforce", source.name])],
    )
    def salesforce_object(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[PipelineRun]
    ) -> dg.MaterializeResult:
        days = list(context.partition_keys)
        pipeline = run.pipeline
        since = None if is_open_day(days, pipeline.clock.now()) else first_instant(days)
        report = pipeline.extract_salesforce(source.name, since=since, sweep=_is_sweep(context))
        return _result(pipeline, f"raw_salesforce.{source.name}", [report])

    return salesforce_object


def _is_sweep(context: dg.AssetExecutionContext) -> bool:
    return context.run.tags.get(SWEEP_TAG) == "sweep"


def _ties_spec(key: list[str]) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        TIES,
        asset=dg.AssetKey(key),
        description="Every row that the walk read is stored or in quarantine, and the money sums agree to the cent.",
    )


def _result(pipeline: Pipeline, table: str, reports: Iterable[ExtractReport | None]) -> dg.MaterializeResult:
    done = [report for report in reports if report is not None]
    offenders = [report for report in done if not report.ties]
    return dg.MaterializeResult(
        metadata=metadata.extract_metadata(done, pipeline.count_current(table)),
        check_results=[
            dg.AssetCheckResult(
                check_name=TIES,
                passed=not offenders,
                metadata={
                    f"{report.source.scope}": (
                        f"stated {report.expected_rows}, distinct {report.counts.distinct},"
                        f" stored {report.counts.stored}, quarantined {report.counts.quarantined},"
                        f" amount read {report.amount_read}, amount stored {report.counts.amount_stored}"
                    )
                    for report in offenders or done
                },
            )
        ],
    )
