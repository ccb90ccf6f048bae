-- Grain: one row per mirrored entity: its newest walk.
select e.source, o.organisation_name, e.entity, e.mode, e.finished_at, e.distinct_row_count, e.new_version_count,
    e.quarantined_count, e.call_count, e.byte_count
from seen_ops_extracts e
left join seen_core_organisations o on o.tenant_id = e.tenant_id
qualify row_number() over (partition by e.source, e.tenant_id, e.entity order by e.finished_at desc, e.extract_id) = 1
order by e.source desc, o.organisation_name, e.entity
