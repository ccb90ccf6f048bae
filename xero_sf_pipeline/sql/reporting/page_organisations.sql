-- Grain: one row per Xero organisation, with its newest derived day.
select o.organisation_name, o.base_currency_code, o.country_code, o.time_zone, max(b.as_of_on) as as_of_on
from seen_core_organisations o
left join seen_receivables_balances b on b.tenant_id = o.tenant_id
group by all
order by all
