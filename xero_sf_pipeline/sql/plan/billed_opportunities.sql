-- Grain: one row per opportunity whose fields do not show its invoice. Key: sf_opportunity_id.
-- The first instalment's invoice that lives, of its revisions the first; only when none lives the newest of them.
create or replace temp table billed_opportunities as
with shown as (
    select
        k.sf_opportunity_id, k.tenant_id, i.invoice_key, i.xero_invoice_id, left(i.invoice_number, 255) as invoice_number,
        i.xero_url, i.amount_total, i.currency_code,
        case
            when i.is_deleted or i.invoice_status = 'DELETED' then 'Deleted'
            when i.invoice_status = 'VOIDED' then 'Voided'
            when i.invoice_status = 'DRAFT' then 'Draft'
            when i.invoice_status = 'SUBMITTED' then 'Awaiting approval'
            when i.invoice_status = 'PAID' then 'Paid'
            when i.amount_due < i.amount_total then 'Part paid'
            else 'Awaiting payment'
        end as invoice_status
    from billing.invoice_links k
    join core.invoices i on i.invoice_key = k.invoice_key
    qualify row_number() over (
        partition by k.sf_opportunity_id
        order by i.is_deleted or i.invoice_status in ('VOIDED', 'DELETED'), k.period_number, k.revision, i.invoice_key
    ) = 1
)
select
    s.sf_opportunity_id, s.tenant_id, s.invoice_key, o.opportunity_name, epoch_us(o.updated_at) as target_updated_us,
    {'Xero_Invoice_ID__c': s.xero_invoice_id, 'Xero_Invoice_Number__c': nullif(s.invoice_number, ''),
        'Xero_Invoice_Status__c': s.invoice_status, 'Xero_Link__c': s.xero_url} as wanted,
    {'Xero_Invoice_ID__c': nullif(o.xero_invoice_id, ''), 'Xero_Invoice_Number__c': nullif(o.xero_invoice_number, ''),
        'Xero_Invoice_Status__c': nullif(o.xero_invoice_status, ''), 'Xero_Link__c': nullif(o.xero_url, '')} as present
from shown s
join core.opportunities o on o.sf_opportunity_id = s.sf_opportunity_id
where (s.xero_invoice_id, nullif(s.invoice_number, ''), s.invoice_status, s.xero_url) is distinct from
    (nullif(o.xero_invoice_id, ''), nullif(o.xero_invoice_number, ''), nullif(o.xero_invoice_status, ''), nullif(o.xero_url, ''))
order by s.sf_opportunity_id
