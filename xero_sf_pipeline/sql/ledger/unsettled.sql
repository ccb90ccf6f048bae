-- Grain: one row per write whose outcome is open: a push ended, or no answer came, before it was settled. Key: write_id.
-- `first_attempted_at`: since when it may be at the target. `before`, `action` and `target_id` come from the newest plan when it still holds the write.
with open_writes as (
    select * from ledger.current where state in ('intent', 'sent', 'unknown')
),

first_attempts as (
    select write_id, min(attempted_at) as first_attempted_at
    from ledger.attempts
    where write_id in (select write_id from open_writes) and state in ('intent', 'sent', 'unknown')
    group by write_id
)

select
    open_writes.write_id,
    open_writes.kind,
    open_writes.state,
    open_writes.target_system,
    open_writes.target_object,
    open_writes.target_key_field,
    open_writes.target_key,
    open_writes.remote_id,
    open_writes.batch_id,
    open_writes.attempted_at,
    first_attempts.first_attempted_at,
    cast(open_writes.payload as varchar) as payload,
    plan.writes.write_id is not null as is_planned,
    plan.writes.action,
    plan.writes.target_id,
    cast(plan.writes.before as varchar) as before
from open_writes
inner join first_attempts using (write_id)
left join plan.writes on plan.writes.write_id = open_writes.write_id
order by open_writes.target_object, open_writes.target_key, open_writes.write_id
