-- Grain: one row per currency: invoices that no won deal stands behind.
select currency_code, count(*) as invoice_count, sum(amount_billed_net) as amount_billed_net,
    sum(amount_billed) as amount_billed, sum(amount_paid) as amount_paid, sum(amount_due) as amount_due
from seen_reporting_booked_billed_paid
where row_kind = 'invoice'
group by all
order by amount_billed desc, currency_code
