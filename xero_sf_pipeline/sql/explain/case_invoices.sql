-- Grain: one row per invoice that the case stands for: its own, or the overdue ones of its account and currency.
select o.invoice_key, o.invoice_number, o.amount_due, o.currency_code, o.days_overdue, o.exclusion, r.known_from, r.run_id
from seen_receivables_overdue_invoices o
left join seen_raw_xero_invoices r on r.tenant_id || ':' || r.xero_invoice_id = o.invoice_key and r.known_to is null
where (o.invoice_key = $key or (
        o.tenant_id || ':account:' || o.sf_account_id || ':' || o.currency_code = $key and o.exclusion is null
    ))
    and o.as_of_on = (
        select max(b.as_of_on) from seen_receivables_balances b where b.tenant_id = split_part($key, ':', 1)
    )
order by o.due_on, o.invoice_number
