-- Grain: one row per use of the credit: applied to an invoice, or refunded.
select 'applied to ' || coalesce(i.invoice_number, a.invoice_key) as use, a.applied_on as used_on, a.amount_applied as amount,
    a.invoice_key as record_key, 'core.credit_applications' as source_table
from seen_core_credit_applications a
left join seen_core_invoices i on i.invoice_key = a.invoice_key
where a.credit_key = $key and not a.is_deleted
union all
select 'refunded', paid_on, amount_paid, payment_key, 'core.payments'
from seen_core_payments
where document_key = $key and not is_deleted and payment_status = 'AUTHORISED'
order by all
