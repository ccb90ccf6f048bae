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
