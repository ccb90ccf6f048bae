-- Grain: one row per (currency, reason): won deals that are not billed in full, or not as booked.
select currency_code, reason, count(*) as deal_count, sum(amount_booked) as amount_booked,
    sum(amount_drafted) as amount_drafted, sum(amount_difference) as amount_difference,
    min(booked_on) as oldest_booked_on
from seen_reporting_booked_billed_paid
where row_kind = 'deal' and reason not in ('billed', 'nothing_to_bill')
group by all
order by currency_code, amount_difference desc, reason
