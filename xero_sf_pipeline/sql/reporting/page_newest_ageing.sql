-- Grain: one row per (tenant_id, contact_key, currency_code) of each organisation's newest derived day.
create or replace temp table newest_ageing as
with newest as (select tenant_id, max(as_of_on) as as_of_on from seen_receivables_balances group by tenant_id)
select a.* from seen_receivables_ageing a join newest n on n.tenant_id = a.tenant_id and n.as_of_on = a.as_of_on
