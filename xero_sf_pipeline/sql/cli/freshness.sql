-- Grain: one row per mirrored entity: how fresh it is and what its last walk did.
select
    e.source, e.entity, o.organisation_name as organisation, e.mode, e.finished_at, c.watermark_at,
    e.distinct_row_count as rows_read, e.new_version_count as new_versions, e.quarantined_count as quarantined
from ops.extracts e
left join ops.cursors c on c.source = e.source and c.tenant_id = e.tenant_id and c.entity = e.entity
left join core.organisations o on o.tenant_id = e.tenant_id
qualify row_number() over (partition by e.source, e.tenant_id, e.entity order by e.finished_at desc) = 1
order by e.source desc, organisation, e.entity
