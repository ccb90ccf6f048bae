-- Grain of an offender: one per (tenant, currency) whose newest ageing is not the sum of what is due on invoices.
-- Only an ageing of the day on which core was built, or of a later one, is about the same invoices: after a backfill of
-- the past there may be none. The day comes from balances, which has rows even when nothing is due.
with built as (select max(built_at) as built_at from ops.derivations where stage = 'core'),
newest as (
    select b.tenant_id, max(b.as_of_on) as as_of_on
    from receivables.balances b
    join core.organisations o using (tenant_id)
    group by b.tenant_id, o.time_zone
    having max(b.as_of_on) >= coalesce((select timezone(coalesce(o.time_zone, 'UTC'), built_at)::date from built), '1900-01-01'::date)
),
aged as (
    select a.tenant_id, a.currency_code, sum(a.amount_due) as amount_aged
    from receivables.ageing a join newest using (tenant_id, as_of_on) group by all
),
due as (
    select i.tenant_id, i.currency_code, sum(i.amount_due) as amount_due
    from core.invoices i semi join newest n on n.tenant_id = i.tenant_id
    where i.invoice_type = 'ACCREC' and i.invoice_status = 'AUTHORISED' and i.amount_due <> 0 and not i.is_deleted
    group by all
)
select
    coalesce(a.tenant_id, d.tenant_id) as tenant_id,
    coalesce(a.currency_code, d.currency_code) as currency_code,
    coalesce(a.amount_aged, 0) as amount_aged,
    coalesce(d.amount_due, 0) as amount_due
from aged a full join due d using (tenant_id, currency_code)
where coalesce(a.amount_aged, 0) <> coalesce(d.amount_due, 0)
