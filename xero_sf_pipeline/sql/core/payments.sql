-- Grain: one row per payment, deleted ones included. Key: payment_key. amount_paid is in the document's currency.
create or replace table core.payments as
select
    p.tenant_id || ':' || p.xero_payment_id as payment_key,
    p.tenant_id,
    p.xero_payment_id,
    p.payment_type,
    p.payment_status,
    p.document_kind,
    p.tenant_id || ':' || p.xero_document_id as document_key,
    p.paid_on,
    p.amount_paid,
    coalesce(p.currency_code, i.currency_code, c.currency_code, v.currency_code, r.currency_code) as currency_code,
    p.currency_rate,
    p.is_deleted,
    p.updated_at
from raw_xero.payments_current p
left join raw_xero.invoices_current i
    on p.document_kind = 'invoice' and i.tenant_id = p.tenant_id and i.xero_invoice_id = p.xero_document_id
left join raw_xero.credit_notes_current c
    on p.document_kind = 'credit_note' and c.tenant_id = p.tenant_id and c.xero_credit_note_id = p.xero_document_id
left join raw_xero.overpayments_current v
    on p.document_kind = 'overpayment' and v.tenant_id = p.tenant_id and v.xero_overpayment_id = p.xero_document_id
left join raw_xero.prepayments_current r
    on p.document_kind = 'prepayment' and r.tenant_id = p.tenant_id and r.xero_prepayment_id = p.xero_document_id;
