-- Grain: one row per sales invoice, or credit note to a customer (`$document_kind`), with our copy of it in Salesforce, if
-- there is one. Key: xero_key.
with documents as (
    select tenant_id, xero_invoice_id as xero_document_id, payload, updated_at
    from raw_xero.invoices_current
    where $document_kind = 'invoice'
    union all
    select tenant_id, xero_credit_note_id, payload, updated_at
    from raw_xero.credit_notes_current
    where $document_kind = 'credit_note'
)
select
    s.tenant_id, if($document_kind = 'invoice', 'Invoice', 'CreditNote') as xero_object, s.document_key as xero_key,
    'Xero_Invoice__c' as sf_object, s.document_key as sf_key, m.sf_xero_invoice_id as sf_record_id,
    coalesce(nullif(s.document_number, ''), s.xero_document_id) as subject, d.payload::varchar as xero_record,
    m.mapped_fields::varchar as sf_fields, g.country_code, d.updated_at as xero_updated_at,
    m.updated_at as sf_updated_at, true as leads, null::varchar as closed_because
from receivables.invoice_status s
join documents d on d.tenant_id = s.tenant_id and d.xero_document_id = s.xero_document_id
left join core.organisations g on g.tenant_id = s.tenant_id
left join core.xero_invoices m on m.document_key = s.document_key
where s.document_kind = $document_kind
order by xero_key
