-- Grain: one row per (month, currency) of the $months months up to the page's day; months without anything are zeros.
with last_day as (select max(as_of_on) as as_of_on from seen_receivables_balances),
months as (
    select unnest(generate_series(
        date_trunc('month', as_of_on) - to_months($months::integer - 1), date_trunc('month', as_of_on), interval 1 month
    ))::date as month_on
    from last_day
),
currencies as (
    select distinct m.currency_code
    from seen_reporting_booked_billed_paid_months m
    semi join months using (month_on)
)
select m.month_on, coalesce(c.currency_code, 'unknown') as currency_code, coalesce(t.amount_booked, 0) as amount_booked,
    coalesce(t.amount_billed_net, 0) as amount_billed_net, coalesce(t.amount_billed, 0) as amount_billed,
    coalesce(t.amount_paid, 0) as amount_paid, coalesce(t.amount_credited, 0) as amount_credited,
    coalesce(t.deal_count, 0) as deal_count, coalesce(t.invoice_count, 0) as invoice_count
from months m
cross join currencies c
left join seen_reporting_booked_billed_paid_months t
    on t.month_on = m.month_on and t.currency_code is not distinct from c.currency_code
order by 2, m.month_on
