-- Grain of an offender: one per account whose outstanding amount is not the sum of what is due on its invoices. Looked
-- at where no conversion is needed: all that is due is in the account's currency.
with due as (
    select sf_account_id, sum(amount_due) as amount_due,
        count(distinct currency_code) as currency_count, any_value(currency_code) as currency_code
    from receivables.invoice_status
    where document_kind = 'invoice' and is_claim and amount_due > 0 and sf_account_id is not null
    group by sf_account_id
)
select
    coalesce(a.sf_account_id, d.sf_account_id) as sf_account_id, a.amount_outstanding,
    round(coalesce(d.amount_due, 0), 2) as amount_due
from due d
full join receivables.account_status a on a.sf_account_id = d.sf_account_id
where (d.sf_account_id is null or (d.currency_count = 1 and d.currency_code = a.currency_code) or a.sf_account_id is null)
    and coalesce(a.amount_outstanding, 0) <> round(coalesce(d.amount_due, 0), 2)
