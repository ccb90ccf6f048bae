-- Grain: one row per currency. What customers owe, by days since the due date.
select currency_code, sum(amount_current) as amount_current, sum(amount_1_30) as amount_1_30,
    sum(amount_31_60) as amount_31_60, sum(amount_61_90) as amount_61_90, sum(amount_over_90) as amount_over_90,
    sum(amount_due) as amount_due, sum(amount_due) - sum(amount_current) as amount_overdue,
    sum(invoice_count)::bigint as invoice_count, count(*) as customer_count
from newest_ageing
group by currency_code
order by amount_due desc, currency_code
