-- Grain: one row per tax rate. Key: tax_type.
select
    j.TaxType as tax_type,
    j.Name as tax_name,
    j.Status as tax_status,
    try_cast(j.EffectiveRate as decimal(18, 4)) as effective_rate,
    null::timestamptz as updated_at,
    coalesce(j.Status = 'DELETED', false) as is_deleted,
    payload
from (
    select
        json as payload,
        json_transform(json, '{
            "TaxType": "VARCHAR", "Name": "VARCHAR", "Status": "VARCHAR", "EffectiveRate": "VARCHAR"
        }') as j
    from read_json_objects($files, format = 'array', maximum_object_size = $largest_object_bytes)
)
