"""What should be billed for won deals: which invoices belong to which deal, and which a deal should have.

Belongs here: instalments, lines, codes, tax and due dates as pure functions, and their two SQL statements. Does not
belong here: what is sent (`planning/billing.py`), HTTP, Dagster.
"""

from xero_sf_pipeline.billing.derive import BillingReport, derive, inputs_of

__all__ = ["BillingReport", "derive", "inputs_of"]
