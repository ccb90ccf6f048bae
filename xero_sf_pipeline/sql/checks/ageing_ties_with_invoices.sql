-- Grain of an offender: one per (tenant, currency) whose newest ageing is not the sum of what is due on invoices.
with newest as (select tenant_id, max(as_of_on) as as_of_on from receivables.ageing group by tenant_id),
aged as (
    select a.tenant_id, a.currency_code, sum(a.amount_due) as amount_aged
    from receivables.ageing a join newest using (tenant_id, as_of_on) group by all
),
due as (
    select i.tenant_id, i.currency_code, sum(i.amount_due) as amount_due
    from core.invoices i
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
