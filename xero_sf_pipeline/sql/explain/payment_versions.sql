-- Grain: one row per version of the payment that was read, the newest first.
select payment_status as status, amount_paid, paid_on, updated_at, known_from, known_to, is_deleted, run_id
from seen_raw_xero_payments
where tenant_id || ':' || xero_payment_id = $key
order by known_from desc
limit 20
