"""The canonical tables, rebuilt together in one transaction and only when the raw history moved."""

from collections.abc import Iterator

import dagster as dg

from xero_sf_pipeline.core import CORE_TABLES
from xero_sf_pipeline.defs import metadata
from xero_sf_pipeline.defs.resources import PipelineRun

GROUP = "core"
_DESCRIPTIONS = {
    "organisations": "One row per Xero organisation: currency, IANA time zone, lock dates.",
    "contacts": "One row per Xero contact; merges followed to the surviving contact.",
    "invoices": "One row per sales invoice or bill; amounts in the document's currency.",
    "invoice_lines": "One row per line of an invoice or bill.",
    "quotes": "One row per Xero quote, deleted ones kept and flagged; amounts in the quote's currency.",
    "quote_lines": "One row per line of a quote.",
    "payments": "One row per payment, deleted ones included; what was paid is told by the payment type.",
    "credits": "One row per credit note, overpayment or prepayment.",
    "credit_applications": "One row per application of a credit to an invoice.",
    "items": "One row per item of the price list; prices in the organisation's base currency.",
    "ledger_accounts": "One row per account of the chart of accounts, archived ones included.",
    "tax_rates": "One row per tax rate, in percent, archived ones included.",
    "tracking_options": "One row per option of a tracking category, archived ones included.",
    "currencies": "One row per currency that an organisation may use.",
    "accounts": "One row per Salesforce account; deleted and merged ones kept and flagged.",
    "people": "One row per live Salesforce contact.",
    "users": "One row per Salesforce user.",
    "cases": "One row per Salesforce case; deleted ones kept and flagged.",
    "opportunities": "One row per live opportunity.",
    "opportunity_lines": "One row per live product line of a live opportunity.",
    "products": "One row per live Salesforce product.",
    "prices": "One row per live pricebook entry.",
    "tasks": "One row per task that carries our alert key; deleted ones kept and flagged.",
    "xero_invoices": "One row per live Xero_Invoice__c record.",
    "currency_types": "One row per currency of a Salesforce org with several, and its rate to the corporate one.",
    "xero_contacts": "One row per live Xero_Contact__c record.",
    "account_links": "One row per stored link of a Xero contact to an account.",
}


def build() -> list[dg.AssetsDefinition]:
    """The core assets, one step for all of them."""

    @dg.multi_asset(
        name="core_tables",
        specs=[
            dg.AssetSpec(
                key=["core", table],
                deps=[dg.AssetKey(key.split("/")) for key in sources],
                group_name=GROUP,
                kinds={"duckdb"},
                owners=metadata.OWNERS,
                description=_DESCRIPTIONS[table],
                metadata=metadata.table_metadata("core", table),
            )
            for table, sources in CORE_TABLES.items()
        ],
        can_subset=True,
    )
    def core_tables(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[PipelineRun]
    ) -> Iterator[dg.MaterializeResult]:
        chosen = tuple(key.path[-1] for key in context.selected_asset_keys)
        report = run.pipeline.build_core(chosen)
        for table in CORE_TABLES:
            if table in chosen:
                yield dg.MaterializeResult(
                    asset_key=["core", table],
                    metadata={
                        "dagster/row_count": report.row_counts.get(table, 0),
                        "rebuilt": not report.is_unchanged,
                    },
                )

    return [core_tables]
