-- Grain: one row per sales invoice of an account, with our copy of it in Salesforce, if there is one. Key: xero_key.
select
    s.tenant_id, 'Invoice' as xero_object, s.document_key as xero_key, 'Xero_Invoice__c' as sf_object,
    s.document_key as sf_key, m.sf_xero_invoice_id as sf_record_id,
    coalesce(nullif(s.document_number, ''), s.xero_document_id) as subject, r.payload::varchar as xero_record,
    m.mapped_fields::varchar as sf_fields, g.country_code, r.updated_at as xero_updated_at,
    m.updated_at as sf_updated_at, true as leads, null::varchar as closed_because
from receivables.invoice_status s
join raw_xero.invoices_current r on r.tenant_id = s.tenant_id and r.xero_invoice_id = s.xero_document_id
left join core.organisations g on g.tenant_id = s.tenant_id
left join core.xero_invoices m on m.document_key = s.document_key
where s.document_kind = 'invoice'
order by xero_key
