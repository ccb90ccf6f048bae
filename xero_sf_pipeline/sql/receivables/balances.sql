-- Grain: one row per (as_of_on, tenant_id, currency_code). Key: those three.
-- opening + invoiced - paid - credited = closing, so amount_difference must be 0. The left side comes from documents by
-- their dates; closing comes from the invoices themselves (today: Xero's own amount due), so a payment or credit
-- that was not read shows up here. An organisation without any claim has one row of zeros in its base currency, so that
-- the day is known to be derived. Documents dated in the future move today's balance in Xero and so count in today.
insert into receivables.balances by name
with claims as (
    select d.as_of_on, d.is_today, d.tenant_id, i.invoice_key, i.currency_code, i.issued_on, i.amount_total
    from core.invoices i
    join as_of_days d on d.tenant_id = i.tenant_id
    where i.invoice_type = 'ACCREC' and i.invoice_status in ('AUTHORISED', 'PAID') and not i.is_deleted
),
movements as (
    select as_of_on, is_today, tenant_id, currency_code, issued_on as moved_on, 'invoiced' as movement,
        amount_total as amount
    from claims
    union all
    select c.as_of_on, c.is_today, c.tenant_id, c.currency_code, greatest(p.paid_on, c.issued_on), 'paid',
        p.amount_paid
    from core.payments p
    join claims c on c.invoice_key = p.document_key
    where not p.is_deleted and p.payment_status = 'AUTHORISED'
    union all
    select c.as_of_on, c.is_today, c.tenant_id, c.currency_code, greatest(a.applied_on, c.issued_on), 'credited',
        a.amount_applied
    from core.credit_applications a
    join claims c on c.invoice_key = a.invoice_key
    where not a.is_deleted
),
dated as (
    select
        * exclude (moved_on),
        moved_on is null or moved_on < as_of_on as is_earlier,
        moved_on = as_of_on or (is_today and moved_on > as_of_on) as is_of_the_day
    from movements
),
sums as (
    select
        as_of_on, tenant_id, currency_code,
        coalesce(sum(if(movement = 'invoiced', amount, -amount)) filter (is_earlier), 0) as amount_opening,
        coalesce(sum(amount) filter (is_of_the_day and movement = 'invoiced'), 0) as amount_invoiced,
        coalesce(sum(amount) filter (is_of_the_day and movement = 'paid'), 0) as amount_paid,
        coalesce(sum(amount) filter (is_of_the_day and movement = 'credited'), 0) as amount_credited
    from dated
    group by all
    union all by name
    select d.as_of_on, d.tenant_id, g.base_currency_code as currency_code, 0 as amount_opening, 0 as amount_invoiced,
        0 as amount_paid, 0 as amount_credited
    from as_of_days d
    join core.organisations g on g.tenant_id = d.tenant_id
    anti join claims c on c.tenant_id = d.tenant_id
),
closings as (
    select as_of_on, tenant_id, currency_code, sum(amount_due) as amount_closing
    from receivable_invoices
    group by all
)
select
    s.as_of_on, s.tenant_id, s.currency_code, s.amount_opening::decimal(18, 4) as amount_opening,
    s.amount_invoiced::decimal(18, 4) as amount_invoiced, s.amount_paid::decimal(18, 4) as amount_paid,
    s.amount_credited::decimal(18, 4) as amount_credited,
    coalesce(c.amount_closing, 0)::decimal(18, 4) as amount_closing,
    (s.amount_opening + s.amount_invoiced - s.amount_paid - s.amount_credited - coalesce(c.amount_closing, 0))
        ::decimal(18, 4) as amount_difference
from sums s
left join closings c
    on c.as_of_on = s.as_of_on and c.tenant_id = s.tenant_id and c.currency_code is not distinct from s.currency_code
