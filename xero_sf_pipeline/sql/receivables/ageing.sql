-- Grain: one row per (as_of_on, contact, currency) that owes something. Key: as_of_on, contact_key, currency_code.
-- Amounts by days since the due date, in the invoices' currency; the buckets add up to amount_due. Credit that is not
-- allocated is not taken off. By account or organisation: sum over contacts, never over currencies.
insert into receivables.ageing by name
select
    as_of_on, tenant_id, contact_key, any_value(sf_account_id) as sf_account_id, currency_code,
    coalesce(sum(amount_due) filter (bucket = 'current'), 0)::decimal(18, 4) as amount_current,
    coalesce(sum(amount_due) filter (bucket = '1_30'), 0)::decimal(18, 4) as amount_1_30,
    coalesce(sum(amount_due) filter (bucket = '31_60'), 0)::decimal(18, 4) as amount_31_60,
    coalesce(sum(amount_due) filter (bucket = '61_90'), 0)::decimal(18, 4) as amount_61_90,
    coalesce(sum(amount_due) filter (bucket = 'over_90'), 0)::decimal(18, 4) as amount_over_90,
    sum(amount_due)::decimal(18, 4) as amount_due,
    count(*) as invoice_count
from (select *, receivables.ageing_bucket(days_overdue) as bucket from receivable_invoices)
group by as_of_on, tenant_id, contact_key, currency_code
