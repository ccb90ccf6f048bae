-- Grain: one row, the account: what Salesforce shows and what it should.
select a.*, s.payment_status as own_payment_status, s.currency_code as own_currency_code,
    s.amount_outstanding as own_outstanding, s.amount_overdue as own_overdue,
    s.amount_unallocated_credit as own_unallocated_credit, s.missing_rates, s.as_of_at as own_as_of_at,
    s.sf_account_id is not null as has_status,
    (select arg_max(rate, rate_on) from seen_receivables_exchange_rates r where r.from_currency_code = s.currency_code) as own_rate
from seen_core_accounts a
left join seen_receivables_account_status s on s.sf_account_id = a.sf_account_id
where a.sf_account_id = $key
