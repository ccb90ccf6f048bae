-- Grain: one row per write that did not go through, or that went through with a warning (confirmed with an error class),
-- and that no later write on the same record made obsolete.
-- Key: write_id. `transient_push_count` as in planned_writes.sql. $write_id null = all of them.
with asked_again as (
    select write_id, max(attempt_number) as attempt_number
    from ledger.attempts
    where state = 'retry_requested'
    group by write_id
),

transient_pushes as (
    select attempts.write_id, count(distinct attempts.run_id) as push_count
    from ledger.attempts as attempts
    left join asked_again using (write_id)
    where attempts.state = 'rejected'
        and attempts.error_class = 'transient'
        and attempts.attempt_number > coalesce(asked_again.attempt_number, -1)
    group by attempts.write_id
),

attempt_counts as (
    select
        write_id,
        count(*) filter (where state = 'intent') as attempt_count,
        min(attempted_at) as first_attempted_at
    from ledger.attempts
    group by write_id
),

confirmed as (
    select kind, target_system, target_object, target_key_field, target_key, max(attempt_number) as attempt_number
    from ledger.attempts
    where state = 'confirmed'
    group by kind, target_system, target_object, target_key_field, target_key
)

select
    failed.write_id,
    failed.kind,
    failed.state,
    failed.target_system,
    failed.target_object,
    failed.target_key_field,
    failed.target_key,
    failed.remote_id,
    failed.error_class,
    failed.error_code,
    failed.http_status,
    failed.message,
    attempt_counts.attempt_count,
    attempt_counts.first_attempted_at,
    failed.attempted_at as last_attempted_at,
    coalesce(transient_pushes.push_count, 0) as transient_push_count,
    plan.writes.write_id is not null as is_planned,
    plan.writes.explanation,
    plan.writes.amount,
    plan.writes.currency_code
from ledger.current as failed
inner join attempt_counts using (write_id)
left join transient_pushes using (write_id)
left join plan.writes on plan.writes.write_id = failed.write_id
left join confirmed
    on confirmed.kind = failed.kind
    and confirmed.target_system = failed.target_system
    and confirmed.target_object = failed.target_object
    and confirmed.target_key_field is not distinct from failed.target_key_field
    and confirmed.target_key is not distinct from failed.target_key
where (
    (
        failed.state in ('rejected', 'unknown', 'intent', 'sent')
        and coalesce(confirmed.attempt_number, -1) < failed.attempt_number
    )
    or (failed.state = 'confirmed' and failed.error_class is not null and confirmed.attempt_number = failed.attempt_number)
)
    and ($write_id is null or failed.write_id = $write_id)
order by failed.attempted_at desc, failed.write_id
