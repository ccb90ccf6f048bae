"""What a flow of the planner works with.

Belongs here: the one argument that every flow takes. Does not belong here: the order of flows (`flows.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

from xero_sf_pipeline.planning.mapped_fields import MappedFields

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import Policy


@dataclass(frozen=True)
class PlanDesk:
    """A connection inside the plan's transaction, the policy, the instant of planning (aware) and the plan's id.

    A flow reads tables and the ledger, appends to `temp.candidate_writes` (`writes.load_candidates`), to
    `temp.field_updates` (`field_updates.load_field_updates`) and to `plan.exclusions`. It never calls an API.
    """

    connection: DuckDBPyConnection
    policy: Policy
    now: datetime
    plan_id: str

    @cached_property
    def mapped(self) -> MappedFields:
        """What the policy's mappings add to the records that flows write."""
        return MappedFields(self.connection, self.policy)


Flow = Callable[[PlanDesk], None]
