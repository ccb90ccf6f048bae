-- Grain: one row per (currency, measure) of the control totals that is not nothing on all sides; the currency with the
-- most documents first, its measures in the order in which they are read.
with sums as (
    select currency_code, measure, sum(amount_xero) as amount_xero, sum(amount_warehouse) as amount_warehouse,
        sum(amount_salesforce) as amount_salesforce, sum(amount_difference) as amount_difference,
        sum(amount_explained) as amount_explained, sum(amount_unexplained) as amount_unexplained,
        sum(record_count) as record_count
    from seen_reporting_control_totals
    group by all
),
ranked as (
    select *, sum(record_count) over (partition by currency_code) as currency_record_count,
        list_position(
            ['invoice_total', 'invoice_paid', 'invoice_credited', 'invoice_due', 'credit_note_total',
                'credit_note_remaining', 'account_outstanding', 'account_overdue', 'account_unallocated_credit'],
            measure
        ) as measure_rank
    from sums
)
select * exclude (record_count, currency_record_count, measure_rank)
from ranked
where amount_xero <> 0 or amount_warehouse <> 0 or amount_salesforce <> 0 or amount_unexplained <> 0
order by currency_code is null, currency_record_count desc, currency_code, measure_rank nulls last, measure
