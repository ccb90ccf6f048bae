-- Grain: one row per sales invoice and per customer's credit (credit note, overpayment, prepayment). Key: document_key.
-- Paid is cash and credited is credit, never mixed: amount_paid is what payments settled (of a credit: what was
-- refunded), amount_credited what credits settled (of a credit: what was applied to invoices). The last payment is the
-- last one in cash, all of its day together. is_claim: authorised or paid, so money is or was owed.
-- exchange_rate: units of currency_code for one unit of the Salesforce currency, of the document's own date.
create or replace temp table status_documents as
with payments_by_day as (
    select document_key, paid_on, sum(amount_paid) as amount_paid
    from core.payments
    where not is_deleted and payment_status = 'AUTHORISED'
        and payment_type in ('ACCRECPAYMENT', 'ARCREDITPAYMENT', 'AROVERPAYMENTPAYMENT', 'ARPREPAYMENTPAYMENT')
    group by document_key, paid_on
),
cash as (
    select document_key, max(paid_on) as last_payment_on,
        arg_max(amount_paid, paid_on)::decimal(18, 4) as amount_last_payment,
        sum(amount_paid)::decimal(18, 4) as amount_paid
    from payments_by_day
    group by document_key
),
applied as (
    select credit_key, sum(amount_applied)::decimal(18, 4) as amount_applied
    from core.credit_applications
    where not is_deleted
    group by credit_key
),
documents as (
    select
        i.invoice_key as document_key, 'invoice' as document_kind, i.tenant_id, i.xero_invoice_id as xero_document_id,
        i.contact_key, i.invoice_number as document_number, 'Invoice' as document_type,
        if(i.is_deleted, 'DELETED', i.invoice_status) as xero_status, i.reference, i.issued_on, i.due_on,
        i.fully_paid_on, c.last_payment_on, i.currency_code, i.currency_rate, i.amount_total, i.amount_tax,
        i.amount_due, i.amount_paid, i.amount_credited, c.amount_last_payment, i.xero_url
    from core.invoices i
    left join cash c on c.document_key = i.invoice_key
    where i.invoice_type = 'ACCREC'
    union all
    select
        n.credit_key, n.credit_kind, n.tenant_id, n.xero_credit_id, n.contact_key, n.credit_note_number, 'Credit note',
        if(n.is_deleted, 'DELETED', n.credit_status), n.reference, n.issued_on, null, n.fully_paid_on,
        c.last_payment_on, n.currency_code, n.currency_rate, n.amount_total, n.amount_tax, n.amount_remaining,
        coalesce(c.amount_paid, 0), coalesce(a.amount_applied, 0), c.amount_last_payment, null
    from core.credits n
    left join cash c on c.document_key = n.credit_key
    left join applied a on a.credit_key = n.credit_key
    where n.credit_type in (
        'ACCRECCREDIT', 'RECEIVE-OVERPAYMENT', 'AROVERPAYMENT', 'RECEIVE-PREPAYMENT', 'ARPREPAYMENT'
    )
),
earliest_rates as (
    select from_currency_code, arg_min(rate, rate_on) as rate, any_value(rate_source) as rate_source
    from receivables.exchange_rates
    group by from_currency_code
),
rated as (
    select
        d.*, g.base_currency_code, g.organisation_name, g.short_code, s.currency_code as salesforce_currency_code,
        coalesce(r.rate_source, e.rate_source) as table_source, coalesce(r.rate, e.rate) as table_rate,
        case when g.base_currency_code = s.currency_code then 1::decimal(28, 10) else coalesce(b.rate, be.rate) end
            as base_rate,
        if(g.base_currency_code = s.currency_code, 'xero', be.rate_source) as base_source
    from documents d
    join core.organisations g on g.tenant_id = d.tenant_id
    join salesforce_currency s on true
    asof left join receivables.exchange_rates r
        on r.from_currency_code = d.currency_code and r.rate_on <= d.issued_on
    left join earliest_rates e on e.from_currency_code = d.currency_code
    asof left join receivables.exchange_rates b
        on b.from_currency_code = g.base_currency_code and b.rate_on <= d.issued_on
    left join earliest_rates be on be.from_currency_code = g.base_currency_code
)
select
    d.document_key, d.document_kind, d.tenant_id, d.xero_document_id,
    coalesce(k.resolved_contact_key, d.contact_key) as contact_key, l.sf_account_id, d.document_number,
    d.document_type, d.xero_status in ('AUTHORISED', 'PAID') as is_claim,
    case
        when d.xero_status = 'DELETED' then 'Deleted'
        when d.xero_status = 'VOIDED' then 'Voided'
        when d.xero_status = 'DRAFT' then 'Draft'
        when d.xero_status = 'SUBMITTED' then 'Awaiting approval'
        when d.xero_status = 'PAID' or d.amount_due <= 0 then 'Paid'
        when d.due_on < f.as_of_on then 'Overdue'
        when d.amount_paid + d.amount_credited > 0 then 'Part paid'
        else 'Awaiting payment'
    end as document_status,
    d.reference, d.issued_on, d.due_on, d.fully_paid_on, d.last_payment_on, d.currency_code, d.amount_total,
    d.amount_tax,
    if(d.xero_status in ('VOIDED', 'DELETED'), 0, d.amount_due)::decimal(18, 4) as amount_due,
    d.amount_paid, d.amount_credited, d.amount_last_payment,
    case
        when d.document_kind = 'invoice' and d.xero_status in ('AUTHORISED', 'PAID') and d.amount_due <= 0
            and d.amount_paid > 0
            then (coalesce(d.last_payment_on, d.fully_paid_on) - d.due_on)::integer
    end as days_late,
    -- Its own rate when Xero is the source; over the base currency when that is not the Salesforce currency.
    case
        when d.currency_code = d.salesforce_currency_code then 1::decimal(28, 10)
        when d.table_source in ('policy', 'salesforce') then d.table_rate
        when d.currency_code = d.base_currency_code then d.base_rate
        else coalesce(receivables.rate_over(d.currency_rate, d.base_rate), d.table_rate)
    end as exchange_rate,
    case
        when d.currency_code = d.salesforce_currency_code then 'same_currency'
        when d.table_source in ('policy', 'salesforce') then d.table_source
        when d.currency_code = d.base_currency_code then d.base_source
        when d.currency_rate > 0 and d.base_rate > 0 then 'xero_document'
        else d.table_source
    end as rate_source,
    d.organisation_name,
    coalesce(d.xero_url, 'https://go.xero.com/app/' || d.short_code || '/contacts/contact/' || k.xero_contact_id)
        as xero_url,
    f.as_of_on, f.as_of_at
from rated d
join fact_instants f on f.tenant_id = d.tenant_id
left join core.contacts k on k.contact_key = d.contact_key
left join matching.links l
    on l.contact_key = coalesce(k.resolved_contact_key, d.contact_key) and l.outcome = 'linked'
