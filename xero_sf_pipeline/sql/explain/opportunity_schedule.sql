-- Grain: one row per invoice that the deal should have.
select period_number, revision, our_reference, bill_on, due_on, amount_share, currency_code, rule, hold_reason, explanation
from seen_billing_schedule
where sf_opportunity_id = $key
order by period_number, revision
