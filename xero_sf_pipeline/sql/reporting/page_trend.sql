-- Grain: one row per (as_of_on, currency). Overdue by ageing bucket, from the daily partitions of the last $trend_days
-- days. Days that were not derived have no row; a derived day without overdue invoices is one of zeros.
with last_day as (select max(as_of_on) as as_of_on from seen_receivables_balances),
days as (
    select distinct b.as_of_on, b.currency_code
    from seen_receivables_balances b, last_day l
    where b.as_of_on > l.as_of_on - $trend_days::integer
),
overdue as (
    select as_of_on, currency_code, ageing_bucket, sum(amount_due) as amount_due
    from seen_receivables_overdue_invoices
    group by all
)
select d.as_of_on, d.currency_code,
    coalesce(sum(o.amount_due) filter (ageing_bucket = '1_30'), 0) as amount_1_30,
    coalesce(sum(o.amount_due) filter (ageing_bucket = '31_60'), 0) as amount_31_60,
    coalesce(sum(o.amount_due) filter (ageing_bucket = '61_90'), 0) as amount_61_90,
    coalesce(sum(o.amount_due) filter (ageing_bucket = 'over_90'), 0) as amount_over_90,
    coalesce(sum(o.amount_due), 0) as amount_overdue
from days d
left join overdue o on o.as_of_on = d.as_of_on and o.currency_code = d.currency_code
group by all
order by all
