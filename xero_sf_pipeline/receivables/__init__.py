"""What customers owe, per as-of day: overdue invoices, ageing, payment deltas, balances.

Belongs here: choosing the day of each organisation and running `sql/receivables`. Does not belong here: what is done
about it (planning), HTTP, Dagster.
"""

from xero_sf_pipeline.receivables.derive import DeriveReport, derive

__all__ = ["DeriveReport", "derive"]
