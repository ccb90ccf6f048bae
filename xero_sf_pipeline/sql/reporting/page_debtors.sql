-- Grain: one row per (currency, customer), the largest overdue amounts first, at most $list_rows a currency.
-- A customer is the Salesforce account where there is one, else the Xero contact.
with customers as (
    select a.currency_code, coalesce(s.account_name, k.contact_name, a.contact_key) as customer_name,
        coalesce(a.sf_account_id, a.contact_key) as customer_key, bool_and(a.sf_account_id is not null) as is_matched,
        sum(a.amount_due) as amount_due, sum(a.amount_due - a.amount_current) as amount_overdue,
        sum(a.amount_1_30) as amount_1_30, sum(a.amount_31_60) as amount_31_60, sum(a.amount_61_90) as amount_61_90,
        sum(a.amount_over_90) as amount_over_90, sum(a.invoice_count)::bigint as invoice_count
    from newest_ageing a
    left join seen_core_accounts s on s.sf_account_id = a.sf_account_id
    left join seen_core_contacts k on k.contact_key = a.contact_key
    group by all
)
from customers
where amount_overdue > 0
qualify row_number() over (partition by currency_code order by amount_overdue desc, customer_name, customer_key) <= $list_rows
order by currency_code, amount_overdue desc, customer_name, customer_key
