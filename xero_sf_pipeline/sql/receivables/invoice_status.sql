-- Grain: one row per sales invoice and customer credit note, as of today. Key: document_key (invoice_key or credit_key).
-- days_late: days from the due date to the last cash payment, of invoices that are settled and were paid at least
-- partly in cash; negative when paid early. A payment that was deleted, a refund and a credit are no payment of an invoice.
insert into receivables.invoice_status by name
select *
from status_documents
where document_kind in ('invoice', 'credit_note')
