"""What should be written, and why: the plan.

Belongs here: decisions as rows of plan.writes and plan.exclusions, approvals and guards. Does not belong here: sending
(`pushing`), matching, what is overdue (`receivables`), HTTP, Dagster.
"""

from xero_sf_pipeline.planning.planner import PlanReport, make_plan

__all__ = ["PlanReport", "make_plan"]
