-- Grain: one row per live payment or credit application on the invoice, with the version of its source row.
select 'payment' as settlement_kind, p.paid_on as settled_on, p.amount_paid as amount, p.payment_key as record_key,
    'raw_xero.payments' as source_table, r.known_from, r.run_id, null as note
from seen_core_payments p
left join seen_raw_xero_payments r
    on r.tenant_id = p.tenant_id and r.xero_payment_id = p.xero_payment_id and r.known_to is null
where p.document_key = $key and not p.is_deleted and p.payment_status = 'AUTHORISED'
union all
select 'credit', a.applied_on, a.amount_applied, a.credit_key, 'core.credit_applications', r.known_from, r.run_id,
    coalesce(c.credit_note_number, replace(c.credit_kind, '_', ' '))
from seen_core_credit_applications a
left join seen_core_credits c on c.credit_key = a.credit_key
left join seen_raw_xero_credit_notes r
    on r.tenant_id = c.tenant_id and r.xero_credit_note_id = c.xero_credit_id and r.known_to is null
where a.invoice_key = $key and not a.is_deleted
order by all
