-- Grain: one row per write of the plan $plan_id with its newest attempt (nulls when it was never tried). Key: write_id.
-- `transient_push_count`: pushes in which it failed for a passing reason, since a person last asked for a retry.
-- `first_attempted_at`: since when it may be at the target.
-- `has_confirmed_twin`: another write on the same external key was confirmed, so a create must look first.
with planned as (
    select * from plan.writes where plan_id = $plan_id
),

newest as (
    select *
    from ledger.attempts
    where write_id in (select write_id from planned)
    qualify row_number() over (partition by write_id order by attempt_number desc) = 1
),

asked_again as (
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

first_attempts as (
    select write_id, min(attempted_at) as first_attempted_at
    from ledger.attempts
    where write_id in (select write_id from planned) and state in ('intent', 'sent', 'unknown')
    group by write_id
),

confirmed_keys as (
    select distinct attempts.target_system, attempts.target_object, attempts.target_key_field, attempts.target_key, attempts.write_id
    from ledger.attempts as attempts
    semi join planned using (target_system, target_object, target_key_field, target_key)
    where attempts.state = 'confirmed'
)

select
    planned.write_id,
    planned.kind,
    planned.target_system,
    planned.target_object,
    planned.action,
    planned.target_key_field,
    planned.target_key,
    planned.target_id,
    cast(planned.payload as varchar) as payload,
    cast(planned.before as varchar) as before,
    planned.amount,
    planned.currency_code,
    planned.explanation,
    planned.depends_on,
    planned.approval,
    planned.planned_at,
    newest.state,
    newest.error_code,
    newest.error_class,
    newest.http_status,
    newest.message,
    newest.attempted_at,
    first_attempts.first_attempted_at,
    coalesce(transient_pushes.push_count, 0) as transient_push_count,
    exists (
        select 1
        from confirmed_keys
        where confirmed_keys.target_system = planned.target_system
            and confirmed_keys.target_object = planned.target_object
            and confirmed_keys.target_key_field = planned.target_key_field
            and confirmed_keys.target_key = planned.target_key
            and confirmed_keys.write_id <> planned.write_id
    ) as has_confirmed_twin
from planned
left join newest using (write_id)
left join first_attempts using (write_id)
left join transient_pushes using (write_id)
order by planned.target_object, planned.target_key, planned.write_id
