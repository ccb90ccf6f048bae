-- Grain: one row per write that did not go through and that no later write on its record made obsolete, newest first.
with newest as (
    from seen_ledger_attempts
    qualify row_number() over (partition by write_id order by attempt_number desc) = 1
),
confirmed as (
    select target_system, target_object, target_key, max(attempt_number) as attempt_number
    from seen_ledger_attempts
    where state = 'confirmed'
    group by all
)
select n.write_id, n.kind, n.target_object, n.target_key, n.state, n.error_class, n.error_code, n.message, n.attempted_at
from newest n
left join confirmed c
    on c.target_system = n.target_system and c.target_object = n.target_object
    and c.target_key is not distinct from n.target_key
where n.state in ('rejected', 'unknown', 'sent', 'intent') and coalesce(c.attempt_number, -1) < n.attempt_number
order by n.attempted_at desc, n.write_id
