-- Grain: one row per attempt of the write $write_id, oldest first. Key: attempt_number.
select
    attempt_number,
    attempt_id,
    write_id,
    state,
    kind,
    target_system,
    target_object,
    target_key_field,
    target_key,
    cast(payload as varchar) as payload,
    batch_id,
    http_status,
    error_code,
    error_class,
    message,
    remote_id,
    run_id,
    attempted_at,
    actor
from ledger.attempts
where write_id = $write_id
order by attempt_number
