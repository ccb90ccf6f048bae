-- Grain: one row per (xero_key, field): the comparisons that arrived, with each side's time of change.
-- A side changed when its value is not the one that was seen last; the time is the source's own of that record.
insert into mapping.field_values by name
select
    v.* replace (
        v.to_salesforce::json as to_salesforce, v.salesforce_before::json as salesforce_before,
        v.to_xero::json as to_xero, v.xero_before::json as xero_before
    ),
    case when s.xero_key is null then null when s.xero_value is not distinct from v.xero_value
        then s.xero_changed_at else v.xero_updated_at end as xero_changed_at,
    case when s.xero_key is null then null when s.sf_value is not distinct from v.sf_value
        then s.sf_changed_at else v.sf_updated_at end as sf_changed_at
from arriving_values v
left join mapping.seen_values s
    on s.xero_key = v.xero_key and s.field = v.field and s.sf_key = v.sf_key
