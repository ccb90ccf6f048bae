-- Grain: one row, the newest plan; no row when nothing was ever planned. Key: plan_id.
select plan_id, planned_at, coalesce(is_held, false) as is_held, held_reason
from plan.runs
order by planned_at desc, plan_id desc
limit 1
