-- Grain: one row per currency: booked against billed against paid, and why they differ.
select currency_code, amount_booked, amount_scheduled, amount_drafted, amount_billed_net, amount_billed, amount_paid,
    amount_credited, amount_due, amount_difference, reason, explanation
from seen_reporting_booked_billed_paid
where sf_opportunity_id = $key
order by currency_code
