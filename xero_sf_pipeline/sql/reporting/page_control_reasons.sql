-- Grain: one row per (currency, reason): why control totals differ. amount_due: of the measures of open amounts.
with reasons as (
    select currency_code, reason, count(distinct record_key) as record_count,
        sum(amount_difference) filter (measure in ('invoice_due', 'account_outstanding')) as amount_due,
        min(explanation) as example
    from seen_reporting_control_differences
    group by all
)
from reasons
order by reason <> 'unexplained', currency_code nulls last, record_count desc, reason
