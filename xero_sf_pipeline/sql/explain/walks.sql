-- Grain: one row per walk that brought one of the given runs' rows of an entity.
select source, entity, mode, started_at, finished_at, distinct_row_count, amount_read, amount_stored, run_id
from seen_ops_extracts
where entity = $entity and run_id in (select unnest($runs::varchar[])) and ($tenant_id is null or tenant_id = $tenant_id)
order by finished_at desc
limit 10
