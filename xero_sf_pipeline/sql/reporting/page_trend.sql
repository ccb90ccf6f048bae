-- Grain: one row per day and currency of what was overdue that day, by how long. Key: as_of_on, currency_code.
-- Only days on which every organisation was known: their days differ (it is tomorrow in New Zealand already), and a
-- sum over some of them would look like a change. An organisation without a row of its own that day stands as it did.
with tenant_days as (select distinct tenant_id, as_of_on from seen_receivables_balances),
spans as (select tenant_id, min(as_of_on) as first_on, max(as_of_on) as last_on from tenant_days group by all),
common as (select max(first_on) as first_on, min(last_on) as last_on from spans),
days as (
    select distinct t.as_of_on
    from tenant_days t, common c
    where t.as_of_on between c.first_on and c.last_on and t.as_of_on > c.last_on - $trend_days::integer
),
taken as (
    select d.as_of_on, t.tenant_id, max(t.as_of_on) as taken_on
    from days d
    join tenant_days t on t.as_of_on <= d.as_of_on
    group by all
),
rows_of_day as (
    select distinct d.as_of_on, b.currency_code
    from days d
    cross join (select distinct currency_code from seen_receivables_balances) b
),
overdue as (
    select t.as_of_on, o.currency_code, o.ageing_bucket, sum(o.amount_due) as amount_due
    from taken t
    join seen_receivables_overdue_invoices o on o.tenant_id = t.tenant_id and o.as_of_on = t.taken_on
    group by all
)
select d.as_of_on, d.currency_code,
    coalesce(sum(o.amount_due) filter (ageing_bucket = '1_30'), 0) as amount_1_30,
    coalesce(sum(o.amount_due) filter (ageing_bucket = '31_60'), 0) as amount_31_60,
    coalesce(sum(o.amount_due) filter (ageing_bucket = '61_90'), 0) as amount_61_90,
    coalesce(sum(o.amount_due) filter (ageing_bucket = 'over_90'), 0) as amount_over_90,
    coalesce(sum(o.amount_due), 0) as amount_overdue
from rows_of_day d
left join overdue o on o.as_of_on = d.as_of_on and o.currency_code = d.currency_code
group by all
order by all
