-- Grain: one row per version of the invoice that was read, the newest first.
select invoice_status as status, amount_total, amount_due, amount_paid, amount_credited, updated_at, known_from, known_to,
    is_deleted, run_id
from seen_raw_xero_invoices
where tenant_id || ':' || xero_invoice_id = $key
order by known_from desc
limit 20
