-- Grain: one row per currency: all won deals, what became of them, and how much is open.
select currency_code, count(*) filter (amount_booked <> 0) as deal_count, sum(amount_booked) as amount_booked,
    sum(amount_drafted) as amount_drafted, sum(amount_billed_net) as amount_billed_net,
    sum(amount_billed) as amount_billed, sum(amount_paid) as amount_paid, sum(amount_credited) as amount_credited,
    sum(amount_due) as amount_due, sum(amount_difference) as amount_difference
from seen_reporting_booked_billed_paid
where row_kind = 'deal'
group by all
order by amount_booked desc, currency_code
