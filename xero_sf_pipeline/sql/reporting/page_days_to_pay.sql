-- Grain: one row per month in which invoices were paid in full; all currencies and organisations together, by count.
select month_on, count(*) as invoice_count, quantile_disc(days_to_pay, 0.5) as days_to_pay,
    quantile_disc(days_to_pay, 0.25) as days_quarter, quantile_disc(days_to_pay, 0.75) as days_three_quarters,
    quantile_disc(days_late, 0.5) as days_late, count(*) filter (days_late <= 0) as on_time_count
from settled_invoices
group by all
order by all
