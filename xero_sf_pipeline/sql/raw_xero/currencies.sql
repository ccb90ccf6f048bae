-- Grain: one row per currency that was added to the organisation. Key: currency_code.
select
    j.Code as currency_code,
    nullif(j.Description, '') as currency_name,
    null::timestamptz as updated_at,
    false as is_deleted,
    payload
from (
    select json as payload, json_transform(json, '{"Code": "VARCHAR", "Description": "VARCHAR"}') as j
    from read_json_objects($files, format = 'array', maximum_object_size = $largest_object_bytes)
)
