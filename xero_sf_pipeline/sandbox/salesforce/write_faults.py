"""Faults that hit single rows of a write.

Effects and their arguments (see `sandbox.faults`):
- `lock_rows {"rows": [0, 3]}` or `{"every": 5}` or `{"count": 2}`, nothing for all: UNABLE_TO_LOCK_ROW
- `row_error {"code", "message", "fields": [...], "rows"/"every"/"count"}`: any other row error
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xero_sf_pipeline.sandbox.faults import FaultPlan
from xero_sf_pipeline.sandbox.salesforce.errors import RowRefused
from xero_sf_pipeline.sandbox.salesforce.row_input import ParsedRow
from xero_sf_pipeline.sandbox.salesforce.writes import Sabotage


def sabotage_of(faults: FaultPlan, method: str, path: str) -> Sabotage | None:
    """Take the row faults that are due for a request; None when there are none."""
    lock = faults.take("salesforce", method, path, "lock_rows")
    error = faults.take("salesforce", method, path, "row_error")
    if lock is None and error is None:
        return None

    def sabotage(position: int, row: ParsedRow) -> RowRefused | None:
        if lock is not None and _is_hit(lock.argument, position):
            parent = next((v for n, v in row.values.items() if n == "AccountId"), None) or row.id or "unknown"
            message = f"unable to obtain exclusive access to this record or 1 records: {parent}"
            return RowRefused("UNABLE_TO_LOCK_ROW", message)
        if error is not None and _is_hit(error.argument, position):
            argument = error.argument
            return RowRefused(
                str(argument["code"]), str(argument.get("message", "")), tuple(argument.get("fields", ()))
            )
        return None

    return sabotage


def _is_hit(argument: Mapping[str, Any], position: int) -> bool:
    if "rows" in argument:
        return position in argument["rows"]
    if "every" in argument:
        return position % int(argument["every"]) == 0
    if "count" in argument:
        return position < int(argument["count"])
    return True
