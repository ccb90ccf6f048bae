-- Grain: one row, the newest plan.
select plan_id, planned_at, as_of_at, policy_hash, write_count, is_held, held_reason
from plan.runs order by planned_at desc limit 1
