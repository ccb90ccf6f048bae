-- Grain of an offender: one per row that names a record which is not mirrored.
select 'core.invoices' as table_name, i.invoice_key as record_key, 'contact ' || i.contact_key as missing
from core.invoices i anti join core.contacts c on c.contact_key = i.contact_key
where not i.is_deleted
union all
select 'core.invoice_lines', l.invoice_key || ' line ' || l.line_number, 'invoice ' || l.invoice_key
from core.invoice_lines l anti join core.invoices i on i.invoice_key = l.invoice_key
union all
select 'core.payments', p.payment_key, p.document_kind || ' ' || p.document_key
from core.payments p
anti join (select invoice_key as document_key from core.invoices union all select credit_key from core.credits) d
    on d.document_key = p.document_key
where not p.is_deleted
union all
select 'core.credits', k.credit_key, 'contact ' || k.contact_key
from core.credits k anti join core.contacts c on c.contact_key = k.contact_key
where not k.is_deleted
union all
select 'core.credit_applications', a.application_key, 'invoice ' || a.invoice_key
from core.credit_applications a anti join core.invoices i on i.invoice_key = a.invoice_key
where not a.is_deleted
union all
select 'core.quotes', q.quote_key, 'contact ' || q.contact_key
from core.quotes q anti join core.contacts c on c.contact_key = q.contact_key
where not q.is_deleted
union all
select 'core.quote_lines', l.quote_key || ' line ' || l.line_number, 'quote ' || l.quote_key
from core.quote_lines l anti join core.quotes q on q.quote_key = l.quote_key
union all
select 'core.opportunity_lines', l.sf_opportunity_line_id, 'opportunity ' || l.sf_opportunity_id
from core.opportunity_lines l anti join core.opportunities o on o.sf_opportunity_id = l.sf_opportunity_id
union all
select 'core.prices', p.sf_pricebook_entry_id, 'product ' || p.sf_product_id
from core.prices p anti join core.products d on d.sf_product_id = p.sf_product_id
union all
select 'core.tasks', t.sf_task_id, 'account ' || t.sf_account_id
from core.tasks t anti join core.accounts a on a.sf_account_id = t.sf_account_id
where t.sf_account_id is not null and not t.is_deleted
union all
select 'core.xero_invoices', x.sf_xero_invoice_id, 'account ' || x.sf_account_id
from core.xero_invoices x anti join core.accounts a on a.sf_account_id = x.sf_account_id
where x.sf_account_id is not null
