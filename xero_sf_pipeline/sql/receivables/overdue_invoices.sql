-- Grain: one row per (as_of_on, overdue invoice). Key: as_of_on, invoice_key.
-- Overdue: due before the day (due today is not), something unpaid. `exclusion` says why it is not acted on, else null.
-- Unallocated credit of the same contact and currency covers the oldest overdue invoices first.
insert into receivables.overdue_invoices by name
with overdue as (
    select * from receivable_invoices where due_on < as_of_on and amount_due > 0
),
queued as (
    select
        o.*,
        coalesce(c.amount_unallocated_credit, 0) as amount_credit_of_contact,
        coalesce(sum(o.amount_due) over (
            partition by o.as_of_on, o.contact_key, o.currency_code
            order by o.due_on, o.issued_on, o.invoice_key
            rows between unbounded preceding and 1 preceding
        ), 0) as amount_older
    from overdue o
    left join unallocated_credits c
        on $net_unallocated_credit and c.as_of_on = o.as_of_on and c.contact_key = o.contact_key
        and c.currency_code = o.currency_code
),
netted as (
    select
        *,
        least(amount_due, greatest(amount_credit_of_contact - amount_older, 0))::decimal(18, 4)
            as amount_unallocated_credit
    from queued
)
select
    n.as_of_on, n.tenant_id, n.invoice_key, n.xero_invoice_id, n.invoice_number, n.contact_key, n.sf_account_id,
    n.currency_code, n.amount_total, n.amount_due, n.amount_unallocated_credit,
    (n.amount_due - n.amount_unallocated_credit)::decimal(18, 4) as amount_due_net,
    n.issued_on, n.due_on, n.days_overdue::integer as days_overdue,
    receivables.ageing_bucket(n.days_overdue) as ageing_bucket,
    case
        when exists (from disputed_keys k where k.disputed_key in (n.invoice_key, n.contact_key, n.invoice_number))
            then 'disputed'
        when exists (from dispute_markers m where contains(lower(n.reference), lower(m.marker))) then 'disputed'
        when $respect_expected_payment_date and n.expected_payment_on >= n.as_of_on then 'promised'
        when n.amount_due <= n.amount_unallocated_credit then 'covered_by_credit'
        when n.days_overdue <= $grace_days then 'grace_period'
        when n.amount_due - n.amount_unallocated_credit < coalesce(own.amount_minimum, other.amount_minimum, 0)
            then 'below_minimum'
    end as exclusion,
    n.xero_url
from netted n
left join minimum_amounts own on own.currency_code = n.currency_code
left join minimum_amounts other on other.currency_code = 'default'
