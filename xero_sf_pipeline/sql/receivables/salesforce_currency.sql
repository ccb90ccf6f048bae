-- One row: the currency that totals in Salesforce are in, null when it cannot be told. The policy's; else the corporate
-- one of an org with several currencies; else the one base currency that all organisations share.
create or replace temp table salesforce_currency as
select coalesce(
    $salesforce_currency::varchar,
    (select min(currency_code) from core.currency_types where is_corporate),
    (select min(base_currency_code) from core.organisations having count(distinct base_currency_code) = 1)
) as currency_code
