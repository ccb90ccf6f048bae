"""What customers owe, per as-of day: overdue invoices, ageing, payment deltas, balances. And what is true today of
documents, accounts and alerts.

Belongs here: choosing the day of each organisation and running `sql/receivables`. Does not belong here: what is done
about it (planning), HTTP, Dagster.
"""

from xero_sf_pipeline.receivables.derive import DeriveReport, derive, derive_today

__all__ = ["DeriveReport", "derive", "derive_today"]
