-- Grain: one row per tracking category, options nested, archived ones included. Key: xero_tracking_category_id.
select
    j.TrackingCategoryID as xero_tracking_category_id,
    j.Name as category_name,
    j.Status as category_status,
    list_transform(coalesce(j.Options, []), lambda o: struct_pack(
        xero_tracking_option_id := o.TrackingOptionID, option_name := o.Name, option_status := o.Status
    )) as options,
    null::timestamptz as updated_at,
    coalesce(j.Status = 'DELETED', false) as is_deleted,
    payload
from (
    select
        json as payload,
        json_transform(json, '{
            "TrackingCategoryID": "VARCHAR", "Name": "VARCHAR", "Status": "VARCHAR",
            "Options": [{"TrackingOptionID": "VARCHAR", "Name": "VARCHAR", "Status": "VARCHAR"}]
        }') as j
    from read_json_objects($files, format = 'array', maximum_object_size = $largest_object_bytes)
)
