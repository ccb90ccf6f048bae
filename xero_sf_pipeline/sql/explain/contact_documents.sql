-- Grain: one row per open sales invoice of the contact.
select i.invoice_key, i.invoice_number, i.currency_code, i.amount_due, i.due_on, r.known_from, r.run_id
from seen_core_invoices i
left join seen_raw_xero_invoices r on r.tenant_id || ':' || r.xero_invoice_id = i.invoice_key and r.known_to is null
where i.contact_key = $key and i.invoice_type = 'ACCREC' and i.invoice_status in ('AUTHORISED', 'PAID')
    and not i.is_deleted and i.amount_due <> 0
order by i.currency_code, i.due_on, i.invoice_number
