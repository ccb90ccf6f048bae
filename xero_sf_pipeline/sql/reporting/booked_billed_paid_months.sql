-- Grain: one row per (month_on, currency_code). Key: those two. Each amount stands in the month of its own date, so a
-- row is not one cohort: a deal booked in March may be billed in April and paid in June. Currencies are never added up.
insert into reporting.booked_billed_paid_months by name
with live_invoices as (
    from seen_core_invoices
    where invoice_type = 'ACCREC' and invoice_status in ('AUTHORISED', 'PAID') and not is_deleted
),
movements as (
    select date_trunc('month', booked_on)::date as month_on, currency_code, 'booked' as movement, amount_booked as amount,
        0 as amount_net
    from reporting.booked_billed_paid
    where row_kind = 'deal' and booked_on is not null and amount_booked <> 0
    union all
    select date_trunc('month', issued_on)::date, currency_code, 'billed', amount_total,
        coalesce(amount_subtotal, amount_total - coalesce(amount_tax, 0))
    from live_invoices where issued_on is not null
    union all
    select date_trunc('month', p.paid_on)::date, i.currency_code, 'paid', p.amount_paid, 0
    from seen_core_payments p
    join live_invoices i on i.invoice_key = p.document_key
    where p.payment_status = 'AUTHORISED' and not p.is_deleted and p.paid_on is not null
    union all
    select date_trunc('month', a.applied_on)::date, i.currency_code, 'credited', a.amount_applied, 0
    from seen_core_credit_applications a
    join live_invoices i on i.invoice_key = a.invoice_key
    where not a.is_deleted and a.applied_on is not null
)
select month_on, currency_code,
    coalesce(sum(amount) filter (movement = 'booked'), 0)::decimal(18, 4) as amount_booked,
    coalesce(sum(amount_net) filter (movement = 'billed'), 0)::decimal(18, 4) as amount_billed_net,
    coalesce(sum(amount) filter (movement = 'billed'), 0)::decimal(18, 4) as amount_billed,
    coalesce(sum(amount) filter (movement = 'paid'), 0)::decimal(18, 4) as amount_paid,
    coalesce(sum(amount) filter (movement = 'credited'), 0)::decimal(18, 4) as amount_credited,
    count(*) filter (movement = 'booked') as deal_count, count(*) filter (movement = 'billed') as invoice_count
from movements
group by all
