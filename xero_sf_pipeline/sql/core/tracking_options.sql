-- Grain: one row per option of a tracking category, archived ones included. Key: (tenant_id, xero_tracking_option_id).
-- A category without options has no row: nothing could be tracked by it.
create or replace table core.tracking_options as
with options as (
    select tenant_id, xero_tracking_category_id, category_name, category_status, unnest(options) as option
    from raw_xero.tracking_categories_current
    where not is_deleted
)
select
    tenant_id,
    xero_tracking_category_id,
    category_name,
    category_status,
    option.xero_tracking_option_id,
    option.option_name,
    option.option_status
from options;
