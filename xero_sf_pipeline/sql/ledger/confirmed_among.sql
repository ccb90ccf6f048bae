-- Grain: one row per write of $write_ids that the target confirmed. Key: write_id.
select write_id, remote_id
from ledger.current
where state = 'confirmed' and write_id in (select unnest($write_ids))
