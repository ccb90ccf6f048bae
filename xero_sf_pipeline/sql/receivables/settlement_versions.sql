-- Grain: one row per (payment or credit, invoice, version read). Key: source_key, invoice_key, known_from.
-- What each payment, credit note, overpayment and prepayment took off an invoice, version by version as it was read.
-- A deleted or voided one takes nothing off. An allocation that vanished from a later version is a row of 0.
create or replace view receivables.settlement_versions as
with payments as (
    select
        tenant_id, tenant_id || ':' || xero_document_id as invoice_key, tenant_id || ':' || xero_payment_id as source_key,
        'payment' as source_kind,
        case when is_deleted or payment_status <> 'AUTHORISED' then 0 else amount_paid end::decimal(18, 4) as amount,
        paid_on as business_on, known_from
    from raw_xero.payments
    where document_kind = 'invoice' and payment_type = 'ACCRECPAYMENT'
),
credits as (
    select tenant_id, xero_credit_note_id as xero_credit_id, credit_type, credit_status, issued_on, allocations,
        is_deleted, known_from
    from raw_xero.credit_notes
    union all
    select tenant_id, xero_overpayment_id, credit_type, credit_status, issued_on, allocations, is_deleted, known_from
    from raw_xero.overpayments
    union all
    select tenant_id, xero_prepayment_id, credit_type, credit_status, issued_on, allocations, is_deleted, known_from
    from raw_xero.prepayments
),
customer_credits as (
    select *
    from credits
    where credit_type in ('ACCRECCREDIT', 'RECEIVE-OVERPAYMENT', 'AROVERPAYMENT', 'RECEIVE-PREPAYMENT', 'ARPREPAYMENT')
),
allocations as (
    select tenant_id, xero_credit_id, known_from, is_deleted or credit_status in ('VOIDED', 'DELETED') as is_void,
        unnest(allocations) as allocation
    from customer_credits
),
allocated as (
    select
        tenant_id, xero_credit_id, known_from, allocation.xero_invoice_id as xero_invoice_id,
        sum(if(is_void or coalesce(allocation.is_deleted, false), 0, allocation.amount_applied)) as amount,
        max(allocation.applied_on) as applied_on
    from allocations
    group by all
),
pairs as (
    select tenant_id, xero_credit_id, xero_invoice_id, max(applied_on) as applied_on
    from allocated
    group by all
)
select * from payments
union all
select
    c.tenant_id, c.tenant_id || ':' || p.xero_invoice_id, c.tenant_id || ':' || c.xero_credit_id, 'credit',
    coalesce(a.amount, 0)::decimal(18, 4), coalesce(a.applied_on, p.applied_on, c.issued_on), c.known_from
from customer_credits c
join pairs p on p.tenant_id = c.tenant_id and p.xero_credit_id = c.xero_credit_id
left join allocated a
    on a.tenant_id = c.tenant_id and a.xero_credit_id = c.xero_credit_id and a.known_from = c.known_from
    and a.xero_invoice_id = p.xero_invoice_id
