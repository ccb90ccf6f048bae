-- Grain: one row, the newest plan.
select plan_id, planned_at, write_count, is_held, held_reason
from seen_plan_runs
order by planned_at desc, plan_id desc
limit 1
