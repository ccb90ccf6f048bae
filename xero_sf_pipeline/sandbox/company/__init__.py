"""A believable company, the same for the same seed: what the sandbox serves, and the truth about who is who.

`generate(spec)` gives one or more Xero organisations (a seller of office furniture and its British, New Zealand,
Australian and American companies) and one Salesforce org whose accounts are the same customers, written by other
people. Every total ties to the cent with Xero's own arithmetic. Large companies stay cheap because records are built
when they are read (`Rows`); millions of invoices straight into a warehouse are the business of `scale`.

From party to record: `parties` invents companies, `pairing` decides who is known to which system and how differently,
`invoicing` and `settling` write the ledger, the `*_shapes` modules give each record its API shape.
"""

from xero_sf_pipeline.sandbox.company.generation import generate
from xero_sf_pipeline.sandbox.company.spec import (
    Company,
    CompanySpec,
    MatchTruth,
    Rows,
    SalesforceSeed,
    Variety,
    XeroSeed,
)

__all__ = ["Company", "CompanySpec", "MatchTruth", "Rows", "SalesforceSeed", "Variety", "XeroSeed", "generate"]
