-- Grain: one row per write whose outcome is open: a push ended, or no answer came, before it was settled. Key: write_id.
-- `before`, `action` and `target_id` come from the newest plan when it still holds the write.
select
    ledger.current.write_id,
    ledger.current.kind,
    ledger.current.state,
    ledger.current.target_object,
    ledger.current.target_key_field,
    ledger.current.target_key,
    ledger.current.remote_id,
    ledger.current.batch_id,
    cast(ledger.current.payload as varchar) as payload,
    plan.writes.write_id is not null as is_planned,
    plan.writes.action,
    plan.writes.target_id,
    cast(plan.writes.before as varchar) as before
from ledger.current
left join plan.writes on plan.writes.write_id = ledger.current.write_id
where ledger.current.state in ('intent', 'sent', 'unknown')
    and ledger.current.target_system = $target_system
order by ledger.current.target_object, ledger.current.target_key, ledger.current.write_id
