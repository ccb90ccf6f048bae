-- Grain: one row per (contact_key, field): the comparisons that arrived, with each side's time of change.
-- A side changed when its value is not the one that was seen last; the time is the source's own of that record.
insert into parties.field_values by name
select
    v.contact_key, v.tenant_id, v.sf_account_id, v.field, v.xero_value, v.sf_value, v.xero_text, v.sf_text,
    v.sf_object, v.sf_record_id, v.to_salesforce::json as to_salesforce, v.salesforce_before::json as salesforce_before,
    v.to_salesforce_problem, v.to_xero::json as to_xero, v.xero_before::json as xero_before, v.to_xero_problem,
    case when s.contact_key is null then null when s.xero_value is not distinct from v.xero_value
        then s.xero_changed_at else v.xero_updated_at end as xero_changed_at,
    case when s.contact_key is null then null when s.sf_value is not distinct from v.sf_value
        then s.sf_changed_at else v.sf_updated_at end as sf_changed_at,
    v.xero_updated_at, v.sf_updated_at
from arriving_values v
left join parties.seen_values s
    on s.contact_key = v.contact_key and s.field = v.field and s.sf_account_id = v.sf_account_id
