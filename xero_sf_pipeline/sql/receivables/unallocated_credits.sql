-- Grain: one row per (as_of_on, contact, currency) with credit that no invoice has used yet. Key: those three.
-- Credit notes, overpayments and prepayments of customers. Today: Xero's remaining credit. A past day: total less what
-- was applied or refunded up to that day. In the document's currency; currencies are never added up.
create or replace temp table unallocated_credits as
with credits as (
    select d.as_of_on, d.is_today, d.tenant_id, c.* exclude (tenant_id)
    from core.credits c
    join as_of_days d on d.tenant_id = c.tenant_id
    where c.credit_status in ('AUTHORISED', 'PAID') and not c.is_deleted
        and c.credit_type in (
            'ACCRECCREDIT', 'RECEIVE-OVERPAYMENT', 'AROVERPAYMENT', 'RECEIVE-PREPAYMENT', 'ARPREPAYMENT'
        )
        and (d.is_today or c.issued_on is null or c.issued_on <= d.as_of_on)
        and (not d.is_today or c.amount_remaining > 0)
),
past_uses as (
    select c.as_of_on, c.credit_key, a.amount_applied as amount
    from core.credit_applications a
    join credits c on c.credit_key = a.credit_key
    where not c.is_today and not a.is_deleted and greatest(a.applied_on, c.issued_on) <= c.as_of_on
    union all
    select c.as_of_on, c.credit_key, p.amount_paid
    from core.payments p
    join credits c on c.credit_key = p.document_key
    where not c.is_today and not p.is_deleted and p.payment_status = 'AUTHORISED'
        and greatest(p.paid_on, c.issued_on) <= c.as_of_on
),
used as (
    select as_of_on, credit_key, sum(amount)::decimal(18, 4) as amount_used
    from past_uses
    group by all
)
select
    c.as_of_on, coalesce(k.resolved_contact_key, c.contact_key) as contact_key, c.currency_code,
    sum(case when c.is_today then c.amount_remaining else c.amount_total - coalesce(u.amount_used, 0) end)
        ::decimal(18, 4) as amount_unallocated_credit
from credits c
left join used u on u.as_of_on = c.as_of_on and u.credit_key = c.credit_key
left join core.contacts k on k.contact_key = c.contact_key
group by all
having amount_unallocated_credit > 0
