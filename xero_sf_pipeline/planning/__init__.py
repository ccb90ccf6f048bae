"""What should be written, and why: the plan. The entry is `planner.make_plan`.

Belongs here: decisions as rows of plan.writes and plan.exclusions, approvals and guards. Does not belong here: sending
(`pushing`), matching, what is overdue (`receivables`), HTTP, Dagster. Imports nothing by itself, because the policy
names the kinds of writes that are listed here.
"""
