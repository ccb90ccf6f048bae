-- Grain: one row per quote without an opportunity. Key: the first column.
select q.quote_key, r.payload::varchar, null::varchar, g.country_code
from core.quotes q
join raw_xero.quotes_current r on r.tenant_id = q.tenant_id and r.xero_quote_id = q.xero_quote_id
left join core.organisations g on g.tenant_id = q.tenant_id
anti join core.opportunities o on lower(o.xero_quote_id) = lower(q.quote_key)
where not q.is_deleted
