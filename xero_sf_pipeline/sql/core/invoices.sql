-- Grain: one row per Xero sales invoice or bill, voided and deleted ones included. Key: invoice_key.
-- Amounts are in currency_code. xero_url is Xero's deep link (short code of the organisation).
create or replace table core.invoices as
select
    i.tenant_id || ':' || i.xero_invoice_id as invoice_key,
    i.tenant_id,
    i.xero_invoice_id,
    i.tenant_id || ':' || i.xero_contact_id as contact_key,
    i.invoice_number,
    i.reference,
    i.invoice_type,
    i.invoice_status,
    i.issued_on,
    i.due_on,
    i.expected_payment_on,
    i.fully_paid_on,
    i.currency_code,
    i.currency_rate,
    i.line_amount_types,
    i.amount_subtotal,
    i.amount_tax,
    i.amount_total,
    i.amount_due,
    i.amount_paid,
    i.amount_credited,
    i.is_deleted,
    i.updated_at,
    case when o.short_code is not null then
        'https://go.xero.com/app/' || o.short_code || '/invoicing/view/' || i.xero_invoice_id
    end as xero_url
from raw_xero.invoices_current i
left join raw_xero.organisation_current o on o.tenant_id = i.tenant_id;
