-- from receivables.overdue_as_known(date '2026-03-03', timestamptz '2026-03-05 00:00:00+00')
-- Grain: one row per invoice overdue on a day (business time), by what had been read up to an instant (known time).
-- Key: invoice_key. Gross of unallocated credit and without policy: what was owed, in the invoice's currency.
create or replace macro receivables.overdue_as_known(as_of_day, known_instant) as table
with invoices as (
    select *, tenant_id || ':' || xero_invoice_id as invoice_key
    from raw_xero.invoices
    where known_from <= known_instant and (known_to is null or known_to > known_instant)
        and not is_deleted and invoice_type = 'ACCREC' and invoice_status in ('AUTHORISED', 'PAID')
        and due_on < as_of_day and (issued_on is null or issued_on <= as_of_day)
),
known_settlements as (
    select *
    from receivables.settlement_versions
    where known_from <= known_instant
    qualify row_number() over (partition by source_key, invoice_key order by known_from desc) = 1
),
settled as (
    select s.invoice_key, sum(s.amount) as amount_settled
    from known_settlements s
    join invoices i on i.invoice_key = s.invoice_key
    where greatest(s.business_on, i.issued_on) <= as_of_day
    group by s.invoice_key
)
select
    as_of_day as as_of_on, known_instant as known_at, i.tenant_id, i.invoice_key, i.xero_invoice_id, i.invoice_number,
    i.tenant_id || ':' || i.xero_contact_id as contact_key, i.currency_code, i.amount_total,
    (i.amount_total - coalesce(s.amount_settled, 0))::decimal(18, 4) as amount_due, i.issued_on, i.due_on,
    (as_of_day - i.due_on)::integer as days_overdue, receivables.ageing_bucket(as_of_day - i.due_on) as ageing_bucket
from invoices i
left join settled s on s.invoice_key = i.invoice_key
where i.amount_total - coalesce(s.amount_settled, 0) > 0
