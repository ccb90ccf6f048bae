-- Grain: one row per (as_of_on, invoice) that a customer owed something on, on that day. Key: as_of_on, invoice_key.
-- Sales invoices only (ACCREC), authorised or paid: a draft or submitted one is not a claim yet, a voided one no longer.
-- Today: Xero's own amount due. A past day: total - payments - credits dated up to that day, by what is known now.
-- A settlement counts from the invoice's own date when it is dated earlier.
create or replace temp table receivable_invoices as
with claims as (
    select d.as_of_on, d.is_today, d.tenant_id, i.* exclude (tenant_id)
    from core.invoices i
    join as_of_days d on d.tenant_id = i.tenant_id
    where i.invoice_type = 'ACCREC' and i.invoice_status in ('AUTHORISED', 'PAID') and not i.is_deleted
        and (d.is_today or i.issued_on is null or i.issued_on <= d.as_of_on)
        and (not d.is_today or i.amount_due <> 0)
),
past_settlements as (
    select c.as_of_on, c.invoice_key, p.amount_paid as amount
    from core.payments p
    join claims c on c.invoice_key = p.document_key
    where not c.is_today and not p.is_deleted and p.payment_status = 'AUTHORISED'
        and greatest(p.paid_on, c.issued_on) <= c.as_of_on
    union all
    select c.as_of_on, c.invoice_key, a.amount_applied
    from core.credit_applications a
    join claims c on c.invoice_key = a.invoice_key
    where not c.is_today and not a.is_deleted and greatest(a.applied_on, c.issued_on) <= c.as_of_on
),
settled as (
    select as_of_on, invoice_key, sum(amount)::decimal(18, 4) as amount_settled
    from past_settlements
    group by all
)
select
    c.as_of_on, c.tenant_id, c.invoice_key, c.xero_invoice_id, c.invoice_number, c.reference,
    coalesce(k.resolved_contact_key, c.contact_key) as contact_key, l.sf_account_id, c.currency_code,
    c.amount_total,
    (case when c.is_today then c.amount_due else c.amount_total - coalesce(s.amount_settled, 0) end)::decimal(18, 4)
        as amount_due,
    c.issued_on, c.due_on, c.expected_payment_on,
    case when c.due_on < c.as_of_on then c.as_of_on - c.due_on else 0 end as days_overdue,
    c.xero_url
from claims c
left join settled s on s.as_of_on = c.as_of_on and s.invoice_key = c.invoice_key
left join core.contacts k on k.contact_key = c.contact_key
left join matching.links l
    on l.contact_key = coalesce(k.resolved_contact_key, c.contact_key) and l.outcome = 'linked'
where c.is_today or c.amount_total <> coalesce(s.amount_settled, 0)
