-- Grain: one row per invoice that is linked with the opportunity, with the version of its source row.
select l.invoice_key, l.period_number, l.revision, l.link_source, i.invoice_number, i.invoice_status, i.currency_code,
    i.amount_total, i.amount_subtotal, i.amount_paid, i.amount_credited, i.amount_due, i.is_deleted, r.known_from, r.run_id
from seen_billing_invoice_links l
left join seen_core_invoices i on i.invoice_key = l.invoice_key
left join seen_raw_xero_invoices r on r.tenant_id || ':' || r.xero_invoice_id = l.invoice_key and r.known_to is null
where l.sf_opportunity_id = $key
order by l.period_number, l.revision, i.invoice_number
