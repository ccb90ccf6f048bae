-- Grain of an offender: one per record that was read and could not be typed.
select source, tenant_id, entity, record_id as record_key, problem, first_seen_at
from ops.quarantine where resolved_at is null
