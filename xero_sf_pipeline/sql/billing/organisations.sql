-- Grain: one row per organisation, with the payment terms that its sales have by default. Key: tenant_id.
select
    o.tenant_id, o.organisation_name, o.base_currency_code, o.period_lock_on, o.end_of_year_lock_on, o.time_zone,
    try_cast(r.payload ->> '$.PaymentTerms.Sales.Day' as integer) as sales_due_day,
    nullif(r.payload ->> '$.PaymentTerms.Sales.Type', '') as sales_due_type
from core.organisations o
left join raw_xero.organisation_current r on r.tenant_id = o.tenant_id
order by o.tenant_id
