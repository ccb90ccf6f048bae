-- Grain: one row per quote that has an opportunity. Key: xero_key.
select
    q.tenant_id, 'Quote' as xero_object, q.quote_key as xero_key, 'Opportunity' as sf_object,
    o.sf_opportunity_id as sf_key, o.sf_opportunity_id as sf_record_id,
    'quote ' || coalesce(nullif(q.quote_number, ''), q.xero_quote_id) as subject, r.payload::varchar as xero_record,
    o.mapped_fields::varchar as sf_fields, g.country_code, q.updated_at as xero_updated_at, o.updated_at as sf_updated_at,
    true as leads, null::varchar as closed_because
from core.quotes q
join core.opportunities o on lower(o.xero_quote_id) = lower(q.quote_key)
left join core.organisations g on g.tenant_id = q.tenant_id
join raw_xero.quotes_current r on r.tenant_id = q.tenant_id and r.xero_quote_id = q.xero_quote_id
where not q.is_deleted
order by xero_key
