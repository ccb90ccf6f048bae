-- Grain: one row: the currency of amounts in Salesforce that name none; null when it cannot be told.
select coalesce(
    (select min(currency_code) from seen_receivables_account_status),
    (select if(count(distinct base_currency_code) = 1, min(base_currency_code), null) from seen_core_organisations)
) as currency_code
