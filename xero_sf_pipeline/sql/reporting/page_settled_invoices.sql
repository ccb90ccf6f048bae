-- Grain: one row per sales invoice that was paid in full with money, at least in part, in the $months months up to the
-- page's day. Days to pay: from its date; days late: from its due date (negative: early). Paid by credit alone is no
-- payment.
create or replace temp table settled_invoices as
with last_day as (select max(as_of_on) as as_of_on from seen_receivables_balances),
paid as (
    select i.invoice_key, i.issued_on, i.due_on, coalesce(i.fully_paid_on, max(p.paid_on)) as paid_on
    from seen_core_invoices i
    join seen_core_payments p
        on p.document_key = i.invoice_key and p.payment_status = 'AUTHORISED' and not p.is_deleted
    where i.invoice_type = 'ACCREC' and i.invoice_status = 'PAID' and not i.is_deleted and i.amount_paid > 0
    group by i.invoice_key, i.issued_on, i.due_on, i.fully_paid_on
)
select p.invoice_key, date_trunc('month', p.paid_on)::date as month_on, p.paid_on - p.issued_on as days_to_pay,
    p.paid_on - p.due_on as days_late
from paid p, last_day l
where p.paid_on <= l.as_of_on and p.paid_on >= date_trunc('month', l.as_of_on) - to_months($months::integer - 1)
    and p.issued_on is not null and p.due_on is not null
