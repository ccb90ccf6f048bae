"""One record on its way into the org, as the rules of its object see it.

Belongs here: that view and nothing else. Does not belong here: rules (`object_rules`, `sales_rules`, `org_rules`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xero_sf_pipeline.sandbox.salesforce.storage import Storage

Row = dict[str, Any]


@dataclass(frozen=True)
class Saving:
    """One record on its way into the org. `before` is None on insert; `given` names the fields that the caller set.

    `identity` is the record's id, empty while a seed is loaded.
    """

    storage: Storage
    row: Row
    before: Row | None
    given: frozenset[str]
    stamp: str
    identity: str = ""

    @property
    def is_insert(self) -> bool:
        return self.before is None
