"""Records that belong together, price lists and quotes, each compared on both sides."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from xero_sf_pipeline.defs import metadata
from xero_sf_pipeline.defs.resources import PipelineRun

GROUPS = ("mapping", "parties", "catalogue", "quotes")

_LINKS = dg.AssetKey(["matching", "links"])
_INVOICE_LINKS = dg.AssetKey(["billing", "invoice_links"])
_INVOICE_STATUS = dg.AssetKey(["receivables", "invoice_status"])
_COMPARED = (
    "organisations", "contacts", "accounts", "people", "opportunities", "invoices", "quotes", "items", "products",
    "xero_invoices",
)  # fmt: skip
_MAPPING = {
    "field_values": "One row per field of two records that belong together: both values, and what a write would hold.",
    "agreed_values": "One row per field: what both sides last said alike. A conflict is told from it.",
    "seen_values": "One row per field: what each side was last seen to say, and since when.",
}
_PARTIES = {
    "missing_people": "One row per person of a linked contact that its account lacks.",
}
_CATALOGUE = {
    "differences": "One row per code and difference of the price lists, and whether it would spoil an invoice."
}
_QUOTES = {
    "invoice_links": "One row per invoice that a quote became, and how that is known; ambiguous ones are for a person.",
    "billing_quote_links": "One row per invoice of a quote's opportunity: what billing must not bill again.",
}


def build() -> list[dg.AssetsDefinition]:
    """The assets of the three comparisons, one step each."""

    @dg.multi_asset(
        name="compare_records",
        specs=[
            *_specs("mapping", _MAPPING, _COMPARED, _LINKS, _INVOICE_LINKS, _INVOICE_STATUS),
            *_specs("parties", _PARTIES, ("organisations", "contacts", "accounts", "people"), _LINKS),
        ],
    )
    def compare_records(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[PipelineRun]
    ) -> Iterator[dg.MaterializeResult]:
        report = run.pipeline.derive_mapping()
        more: dict[str, Any] = {"rebuilt": report is not None}
        if report is not None:
            more |= {"pairs": report.pair_count, "differences": report.difference_count}
        yield from _results(run, "mapping", _MAPPING, {"field_values": more})
        yield from _results(run, "parties", _PARTIES, {})

    @dg.multi_asset(
        name="compare_catalogue",
        specs=_specs(
            "catalogue",
            _CATALOGUE,
            ("organisations", "items", "products", "prices", "ledger_accounts", "tax_rates", "currency_types"),
        ),
    )
    def compare_catalogue(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[PipelineRun]
    ) -> Iterator[dg.MaterializeResult]:
        report = run.pipeline.derive_catalogue()
        more = {
            "by_difference": metadata.counts_table(report.by_difference, "difference"),
            "would_spoil_an_invoice": report.spoiling_count,
        }
        yield from _results(run, "catalogue", _CATALOGUE, {"differences": more})

    @dg.multi_asset(
        name="link_quotes", specs=_specs("quotes", _QUOTES, ("contacts", "quotes", "invoices", "opportunities"))
    )
    def link_quotes(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[PipelineRun]
    ) -> Iterator[dg.MaterializeResult]:
        report = run.pipeline.derive_quote_links()
        more = {"linked": report.linked_count, "for_review": report.review_count}
        yield from _results(run, "quotes", _QUOTES, {"invoice_links": more})

    return [compare_records, compare_catalogue, link_quotes]


def _specs(schema: str, tables: dict[str, str], core: tuple[str, ...], *more: dg.AssetKey) -> list[dg.AssetSpec]:
    return [
        dg.AssetSpec(
            [schema, table],
            deps=[*(dg.AssetKey(["core", name]) for name in core), *more],
            group_name=schema,
            kinds={"duckdb"},
            owners=metadata.OWNERS,
            description=description,
            metadata=metadata.table_metadata(schema, table),
        )
        for table, description in tables.items()
    ]


def _results(
    run: PipelineRun, schema: str, tables: dict[str, str], more: dict[str, dict[str, Any]]
) -> Iterator[dg.MaterializeResult]:
    rows = run.pipeline.counts([f"{schema}.{table}" for table in tables])
    for table in tables:
        found = {"dagster/row_count": rows[f"{schema}.{table}"], **more.get(table, {})}
        yield dg.MaterializeResult(asset_key=[schema, table], metadata=found)
