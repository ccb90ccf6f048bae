"""The only code that opens DuckDB files: transactions, schema, typed load, history, published snapshots.

Does not belong here: HTTP, business rules, Dagster.
"""

from xero_sf_pipeline.warehouse.connection import Warehouse

__all__ = ["Warehouse"]
