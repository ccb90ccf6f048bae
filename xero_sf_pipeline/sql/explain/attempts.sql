-- Grain: one row per step of a write to one of the keys, the newest first.
select write_id, kind, state, target_system, target_object, target_key, attempted_at, actor, run_id, http_status, error_class,
    error_code, message, remote_id, payload::varchar as payload, attempt_number
from seen_ledger_attempts
where list_contains($keys::varchar[], target_key) or list_contains($keys::varchar[], remote_id)
    or list_contains($keys::varchar[], write_id)
order by attempt_number desc
limit 40
