-- Grain: one row per write of the newest plan that comes from one of the keys or goes to it.
select w.write_id, w.plan_id, w.kind, w.target_system, w.target_object, w.target_key, w.action, w.approval, w.reason,
    w.explanation, w.amount, w.currency_code, w.payload::varchar as payload, w.before::varchar as before, w.source_table,
    w.source_id, w.depends_on, w.planned_at, r.policy_hash, r.is_held, r.held_reason
from seen_plan_writes w
left join seen_plan_runs r on r.plan_id = w.plan_id
where list_contains($keys::varchar[], w.source_id) or list_contains($keys::varchar[], w.target_key)
    or list_contains($keys::varchar[], w.target_id) or list_contains($keys::varchar[], w.write_id)
order by w.kind, w.target_key, w.write_id
limit 50
